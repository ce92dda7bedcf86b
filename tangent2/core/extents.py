"""Extents of axes: those of arguments are symbols, others are computed from them."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Union


@dataclass(frozen=True, slots=True)
class Sym:
    """The extent of one axis of an argument, known not to be 1."""

    index: int


@dataclass(frozen=True, slots=True)
class Sliced:
    """What a slice leaves of an extent; `base[2:]`, `base[:-2]` and `base[1:-1]` are all `less=2`."""

    base: Dim
    less: int = 0                       # plain shortening: max(base - less, 0)
    slice: tuple[Any, ...] | None = None    # any other slice: (lower, upper, step)


@dataclass(frozen=True, slots=True)
class Derived:
    """An extent computed in some other way, equal to those computed the same way: `('sum', n, m)`, `('value', v)`."""

    how: tuple[Any, ...]


Dim = Union[int, Sym, Sliced, Derived, None]    # None: nothing known
NOT_ONE = Sym(-1)                               # known not to be 1, and nothing else: not even equal to itself
OWN_MANY = "own, not 1"        # of a `Derived`: that of this very value, known not to be 1


def may_be_one(dim: Dim) -> bool:
    """Whether an extent may be 1, so that its axis may broadcast."""
    if isinstance(dim, Derived):
        return dim.how[0] != OWN_MANY
    return dim == 1 if isinstance(dim, int) else not isinstance(dim, Sym)


def join_dims(a: Dim, b: Dim) -> Dim:
    """The extent of a value that has one or the other."""
    if a == b:
        return a
    return None if may_be_one(a) or may_be_one(b) else NOT_ONE
