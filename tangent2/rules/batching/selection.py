"""Elements taken by their places, repeated, padded or chosen."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, Kind, List, Number, Tuple
from tangent2.core.syntax import Atom, Const, IndexSpec, Op, SliceSpec
from tangent2.rules.batching.axes import (
    axis_of, displayed, flat, led, of_numbers, operands, same, same_elsewhere, widened, written,
)
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside
from tangent2.rules.batching.reductions import array
from tangent2.rules.declare import by_name


@batching("np.take", ".take")
def take(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "indices", axis=None)
    same(lanes, op, given, "axis")
    x, indices, own = given["x"], given["indices"], Inside(lanes, op)
    if isinstance(lanes.kind(indices), (List, Tuple)):
        indices = own.op("np.array", indices)
    rank, _ = of_numbers(lanes, op, x, indices)
    axis = None if given["axis"] == Const(None) else axis_of(lanes, op, given["axis"], rank)
    if lanes.layout(indices) is False:
        wide = lanes.full(x) if axis is not None or rank == 1 else flat(lanes, lanes.full(x))
        place = 1 if axis is None else axis + 1
        return lanes.build.op(by_name("np.take"), wide, lanes.atom(indices), Const(place), kw=("axis",))
    if lanes.layout(x) is False and not axis:
        options = {} if axis is None else {"axis": given["axis"]}
        both = lanes.atom(x), lanes.atom(indices)
        return lanes.build.op(by_name("np.take"), *both, *options.values(), kw=tuple(options))
    row = own.op("np.ravel", x) if axis is None else x
    return own.result(own.item(row, *[slice(None)] * (axis or 0), indices))


@batching("np.take_along_axis")
def take_along(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "indices", axis=-1)
    same(lanes, op, given, "axis")
    x, indices = given["x"], given["indices"]
    ranks = of_numbers(lanes, op, x, indices)
    if given["axis"] == Const(None):
        return lanes.build.op(op.prim, flat(lanes, lanes.full(x)), widened(lanes, indices, 1), Const(1))
    axis = axis_of(lanes, op, given["axis"], ranks[0])
    if ranks[0] != ranks[1]:
        raise refuse(op, "is given arrays of several ranks")
    return lanes.build.op(op.prim, led(lanes, x), led(lanes, indices), Const(axis + 1))


@batching("np.repeat", ".repeat")
def repeat(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "repeats", axis=None)
    same(lanes, op, given, "repeats", "axis")
    wide, rank = array(lanes, op)
    place = 1 if given["axis"] == Const(None) else axis_of(lanes, op, given["axis"], rank) + 1
    if given["axis"] == Const(None) and rank != 1:
        wide = flat(lanes, wide)
    return lanes.build.op(by_name("np.repeat"), wide, lanes.atom(given["repeats"]), Const(place), kw=("axis",))


@batching("np.tile")
def tile(lanes: Lanes, op: Op) -> Result:
    """The last axes are repeated, as many as there are numbers of times."""
    args = same_elsewhere(lanes, op)
    reps = lanes.kind(op.args[1])
    if len(op.args) != 2 or op.kw or not isinstance(reps, (Number, Tuple)):
        raise refuse(op, "is given options")
    of_numbers(lanes, op, op.args[0])
    count = len(reps.elts) if isinstance(reps, Tuple) else 1
    return lanes.build.op(op.prim, widened(lanes, op.args[0], max(count, lanes.rank(op.args[0]))), args[1])


def widths(lanes: Lanes, op: Op, atom: Atom, rank: int) -> Atom:
    """How much is added before and behind each axis; nothing at that of the batch."""
    kind = lanes.kind(atom)
    if isinstance(atom, Const) and isinstance(atom.value, tuple):
        pairs = atom.value if isinstance(atom.value[0], tuple) else (atom.value,)
        if len(pairs) in (1, rank) and all(isinstance(p, tuple) and len(p) == 2 for p in pairs):
            return Const(((0, 0), *(pairs * rank if len(pairs) == 1 else pairs)))
    nothing = Const((0, 0))
    if isinstance(kind, Number):
        value = atom.value if isinstance(atom, Const) else None
        if value is not None:
            return Const(((0, 0), *[(value, value)] * rank))
        both = lanes.build.op(prims.TUPLE, lanes.atom(atom), lanes.atom(atom))
        return lanes.build.op(prims.TUPLE, nothing, *[both] * rank)
    if isinstance(kind, Tuple) and len(kind.elts) in (1, rank) and all(isinstance(e, Tuple) for e in kind.elts):
        pairs = [lanes.build.getitem(lanes.atom(atom), k) for k in range(len(kind.elts))]     # type: ignore[assignment]
        return lanes.build.op(prims.TUPLE, nothing, *(list(pairs) * rank if len(pairs) == 1 else pairs))
    if isinstance(kind, Tuple) and len(kind.elts) == 2 and all(isinstance(e, Number) for e in kind.elts):
        return lanes.build.op(prims.TUPLE, nothing, *[lanes.atom(atom)] * rank)
    raise refuse(op, "is given widths of unknown structure")


@batching("np.pad")
def pad(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "pad_width", mode="constant", constant_values=0)
    same(lanes, op, given, "pad_width", "mode")
    wide, rank = array(lanes, op)
    if rank == 0 or given["mode"] != Const("constant"):
        raise refuse(op, "is given a mode")
    value = given["constant_values"]
    if lanes.layout(value) is not False or not isinstance(lanes.kind(value), Number):
        raise refuse(op, "is filled with several values")
    args = [wide, widths(lanes, op, given["pad_width"], rank)]
    if value == Const(0):
        return lanes.build.op(op.prim, *args)
    return lanes.build.op(op.prim, *args, value, kw=("constant_values",))


@batching("unpad")
def unpad(lanes: Lanes, op: Op) -> Result:
    g, x, width = op.args
    ranks = of_numbers(lanes, op, g, x)
    if lanes.layout(width) is not False or ranks[0] != ranks[1]:
        raise refuse(op, "is given other widths in each lane")
    return lanes.build.op(op.prim, lanes.full(g), lanes.full(x), widths(lanes, op, width, ranks[1]))


@batching("np.select")
def select(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "conditions", "choices", default=0)
    default = given["default"]
    lists = [given["conditions"], given["choices"]]
    rank = max([lanes.rank(op.outs[0]), *of_numbers(lanes, op, default)])
    return lanes.build.op(op.prim, *[_aligned(lanes, op, a, rank) for a in lists], lanes.aligned(default, rank))


def _aligned(lanes: Lanes, op: Op, atom: Atom, rank: int) -> Atom:
    """A list of arrays that are broadcast against others."""
    kind, layout = lanes.kind(atom), lanes.layout(atom)
    shown = displayed(lanes, atom)
    if layout is False:
        return lanes.atom(atom)
    if shown:
        return lanes.build.op(prims.LIST, *[lanes.aligned(a, rank) for a in shown])
    if isinstance(kind, List):
        if _rank(kind.elt) != rank:
            raise refuse(op, "chooses from arrays of several ranks")
        return lanes.atom(atom)
    if not isinstance(kind, Tuple):
        raise refuse(op, "chooses from what is no list")
    own, found = Inside(lanes, op), []
    wide = lanes.atom(atom)
    for k, (elt, on) in enumerate(zip(kind.elts, layout.elts)):     # type: ignore[union-attr]
        part = own.stand_in(elt, lanes.build.getitem(wide, k), on is True)
        if _rank(elt) is None:
            raise refuse(op, "chooses from what is no array")
        found.append(lanes.aligned(part, rank))
    return lanes.build.op(prims.LIST, *found)


def _rank(kind: Kind) -> int | None:
    return 0 if isinstance(kind, Number) else kind.rank if isinstance(kind, Array) else None


@batching("put_taken")
def put_taken(lanes: Lanes, op: Op) -> Result:
    """The adjoint of `np.take`: what was taken is added where it was."""
    g, x, indices, axis = op.args
    own = Inside(lanes, op)
    if isinstance(lanes.kind(indices), (List, Tuple)):
        indices = own.op("np.array", indices)
    _, rank, _ = of_numbers(lanes, op, g, x, indices)
    place = 0 if axis == Const(None) else axis_of(lanes, op, axis, rank)
    if axis != Const(None) or rank == 1:
        if lanes.layout(indices) is False:
            return lanes.build.op(op.prim, lanes.full(g), lanes.full(x), lanes.atom(indices), Const(place + 1))
        spec = IndexSpec((*[SliceSpec()] * place, None), bool(place))
        return own.result(own.op(prims.AT_ADD, own.op("zero_like", x), indices, g, static=spec))
    row = own.op("np.ravel", x)
    found = own.op("put_taken", g, row, indices, 0)
    return own.result(own.op("np.reshape", found, own.shape(x)))


@batching("put_along")
def put_along(lanes: Lanes, op: Op) -> Result:
    g, x, indices, axis = op.args
    ranks = of_numbers(lanes, op, g, x, indices)
    own = Inside(lanes, op)
    if axis == Const(None):
        return own.result(own.op("put_taken", g, x, indices, None))
    if len(set(ranks)) != 1:
        raise refuse(op, "is given arrays of several ranks")
    place = axis_of(lanes, op, axis, ranks[1]) + 1
    return lanes.build.op(op.prim, lanes.full(g), lanes.full(x), lanes.full(indices), Const(place))


@batching("sum_repeated")
def sum_repeated(lanes: Lanes, op: Op) -> Result:
    g, x, repeats, axis = op.args
    _, rank = of_numbers(lanes, op, g, x)
    if lanes.layout(repeats) is not False:
        raise refuse(op, "repeats another number of times in each lane")
    if axis != Const(None) or rank == 1:
        place = 0 if axis == Const(None) else axis_of(lanes, op, axis, rank)
        return lanes.build.op(op.prim, lanes.full(g), lanes.full(x), lanes.atom(repeats), Const(place + 1))
    own = Inside(lanes, op)
    found = own.op("sum_repeated", g, own.op("np.ravel", x), repeats, 0)
    return own.result(own.op("np.reshape", found, own.shape(x)))


@batching("sum_tiles")
def sum_tiles(lanes: Lanes, op: Op) -> Result:
    g, x, reps = op.args
    ranks = of_numbers(lanes, op, g, x)
    own = Inside(lanes, op)
    wide = own.axes(x, "+" * (ranks[0] - ranks[1]) + ":" * ranks[1])
    found = lanes.build.op(op.prim, lanes.full(g), lanes.full(wide), lanes.atom(reps))
    if ranks[0] == ranks[1]:
        return found
    part = own.stand_in(lanes.kind(wide), found)
    return own.result(own.item(part, *[0] * (ranks[0] - ranks[1]), *[slice(None)] * ranks[1]))


@batching("place_diagonal")
def place_diagonal(lanes: Lanes, op: Op) -> Result:
    g, like, offset, *axes = op.args
    _, rank = of_numbers(lanes, op, g, like)
    places = [Const(axis_of(lanes, op, a, rank) + 1) for a in axes]
    written(lanes, op, offset)
    return lanes.build.op(op.prim, lanes.aligned(g, rank - 1), lanes.full(like), offset, *places)


@batching("diagonal_like")
def diagonal_like(lanes: Lanes, op: Op) -> Result:
    g, x, k = op.args
    own, (_, rank) = Inside(lanes, op), of_numbers(lanes, op, g, x)
    if rank == 1:
        return own.result(own.op("np.copy", own.op("np.diagonal", g, k)))
    return own.result(own.op("place_diagonal", g, x, k, 0, 1))


