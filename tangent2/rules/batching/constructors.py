"""Arrays made anew: of the shape of one lane, or filled with what is another number in each."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, Number, Tuple
from tangent2.core.layouts import whole
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.axes import of_numbers, operands, option, same, spread
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.declare import by_name


@batching("np.zeros_like", "np.ones_like", "np.empty_like", "np.copy", ".copy", "copy", "zero_filled",
          "stop_gradient", "deep_copy", ".astype", ".conj", ".conjugate", ".real", ".imag", "np.nan_to_num",
          "np.real", "np.imag", "np.angle", "np.float64", "np.float32", "np.asfortranarray", "real_only")
def leafwise(lanes: Lanes, op: Op) -> Result:
    """What is done to each number by itself."""
    if any(lanes.layout(a) is not False for a in op.args[1:]):
        raise refuse(op, "has options that are others in each lane")
    kind = lanes.kind(op.args[0])
    if not isinstance(kind, (Number, Array)) and lanes.layout(op.args[0]) != whole(kind):
        raise refuse(op, "copies a container of which only some parts are others in each lane")
    return lanes.build.op(op.prim, *map(lanes.atom, op.args), kw=op.kw, static=op.static)


@batching("zero_like")
def zero_like(lanes: Lanes, op: Op) -> Result:
    """Zeros of which more parts may become others in each lane than of what they are like."""
    like = op.args[0]
    found = lanes.build.op(op.prim, lanes.atom(like))
    if isinstance(lanes.kind(like), (Number, Array)):
        return found
    return lanes.to_layout(found, lanes.kind(like), lanes.layout(like), lanes.layout(op.outs[0]))


@batching("cast_like")
def cast_like(lanes: Lanes, op: Op) -> Result:
    """What is the same in all lanes is repeated, if only what it is to be like is not."""
    of_numbers(lanes, op, *op.args)
    return lanes.build.op(op.prim, lanes.full(op.args[0]), lanes.atom(op.args[1]))


@batching("uncut")
def uncut(lanes: Lanes, op: Op) -> Result:
    """A question about dtypes."""
    if lanes.layout(op.args[0]) is not True:
        raise refuse(op, "is of what is the same in all lanes")
    return lanes.build.op(op.prim, *map(lanes.atom, op.args))


@batching("np.full_like")
def full_like(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "fill_value", dtype=None)
    ranks = of_numbers(lanes, op, given["x"], given["fill_value"])
    same(lanes, op, given, "dtype")
    args: list[Atom] = [lanes.full(given["x"]), lanes.aligned(given["fill_value"], ranks[0])]
    if given["dtype"] == Const(None):
        return lanes.build.op(op.prim, *args)
    return lanes.build.op(op.prim, *args, given["dtype"], kw=("dtype",))


@batching("np.full")
def full(lanes: Lanes, op: Op) -> Result:
    """Filled with numbers of which each has a part of the array for itself."""
    kind = lanes.kind(op.outs[0])
    given = operands(op, "shape", "fill_value", dtype=None)
    same(lanes, op, given, "shape", "dtype")
    if not isinstance(kind, Array) or kind.shape is None:
        raise refuse(op, "is of an unknown shape")
    shape = given["shape"]
    extents = [shape] if isinstance(lanes.kind(shape), Number) else [
        lanes.build.getitem(shape, k) if not isinstance(shape, Const) else Const(shape.value[k])
        for k in range(len(kind.shape))]
    wide = lanes.build.op(prims.TUPLE, lanes.size(), *extents)
    value = lanes.aligned(given["fill_value"], len(kind.shape))
    if given["dtype"] == Const(None):
        return lanes.build.op(op.prim, wide, value)
    return lanes.build.op(op.prim, wide, value, given["dtype"], kw=("dtype",))


@batching("np.linspace")
def linspace(lanes: Lanes, op: Op) -> Result:
    """The points stand in front of the lanes that the ends have, and are moved behind."""
    given = operands(op, "start", "stop", num=50, endpoint=True)
    rank = max(of_numbers(lanes, op, given["start"], given["stop"]))
    same(lanes, op, given, "num", "endpoint")
    ends = [lanes.aligned(given[name], rank) for name in ("start", "stop")]
    more = () if given["endpoint"] == Const(True) else (given["endpoint"],)
    found = lanes.build.op(op.prim, *ends, given["num"], *more, kw=("endpoint",) if more else ())
    if rank == 0:
        return lanes.build.op(by_name(".T"), found)
    return lanes.build.op(by_name("np.swapaxes"), found, Const(0), Const(1))


@batching("np.meshgrid")
def meshgrid(lanes: Lanes, op: Op) -> Result:
    """Each vector along an axis of its own."""
    indexing = option(op, "indexing").atom or Const("xy")
    vectors = op.positional
    if any(rank != 1 for rank in of_numbers(lanes, op, *vectors)) or op.kw not in ((), ("indexing",)):
        raise refuse(op, "is given options")
    axes = list(range(len(vectors)))
    if indexing == Const("xy") and len(vectors) > 1:
        axes[:2] = [1, 0]
    elif indexing not in (Const("xy"), Const("ij")):
        raise refuse(op, "is given an order that is computed")
    wide = [lanes.full(v) for v in vectors]
    extents = [lanes.build.op(prims.EXTENT, wide[axes.index(k)], static=1) for k in range(len(vectors))]
    shape = lanes.build.op(prims.TUPLE, lanes.size(), *extents)
    found = []
    for axis, vector in zip(axes, wide):
        along = spread(lanes, vector, ":" + "+" * axis + ":" + "+" * (len(vectors) - 1 - axis))
        found.append(lanes.build.op(by_name("np.copy"), lanes.build.op(by_name("np.broadcast_to"), along, shape)))
    is_tuple = isinstance(lanes.kind(op.outs[0]), Tuple)
    return lanes.build.op(prims.TUPLE if is_tuple else prims.LIST, *found)
