"""Defaults that a function writes to: Python keeps them from call to call, so its derivative asks for others."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError


class State:
    def __init__(self) -> None:
        self.s = 1.0
        self.w = np.ones(3)


class Outer:
    def __init__(self) -> None:
        self.state = State()


def attribute(x: Any, c: Any = State()) -> Any:      # noqa: B008
    c.s = c.s + x
    return x * c.s


def into_an_attribute(x: Any, c: Any = State()) -> Any:      # noqa: B008
    c.w[0] = x
    return x * np.sum(c.w)


def of_an_inner_object(x: Any, c: Any = Outer()) -> Any:      # noqa: B008
    c.state.s = x
    return x * c.state.s


def in_a_list(x: Any, c: Any = [State()]) -> Any:       # noqa: B006, B008
    c[0].s = x
    return x * c[0].s


def in_a_dict(x: Any, *, c: Any = {"a": State()}) -> Any:       # noqa: B006, B008
    c["a"].s = x
    return x * c["a"].s


def array(x: Any, c: Any = np.ones(3)) -> Any:      # noqa: B008
    c[0] = x
    return x * c[0]


def appended(x: Any, c: Any = []) -> Any:      # noqa: B006
    c.append(x)
    return x * c[-1]


GIVEN: dict[Callable[..., Any], Callable[[], Any]] = {
    attribute: State, into_an_attribute: State, of_an_inner_object: Outer, in_a_list: lambda: [State()],
    in_a_dict: lambda: {"a": State()}, array: lambda: np.ones(3), appended: list}
FUNCTIONS = pytest.mark.parametrize("function", GIVEN, ids=lambda f: f.__name__)


@FUNCTIONS
def test_what_a_default_is_written_to_is_refused(function: Callable[..., Any]) -> None:
    for call in (tangent2.grad(function), tangent2.value_and_grad(function), tangent2.grad(tangent2.grad(function)),
                 tangent2.hessian(function), lambda x: tangent2.vjp(function, x),
                 lambda x: tangent2.jvp(function, (x,), (1.0,)),
                 lambda x: tangent2.jvp(tangent2.grad(function), (x,), (1.0,)),
                 tangent2.grad(lambda x: tangent2.grad(function)(x))):
        with pytest.raises(TangentError, match="writes to the default of its parameter `c`, which is kept") as caught:
            call(2.0)
        assert caught.value.file == __file__ and "  advice: " in str(caught.value)


@FUNCTIONS
def test_what_is_given_in_its_place_is_not(function: Callable[..., Any]) -> None:
    made = GIVEN[function]
    step = 1e-6
    wanted = (function(2.0 + step, c=made()) - function(2.0 - step, c=made())) / (2 * step)
    assert tangent2.grad(function)(2.0, c=made()) == pytest.approx(wanted, rel=1e-6)
