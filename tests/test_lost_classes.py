"""Values that may be objects of one class among others: what only the class could answer is refused."""
from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tangent2 import grad
from tangent2.errors import UnsupportedError
from tangent2.switches import switched


class Row:
    def __init__(self, v: Any) -> None:
        self.v = v

    def __len__(self) -> int:
        return 3

    def __getitem__(self, i: Any) -> Any:
        return self.v * (i + 5)

    def __contains__(self, key: Any) -> bool:
        return bool(key == "q")

    def __call__(self, x: Any) -> Any:
        return self.v * x

    @property
    def double(self) -> Any:
        return self.v * 2

    def area(self) -> Any:
        return self.v * self.v


class Longer(Row):
    def __init__(self, v: Any, w: Any) -> None:
        self.v, self.w = v, w


class Plain:
    def __init__(self, v: Any) -> None:
        self.v = v


class Sum:
    def __init__(self, v: Any) -> None:
        self.v = v

    def __add__(self, other: Any) -> Any:
        return Sum(self.v + 10 * other)

    def __abs__(self) -> Any:
        return 5 * self.v


class Bare:
    pass


def maybe(x: Any) -> Any:
    return Row(x) if x < 5 else 0.0


def length(x: Any) -> Any:
    o = maybe(x)
    return len(o) * x  # here


def item(x: Any) -> Any:
    o = maybe(x)
    return o[1] * x  # here


def run_over(x: Any) -> Any:
    s = 0.0
    for v in maybe(x):  # here
        s += v
    return s


def taken_apart(x: Any) -> Any:
    a, b, c = maybe(x)  # here
    return a + b + c


def asked_for_a_key(x: Any) -> Any:
    o = maybe(x)
    return x if "q" in o else x * 3  # here


def truth(x: Any) -> Any:
    o = maybe(x)
    return x if o else x * 3  # here


def truth_without_attributes(x: Any) -> Any:
    o = Bare() if x < 5 else 0.0
    return x if o else x * 3  # here


def bound_in_a_loop(x: Any) -> Any:
    o: Any = 0.0
    for i in range(2):
        o = Row(x * i)
    return len(o) * x  # here


def in_an_attribute(x: Any) -> Any:
    whole = Plain(Row(x)) if x < 5 else Longer(x, x)
    return len(whole.v) * x  # here


def put_in_by_another_name(x: Any) -> Any:
    d: Any = {"k": x} if x < 5 else 3.0
    e = d
    e["k"] = Row(x)
    return len(d["k"]) * x  # here


def called(x: Any) -> Any:
    o = maybe(x)
    return o(x) * x  # here


def property_of_it(x: Any) -> Any:
    o = maybe(x)
    return o.double * x  # here


def method_of_it(x: Any) -> Any:
    o = maybe(x)
    return o.area() * x  # here


def operator_of_it(x: Any) -> Any:
    o = Sum(x) if x < 5 else x
    return (o + 1.0).v  # here


def magnitude(x: Any) -> Any:
    o = Sum(x) if x < 5 else x
    return abs(o) * x  # here


def equal(x: Any) -> Any:
    o = Plain(x) if x < 5 else 0.0
    p = Plain(x) if x < 5 else 0.0
    return x if o == p else x * 3  # here


def the_same(x: Any) -> Any:
    o = Plain(x) if x < 5 else 0.0
    p = Plain(x) if x < 5 else 0.0
    return x if o is p else x * 3  # here


def among_others(x: Any) -> Any:
    o = Plain(x) if x < 5 else 0.0
    return x if o in [Plain(x), 1.0] else x * 3  # here


def of_a_class(x: Any) -> Any:
    o = Plain(x) if x < 5 else 0.0
    return x if isinstance(o, Plain) else x * 3  # here


def named(x: Any) -> Any:
    o = Plain(x) if x < 5 else 0.0
    return x * 2 if hasattr(o, "count") else x * 3  # here


def an_array(x: Any) -> Any:
    o = Plain(x) if x < 5 else 0.0
    return x * np.size(o)  # here


def told(x: Any) -> Any:
    o = Plain(x) if x < 5 else 0.0
    return x * len(f"{o}")  # here


REFUSED = [each for each in list(globals().values()) if inspect.isfunction(each) and each.__module__ == __name__
           and "# here" in inspect.getsource(each)]


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("generic", [False, True])
def test_refused_where_it_is_asked(function: Callable[..., Any], generic: bool) -> None:
    lines, first = inspect.getsourcelines(function)
    line = first + next(k for k, text in enumerate(lines) if "# here" in text)
    with switched(generic=generic), pytest.raises(UnsupportedError) as found:
        grad(function)(0.4)
    assert f"{__file__}:{line}:" in str(found.value)
    assert "a value may be an object of class" in str(found.value) and "advice: " in str(found.value)


def handed_on(x: Any) -> Any:
    rows: Any = [Row(x), 2.0, x]
    return rows[-1] * len(rows)


def none_is_no_other(x: Any) -> Any:
    o = Row(x) if x < 5 else None
    return o[1] * len(o) if o is not None else x


def by_attributes(x: Any) -> Any:
    d: Any = {"a": Plain(x), "b": x}
    s = 0.0
    for k in d:
        s += d[k].v * 2 if k == "a" else d[k]
    return s


@pytest.mark.parametrize("function, slope", [
    (handed_on, 3.0), (none_is_no_other, 18.0), (by_attributes, 3.0)])
def test_what_is_asked_of_no_class(function: Callable[..., Any], slope: float) -> None:
    assert np.allclose(grad(function)(0.4), slope)
