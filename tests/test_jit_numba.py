"""Functions that `numba.njit` made are differentiated, their derivatives compiled, and called by Numba's code."""
from __future__ import annotations

import numpy as np
import pytest

import tangent2
from tangent2 import grad, hessian, hvp, jit, jvp, value_and_grad, vjp
from tangent2.jits import Jitted

numba = pytest.importorskip("numba", reason="jit needs Numba, an extra")
njit = numba.njit
X = np.linspace(0.5, 2.0, 5)
FACTOR = 3.0


@njit
def inner(x):
    return np.sin(x) * x


@njit(cache=False)
def chained(x, n):
    total = 0.0
    for i in range(n):
        total += inner(x[i]) ** 2
    return total


def expected(x):
    return 2 * np.sin(x) * x * (np.cos(x) * x + np.sin(x))


def test_gradients_are_compiled_without_being_asked() -> None:
    slope = grad(chained)
    assert isinstance(slope, Jitted)
    for _ in range(3):
        np.testing.assert_allclose(slope(X, 5), expected(X))
    value, bar = value_and_grad(chained)(X, 5)
    np.testing.assert_allclose(value, chained(X, 5))
    np.testing.assert_allclose(bar, expected(X))
    assert slope.decided(X, 5).startswith("compiled by Numba")


def test_all_other_transforms() -> None:
    value, pullback = vjp(chained, X, 5)
    np.testing.assert_allclose(pullback(2.0)[0], 2.0 * expected(X))
    assert value == pytest.approx(chained(X, 5))
    np.testing.assert_allclose(jvp(chained, (X, 5), (np.ones(5), None))[1], np.sum(expected(X)))
    second = grad(grad(inner))
    assert isinstance(second, Jitted) and second(1.0) == pytest.approx(2 * np.cos(1.0) - np.sin(1.0))
    np.testing.assert_allclose(hvp(lambda x: np.sum(inner(x)))(X, np.ones(5)), 2 * np.cos(X) - X * np.sin(X))
    np.testing.assert_allclose(hessian(lambda x: np.sum(inner(x)))(X), np.diag(2 * np.cos(X) - X * np.sin(X)))


def test_called_by_plain_functions() -> None:
    def outer(x):
        return inner(x) ** 2
    assert grad(outer)(1.0) == pytest.approx(expected(1.0))
    assert grad(njit(lambda x: inner(x) ** 2))(1.0) == pytest.approx(expected(1.0))


def test_gradients_called_by_numba() -> None:
    slope, of_plain = grad(chained), jit(grad(lambda x: np.sum(np.exp(x) * x)))

    @njit
    def descended(x, steps):
        for _ in range(steps):
            x = x - 0.01 * slope(x, 5)
        return x

    @njit
    def handed(f, x):
        return f(x)
    x = X
    for _ in range(3):
        x = x - 0.01 * expected(x)
    np.testing.assert_allclose(descended(X, 3), x)
    np.testing.assert_allclose(handed(of_plain, X), np.exp(X) * (X + 1))
    np.testing.assert_allclose(slope.dispatcher(X, 5)(X, 5), expected(X))


def test_several_results_called_by_numba() -> None:
    both = jit(value_and_grad(lambda w, x: np.sum(w[0] * x) + w[1] ** 2))

    @njit
    def run(a, b, x):
        value, bars = both((a, b), x)
        return value, bars[0], bars[1]
    np.testing.assert_allclose(run(2.0, 3.0, X), (2 * np.sum(X) + 9.0, np.sum(X), 6.0))


def test_arrays_of_one_element_called_by_numba() -> None:
    """Numba's types do not tell extents, so that broadcasting is decided when the code runs."""
    slope = jit(grad(lambda w, x: np.sum((w * x) ** 2)))

    @njit
    def run(w, x):
        return slope(w, x)
    for w in np.ones(5), np.ones(1):
        np.testing.assert_allclose(run(w, X), slope(w, X))
        assert run(w, X).shape == w.shape


def test_globals_are_constants_to_numba() -> None:
    slope = jit(grad(lambda x: FACTOR * x ** 2))

    @njit
    def run(x):
        return slope(x)
    assert run(2.0) == 12.0


def test_what_is_refused_in_code_of_numba() -> None:
    def stores(x):
        x[0] = x[1] * 2.0
        return np.sum(x)
    slope = jit(grad(stores))

    @njit
    def run(x):
        return slope(x)
    with pytest.raises(numba.TypingError, match="writes to its arguments"):
        run(np.ones(3))
    other = jit(grad(lambda x: np.sum(x)))

    @njit
    def run_other(x):
        return other(x)
    with pytest.raises(numba.TypingError, match="not differentiated"):
        run_other(np.ones(3, np.complex128))


def test_a_dispatcher_stays_what_it_is() -> None:
    assert inner(1.0) == pytest.approx(np.sin(1.0))
    assert tangent2.source(grad(inner), 1.0).startswith("# jit")
