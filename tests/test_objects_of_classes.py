"""What is refused of objects of several classes, and of those that functions hand back."""
from typing import Any

import pytest

import tangent2
from tangent2.errors import TangentError
from tests.corpus.polymorphic import Circle, Square, made


def either(a: Any, b: Any, c: int) -> Any:
    return a if c > 0 else b


def written_by_another_name(x: float) -> Any:
    a, b = Circle(x), Square(x)
    s = either(a, b, 1)
    s.grow(x)
    return a.area() * b.area()


def written_before_it_is_read(x: float) -> Any:
    a, b = Circle(x), Circle(2.0 * x)
    s = either(a, b, 1)
    a.grow(x)
    return s.area()


def in_two_lists(x: float) -> Any:
    one, two = [], []
    for i in range(3):
        s = made(x, i)
        one.append(s)
        two.append(s)
    for s in one:
        s.grow(x)
    return sum([s.area() for s in two])


def lacking(x: float) -> Any:
    return made(x, 1).volume()


def without_end(x: float) -> Any:
    s: Any = Circle(x)
    for i in range(3):
        s = Nested(s) if i % 2 else Circle(x)
    return s.area()


class Nested:
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def area(self) -> Any:
        return self.inner.area()


def while_one(x: float) -> Any:
    s = Square(x)
    while s:
        s.grow(x)
    return s.area()


@pytest.mark.parametrize("function, reason", [
    (written_by_another_name, "which may share its memory"), (written_before_it_is_read, "which may share its memory"),
    (in_two_lists, "which may share its memory"), (lacking, "has what is asked for"),
    (without_end, "depends on which it is")])
def test_refused(function: Any, reason: str) -> None:
    with pytest.raises(TangentError, match=reason):
        tangent2.grad(function)(0.7)


def test_what_an_object_lacks_raises() -> None:
    def side(x: float, c: int) -> Any:
        return made(x, c).side * x
    assert tangent2.grad(side)(0.5, 0) == 3.0
    with pytest.raises(AttributeError, match="'Circle' object has no attribute 'side'"):
        tangent2.grad(side)(0.5, 1)


def test_a_loop_that_an_object_decides() -> None:
    assert tangent2.grad(while_one)(0.7) == pytest.approx(tangent2.jvp(while_one, (0.7,), (1.0,))[1])
