"""What changes its object in a `try` block raises nothing that is caught there, or is refused."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.switches import switched
from tests.harness.modes import check


class Store:
    """Has methods with names of those of dicts and lists."""

    def __init__(self, x: Any) -> None:
        self.x, self.held = x, {}       # type: ignore[var-annotated]

    def update(self, k: Any) -> None:
        self.x = self.x * k
        if self.x < 0.3:
            raise RuntimeError("too little")

    def put(self, key: str, v: Any) -> None:
        if key in self.held:
            raise KeyError(key)
        self.held[key] = v

    def pop(self) -> Any:
        return self.x

    def grow(self) -> None:
        self.more = self.x


def updated(x: Any, y: Any) -> Any:
    a = Store(x)
    try:
        a.update(y)
    except RuntimeError:
        a.x *= 2
    return a.x


def put_twice(x: Any, y: Any) -> Any:
    a = Store(x)
    try:
        a.put("q", y)
        a.put("q", x)
    except KeyError:
        y = y * x
    return a.held["q"] * y


def popped(x: Any, y: Any) -> Any:
    a = Store(x)
    try:
        c = a.pop()
    except ValueError:
        c = y
    return c * x


def grown(x: Any, y: Any) -> Any:
    a = Store(x)
    try:
        a.grow()
    except ValueError:
        x = y
    return a.x * x


def removed(x: Any, y: Any) -> Any:
    xs = [1.0, 2.0]
    try:
        xs.remove(5.0)
    except ValueError:
        x = x * 3
    return x * y


def asked_of_what_was_popped(x: Any, y: Any) -> Any:
    xs = [x, y]
    try:
        v = x if xs.pop() / int(y) > 1 else y
    except ZeroDivisionError:
        v = x * 3
    return v * y


def inserted_at_a_name(x: Any, y: Any) -> Any:
    xs = [x]
    try:
        xs.insert("a", y)       # type: ignore[arg-type]
    except TypeError:
        x = x * 3
    return x * y


def extended_by_a_number(x: Any, y: Any) -> Any:
    xs = [x]
    try:
        xs.extend(3)        # type: ignore[arg-type]
    except Exception:
        x = x * 3
    return x * y


def taken_from_nothing(x: Any, y: Any) -> Any:
    d: Any = {}
    try:
        d.popitem()
    except KeyError:
        x = x * 3
    return x * y


def condition_with_an_else(x: Any, y: Any) -> Any:
    z = y
    try:
        while 1.0 / (z - 0.7) > 100:
            z = z + 1
        else:
            z = z * 2
    except ZeroDivisionError:
        z = x * 3
    return z * y


@pytest.mark.parametrize("function, words", [
    (updated, "method `update` of class `Store`"), (put_twice, "writes to its argument is called in a `try` block"),
    (popped, "method `pop` of class `Store`"), (grown, "gives an object an attribute"), (removed, "may raise"),
    (asked_of_what_was_popped, "in one expression"),
    (inserted_at_a_name, "of these kinds may raise"), (extended_by_a_number, "of these kinds may raise"),
    (taken_from_nothing, "may raise"), (condition_with_an_else, "`while` loop with `else`"),
])
def test_what_might_raise_unseen_is_refused(function: Any, words: str) -> None:
    for call in (lambda: tangent2.grad(function, (0, 1))(0.4, 0.7),
                 lambda: tangent2.jvp(function, (0.4, 0.7), (1.0, 1.0))):
        with pytest.raises(tangent2.TangentError) as caught:
            call()
        assert words in str(caught.value) and "advice: " in str(caught.value) and __file__ in str(caught.value)


def divided_by_what_was_popped(x: Any, y: Any) -> Any:
    xs = [x, y]
    try:
        v = xs.pop() / (y - 0.7)
    except ZeroDivisionError:
        v = x * 3
    return v * y


def test_what_is_computed_beside_a_change_is_attempted_after_it() -> None:
    """At 0.7 the division raises, and the list has lost its last element; else the quotient is differentiated."""
    assert tangent2.grad(divided_by_what_was_popped, (0, 1))(0.4, 0.7) == pytest.approx((2.1, 1.2))
    assert tangent2.grad(divided_by_what_was_popped, (0, 1))(0.4, 1.7) == pytest.approx((0.0, 3.4 - 1.7 ** 2))


W = np.array([-0.46, -0.01, -0.77])


def read_twice_where_it_is_tried_and_saved(x: Any, t: Any) -> Any:
    u = np.zeros_like(W)
    if t > 0.0:
        u = 0.17 * x
        try:
            u = W ** 2
            u[2] = np.tanh(np.dot(u, x) * (W @ u))
        except OverflowError:
            u = u * 2.0
    return np.sum(u * np.cos(u * x))


@pytest.mark.parametrize("t", [1.0, -1.0])
def test_what_an_attempt_gives_is_read_inside_of_another_and_saved(t: float) -> None:
    with switched(checked=True):
        check(tangent2, read_twice_where_it_is_tried_and_saved, (np.array([0.1, 0.2, 0.5]), t), (0,))


def attempts_nothing_that_is_read(x: Any) -> Any:
    p = 0.5 * x
    try:
        put = lambda v: p * p     # noqa: E731
        put(x)
        [][2]
    except IndexError:
        p = p * x
    return p


def attempts_nothing_and_leaves(x: Any) -> Any:
    p = 0.5 * x
    try:
        put = lambda v: p * v     # noqa: E731
        put(x)
        if x > 1.0:
            return p * x
        [][2]
    except IndexError:
        p = p * x * x
    return p


@pytest.mark.parametrize("function", [attempts_nothing_that_is_read, attempts_nothing_and_leaves])
@pytest.mark.parametrize("x", [0.4, 1.7])
def test_attempts_of_arithmetic_that_nobody_reads(function: Any, x: float) -> None:
    with switched(checked=True):
        check(tangent2, function, (x,), (0,))
