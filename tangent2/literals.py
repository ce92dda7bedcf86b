"""Values as Python text that makes them anew: numbers, strings, arrays, and containers of them."""
from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from tangent2.python.emit_expressions import constant
from tangent2.python.unparse import Unparser

MOST = 10_000       # elements of an array
WIDTH = 110
_BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}
_DEFAULT = ("float64", "int64", "bool", "complex128")


class Unprintable(Exception):
    """A value that has no text; the message says what it is."""


def _without(value: Any) -> str:
    raise Unprintable(f"an object of type {type(value).__name__}")


def literal(value: Any, numpy: Callable[[], str], other: Callable[[Any], str] = _without) -> str:
    """The text of a value; `numpy()` is the name of NumPy, asked for only where it is needed.

    `other` gives the text of what is no number, string, array or container of them; without it that is refused.

    >>> literal({"w": np.ones(2), "n": (3,), "x": -float("inf")}, lambda: "np")
    "{'w': np.array([1.0, 1.0]), 'n': (3,), 'x': float('-inf')}"
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str, bytes) or value is Ellipsis:
        return _number(value)
    if kind in _BRACKETS and (value or kind is not set):
        left, right = _BRACKETS[kind]
        items = [literal(item, numpy, other) for item in value]
        return left + ", ".join(items) + ("," if kind is tuple and len(items) == 1 else "") + right
    if kind is set:
        return "set()"
    if kind is dict:
        return "{" + ", ".join(
            f"{literal(k, numpy, other)}: {literal(v, numpy, other)}" for k, v in value.items()) + "}"
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return f"{numpy()}.{value.dtype.name}({_number(value.item())})"
    if kind is np.ndarray:
        return _array(value, numpy)
    return other(value)


def _array(value: np.ndarray, numpy: Callable[[], str]) -> str:
    if value.dtype.kind not in "biufc" or value.dtype.name == "longdouble":
        raise Unprintable(f"an array of {value.dtype}")
    if value.size > MOST:
        raise Unprintable(f"an array of {value.size} elements")
    dtype = "" if value.dtype.name in _DEFAULT else f", {numpy()}.{value.dtype.name}"
    if value.size == 0:
        return f"{numpy()}.zeros({value.shape!r}, {numpy()}.{value.dtype.name})"
    return f"{numpy()}.array({literal(value.tolist(), numpy)}{dtype})"


def _number(value: Any) -> str:
    return Unparser(constant(value)).text().strip()


def assignment(name: str, text: str) -> str:
    """`name = text`, in several lines if it is long and holds no strings that might be broken."""
    line = f"{name} = {text}"
    if len(line) <= WIDTH or "'" in text or '"' in text:
        return line
    return textwrap.fill(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
