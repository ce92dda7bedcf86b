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


def in_a_loop(x: Any) -> Any:
    for _ in range(2):
        def put() -> Any:
            for _ in range(3):
                yield 1.0 / x        # noqa: B023
        for t in put():
            x += t
    return np.sum(x)


def in_a_branch(x: Any) -> Any:
    if x[0] > 0.0:
        def put(v: Any) -> Any:
            for _ in range(3):
                v = 1.0 / x
                yield v
        for t in put(x):
            x += t
    return np.sum(x)


def where_it_is_tried(x: Any) -> Any:
    try:
        def put() -> Any:
            for _ in range(2):
                yield np.sum(x)
        for t in put():
            u = x[:-1]
            u[1] = t
    except ArithmeticError:
        pass
    return np.sum(x * x)


@pytest.mark.parametrize("f", [in_a_loop, in_a_branch, where_it_is_tried], ids=lambda f: f.__name__)
def test_defined_in_a_block(f: Callable[..., Any]) -> None:
    """Its body runs in the turns of the loop, and reads what that writes."""
    wanted = [(f(X + d) - f(X - d)) / 2e-7 for d in 1e-7 * np.eye(3)]
    np.testing.assert_allclose(tangent2.grad(f)(X), wanted, rtol=1e-4, atol=1e-6)


def reciprocals(y: Any) -> Any:
    for _ in range(3):
        yield 1.0 / y


def given_on(y: Any) -> Any:
    return reciprocals(y)


def mapped(y: Any) -> Any:
    return map(lambda t: t / y, range(3))      # noqa: C417


def added(g: Any, x: Any) -> None:
    for v in g():
        x += v


def handed_to_a_function(x: Any) -> Any:
    def put() -> Any:
        for _ in range(3):
            yield 1.0 / x
    added(put, x)
    return np.sum(x)


def kept_in_a_list(x: Any) -> Any:
    def put() -> Any:
        for _ in range(3):
            yield 1.0 / x
    functions = [put]
    for v in functions[0]():
        x += v
    return np.sum(x)


def given_by_a_function_inside(x: Any) -> Any:
    def outer() -> Any:
        def put() -> Any:
            for _ in range(3):
                yield 1.0 / x
        return put()
    for v in outer():
        x += v
    return np.sum(x)


def by_another_name(x: Any) -> Any:
    go = reciprocals
    for v in go(x):
        x += v
    return np.sum(x)


def of_what_gives_it_on(x: Any) -> Any:
    for v in given_on(x):
        x += v
    return np.sum(x)


def of_what_gives_a_map(x: Any) -> Any:
    for v in mapped(x):
        x += v
    return np.sum(x)


def of_one_of_two(x: Any) -> Any:
    if x[0] > 0.0:
        def put() -> Any:
            yield 1.0 / x
    else:
        def put() -> Any:
            yield 0.5 / x
    for v in put():
        x += v
    return np.sum(x)


@pytest.mark.parametrize("f", [handed_to_a_function, kept_in_a_list, given_by_a_function_inside, by_another_name,
                               of_what_gives_it_on, of_what_gives_a_map, of_one_of_two], ids=lambda f: f.__name__)
def test_by_another_way(f: Callable[..., Any]) -> None:
    """Generators that are not called by their own name: refused where a loop writes to what they read."""
    with pytest.raises(TangentError) as caught:
        tangent2.grad(f)(X.copy())
    assert "advice: " in str(caught.value) and __file__ in str(caught.value)


def test_by_another_way_and_not_written_to() -> None:
    def f(x: Any) -> Any:
        t = 0.0
        go = reciprocals
        for v in go(x):
            t = t * 0.5 + np.sum(v * v)
        for v in given_on(x):
            t = t + np.sum(np.sin(v))
        return t
    wanted = [(f(X + d) - f(X - d)) / 2e-7 for d in 1e-7 * np.eye(3)]
    np.testing.assert_allclose(tangent2.grad(f)(X), wanted, rtol=1e-4)
