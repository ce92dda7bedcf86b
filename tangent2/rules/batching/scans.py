"""What runs along one axis and keeps it: differences, slopes, Fourier transforms, and the helpers of products."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, Number, Tuple
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.axes import (
    Option, axis_of, flat, literal, moved, of_numbers, operands, option, same, same_elsewhere, with_option,
)
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside
from tangent2.rules.batching.reductions import array
from tangent2.rules.declare import by_name

# those along the last axis unless told otherwise, and the place of the axis among their operands
_LAST = {"np.sort": 1, "np.argsort": 1, ".argsort": 1, "np.unwrap": 3, **dict.fromkeys(
    [f"np.fft.{name}" for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")], 2)}


@batching(*_LAST)
def along_last(lanes: Lanes, op: Op) -> Result:
    found = option(op, "axis", _LAST[op.prim.name])
    axis = literal(op, found, -1)
    args = same_elsewhere(lanes, op, (0, found.at))
    args[0], rank = array(lanes, op)
    if rank == 0:
        raise refuse(op, "is of a number")
    if axis is None:
        args[0], axis, rank = flat(lanes, args[0]), 0, 1
    if isinstance(axis, int) and axis < 0:
        return lanes.build.op(op.prim, *args, kw=op.kw, static=op.static)
    return with_option(lanes, op, args, found, "axis", moved(axis, rank))


@batching("np.flip", "np.roll")
def flipped(lanes: Lanes, op: Op) -> Result:
    rolls = op.prim.name == "np.roll"
    found = option(op, "axis", 1 + rolls)
    axis = literal(op, found, None)
    args = same_elsewhere(lanes, op, (0, found.at))
    args[0], rank = array(lanes, op)
    if not rolls or axis is not None or rank == 1:
        return with_option(lanes, op, args, found, "axis", moved(axis, rank))
    own = Inside(lanes, op)
    row = own.op("np.roll", own.op("np.ravel", op.args[0]), op.args[1], axis=0)
    return own.result(own.op("np.reshape", row, own.shape(op.args[0])))


@batching("np.diff")
def differences(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", n=1, axis=-1, prepend=None, append=None)
    same(lanes, op, given, "n", "axis")
    whole, (rank,) = lanes.full(given["x"]), of_numbers(lanes, op, given["x"])
    axis = axis_of(lanes, op, given["axis"], rank)
    options: dict[str, Atom] = {} if given["n"] == Const(1) else {"n": given["n"]}
    if axis != rank - 1:
        options["axis"] = Const(axis + 1)
    for name in ("prepend", "append"):
        if given[name] != Const(None):
            options[name] = _beside(lanes, op, given[name], rank)
    return lanes.build.op(op.prim, whole, *options.values(), kw=tuple(options))


def _beside(lanes: Lanes, op: Op, atom: Atom, rank: int) -> Atom:
    """What stands before or behind an array: a number that is the same everywhere, or an array like it."""
    (own,) = of_numbers(lanes, op, atom)
    if own == 0 and lanes.layout(atom) is False:
        return lanes.atom(atom)
    if own == rank or own == 0 and rank == 1:
        return lanes.aligned(atom, rank) if own == 0 else lanes.full(atom)
    raise refuse(op, "begins or ends with a number that is another one in each lane")


@batching("np.gradient")
def gradient(lanes: Lanes, op: Op) -> Result:
    """Along one axis, or along each."""
    given = operands(op, "x", spacing=1.0, axis=None)
    same(lanes, op, given, "axis")
    rank, count = of_numbers(lanes, op, given["x"], given["spacing"])
    axis = literal(op, Option(None, given["axis"]), None)
    several = isinstance(lanes.kind(op.outs[0]), Tuple) or not isinstance(axis, int) and rank != 1
    other = lanes.layout(given["spacing"]) is not False
    if several or count:
        raise refuse(op, "is of several axes, or of places")
    along = axis % rank if isinstance(axis, int) else 0
    spacing = () if other or given["spacing"] == Const(1.0) else (lanes.atom(given["spacing"]),)
    found = lanes.build.op(op.prim, lanes.full(given["x"]), *spacing, Const(along + 1), kw=("axis",))
    return lanes.build.op(prims.DIV, found, lanes.aligned(given["spacing"], rank)) if other else found


# ---- helpers of derivatives ----

_SCANS = {"delay": (1, 1), "recurrence": (2, 2), "products_before": (1, 1), "products_after": (1, 1),
          "gradient_back": (1, 1), "fitted": (2, 2), "median_weights": (1, 1), "places_of": (2, 2), "doubled": (1, 2)}


@batching(*_SCANS)
def helper(lanes: Lanes, op: Op) -> Result:
    """Arrays of one rank, and an axis; None for all of them as they lie in memory."""
    count, at = _SCANS[op.prim.name]
    arrays, rest = op.args[:count], op.args[count:]
    ranks = of_numbers(lanes, op, *arrays)
    if len(set(ranks)) != 1 or ranks[0] == 0 or any(lanes.layout(a) is not False for a in rest) or op.kw:
        raise refuse(op, "is given arrays of several ranks")
    axis = literal(op, Option(at, op.args[at]), None)
    wide = [lanes.full(a) for a in arrays]
    args: list[Atom] = [*wide, *map(lanes.atom, rest)]
    args[at] = Const(1 if axis is None else moved(axis, ranks[0]))
    if axis is not None or ranks[0] == 1:
        return lanes.build.op(op.prim, *args)
    args[:count] = [flat(lanes, a) for a in wide]
    extents = [lanes.build.op(prims.EXTENT, wide[0], static=k + 1) for k in range(ranks[0])]
    shape = lanes.build.op(prims.TUPLE, lanes.size(), *extents)
    return lanes.build.op(by_name("np.reshape"), lanes.build.op(op.prim, *args), shape)


@batching("real_places")
def real_places(lanes: Lanes, op: Op) -> Result:
    """Of the columns of each matrix."""
    if not isinstance(lanes.kind(op.args[0]), (Array, Number)) or lanes.rank(op.args[0]) != 2:
        raise refuse(op, "is not of a matrix")
    return lanes.build.op(op.prim, lanes.full(op.args[0]))
