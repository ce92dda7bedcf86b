"""`vmap`, Jacobians and Hessians of nested functions and lambdas, applied inside of code that is compiled."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, vjp, vmap

V, M = np.array([1.0, 2.0, 3.0]), np.arange(6.0).reshape(2, 3) + 1.0


def by_example(w: Any, x: Any, y: Any) -> Any:
    def predict(row: Any) -> Any:
        return np.tanh(row @ w["a"]) * w["b"]
    return np.mean((vmap(predict)(x) - y) ** 2)


def at_once(w: Any, x: Any, y: Any) -> Any:
    return np.mean((np.tanh(x @ w["a"]) * w["b"] - y) ** 2)


def test_a_nested_function_for_a_batch() -> None:
    w, y = {"a": 0.1 * V, "b": 2.0}, np.ones(2)
    for transform in (lambda f: grad(f)(w, M, y), lambda f: hessian(f)(w, M, y),
                      lambda f: jvp(lambda p: f(p, M, y), (w,), (w,)), lambda f: f(w, M, y)):
        ours, wanted = map(tangent2.tree_leaves, map(transform, (by_example, at_once)))
        for a, b in zip(ours, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10)


def handed(g: Any, x: Any) -> Any:
    return np.sum(vmap(g, in_axes=(0, None))(x, 2.0))


@pytest.mark.parametrize(("function", "slope"), [
    (lambda x: np.sum(vmap(lambda v: v * v)(x)), 2.0 * V), (lambda w: np.sum(vmap(lambda v: v @ w)(M)), M.sum(0)),
    (lambda x: handed(lambda a, b: a * a * b, x), 4.0 * V),
    (lambda x: np.sum(vmap(grad(lambda v: v ** 3 * 2.0))(x)), 12.0 * V),
    (lambda w: np.sum(jacfwd(lambda v: v ** 2 * w)(w)), 4.0 * V),
    (lambda w: np.sum(jacrev(lambda v: v ** 2 * w)(w)), 4.0 * V),
    (lambda w: np.sum(jacobian(lambda v: v ** 2 * w)(w)), 4.0 * V),
    (lambda w: np.sum(hessian(lambda v: np.sum(v ** 3 * w))(w)), 12.0 * V),
    (lambda w: np.sum(hvp(lambda v: np.sum(v ** 3 * w))(w, V)), 12.0 * V * V),
    (lambda w: np.sum(hessian(lambda u, v: np.sum(v ** 3 * w * u), argnums=1)(V, w)), 12.0 * V * V),
    (lambda w: np.sum(jacfwd(lambda u, v: v ** 3 * w * u, argnums=(0, 1))(V, w)[1]), 9.0 * V ** 3),
    (lambda w: np.sum(jacfwd(lambda u: (u ** 2, w * 3.0), has_aux=True)(w)[1]), [3.0, 3.0, 3.0]),
    (lambda w: np.sum(jacfwd(lambda p: p["a"] ** 2 * p["b"])({"a": w, "b": 2.0})["a"]), [4.0, 4.0, 4.0])])
def test_lambdas_that_hold_what_is_differentiated(function: Any, slope: Any) -> None:
    np.testing.assert_allclose(grad(function)(V), slope, rtol=1e-10)
    np.testing.assert_allclose(jvp(function, (V,), (V,))[1], np.dot(slope, V), rtol=1e-10)


def solved(a: Any) -> Any:
    """Newton's iteration, with the Jacobian of a lambda that holds its argument."""
    x = 0.0 * a + 1.5
    for _ in range(7):
        x = x - np.linalg.solve(jacfwd(lambda y: y * y - a)(x), x * x - a)
    return np.sum(x)


def test_an_iteration_that_takes_jacobians() -> None:
    np.testing.assert_allclose(grad(solved)(V), 0.5 / np.sqrt(V), rtol=1e-7)


# What a call gives alike for all lanes was not widened where it met what is another thing in each: un-broadcasting
# was missing in what was differentiated after.

def cubes(x: Any) -> Any:
    return np.sum(x["b"] ** 3)


def slopes(x: Any) -> Any:
    return vjp(cubes, x)[1](1.3)[0]["b"]


def test_calls_that_are_the_same_in_all_lanes() -> None:
    b, rows = np.array([0.3, 0.6]), np.eye(3, 2)
    each = vmap(lambda z, s: vjp(slopes, z)[1](s)[0]["b"], in_axes=(None, 0))
    np.testing.assert_allclose(each({"b": b}, rows), 7.8 * b * rows)
    found = grad(lambda z: np.sum(each(z, rows) ** 2))({"b": b})["b"]
    np.testing.assert_allclose(found, 7.8 ** 2 * 2.0 * b)
    found = grad(lambda z: np.sum(jacrev(slopes)(z)["b"] ** 2))({"b": b})["b"]
    np.testing.assert_allclose(found, 7.8 ** 2 * 2.0 * b)
