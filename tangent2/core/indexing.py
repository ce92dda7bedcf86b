"""Kinds of parts: what indexing, storing, unpacking and iterating give."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tangent2.core.dims import Shape, broadcast, slice_dim
from tangent2.core.kinds import (
    BOTTOM, ERROR, INT, KEY, NONE, NUMERIC, STR, UNKNOWN, Array, Bottom, Closures, Derived, Dict, Dim, FunctionKind,
    Iterator, Kind, List, Lost, NoneKind, Number, Range, Str, Tuple, join, join_all, object_kind,
)
from tangent2.core.lostkinds import lost
from tangent2.core.recursive import part_of
from tangent2.core.syntax import Atom, Const, IndexSpec, Op, SliceSpec

KindOf = Callable[[Atom], Kind]
Item = Any      # an atom, or a (lower, upper, step) triple of atoms or None


def index_items(op: Op) -> list[Item]:
    """The items of an operation's index: atoms, and `(lower, upper, step)` triples of atoms (None where absent)."""
    spec: IndexSpec = op.static
    atoms = iter(op.args[1:])
    items: list[Item] = []
    for item in spec.items:
        if isinstance(item, SliceSpec):
            items.append(tuple([next(atoms) if has else None for has in (item.lower, item.upper, item.step)]))
        else:
            items.append(next(atoms))
    return items


def getitem_kind(op: Op, kind: KindOf) -> Kind:
    """The kind of `base[index]`."""
    base = kind(op.args[0])
    infer = _PARTS.get(type(base))
    return UNKNOWN if infer is None else infer(base, op, index_items(op), kind)


def _plain(value: Any) -> Any:
    """What stands for a bound: the literal, or the value itself."""
    return value.value if isinstance(value, Const) else value


# ------------------------------------------------------------------------------------------------------------- arrays


def _array_part(base: Array, op: Op, items: list[Item], kind: KindOf) -> Kind:
    if base.shape is None:
        return _part_of_unknown_rank(base, items, kind)
    shape = indexed_shape(base.shape, items, kind)
    if shape == () and Const(...) not in [item for item in items if isinstance(item, Const)]:    # `x[0, ...]` is a view
        return NUMERIC if base.dtype is None else Number(base.dtype, False)
    return Array(base.dtype, shape)


def _part_of_unknown_rank(base: Array, items: list[Item], kind: KindOf) -> Kind:
    if any(isinstance(i, tuple) or isinstance(kind(i), Array) for i in items):
        return Array(base.dtype, None)      # a slice or an index array leaves an axis
    return NUMERIC


def indexed_shape(shape: Shape, items: list[Item], kind: KindOf) -> Shape | None:
    """The extents of an array indexed by items; None if its rank is unknown."""
    expanded = _expand(shape, items, kind)
    if expanded is None:
        return None
    axis, places = 0, []        # places: of integers and index arrays, among items and among the axes that slices leave
    result: list[Dim] = []
    advanced: list[Shape] = []
    for position, (item, taken) in enumerate(expanded):
        if isinstance(item, tuple):
            result.append(slice_dim(shape[axis], *[_plain(b) for b in item]))
        elif taken == 0:
            result.append(1)
        else:
            own = _advanced_dims(item, kind)
            if own is None:
                return None
            places.append((position, len(result)))
            if own or isinstance(kind(item), Array):
                advanced.append(own)
        axis += taken
    return _place(result, advanced, places) if advanced else tuple(result)


def _place(result: list[Dim], advanced: list[Shape], places: list[tuple[int, int]]) -> Shape | None:
    """Put the broadcast axes of index arrays where NumPy puts them: in place, or first if slices lie between."""
    dims = broadcast(*advanced)
    if dims is None:
        return None
    adjacent = all(b[0] - a[0] == 1 for a, b in zip(places, places[1:]))
    at = places[0][1] if adjacent else 0
    return tuple(result[:at]) + dims + tuple(result[at:])


def _expand(shape: Shape, items: list[Item], kind: KindOf) -> list[tuple[Item, int]] | None:
    """Items with the number of axes each takes; the ellipsis and what is left out are full slices."""
    full: tuple[Item, int] = ((None, None, None), 1)
    found: list[tuple[Item, int]] = []
    dots = None
    for item in items:
        if isinstance(item, tuple):
            found.append((item, 1))
        elif isinstance(item, Const) and item.value is Ellipsis:
            dots = len(found)
        else:
            taken = _axes_taken(kind(item))
            if taken is None:
                return None
            found.append((item, taken))
    left = len(shape) - sum(taken for _, taken in found)
    if left < 0:
        return None
    at = len(found) if dots is None else dots
    return found[:at] + [full] * left + found[at:]


def _axes_taken(index: Kind) -> int | None:
    if isinstance(index, NoneKind):
        return 0
    if isinstance(index, Array):
        return index.rank if index.dtype == "bool" else 1 if index.dtype is not None else None
    if isinstance(index, Number):
        return 1 if index.dtype != "bool" else None
    if isinstance(index, List):
        return 1 if isinstance(index.elt, Number) and index.elt.dtype != "bool" else None
    return None


def _advanced_dims(item: Atom, kind: KindOf) -> Shape | None:
    """The axes an index leaves: none for an integer, its own for an array, one for a mask."""
    index = kind(item)
    if isinstance(index, Array):
        return (Derived(("mask", item)),) if index.dtype == "bool" else index.shape
    return (index.length,) if isinstance(index, List) else ()


# --------------------------------------------------------------------------------------------------------- containers


def _tuple_part(base: Tuple, op: Op, items: list[Item], kind: KindOf) -> Kind:
    item = items[0]
    if isinstance(item, tuple):
        bounds = [None if b is None else _plain(b) for b in item]
        literal = all(b is None or type(b) is int for b in bounds)
        return Tuple(base.elts[slice(*bounds)]) if literal else UNKNOWN
    if isinstance(item, Const) and type(item.value) is int:
        within = -len(base.elts) <= item.value < len(base.elts)
        return part_of(base, base.elts[item.value]) if within else BOTTOM
    return join_all(base.elts)


def _list_part(base: List, op: Op, items: list[Item], kind: KindOf) -> Kind:
    if isinstance(items[0], tuple):
        return List(base.elt)
    return base.elt if isinstance(kind(items[0]), Number) else UNKNOWN


def _dict_part(base: Dict, op: Op, items: list[Item], kind: KindOf) -> Kind:
    if base.items is not None and isinstance(items[0], Const):
        return part_of(base, dict(base.items).get(items[0].value, BOTTOM))
    return base.elt


def _closure_part(base: FunctionKind, op: Op, items: list[Item], kind: KindOf) -> Kind:
    """A part of the tuple that a closure is where it is kept: its label, or what it captured."""
    k = items[0].value if len(items) == 1 and isinstance(items[0], Const) else None
    return STR if k == 0 else base.captured[k - 1] if type(k) is int and 0 < k <= len(base.captured) else UNKNOWN


_PARTS: dict[type, Callable[..., Kind]] = {
    Array: _array_part, Tuple: _tuple_part, List: _list_part, Dict: _dict_part,
    Str: lambda *_: STR, Range: lambda base, op, items, kind: Range() if isinstance(items[0], tuple) else INT,
    Bottom: lambda *_: BOTTOM, FunctionKind: _closure_part,
}


def captured_kind(op: Op, kind: KindOf) -> Kind:
    """What a function captured, of one or of several."""
    base, (callee, k) = kind(op.args[0]), op.static
    functions = base.functions if isinstance(base, Closures) else [base]
    return next((f.captured[k] for f in functions if isinstance(f, FunctionKind) and f.callee == callee), UNKNOWN)


def setitem_kind(op: Op, kind: KindOf) -> Kind:
    """The kind of a container after `base[index] = value`: arrays keep theirs, others take the value in."""
    base, value = kind(op.args[0]), kind(op.args[-1])
    if isinstance(base, List):
        single = not isinstance(op.static.items[0], SliceSpec)
        return List(join(base.elt, value if single else iterated(value)), base.tape, base.length if single else None)
    if isinstance(base, Dict):
        return _with_item(base, op.args[1], value)
    if isinstance(base, Tuple) and op.static.items == (None,):      # a changed element that is put back
        return _with_element(base, op.args[1], value)
    return base if isinstance(base, (Array, Bottom)) else UNKNOWN


def _with_element(base: Tuple, at: Atom, value: Kind) -> Kind:
    size = len(base.elts)
    if not (isinstance(at, Const) and type(at.value) is int and -size <= at.value < size):
        return UNKNOWN
    return Tuple(tuple([value if k == at.value % size else part_of(base, elt) for k, elt in enumerate(base.elts)]))


def _with_item(base: Dict, key: Atom, value: Kind) -> Dict:
    if base.items is not None and isinstance(key, Const):
        items = {**{name: part_of(base, part) for name, part in base.items}, key.value: value}
        if base.cls is not None:
            return replace(object_kind(base.cls, items), partial=base.partial - {key.value})
        return Dict(tuple(items.items()), join_all(items.values()))
    return Dict(None, join(base.elt, value))


def unpack_kinds(op: Op, kind: KindOf) -> tuple[Kind, ...]:
    """The kinds of the parts of `a, b, *rest = value`."""
    before, starred, after = op.static
    base = kind(op.args[0])
    if isinstance(base, Tuple):
        elts, stop = tuple([part_of(base, elt) for elt in base.elts]), len(base.elts) - after
        if len(elts) < before + after or (not starred and len(elts) != before + after):
            return (BOTTOM,) * len(op.outs)
        rest = (List(join_all(elts[before:stop])),) if starred else ()
        return elts[:before] + rest + elts[stop:]
    elt = iterated(base)
    rest = (List(elt),) if starred else ()
    return (elt,) * before + rest + (elt,) * after


def iterated(kind: Kind) -> Kind:
    """The kind of what iterating over a value of this kind gives.

    >>> from tangent2.core.kinds import Sym
    >>> iterated(Array("float64", (Sym(0), Sym(1)))), iterated(Range()) == INT
    (Array(dtype='float64', shape=(Sym(index=1),)), True)
    """
    if isinstance(kind, (List, Iterator)):
        return kind.elt
    if isinstance(kind, Range):
        return INT
    if isinstance(kind, Array):
        if kind.shape is None or kind.dtype is None and len(kind.shape) == 1:
            return NUMERIC
        return Number(kind.dtype or "float64", False) if len(kind.shape) == 1 else Array(kind.dtype, kind.shape[1:])
    if isinstance(kind, Tuple):
        return join_all(kind.elts)
    if isinstance(kind, Str):
        return STR
    if isinstance(kind, Dict):
        return _key_kind(kind)
    if isinstance(kind, Lost):
        return Lost(kind.held, kind.held, True) if kind.held else UNKNOWN
    return BOTTOM if isinstance(kind, Bottom) else UNKNOWN


def _key_kind(kind: Dict) -> Kind:
    keys = {type(k) for k, _ in kind.items or ()}
    if kind.items is not None and len(keys) == 1:
        return {str: STR, int: INT}.get(keys.pop(), KEY)
    return KEY


def literal_axes(axis: Atom, size: int) -> tuple[int, ...] | None:
    """The axes, counted from the first, that a literal stands for; None if it is none or they are out of range.

    >>> literal_axes(Const(-1), 3), literal_axes(Const((0, -1)), 3), literal_axes(Const(3), 3)
    ((2,), (0, 2), None)
    """
    value = axis.value if isinstance(axis, Const) else None
    axes = value if isinstance(value, tuple) else (value,)
    if not all(type(k) is int and -size <= k < size for k in axes):
        return None
    return tuple([k % size for k in axes])


# ------------------------------------------------------------------------------------- methods that change a container


def updated(base: Dict, other: Dict) -> Dict:
    """The kind of a dict after `base.update(other)`."""
    if base.items is None or other.items is None:
        return Dict(None, join(base.elt, other.elt))
    items = {**dict(base.items), **dict(other.items)}
    return Dict(tuple(items.items()), join_all(items.values()))


def verbatim_kind(op: Op, kind: KindOf) -> Kind:
    """Kept text: an f-string is a string, and what a string is split into are; of other text nothing is known."""
    node = op.static.node
    func = getattr(node, "func", None)
    if op.static.error:
        return ERROR
    if type(getattr(getattr(func, "value", None), "value", None)) is str and getattr(func, "attr", "") in _SPLITTING:
        return List(STR)
    return STR if type(node).__name__ == "JoinedStr" else UNKNOWN


_SPLITTING = ("split", "rsplit", "splitlines")
CHANGING = frozenset({"insert", "extend", "remove", "reverse", "sort", "clear", "update", "setdefault", "pop",
                      "popitem", "del", "fill"})


def changed_kinds(op: Op, kind: KindOf) -> tuple[Kind, ...]:
    """The kinds of an object after a method that changes it, and of what the method gives."""
    base, given = kind(op.args[0]), [kind(a) for a in op.args[1:]]
    if isinstance(base, Bottom):
        return BOTTOM, BOTTOM
    if op.static not in CHANGING:
        parts = op.static == "partition" and isinstance(base, Str)
        return base, Tuple((STR, STR, STR)) if parts else UNKNOWN
    if isinstance(base, List):
        return _changed_list(base, op.static, given)
    if isinstance(base, Dict):
        return _changed_dict(base, op, kind)
    return (base, NONE) if isinstance(base, Array) or op.static == "fill" else (UNKNOWN, UNKNOWN)


def _changed_list(base: List, name: str, given: list[Kind]) -> tuple[Kind, ...]:
    if name in ("sort", "reverse"):
        return base, NONE
    elt = base.elt
    if name == "insert" and len(given) == 2:
        elt = join(elt, given[1])
    elif name == "extend" and given:
        elt = join(elt, iterated(given[0]))
    elif name == "clear":
        return List(BOTTOM, False, 0), NONE
    return List(elt), elt if name == "pop" else NONE


def _changed_dict(base: Dict, op: Op, kind: KindOf) -> tuple[Kind, ...]:
    given = [kind(a) for a in op.args[1:]]
    name, key = op.static, op.args[1] if len(op.args) > 1 else Const(None)
    if name == "clear":
        return Dict((), BOTTOM), NONE
    if name == "update":
        for other in given[:len(given) - len(op.kw)]:
            base = updated(base, other) if isinstance(other, Dict) else Dict(None, lost(base, other))
        for word, atom in op.keywords:
            base = _with_item(base, Const(word), kind(atom))
        return base, NONE
    default = given[1] if len(given) > 1 else NONE
    known = dict(base.items or ())
    if name == "setdefault":
        if base.items is None or not isinstance(key, Const):
            return Dict(None, join(base.elt, default)), join(base.elt, default)
        return (base, known[key.value]) if key.value in known else (_with_item(base, key, default), default)
    if name == "popitem" and known:
        last = next(reversed(known))
        return without_key(base, last), Tuple((STR if isinstance(last, str) else UNKNOWN, known[last]))
    if name == "popitem":
        return Dict(None, base.elt), Tuple((_key_kind(base), base.elt))
    if base.items is None or not isinstance(key, Const):
        return Dict(None, base.elt), join(base.elt, default) if len(given) > 1 else base.elt
    found = known.get(key.value, default if len(given) > 1 else BOTTOM)
    return without_key(base, key.value), found if name == "pop" else NONE


def without_key(base: Dict, key: Any) -> Dict:
    """The kind of a dict without one of its known keys."""
    items = [(k, v) for k, v in base.items or () if k != key]
    return Dict(tuple(items), join_all([v for _, v in items]))
