"""Names of the user's that are those which rewritten calls bind: what is bound there is never taken for the user's."""
from __future__ import annotations

import itertools
import operator
from functools import partial, singledispatch
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, 1.2, 0.8, -0.4])


class Scale:
    def __init__(self, k: Any) -> None:
        self.k = k

    def applied(self, u: Any) -> Any:
        return u * self.k + u ** 2


@at(X)
def partial_of_a_nested_function(x: Any) -> Any:
    a, b, c, d = x
    f = lambda u, v=a: u * v + b  # noqa: E731
    g = partial(f, v=c)
    return g(d) + f(d)


@at(X)
def partial_by_keywords_that_are_numbered(x: Any) -> Any:
    def f(a0: Any, a1: Any, v: Any = 2.0) -> Any:
        return a0 * a1 - v

    g = partial(f, x[0], v=x[2])
    return g(x[3]) * f(x[1], x[2])


@at(X)
def method_called_with_a_name(x: Any) -> Any:
    v = x[3]
    f = operator.methodcaller("applied", v)
    return f(Scale(x[0])) + sum(map(operator.methodcaller("applied", u=v), [Scale(x[1]), Scale(x[2])]))


@at(X)
def starmap_of_a_partial(x: Any) -> Any:
    v = x[3]
    return sum(itertools.starmap(partial(lambda k, a, b: k * a * b, v), [(x[0], x[1]), (x[1], x[2])]))


@at(X)
def taken_out_of_sets_and_lists(x: Any) -> Any:
    v = 2
    kept = {0, 1, 2, 3}
    line = [0, 1, 2, 3]
    line.remove(v)
    kept.discard(v)
    kept.remove(v + 1)
    return sum(x[i] ** 2 for i in line) + sum(x[i] for i in sorted(kept)) * v


@at(X)
def called_for_each_with_names(x: Any) -> Any:
    a0, a1, a2 = x[0], x[2], x[3]
    g = np.vectorize(lambda s, t, u: s * t * u * a1 + a2)
    h = np.vectorize(lambda t: t * a0)
    return np.sum(g(x, x, x)) + np.sum(h(x))


@at(np.array([0.3, 0.7, 1.1]))
def variable_that_is_an_underscore(x: Any) -> Any:
    _ = x[0] * 2.0
    s = 0.0
    for _k in range(2):
        s += x[1] * _
    quotient, rest = divmod(7, 2)
    return s * _ + rest


@singledispatch
def measure(shape: Any) -> Any:
    return shape * shape


@measure.register(list)
def _(shape: Any) -> Any:
    return shape[0] * shape[1]


@at(np.array([0.3, 0.7, 1.1]))
def function_that_is_an_underscore(x: Any) -> Any:
    return measure(1.0 * x[0]) + measure([x[1], x[2]])


@at(0.7)
def assigned_in_the_nearest_function(x):
    s = x

    def outer():
        s = x * 5

        def inn():
            nonlocal s
            s = s * 3
        inn()
        return s
    return outer() + s ** 2


@at(0.7)
def assigned_two_functions_inside(x):
    t = x

    def one():
        t = 1.0

        def two():
            nonlocal t
            t = t * x

            def three():
                nonlocal t
                t = t + x
                return t
            return three()
        return two() + t
    return one() * t


class Module:
    def __call__(self, x: Any) -> Any:
        return self.forward(x)


class Line(Module):
    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b, self.n = a, b, 0

    def forward(self, x: Any) -> Any:
        self.n += 1
        return self.a * x + self.b


class Chain(Module):
    def __init__(self, b: Any, *parts: Any) -> None:
        self.b, self.a = b, list(parts)

    def forward(self, x: Any) -> Any:
        for part in self.a:
            x = part(x) * self.b
        return x


@at(0.4, 0.7)
def one_method_of_two_classes_with_attributes_in_another_order(x: Any, y: Any) -> Any:
    return Chain(y, Line(x, y), Line(y, 2.0))(x * y)
