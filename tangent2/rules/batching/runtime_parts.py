"""The run-time helpers that read and write parts of values, and take joined arrays apart."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, List, Number, Tuple
from tangent2.core.layouts import whole
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op
from tangent2.rules.batching.axes import axis_of, displayed, flat, of_numbers, spread, written
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside, inside
from tangent2.rules.batching.joins import all_mapped, rank_of
from tangent2.rules.declare import by_name


@batching("item_adjoint")
def item_adjoint(lanes: Lanes, op: Op) -> Result:
    """Zeros but for what was read."""
    g, like, key = op.args
    own, kind = Inside(lanes, op), lanes.kind(like)
    if isinstance(kind, Array):
        return own.result(own.at_add(own.op("zero_like", like), key, g))
    if not isinstance(kind, Tuple):
        raise refuse(op, "is of a container")
    at = written(lanes, op, key)
    if type(at) is not int:
        raise refuse(op, "is of a place that is computed")
    parts = []
    for k, elt in enumerate(kind.elts):
        if k == at % len(kind.elts):
            parts.append(lanes.shaped(g, whole(lanes.kind(g))))
            continue
        part = own.stand_in(elt, lanes.build.getitem(lanes.atom(like), k))
        lanes.virtual[part] = elt, getattr(lanes.layout(like), "elts", (False,) * len(kind.elts))[k]
        parts.append(lanes.full(own.op("zero_like", part)))
    return lanes.build.op(prims.TUPLE, *parts)


@batching("structure_like")
def structure_like(lanes: Lanes, op: Op) -> Result:
    """Parts as what they were unpacked from."""
    parts, like = op.args
    kind, own = lanes.kind(like), Inside(lanes, op)
    if isinstance(kind, Array):
        return own.result(own.op("cast_like", own.op("np.stack", parts), like))
    given = lanes.kind(parts)
    wide = lanes.shaped(parts, whole(given))
    if not isinstance(given, (Tuple, List)) or not isinstance(kind, (Tuple, List)):
        raise refuse(op, "is of what is no list")
    return lanes.build.op(by_name("list" if isinstance(kind, List) else "tuple"), wide)


@batching("credit_last")
def credit_last(lanes: Lanes, op: Op) -> Result:
    """Indices are those of each lane."""
    g, index, base = op.args
    kind = lanes.kind(index)
    ranks = of_numbers(lanes, op, g, base)
    mapped = lanes.layout(index) is not False
    if ranks[0] == 0 or isinstance(kind, Number):
        return lanes.full(g)
    if not isinstance(kind, Array) or kind.dtype is None or mapped and kind.dtype == "bool":
        raise refuse(op, "is given several indices, or conditions that are others in each lane")
    if mapped:
        first = spread(lanes, lanes.build.op(by_name("np.arange"), lanes.size()), ":" + "+" * lanes.rank(index))
        where = lanes.build.op(prims.TUPLE, first, lanes.atom(index))
    else:
        where = lanes.build.op(prims.TUPLE, lanes.build.op(prims.SLICE, Const(None)), lanes.atom(index))
    return lanes.build.op(op.prim, lanes.full(g), where, lanes.full(base))


@batching("rows_like")
def rows_like(lanes: Lanes, op: Op) -> Result:
    """The rows of an array, the lanes behind the axes that lists are made of."""
    g, like = op.args
    (rank,) = of_numbers(lanes, op, g)
    depth, kind = 0, lanes.kind(like)
    while isinstance(kind, List) or isinstance(kind, Tuple) and kind.elts:
        kind, depth = kind.elt if isinstance(kind, List) else kind.elts[0], depth + 1
    if depth == 0 or depth > rank or not isinstance(kind, (Number, Array)):
        raise refuse(op, "is of what is no list of arrays")
    behind = lanes.build.op(by_name("np.moveaxis"), lanes.full(g), Const(0), Const(depth))
    return lanes.build.op(op.prim, behind, lanes.atom(like))


@batching("split_like")
def split_like(lanes: Lanes, op: Op) -> Result:
    """Each part gets what is its own, in all lanes."""
    g, parts, axis = op.args
    (rank,) = of_numbers(lanes, op, g)
    kind = lanes.kind(parts)
    if isinstance(kind, Array):
        raise refuse(op, "is of the rows of an array")
    wide = lanes.full(g) if rank == 1 or axis != Const(None) else flat(lanes, lanes.full(g))
    place = 0 if axis == Const(None) else axis_of(lanes, op, axis, rank)
    return lanes.build.op(op.prim, wide, all_mapped(lanes, op, parts), Const(place + 1))


@batching("join_like")
def join_like(lanes: Lanes, op: Op) -> Result:
    parts, g, axis = op.args
    (rank,) = of_numbers(lanes, op, g)
    if axis == Const(None) and rank != 1:
        raise refuse(op, "is of arrays of several axes in a row")
    place = 0 if axis == Const(None) else axis_of(lanes, op, axis, rank)
    return lanes.build.op(op.prim, all_mapped(lanes, op, parts), lanes.full(g), Const(place + 1))


@batching("choose_like")
def choose_like(lanes: Lanes, op: Op) -> Result:
    """Where all arrays have the axes of the result."""
    g, conditions, choices = op.args
    (rank,) = of_numbers(lanes, op, g)
    for atom in (conditions, choices):
        _check_ranks(op, lanes.kind(atom), rank)
    where = lanes.atom(conditions) if lanes.layout(conditions) is False else all_mapped(lanes, op, conditions)
    return lanes.build.op(op.prim, lanes.full(g), where, all_mapped(lanes, op, choices))


# ---- the first of the greatest ----

@batching("pick_first")
@inside
def pick_first(own: Inside, op: Op) -> Atom:
    """What stands where the greatest stands first."""
    items, keys, key = op.args
    rows = _vector(own, op, items)
    return own.item(rows, _first(own, op, keys, key))


@batching("spread_first")
def spread_first(lanes: Lanes, op: Op) -> Result:
    g, keys, key = op.args
    own, kind = Inside(lanes, op), lanes.kind(keys)
    rows = _vector(own, op, keys)
    found = own.op(prims.SETITEM, own.op("zero_like", rows), _first(own, op, keys, key), g, static=ONE_ITEM)
    if isinstance(kind, Array):
        return own.result(found)
    turned = lanes.build.op(by_name(".T"), lanes.full(found))
    return lanes.build.op(by_name("tuple" if isinstance(lanes.kind(op.outs[0]), Tuple) else "list"), turned)


def _vector(own: Inside, op: Op, atom: Atom) -> Atom:
    """A list of numbers as an array."""
    found = atom if isinstance(own.lanes.kind(atom), Array) else own.op("np.array", atom)
    kind = own.lanes.kind(found)
    if not isinstance(kind, Array) or kind.rank != 1 or kind.dtype is None or kind.dtype[0] != "f":
        raise refuse(op, "compares what is not known to be real numbers")
    return found


def _first(own: Inside, op: Op, keys: Atom, key: Atom) -> Atom:
    return own.op("np.argmax", own.op(prims.EQ, _vector(own, op, keys), key))


# ---- blocks ----

@batching("np.block", "block_parts")
def block(lanes: Lanes, op: Op) -> Result:
    """Nested lists of arrays, joined along the last axes."""
    blocks = op.args[-1]
    if op.prim.name == "np.block":
        return lanes.build.op(op.prim, _nested(lanes, op, blocks, lanes.kind(blocks), lanes.rank(op.outs[0])))
    of_numbers(lanes, op, op.args[0])
    rank = lanes.rank(op.args[0])
    _check_ranks(op, lanes.kind(blocks), rank)
    return lanes.build.op(op.prim, lanes.full(op.args[0]), lanes.shaped(blocks, whole(lanes.kind(blocks))))


def _check_ranks(op: Op, kind: object, rank: int) -> None:
    if isinstance(kind, (List, Tuple)):
        for elt in kind.elts if isinstance(kind, Tuple) else (kind.elt,):
            _check_ranks(op, elt, rank)
    elif not isinstance(kind, (Number, Array)) or rank_of(op, kind) != rank:
        raise refuse(op, "joins arrays of several ranks")


def _nested(lanes: Lanes, op: Op, atom: Atom, kind: object, rank: int) -> Atom:
    shown = displayed(lanes, atom)
    if isinstance(kind, (List, Tuple)) and shown:
        return lanes.build.op(prims.LIST, *[_nested(lanes, op, a, lanes.kind(a), rank) for a in shown])
    if isinstance(kind, (Number, Array)):
        lead = rank - rank_of(op, kind)
        found = lanes.full(atom)
        return spread(lanes, found, ":" + "+" * lead + ":" * (rank - lead)) if lead else found
    if isinstance(kind, List):
        _check_ranks(op, kind, rank)
        return lanes.shaped(atom, whole(kind))
    if not isinstance(kind, Tuple):
        raise refuse(op, "joins what is no list of arrays")
    own, parts = Inside(lanes, op), []
    flags = getattr(lanes.layout(atom), "elts", (False,) * len(kind.elts))
    for k, (elt, on) in enumerate(zip(kind.elts, flags)):
        part = own.stand_in(elt, lanes.build.getitem(lanes.atom(atom), k))
        lanes.virtual[part] = elt, on
        parts.append(_nested(lanes, op, part, elt, rank))
    return lanes.build.op(prims.LIST, *parts)
