"""Extents: which are equal, how they broadcast, what a slice leaves, and what un-broadcasting has to sum.

A `Sym` is an extent known not to be 1.  Two of them that meet in an elementwise operation must be equal, which a
`Scope` records for the code that runs only if that operation ran.
"""
from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from tangent2.core.kinds import (
    NOT_ONE, OWN_MANY, Array, Closures, Derived, Dict, Dim, FunctionKind, Iterator, Kind, List, Number, Objects,
    Records, Sliced, Sym,
    Tuple, join, may_be_one,
)

Shape = tuple[Dim, ...]


def same_extent(a: Dim, b: Dim) -> bool:
    """Whether two extents are surely equal; `None` and `NOT_ONE` are not even equal to themselves."""
    return a is not None and a == b and a != NOT_ONE


def shape_of(kind: Kind) -> Shape | None:
    """The extents of a number or an array, None if unknown."""
    if isinstance(kind, Array):
        return kind.shape
    return () if isinstance(kind, Number) else None


def same_shape(a: Kind, b: Kind) -> bool | None:
    """Whether two values surely have (True) or surely have not (False) the same shape.

    >>> same_shape(Array("float64", (Sym(0),)), Array("int64", (Sym(0),)))
    True
    >>> same_shape(Array("float64", (Sym(0),)), Array("float64", (1,)))
    False
    """
    s, t = shape_of(a), shape_of(b)
    if s is None or t is None:
        return None
    if len(s) != len(t):
        return False
    if all(map(same_extent, s, t)):
        return True
    return False if any(map(_differ, s, t)) else None


def _differ(a: Dim, b: Dim) -> bool:
    if isinstance(a, int) and isinstance(b, int):
        return a != b
    return (a == 1 and not may_be_one(b)) or (b == 1 and not may_be_one(a))


@dataclass(frozen=True, slots=True)
class ReduceAxes:
    """What un-broadcasting sums: axes that vanish (`drop`, None: all there are) and axes that stay with extent 1."""

    drop: tuple[int, ...] | None = ()
    keep: tuple[int, ...] = ()

    @property
    def nothing(self) -> bool:
        return self.drop == () and not self.keep


SAME = ReduceAxes()
ALL = ReduceAxes(None)


def reduction(from_kind: Kind, to_kind: Kind) -> ReduceAxes | None:
    """How a cotangent of kind `from_kind` is un-broadcast to an operand of kind `to_kind`; None: not known.

    The operand is one that was broadcast to the cotangent's shape, so an axis surely not 1 needs no sum.

    >>> reduction(Array("float64", (Sym(0), Sym(1))), Array("float64", (Sym(3),)))
    ReduceAxes(drop=(0,), keep=())
    >>> reduction(Array("float64", (Sym(0), Sym(1))), Array("float64", (1, Sym(1))))
    ReduceAxes(drop=(), keep=(0,))
    >>> reduction(Array("float64", (Sym(0),)), Number()).drop, reduction(Array("float64", (Sym(0),)), Array()) is None
    ((0,), True)
    """
    source, target = shape_of(from_kind), shape_of(to_kind)
    if target is None:
        return None
    if source is None:
        return ALL if target == () and isinstance(from_kind, Array) else None
    extra = len(source) - len(target)
    if extra < 0:
        return None
    keep = []
    for axis, (s, t) in enumerate(zip(source[extra:], target), extra):
        if t == 1:
            if s != 1:
                keep.append(axis)
        elif may_be_one(t) and s != 1 and not same_extent(s, t):
            return None
    return ReduceAxes(tuple(range(extra)), tuple(keep)) if extra or keep else SAME


def broadcast_dims(a: Dim, b: Dim) -> Dim:
    """The extent of an axis on which two operands meet elementwise.

    >>> broadcast_dims(1, Sym(0)), broadcast_dims(Sym(0), Sym(1)), broadcast_dims(None, Sym(1))
    (Sym(index=0), Sym(index=0), Sym(index=1))
    >>> broadcast_dims(None, None) is None
    True
    """
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if not may_be_one(a):
        # a is the extent, and so is b unless it is 1; the one that says more is kept
        vague = a == NOT_ONE or isinstance(a, Derived)
        return b if vague and not may_be_one(b) or isinstance(b, int) else a
    return None if may_be_one(b) else b


def broadcast(*shapes: Shape | None) -> Shape | None:
    """The shape of an elementwise result; None if a rank is unknown.

    >>> broadcast((Sym(0), Sym(1)), (1,), ())
    (Sym(index=0), Sym(index=1))
    """
    result: Shape = ()
    for shape in shapes:
        if shape is None:
            return None
        if shape == result or not shape:
            continue
        if len(shape) > len(result):
            shape, result = result, shape
        extra = len(result) - len(shape)
        result = result[:extra] + tuple(map(broadcast_dims, result[extra:], shape))
    return result


def matmul_shape(a: Shape, b: Shape) -> Shape | None:
    """The extents of a matrix product of two known shapes."""
    if len(a) == 1:
        return b[:-2] + b[-1:] if len(b) > 1 else ()
    if len(b) == 1:
        return a[:-1]
    lead = broadcast(a[:-2], b[:-2])
    return None if lead is None else (*lead, a[-2], b[-1])


def slice_dim(base: Dim, lower: Any, upper: Any, step: Any) -> Dim:
    """The extent that `[lower:upper:step]` leaves of `base`; bounds are literals, or hashable stand-ins for values.

    >>> slice_dim(Sym(0), 2, None, None) == slice_dim(Sym(0), None, -2, None) == slice_dim(Sym(0), 1, -1, None)
    True
    >>> slice_dim(slice_dim(Sym(0), 1, None, None), None, -1, None)
    Sliced(base=Sym(index=0), less=2, slice=None)
    >>> slice_dim(5, 1, None, 2), slice_dim(Sym(0), None, None, -1)
    (2, Sym(index=0))
    """
    literal = all(b is None or type(b) is int for b in (lower, upper, step))
    if literal and isinstance(base, int):
        return len(range(base)[slice(lower, upper, step)]) if step != 0 else None
    if upper is None and (lower in (None, 0) and step in (None, 1) or lower is None and step == -1):
        return base
    if base is None or base == NOT_ONE:
        return None
    start = 0 if lower is None else lower
    if literal and step in (None, 1) and start >= 0 and (upper is None or upper < 0):
        less = start - (upper or 0)
        again = isinstance(base, Sliced) and base.slice is None
        return Sliced(base.base, base.less + less) if again else Sliced(base, less)   # type: ignore[union-attr]
    return Sliced(base, 0, (lower, upper, step))


# ------------------------------------------------------------------------------------------------- rewriting extents


def own_extents(kind: Kind, value: Any) -> Kind:
    """The kind of a value whose extents, where nothing is known of them, are those that this very value has.

    Then what is computed of it elementwise is known to have its shape.

    >>> kind = own_extents(Array("float64", (Sym(0), None)), "y")
    >>> kind.shape[1], same_shape(kind, kind)
    (Derived(how=('own', 'y', 1)), True)
    """
    if type(kind) is not Array or not kind.shape or None not in kind.shape and NOT_ONE not in kind.shape:
        return kind
    names = {None: "own", NOT_ONE: OWN_MANY}
    return Array(kind.dtype, tuple([Derived((names[d], value, k)) if d in names else d
                                    for k, d in enumerate(kind.shape)]))


def map_dims(kind: Kind, dim: Callable[[Dim], Dim]) -> Kind:
    """A kind with every extent in it mapped; the same object if nothing changes."""
    if isinstance(kind, Array):
        if not kind.shape:
            return kind
        shape = tuple([dim(d) for d in kind.shape])
        return kind if shape == kind.shape else Array(kind.dtype, shape)
    if isinstance(kind, Tuple):
        elts = tuple([map_dims(k, dim) for k in kind.elts])
        return kind if elts == kind.elts else Tuple(elts, kind.record)
    if isinstance(kind, List):
        elt = map_dims(kind.elt, dim)
        return kind if elt is kind.elt else List(elt, kind.tape, kind.length)
    if isinstance(kind, Iterator):
        return Iterator(map_dims(kind.elt, dim))
    if isinstance(kind, (Objects, Records)):
        return replace(kind, variants=frozenset([map_dims(k, dim) for k in kind.variants]))
    if isinstance(kind, Dict):
        items = None if kind.items is None else tuple([(k, map_dims(v, dim)) for k, v in kind.items])
        return Dict(items, map_dims(kind.elt, dim), kind.cls, kind.optional, kind.partial)
    if isinstance(kind, FunctionKind):
        return FunctionKind(kind.callee, tuple([map_dims(k, dim) for k in kind.captured]))
    if isinstance(kind, Closures):
        return Closures(frozenset([map_dims(k, dim) for k in kind.functions]))      # type: ignore[misc]
    return kind


def map_syms(dim: Dim, sym: Callable[[Any], Dim]) -> Dim:
    """An extent with the symbols (and values) that it is computed from mapped; None if one of them becomes None."""
    if dim is None or type(dim) is int:
        return dim
    if isinstance(dim, Sym):
        return sym(dim)
    if isinstance(dim, Sliced):
        base = map_syms(dim.base, sym)
        bounds = None if dim.slice is None else tuple([_map_part(b, sym) for b in dim.slice])
        if base is None or base == NOT_ONE or bounds is not None and _lost(dim.slice, bounds):
            return None
        return Sliced(base, dim.less, bounds)
    assert isinstance(dim, Derived)
    how = tuple([_map_part(part, sym) for part in dim.how])
    return None if _lost(dim.how, how) or NOT_ONE in how else Derived(how)


def _map_part(part: Any, sym: Callable[[Any], Any]) -> Any:
    if isinstance(part, (Sliced, Derived)):
        return map_syms(part, sym)
    return part if part is None or isinstance(part, (int, str)) else sym(part)


def _lost(before: Any, after: Any) -> bool:
    return any(b is None and a is not None for a, b in zip(before, after))


def canonical(kinds: tuple[Kind, ...]) -> tuple[tuple[Kind, ...], dict[Any, Any]]:
    """Kinds with their symbols numbered in order of appearance, and what the new symbols stand for.

    What an extent was computed from, other than symbols, is forgotten: a callee must not see its caller's values.

    >>> canonical((Array("float64", (Sym(7), Sym(2))), Array("float64", (Sym(7),))))[0][1].shape
    (Sym(index=0),)
    """
    new: dict[Any, Any] = {}

    def sym(part: Any) -> Any:
        if part == NOT_ONE or not isinstance(part, Sym):
            return part if part == NOT_ONE else None
        return new.setdefault(part, Sym(len(new)))

    if not any(map(_has_extents, kinds)):
        return kinds, {}
    renamed = tuple([map_dims(k, lambda d: _left(d, map_syms(d, sym))) for k in kinds])
    return renamed, {n: old for old, n in new.items()}


def _has_extents(kind: Kind) -> bool:
    return not isinstance(kind, Number)


def forget_extents(kind: Kind) -> Kind:
    """A kind of which no more is said of extents than that they are, or are not, 1.

    >>> forget_extents(Array("float64", (Sliced(Sym(0), 1), 1))).shape
    (None, 1)
    """
    return map_dims(kind, lambda d: d if d == 1 else None if may_be_one(d) else NOT_ONE)


def rename(kind: Kind, names: dict[Any, Any]) -> Kind:
    """A callee's result kind in the caller's symbols: what `canonical` renamed is renamed back, the rest forgotten."""
    def sym(part: Any) -> Any:
        return names.get(part, NOT_ONE if isinstance(part, Sym) else None)
    return map_dims(kind, lambda d: _left(d, map_syms(d, sym)))


def _left(before: Dim, after: Dim) -> Dim:
    """What is known of an extent once it is forgotten what it was computed from: that it is not 1."""
    return NOT_ONE if after is None and before is not None and not may_be_one(before) else after


@lru_cache(maxsize=4096)
def _depends(dim: Dim) -> frozenset[Any]:
    found: set[Any] = set()

    def part(p: Any) -> Any:
        found.add(p)
        return p
    map_syms(dim, part)
    return frozenset(found)


def forget(kind: Kind, gone: Callable[[], Container[Any]]) -> Kind:
    """A kind without the extents computed from values in `gone()`, which differ from one iteration to the next."""
    def dim(d: Dim) -> Dim:
        if isinstance(d, (Sliced, Derived)):
            parts = [p for p in _depends(d) if not isinstance(p, Sym)]
            if parts and any(p in gone() for p in parts):
                return _left(d, None)
        return d
    return map_dims(kind, dim)


def join_in(a: Kind, scope: Scope, b: Kind, its_scope: Scope) -> Kind:
    """Join the kinds that two paths give, each in the symbols of its own scope.

    >>> then, orelse = Scope(), Scope()
    >>> then.unify_dims(Sym(0), Sym(1))
    >>> join_in(Array("float64", (Sym(0),)), then, Array("float64", (Sym(1),)), orelse).shape
    (Sym(index=1),)
    """
    if a == b:
        return a
    if its_scope.equal and its_scope.kind(a) == b:
        return a
    if scope.equal and scope.kind(b) == a:
        return b
    return join(a, b)


class Scope:
    """Which symbols are equal: found in a region, they hold in it and in what it encloses, not outside."""

    __slots__ = ("equal",)

    def __init__(self, outer: Scope | None = None) -> None:
        self.equal: dict[Any, Any] = {} if outer is None else dict(outer.equal)

    def find(self, sym: Any) -> Any:
        while sym in self.equal:
            sym = self.equal[sym]
        return sym

    def dim(self, dim: Dim) -> Dim:
        return map_syms(dim, self.find) if self.equal else dim

    def kind(self, kind: Kind) -> Kind:
        """A kind in the symbols that stand for their classes."""
        return map_dims(kind, self.dim) if self.equal else kind

    def unify_dims(self, a: Dim, b: Dim) -> None:
        """Record that two extents, if both are symbols, are equal; the lower-numbered one stands for both.

        >>> scope = Scope()
        >>> scope.unify_dims(Sym(0), Sym(2))
        >>> scope.kind(Array("float64", (Sym(2), Sliced(Sym(2), 1)))).shape
        (Sym(index=0), Sliced(base=Sym(index=0), less=1, slice=None))
        """
        if type(a) is not Sym or type(b) is not Sym or a == b or NOT_ONE in (a, b):
            return
        first, second = self.find(a), self.find(b)
        if first != second:
            low, high = (first, second) if first.index < second.index else (second, first)
            self.equal[high] = low

    def unify(self, a: Shape | None, b: Shape | None) -> None:
        """Record what elementwise operands of these shapes tell, axis by axis from the last."""
        if a is not None and b is not None and a != b:
            for x, y in zip(reversed(a), reversed(b)):
                self.unify_dims(x, y)
