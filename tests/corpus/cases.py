"""What a program of the corpus is: a scalar function and the arguments it is tested at."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """`wrt`: positions of the active arguments; None: all that hold floats."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"


CASES: list[Case] = []


def at(*args: Any, wrt: tuple[int, ...] | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function with arguments; it may be registered at several."""
    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        CASES.append(Case(fn, args, wrt))
        return fn
    return register
