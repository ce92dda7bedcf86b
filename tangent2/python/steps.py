"""Nodes of our own: an expression that is statements and then a value, and a note of what an iterator reads."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast


class Steps(gast.AST):
    """Statements, and the value that the expression has after them; `own` are names that nobody else sees."""

    _fields = ("body", "value")
    _attributes = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    body: list[Any]
    value: Any
    own: frozenset[str]


class Refusal(gast.AST):
    """An expression that cannot be, why, and what to do instead."""

    _fields = ()
    _attributes = Steps._attributes
    reason: str
    advice: str


class Watch(gast.AST):
    """What the items of a named iterator are computed from is noted (with `value`), or must be what it was then."""

    _fields = ("value",)
    _attributes = Steps._attributes
    value: Any
    key: str


def steps(body: list[Any], value: Any, own: Iterable[str], place: Any) -> Steps:
    """An expression that runs statements first."""
    made = Steps(body, value)
    made.own = frozenset(own)
    return gast.copy_location(made, place)


def refusal(reason: str, advice: str, place: Any) -> Refusal:
    """An expression that is refused when it is lowered."""
    made = Refusal()
    made.reason, made.advice = reason, advice
    return gast.copy_location(made, place)


def watch(key: str, value: Any, place: Any) -> Watch:
    """A note of what an expression reads, or, if it is None, the question whether that is as it was."""
    made = Watch(value)
    made.key = key
    return gast.copy_location(made, place)
