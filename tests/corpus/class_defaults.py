"""Attributes that a class has for its objects until they get one of their own, on one path only."""
from typing import Any

import numpy as np

from tests.corpus.cases import at


class Spring:
    stiff: Any = 2.0
    limit: Any = 3.0
    note = None
    turns = 2

    def __init__(self, v: Any) -> None:
        self.v = v
        if v > 0.6:
            self.stiff, self.limit = 5.0, None

    def force(self) -> Any:
        return self.v * self.stiff

    def stiffen(self, k: Any) -> Any:
        if self.v > 0.3:
            self.stiff = self.stiff * k
        return self


class Coil(Spring):
    stiff = 4.0


class Rod:
    stiff = 4

    def __init__(self, v: Any) -> None:
        self.v = v
        if v > 0.3:
            self.stiff = 3.0 * v


@at(0.4, 0.7)
@at(0.8, 0.7)
def asked_whether_it_is_none(x: Any, y: Any) -> Any:
    return x * 2 * y if Spring(x).limit is not None else y


@at(0.4, 0.7)
@at(0.8, 0.7)
def compared_or_taken(x: Any, y: Any) -> Any:
    s = Spring(x)
    return (x * y * 2 if s.stiff == 2.0 else y) * (s.limit or 7.0)


@at(0.4, 0.7)
@at(0.8, 0.7)
def read_by_a_method(x: Any, y: Any) -> Any:
    return Spring(x).force() * Coil(y).force()


@at(0.4, 0.7)
@at(0.2, 0.7)
def given_by_a_method_that_returns_its_object(x: Any, y: Any) -> Any:
    s = Coil(x)
    return s.stiffen(y).stiffen(x).force() * s.stiff


@at(0.4, 0.7)
@at(1.4, 0.7)
def given_in_a_loop_without_turns(x: Any, y: Any) -> Any:
    s = Coil(0.5 * y)
    for i in range(0 if x < 1 else 2):
        s.stiff = y * s.stiff + x
        s.turns = s.turns + i
    return s.v * s.stiff * y * s.turns


@at(0.4, 0.7)
def none_becomes_a_number(x: Any, y: Any) -> Any:
    s, total = Coil(0.5 * y), 0.0
    for i in range(3):
        total = total + (x if s.note is None else s.note * y)
        if i > 0:
            s.note = x * total
    return total * y


@at(Coil(0.4), 0.7)
@at(Coil(0.2), 0.7)
def of_an_argument(s: Any, y: Any) -> Any:
    s.stiffen(y)
    return s.force() * y


@at(np.array([0.2, 0.4, 0.7]), 0.7)
def each_in_a_list(xs: Any, y: Any) -> Any:
    rods = [Rod(v) for v in xs]
    for rod in rods:
        rod.stiff = rod.stiff * y
    return sum(rod.stiff * rod.v for rod in rods)
