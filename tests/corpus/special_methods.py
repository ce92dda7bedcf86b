"""What classes define for Python to ask by itself: the truth of objects, what `append` gives, operators of tuples."""
import math
from typing import Any, NamedTuple

from tests.corpus.cases import at


class Above:
    """True above 1."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __bool__(self) -> bool:
        return bool(self.x > 1.0)


class Stack:
    def __init__(self) -> None:
        self.items: list[Any] = []

    def push(self, v: Any) -> None:
        self.items.append(v)

    def pop(self) -> Any:
        return self.items.pop()

    def __len__(self) -> int:
        return len(self.items)


class Compared:
    def __init__(self, v: Any) -> None:
        self.v = v

    def __lt__(self, other: Any) -> Any:
        return Above(other.v - self.v + 1.0)


class Asked:
    """Counts how often it was asked."""

    def __init__(self, x: Any) -> None:
        self.x, self.count = x, 0

    def __bool__(self) -> bool:
        self.count += 1
        return bool(self.x > 0.5)


class Nothing:
    """Has no attributes, and is true."""


class Link:
    def __init__(self, v: Any, rest: Any = None) -> None:
        self.v, self.rest = v, rest


@at(0.4, 0.7)
def truth_decides(x: Any, y: Any) -> Any:
    if Above(x):
        return x
    return y * 3 if not Above(y * 2) else x * (y if Above(y * 3) else 2.0)


@at(0.4, 0.7)
def operands_by_their_truth(x: Any, y: Any) -> Any:
    first, last = Above(x), Above(x * 4)
    return (first or last).x * (last and first and last).x * y


@at(0.4, 0.7)
def truth_beside_a_comparison(x: Any, y: Any) -> Any:
    a = Above(x * 4)
    if a and y > 0 and not (y < 1 and Above(y)):
        return x * y
    return y * 3


@at(0.4, 0.7)
def objects_that_are_true(x: Any, y: Any) -> Any:
    return sum([o.x * y for o in [Above(x), Above(y), Above(x * 4)] if o]) + (x if all(
        Above(v) for v in (x * 4, y)) else y * y)


@at(0.4, 0.7)
def until_it_is_empty(x: Any, y: Any) -> Any:
    stack, product = Stack(), 1.0
    if stack:
        product = 0.0
    for i in range(3):
        stack.push(x * i + y)
    while stack:
        product = product * stack.pop() + x
    return product


@at(0.4, 0.7)
def comparison_that_gives_an_object(x: Any, y: Any) -> Any:
    return x if Compared(y) < Compared(x) else y * 3


@at(Above(0.4), 0.7)
def argument_that_is_false(o: Any, y: Any) -> Any:
    return o.x if o else y * 3


@at(0.4, 0.7)
def asked_twice(x: Any, y: Any) -> Any:
    o = Asked(y)
    found = x if o else y * 3
    if not o:
        found = found * y
    return found * o.count


@at(0.4, 0.7)
def true_without_attributes(x: Any, y: Any) -> Any:
    return x if Nothing() else y * 3


@at(0.4, 0.7)
def true_unless_none(x: Any, y: Any) -> Any:
    a = Above(x * 4) if y > 0.5 else None
    b = Above(x) if y > 0.5 else None
    c = Link(x) if y < 0.5 else None
    return (x if a else y * 3) * (x * 2 if not b else y * 5) * (x * 7 if c else y * 11)


@at(0.4, 0.7)
def decided_before_it_changed(x: Any, y: Any) -> Any:
    def twice(v: Any) -> Any:
        return v * y * 2

    def square(v: Any) -> Any:
        return v * v
    o = Above(x)
    f = twice if o else square
    o.x = 5.0
    return f(x) * y


class Buffer:
    def __init__(self) -> None:
        self.items: list[Any] = []

    def append(self, v: Any) -> bool:
        if len(self.items) >= 2:
            return False
        self.items.append(v)
        return True


class Chain:
    def __init__(self) -> None:
        self.items: list[Any] = []

    def append(self, v: Any) -> Any:
        self.items.append(v * v)
        return self


@at(0.4, 0.7)
def accepted_by_a_buffer(x: Any, y: Any) -> Any:
    buffer, total = Buffer(), 0.0
    for v in (x, y, x * y):
        if buffer.append(v):
            total += v
    return total * y


@at(0.4, 0.7)
def appended_in_a_chain(x: Any, y: Any) -> Any:
    s = Chain().append(x).append(y)
    return s.items[0] * s.items[1]


@at(0.4, 0.7)
def none_that_append_gives(x: Any, y: Any) -> Any:
    values: Any = []
    given = values.append(x * y)
    return values[0] * (2.0 if given is None else 3.0)


class Vector(NamedTuple):
    x: Any
    y: Any

    def __add__(self, other: Any) -> Any:
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k: Any) -> Any:
        return Vector(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __sub__(self, other: Any) -> Any:
        return self + (-1) * other

    def __bool__(self) -> bool:
        return bool(self.x > 0.5)

    def __contains__(self, v: Any) -> bool:
        return bool(self.x < v < self.y)

    def first_of_double(self) -> Any:
        return (self * 2)[0]

    def lerp(self, other: Any, t: Any) -> Any:
        return self * (1 - t) + other * t

    def norm(self) -> Any:
        return math.sqrt(self.x ** 2 + self.y ** 2)

    @property
    def width(self) -> Any:
        return self.y - self.x

    def grown(self, k: Any) -> Any:
        return self._replace(y=self.x + self.width * k)


class Plain(NamedTuple):
    x: Any
    y: Any


@at(0.4, 0.7)
def operators_of_tuples_with_names(x: Any, y: Any) -> Any:
    v = Vector(x, y)
    a, b = v - Vector(y, x * x)
    return v.first_of_double() * x + a * b + v.lerp(Vector(y, x), 0.3).norm()


@at(0.4, 0.7)
def properties_of_tuples_with_names(x: Any, y: Any) -> Any:
    v = Vector(x, y)
    return v.grown(2.0).width * v.width if v.width > 0.01 else x


@at(Vector(0.4, 0.7), Vector(0.2, 0.1))
def arguments_with_operators(v: Any, w: Any) -> Any:
    for k in range(2):
        v = v + w * k
    return (v + w * 2.0).norm() * v.width


@at(0.4, 0.7)
def truth_of_tuples_with_names(x: Any, y: Any) -> Any:
    return (x if Vector(x, y) else y * 3) * (2.0 if 0.5 in Vector(x, y) and Vector(y, x) else y)


@at(0.4, 0.7)
def names_without_operators(x: Any, y: Any) -> Any:
    return sum(Plain(x, y) * 2) * sum(Plain(x, y)) * (Plain(x, y) + Plain(y, y))[2]


class General:
    def __init__(self, v: Any) -> None:
        self.v = v

    def __lt__(self, other: Any) -> bool:
        return True

    def __gt__(self, other: Any) -> bool:
        return True

    def __rmul__(self, k: Any) -> Any:
        return General(100 * k * self.v)


class Special(General):
    def __gt__(self, other: Any) -> bool:
        return False


@at(0.4, 0.7)
def special_class_is_asked_first(x: Any, y: Any) -> Any:
    return x if General(x) < Special(y) or Special(x) < Special(y * y) and General(x) > Special(y) else y * 3


@at(0.4, 0.7)
def scalar_beside_an_object(x: Any, y: Any) -> Any:
    return (x * General(y)).v * (x if y < General(x) else y * 3)
