"""What generators do while they run, where their items would be listed before their turn: refused, and never wrong."""
from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError

X = np.array([0.3, 0.7, 1.1, 0.4])


def noted(x: Any, log: Any) -> Any:
    for v in x:
        log.append(v * v)
        yield v


class Source:
    def __init__(self, x: Any) -> None:
        self.x, self.total = x, 0.0

    def items(self) -> Any:
        for v in self.x:
            self.total = self.total + v * v
            yield v

    def __iter__(self) -> Any:
        for v in self.x:
            self.total = self.total + v * v
            yield v


class Holder:
    def __init__(self, source: Any) -> None:
        self.source = source


def beside_a_range(x: Any) -> Any:
    log: Any = []
    for _, _v in zip(range(2), noted(x, log)):
        pass
    return sum(log)


def two_yields(x: Any) -> Any:
    log: Any = []

    def two() -> Any:
        log.append(x[0])
        yield x[1]
        log.append(x[2])
        yield x[3]
    s = 0.0
    for v in two():
        s = s * v + v * sum(log)
    return s


def method_of_an_object(x: Any) -> Any:
    s = Source(x)
    for v in s.items():
        if v > 0.5:
            break
    return s.total


def object_in_a_loop(x: Any) -> Any:
    s, r = Source(x), 0.0
    for v in s:
        r += v * s.total
    return r


def object_in_a_comprehension(x: Any) -> Any:
    s = Source(x)
    return sum([v * s.total for v in s]) + any(v > 0.5 for v in s)


def object_held_by_another(x: Any) -> Any:
    h = Holder(Source(x))
    for _, _v in zip(range(2), h.source):
        pass
    return h.source.total


def list_in_a_dict(x: Any) -> Any:
    d: Any = {"s": Source(x)}
    for _, _v in zip(range(2), d["s"]):
        pass
    return d["s"].total


def named_generator_that_notes(x: Any) -> Any:
    log: Any = []
    g = noted(x, log)
    a = next(g)
    return a * sum(log) + sum(g) * len(log)


def written_by_another_name(x: Any) -> Any:
    y = list(x)
    z = y
    g = (v * v for v in y)
    a = next(g)
    z[1] = z[1] * a
    return a + next(g)


@pytest.mark.parametrize("f", [named_generator_that_notes, written_by_another_name, beside_a_range, two_yields,
                               method_of_an_object, object_in_a_loop, object_in_a_comprehension,
                               object_held_by_another, list_in_a_dict],
                         ids=lambda f: f.__name__)
def test_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(TangentError, match="written to while a loop runs over a generator|changed while"):
        tangent2.grad(f)(X)


def test_a_name_that_is_looked_up_late() -> None:
    def f(x: Any) -> Any:
        k = x[0]
        g = (v * k for v in x)
        a = next(g)
        k = x[3] * 2
        return a * next(g)
    with pytest.raises(TangentError, match="not consumed at once"):
        tangent2.grad(f)(X)


def everything(x: Any) -> Any:
    return sum(x[0] ** n for n in itertools.count(1))


def listed(x: Any) -> Any:
    return list(map(lambda n: x[0] ** n, itertools.count(1)))[0]      # noqa: C417


def side_by_side(x: Any) -> Any:
    s = 0.0
    for a, b in zip(itertools.count(1), map(lambda n: x[0] ** n, itertools.count(1))):      # noqa: C417
        if a > 3:
            break
        s += a * b
    return s


@pytest.mark.parametrize("f", [everything, listed, side_by_side], ids=lambda f: f.__name__)
def test_without_an_end(f: Callable[..., Any]) -> None:
    with pytest.raises(TangentError, match="no end"):
        tangent2.grad(f)(X)


def test_assigned_before_it_raises() -> None:
    def f(x: Any) -> Any:
        n = x

        def step() -> None:
            nonlocal n
            n = n * 2.0
            if n > 0.2:
                raise ValueError
        try:
            step()
        except ValueError:
            n = n ** 2
        return n
    with pytest.raises(TangentError, match="assigns by `nonlocal` is called in a `try` block"):
        tangent2.grad(f)(0.7)


def test_a_recursion_inside_that_is_tried() -> None:
    def f(x: Any) -> Any:
        def rec(v: Any, n: int) -> Any:
            if n == 0:
                raise ValueError
            return v * rec(v * 1.1, n - 1)
        try:
            return rec(x[0], 3)
        except ValueError:
            return x[1] * 2
    assert list(tangent2.grad(f)(X)) == [0.0, 2.0, 0.0, 0.0]
