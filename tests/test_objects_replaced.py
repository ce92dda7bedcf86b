"""A function changes what its argument holds, and puts another object there: never a wrong derivative of either."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tangent2
from tests.harness import modes
from tests.harness.modes import REFUSED, RIGHT

X = np.array([0.3, 0.7, 0.2])


class Part:
    def __init__(self, w: Any = 0.5) -> None:
        self.w = w


class Whole:
    def __init__(self, a: Any, b: Any = None) -> None:
        self.a, self.b = a, b

    def step(self, x: Any) -> None:
        self.a.w = x * self.a.w
        self.a = Part(x)

    def twice(self, x: Any) -> None:
        self.step(x)
        self.step(2 * x)


def scale(part: Any, x: Any) -> None:
    part.w = x * part.w


def scale_inside(whole: Any, x: Any) -> None:
    whole.a.w = x * whole.a.w


def scale_and_replace(whole: Any, x: Any) -> None:
    whole.a.w = x * whole.a.w
    whole.a = Part()


def scale_by_a_call_and_replace(whole: Any, x: Any) -> None:
    scale(whole.a, x)
    whole.a = Part()


def scale_deeper_and_replace(whole: Any, x: Any) -> None:
    scale_inside(whole, x)
    whole.a = Part()


def scale_and_swap(whole: Any, x: Any) -> None:
    whole.a.w = x * whole.a.w
    whole.a, whole.b = whole.b, whole.a


def scale_and_replace_on_one_path(whole: Any, x: Any) -> None:
    whole.a.w = x * whole.a.w
    if x > 0.5:
        whole.a = Part(x)


def replace_and_scale_what_stood_there(whole: Any, x: Any) -> None:
    part = whole.a
    whole.a = Part()
    part.w = x * part.w


def swap_and_scale(whole: Any, x: Any) -> None:
    part = whole.a
    whole.a = whole.b
    whole.b = part
    whole.b.w = x * whole.b.w


def scale_and_pop(parts: Any, x: Any) -> None:
    parts[0].w = x * parts[0].w
    parts.pop(0)


def pop_and_scale(parts: Any, x: Any) -> None:
    part = parts.pop(0)
    part.w = x * part.w


def replace_and_scale_in_a_list(parts: Any, x: Any) -> None:
    part = parts[0]
    parts[0] = Part()
    part.w = x * part.w


def scale_and_reverse(parts: Any, x: Any) -> None:
    parts[0].w = x * parts[0].w
    parts.reverse()


def scale_and_replace_in_a_dict(table: Any, x: Any) -> None:
    table["k"].w = x * table["k"].w
    table["k"] = Part(x)


def call_twice(whole: Any, x: Any) -> None:
    whole.twice(x)


@pytest.mark.parametrize("change", [
    scale_inside, scale_and_replace, scale_by_a_call_and_replace, scale_deeper_and_replace, scale_and_swap,
    scale_and_replace_on_one_path, call_twice, replace_and_scale_what_stood_there, swap_and_scale,
])
@pytest.mark.parametrize("named_first", [True, False])
def test_objects(change: Any, named_first: bool) -> None:
    def first(x: Any) -> Any:
        part = Part(x[0])
        whole = Whole(part, Part(x[1]))
        change(whole, x[2])
        return part.w * 2 + whole.a.w * 3 + whole.b.w * 5

    def taken(x: Any) -> Any:
        whole = Whole(Part(x[0]), Part(x[1]))
        part = whole.a
        change(whole, x[2])
        return part.w * 2 + whole.a.w * 3 + whole.b.w * 5
    assert never_wrong(first if named_first else taken)


@pytest.mark.parametrize("change", [
    scale_and_pop, pop_and_scale, replace_and_scale_in_a_list, scale_and_reverse])
def test_lists(change: Any) -> None:
    def function(x: Any) -> Any:
        part = Part(x[0])
        parts = [part, Part(x[1])]
        change(parts, x[2])
        return part.w * 2 + parts[0].w * 3
    assert never_wrong(function)


def test_arrays() -> None:
    def write(whole: Any, v: Any) -> None:
        a = whole.a
        whole.a = None
        a[0] = v * 2

    def function(x: Any) -> Any:
        a = x[:2] * 1
        write(Whole(a), x[1])
        whole = Whole(a)
        write(whole, x[2])
        return np.sum(a)
    assert never_wrong(function)


def test_dicts() -> None:
    def function(x: Any) -> Any:
        part = Part(x[0])
        table = {"k": part}
        scale_and_replace_in_a_dict(table, x[1])
        return part.w * table["k"].w
    assert never_wrong(function)


def test_closures() -> None:
    def function(x: Any) -> Any:
        part = Part(x[0])
        whole = Whole(part)

        def go() -> None:
            whole.a.w = x[1] * whole.a.w
            whole.a = Part(x[2])
        go()
        return part.w * whole.a.w
    assert never_wrong(function)


def test_what_stays_is_followed() -> None:
    def function(x: Any) -> Any:
        part = Part(x[0])
        whole = Whole(part, Part(x[1]))
        scale_inside(whole, x[2])
        return part.w * 2 + whole.a.w * 3 + whole.b.w * 5
    modes.check(tangent2, function, (X,))


def never_wrong(function: Any) -> bool:
    """Whether a program is right or refused in all modes."""
    return modes.worst(modes.run_modes(modes.subject(tangent2, function, (X,)))).verdict in (RIGHT, REFUSED)
