"""Functions that change what they hold or are given, kept for calls that nobody sees: these are refused."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError
from tangent2.switches import switched
from tests.corpus.methods_handed import Store
from tests.harness.refused import refused

X = np.array([0.7, 1.3, -0.4])


class Calling:
    """A function that is called later."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def fire(self, v: Any) -> None:
        self.function(v)


class Setting:
    """A method in a list of its own object."""

    def __init__(self, w: Any) -> None:
        self.w = w
        self.steps = [self.double]

    def double(self) -> None:
        self.w = self.w * 2


class Cached:
    """A property that is computed once."""

    def __init__(self, v: Any) -> None:
        self.v = v

    @functools.cached_property
    def cube(self) -> Any:
        return self.v ** 3


class Twice:
    """A descriptor."""

    def __get__(self, obj: Any, cls: Any = None) -> Any:
        return obj.kept * 2

    def __set__(self, obj: Any, v: Any) -> None:
        obj.kept = v * v


class Described:
    """What is written to one attribute is read from another."""

    v = Twice()

    def __init__(self, v: Any) -> None:
        self.v = v


def cached_before_a_change(x: Any) -> Any:
    c = Cached(x[0])
    first = c.cube
    c.v = x[1]
    return first * c.cube


def descriptor(x: Any) -> Any:
    return Described(x[0]).v


def in_a_list(x: Any) -> Any:
    s = Store()
    for f in [s.add, s.keep]:
        f(x[0])
    return s.total * s.kept[0]


def in_an_object(x: Any) -> Any:
    s = Store()
    Calling(lambda v: s.add(v)).fire(x[0] * x[1])
    return s.total


def bound_in_an_object(x: Any) -> Any:
    s = Store()
    Calling(s.add).fire(x[0] * x[1])
    return s.total


def chosen(x: Any) -> Any:
    s = Store()
    f = s.add if x[0] > 0 else s.keep
    f(x[1])
    return s.total


def of_one_list_or_another(x: Any) -> Any:
    a: list[Any] = []
    b: list[Any] = []
    (a.append if x[0] > 0 else b.append)(x[0] * x[1])
    return a[0]


def unpacked(x: Any) -> Any:
    out: list[Any] = []
    push, pop = out.append, out.pop
    push(x[0] * x[1])
    return pop()


def in_its_own_object(x: Any) -> Any:
    s = Setting(x[0])
    for step in s.steps:
        step()
    return s.w


def of_a_list_that_is_replaced(x: Any) -> Any:
    out = [x[0]]
    put = out.append
    first = out

    def start() -> None:
        nonlocal out
        out = [x[1]]
    start()
    put(x[2])
    return first[1] * out[0]


def setter(x: Any) -> Any:
    u = x * 2
    f = u.__setitem__
    f(0, x[1] * x[2])
    return np.sum(u * x)


def by_dict(x: Any) -> Any:
    s = Store()
    s.__dict__["total"] = x[0] * x[1]
    return s.total


def by_class(x: Any) -> Any:
    s = Store()
    s.__class__ = Calling   # type: ignore[assignment]
    return s.total * x[0]


def copied_in_a_comprehension(x: Any) -> Any:
    u = x * 2
    [f(u, x * x) for f in (np.copyto,)]     # type: ignore[func-returns-value]
    return np.sum(u * x)


def copied_on_one_path(x: Any) -> Any:
    u = x * 2
    f = np.copyto if x[0] > 0 else np.putmask
    f(u, x[0] * x[0])       # type: ignore[call-arg, arg-type, type-var]
    u[0] += x[1]
    return np.sum(u * x)


def out_of_a_value(x: Any) -> Any:
    u = x * 2
    for f in [np.sin, np.cos]:
        f(x, out=u)
    return np.sum(u * x)


@pytest.mark.parametrize("function", [
    in_a_list, in_an_object, bound_in_an_object, chosen, of_one_list_or_another, of_a_list_that_is_replaced, unpacked,
    in_its_own_object, setter, by_dict, by_class, cached_before_a_change, descriptor, copied_in_a_comprehension,
    copied_on_one_path, out_of_a_value], ids=lambda f: f.__name__)
def test_refused(function: Callable[..., Any]) -> None:
    places = {in_its_own_object: Setting.__init__, in_an_object: Calling.fire, bound_in_an_object: Calling.fire,
              descriptor: Described.__init__}
    place = places.get(function, function)
    refused(place, lambda: tangent2.grad(function)(X))
    with switched(generic=True), pytest.raises(TangentError):
        tangent2.grad(function)(X)
