"""`has_aux`: what a function returns beside its value is handed on, and no derivative flows through it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.special

import tangent2
from tangent2 import (
    ArgumentError, NoDerivativeError, TangentError, differentiable, grad, hessian, jacfwd, jacobian, jacrev, jvp,
    linearize, value_and_grad, vjp,
)

X, W = np.array([0.3, -0.2, 0.7]), np.array([1.1, 0.9, -0.4])


def value(x: Any, w: Any) -> Any:
    return np.sum(np.sin(x) * w)


def both(x: Any, w: Any) -> Any:
    y = np.sin(x) * w
    return np.sum(y), {"y": y, "s": "text"}


def vector(x: Any, w: Any) -> Any:
    return np.sin(x) * w


def vector_and_more(x: Any, w: Any) -> Any:
    y = np.sin(x) * w
    return y, (y * 2.0, None, 3)


def early(x: Any, w: Any) -> Any:
    if x[0] > 0.0:
        return value(x, w), {"y": vector(x, w), "s": "text"}
    return value(x, w) * 2.0, {"y": vector(x, w), "s": "text"}


def by_another(x: Any, w: Any) -> Any:
    return both(x, w)


def in_a_loop(x: Any, w: Any) -> Any:
    for k in range(3):
        if k == 1:
            return value(x, w), {"y": vector(x, w), "s": "text"}
    return value(x, w), {"y": x, "s": "text"}


def close(a: Any, b: Any) -> None:
    np.testing.assert_equal(tangent2.tree_flatten(a)[1], tangent2.tree_flatten(b)[1])
    for one, other in zip(tangent2.tree_leaves(a), tangent2.tree_leaves(b)):
        if isinstance(one, str):
            assert one == other
        else:
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", [both, early, by_another, in_a_loop])
def test_of_numbers(f: Any) -> None:
    out, aux = f(X, W)
    close(grad(f, has_aux=True)(X, W), (grad(value)(X, W), aux))
    close(value_and_grad(f, (0, 1), has_aux=True)(X, W), ((out, aux), grad(value, (0, 1))(X, W)))
    close(hessian(f, has_aux=True)(X, W), (hessian(value)(X, W), aux))
    found = vjp(f, X, W, has_aux=True)
    close((found[0], found[1](2.0), found[2]), (out, vjp(value, X, W)[1](2.0), aux))
    close(jvp(f, (X, W), (W, X), has_aux=True), (*jvp(value, (X, W), (W, X)), aux))
    found = linearize(f, X, W, has_aux=True)
    close((found[0], found[1](W, X), found[2]), (out, jvp(value, (X, W), (W, X))[1], aux))


def test_of_arrays() -> None:
    aux = vector_and_more(X, W)[1]
    for transform in (jacfwd, jacrev, jacobian):
        close(transform(vector_and_more, has_aux=True)(X, W), (jacrev(vector)(X, W), aux))
        close(transform(vector_and_more, (0, 1), has_aux=True)(X, W), (jacrev(vector, (0, 1))(X, W), aux))


def test_against_jax() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def f(x: Any, w: Any) -> Any:
        return jnp.sin(x) * w, {"n": jnp.sum(x)}

    def ours(x: Any, w: Any) -> Any:
        return np.sin(x) * w, {"n": np.sum(x)}
    close(jvp(ours, (X, W), (W, X), has_aux=True),
          jax.tree.map(np.asarray, jax.jvp(f, (X, W), (W, X), has_aux=True)))
    out, pull, aux = vjp(ours, X, W, has_aux=True)
    want, jax_pull, jax_aux = jax.vjp(f, X, W, has_aux=True)
    close((out, pull(X), aux), jax.tree.map(np.asarray, (want, jax_pull(X), jax_aux)))
    for one, other in ((jacfwd, jax.jacfwd), (jacrev, jax.jacrev)):
        close(one(ours, has_aux=True)(X, W), jax.tree.map(np.asarray, other(f, has_aux=True)(X, W)))


def endless(x: Any) -> Any:
    return np.sum(np.sin(x)), {"log": np.log(x - x), "y": x * 2.0}


def test_what_is_infinite_there_stays_there() -> None:
    with np.errstate(all="ignore"):
        for found in (grad(endless, has_aux=True)(X)[0], vjp(endless, X, has_aux=True)[1](1.0)[0],
                      jacrev(endless, has_aux=True)(X)[0], jacfwd(endless, has_aux=True)(X)[0]):
            np.testing.assert_allclose(found, np.cos(X))
        np.testing.assert_allclose(hessian(endless, has_aux=True)(X)[0], np.diag(-np.sin(X)))
        np.testing.assert_allclose(jvp(endless, (X,), (W,), has_aux=True)[1], np.sum(np.cos(X) * W))


def told(x: Any) -> Any:
    return np.sum(x ** 2), {"text": f"at {x[0]:.1f}", "special": scipy.special.hyp2f1(1.0, 2.0, 3.0, x[0])}


def test_what_has_no_derivative_is_no_reason_to_refuse() -> None:
    with pytest.raises(NoDerivativeError):
        grad(lambda x: scipy.special.hyp2f1(1.0, 2.0, 3.0, x))(0.3)
    for gradient, aux in (grad(told, has_aux=True)(X), (vjp(told, X, has_aux=True)[1](1.0)[0],
                                                        vjp(told, X, has_aux=True)[2])):
        np.testing.assert_allclose(gradient, 2.0 * X)
        assert aux["text"] == "at 0.3"
    assert jvp(told, (X,), (W,), has_aux=True)[2]["text"] == "at 0.3"


def test_text() -> None:
    assert grad(endless, has_aux=True).source(X).endswith('''
def grad_endless(x):
    x_bar = np.cos(x)
    return x_bar, {'log': np.log(x - x), 'y': x * 2.0}
''')


@dataclass
class State:
    x: Any


def test_objects() -> None:
    def f(s: State) -> Any:
        return np.sum(s.x ** 2), State(s.x * 3.0)
    s = State(X)
    g, aux = grad(f, has_aux=True)(s)
    assert type(g) is type(aux) is State
    for found in (vjp(f, s, has_aux=True)[2], jvp(f, (s,), (State(W),), has_aux=True)[2],
                  linearize(f, s, has_aux=True)[2]):
        assert type(found) is State
        np.testing.assert_allclose(found.x, 3.0 * X)
    np.testing.assert_allclose(vjp(f, s, has_aux=True)[1](1.0)[0].x, 2.0 * X)


def test_methods_of_differentiable() -> None:
    f = differentiable(both)
    close(f.jvp((X, W), (W, X), has_aux=True), jvp(both, (X, W), (W, X), has_aux=True))
    close(f.vjp(X, W, has_aux=True)[2], both(X, W)[1])


def test_in_differentiated_code() -> None:
    def by_jvp(x: Any, w: Any) -> Any:
        out, dot, aux = jvp(vector_and_more, (x, w), (w, x), has_aux=True)
        return np.sum(out * dot * aux[0])

    def by_vjp(x: Any, w: Any) -> Any:
        out, pullback, aux = vjp(vector_and_more, x, w, has_aux=True)
        x_bar, w_bar = pullback(out)
        return np.sum(x_bar * w_bar * aux[0])

    def jvp_by_hand(x: Any, w: Any) -> Any:
        y = np.sin(x) * w
        return np.sum(y * (np.cos(x) * w * w + np.sin(x) * x) * 2.0 * y)

    def vjp_by_hand(x: Any, w: Any) -> Any:
        y = np.sin(x) * w
        return np.sum(y * np.cos(x) * w * y * np.sin(x) * 2.0 * y)
    for f, by_hand in ((by_jvp, jvp_by_hand), (by_vjp, vjp_by_hand)):
        close(grad(f, (0, 1))(X, W), grad(by_hand, (0, 1))(X, W))
        close(hessian(f)(X, W), hessian(by_hand)(X, W))


def test_mistakes() -> None:
    for run in (lambda: vjp(value, X, W, has_aux=True), lambda: jvp(value, (X, W), (W, X), has_aux=True),
                lambda: linearize(value, X, W, has_aux=True), lambda: jacfwd(value, has_aux=True)(X, W),
                lambda: jacrev(value, has_aux=True)(X, W), lambda: grad(value, has_aux=True)(X, W)):
        with pytest.raises(ArgumentError, match="does not return a pair, as has_aux=True says"):
            run()

    def chosen_late(x: Any, flag: Any) -> Any:
        return np.sum(jvp(vector_and_more, (x, W), (W, x), has_aux=flag)[0])
    with pytest.raises(TangentError, match="the options of `jvp` are computed"):
        grad(chosen_late)(X, True)
