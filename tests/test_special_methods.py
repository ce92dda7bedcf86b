"""Methods that Python looks up by itself, where what it does with them is not followed: refused, with the place."""
from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from tangent2 import grad
from tangent2.errors import UnsupportedError

X = np.array([0.4, 0.7])


class Turned(NamedTuple):
    x: Any
    y: Any

    def __iter__(self) -> Any:
        return iter([self.y, self.x])


class Summed(NamedTuple):
    x: Any

    def __radd__(self, other: Any) -> Any:
        return self.x * 3 + other


class Sequence:
    def __init__(self, xs: Any) -> None:
        self.xs = xs

    def __len__(self) -> int:
        return len(self.xs)

    def __getitem__(self, i: Any) -> Any:
        return self.xs[i]

    def __rmul__(self, k: Any) -> Any:
        return Sequence([100 * k * x for x in self.xs])

    def __gt__(self, other: Any) -> bool:
        return True


class Refusing:
    def __init__(self, v: Any) -> None:
        self.v = v

    def __eq__(self, other: object) -> Any:
        return NotImplemented

    def __lt__(self, other: Any) -> Any:
        if not isinstance(other, Sequence):
            return NotImplemented
        return bool(self.v < 0.1)


def items_of_its_own(x: Any) -> Any:
    a, b = Turned(x[0], x[1])  # here
    return a * 3 + b


def summed(x: Any) -> Any:
    rows: Any = [Summed(x[0]), Summed(x[1])]
    return sum(rows)  # here


def beside_a_scalar(x: Any) -> Any:
    return (x[0] * Sequence([x[1], x[0]]))[0]  # here


def compared_with_a_scalar(x: Any) -> Any:
    return x[0] if np.all(x[0] < Sequence([x[1], x[0]])) else x[1]  # here


def never_equal(x: Any) -> Any:
    return x[0] if Refusing(x[0]) == Refusing(x[0]) else x[1]  # here


def never_less(x: Any) -> Any:
    return x[0] if Refusing(x[0]) < Refusing(x[1]) else x[1]  # here


@pytest.mark.parametrize("function, words", [
    (items_of_its_own, "has a `__iter__` of its own"), (summed, "`sum` of tuples of class `Summed`"),
    (beside_a_scalar, "is not defined by class `Sequence`"), (compared_with_a_scalar, "a scalar of NumPy is compared"),
    (never_equal, "gives `NotImplemented`"), (never_less, "NotImplementedType")])
def test_refused_where_it_stands(function: Callable[..., Any], words: str) -> None:
    lines, first = inspect.getsourcelines(function)
    line = first + next(k for k, text in enumerate(lines) if "# here" in text)
    with pytest.raises(UnsupportedError, match=f"{__file__}:{line}:") as found:
        grad(function)(X)
    assert words in str(found.value) and "advice: " in str(found.value)


def test_an_argument_that_has_items_of_its_own() -> None:
    def total(pair: Any) -> Any:
        return pair.x * pair.y
    with pytest.raises(UnsupportedError, match="no plain tuple with names"):
        grad(total)(Turned(0.4, 0.7))
