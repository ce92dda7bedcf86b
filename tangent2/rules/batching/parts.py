"""Reading and writing parts of arrays: full slices for the axis of the batch; where an index is another one in each
lane, the numbers of the lanes.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tangent2.core import prims
from tangent2.core.indexing import getitem_kind, index_items
from tangent2.core.kinds import Array, List, Number
from tangent2.core.syntax import Atom, Const, IndexSpec, Op, SliceSpec, Value
from tangent2.rules.batching.axes import spread
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside
from tangent2.rules.declare import by_name

_FULL = (None, None, None)      # bounds of a slice


@dataclass(frozen=True)
class Place:
    """Where in an array for all lanes: index atoms; `before`: how many axes of a lane stand before those of index
    arrays, of which there are `rank`, and which stand first for all lanes.
    """

    atoms: tuple[Atom, ...]
    spec: IndexSpec
    before: int = 0
    rank: int = 0


def _index(op: Op) -> tuple[Atom, ...]:
    return op.args[1:] if op.prim is prims.GETITEM else op.args[1:-1]


def _items(op: Op) -> list[Any]:
    """The items of an index: atoms, and the bounds of slices."""
    return list(index_items(Op((), prims.GETITEM, (op.args[0], *_index(op)), (), op.static)))


def leading(spec: IndexSpec) -> IndexSpec:
    """An index with a full slice in front."""
    return IndexSpec((SliceSpec(), *spec.items), True)


def _place(lanes: Lanes, op: Op) -> Place:
    index = _index(op)
    if any(lanes.layout(a) is not False for a in index):
        return _by_lanes(lanes, op)
    arrays = [k for k, i in enumerate(_items(op)) if not _is_sliced(i)]
    if any(isinstance(lanes.kind(i), (Array, List)) for i in _items(op) if not _is_sliced(i)) \
            and arrays[-1] - arrays[0] + 1 != len(arrays):
        return _by_lanes(lanes, op)     # NumPy puts the axes of such indices first
    return Place(tuple(map(lanes.atom, index)), leading(op.static))


def _is_sliced(item: object) -> bool:
    """Whether an item keeps or adds an axis, and indexes none."""
    return isinstance(item, tuple) or item in (Const(None), Const(...))


def _by_lanes(lanes: Lanes, op: Op) -> Place:
    """The index of all lanes: the number of each, then what indexes it there."""
    items = _whole(lanes, op, _items(op))
    if any(lanes.layout(a) is not False for i in items if isinstance(i, tuple) for a in i if a is not None):
        raise refuse(op, "takes a slice that is another one in each lane")
    items = [Inside(lanes, op).op("np.array", i) if not _is_sliced(i) and isinstance(lanes.kind(i), List) else i
             for i in items]
    picks = [i for i in items if not _is_sliced(i)]
    for pick in picks:
        kind = lanes.kind(pick)
        if not isinstance(kind, (Number, Array)) or kind.dtype is None or kind.dtype == "bool":
            raise refuse(op, "takes parts by a condition that is another one in each lane")
    rank = max([lanes.rank(p) for p in picks])
    atoms: list[Atom] = [numbers_of_lanes(lanes, rank)]
    specs: list[SliceSpec | None] = [None]
    for item in items:
        if isinstance(item, tuple):
            atoms += [lanes.atom(a) for a in item if a is not None]
            specs.append(SliceSpec(*[a is not None for a in item]))
        else:
            atoms.append(item if _is_sliced(item) else lanes.aligned(item, rank))
            specs.append(None)
    at = [k for k, i in enumerate(items) if not _is_sliced(i)]
    before = at[0] if at[-1] - at[0] + 1 == len(at) else 0
    return Place(tuple(atoms), IndexSpec(tuple(specs), True), before, rank)


def numbers_of_lanes(lanes: Lanes, rank: int = 0) -> Value:
    """The numbers of the lanes, with axes behind."""
    found = lanes.build.op(by_name("np.arange"), lanes.size())
    return spread(lanes, found, ":" + "+" * rank) if rank else found


def _whole(lanes: Lanes, op: Op, items: list[Any]) -> list[Any]:
    """The items, `...` as the full slices it stands for."""
    if Const(...) not in items:
        return items
    at = items.index(Const(...))
    missing = lanes.rank(op.args[0]) - sum(i not in (Const(None), Const(...)) for i in items)
    return [*items[:at], *[_FULL] * missing, *items[at + 1:]]


def _moved(lanes: Lanes, atom: Atom, place: Place, back: bool) -> Atom:
    """A part with the axes of index arrays where they are in one lane; `back`: in front of the others."""
    if not place.rank or not place.before:
        return atom
    first = tuple(range(1, place.rank + 1))
    last = tuple([k + place.before for k in first])
    ends = [Const(axes[0] if place.rank == 1 else axes) for axes in ((last, first) if back else (first, last))]
    return lanes.build.op(by_name("np.moveaxis"), atom, *ends)


@batching("getitem")
def getitem(lanes: Lanes, op: Op) -> Result:
    if not isinstance(lanes.kind(op.args[0]), Array):
        raise refuse(op, "takes an element at a place that is another one in each lane")
    lanes.rank(op.args[0])
    place = _place(lanes, op)
    found = lanes.build.op(prims.GETITEM, lanes.full(op.args[0]), *place.atoms, static=place.spec)
    return _moved(lanes, found, place, False)


@batching("setitem", "additem", "subitem", "mulitem", "divitem", "settle", "at_add")
def setitem(lanes: Lanes, op: Op) -> Result:
    if not isinstance(lanes.kind(op.args[0]), Array):
        raise refuse(op, "changes an element at a place that is another one in each lane")
    prim = prims.SETITEM if op.prim is prims.SETTLE else op.prim
    whole = lanes.full(op.args[0])
    if _is_condition(lanes, op):
        return _where(lanes, op, whole)
    place = _place(lanes, op)
    return lanes.build.op(prim, whole, *place.atoms, _stored(lanes, op, place), static=place.spec)


def _is_condition(lanes: Lanes, op: Op) -> bool:
    """Whether it is written where a condition holds that is another one in each lane."""
    index = _index(op)
    kind = lanes.kind(index[0]) if len(index) == 1 else None
    holds = isinstance(kind, Array) and kind.dtype == "bool"
    return holds and lanes.layout(index[0]) is True and len(op.static.items) == 1


def _where(lanes: Lanes, op: Op, whole: Atom) -> Value:
    """One number is written there, be it another one in each lane."""
    (mask,), value = _index(op), op.args[-1]
    if lanes.rank(value):
        raise refuse(op, "changes what a condition holds for to several numbers")
    now = lanes.atom(value)
    if lanes.layout(value) is not False:
        rank = lanes.rank(mask)
        wide = spread(lanes, now, ":" + "+" * rank)
        shape = lanes.build.op(by_name(".shape"), lanes.atom(mask))
        spread_out = lanes.build.op(by_name("np.broadcast_to"), wide, shape)
        now = lanes.build.op(prims.GETITEM, spread_out, lanes.atom(mask), static=op.static)
    return lanes.build.op(op.prim if op.prim is not prims.SETTLE else prims.SETITEM, whole, lanes.atom(mask), now,
                          static=op.static)


def _stored(lanes: Lanes, op: Op, place: Place) -> Atom:
    """What is stored, with as many axes as the place has."""
    value = op.args[-1]
    if not isinstance(lanes.kind(value), (Number, Array)):
        raise refuse(op, "stores a container in an array")
    if lanes.layout(value) is False and (not place.before or not place.rank or not lanes.rank(value)):
        return lanes.atom(value)
    read = Op((Value(),), prims.GETITEM, op.args[:-1], (), op.static)
    part = getitem_kind(read, lanes.kind)
    if not isinstance(part, (Number, Array)) or isinstance(part, Array) and part.shape is None:
        raise refuse(op, "changes a part of unknown rank")
    rank = len(part.shape or ()) if isinstance(part, Array) else 0
    if lanes.rank(value) > rank:
        raise refuse(op, "stores an array of more axes than its place has")
    now = lanes.aligned(value, rank)
    if lanes.layout(value) is False:
        now = spread(lanes, now, "+" * (1 + rank - lanes.rank(value)) + ":" * lanes.rank(value))
    return _moved(lanes, now, place, True)


@batching("unpack")
def unpack(lanes: Lanes, op: Op) -> Result:
    """An array taken apart along its first axis in one lane."""
    starred = op.static[1]
    if starred or not isinstance(lanes.kind(op.args[0]), Array):
        raise refuse(op, "takes apart with a star")
    whole = lanes.full(op.args[0])
    if lanes.rank(op.args[0]) > 1:
        turned = lanes.build.op(by_name("np.swapaxes"), whole, Const(0), Const(1))
    else:
        turned = lanes.build.op(by_name(".T"), whole)
    return lanes.build.ops(prims.UNPACK, (turned,), static=op.static, hints=tuple([(v.hint, v.user) for v in op.outs]))


@batching("accumulate")
def accumulate(lanes: Lanes, op: Op) -> Result:
    """`x += e` of whole arrays: a new value."""
    if not all(isinstance(lanes.kind(a), (Array, Number)) for a in op.args):
        raise refuse(op, "adds to a container")
    rank = lanes.rank(op.args[0])
    if lanes.rank(op.args[1]) > rank:
        raise refuse(op, "adds an array of more axes")
    return lanes.build.op(op.prim, lanes.full(op.args[0]), lanes.aligned(op.args[1], rank), static=op.static)
