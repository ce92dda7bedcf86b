"""Classes defined inside of functions: which class it is, what leaves the function, what is compiled anew."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import tangent2
from tangent2.errors import TangentError

FACTOR = 2.0


class Base:
    def scale(self) -> Any:
        return FACTOR


class Other:
    def scale(self) -> Any:
        return 7.0


def made(w: Any) -> Any:
    class Line:
        def __init__(self, w: Any) -> None:
            self.w = w

        def is_like(self, other: Any) -> bool:
            return isinstance(other, Line)
    return Line(w)


def made_row(w: Any) -> Any:
    @dataclass
    class Row:
        w: float
    return Row(w)


def filled(rows: list[Any], w: Any) -> None:
    class Line:
        def __init__(self, w: Any) -> None:
            self.w = w

        def is_like(self, other: Any) -> bool:
            return isinstance(other, Line)
    rows.append(Line(w))


def asks_of_two_runs(x: Any) -> Any:
    return x if made(x).is_like(made(2.0)) else x * x


def compares_rows_of_two_runs(x: Any) -> Any:
    return x if made_row(2.0) == made_row(2.0) else x * x


def asks_of_what_was_stored(x: Any) -> Any:
    rows: list[Any] = []
    filled(rows, x)
    filled(rows, 2.0)
    return x if rows[0].is_like(rows[1]) else x * x


def asks_of_runs_inside(x: Any) -> Any:
    def make(w: Any) -> Any:
        class Line:
            def __init__(self, w: Any) -> None:
                self.w = w

            def is_like(self, other: Any) -> bool:
                return isinstance(other, Line)
        return Line(w)
    return x if make(x).is_like(make(2.0)) else x * x


def calls_itself(x: Any, other: Any = None) -> Any:
    class Line:
        def __init__(self, w: Any) -> None:
            self.w = w
    if other is None:
        return calls_itself(x, Line(x))
    return x if isinstance(other, Line) else x * x


@pytest.mark.parametrize("function", [
    asks_of_two_runs, compares_rows_of_two_runs, asks_of_what_was_stored, asks_of_runs_inside, calls_itself])
def test_each_run_makes_another_class(function: Callable[[Any], Any]) -> None:
    assert function(3.0) == 9.0
    with pytest.raises(TangentError, match="makes another class"):
        tangent2.grad(function)(3.0)


def test_one_run_knows_its_class() -> None:
    def loss(x: Any) -> Any:
        return x * made(x).w if made(x).w > 0 else x
    assert tangent2.grad(loss)(1.5) == 3.0


def test_objects_that_keep_variables_do_not_leave() -> None:
    def loss(x: Any) -> Any:
        class Line:
            def at(self) -> Any:
                return x
        return x * x, Line()
    for call in (lambda: tangent2.grad(loss, has_aux=True)(1.5), lambda: tangent2.vjp(loss, 1.5)):
        with pytest.raises(TangentError, match="is returned, whose methods read"):
            call()


def test_functions_made_again() -> None:
    def maker(k: float) -> Callable[[Any], Any]:
        def loss(x: Any) -> Any:
            class Line:
                def at(self, y: Any) -> Any:
                    return y * k * x
            return Line().at(x)
        return loss
    assert [tangent2.grad(maker(k))(1.5) for k in (1.0, 2.0, 3.0)] == [3.0, 6.0, 9.0]
    assert tangent2.grad(lambda k: maker(k)(2.0))(1.5) == 4.0


def doubled(x: Any) -> Any:
    class Line(Base):
        def at(self) -> Any:
            return x * self.scale()
    return Line().at()


def test_what_is_outside_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    slope = tangent2.grad(doubled)
    assert slope(1.5) == 2.0
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert slope(1.5) == 5.0
    monkeypatch.setattr(Base, "scale", lambda self: 9.0)
    assert slope(1.5) == 9.0
    monkeypatch.setitem(globals(), "Base", Other)
    assert slope(1.5) == 7.0


def test_a_class_may_be_handed_on() -> None:
    def loss(x: Any) -> Any:
        class Line:
            def __init__(self, w: Any) -> None:
                self.w = w

            def squared(self) -> Any:
                return self.w * self.w

        def make(cls: Any) -> Any:
            return cls(x)
        return make(Line).squared()
    assert tangent2.grad(loss)(1.5) == 3.0 and tangent2.grad(tangent2.grad(loss))(1.5) == 2.0


def test_errors_of_its_own() -> None:
    def loss(x: Any) -> Any:
        class Large(ValueError):
            pass

        def checked(v: Any) -> Any:
            if v > 1:
                raise Large("large")
            return v
        try:
            return checked(x)
        except Large:
            return x * x
    assert (tangent2.grad(loss)(1.5), tangent2.grad(loss)(0.5)) == (3.0, 1.0)


class Total:
    total = 0.0

    def add(self, v: Any) -> None:
        self.total += v


def test_an_attribute_that_may_be_that_of_the_class() -> None:
    def loss(x: Any) -> Any:
        sums = Total()
        for k in range(3):
            sums.add(x * k)
        return sums.total
    assert tangent2.grad(loss)(1.5) == 3.0


def test_patterns_bind_too() -> None:
    def loss(x: Any) -> Any:
        s = x

        class Line:
            def at(self) -> Any:
                return s
        line = Line()
        match x * 2:
            case s:
                pass
        return line.at()
    with pytest.raises(TangentError, match="bound after the class is made"):
        tangent2.grad(loss)(1.5)
