"""Kinds of objects that hold others of their class, as lists and trees do: a finite kind for any depth.

Where a loop or a recursion makes such kinds ever deeper they are folded: the attribute of an object that is another of
its class, or None, is of the kind `Again`, and what is read of it is of the kind of the object itself.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tangent2.core.kinds import (
    Again, Bottom, Closures, Dict, FunctionKind, Iterator, Kind, List, NoneKind, Tuple, join, join_all, optional,
)

_MOST = 3       # so deep the objects in one another are followed one by one


def folded(kind: Kind) -> Kind:
    """A kind in which no object holds another of its class but as `Again`.

    >>> from tangent2.core.kinds import FLOAT, NONE, object_kind
    >>> class Node: pass
    >>> end = object_kind(Node, {"value": FLOAT, "next": NONE})
    >>> kind = folded(object_kind(Node, {"value": FLOAT, "next": end}))
    >>> dict(kind.items)["next"].cls.__name__, part_of(kind, dict(kind.items)["next"]).optional
    ('Node', True)
    """
    cls = object_class(kind)
    if cls is None or not nests(kind):
        return _within(kind, folded)
    own: Kind = kind
    for _ in range(8):
        found = _all_of(own, cls)
        if not found:
            break
        own = _again(own, cls)
        for each in found:
            own = join(own, _again(each, cls))
    return own


def object_class(kind: Kind) -> Any:
    """The class of the objects of a kind; None for others."""
    if isinstance(kind, Dict):
        return kind.cls
    return kind.record.cls if isinstance(kind, Tuple) and kind.record is not None and kind.record.is_object else None


def nests(kind: Kind) -> bool:
    """Whether an object holds one of its class, or may."""
    cls = object_class(kind)
    return cls is not None and any(_holds(part, cls) for part in _parts(kind))


def shallow(kind: Kind) -> Kind:
    """A kind that is folded if more than a few objects of one class lie in one another."""
    cls = object_class(kind)
    return folded(kind) if cls is not None and _depth(kind, cls) > _MOST else kind


def of_any_depth(a: Kind, b: Kind) -> tuple[Kind, Kind]:
    """The kinds of an object on two ways: folded if it is a list or a tree that has another form on each."""
    unlike = _skeleton(a, object_class(a)) != _skeleton(b, object_class(b))
    return (folded(a), folded(b)) if unlike else (a, b)


def _skeleton(kind: Kind, cls: Any) -> Any:
    """The objects of a class in a kind, each where it is held."""
    if cls is None or isinstance(kind, Again):
        return kind if isinstance(kind, Again) else None
    inner = tuple([_skeleton(part, cls) for part in _parts(kind)])
    return (cls, inner) if object_class(kind) is cls else inner if any(inner) else isinstance(kind, NoneKind)


def _depth(kind: Kind, cls: Any) -> int:
    inner = max([_depth(part, cls) for part in _parts(kind)], default=0)
    return inner + (object_class(kind) is cls)


def part_of(whole: Kind, part: Kind) -> Kind:
    """The kind of a part of an object: where it is another like the object itself, or None, that of the object."""
    cls = object_class(whole)
    return part if cls is None else _unfolded(part, cls, optional(whole))


def is_one_of(kind: Kind, whole: Kind) -> bool:
    """Whether values of a kind are objects with the very attributes of another, or None where that may be."""
    if isinstance(kind, Bottom):        # of a recursion that is being looked at
        return True
    if not isinstance(whole, Tuple) or object_class(whole) is None or whole.record is None:
        return object_class(kind) is None
    if isinstance(kind, NoneKind):
        return whole.record.optional
    if not isinstance(kind, Tuple) or kind.record is None or kind.record.cls is not whole.record.cls \
            or kind.record.names != whole.record.names or kind.record.optional and not whole.record.optional:
        return False
    return all(own == other if isinstance(own, Again) else is_one_of(own, part_of(whole, other))
               for own, other in zip(kind.elts, whole.elts))


def _unfolded(part: Kind, cls: Any, whole: Kind) -> Kind:
    if isinstance(part, Again):
        return whole if part.cls is cls else part
    if object_class(part) is cls:
        return part
    return _within(part, lambda each: _unfolded(each, cls, whole))


def _holds(kind: Kind, cls: Any) -> bool:
    return isinstance(kind, Again) and kind.cls is cls or object_class(kind) is cls or any(
        _holds(part, cls) for part in _parts(kind))


def _all_of(kind: Kind, cls: Any) -> list[Kind]:
    """The objects of a class in the parts of a kind."""
    found = []
    for part in _parts(kind):
        found += ([part] if object_class(part) is cls else []) + _all_of(part, cls)
    return found


def _again(kind: Kind, cls: Any) -> Kind:
    """An object in which each other one of its class is `Again`."""
    def change(part: Kind) -> Kind:
        return Again(cls) if object_class(part) is cls else _within(part, change)
    return _within(kind, change)


def _parts(kind: Kind) -> tuple[Kind, ...]:
    if isinstance(kind, Tuple):
        return kind.elts
    if isinstance(kind, (List, Iterator)):
        return (kind.elt,)
    if isinstance(kind, Dict):
        return tuple([each for _, each in kind.items]) if kind.items is not None else (kind.elt,)
    if isinstance(kind, FunctionKind):
        return kind.captured
    return tuple(kind.functions) if isinstance(kind, Closures) else ()


def _within(kind: Kind, change: Callable[[Kind], Kind]) -> Kind:
    """A kind with its parts changed; the same one if none is."""
    if isinstance(kind, Tuple):
        elts = tuple(map(change, kind.elts))
        return kind if elts == kind.elts else Tuple(elts, kind.record)
    if isinstance(kind, (List, Iterator)):
        return replace(kind, elt=change(kind.elt))
    if isinstance(kind, Dict):
        if kind.items is None:
            return replace(kind, elt=change(kind.elt))
        items = tuple([(key, change(each)) for key, each in kind.items])
        return kind if items == kind.items else replace(kind, items=items, elt=join_all(k for _, k in items))
    if isinstance(kind, FunctionKind):
        return replace(kind, captured=tuple(map(change, kind.captured)))
    return kind
