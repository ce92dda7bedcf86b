"""Kinds of objects: dicts of attributes as long as memory matters (`thawed`), tuples afterwards (`frozen`)."""
from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any

from tangent2.core.functions import home_of
from tangent2.core.kinds import (
    BOTTOM, NOT_ONE, STR, UNKNOWN, Array, Bottom, Closures, Dict, FunctionKind, Iterator, Kind, List, Number, Objects,
    Record, Records, Tuple, is_closure, join, may_be_one, object_kind, of_classes, variants,
)
from tangent2.core.syntax import Atom, Op


def frozen(kind: Kind) -> Kind:
    """A kind with tuples for objects.

    >>> from tangent2.core.kinds import FLOAT
    >>> kind = object_kind(int, {"x": FLOAT})
    >>> frozen(kind).record.names, thawed(frozen(kind)) == kind
    (('x',), True)
    """
    if isinstance(kind, Objects):
        return of_classes(map(frozen, kind.variants), kind.optional)
    if isinstance(kind, Dict):
        items = None if kind.items is None else tuple([(key, frozen(k)) for key, k in kind.items])
        if kind.cls is None:
            return Dict(items, frozen(kind.elt))
        record = Record(kind.cls, tuple([key for key, _ in items or ()]), True, kind.optional, kind.partial)
        return Tuple(tuple([k for _, k in items or ()]), record)
    return closed(within(kind, frozen))


def thawed(kind: Kind) -> Kind:
    """A kind with dicts of attributes for objects."""
    if isinstance(kind, Records):
        return of_classes(map(thawed, kind.variants), kind.optional)
    if isinstance(kind, Tuple) and kind.record is not None and kind.record.is_object:
        made = object_kind(kind.record.cls, dict(zip(kind.record.names, map(thawed, kind.elts))))
        return replace(made, optional=kind.record.optional, partial=kind.record.partial)
    if isinstance(kind, Tuple) and kind.record is not None and kind.record.is_closure:
        return FunctionKind(kind.record.cls, tuple(map(thawed, kind.elts[1:])))
    if isinstance(kind, Dict):
        items = None if kind.items is None else tuple([(key, thawed(k)) for key, k in kind.items])
        return Dict(items, thawed(kind.elt))
    return within(kind, thawed)


def within(kind: Kind, change: Callable[[Kind], Kind]) -> Kind:
    """A kind with those of its parts changed; objects are left as they are."""
    if isinstance(kind, Tuple):
        return Tuple(tuple(map(change, kind.elts)), kind.record) if kind.elts else kind
    if isinstance(kind, List):
        return List(change(kind.elt), kind.tape, kind.length)
    if isinstance(kind, Iterator):
        return Iterator(change(kind.elt))
    if isinstance(kind, FunctionKind):
        return FunctionKind(kind.callee, tuple(map(change, kind.captured))) if kind.captured else kind
    if isinstance(kind, Closures):
        return Closures(frozenset([within(each, change) for each in kind.functions]))       # type: ignore[misc]
    if isinstance(kind, (Objects, Records)):
        return replace(kind, variants=frozenset([change(each) for each in kind.variants]))
    return kind


def closed(kind: Kind) -> Kind:
    """The kind of the tuple that a closure is where it is kept: its label, and what it captured."""
    return Tuple((STR, *kind.captured), Record(kind.callee, ())) if is_closure(kind) else kind      # type: ignore[attr-defined]


def is_row(kind: Kind) -> bool:
    """Whether a value is a tuple of objects, or a list of objects each of a class of its own.

    >>> from tangent2.core.kinds import FLOAT
    >>> is_row(Tuple((object_kind(int, {}),))), is_row(Tuple((object_kind(int, {}), FLOAT))), is_row(Tuple(()))
    (True, False, False)
    """
    return isinstance(kind, Tuple) and kind.record is None and bool(kind.elts) and all(
        isinstance(each, Dict) and each.cls is not None for each in kind.elts)


def may_grow(kind: Kind) -> bool:
    """Whether more may be put into a value of this kind: a list, a dict that is no object, an object that has one."""
    if isinstance(kind, Objects):
        return any(map(may_grow, kind.variants))
    if isinstance(kind, Dict) and kind.cls is not None:
        return any(may_grow(each) for _, each in kind.items or ())
    return isinstance(kind, (List, Dict))


def may_become(kind: Kind) -> bool:
    """Whether a value may be of another kind once something wrote to it: more is put into it, or something else."""
    return may_grow(kind) or isinstance(kind, Dict)


def aligned(a: Kind, b: Kind, default: Callable[[Any, str], Kind | None] = lambda cls, name: None) -> tuple[Kind, Kind]:
    """The kinds of an object on two ways, where each has what it has on the other.

    What is on one way only has its `default` on the other, from the class; or it is missing there (`partial`).

    >>> from tangent2.core.kinds import FLOAT, INT
    >>> a, b = object_kind(int, {"x": FLOAT}), object_kind(int, {"x": FLOAT, "y": FLOAT})
    >>> sorted(aligned(a, b)[0].partial), dict(aligned(a, b, lambda cls, name: INT)[0].items)["y"].dtype
    (['y'], 'int64')
    """
    if not (isinstance(a, Dict) and isinstance(b, Dict)) or a.cls is None or a.cls is not b.cls \
            or isinstance(a, Objects):
        return a, b
    mine, other = dict(a.items or ()), dict(b.items or ())
    has, its = set(mine), set(other)
    found = {name: default(a.cls, name) for name in mine.keys() ^ other.keys()}
    missing = {name for name, kind in found.items() if kind is None}
    for kinds in (mine, other):
        kinds.update({name: kind or BOTTOM for name, kind in found.items() if name not in kinds})
    pairs = {name: aligned(mine[name], other[name], default) for name in mine}
    first, second = [object_kind(a.cls, {name: pair[k] for name, pair in pairs.items()}) for k in (0, 1)]
    return (replace(first, optional=a.optional, partial=a.partial | missing - has),
            replace(second, optional=b.optional, partial=b.partial | missing - its))


def are_mixed(kinds: Sequence[Kind]) -> bool:
    """Whether what stands in a row differs in its classes or functions, so that each place has a kind of its own."""
    sorts = {sort_of(k) for k in kinds}
    return len(sorts) > 1 and None not in sorts


def as_class(op: Op, kind: Callable[[Atom], Kind]) -> Kind:
    """The kind of an object that surely is of a class; of nothing, if it never is."""
    given = kind(op.args[0])
    known = isinstance(given, Bottom) or bool(variants(given))
    return variants(given).get(op.static, BOTTOM) if known else UNKNOWN


def is_plain_dict(kind: Kind) -> bool:
    """Whether a kind is that of dicts, not of objects with attributes."""
    return isinstance(kind, Dict) and kind.cls is None


def sort_of(kind: Kind) -> Hashable:
    """What a join of kinds would lose: classes of objects and functions without a name; None if there are none."""
    if isinstance(kind, FunctionKind):
        return None if home_of(kind.callee) else (kind.callee, tuple(map(sort_of, kind.captured)))
    if isinstance(kind, Tuple):
        held = tuple(map(sort_of, kind.elts))
        if kind.record is not None and kind.record.is_object:
            return kind.record.cls, held
        return held if any(held) else None
    if isinstance(kind, (Objects, Records)):
        return frozenset(map(sort_of, kind.variants))
    if isinstance(kind, Dict) and kind.cls is not None:
        return kind.cls, tuple([(name, sort) for name, k in kind.items or () if (sort := sort_of(k)) is not None])
    return None


def has_record(kind: Kind) -> bool:
    """Whether there is a tuple with names in a kind."""
    if isinstance(kind, (Tuple, Records)):
        return isinstance(kind, Records) or kind.record is not None or any(map(has_record, kind.elts))
    if isinstance(kind, List):
        return has_record(kind.elt)
    inner = [kind.elt, *[k for _, k in kind.items or ()]] if isinstance(kind, Dict) else []
    return isinstance(kind, Dict) and kind.cls is not None or any(map(has_record, inner))


def covers(kind: Kind, now: Kind) -> bool:
    """Whether what was inferred of a container still holds; a number of an object may be NumPy's or Python's."""
    if isinstance(kind, Objects) and isinstance(now, Dict) and now.cls is not None:
        mine = variants(kind)
        return all(cls in mine and covers(mine[cls], own) for cls, own in variants(now).items())
    if isinstance(kind, Dict) and kind.cls is not None or isinstance(kind, List) and isinstance(kind.elt, Dict):
        kind, now = roughly(kind), roughly(now)
    if isinstance(kind, List) and isinstance(now, List):
        return join(kind.elt, now.elt) == kind.elt or isinstance(now.elt, Bottom)
    if isinstance(kind, Dict) and isinstance(now, Dict):
        if kind.items is None or now.items is None:
            return kind.items is None and join(kind.elt, now.elt) == kind.elt
        return dict(kind.items).keys() == dict(now.items).keys() and join(kind, now) == kind
    return True


def roughly(kind: Kind) -> Kind:
    """The kind of an object with NumPy's floats for Python's; of extents only what is known not to be 1.

    Where two such extents that are taken to be equal are not, Python itself refuses to broadcast them.
    """
    if isinstance(kind, Number):
        return Number(kind.dtype, False) if kind.dtype == "float64" else kind
    if isinstance(kind, Array) and kind.shape is not None:
        return Array(kind.dtype, tuple([d if type(d) is int or may_be_one(d) else NOT_ONE for d in kind.shape]))
    if isinstance(kind, Objects):
        return within(kind, roughly)
    if isinstance(kind, Dict) and kind.cls is not None:
        found = object_kind(kind.cls, {name: roughly(k) for name, k in kind.items or ()})
        return replace(found, optional=kind.optional, partial=kind.partial)
    if isinstance(kind, List):
        return replace(kind, elt=roughly(kind.elt))
    return kind
