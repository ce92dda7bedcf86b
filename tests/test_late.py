"""Generators whose memory is written to while a loop runs over them: Python reads it then, so these are refused."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError

X = np.array([0.3, 0.8, -0.4])


def scaled(x: Any, y: Any) -> Any:
    for e in x:
        yield e * y
    yield y


class Box:
    def __init__(self, a: Any) -> None:
        self.a = a

    def run(self, n: int) -> Any:
        for i in range(n):
            yield self.a * i
        yield self.a


def attributes(b: Any) -> Any:
    for i in range(3):
        yield b.a * i
    yield b.a


def items(d: Any) -> Any:
    for i in range(3):
        yield d["a"] * i
    yield d["a"]


def write(w: Any, s: Any) -> None:
    w[2] = s


def through_a_view(x: Any) -> Any:
    u = np.sin(x)
    w = u[::-1]
    t = 0.0
    for s in scaled(u, 0.5):
        w[0] = s * 2
        t += s
    return t + np.sum(u)


def through_a_zip(x: Any) -> Any:
    u = np.sin(x)
    w = u
    t = 0.0
    for s, r in zip(scaled(u, 0.5), x):
        w[1] = s * 2
        t += s * r
    return t + np.sum(u)


def by_a_call(x: Any) -> Any:
    u = np.sin(x)
    t = 0.0
    for s in scaled(u, 0.5):
        write(u, s * s)
        t += s
    return t + np.sum(u)


def of_a_method(x: Any) -> Any:
    b = Box(x[0])
    t = 0.0
    for s in b.run(3):
        b.a = b.a * s + 0.3
        t += s
    return t


def of_an_object(x: Any) -> Any:
    b = Box(x[0])
    c = b
    t = 0.0
    for s in attributes(b):
        c.a = c.a * 0.5 + s
        t += s
    return t


def of_a_dict(x: Any) -> Any:
    d = {"a": x[0]}
    c = d
    t = 0.0
    for s in items(d):
        c["a"] = c["a"] * 0.5 + s
        t += s
    return t


@pytest.mark.parametrize("f", [through_a_view, through_a_zip, by_a_call, of_a_method,
                               of_an_object, of_a_dict], ids=lambda f: f.__name__)
def test_written_while_a_generator_runs(f: Callable[..., Any]) -> None:
    with pytest.raises(TangentError, match="written to while a loop runs over a generator"):
        tangent2.grad(f)(X)


def test_written_before_and_after() -> None:
    def f(x: Any) -> Any:
        u = np.sin(x)
        w = u[::-1]
        w[0] = 0.5
        t = 0.0
        for s in scaled(u, 0.5):
            t += s * s
        w[1] = t
        return np.sum(u ** 2)
    wanted = [(f(X + d) - f(X - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(tangent2.grad(f)(X), wanted, atol=1e-8)
