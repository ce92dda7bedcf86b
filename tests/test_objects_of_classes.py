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


class Scaling:
    def __init__(self, w: Any) -> None:
        self.w, self.seen = w, None

    def forward(self, x: Any) -> Any:
        self.seen = x
        return x * self.w


def tuple_that_grows(x: Any) -> Any:
    layers = (Scaling(x), Scaling(x * 2))
    before = layers
    layers += (Scaling(x),)
    for layer in layers:
        x = layer.forward(x)
    return x * len(before)


def joined_to_a_tuple(x: Any) -> Any:
    layers = () + (Scaling(x), Scaling(x * 2))
    for layer in layers:
        x = layer.forward(x)
    return x


def asked_for_its_class(x: Any) -> Any:
    layers = (Scaling(x), Scaling(x * 2))
    for layer in layers:
        x = layer.forward(x)
    return x if isinstance(layers, tuple) else x * 2


@pytest.mark.parametrize("function", [tuple_that_grows, joined_to_a_tuple, asked_for_its_class])
def test_tuples_of_objects_that_are_changed_are_taken_for_lists_only_where_it_is_the_same(function: Any) -> None:
    with pytest.raises(tangent2.TangentError, match="rows of objects|whether objects stand"):
        tangent2.grad(function)(0.7)


def test_tuples_of_changed_objects_are_not_given_as_lists() -> None:
    def loss(x: Any) -> Any:
        layers = (Scaling(x), Scaling(x * 2))
        for layer in layers:
            x = layer.forward(x)
        return x, layers
    with pytest.raises(tangent2.TangentError, match="gives a row of objects"):
        tangent2.value_and_grad(loss, has_aux=True)(0.7)


class Other(Scaling):
    pass


def one_twice(w: Any) -> Any:
    one = Scaling(w)
    rows: list[Any] = []
    for each in (one, Other(w), one):
        rows.append(each)
    return rows


def changed_where_it_stands_twice(x: Any) -> Any:
    rows = one_twice(x)
    rows[0].w = rows[0].w * x
    return rows[2].w


class Holding:
    def __init__(self, inner: Any) -> None:
        self.inner = inner


def one_in_another(w: Any) -> Any:
    one = Scaling(w)
    return Holding(one), one


def changed_where_another_holds_it(x: Any) -> Any:
    holder, one = one_in_another(x)
    one.w = one.w * x
    return holder.inner.w


@pytest.mark.parametrize("function", [changed_where_it_stands_twice, changed_where_another_holds_it])
def test_what_a_call_gives_may_be_one_object_twice(function: Any) -> None:
    with pytest.raises(tangent2.TangentError, match="may share its memory"):
        tangent2.grad(function)(0.7)
