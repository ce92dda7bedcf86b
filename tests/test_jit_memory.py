"""Memory that compiled loops use again, and tapes that are rows of one array: the text for Numba, run by Python."""
from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from tangent2 import TangentError, grad
from tangent2.core.kinds import is_inexact
from tangent2.core.valuekinds import kind_of_value
from tangent2.switches import switched
from tests.corpus import (  # noqa: F401
    arrays, broadcast, control, memory, memory_views, recurrences, science, vectorized,
)
from tests.corpus.cases import CASES, Case
from tests.harness import trees
from tests.harness.spelled import run_by_python, spelling

X = np.sin(np.linspace(0.1, 3.0, 12))


def kept(x, n):
    for _ in range(n):
        t = np.sin(x)
        x = x + t * x
    return np.sum(x)


def aliased(x, n):
    before = x * 0.0
    for _ in range(n):
        t = np.sin(x)
        x = x + t * before
        before = t
    return np.sum(x * before)


def collected(x, n):
    found = [x]
    for k in range(n):
        t = np.sin(x * k)
        found.append(t)
    return np.sum(found[0] * found[-1])


def viewed(x, n):
    last = x[::-1]
    for k in range(n):
        t = np.cos(x) * k
        x = x * last[0] + t
        last = t[::-1]
    return np.sum(x[1:] * last[1:])


def turned(x, n):
    t = x * 1.0
    for _ in range(n):
        t = np.sin(t[::-1]) * x
    return np.sum(t)


def shrinking(x, n):
    total = 0.0
    for _ in range(n):
        t = np.sin(x)
        x = t[1:] * x[:-1]
        total += np.sum(x)
    return total


def stored(x, n):
    u = x * 1.0
    for _ in range(n):
        t = u[:-1] * u[1:]
        u[1:] += np.sin(t)
        u[:-1] = t * 0.5
    return np.sum(u ** 2)


def held_and_written(x, n):
    total = 0.0
    for _ in range(n):
        y = np.sin(x)
        z = y * x
        y[0] = 2.0
        x = z + y
        total += np.sum(np.exp(0.1 * z))
    return total


def nested(x, n):
    for k in range(n):
        for _ in range(k):
            t = np.sin(x)
            x = t * x
        x = x + np.cos(x)
    return np.sum(x)


def branching(x, n):
    for k in range(n):
        if k % 2:
            t = np.sin(x)
            x = x * t
        else:
            x = np.exp(-x)
    return np.sum(x)


def returned(x, n):
    h = x
    for _ in range(n):
        h = np.tanh(h * x)
    return np.sum(h * h)


PROGRAMS = [kept, aliased, collected, viewed, turned, shrinking, stored, held_and_written, nested, branching, returned]


def same(f: Any, args: tuple[Any, ...]) -> None:
    before = copy.deepcopy(args)
    found, expected = run_by_python(f, args), f(*args)
    for a, b in zip(trees.leaves(found), trees.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    for a, b in zip(trees.leaves(args), trees.leaves(before), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1, 4])
def test_texts_mean_the_same(f: Any, n: int) -> None:
    with switched(checked=False):
        try:
            same(grad(f), (X, n))
        except ValueError as error:     # arrays of several lengths on a tape: then the text is run as it was
            assert f is shrinking and "shapes differ" in str(error) and n == 4


def test_memory_is_kept() -> None:
    with switched(checked=False):
        text = spelling(grad(kept), (X, 3))[0].text
    assert "saved_at = np.zeros" in text and "saved.append" not in text


MODULES = {m.__name__ for m in (arrays, broadcast, control, memory, memory_views, recurrences, science, vectorized)}
SAMPLE = [case for case in CASES if case.function.__module__ in MODULES][1::6]


@pytest.mark.parametrize("case", SAMPLE, ids=repr)
def test_texts_of_the_corpus_mean_the_same(case: Case) -> None:
    wrt = case.wrt or tuple([k for k, a in enumerate(case.args) if is_inexact(kind_of_value(a))])
    derivative = grad(case.function, wrt)
    with switched(checked=False):
        try:
            expected = derivative(*copy.deepcopy(case.args))
            found = run_by_python(derivative, copy.deepcopy(case.args))
        except TangentError:
            pytest.skip("has no gradient, or is not spelled for Numba: other tests are about that")
        except ValueError as error:
            if "differ" not in str(error):      # what is broadcast runs as NumPy
                raise
            pytest.skip("the text leaves it to NumPy")
    for a, b in zip(trees.leaves(found), trees.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
