"""What renewal is told of callees, and what it tells of the values of a function."""
from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tangent2.analysis.aliases import Cell, Place
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Callee, Op, Value


FINAL = "final"     # begins the key of a callee that gives back arguments, as they are at its end


@dataclass(frozen=True)
class Sharing:
    """The places of values, and for each new version of an array or list the cells that were renewed with it.

    alone: the new versions of elements of lists that nothing else names.  follows: the lists whose last element was
    put back.
    """

    places: Mapping[Value, Place]
    touches: Mapping[Value, Collection[Cell]]
    alone: Collection[Value] = ()
    follows: Collection[Value] = ()


@dataclass(frozen=True)
class Known:
    """The positions of the arguments that a callee writes to, and of the one that its result is or, by the views
    `shown`, shows; and whether it takes them to lie in memory row by row.

    open: that last is not known, for the callee is being looked at.  ends: the kinds that lists and dicts which it
    writes to have at its end.
    """

    writes: tuple[int, ...] = ()
    gives: int | None = None
    shown: tuple[Op, ...] = ()
    by_rows: bool = False
    open: bool = False
    ends: tuple[tuple[int, Kind], ...] = ()

    def alike(self, other: Known) -> bool:
        """Whether two say the same; of views, how many there are."""
        return (self.writes, self.gives, len(self.shown), self.ends) == (
            other.writes, other.gives, len(other.shown), other.ends)


@dataclass(frozen=True)
class Callees:
    """What is asked of callees: what is known of one, the one that gives back arguments as they are at its end, what
    one does by its text, and the one that takes memory once which its arguments share."""

    known: Callable[[Callee, tuple[Kind, ...]], Known]
    final: Callable[[Callee, tuple[int, ...]], Callee] | None = None
    done: Callable[[Callee, tuple[Kind, ...]], Known] = lambda callee, kinds: Known()
    joined: Callable[[Callee, tuple[Kind, ...], Any, tuple[str | None, ...]], Callee] | None = None


@dataclass(frozen=True)
class Boldness:
    """What is done where renewal would not do otherwise, for what it costs.

    flags: loops carry which memory a name stands for.  by_rows: arguments are taken to lie in memory row by row.
    """

    flags: bool = False
    by_rows: bool = False


ATTEMPTS = (Boldness(), Boldness(flags=True), Boldness(flags=True, by_rows=True))
