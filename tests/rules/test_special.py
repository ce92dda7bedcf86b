"""Functions of `scipy.special`, where it is installed: its rules and definitions, in all modes."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.switches import switched
from tests.harness import modes

X, M = np.array([0.3, 0.4, 0.8]), np.array([[0.3, 0.4], [1.2, -0.3]])
PROGRAMS: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "logsumexp": (lambda s, x: s.logsumexp(x), X),
    "logsumexp_of_rows": (lambda s, m: np.sum((m - s.logsumexp(m, axis=1, keepdims=True)) * s.logsumexp(m, axis=0)), M),
    "softmax": (lambda s, m: np.sum(s.softmax(m, axis=1) ** 2) + s.log_softmax(m)[0, 1], M),
    "gammas": (lambda s, x: np.sum(s.gammaln(x) * s.gamma(-x)) + s.digamma(-x[0]) * s.gammaln(x[1]), X),
    "errors": (lambda s, x: np.sum(s.erf(x) * s.erfc(x) + s.ndtr(x)), X),
    "logistic": (lambda s, x: np.sum(s.expit(x) ** 2) + s.log_expit(x[1]) + s.logit(x[0]) + s.xlogy(x[0], x[1]), X),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    special: Any = pytest.importorskip("scipy.special")
    program, at = PROGRAMS[name]

    def f(x: Any) -> Any:
        return program(special, x)
    modes.check_subject(modes.subject(tangent2, f, (at,), None))
    with switched(generic=True):
        wanted = tangent2.grad(f)(at)
    np.testing.assert_allclose(tangent2.grad(f)(at), wanted)
