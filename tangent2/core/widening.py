"""Kinds that stay finite: of bounded depth, and without the extents that a loop keeps changing."""
from __future__ import annotations

from dataclasses import replace

from tangent2.core.kinds import (
    Array, Closures, Dict, FunctionKind, Iterator, Kind, List, Objects, Records, Tuple, either_array,
)
from tangent2.core.lostkinds import lost


def bounded(kind: Kind, depth: int = 6) -> Kind:
    """A kind with what lies deeper than `depth` containers unknown: kinds of recursive functions stay finite.

    >>> from tangent2.core.kinds import FLOAT
    >>> bounded(List(List(FLOAT)), 1)
    List(elt=Unknown(), tape=False)
    """
    if isinstance(kind, (Tuple, List, Dict, Iterator, FunctionKind, Closures, Records)):
        if depth == 0:
            return lost(kind)
        if isinstance(kind, Tuple):
            return Tuple(tuple([bounded(k, depth - 1) for k in kind.elts]), kind.record)
        if isinstance(kind, List):
            return List(bounded(kind.elt, depth - 1), kind.tape, kind.length)
        if isinstance(kind, Iterator):
            return Iterator(bounded(kind.elt, depth - 1))
        if isinstance(kind, FunctionKind):
            return FunctionKind(kind.callee, tuple([bounded(k, depth - 1) for k in kind.captured]))
        if isinstance(kind, Closures):
            return Closures(frozenset([bounded(k, depth) for k in kind.functions]))     # type: ignore[misc]
        if isinstance(kind, (Objects, Records)):
            return replace(kind, variants=frozenset([bounded(k, depth) for k in kind.variants]))
        items = None if kind.items is None else tuple([(key, bounded(k, depth - 1)) for key, k in kind.items])
        return Dict(items, bounded(kind.elt, depth - 1), kind.cls, kind.optional, kind.partial)
    return kind


def widen(before: Kind, now: Kind) -> Kind:
    """A kind that a loop keeps changing, with the extents that change given up.

    >>> from tangent2.core.kinds import Sliced, Sym
    >>> widen(Array("float64", (Sym(0),)), Array("float64", (Sliced(Sym(0), 1),))).shape
    (None,)
    """
    if isinstance(before, Array) and isinstance(now, Array):
        return either_array(before, now, now.dtype, lambda a, b: a if a == b else None)
    if isinstance(before, List) and isinstance(now, List):
        return List(widen(before.elt, now.elt), now.tape)
    if isinstance(before, Tuple) and isinstance(now, Tuple) and len(before.elts) == len(now.elts):
        return Tuple(tuple(map(widen, before.elts, now.elts)), now.record)
    return now
