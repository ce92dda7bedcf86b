"""Functions that write into the arrays and objects of lists and dicts that they are given: descent, moments, layers."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, 1.3, -0.7])


class Layer:
    """An array."""

    def __init__(self, w: Any) -> None:
        self.w = w


class Net:
    """Layers in a list."""

    def __init__(self, x: Any) -> None:
        self.layers = [Layer(x * 1), Layer(x * 2)]

    def step(self, k: Any) -> None:
        for layer in self.layers:
            layer.w -= k


def scale(rows: Any, k: Any) -> None:
    for r in rows:
        r[0] *= k


def descend(params: Any, slopes: Any, rate: Any) -> None:
    for p, g in zip(params, slopes):
        p -= rate * g


def descend_by_key(params: Any, slopes: Any, rate: Any) -> None:
    for k in params:
        params[k] -= rate * slopes[k]


def update(params: Any, slopes: Any, m: Any, v: Any, t: Any) -> None:
    for i in range(len(params)):
        m[i] = 0.9 * m[i] + 0.1 * slopes[i]
        v[i] = 0.99 * v[i] + 0.01 * slopes[i] ** 2
        params[i] -= 0.1 * m[i] / (np.sqrt(v[i]) + 1e-3) * t


def replaced(layers: Any, k: Any) -> None:
    for layer in layers:
        layer.w = layer.w * k


def changed(layers: Any, k: Any) -> None:
    for layer in layers:
        layer.w -= k


def first(rows: Any, k: Any) -> Any:
    rows[0] *= k
    return rows[0]


def nested(tables: Any, k: Any) -> None:
    for rows in tables:
        for r in rows:
            r *= k


def by_recursion(rows: Any, k: Any, n: int) -> None:
    if n:
        rows[n - 1] *= k
        by_recursion(rows, k, n - 1)


@at(X, 0.8)
def list_scaled(x: Any, y: Any) -> Any:
    u = x * 2
    us = [u, x * 3]
    scale(us, y)
    return np.sum(us[0] * us[1] * u)


@at(X, 0.8)
def list_scaled_of_which_a_part_has_a_name(x: Any, y: Any) -> Any:
    us = [x * 2, x * 3]
    t = us[1][1:]
    scale(us, y)
    t[0] = 1.0
    return np.sum(us[0] * us[1])


@at([X, 2 * X], 0.8)
def argument_scaled(xs: Any, y: Any) -> Any:
    for r in xs:
        r *= y
    return np.sum(xs[0] * xs[1])


@at(X, 0.8)
def descent(x: Any, y: Any) -> Any:
    params = [x * 1, x * 2]
    for _ in range(3):
        descend(params, [x, params[1] * y], 0.1)
    return np.sum(params[0] * params[1])


@at(X, 0.8)
def descent_by_key(x: Any, y: Any) -> Any:
    params = {"a": x * 1, "b": x * 2}
    t = params["a"]
    for _ in range(3):
        descend_by_key(params, {"a": x, "b": x * y}, 0.1)
    return np.sum(t * params["b"])


@at(X, 0.8)
def moments(x: Any, y: Any) -> Any:
    params = [x * 1, x * 2]
    m, v = [np.zeros(3), np.zeros(3)], [np.zeros(3) for _ in range(2)]
    for t in range(1, 4):
        update(params, [p * y + x for p in params], m, v, t)
    return np.sum(params[0] * params[1])


@at(X, 0.8)
def layers_replaced(x: Any, y: Any) -> Any:
    layers = [Layer(x), Layer(x * 2)]
    w = layers[0].w
    replaced(layers, y)
    return np.sum(layers[0].w * layers[1].w * w)


@at(X, 0.8)
def layers_changed(x: Any, y: Any) -> Any:
    layer = Layer(x * 1)
    layers = [layer, Layer(x * 2)]
    w = layer.w
    changed(layers, y)
    return np.sum(layer.w * layers[1].w * w)


@at(X, 0.8)
def layers_of_a_net(x: Any, y: Any) -> Any:
    net = Net(x)
    net.step(y)
    net.step(y)
    return np.sum(net.layers[0].w * net.layers[1].w)


@at(X, 0.8)
def element_given_back(x: Any, y: Any) -> Any:
    us = [x * 2, x * 3]
    t = first(us, y)
    t[0] = 1.0
    return np.sum(us[0] * us[1] * t)


@at(X, 0.8)
def lists_in_a_list(x: Any, y: Any) -> Any:
    tables = [[x * 2, x * 3], [x * 4]]
    nested(tables, y)
    return np.sum(tables[0][0] * tables[0][1] * tables[1][0])


@at(X, 0.8)
def list_scaled_by_recursion(x: Any, y: Any) -> Any:
    us = [x * 2, x * 3]
    by_recursion(us, y, 2)
    return np.sum(us[0] * us[1])


@at(X, 0.8)
def list_in_a_tuple_scaled(x: Any, y: Any) -> Any:
    t = (x * 2, [x * 3, x * 4])
    scale(t[1], y)
    return np.sum(t[0] * t[1][0])


@at(0.7)
def made_anew_in_each_turn_and_filled(x: Any) -> Any:
    def scale(rows: Any, by: Any) -> None:
        rows[1] = np.cos(rows[1]) * by
    total = 0.0
    for i in range(3):
        for j in range(2):
            for k in range(2):
                rows = [x * np.ones(2), np.cos(x + i) * np.ones(2)]
                scale(rows, x + j + k)
                total += np.sum(rows[1] ** 2)
    return total
