"""Calls: positional, keyword and default arguments, recursion, closures, lambdas, globals, transforms inside."""
# ruff: noqa: B023, E731
import math
from typing import Any

import numpy as np

import tangent2
from tests.corpus.cases import at

X3 = np.array([0.5, -1.2, 0.8])
SCALE = 1.5
WEIGHTS = np.array([0.2, 0.7, -0.4])
OPTIONS = {"rate": 0.5}


def square(x: Any) -> Any:
    return x * x


def affine(x: Any, a: Any = 2.0, *, b: Any = 1.0) -> Any:
    return a * x + b


def both(x: Any, y: Any) -> Any:
    return x * y, x + y


def norm(v: Any) -> Any:
    total = 0.0
    for each in v:
        total += each * each
    return np.sqrt(total)


@at(0.7)
def calls(x: Any) -> Any:
    p, q = both(square(x), affine(x, b=x))
    return p * q + affine(x, 3.0)


@at(X3)
def calls_with_tapes(x: Any) -> Any:
    return norm(x) * norm(x * x) + norm([x[0], x[1]])


def power(x: Any, n: Any) -> Any:
    return 1.0 if n == 0 else x * power(x, n - 1)


@at(0.7, 5)
def recursion(x: Any, n: Any) -> Any:
    return power(x, n) * power(x, 2)


def even(x: Any, n: Any) -> Any:
    return x if n == 0 else odd(x * x, n - 1)


def odd(x: Any, n: Any) -> Any:
    return np.sin(x) if n == 0 else even(x + 0.5, n - 1)


@at(0.7, 4)
def mutual_recursion(x: Any, n: Any) -> Any:
    return even(x, n) * odd(x, n)


@at(0.7, 0.2)
def closure(x: Any, a: Any) -> Any:
    def inner(t: Any) -> Any:
        return t * a + x
    return inner(x) * inner(2.0)


@at(0.7, 0.2)
def lambdas(x: Any, a: Any) -> Any:
    f = lambda t: a * t * t
    total = 0.0
    for i in range(3):
        total += f(x + i)
    return total


@at(0.7)
def passed_on(x: Any) -> Any:
    def twice(f: Any, t: Any) -> Any:
        return f(f(t))
    return twice(square, x) + twice(np.sin, x)


@at(X3)
def module_globals(x: Any) -> Any:
    return np.sum(WEIGHTS * x * x) * SCALE + OPTIONS["rate"] * math.exp(x[0]) + math.pi * x[1]


@at(0.7)
def gradient_inside(x: Any) -> Any:
    return tangent2.grad(lambda t: t ** 3 * x)(x) + tangent2.grad(square)(x) * x


@at(0.7)
def tangent_inside(x: Any) -> Any:
    value, dot = tangent2.jvp(square, (x,), (x * x,))
    return value * dot


@at(0.7, 3)
def conversions(x: Any, n: Any) -> Any:
    return float(x) * int(n) + abs(-x) + max(x, 0.1 * n) * min(x, 2.0) + len("abc") * x


@at(0.7)
def gradient_of_a_closure(x: Any) -> Any:
    def inner(t: Any, s: Any) -> Any:
        return t ** 3 * x * s
    value, (t_bar, s_bar) = tangent2.value_and_grad(inner, argnums=(0, "s"))(x, 2.0)
    return value * t_bar * s_bar


def curvature(f: Any, x: Any) -> Any:
    return tangent2.grad(tangent2.grad(f))(x)


@at(0.7)
def transform_of_what_is_handed_on(x: Any) -> Any:
    return curvature(np.sin, x) + curvature(lambda t: t ** 4 * x, x)


@at(X3, X3[::-1].copy())
def gradient_field(x: Any, y: Any) -> Any:
    g = tangent2.grad(lambda t: np.sum(np.sin(t * y)))
    return np.sum(g(x) ** 2)


@at(0.7)
def tangent_of_a_closure(x: Any) -> Any:
    h = lambda t: t * t * x
    value, dot = tangent2.jvp(h, (x,), (1.0,))
    return value * dot


GRID = np.ones((2, 3))


def spread(x: Any) -> Any:
    return np.sum(x * x * x * GRID)


@at(2.0, np.array([1, 2, 3]))
def derivatives_for_other_kinds(x: Any, v: Any) -> Any:
    slopes = np.sum(tangent2.grad(spread)(v * 1.0)) * tangent2.grad(spread)(3.0)
    return x * slopes + tangent2.jvp(spread, (x,), (1.0,))[1] * np.sum(tangent2.jvp(spread, (v * x,), (v * 1.0,))[1])


@at(0.7)
def closure_for_other_kinds(x: Any) -> Any:
    def size(u: Any) -> Any:
        return u if np.ndim(u) == 0 else np.sum(u)
    return x * size(3.0) * size(np.array([1.0, 2.0]))


def power_of(x: Any, n: Any = 3, *rest: Any, weights: Any = GRID) -> Any:
    return x ** n * (1 + len(rest)) * np.sum(weights)


@at(1.3)
def derivatives_of_what_has_defaults(x: Any) -> Any:
    slope = tangent2.grad(power_of)(x) + tangent2.grad(power_of)(x, 2, 1.0, weights=0.5 * GRID)
    return slope + tangent2.jvp(power_of, (x,), (1.0,))[1] + curvature(power_of, x)


def twice(f: Any, v: Any) -> Any:
    return f(f(v))


@at(X3, 0.4)
def closure_handed_an_array(v: Any, s: Any) -> Any:
    def scale(u: Any) -> Any:
        u = u.copy()
        u[0] *= s
        u[1:] += s
        return u
    return np.sum(twice(scale, v) ** 2) + np.sum(twice(lambda u: np.sin(scale(u)), v))


@at(X3, 0.4)
def nested_functions_handed_to_each_other(v: Any, s: Any) -> Any:
    def apply(f: Any, u: Any) -> Any:
        return f(u) * s

    def shift(u: Any) -> Any:
        return u + s
    return np.sum(apply(shift, v) * apply(lambda u: u * shift(u), v))


def dense(w: Any, b: Any, act: Any = None) -> Any:
    def layer(x: Any) -> Any:
        y = x * w + b
        return y if act is None else act(y)
    return layer


def scaled(factor: Any) -> Any:
    shift = factor * 0.5

    def forward(x: Any) -> Any:
        return x * factor + shift
    return forward, lambda y: (y - shift) / factor


@at(X3, 0.4)
def functions_that_factories_return(x: Any, w: Any) -> Any:
    def power(n: Any) -> Any:
        return lambda v: v ** n * w
    first, second, square = dense(w, x[0], np.tanh), dense(x, 0.1), power(2)
    into, back = scaled(w)
    return np.sum(second(first(x))) + square(x[1]) * power(3)(w) + np.sum(back(np.sin(into(x))))
