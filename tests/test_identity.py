"""`a is b` where it is not known whether two names are one object: refused, for values have no identity."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import ArgumentError
from tests.harness.refused import refused

X, Y = np.array([0.3, -0.7, 1.1]), np.array([0.5, 0.2, 0.9])


class Pair:
    """Two arrays."""

    def __init__(self, p: Any, v: Any) -> None:
        self.p = p
        self.v = v

    def pull(self, others: Any) -> None:
        for other in others:
            if other is not self:
                self.v = self.v + other.p


def one_object_twice(x: Any, y: Any) -> Any:
    p = Pair(x * 1, y * 2)
    t = 0.0
    for a in [p, p]:
        for b in [p, p]:
            t = t + np.sum(a.p * b.v) if a is not b else t
    return t


def list_that_holds_one_twice(x: Any, y: Any) -> Any:
    ps = [Pair(x * 1, y * 2), Pair(y * 1, x * 2)]
    ps.append(ps[0])
    t = 0.0
    for a in ps:
        t = t + sum([np.sum(a.p * b.v) for b in ps if a is not b])
    return t


def one_of_two(x: Any, y: Any) -> Any:
    u = v = x * y
    if np.sum(v) > 0.1:
        v = v * 2
    return np.sum(u) if u is v else np.sum(v ** 2)


def counted_from_the_end(x: Any, y: Any) -> Any:
    ps = [Pair(x * 1, y * 2), Pair(y * 1, x * 2)]
    t = 0.0
    for j in range(-1, 1):
        t = t + (np.sum(ps[j].p) if ps[1] is ps[j] else np.sum(ps[j].v))
    return t


def two_views(x: Any, y: Any) -> Any:
    u = x * y
    v, w = u[1:], u[1:]
    v *= 2
    return np.sum(u) if v is w else np.sum(u ** 2)


@pytest.mark.parametrize("function", [
    one_object_twice, list_that_holds_one_twice, one_of_two, counted_from_the_end, two_views,
], ids=lambda f: f.__name__)
def test_refused_with_place_and_advice(function: Callable[..., Any]) -> None:
    refused(function, lambda: tangent2.grad(function, (0, 1))(X, Y))
    refused(function, lambda: tangent2.vjp(function, X, Y))


def test_a_method_is_given_its_object_among_others() -> None:
    def pulled(x: Any, y: Any) -> Any:
        ps = [Pair(x * 1, y * 2), Pair(y * 1, x * 2)]
        for p in ps:
            p.pull(ps)
        return np.sum(ps[0].v * ps[1].v)
    with pytest.raises(tangent2.TangentError, match="whether `other` and `self` are one object is not known"):
        tangent2.grad(pulled)(X, Y)


def apart(ps: Any) -> Any:
    return sum([np.sum(a.p * b.v) for a in ps for b in ps if a is not b])


class Holder:
    """Objects in a list."""

    def __init__(self, ps: Any) -> None:
        self.ps = ps


def held_apart(ps: Any) -> Any:
    h = Holder(ps)
    return sum([np.sum(a.p * b.v) for a in h.ps for b in h.ps if a is not b])


def listed_apart(ps: Any) -> Any:
    qs = list(ps)
    return sum([np.sum(a.p * b.v) for a in qs for b in qs if a is not b])


@pytest.mark.parametrize("function", [apart, held_apart, listed_apart], ids=lambda f: f.__name__)
def test_arguments_are_looked_at_when_it_is_called(function: Callable[..., Any]) -> None:
    p, q = Pair(X, Y), Pair(Y * 2, X)
    assert np.allclose(tangent2.grad(function)([p, q])[0].p, q.v)
    with pytest.raises(ArgumentError, match="the same object"):
        tangent2.grad(function)([p, q, p])


def test_lists_in_arguments_are_not_told_apart() -> None:
    def first(rows: Any) -> Any:
        return rows[0][0] if rows[0] is rows[1] else rows[1][0]
    with pytest.raises(tangent2.TangentError, match="one object is not known"):
        tangent2.grad(first)([[1.0], [2.0]])
