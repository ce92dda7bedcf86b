"""`jit` of batches and matrices of derivatives, and these of what it made: the tutorials' numbers among them."""
from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from tangent2 import (
    ArgumentError, JitWarning, checkpoint, grad, hessian, hvp, jacfwd, jacobian, jacrev, jit, jvp, linearize,
    stop_gradient, value_and_grad, vjp, vmap,
)
from tests.harness.jitted import compiled, same, unchecked  # noqa: F401

pytest.importorskip("numba", reason="jit needs Numba, an extra")


def value(theta, state):
    return np.dot(theta, state)


def td_loss(theta, s_tm1, r_t, s_t):
    target = stop_gradient(r_t + value(theta, s_t))
    return (target - value(theta, s_tm1)) ** 2


THETA, S_TM1, R_T, S_T = np.array([0.1, -0.1, 0.0]), np.array([1.0, 2.0, -1.0]), 1.0, np.array([2.0, 1.0, 0.0])
BATCH = np.stack([S_TM1, S_TM1]), np.array([R_T, R_T]), np.stack([S_T, S_T])


def test_per_example_gradients_of_the_tutorial() -> None:
    slopes = jit(vmap(grad(td_loss), in_axes=(None, 0, 0, 0)), strict=True)
    for _ in range(3):
        np.testing.assert_allclose(slopes(THETA, *BATCH), [[-2.4, -4.8, 2.4], [-2.4, -4.8, 2.4]])
    each = jit(vmap(grad(td_loss)), strict=True)
    np.testing.assert_allclose(each(np.stack([THETA, THETA]), *BATCH), [[-2.4, -4.8, 2.4], [-2.4, -4.8, 2.4]])
    compiled(vmap(grad(td_loss), in_axes=(None, 0, 0, 0)), THETA, *BATCH)
    again = pickle.loads(pickle.dumps(slopes))
    np.testing.assert_allclose(again(THETA, *BATCH), slopes(THETA, *BATCH))


def wave(x):
    return np.sin(x) + np.cos(x) * x ** 2


XS = np.linspace(-3.0, 3.0, 100)


def test_derivatives_along_a_line() -> None:
    expected = np.array([grad(wave)(float(x)) for x in XS])
    for made in jit(vmap(grad(wave))), vmap(jit(grad(wave))), vmap(grad(jit(wave))), jit(vmap(jit(grad(jit(wave))))):
        for _ in range(2):
            np.testing.assert_allclose(made(XS), expected)
    compiled(vmap(grad(wave)), XS)


def cubes(x):
    return np.sum(x ** 3 * x[::-1])


def rows(x):
    return x ** 2 * x[::-1]


X, V = np.array([0.3, 0.7, -0.2]), np.array([1.0, -2.0, 0.5])
PAIRS: list[tuple[Any, Any, tuple[Any, ...]]] = [
    (hessian(cubes), hessian(jit(cubes)), (X,)), (jacfwd(rows), jacfwd(jit(rows)), (X,)),
    (jacrev(rows), jacrev(jit(rows)), (X,)), (jacobian(rows), jacobian(jit(rows)), (X,)),
    (hvp(cubes), hvp(jit(cubes)), (X, V)), (checkpoint(grad(cubes)), grad(jit(checkpoint(cubes))), (X,)),
    (value_and_grad(cubes), value_and_grad(jit(cubes)), (X,)), (jacfwd(grad(cubes)), jacfwd(jit(grad(cubes))), (X,)),
    (vmap(hessian(cubes)), vmap(jit(hessian(cubes))), (np.stack([X, V]),)),
    (grad(lambda x: np.sum(vmap(wave)(x))), grad(lambda x: np.sum(jit(vmap(wave))(x))), (XS,)),
]


@pytest.mark.parametrize("inner, outer, args", PAIRS, ids=[pair[0].__name__ for pair in PAIRS])
def test_it_is_taken_of_others_and_they_of_it(inner: Any, outer: Any, args: Any) -> None:
    expected = inner(*args)
    compiled(inner, *args)
    for _ in range(2):
        same(outer(*args), expected)


def test_maps_of_it_and_maps_in_it() -> None:
    made = jit(cubes)
    same(vjp(made, X)[1](1.0), vjp(cubes, X)[1](1.0))
    same(jvp(made, (X,), (V,)), jvp(cubes, (X,), (V,)))
    same(linearize(made, X)[1](V), linearize(cubes, X)[1](V))
    compiled(lambda x: vjp(rows, x)[1](np.ones(3))[0], X)
    compiled(lambda x, v: jvp(rows, (x,), (v,))[1], X, V)


def test_arguments_by_name_and_by_default() -> None:
    def f(x, y=2.0):
        return x * y
    made = jit(vmap(f))
    for _ in range(2):
        same(made(XS), vmap(f)(XS))
        same(made(XS, y=XS), vmap(f)(XS, y=XS))
        same(made(XS, XS[::-1]), vmap(f)(XS, XS[::-1]))
        same(jit(vmap(f, in_axes=(0,)))(XS, y=XS), XS * XS)
    same(jit(vmap(lambda *xs: xs[0] * xs[1]))(XS, XS), XS * XS)
    for make in hvp, jacfwd, hessian:
        given = (X, V) if make is hvp else (X,)
        same(jit(make(lambda x, n=3: np.sum(x ** n)))(*given), make(lambda x, n=3: np.sum(x ** n))(*given))
        given = (2.0, 1.0, 1.0) if make is hvp else (2.0, 1.0)
        same(jit(make(lambda *xs: xs[0] ** 3 * xs[1]))(*given), make(lambda *xs: xs[0] ** 3 * xs[1])(*given))


def test_mistakes_are_told_as_ever() -> None:
    """No warning about what is not compiled stands before them."""
    made = jit(vmap(lambda x, y: x * y))
    same(made(XS, XS), XS * XS)
    for _ in range(2):
        with pytest.raises(ArgumentError, match="inconsistent sizes"):
            made(XS, XS[:4])
    with pytest.raises(ArgumentError, match="in_axes must be"):
        jit(vmap(lambda x, y: x * y, in_axes=(0,)))(XS, XS)
    with pytest.raises(ArgumentError, match="along axis 1"):
        jit(vmap(lambda x: x * 2, in_axes=1))(XS)
    with pytest.raises(ArgumentError, match="no Jacobian"):
        jit(jacfwd(lambda x: x ** 2))(3)
    product = jit(hvp(lambda x: x[0] ** 2 * x[1]))
    same(product(X, V), hvp(lambda x: x[0] ** 2 * x[1])(X, V))
    with pytest.raises(ArgumentError, match="direction of shape"):      # whose first elements would do
        product(X, np.ones(4))


def branched(x):
    return x ** 2 if x > 0 else -x


def root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2 * x)
    return x


def test_masked_branches_and_loops() -> None:
    compiled(vmap(grad(branched)), XS)
    compiled(vmap(grad(root)), np.array([1.0, 2.0, 4.0]))


def test_what_has_no_text_runs_as_it_is() -> None:
    same(jit(jacfwd(lambda x, y: x * y, (0, 1)))(X, V), jacfwd(lambda x, y: x * y, (0, 1))(X, V))
    with pytest.warns(JitWarning, match="by name only"):
        same(jit(vmap(by_name))(XS, scale=XS), vmap(by_name)(XS, scale=XS))


def by_name(x, *, scale):
    return x * scale
