"""Ways in which a derivative could be lost without a word: each is refused, with its place."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tangent2
from tangent2.errors import TangentError


class Powers:
    """An object that is its own iterator."""

    def __init__(self, x: Any) -> None:
        self.x = x
        self.i = 0

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if self.i >= 3:
            raise StopIteration
        self.i += 1
        return self.x ** self.i


def iterator_of_its_own(x: Any) -> Any:
    t = 0.0
    for v in Powers(x):
        t += v
    return t


def summed_iterator(x: Any) -> Any:
    return sum(Powers(x))


def sum_of_a_set(x: Any) -> Any:
    return sum({x, 2 * x})


def loop_over_a_set(x: Any) -> Any:
    t = 0.0
    for v in {x, x * 3}:
        t += v
    return t


def key_of_a_display(x: Any) -> Any:
    return sum({x: 1})


def key_stored(x: Any) -> Any:
    d = {}
    d[x] = 1
    return sum(d)


def attributes_as_a_dict(x: Any) -> Any:
    return Powers(x).__dict__["x"]


@pytest.mark.parametrize("fn", [
    iterator_of_its_own, summed_iterator, sum_of_a_set, loop_over_a_set, key_of_a_display, key_stored,
    attributes_as_a_dict])
@pytest.mark.parametrize("transform", [tangent2.grad, lambda f: lambda x: tangent2.jvp(f, (x,), (1.0,))])
def test_refused(transform: Callable[..., Any], fn: Callable[..., Any]) -> None:
    with pytest.raises(tangent2.TangentError) as caught:
        transform(fn)(2.0)
    assert caught.value.file == __file__ and caught.value.line and caught.value.advice


def some_keys(x: Any, n: Any) -> Any:
    t = n * 0.5
    known = {t, 1.0}
    return x * len(known) * (2.0 if 0.5 in {0.5, 1.5} else 1.0) * sum(x ** k for k in {1, 2})


def test_sets_of_inactive_numbers_are_fine() -> None:
    assert tangent2.grad(some_keys)(2.0, 3) == pytest.approx(4.0 * (2 * 2.0 + 3 * 4.0))


class Failure(Exception):
    def __init__(self, value: object) -> None:
        super().__init__("failed")
        self.value = value


def _checked(v):
    if v > 0:
        raise Failure(v)
    return v * v


def _held_by_an_exception(x):
    try:
        s = _checked(x)
    except Failure as error:
        s = error.value
    return s


def test_what_the_exception_of_a_called_function_holds():
    with pytest.raises(TangentError, match="has no derivative rule"):
        tangent2.grad(_held_by_an_exception)(0.4)
