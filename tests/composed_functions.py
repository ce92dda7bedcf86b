"""Thirty functions, through which transforms are composed: each takes `x`, and `a` of the same structure as data."""
from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

import tangent2

# --------------------------------------------------------------------------------------------------------- of a number


def formula(x: Any, a: Any) -> Any:
    return x * np.sin(x) + a * x ** 3


def grown(x: Any, a: Any) -> Any:
    """A loop of which data decides how often it turns."""
    y = x
    while y < 3.0:
        y = y * 1.5 + 0.1 * a * y * y
    return y


def piecewise(x: Any, a: Any) -> Any:
    if x > 0.6:
        y = np.log(x) * a
    elif a > 5.0:
        y = x
    else:
        y = x * x + a
    return y * x


def root(x: Any, a: Any) -> Any:
    """Newton's iteration, left when it is near."""
    s = 1.0 + 0.1 * a
    for _ in range(20):
        step = (s * s - x - 1.0) / (2.0 * s)
        s = s - step
        if abs(step) < 1e-3:
            break
    return s


def early(x: Any, a: Any) -> Any:
    for k in range(3):
        if x > 1.0 + 0.2 * k:
            return np.sqrt(x) * a
        x = x * 1.3 + 0.05
    return np.exp(-x)


def power(x: Any, n: int) -> Any:
    return 1.0 + 0.0 * x if n == 0 else x * power(x, n - 1)


def recursive(x: Any, a: Any) -> Any:
    return power(x, 3) + a * power(np.cos(x), 2)


def closed(x: Any, a: Any) -> Any:
    """Closures that hold what is differentiated."""
    def scaled(by: Any) -> Any:
        return lambda y: y * by * x
    first, second = scaled(a), scaled(np.sin(x))
    return first(second(x)) + second(2.0)


class Accumulator:
    """An object that is written to."""

    def __init__(self, start: Any) -> None:
        self.total = start
        self.count = 0

    def add(self, value: Any) -> Accumulator:
        self.total = self.total + value * value
        self.count += 1
        return self

    @property
    def mean(self) -> Any:
        return self.total / self.count


def accumulated(x: Any, a: Any) -> Any:
    held = Accumulator(a * x)
    for k in range(3):
        held.add(np.sin(k + x))
    return held.mean * x


@dataclass
class Dual:
    """Numbers of the user's own."""

    re: Any
    eps: Any

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.re * other.re, self.re * other.eps + self.eps * other.re)

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.re + other.re, self.eps + other.eps)


def dual(x: Any, a: Any) -> Any:
    z = Dual(x, a) * Dual(np.sin(x), 1.0) + Dual(x * x, x)
    return z.re * z.eps


def attempted(x: Any, a: Any) -> Any:
    try:
        if x > 5.0:
            raise ValueError("too large")
        y = np.log(x) * a
    except ValueError:
        y = x
    finally:
        z = x * x
    return y + z


def several(x: Any, a: Any) -> Any:
    """A dict of a number."""
    return {"sine": np.sin(x) * a, "rest": (x ** 2, np.exp(-x))}


# --------------------------------------------------------------------------------------------------------- of a vector


def logistic(x: Any, a: Any) -> Any:
    return np.mean(np.log1p(np.exp(-a * x))) + 0.5 * np.sum(x ** 2)


def activation(x: Any, a: Any) -> Any:
    return np.tanh(x * a) + x / (1.0 + x * x)


def rosenbrock(x: Any, a: Any) -> Any:
    return np.sum(2.0 * (x[1:] - x[:-1] ** 2) ** 2 + (a[:-1] - x[:-1]) ** 2)


def running(x: Any, a: Any) -> Any:
    """Elements written in place, one from the other."""
    y = x.copy()
    for i in range(1, len(y)):
        y[i] += y[i - 1] * x[i]
    y[0] = y[-1] * a[0]
    return y


def viewed(x: Any, a: Any) -> Any:
    """What is written to a view is in its base."""
    y = np.zeros(len(x) + 1)
    head, tail = y[:-1], y[1:]
    tail[:] = x * a
    head[0] = x[1] ** 2
    head *= x
    return np.sum(y * y) * y


def collected(x: Any, a: Any) -> Any:
    parts = [v * v for v in x]
    found = {"first": parts[0], "rest": parts[1:]}
    parts.append(found["first"] * a[1])
    return np.stack([p * k for k, p in enumerate(parts, start=1)])


def outer(x: Any, a: Any) -> Any:
    return np.outer(np.exp(0.3 * x), a * x)[:2]


def masked(x: Any, a: Any) -> Any:
    y = np.where(x > 0.5, x ** 3, np.sin(x))
    y[a > 0.8] *= 2.0
    return y * x[[2, 0, 0]]


def sorted_sums(x: Any, a: Any) -> Any:
    return np.cumsum(np.sort(x) * a) * np.prod(x)


def slope(t: float, y: Any, a: Any) -> Any:
    return np.stack([y[1], -np.sin(y[0]) - 0.1 * a[0] * y[1], y[2] * np.cos(t)])


def runge_kutta(x: Any, a: Any) -> Any:
    t, h, y = 0.0, 0.1, x
    for _ in range(2):
        k1 = slope(t, y, a)
        k2 = slope(t + h, y + h * k1, a)
        y = y + 0.5 * h * (k1 + k2)
        t += h
    return y


# --------------------------------------------------------------------------------------------------------- of a matrix


def quadratic(x: Any, a: Any) -> Any:
    m = x @ x.T
    return np.trace(m @ m) + np.sum(a * np.sin(x))


def solved(x: Any, a: Any) -> Any:
    m = x @ x.T + 2.0 * np.eye(2)
    return np.linalg.solve(m, a[:, 0] * x[:, 1]) + np.log(np.linalg.det(m))


def heat(x: Any, a: Any) -> Any:
    u = x.copy()
    for _ in range(2):
        u[:, 1:-1] += 0.25 * (u[:, 2:] - 2.0 * u[:, 1:-1] + u[:, :-2]) * a[:, 1:-1]
        u[0] = u[0] * u[1]
    return u


# ----------------------------------------------------------------------------------------------------------- of a tree


def layer(x: Any, a: Any) -> Any:
    h = np.tanh(x["w"] @ a["b"][::-1] + x["b"])
    return np.sum(h * h * x["b"]) + np.sum(x["w"] ** 2)


def exchanged(x: Any, a: Any) -> Any:
    """A tree of a tree."""
    number, (vector, _) = x
    total = 0.0
    for v, w in zip(vector, reversed(a[1][0])):
        total = total + v * w * number
    return {"vector": vector * number + x[1][1] * x[1][1], "total": total}


# -------------------------------------------------------------------------------------------- with rules, checkpointed


@tangent2.custom_vjp
def ruled_sine(x: Any) -> Any:
    return np.sin(x)


ruled_sine.defvjp(lambda x: (np.sin(x), np.cos(x)), lambda saved, bar: (saved * bar,))


@tangent2.custom_jvp
def ruled_exp(x: Any) -> Any:
    return np.exp(x)


@ruled_exp.defjvp
def ruled_exp_jvp(primals: Any, tangents: Any) -> Any:
    out = ruled_exp(primals[0])
    return out, out * tangents[0]


def with_adjoint(x: Any, a: Any) -> Any:
    return np.sum(ruled_sine(x * a) * x)


def with_tangent(x: Any, a: Any) -> Any:
    return ruled_exp(0.5 * x) * a + x


@tangent2.checkpoint
def repeated_layer(x: Any, w: Any) -> Any:
    h = np.sin(x) * w
    return np.tanh(h) * x


def repeated(x: Any, a: Any) -> Any:
    for _ in range(2):
        x = repeated_layer(x, a)
    return np.sum(x * a) + x[0]


def mapped(x: Any, a: Any) -> Any:
    times = functools.partial(lambda k, v: k * v * v, 2.0)
    return sum(map(times, x)) * np.sum(a) + x[0] * max(len(x), 2)


# ------------------------------------------------------------------------------------------------------------ where

NUMBER = (0.8, 0.7)
VECTOR = (np.array([0.4, 0.9, 0.65]), np.array([0.7, 1.1, 0.5]))
MATRIX = (np.array([[0.5, 0.8, 0.3], [0.9, 0.2, 0.6]]), np.array([[0.7, 0.4, 0.9], [0.3, 0.8, 0.5]]))
TREE = ({"w": MATRIX[0][:, :2].copy(), "b": np.array([0.3, 0.6])},
        {"w": MATRIX[1][:, 1:].copy(), "b": np.array([0.8, 0.4])})
NESTED = ((0.8, [VECTOR[0], 0.5 * VECTOR[1]]), (0.4, [VECTOR[1], 0.3 * VECTOR[0]]))

FUNCTIONS: dict[Any, tuple[Any, Any]] = {
    **dict.fromkeys((formula, grown, piecewise, root, early, recursive, closed, accumulated, dual,
                     attempted, several), NUMBER),
    **dict.fromkeys((logistic, activation, rosenbrock, running, viewed, collected, outer, masked, sorted_sums,
                     runge_kutta, with_adjoint, with_tangent, repeated, mapped), VECTOR),
    **dict.fromkeys((quadratic, solved, heat), MATRIX),
    layer: TREE, exchanged: NESTED,
}
