"""A value is one of several functions: activations that objects hold, functions picked by an index or a condition."""
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.corpus.cases import at

W = np.array([[0.3, 0.5], [0.1, -0.4]])
V = np.array([0.2, 0.7])

square = lambda z: z * z       # noqa: E731


def relu(z: Any) -> Any:
    return np.maximum(z, 0.0)


def zero_first(z: Any) -> Any:
    z[0] = 0.0
    return z * 2


def double(z: Any) -> Any:
    z *= 2.0
    return z


def total(z: Any) -> Any:
    return np.sum(z) * np.ones(2)


class Layer:
    def __init__(self, w: Any, act: Callable[[Any], Any]) -> None:
        self.w = w
        self.act = act

    def __call__(self, x: Any) -> Any:
        return self.act(self.w @ x)


class Network:
    """The last layer has an activation of its own."""

    def __init__(self, scales: list[float], w: Any) -> None:
        self.layers = []
        for i in range(len(scales)):
            act = np.tanh if i < len(scales) - 1 else relu
            self.layers.append(Layer(w * scales[i], act))

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


class Optional:
    def __init__(self, act: Any = None) -> None:
        self.act = act

    def __call__(self, x: Any) -> Any:
        if self.act is not None:
            x = self.act(x)
        return x * 2


@at(W, V)
def layers_with_activations(w: Any, x: Any) -> Any:
    layers = [Layer(w, np.tanh), Layer(w.T, relu)]
    for layer in layers:
        x = layer(x)
    return np.sum(x ** 2)


@at(W, V)
def layers_with_lambdas(w: Any, x: Any) -> Any:
    for layer in [Layer(w, np.tanh), Layer(w.T, lambda z: z * 0.5), Layer(w, lambda z: z + 0.3)]:
        x = layer(x)
    return np.sum(x ** 2)


@at(W, V)
def layers_by_index(w: Any, x: Any) -> Any:
    layers = [Layer(w, np.tanh), Layer(w.T, relu)]
    for i in range(len(layers)):
        x = layers[i](x)
    for layer in reversed(layers):
        x = layer(x)
    return np.sum(x) + np.sum(layers[-1](layers[0](x)))


@at(W, V)
def layers_appended(w: Any, x: Any) -> Any:
    layers = [Layer(w * s, f) for s, f in ((1.0, np.tanh), (2.0, relu))]
    layers.append(Layer(w, np.sin))
    for i, layer in enumerate(layers):
        x = layer(x) * (i + 1)
    return np.sum(x)


@at(W, V)
def network_built_in_a_loop(w: Any, x: Any) -> Any:
    return np.sum(Network([1.0, 0.5, 2.0], w)(x))


@at(V)
def activations_or_none(x: Any) -> Any:
    for each in [Optional(), Optional(np.tanh), Optional(relu)]:
        x = each(x)
    return np.sum(x)


@at(V)
def functions_that_write_in_turn(x: Any) -> Any:
    y = x * 1.0
    for f in [zero_first, double, relu]:
        s = f(y)
        y = y + 0.1 * s
    functions = [double, relu]
    for k in range(3):
        y = functions[k % 2](y) + y
    return np.sum(y)


@at(V)
def functions_by_key(x: Any) -> Any:
    table = {"a": square, "b": np.sin, "c": relu, "d": abs}
    y = x
    for key in "abcdab":
        y = table[key](y) + x
    return np.sum(y)


@at(V)
def function_handed_on(x: Any) -> Any:
    def half(f: Callable[[Any], Any], v: Any) -> Any:
        return f(v) * 0.5
    y = x
    for k in range(4):
        f = np.sin if k % 2 else np.cos
        y = half(f, y)
    return np.sum(y)


@at(V)
def results_of_several_kinds(x: Any) -> Any:
    for k in range(3):
        f = total if k else np.sin
        reduce = np.sum if k else np.mean
        x = f(x) * reduce(x, axis=0, keepdims=True)
    return np.sum(x)


@at(V)
def next_function_by_the_last(x: Any) -> Any:
    f = np.sin
    k = 0
    while k < 3:
        x = f(x)
        f = np.cos if f is np.sin else np.tanh
        k += 1
    return np.sum(x)


@at(V)
def sums_over_functions(x: Any) -> Any:
    functions = [np.sin, np.cos, square]
    return np.sum([np.sum(f(x)) for f in functions]) + sum(f(x)[0] for f in functions)


def lesser(a: Any, b: Any) -> Any:
    return np.minimum(a, b)


LIMITERS = {"lesser": lesser, "greater": lambda a, b: np.maximum(a, b) * 2}
SIGNS = {"+": operator.add, "*": operator.mul, "-": operator.neg}


@at(np.array([0.3, 0.7, -0.2, 1.1]), "lesser")
@at(np.array([0.3, 0.7, -0.2, 1.1]), "greater")
def picked_before_it_is_called(x: Any, name: Any) -> Any:
    limit = LIMITERS[name]
    u = np.zeros(6)
    u[1:-1] = x
    if x[0] < 5:
        name = "lesser"
    for _ in range(2):
        d = np.diff(u)
        u[1:-1] -= 0.1 * limit(d[1:], d[:-1])
    return u @ u


@at(0.5, 1.3)
def picked_in_a_loop(x: Any, y: Any) -> Any:
    for sign, v in (("+", 2.0), ("*", y), ("+", x)):
        act = SIGNS[sign]
        x = act(x, v)
    return SIGNS["-"](x)
