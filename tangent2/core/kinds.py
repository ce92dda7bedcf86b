"""Kinds: what is known about a value before the code runs, and how two kinds join.

A kind is a number (dtype), an array (dtype and extents), a container of kinds, a function, or `UNKNOWN`.
`BOTTOM` is the kind of nothing (an unbound path, the elements of an empty list) and joins with anything.
Extents are symbolic (`extents.py`).
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tangent2.core.dtypes import INEXACT, either_dtype, join_dtypes, widest
from tangent2.core.extents import NOT_ONE, OWN_MANY, Derived, Dim, Sliced, Sym, join_dims, may_be_one
from tangent2.core.functions import home_of, label_of
from tangent2.core.objects import has_methods, ordered
from tangent2.core.syntax import Callee, Function

if TYPE_CHECKING:
    from tangent2.core.prims import Prim


class Kind:
    """Base of all kinds."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A Python or NumPy scalar.  `weak`: a Python number, which takes the dtype of what it meets (NumPy 2).

    Of what is one of two numbers the dtype is open, from the widest to the narrowest: `float64|int64`.
    """

    dtype: str = "float64"
    weak: bool = True


@dataclass(frozen=True, slots=True)
class Array(Kind):
    """An ndarray.  `dtype` or `shape` is None where unknown; 0-d arrays have `shape=()`.  A dtype may be open, too.

    Of unknown rank it may be a number, but no list, tuple or string; it is `solid` if it has axes, however many.
    """

    dtype: str | None = "float64"
    shape: tuple[Dim, ...] | None = None
    solid: bool = field(default=False, repr=False)

    @property
    def rank(self) -> int | None:
        return None if self.shape is None else len(self.shape)

    @property
    def is_array(self) -> bool:
        return self.shape is not None or self.solid

    @property
    def has_axes(self) -> bool:
        return bool(self.shape) or self.solid


@dataclass(frozen=True, slots=True)
class Record:
    """The class of a tuple with names, and those of its elements; `is_object`: these are the attributes of an object.

    While the text speaks of memory an object is a dict of its attributes, afterwards a tuple (`objectkinds.py`).
    """

    cls: Any
    names: tuple[str, ...]
    is_object: bool = False
    optional: bool = False      # it may be None

    @property
    def is_closure(self) -> bool:
        """Whether it is none of a class, but tells which function a tuple is."""
        return isinstance(self.cls, Callee)


@dataclass(frozen=True, slots=True)
class Tuple(Kind):
    elts: tuple[Kind, ...] = ()
    record: Record | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class List(Kind):
    """A list whose elements all have kind `elt`; `tape`: made by recording, empty once the reverse sweep is done.

    `length` is known of displays, until something is appended or popped.
    """

    elt: Kind
    tape: bool = False
    length: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Dict(Kind):
    """A dict: `items` by constant key where all keys are known, else `items` is None and `elt` joins the values.

    `cls`: it stands for an object of this class, of which it holds the attributes.
    """

    items: tuple[tuple[Any, Kind], ...] | None
    elt: Kind
    cls: Any = None
    optional: bool = False      # it may be None


@dataclass(frozen=True, slots=True)
class Range(Kind):
    pass


@dataclass(frozen=True, slots=True)
class Iterator(Kind):
    """`enumerate`, `zip`, `reversed`, a dict view: what iteration gives is `elt`."""

    elt: Kind


@dataclass(frozen=True, slots=True)
class Str(Kind):
    pass


@dataclass(frozen=True, slots=True)
class NoneKind(Kind):
    pass


@dataclass(frozen=True, slots=True)
class FunctionKind(Kind):
    """A function value: `callee.core` takes the captured values first, then the arguments; or a primitive."""

    callee: Callee | Prim
    captured: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Object(Kind):
    """Anything through which no derivative flows: modules, slices, files, sets, random generators."""

    cls: str = "object"


@dataclass(frozen=True, slots=True)
class Module(Object):
    """A module that is known."""

    module: Any = None


@dataclass(frozen=True, slots=True)
class Functions(Object):
    """One of several functions, each of which has a name of its own."""

    callees: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True)
class Class(Kind):
    """A class of the user's."""

    cls: Any


@dataclass(frozen=True, slots=True)
class Unknown(Kind):
    pass


@dataclass(frozen=True, slots=True)
class Lost(Unknown):
    """Unknown, but that it may be an object of one of these classes, or hold such (`lostkinds.py`); `bare`: one without
    attributes."""

    classes: frozenset[Any] = frozenset()
    held: frozenset[Any] = frozenset()
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Bottom(Kind):
    pass


@dataclass(frozen=True, slots=True)
class Closures(Unknown):
    """One of several functions, of which some captured values; where it is kept such a one is a tuple with its label.

    A function with a name of its own is that function itself.
    """

    functions: frozenset[FunctionKind] = frozenset()


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
            return _optional(b) if nothing is NoneKind else b
        if isinstance(b, nothing):
            return _optional(a) if nothing is NoneKind else a
    if isinstance(a, FunctionKind) and isinstance(b, FunctionKind) and a.callee == b.callee \
            and len(a.captured) == len(b.captured):
        return FunctionKind(a.callee, tuple(join(x, y, depth - 1) for x, y in zip(a.captured, b.captured)))
    if isinstance(a, (FunctionKind, Functions, Closures)) and isinstance(b, (FunctionKind, Functions, Closures)):
        return _one_of(a, b, depth)
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
    cls = kind.cls if isinstance(kind, Dict) else None
    if isinstance(kind, Tuple) and kind.record is not None and not kind.record.is_closure:
        cls = kind.record.cls if kind.record.is_object or has_methods(kind.record.cls) else None
    return frozenset() if cls is None else frozenset([cls])


def held_classes(kind: Kind) -> frozenset[Any]:
    """The classes of the objects that a value of a kind may hold, as attributes or elements, or those of these."""
    if isinstance(kind, Lost):
        return kind.held
    return frozenset().union(*[own_classes(part) | held_classes(part) for part in _parts(kind)])


def is_bare(kind: Kind) -> bool:
    """Whether a value may be an object that has no attributes."""
    if isinstance(kind, Lost):
        return kind.bare
    return bool(own_classes(kind)) and not _parts(kind)


def _parts(kind: Kind) -> tuple[Kind, ...]:
    """The kinds of what a value holds."""
    if isinstance(kind, Dict):
        return (kind.elt,) if kind.items is None else tuple([each for _, each in kind.items])
    if isinstance(kind, (Tuple, List, Iterator)):
        return kind.elts if isinstance(kind, Tuple) else (kind.elt,)
    return kind.captured if isinstance(kind, FunctionKind) else tuple(getattr(kind, "functions", ()))


def _one_of(a: FunctionKind | Functions | Closures, b: FunctionKind | Functions | Closures, depth: int) -> Kind:
    """The kind of a function that is one of several."""
    found: dict[Any, Kind] = {kind.callee: kind for kind in _each(a)}
    for kind in _each(b):
        found[kind.callee] = join(found.get(kind.callee, BOTTOM), kind, depth)
    if isinstance(a, (FunctionKind, Functions)) and isinstance(b, (FunctionKind, Functions)) \
            and all(map(home_of, found)):
        return Functions("function", frozenset(found))
    inside = [callee for callee in found if not home_of(callee)]
    told_apart = len(set(map(label_of, inside))) == len(inside) and all(map(is_closure, map(found.get, inside)))
    return Closures(frozenset(found.values())) if told_apart else _neither(a, b)       # type: ignore[arg-type]


def is_closure(kind: Kind | None) -> bool:
    """Whether a kind is that of a function that is defined inside another one: kept, it is a tuple."""
    return isinstance(kind, FunctionKind) and isinstance(kind.callee, Callee) and (
        bool(kind.captured) or isinstance(kind.callee.key, Function))


def _each(kind: FunctionKind | Functions | Closures) -> Iterable[FunctionKind]:
    if isinstance(kind, Functions):
        return map(FunctionKind, kind.callees)
    return kind.functions if isinstance(kind, Closures) else [kind]


def _optional(kind: Kind) -> Kind:
    """The kind of what is this or None: of objects and closures that is known, other kinds say nothing of it."""
    if isinstance(kind, Dict) and kind.cls is not None:
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
        return Dict(items, join_all(k for _, k in items), a.cls, a.optional or b.optional)
    if a.cls is not None:
        return _join_objects(a, b, depth)
    return Dict(None, join(a.elt, b.elt, depth - 1))


def _joined_records(a: Record | None, b: Record | None) -> Record | None:
    """Of two that differ; None unless only in whether there may be None."""
    if a is None or b is None or replace(a, optional=True) != replace(b, optional=True):
        return None
    return replace(a, optional=True)


def _join_objects(a: Dict, b: Dict, depth: int) -> Kind:
    """Two objects of one class: the order of their attributes does not matter, but they must have the same."""
    mine, other = dict(a.items or ()), dict(b.items or ())
    if mine.keys() != other.keys():
        return _neither(a, b)
    joined = {name: join(kind, other[name], depth - 1) for name, kind in mine.items()}
    return replace(object_kind(a.cls, joined), optional=a.optional or b.optional)


def object_kind(cls: Any, items: Mapping[str, Kind]) -> Dict:
    """The kind of an object of a class with these attributes, as long as memory matters."""
    return Dict(tuple([(name, items[name]) for name in ordered(cls, items)]), join_all(items.values()), cls)


def join_all(kinds: Any) -> Kind:
    result: Kind = BOTTOM
    for kind in kinds:
        result = join(result, kind)
    return result


__all__ = ["NOT_ONE", "OWN_MANY", "Derived", "Sliced", "Sym", "may_be_one"]      # of `extents.py`
