"""Kinds: what is known about a value before the code runs, and how two kinds join.

A kind is a number (dtype), an array (dtype and extents), a container of kinds, a function, or `UNKNOWN`.
`BOTTOM` is the kind of nothing (an unbound path, the elements of an empty list) and joins with anything.
Extents are symbolic (`extents.py`).
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tangent2.core.dtypes import INEXACT, either_dtype, join_dtypes, widest
from tangent2.core.extents import (
    NOT_ONE as NOT_ONE, OWN_MANY as OWN_MANY, Derived as Derived, Dim as Dim, Sliced as Sliced, Sym as Sym,
    join_dims, may_be_one as may_be_one,
)
from tangent2.core.functions import home_of, label_of
from tangent2.core.objects import has_methods, ordered
from tangent2.core.sorts import (
    Again as Again, Array as Array, Bottom as Bottom, Class as Class, Closures as Closures, Dict as Dict,
    FunctionKind as FunctionKind, Functions as Functions, Iterator as Iterator, Kind as Kind, List as List,
    Lost as Lost, Module as Module, NoneKind as NoneKind, Number as Number, Object as Object, Objects as Objects,
    Range as Range, Record as Record, Records as Records, Str as Str, Tuple as Tuple, Unknown as Unknown,
)
from tangent2.core.syntax import Callee, Function

UNKNOWN, BOTTOM, NONE, STR, OBJECT = Unknown(), Bottom(), NoneKind(), Str(), Object()
ERROR = Object("error")         # an exception of which nobody reads what it holds
NOT_IMPLEMENTED = Object(type(NotImplemented).__qualname__)
KEY = Object("key")             # a key of a dict: a number, a string or something else, without a derivative
NUMERIC = Array(None, None)     # a number or an array
FLOAT, INT, BOOL, COMPLEX = Number("float64"), Number("int64"), Number("bool"), Number("complex128")


def is_inexact(kind: Kind) -> bool:
    """Whether a derivative may flow through a value of this kind (unknown kinds may)."""
    if isinstance(kind, (Number, Array)):
        return kind.dtype is None or widest(kind.dtype) in INEXACT
    if isinstance(kind, Tuple):
        return any(map(is_inexact, kind.elts))
    if isinstance(kind, Dict):
        return is_inexact(kind.elt) or any(is_inexact(k) for _, k in kind.items or ())
    if isinstance(kind, (List, Iterator)):
        return is_inexact(kind.elt)
    if isinstance(kind, FunctionKind):
        return any(map(is_inexact, kind.captured))
    return isinstance(kind, Unknown)


def join(a: Kind, b: Kind, depth: int = 6) -> Kind:
    """The least kind that both are.  `None` joins with a kind to that kind (an optional value).

    Numbers join to a number: an `s = 0` that a loop turns into a float is a float to all derivatives, but what is made
    of it may be an array of whole numbers.

    >>> join(BOTTOM, FLOAT) == FLOAT, join(List(BOTTOM), List(FLOAT)) == List(FLOAT), join(FLOAT, INT).dtype
    (True, True, 'float64|int64')
    >>> join(FLOAT, Array())
    Unknown()
    """
    if a == b:
        return a
    for nothing in (Bottom, NoneKind):
        if isinstance(a, nothing):
            return optional(b) if nothing is NoneKind else b
        if isinstance(b, nothing):
            return optional(a) if nothing is NoneKind else a
    if isinstance(a, FunctionKind) and isinstance(b, FunctionKind) and a.callee == b.callee \
            and len(a.captured) == len(b.captured):
        return FunctionKind(a.callee, tuple(join(x, y, depth - 1) for x, y in zip(a.captured, b.captured)))
    if isinstance(a, (FunctionKind, Functions, Closures)) and isinstance(b, (FunctionKind, Functions, Closures)):
        return _one_of(a, b, depth)
    if len({**variants(a), **variants(b)}) > 1:
        return _of_classes(a, b, depth)
    if depth == 0 or type(a) is not type(b):
        return _neither(a, b)
    if isinstance(a, Number) and isinstance(b, Number):
        return _join_numbers(a, b)
    if isinstance(a, Array) and isinstance(b, Array):
        return either_array(a, b, join_dtypes(a.dtype, b.dtype), join_dims)
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.elts) == len(b.elts):
        record = a.record if a.record == b.record else _joined_records(a.record, b.record)
        if record is None and (own_classes(a) or own_classes(b)):
            return _neither(a, b)
        return Tuple(tuple(join(x, y, depth - 1) for x, y in zip(a.elts, b.elts)), record)
    if isinstance(a, List) and isinstance(b, List):
        length = a.length if a.length == b.length else None
        return List(join(a.elt, b.elt, depth - 1), a.tape and b.tape, length)
    if isinstance(a, Iterator) and isinstance(b, Iterator):
        return Iterator(join(a.elt, b.elt, depth - 1))
    if isinstance(a, Dict) and isinstance(b, Dict):
        return _join_dicts(a, b, depth) if a.cls is b.cls else _neither(a, b) if a.cls or b.cls else \
            _join_dicts(a, b, depth)
    return OBJECT if isinstance(a, Object) else _neither(a, b)


def _neither(a: Kind, b: Kind) -> Kind:
    """The kind of what is one or the other, which have nothing in common: what remains are classes of objects."""
    own, held = own_classes(a) | own_classes(b), held_classes(a) | held_classes(b)
    return Lost(own, held, is_bare(a) or is_bare(b)) if own or held else UNKNOWN


def own_classes(kind: Kind) -> frozenset[Any]:
    """The classes of which a value of a kind itself may be an object."""
    if isinstance(kind, Lost):
        return kind.classes
    if kind == NOT_IMPLEMENTED:     # given by the method of an operator, it must not be taken for the truth
        return frozenset([type(NotImplemented)])
    if isinstance(kind, Again):
        return frozenset([kind.cls])
    record = kind.record if isinstance(kind, Tuple) else None
    if record is not None and not record.is_object and not record.is_closure and has_methods(record.cls):
        return frozenset([record.cls])
    return frozenset(variants(kind))


def held_classes(kind: Kind) -> frozenset[Any]:
    """The classes of the objects that a value of a kind may hold, as attributes or elements, or those of these."""
    if isinstance(kind, Lost):
        return kind.held
    return frozenset().union(*[own_classes(part) | held_classes(part) for part in parts_of(kind)])


def is_bare(kind: Kind) -> bool:
    """Whether a value may be an object that has no attributes."""
    if isinstance(kind, Lost):
        return kind.bare
    if isinstance(kind, (Objects, Records)):
        return any(map(is_bare, kind.variants))
    return bool(own_classes(kind)) and not isinstance(kind, Again) and not parts_of(kind)


def _one_of(a: FunctionKind | Functions | Closures, b: FunctionKind | Functions | Closures, depth: int) -> Kind:
    """The kind of a function that is one of several."""
    found: dict[Any, Kind] = {kind.callee: kind for kind in _each(a)}
    for kind in _each(b):
        found[kind.callee] = join(found.get(kind.callee, BOTTOM), kind, depth)
    if isinstance(a, (FunctionKind, Functions)) and isinstance(b, (FunctionKind, Functions)) \
            and all(map(home_of, found)):
        return Functions("function", frozenset(found))
    inside = [callee for callee in found if not home_of(callee)]
    told_apart = all(map(is_closure, map(found.get, inside))) and len(set(map(label_of, inside))) == len(inside)
    return Closures(frozenset(found.values())) if told_apart else _neither(a, b)       # type: ignore[arg-type]


def is_closure(kind: Kind | None) -> bool:
    """Whether a kind is that of a function that is defined inside another one: kept, it is a tuple."""
    return isinstance(kind, FunctionKind) and isinstance(kind.callee, Callee) and (
        bool(kind.captured) or isinstance(kind.callee.key, Function))


def _each(kind: FunctionKind | Functions | Closures) -> Iterable[FunctionKind]:
    if isinstance(kind, Functions):
        return map(FunctionKind, kind.callees)
    return kind.functions if isinstance(kind, Closures) else [kind]


def variants(kind: Kind) -> dict[Any, Kind]:
    """What an object is by each of the classes that it may be of; nothing of other kinds."""
    if isinstance(kind, (Objects, Records)):
        return {cls: own for each in kind.variants for cls, own in variants(each).items()}
    if isinstance(kind, Dict) and kind.cls is not None:
        return {kind.cls: replace(kind, optional=False)}
    if isinstance(kind, Tuple) and kind.record is not None and kind.record.is_object:
        return {kind.record.cls: Tuple(kind.elts, replace(kind.record, optional=False))}
    return {}


def is_optional(kind: Kind) -> bool:
    """Whether what a kind says is an object may be None."""
    if isinstance(kind, Tuple):
        return kind.record is not None and kind.record.optional
    return isinstance(kind, (Dict, Records)) and kind.optional


def _of_classes(a: Kind, b: Kind, depth: int) -> Kind:
    """The kind of an object of one of several classes; nothing is known of it where their names do not tell which."""
    mine, other = variants(a), variants(b)
    found = {cls: join(mine.get(cls, BOTTOM), other.get(cls, BOTTOM), depth) for cls in {**mine, **other}}
    if not mine or not other or len({cls.__name__ for cls in found}) < len(found) \
            or any(variants(kind).keys() != {cls} for cls, kind in found.items()) \
            or any(_may_hold(part, found.keys()) for kind in found.values() for part in parts_of(kind)):
        return _neither(a, b)
    return of_classes(found.values(), is_optional(a) or is_optional(b))


def parts_of(kind: Kind) -> list[Kind]:
    """The kinds of what is in a value."""
    if isinstance(kind, Dict) and kind.items is not None:
        return [each for _, each in kind.items]
    if isinstance(kind, (Objects, Records)):
        return [part for each in kind.variants for part in parts_of(each)]
    if isinstance(kind, (List, Dict, Iterator)):
        return [kind.elt]
    if isinstance(kind, Closures):
        return list(kind.functions)
    return list(kind.elts if isinstance(kind, Tuple) else kind.captured if isinstance(kind, FunctionKind) else ())


def _may_hold(kind: Kind, classes: Iterable[Any]) -> bool:
    """Whether there may be an object of one of several classes, of which are some of these: such kinds have no end."""
    own = isinstance(kind, (Objects, Records)) and not variants(kind).keys().isdisjoint(classes)
    return own or any(_may_hold(part, classes) for part in parts_of(kind))


def of_classes(kinds: Iterable[Kind], optional: bool = False) -> Kind:
    """The kind of an object that is one of these, each of a class of its own."""
    held = frozenset(kinds)
    if any(isinstance(kind, Dict) for kind in held):
        return Objects(None, UNKNOWN, object, optional, variants=held)
    return Records(held, optional)


def optional(kind: Kind) -> Kind:
    """The kind of what is this or None: of objects and closures that is known, other kinds say nothing of it."""
    if isinstance(kind, Dict) and kind.cls is not None or isinstance(kind, Records):
        return replace(kind, optional=True)
    if is_closure(kind):
        return Closures(frozenset([kind]))      # type: ignore[list-item]
    if isinstance(kind, Tuple) and kind.record is not None and kind.record.is_object:
        return Tuple(kind.elts, replace(kind.record, optional=True))
    return kind


def _join_numbers(a: Number, b: Number) -> Number:
    return Number(either_dtype(a.dtype, b.dtype), a.weak and b.weak)


def either_array(a: Array, b: Array, dtype: str | None, dims: Callable[[Dim, Dim], Dim]) -> Array:
    """One of two arrays; `dims` gives the extent that is one or the other."""
    if a.shape is not None and b.shape is not None and len(a.shape) == len(b.shape):
        return Array(dtype, tuple(map(dims, a.shape, b.shape)))
    return Array(dtype, None, a.has_axes and b.has_axes)


def _join_dicts(a: Dict, b: Dict, depth: int) -> Kind:
    if a.items is not None and b.items is not None and [k for k, _ in a.items] == [k for k, _ in b.items]:
        items = tuple((k, join(x, y, depth - 1)) for (k, x), (_, y) in zip(a.items, b.items))
        return _either(Dict(items, join_all(k for _, k in items), a.cls), a, b)
    if a.cls is not None:
        return _join_objects(a, b, depth)
    return Dict(None, join(a.elt, b.elt, depth - 1))


def _joined_records(a: Record | None, b: Record | None) -> Record | None:
    """Of two that differ; None unless only in whether there may be None, or attributes may be missing."""
    if a is None or b is None or (a.cls, a.names, a.is_object) != (b.cls, b.names, b.is_object):
        return None
    return replace(a, optional=a.optional or b.optional, partial=a.partial | b.partial)


def _join_objects(a: Dict, b: Dict, depth: int) -> Kind:
    """Two objects of one class: the order of their attributes does not matter, but they must have the same."""
    mine, other = dict(a.items or ()), dict(b.items or ())
    if mine.keys() != other.keys():
        return _neither(a, b)
    joined = {name: join(kind, other[name], depth - 1) for name, kind in mine.items()}
    return _either(object_kind(a.cls, joined), a, b)


def _either(kind: Dict, a: Dict, b: Dict) -> Dict:
    """The kind of an object that is one of two: what either may lack it may lack."""
    return replace(kind, optional=a.optional or b.optional, partial=a.partial | b.partial)


def object_kind(cls: Any, items: Mapping[str, Kind]) -> Dict:
    """The kind of an object of a class with these attributes, as long as memory matters."""
    return Dict(tuple([(name, items[name]) for name in ordered(cls, items)]), join_all(items.values()), cls)


def join_all(kinds: Any) -> Kind:
    result: Kind = BOTTOM
    for kind in kinds:
        result = join(result, kind)
    return result


__all__ = ["NOT_ONE", "OWN_MANY", "Derived", "Sliced", "Sym", "may_be_one"]      # of `extents.py`
