"""Programs of the corpus, compiled: whatever Numba takes gives the numbers of the text, whatever it does not runs."""
from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

from tangent2 import JitWarning, TangentError, grad, jit
from tangent2.core.kinds import is_inexact
from tangent2.core.valuekinds import kind_of_value
from tangent2.switches import switched
from tests.corpus import (  # noqa: F401
    arrays, broadcast, control, functions, iteration, lists, memory, memory_views, recurrences, science, syntax,
    vectorized,
)
from tests.corpus.cases import CASES, Case
from tests.harness import trees

pytest.importorskip("numba", reason="jit needs Numba, an extra")

MODULES = {m.__name__ for m in (arrays, broadcast, control, functions, iteration, lists, memory, memory_views,
                                recurrences, science, syntax, vectorized)}
SAMPLE = [case for case in CASES if case.function.__module__ in MODULES][::16]


@pytest.mark.parametrize("case", SAMPLE, ids=repr)
def test_gradients_are_those_of_the_text(case: Case) -> None:
    wrt = case.wrt or tuple([k for k, a in enumerate(case.args) if is_inexact(kind_of_value(a))])
    derivative = grad(case.function, wrt)

    def args() -> Any:
        return copy.deepcopy(case.args)
    with switched(checked=False), warnings.catch_warnings():
        warnings.simplefilter("ignore", JitWarning)
        try:
            expected = derivative(*args())
        except TangentError:
            pytest.skip("has no gradient: other tests are about that")
        compiled = jit(derivative)
        for _ in range(2):
            found = compiled(*args())
            for a, b in zip(trees.leaves(found), trees.leaves(expected), strict=True):
                assert type(a) is type(b)
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_most_of_what_was_sampled_is_compiled() -> None:
    """A bound that shows when a change makes much run as NumPy."""
    taken = 0
    for case in SAMPLE:
        with switched(checked=False), warnings.catch_warnings():
            warnings.simplefilter("error", JitWarning)
            try:
                jit(grad(case.function, case.wrt or 0))(*copy.deepcopy(case.args))
                taken += 1
            except (JitWarning, TangentError, TypeError):
                pass
    assert taken >= 0.4 * len(SAMPLE), f"{taken} of {len(SAMPLE)}"
