"""Calls with `*` and `**` of classes and of objects that are called, which are told by kind only."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])


class Line:
    def __init__(self, slope: Any, offset: Any = 2.0) -> None:
        self.slope, self.offset = slope, offset

    def __call__(self, u: Any, v: Any = 1.0) -> Any:
        return self.slope * u + self.offset * v

    @classmethod
    def of(cls, pair: Any) -> Any:
        return cls(*pair)


def called(line: Any, args: Any) -> Any:
    return line(*args)


@at(X)
def object_by_a_tuple(x: Any) -> Any:
    line, args = Line(x[0]), (x[1], x[2])
    return line(*args) * called(line, args) + called(line, args[:1])


@at(X)
def class_by_a_tuple(x: Any) -> Any:
    line = Line.of((x[0], x[1]))
    return line(x[2]) * Line.of((x[2],))(0.5)


@at(X)
def class_by_what_is_left(x: Any) -> Any:
    def make(cls: Any, *args: Any, **options: Any) -> Any:
        return cls(*args, **options)
    return make(Line, x[0], offset=x[1])(x[2]) + make(Line, x[2])(x[0])


class Module:
    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.forward(*args, **options)


class Scale(Module):
    def __init__(self, k: Any) -> None:
        self.k, self.n = k, 0

    def forward(self, x: Any, p: Any = 2) -> Any:
        self.n += 1
        return self.k * x ** p


class Chain(Module):
    def __init__(self, *parts: Any) -> None:
        self.parts = list(parts)

    def forward(self, x: Any, *rest: Any) -> Any:
        for part in self.parts:
            x = part(x, *rest)
        return x


class Span:
    def __init__(self, v: Any, w: Any = 1.0, **more: Any) -> None:
        self.v, self.w, self.more = v, w, more

    def grow(self, *by: Any) -> Any:
        self.v, self.w = self.v * by[0], sum(by)
        return self


class Wide(Span):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.z = self.v * 2

    def grow(self, *by: Any) -> Any:
        return super().grow(*by, 1.0)

    @classmethod
    def made(cls, *args: Any) -> Any:
        return cls(*args)


@at(0.4, 0.7)
def method_that_hands_on_what_it_is_given(x: Any, y: Any) -> Any:
    s = Scale(x)
    return s(y) * s(y, 3) * s(y, p=1) * s.n


@at(0.4, 0.7)
def methods_that_hand_on_in_each_other(x: Any, y: Any) -> Any:
    return Chain(Scale(x), Scale(y))(x * y) + Chain(Scale(x))(y, 3)


@at(0.4, 0.7)
def bases_that_are_given_the_rest(x: Any, y: Any) -> Any:
    a, b = Wide(x, w=y), Wide.made(x, y)
    a.grow(x, y)
    a.grow(y).grow(*(x, y), *(y,))
    return a.v * a.w * a.z + b.v * b.w


@at(0.4, 0.7)
def made_of_a_dict(x: Any, y: Any) -> Any:
    options = {"v": x}
    options["w"] = x * y
    t = Span(**options).w
    for pair in [(x, y), (y, x)]:
        t = t + Span(*pair).w ** 2
    return t * x


@at(np.array([0.4, 0.7, 0.2, 0.1]))
def shape_that_is_handed_on(v: Any) -> Any:
    def shaped(*shape: Any) -> Any:
        return v.reshape(*shape)
    return np.sum(shaped(2, 2) @ shaped(*(2, 2)))
