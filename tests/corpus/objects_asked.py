"""What Python asks objects for besides calls: which number they are, of what class; methods with well-known names."""
from typing import Any

import numpy as np

from tests.corpus.cases import at


class Slot:
    def __init__(self, v: Any, k: int) -> None:
        self.v, self.k = v, k

    def __index__(self) -> int:
        return self.k


@at(0.4, 0.7)
def indices_of_lists(x: Any, y: Any) -> Any:
    s = Slot(x, 2)
    values = [x, y, x * y]
    values[s] = values[s] * y + s.v
    return values[s] * values[Slot(y, 0)] + sum(values[:s])


@at(0.4, 0.7)
def indices_of_arrays(x: Any, y: Any) -> Any:
    a, s = np.array([[x, y], [x * y, x]]), Slot(y, 1)
    a[0, s] *= y
    return a[s, 0] * a[0, s] * s.v


class Dual:
    K: Any = 3.0

    def __init__(self, v: Any) -> None:
        self.v = v
        self.seen: list[Any] = []

    @classmethod
    def lift(cls, o: Any) -> Any:
        return o if isinstance(o, cls) else cls(o)

    def __add__(self, o: Any) -> Any:
        return type(self)(self.v + self.lift(o).v)

    def same(self, o: Any) -> Any:
        return type(self) is type(o)

    def log(self, x: Any) -> None:
        self.seen.append(x * self.v)
        self.v = self.v * 2

    def seed(self, s: Any) -> Any:
        self.v = self.v * s
        return self


class Other(Dual):
    K = 4.0


@at(0.4, 0.7)
def lifted_to_the_class_that_is_given(x: Any, y: Any) -> Any:
    return (Dual(x) + y).v * (Other(x) + Other(y)).v * (Dual(x) + Other(y)).v * Other.lift(x).v


@at(0.4, 0.7)
def asked_for_their_classes(x: Any, y: Any) -> Any:
    a, b = Dual(x), Other(y)
    t = (x if a.same(b) else y * 3) * (x if a.same(a) else y)
    return t * type(b).K * len(type(a).__name__) * type(b)(x).v


@at(0.4, 0.7)
def methods_with_names_of_loggers_and_generators(x: Any, y: Any) -> Any:
    d = Dual(x)
    d.log(y)
    d.log(x)
    return d.seen[0] * d.seen[1] * d.seed(y).v
