"""Objects that are handed on, and whose arrays are written to there: by methods, by functions, on one path, again."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.2])


class Model:
    """Numbers and an array, and what changes them."""

    def __init__(self, a: Any, w: Any) -> None:
        self.a = a
        self.w = w

    def __call__(self, v: Any) -> Any:
        self.w *= v
        return self.a

    def fill(self, v: Any) -> None:
        self.w[1:] = v * self.a

    def fill_unless(self, v: Any) -> Any:
        if v > 5:
            return v
        self.w[1:] = v * self.a
        return self.a

    def grow_unless(self, v: Any) -> Any:
        if v > 5:
            return v
        self.a = v * self.a
        return self.a

    def both_unless(self, u: Any) -> Any:
        if self.a > 5:
            return self.a, u
        self.a = self.a * 2.0
        return self.a, u

    def itself_unless(self, v: Any) -> Any:
        if self.a > v:
            return self
        self.a = self.a * 2.0
        return self


class Special(Model):
    """One with a number more."""

    def __init__(self, a: Any, w: Any, c: Any) -> None:
        super().__init__(a, w)
        self.c = c


def filled(model: Model, v: Any) -> Any:
    model.fill(v)
    return v * model.a


def grown(model: Model, v: Any) -> Any:
    model.grow_unless(v)
    return v * model.a


def shrunk(model: Model, n: int) -> Any:
    if n == 0:
        return model.a
    model.w[0] *= 1.5
    model.a *= 2.0
    return shrunk(model, n - 1)


@at(X, 0.8)
def object_called(x: Any, y: Any) -> Any:
    m = Special(y, x * 2, 0.4)
    z = m(y)
    m(z)
    return np.sum(m.w * x) * z * m.c


@at(X, 0.8)
def array_made_for_an_object_that_is_called(x: Any, y: Any) -> Any:
    m = Special(y, np.ones(3), 0.4)
    z = m(y)
    return np.sum(m.w * x) * z


@at(X, 0.8)
def handed_to_a_function_that_calls_its_method(x: Any, y: Any) -> Any:
    m = Model(y, x * 2)
    z = filled(m, y)
    return np.sum(m.w * x) * z


@at(X, 0.8)
def attribute_with_a_name_of_what_is_handed_on(x: Any, y: Any) -> Any:
    m = Model(y, x * 2)
    t = m.w
    z = filled(m, y)
    return np.sum(t * x) * z


@at(X, 0.8)
def handed_on_in_a_loop(x: Any, y: Any) -> Any:
    m = Model(y, x * 2)
    s = 0.0
    for k in range(3):
        s += filled(m, y * k)
        m.w[2] *= 0.5
    return np.sum(m.w * x) * s


@at(X, 0.8)
def objects_of_a_list_handed_on(x: Any, y: Any) -> Any:
    models = [Model(y, x * 2), Model(y * y, x * 3)]
    s = 0.0
    for m in models:
        s += filled(m, y)
    s += filled(models[0], y * y)
    return np.sum(models[0].w * models[1].w) * s


@at(X, 0.8)
@at(X, 0.3)
def handed_on_on_one_path(x: Any, y: Any) -> Any:
    m = Model(y, x * 2)
    z = filled(m, y) if y > 0.5 else filled(m, y * y)
    return np.sum(m.w * x) * z


@at(X, 0.8)
def handed_on_in_a_recursion(x: Any, y: Any) -> Any:
    m = Model(y, x * 2)
    z = shrunk(m, 3)
    return np.sum(m.w * x) * z


@at(X, 0.8)
@at(X, 6.0)
def methods_that_may_return_early(x: Any, y: Any) -> Any:
    m = Model(y, x * 2)
    z = m.fill_unless(y)
    s = m.grow_unless(y)
    return np.sum(m.w * x) * z * m.a * s


@at(X, 0.8)
def handed_to_a_function_whose_method_returns_early(x: Any, y: Any) -> Any:
    m = Model(y, x * 2)
    z = grown(m, y)
    return np.sum(m.w * x) * z * m.a


@at(X, 0.8)
def method_that_returns_early_and_gives_its_argument(x: Any, y: Any) -> Any:
    m = Model(y, x * 3)
    u = x * 2
    u[0] = y
    z, v = m.both_unless(u)
    return np.sum(v * m.w) * z * m.a


@at(X, 0.8)
def method_that_returns_early_and_gives_its_object(x: Any, y: Any) -> Any:
    m = Model(y, x * 3)
    n = m.itself_unless(5.0)
    n.a *= 3.0
    return np.sum(m.w) * m.a * n.a
