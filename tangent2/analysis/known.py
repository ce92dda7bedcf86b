"""What renewal is told of callees, and what it tells of the values of a function."""
from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tangent2.analysis.aliases import Place
from tangent2.analysis.renewed import Renewed
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Atom, Callee, Function, Op, Value

Path = tuple[int, ...]      # of a part of a result: () is all of it, (k,) an element of a tuple
FINAL = "final"     # begins the key of a callee that gives back arguments, as they are at its end


@dataclass(frozen=True)
class Sharing:
    """The places of values, and for each new version of an array or list what is renewed with it.

    alone: the new versions of elements of lists that nothing else names, with their places (or those among which they
    are), and whether only known arrays stand beside them.  follows: the lists whose last element was put back.  first:
    the places of values when they were bound.  wrote: those that operands of statements, by the first result, had when
    these wrote to them.  distinct: containers taken to hold no object twice, and by what.
    """

    places: Mapping[Value, Place]
    touches: Mapping[Value, Renewed]
    alone: Mapping[tuple[Value, Place], bool] = field(default_factory=dict)
    follows: Collection[Value] = ()
    first: Mapping[Value, Place] = field(default_factory=dict)
    wrote: Mapping[tuple[Value, int], Place] = field(default_factory=dict)
    distinct: Collection[tuple[Atom, Op]] = ()


@dataclass(frozen=True)
class Known:
    """The positions of the arguments that a callee writes to; what it gives back of them; and whether it takes them to
    lie in memory row by row.

    gives: the positions of the arguments that parts of the result are, and the views by which they show them.
    fresh: parts that are arrays which surely are (part of) no argument, no other part, and not from outside.
    into_arrays: whether it writes into arrays or containers, not only to attributes of objects.  reaches: whether it
    writes into arrays that its arguments are or hold.  rebinds: the keys and attributes under which it may put other
    objects into its arguments; None if any.  alters: the keys (None: of any element of a list or dict) under which its
    arguments hold objects that it changes; None if any.
    open: `by_rows` is not known, for the callee is being looked at.  ends: the kinds that lists and dicts which it
    writes to have at its end.  apart: how many arguments it takes to share no memory.
    """

    writes: tuple[int, ...] = ()
    gives: Mapping[Path, tuple[int, tuple[Op, ...]]] = field(default_factory=dict)
    by_rows: bool = False
    open: bool = False
    ends: tuple[tuple[int, Kind], ...] = ()
    fresh: frozenset[Path] = frozenset()
    into_arrays: bool = True
    reaches: bool = True
    rebinds: frozenset[str | int] | None = None
    alters: frozenset[str | int | None] | None = None
    apart: int = 0

    def alike(self, other: Known) -> bool:
        """Whether two say the same; of views, how many there are."""
        mine, its = [{path: (position, len(shown)) for path, (position, shown) in known.gives.items()}
                     for known in (self, other)]
        return (self.writes, mine, self.ends) == (other.writes, its, other.ends)


def gifts(function: Function) -> dict[Path, tuple[int, tuple[Op, ...]]]:
    """What a function gives back of its arguments, by their positions."""
    return {gift.path: (function.params.index(gift.param), gift.shown) for gift in function.gives
            if gift.param in function.params}


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
