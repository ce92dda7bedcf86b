"""`vjp` called by the user's own code, and its pullback: called at once, many times, later, in a loop, elsewhere."""
from typing import Any

import numpy as np

import tangent2
from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])


@at(0.4)
def of_a_lambda(x: Any) -> Any:
    y, pull = tangent2.vjp(lambda v: v * v * x, x)
    g, = pull(1.0)
    return g * y


@at(X)
def of_an_array(x: Any) -> Any:
    y, pull = tangent2.vjp(lambda v: np.sin(v) * x[0], x)
    g, = pull(np.ones(3))
    h, = pull(y)
    return np.sum(g * h)


def layer(w: Any, b: Any, v: Any) -> Any:
    return np.tanh(w @ v + b)


@at(np.ones((2, 3)) * 0.3, X)
def of_a_function_of_the_module(w: Any, v: Any) -> Any:
    out, pull = tangent2.vjp(layer, w, v[:2], v)
    w_bar, b_bar, v_bar = pull(out)
    return np.sum(w_bar ** 2) + np.sum(b_bar * v[:2]) + np.sum(v_bar)


@at(0.4)
def of_a_whole_number(x: Any) -> Any:
    y, pull = tangent2.vjp(lambda v, n: v ** n, x, 3)
    g, n = pull(2.0)
    return g if n is None else y


@at(0.4)
def kept_in_a_list(x: Any) -> Any:
    pulls = []
    for k in range(2):
        _, pull = tangent2.vjp(np.sin, x * (k + 1.0))
        pulls.append(pull)
    return sum(p(1.0)[0] for p in pulls)


@at(2.4)
def newton(x: Any) -> Any:
    def f(z: Any) -> Any:
        return z ** 3 - x
    z = 1.5
    for _ in range(3):
        y, pull = tangent2.vjp(f, z)
        z = z - y / pull(1.0)[0]
    return z


@at(X)
def of_a_gradient(x: Any) -> Any:
    _, pull = tangent2.vjp(tangent2.grad(lambda v: np.sum(v ** 3 * x[0])), x)
    return np.sum(pull(x)[0])


@at(X)
def rows_of_a_jacobian(x: Any) -> Any:
    _, pull = tangent2.vjp(lambda v: np.array([v[0] * v[1], v[2] * x[0]]), x)
    return np.sum(np.array([pull(e)[0] for e in np.eye(2)]) ** 2)


@at(X)
def argument_changed_later(x: Any) -> Any:
    x = x * 1.0
    y, pull = tangent2.vjp(lambda v: np.sum(v ** 2), x)
    x[0] = 5.0
    return np.sum(pull(1.0)[0] ** 2) + y


@at(X)
def adjoint_changed_later(x: Any) -> Any:
    _, pull = tangent2.vjp(lambda v: np.sum(v ** 3), x)
    a = pull(1.0)[0]
    a[0] = 2.0
    return np.sum(a * pull(2.0)[0])


def called(pull: Any, y_bar: Any) -> Any:
    return pull(y_bar)[0]


@at(X)
def handed_on(x: Any) -> Any:
    y, pull = tangent2.vjp(lambda v: np.sum(v ** 3), x)
    return np.sum(called(pull, y) * x)
