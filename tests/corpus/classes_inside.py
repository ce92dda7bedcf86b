"""Classes that are defined inside of the function that is differentiated."""
import copy
from abc import ABC, abstractmethod
from collections import namedtuple
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])


class Base:
    def __init__(self, w: Any) -> None:
        self.w = w

    def scaled(self) -> Any:
        return self.w * 2.0


@at(X)
def local_layer(x: Any) -> Any:
    class Layer:
        def __init__(self, w: Any) -> None:
            self.w = w

        def apply(self) -> Any:
            return np.sum(self.w ** 2)
    return Layer(x).apply()


@at(1.5)
def method_reads_a_variable(x: Any) -> Any:
    s = x * 3.0

    class Scale:
        def of(self, y: Any) -> Any:
            return y * s
    return Scale().of(x)


@at(1.5)
def local_of_an_outer_class(x: Any) -> Any:
    class Doubled(Base):
        def scaled(self) -> Any:
            return super().scaled() * self.w * x
    return Doubled(x).scaled()


@at(1.5)
def local_of_a_local_class(x: Any) -> Any:
    k = 3 * x

    class First:
        def __init__(self, w: Any) -> None:
            self.w = w

        def f(self) -> Any:
            return self.w * k

    class Second(First):
        def __init__(self, w: Any, u: Any) -> None:
            super().__init__(w)
            self.u = u

        def f(self) -> Any:
            return super().f() + self.u * x
    return Second(x, 2.0).f()


@at(1.5)
def local_abstract(x: Any) -> Any:
    class Shape(ABC):
        @abstractmethod
        def area(self) -> Any: ...

        def doubled(self) -> Any:
            return self.area() * 2

    class Square(Shape):
        def area(self) -> Any:
            return x * x

    class Strip(Shape):
        def __init__(self, k: Any) -> None:
            self.k = k

        def area(self) -> Any:
            return self.k * x
    return sum(shape.doubled() for shape in [Square(), Strip(3.0), Strip(x)])


@at(1.5)
def local_dataclass(x: Any) -> Any:
    @dataclass(frozen=True)
    class Point:
        a: float
        b: list[float] = field(default_factory=list)

        def moved(self, a: float) -> Any:
            return replace(self, a=a)

        def norm(self) -> Any:
            return self.a ** 2
    p = Point(x)
    return p.moved(x * 3).norm() + Point(2.0).norm()


@at(1.5)
def dataclass_reads_a_variable(x: Any) -> Any:
    @dataclass
    class Point:
        a: float
        b: float = 1.0

        def __post_init__(self) -> None:
            self.b = self.b * x

        def norm(self) -> Any:
            return self.a ** 2 * x + self.b
    return Point(x).norm() + Point(x, b=x).norm() + (1.0 if Point(1.0) == Point(1.0) else x)


@at(1.5)
def local_named_tuple(x: Any) -> Any:
    Pair = namedtuple("Pair", "a b")
    p = Pair(x, x * 2)
    return p.a * p.b


@at(1.5)
def local_typed_tuple(x: Any) -> Any:
    class Pair(NamedTuple):
        a: float
        b: float = 2.0

        def product(self) -> Any:
            return self.a * self.b
    p = Pair(x)
    a, _ = p
    return p.product() * a + Pair(x, b=x).product() * p._replace(a=3.0).a


@at(1.5)
def local_operators(x: Any) -> Any:
    class Vec:
        def __init__(self, a: Any, b: Any) -> None:
            self.a, self.b = a, b

        def __add__(self, other: Any) -> Any:
            return Vec(self.a + other.a, self.b + other.b * x)

        def __mul__(self, k: Any) -> Any:
            return Vec(self.a * k, self.b * k)

        def dot(self, other: Any) -> Any:
            return self.a * other.a + self.b * other.b
    u, w = Vec(x, 1.0), Vec(2.0, x)
    return (u + w * 2.0).dot(u)


@at(1.5)
def method_returns_its_object(x: Any) -> Any:
    class Sum:
        def __init__(self) -> None:
            self.total = x

        def add(self, v: Any) -> Any:
            self.total = self.total + v * x
            return self
    return Sum().add(2.0).add(x).total


@at(1.5)
def made_in_a_function_inside(x: Any) -> Any:
    def layer(w: Any) -> Any:
        class Layer:
            def f(self, y: Any) -> Any:
                return w * y * x
        return Layer()
    return layer(x).f(2.0) + layer(3.0).f(x)


@at(1.5)
def parameter_of_the_same_name(x: Any) -> Any:
    s = x * 2

    class Layer:
        def __init__(self, w: Any) -> None:
            self.w = w

        def f(self) -> Any:
            return self.w * s

    def g(s: Any) -> Any:
        return Layer(s).f() * s
    return g(x * 5)


@at(1.5)
def method_reads_a_function(x: Any) -> Any:
    def g(y: Any) -> Any:
        return y * x

    class Layer:
        def f(self, y: Any) -> Any:
            return g(y) + g(2 * y)
    return Layer().f(x)


@at(1.5)
def class_in_a_method(x: Any) -> Any:
    class Outer:
        def __init__(self, w: Any) -> None:
            self.w = w

        def f(self) -> Any:
            u = self.w * x

            class Inner:
                def g(self) -> Any:
                    return u * x
            return Inner().g()
    return Outer(2.0).f()


@at(1.5)
def writes_to_a_variable(x: Any) -> Any:
    s = np.array([x, x * x])

    class Row:
        def set(self, v: Any) -> None:
            s[0] = v

        def product(self) -> Any:
            return s[0] * s[1]
    row = Row()
    row.set(x * 5)
    s[1] = 3 * x
    return row.product() + s[0]


@at(1.5)
def local_copied(x: Any) -> Any:
    class Layer:
        def __init__(self, w: Any) -> None:
            self.w = w

        def f(self) -> Any:
            return self.w * x
    a = Layer(x)
    b = copy.copy(a)
    b.w = 3.0 * x
    return a.f() * b.f()


@at(1.5)
def asks_for_a_local_class(x: Any) -> Any:
    class First:
        pass

    class Second(First):
        def f(self) -> Any:
            return x
    b = Second()
    return b.f() * x if isinstance(b, First) and not isinstance(x, Second) else x


@at(X)
def locals_in_a_loop(x: Any) -> Any:
    class Layer:
        def __init__(self, w: Any) -> None:
            self.w = w

        def f(self) -> Any:
            return self.w * np.sum(x)
    return sum(Layer(w).f() for w in x) + Layer(x[0]).f()
