"""Functions that branches choose: called afterwards, handed on, of one factory or of several definitions."""
# ruff: noqa: E731
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])
W3 = np.array([[0.1, 0.2, 0.3], [0.4, 0.1, -0.2], [0.3, -0.5, 0.2]])


@at(X3)
@at(-X3)
def capturing_what_the_branch_made(x: Any) -> Any:
    if x[0] > 0:
        c = x[1] * 3
        f = lambda z: z * c
    else:
        f = lambda z: z + x[2]
    return f(x[0]) ** 2 + f(x[1])


@at(X3, 2.0)
@at(X3, 0.5)
@at(X3, 5.0)
def one_of_three(x: Any, s: Any) -> Any:
    if s < 1:
        q = s * 2
        act = lambda z: np.sin(z * q)
    elif s < 3:
        act = np.tanh
    else:
        k = s * s

        def act(z: Any) -> Any:
            return z * k
    y = x
    for _ in range(2):
        y = act(y)
    return np.sum(y)


@at(X3)
def chosen_by_a_default(x: Any, name: str = "relu") -> Any:
    if name == "relu":
        act = lambda z: np.where(z > 0, z, 0.1 * z)
    elif name == "tanh":
        act = np.tanh
    else:
        raise NotImplementedError(name)
    return np.sum(act(x) ** 2)


def activate(x: Any, f: Any = None) -> Any:
    if f is None:
        f = np.tanh
    return f(x)


@at(X3, 2.0)
def default_functions(x: Any, s: Any) -> Any:
    return np.sum(activate(x)) + np.sum(activate(x, np.sin)) + np.sum(activate(x, lambda v: v * s))


def slope(a: Any, k: int = 2) -> Any:
    if k > 1:
        c = a * k
    else:
        c = a
    return lambda u: np.sum(np.sin(u * c))


@at(X3)
@at(-X3)
def of_one_factory(x: Any) -> Any:
    f = slope(x[0])
    if x[1] < 0:
        f = slope(x[1])
    return f(x)


def call(f: Any, x: Any) -> Any:
    return f(x)


@at(X3, 2.0)
@at(X3, 0.5)
def handed_on(x: Any, s: Any) -> Any:
    if s > 1:
        f = lambda v: v * s
        h = lambda v: v - s
    else:
        f, h = np.sin, np.cos
    return np.sum(call(f, h(x)))


@at(X3, 2.0)
@at(X3, 0.5)
def chosen_in_a_loop(x: Any, s: Any) -> Any:
    total = 0.0
    for i in range(3):
        if i == 1:
            f = lambda v: v * s
        elif s > 1:
            f = np.sin
        else:
            continue
        total += f(x[i])
    return total


def dense(w: Any, act: Any = None) -> Any:
    def layer(x: Any) -> Any:
        y = x * w
        return y if act is None else act(y)
    return layer


@at(X3, 0.5)
def list_of_layers(x: Any, w: Any) -> Any:
    layers = [dense(w, np.tanh), dense(x), lambda v: v + w]
    for layer in layers:
        x = layer(x)
    return np.sum(x) + sum(np.sum(f(x)) for f in (np.sin, np.cos))


@at(X3, 0.5)
def loops_over_functions(x: Any, w: Any) -> Any:
    total = 0.0
    for f in (np.sin, np.cos):
        for g in (lambda v: v * w, np.tanh):
            total += np.sum(f(g(x)))
            if total > 1:
                total = total * 0.5
    return total


@at(X3, W3)
def pairs_with_functions_inside(x: Any, w: Any) -> Any:
    layers = [(w, np.tanh), (w.T, lambda v: v * v)]
    for weights, act in layers:
        x = act(weights @ x)
    return np.sum(x)


@at(X3, 0.5)
def pairs_with_functions_made_elsewhere(x: Any, w: Any) -> Any:
    total = 0.0
    for f, n in [(dense(w), 1.0), (dense(x[1], np.sin), 2.0)]:
        total += f(x[2]) * n
    return total


@at(X3, 0.5)
def nested_pairs_with_functions(x: Any, w: Any) -> Any:
    total = 0.0
    for (f, n), v in [((np.sin, 2), x[0]), ((lambda u: u * w, 3), x[1])]:
        total += f(x[2]) ** n * v
    return total
