"""`jit` among the transforms: of what they made, and they of what it made."""
from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest

from tangent2 import JitWarning, grad, hvp, jacrev, jit, jvp
from tests.harness.jitted import unchecked  # noqa: F401

pytest.importorskip("numba", reason="jit needs Numba, an extra")


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2 * x)
    return x


def test_it_is_a_transform_like_others() -> None:
    slope = jit(grad(newton))
    np.testing.assert_allclose(slope(2.0), 0.5 / np.sqrt(2.0))
    np.testing.assert_allclose(grad(jit(newton))(2.0), 0.5 / np.sqrt(2.0))
    np.testing.assert_allclose(grad(slope)(2.0), -0.25 * 2.0 ** -1.5)
    np.testing.assert_allclose(jit(jit(newton))(2.0), np.sqrt(2.0))
    np.testing.assert_allclose(jvp(slope, (2.0,), (1.0,))[1], -0.25 * 2.0 ** -1.5)
    x = np.array([0.3, 0.7])
    np.testing.assert_allclose(jit(hvp(lambda x: np.sum(np.sin(x) * x)))(x, np.ones(2)), 2 * np.cos(x) - x * np.sin(x))


def test_matrices_fall_back_or_are_compiled() -> None:
    x = np.array([0.3, 0.7])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitWarning)
        np.testing.assert_allclose(jit(jacrev(lambda x: np.sin(x) * x))(x), np.diag(np.cos(x) * x + np.sin(x)))


def test_called_by_what_is_differentiated() -> None:
    inner = jit(newton)

    def outer(x):
        return inner(x) ** 3
    np.testing.assert_allclose(grad(outer)(2.0), 1.5 * np.sqrt(2.0))


def test_decorators() -> None:
    @jit
    def f(x):
        return x * 2.0

    @jit(strict=True)
    def g(x):
        return x * 3.0
    assert (f(2.0), g(2.0)) == (4.0, 6.0)
    assert f.__name__ == "jit_f" and f.__wrapped__(1.0) == 2.0 and "compiled" in f.__doc__


def test_keyword_arguments_and_defaults() -> None:
    def f(x, n=3, *, scale=2.0):
        for _ in range(n):
            x = x * scale
        return x
    slope = jit(grad(f))
    assert (slope(1.0), slope(1.0, 2), slope(1.0, n=1, scale=5.0)) == (8.0, 4.0, 5.0)


def test_any_number_of_arguments() -> None:
    def f(*xs, scale=1.0):
        total = 0.0
        for x in xs:
            total += x ** 2 * scale
        return total
    assert jit(f)(1.0, 2.0) == 5.0 and jit(f)(1.0, 2.0, 3.0, scale=2.0) == 28.0
    warnings.simplefilter("ignore", JitWarning)
    assert jit(grad(f))(3.0, 1.0) == 6.0 and jit(grad(f))(3.0, 1.0, scale=2.0) == 12.0


def test_it_travels() -> None:
    for made in jit(grad(newton)), jit(newton):
        again = pickle.loads(pickle.dumps(made))
        assert type(again) is type(made) and again(2.0) == made(2.0)


def test_source_says_what_runs() -> None:
    slope = jit(grad(newton))
    text = slope.source(2.0)
    assert text.splitlines()[0].startswith("# jit: compiled by Numba") or "slower" in text.splitlines()[0]
    space: dict[str, Any] = {}
    exec(text, space)
    assert space["grad_newton"](2.0) == grad(newton)(2.0)
    assert "def grad_newton(a" in slope.compiled_source(2.0) or "slower" in text
