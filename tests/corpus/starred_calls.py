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
