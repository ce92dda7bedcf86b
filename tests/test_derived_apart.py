"""Derivatives, called inside of others, of functions that write to arguments: what these are given shares no memory."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import ArgumentError
from tests.harness.modes import check
from tests.harness.refused import refused

X = np.array([0.5, 1.3, -0.7])


def product(a: Any, b: Any) -> Any:
    a[0] = 3.0
    return np.sum(a * b * b)


def cube(a: Any) -> Any:
    a[0] = 3.0
    return np.sum(a ** 3)


def of_elements(us: Any, b: Any) -> Any:
    us[0][0] = 3.0
    return np.sum(us[0] * b * b)


def slope(u: Any, v: Any) -> Any:
    return np.sum(tangent2.grad(product)(u, v) * v)


def given_one_twice(x: Any) -> Any:
    u = x * 2
    return np.sum(tangent2.grad(product)(u, u))


def given_a_part_beside(x: Any) -> Any:
    u = x * 2
    return np.sum(tangent2.grad(product)(u, u[::-1]))


def given_its_own_argument_twice(x: Any) -> Any:
    return np.sum(tangent2.grad(product)(x, x))


def given_what_a_list_holds(x: Any) -> Any:
    u = x * 2
    us = [u, x * 3]
    return np.sum(tangent2.grad(product)(us[0], u))


def given_a_list_and_what_it_holds(x: Any) -> Any:
    u = x * 2
    return np.sum(tangent2.grad(of_elements, 1)([u], u))


def tangent_of_one_twice(x: Any) -> Any:
    u = x * 2
    return tangent2.jvp(product, (u, u), (x, x))[1]


def by_a_function_of_its_own(x: Any) -> Any:
    u = x * 2
    return slope(u, u)


@pytest.mark.parametrize("function", [
    given_one_twice, given_a_part_beside, given_its_own_argument_twice, given_what_a_list_holds,
    given_a_list_and_what_it_holds, tangent_of_one_twice, by_a_function_of_its_own], ids=lambda f: f.__name__)
def test_refused_where_the_program_fails(function: Callable[..., Any]) -> None:
    with pytest.raises(ArgumentError, match="share memory"):
        function(X)
    for call in (lambda: tangent2.grad(function)(X), lambda: tangent2.jvp(function, (X,), (X,)),
                 lambda: tangent2.vjp(function, X), lambda: tangent2.jvp(tangent2.grad(function), (X,), (X,))):
        refused(function, call)


def apart(x: Any) -> Any:
    u, v = x * 2, x * 3
    return np.sum(tangent2.grad(product)(u, v) * v) + slope(u, x * v)


def of_a_copy(x: Any) -> Any:
    u = x * 2
    return np.sum(tangent2.grad(product)(u.copy(), u) * u)


def of_one_argument(x: Any) -> Any:
    u = x * 2
    return np.sum(tangent2.grad(cube)(u) * u) + tangent2.jvp(cube, (u,), (u,))[1]


def of_elements_beside_an_argument(x: Any) -> Any:
    return sum(slope(u, x) for u in [x * 2, x * 3])


@pytest.mark.parametrize("function", [apart, of_a_copy, of_one_argument, of_elements_beside_an_argument],
                         ids=lambda f: f.__name__)
def test_right_where_all_is_apart(function: Callable[..., Any]) -> None:
    check(tangent2, function, (X,))


def test_arguments_are_looked_at_when_it_is_called() -> None:
    assert np.all(np.isfinite(tangent2.grad(slope)(X, X * 2)))
    with pytest.raises(ArgumentError, match="share memory"):
        tangent2.grad(slope)(X, X)
