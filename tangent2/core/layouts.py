"""Layouts: which parts of a value have the axis of a batch in front, one entry for each lane, under `vmap`.

`False`: no part of it; `True`: a number or an array, the whole of which has; `Parts` of tuples and dicts with known
keys, `Each` of lists.  Only what is the same in all lanes has none.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Union

from tangent2.core.kinds import (
    Array, Dict, Dim, FunctionKind, Iterator, Kind, List, Number, Tuple, Unknown, join_all,
)
from tangent2.core.syntax import Origin, Stmt


class CannotBatch(Exception):
    """What cannot be computed for all lanes at once, and where; then they are computed one after the other."""

    def __init__(self, reason: str, origin: Origin | None = None) -> None:
        super().__init__(reason)
        self.reason, self.origin = reason, origin
        self.agree: Stmt | None = None      # a statement of the function: if lanes agreed there it could be

    def outside(self) -> CannotBatch:
        """The same for a caller of the function."""
        return CannotBatch(self.reason, self.origin)


@dataclass(frozen=True, slots=True)
class Parts:
    """Of each element of a tuple, of each value of a dict by the order of its keys, of all that a function captured."""

    elts: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """Of all elements of a list, of a dict whose keys are not known, of what an iterator gives."""

    elt: Layout


Layout = Union[bool, Parts, Each]
DEEPEST = 8
# How a function is called: not by all lanes; where what it raises is caught; lanes may be demanded to agree, for the
# caller can do without; where it may be taken to raise in no lane, for if it raises the caller can do without; for its
# value alone, of which no derivative is taken.
MASKED, ATTEMPTED, AGREEING, PASSING, LAST = 1, 2, 4, 8, 16
HINDERED = MASKED | ATTEMPTED | PASSING         # then it cannot be called once for each lane


def parts(elts: Iterable[Layout]) -> Layout:
    """The layout of a tuple of such elements.

    >>> parts([True, False]), parts([False, False])
    (Parts(elts=(True, False)), False)
    """
    found = tuple(elts)
    return Parts(found) if any(e is not False for e in found) else False


def each(elt: Layout) -> Layout:
    """The layout of a list of such elements."""
    return False if elt is False else Each(elt)


def joined(a: Layout, b: Layout) -> Layout:
    """The least layout that both can be given.

    >>> joined(Parts((True, False)), Parts((False, False)))
    Parts(elts=(True, False))
    """
    if a is False or a == b:
        return b
    if b is False:
        return a
    if isinstance(a, Parts) and isinstance(b, Parts) and len(a.elts) == len(b.elts):
        return Parts(tuple(map(joined, a.elts, b.elts)))
    if isinstance(a, Each) and isinstance(b, Each):
        return Each(joined(a.elt, b.elt))
    raise CannotBatch("a value is a number or an array on one path, and a container on the other")


def refitted(layout: Layout, kind: Kind, other: Kind) -> Layout:
    """The layout of a value of one kind as that of what it becomes of another: dicts with more keys, or unknown ones.

    >>> from tangent2.core.kinds import FLOAT
    >>> ab, a = [Dict(tuple([(key, FLOAT) for key in keys]), FLOAT) for keys in ("ab", "a")]
    >>> refitted(Parts((True, False)), ab, a), refitted(True, FLOAT, FLOAT)
    (Parts(elts=(True,)), True)
    """
    if isinstance(layout, bool) or kind == other:
        return layout
    if isinstance(kind, Dict) and isinstance(other, Dict):
        if other.items is None:
            return each(element(layout))
        if kind.items is None:
            return parts([element(layout)] * len(other.items))
        own = dict(zip([key for key, _ in kind.items], getattr(layout, "elts", ())))
        before = dict(kind.items)
        return parts([refitted(own.get(key, False), before.get(key, elt), elt) for key, elt in other.items])
    return layout


def can_agree(kind: Kind, layout: Layout) -> bool:
    """Whether a value is another number in each lane, of a kind of which all lanes may have the same."""
    return layout is True and isinstance(kind, Number) and kind.dtype is not None and kind.dtype[0] in "biu"


def depth(layout: Layout) -> int:
    """How deep containers are nested."""
    if isinstance(layout, Each):
        return 1 + depth(layout.elt)
    return 1 + max(map(depth, layout.elts)) if isinstance(layout, Parts) else 0


def element(layout: Layout, k: int | None = None) -> Layout:
    """The layout of one element: of the one at a place, if that is known."""
    if isinstance(layout, Each):
        return layout.elt
    if isinstance(layout, Parts):
        found: Layout = False
        for elt in layout.elts if k is None else layout.elts[k:k + 1] if k >= 0 else (layout.elts[k],):
            found = joined(found, elt)
        return found
    return layout


def whole(kind: Kind) -> Layout:
    """The layout of a value of a kind of which each number is another one in each lane."""
    if isinstance(kind, (Number, Array)):
        return True
    if isinstance(kind, Tuple):
        return parts(map(whole, kind.elts))
    if isinstance(kind, Dict) and kind.items is not None:
        return parts([whole(each) for _, each in kind.items])
    if isinstance(kind, (List, Dict, Iterator)):
        return each(whole(kind.elt))
    if isinstance(kind, FunctionKind):
        return parts(map(whole, kind.captured))
    if isinstance(kind, Unknown):
        raise CannotBatch("what kind of value this is, is not known before the code runs")
    return False


Leaf = Callable[[Kind], Kind]


def on_leaves(kind: Kind, layout: Layout, leaf: Leaf) -> Kind:
    """A kind with `leaf` of those numbers and arrays that a layout says are mapped."""
    if layout is False:
        return kind
    if layout is True:
        return leaf(kind)
    if isinstance(kind, Tuple) and isinstance(layout, Parts):
        return replace(kind, elts=tuple([on_leaves(k, part, leaf) for k, part in zip(kind.elts, layout.elts)]))
    if isinstance(kind, FunctionKind) and isinstance(layout, Parts):
        return replace(kind, captured=tuple([on_leaves(k, part, leaf) for k, part in zip(kind.captured, layout.elts)]))
    if isinstance(kind, Dict) and isinstance(layout, Parts) and kind.items is not None:
        items = tuple([(key, on_leaves(k, part, leaf)) for (key, k), part in zip(kind.items, layout.elts)])
        return replace(kind, items=items, elt=join_all([k for _, k in items]))
    if isinstance(kind, (List, Dict, Iterator)) and isinstance(layout, Each):
        return replace(kind, elt=on_leaves(kind.elt, layout.elt, leaf))
    raise CannotBatch("what kind of value this is, is not known before the code runs")


def batched(kind: Kind, layout: Layout, size: Dim) -> Kind:
    """The kind of a value for all lanes, `size` of them, from that of one lane.

    >>> from tangent2.core.kinds import FLOAT, Sym
    >>> batched(Tuple((FLOAT, FLOAT)), Parts((True, False)), Sym(0)).elts[0]
    Array(dtype='float64', shape=(Sym(index=0),))
    """
    return on_leaves(kind, layout, lambda leaf: _with_axis(leaf, size))


def _with_axis(kind: Kind, size: Dim) -> Kind:
    if isinstance(kind, Number):
        return Array(kind.dtype, (size,))
    if isinstance(kind, Array) and kind.shape is not None:
        return Array(kind.dtype, (size, *kind.shape))
    raise CannotBatch("how many axes an array has is not known before the code runs")


def lane(kind: Kind, layout: Layout) -> Kind:
    """The kind of a value in one lane, from that for all.

    >>> from tangent2.core.kinds import Sym
    >>> lane(Array("float64", (Sym(0), Sym(1))), True).shape, lane(Array("int64", (Sym(0),)), True)
    ((Sym(index=1),), Number(dtype='int64', weak=False))
    """
    return on_leaves(kind, layout, _without_axis)


def _without_axis(kind: Kind) -> Kind:
    if not isinstance(kind, Array) or not kind.shape:
        raise CannotBatch("how many axes an array has is not known before the code runs")
    if len(kind.shape) > 1:
        return Array(kind.dtype, kind.shape[1:])
    return Array(None, None) if kind.dtype is None else Number(kind.dtype, False)


def first_extent(kind: Kind, layout: Layout) -> Dim:
    """The extent of the first axis of the first part that is mapped: how many lanes there are."""
    found: list[Dim] = []

    def look(leaf: Kind) -> Kind:
        if isinstance(leaf, Array) and leaf.shape:
            found.append(leaf.shape[0])
        return leaf
    on_leaves(kind, layout, look)
    return found[0] if found else None
