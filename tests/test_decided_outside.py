"""Values from outside that decide what a function does: every derivative that is asked for follows their changes."""
# ruff: noqa: E731
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tangent2 import grad, jvp, vjp

KEY: Any = "a"
PLACE: Any = 0
COUNT: Any = 2
FLAG: Any = True
PARTS: Any = (2.0, 3.0)
TABLE = {"a": np.sin, "b": np.cos}
FIRST = dict(KEY=KEY, PLACE=PLACE, COUNT=COUNT, FLAG=FLAG, PARTS=PARTS)
LATER = [FIRST, dict(KEY="b", PLACE=1, COUNT=3, FLAG=False, PARTS=(1.0, 2.0, 5.0)), dict(COUNT=1, PARTS=(4.0,)),
         dict(FLAG=1, COUNT=0, PARTS=[1.0]), FIRST]


class Config:
    """What is read of a class and of an object of it."""

    mode = "sin"
    power = 1


CONFIG = Config()


def by_key(x: Any) -> Any:
    return TABLE[KEY](x)


def by_place(x: Any) -> Any:
    return (np.sin, np.cos)[PLACE](x)


def repeated(x: Any) -> Any:
    for _ in range(COUNT):
        x = np.sin(x)
    return x


def by_flag(x: Any) -> Any:
    return np.sin(x) if FLAG else np.cos(x)


def power(x: Any) -> Any:
    return x ** COUNT


def summed(x: Any) -> Any:
    return sum(part * x for part in PARTS)


def by_mode(x: Any) -> Any:
    if CONFIG.mode == "sin":
        return np.sin(x) ** CONFIG.power
    return {"cos": np.cos, "exp": np.exp}[CONFIG.mode](x) * Config.power


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    globals().update(FIRST)
    Config.mode, Config.power = "sin", 1


def right(f: Callable[[Any], Any]) -> None:
    wanted = (f(0.7 + 1e-6) - f(0.7 - 1e-6)) / 2e-6
    for got in (grad(f)(0.7), jvp(f, (0.7,), (1.0,))[1], vjp(f, 0.7)[1](1.0)[0]):
        assert got == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("function", [by_key, by_place, repeated, by_flag, power, summed],
                         ids=lambda function: function.__name__)
def test_globals(function: Any) -> None:
    for changes in LATER:
        globals().update(changes)
        right(function)


def test_attributes() -> None:
    for mode, exponent in [("sin", 1), ("sin", 2), ("cos", 2), ("exp", 2.5), ("sin", 3)]:
        Config.mode, Config.power = mode, exponent      # type: ignore[assignment]
        right(by_mode)
    CONFIG.mode = "exp"
    right(by_mode)
    del CONFIG.mode
    right(by_mode)


def made(key: Any, place: Any, count: Any, flag: Any, parts: Any) -> list[Callable[[Any], Any]]:
    """Functions made anew that capture what decides."""
    def repeat(x: Any) -> Any:
        for _ in range(count):
            x = np.sin(x)
        return x
    return [repeat, lambda x: TABLE[key](x), lambda x: (np.sin, np.cos)[place](x), lambda x: x ** count,
            lambda x: np.sin(x) if flag else np.cos(x), lambda x: sum(part * x for part in parts)]


@pytest.mark.parametrize("k", range(6))
def test_captured(k: int) -> None:
    now = dict(FIRST)
    for changes in LATER:
        now.update(changes)
        right(made(*now.values())[k])
