"""Reductions along axes, with all their options."""
from __future__ import annotations

import math
from typing import Any

from tangent2.core import prims
from tangent2.core.kinds import Array, List, Number, Tuple
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.axes import (
    Option, flat, literal, moved, of_numbers, operands, option, same, same_elsewhere, with_option,
)
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside
from tangent2.rules.declare import by_name

# those that reduce all axes unless told otherwise, by the names of functions and of methods
WHOLE = ("sum", "mean", "max", "min", "amax", "amin", "prod", "var", "std", "any", "all", "ptp", "nansum", "nanmean",
         "nanmax", "nanmin", "nanprod", "nanvar", "nanstd", "median", "nanmedian", "count_nonzero")
# those along one axis, or of all elements in a row
PICKS = ("argmax", "argmin", "nanargmax", "nanargmin", "cumsum", "cumprod", "nancumsum", "nancumprod")


def names(bare: tuple[str, ...]) -> list[str]:
    """The primitives of functions and of methods of such names."""
    return [form for name in bare for form in (f"np.{name}", f".{name}")]


def array(lanes: Lanes, op: Op) -> tuple[Atom, int]:
    """The first operand for all lanes, and its number of axes."""
    kind, first = lanes.kind(op.args[0]), op.args[0]
    if isinstance(kind, (List, Tuple)):
        first = Inside(lanes, op).op("np.array", first)
    if not isinstance(lanes.kind(first), (Array, Number)):
        raise refuse(op, "is given something other than an array")
    return lanes.full(first), lanes.rank(first)


@batching(*names(WHOLE))
def reduce(lanes: Lanes, op: Op) -> Result:
    found, where = option(op, "axis", 1), option(op, "where")
    axis = literal(op, found, None)
    args = same_elsewhere(lanes, op, (0, found.at, where.at))
    args[0], rank = array(lanes, op)
    if rank == 0:       # there is nothing to reduce; the result keeps its dtype
        return _of_numbers(lanes, op, args, found)
    if where.at is not None and where.atom != Const(True):
        assert where.atom is not None
        args[where.at] = lanes.aligned(where.atom, rank)
    return with_option(lanes, op, args, found, "axis", moved(axis, rank))


def _of_numbers(lanes: Lanes, op: Op, args: list[Atom], found: Option) -> Result:
    """A reduction of one number in each lane."""
    if option(op, "keepdims", 2).atom not in (None, Const(False)) or option(op, "where").at is not None:
        raise refuse(op, "is given options, of a number")
    args[0] = lanes.build.op(by_name("np.expand_dims"), args[0], Const(1))
    return with_option(lanes, op, args, found, "axis", (1,))


@batching(*names(PICKS))
def along_or_flat(lanes: Lanes, op: Op) -> Result:
    found = option(op, "axis", 1)
    axis = literal(op, found, None)
    args = same_elsewhere(lanes, op, (0, found.at))
    args[0], rank = array(lanes, op)
    if axis is None and rank != 1:
        if option(op, "keepdims", 3).atom not in (None, Const(False)):
            raise refuse(op, "keeps all axes")
        args[0], axis = flat(lanes, args[0]), 0
    return with_option(lanes, op, args, found, "axis", moved(0 if axis is None else axis, rank))


@batching("np.linalg.norm")
def norm(lanes: Lanes, op: Op) -> Result:
    """Of a vector, or along axes; that of a whole matrix is that of its last two axes."""
    found, kind = option(op, "axis", 2), option(op, "ord", 1)
    axis = literal(op, found, None)
    args = same_elsewhere(lanes, op, (0, found.at))
    args[0], rank = array(lanes, op)
    if len(args) == 2 and rank == 2 and isinstance(kind.atom, Const) and kind.atom.value in _OF_SUMS:
        return _greatest_sum(lanes, op, kind.atom.value)
    keeps = option(op, "keepdims", 3).atom not in (None, Const(False))
    if axis is None and rank != 1 and (rank != 2 or kind.atom in (None, Const(None)) and not keeps):
        if kind.atom not in (None, Const(None)) or keeps or rank == 0:
            raise refuse(op, "is taken of all elements")
        args[0], axis = flat(lanes, args[0]), 0
    return with_option(lanes, op, args, found, "axis", moved(axis, rank))


# of a matrix: which axis is summed over, and which of the sums it is
_OF_SUMS = {1: (0, "np.max"), -1: (0, "np.min"), math.inf: (1, "np.max"), -math.inf: (1, "np.min")}


def _greatest_sum(lanes: Lanes, op: Op, order: Any) -> Result:
    """The norms of matrices that are sums of sizes."""
    axis, name = _OF_SUMS[order]
    own = Inside(lanes, op)
    return own.result(own.op(name, own.op("np.sum", own.op("np.abs", op.args[0]), axis=axis), axis=0))


@batching("np.average")
def average(lanes: Lanes, op: Op) -> Result:
    """The mean, or the sum of what is weighted over that of the weights."""
    given = operands(op, "x", axis=None, weights=None)
    x, weights, own = given["x"], given["weights"], Inside(lanes, op)
    same(lanes, op, given, "axis")
    axis = literal(op, Option(None, given["axis"]), None)
    options = {} if axis is None else {"axis": axis}
    if weights == Const(None):
        return own.result(own.op("np.mean", x, **options))
    rank, count = of_numbers(lanes, op, x, weights)
    if rank == count and rank:
        top = own.op("np.sum", own.op(prims.MUL, x, weights), **options)
        return own.result(own.op(prims.DIV, top, own.op("np.sum", weights, **options)))
    if count != 1 or type(axis) is not int:
        raise refuse(op, "is given weights of another shape")
    column = own.axes(weights, ":" + "+" * (rank - 1 - axis % rank))
    top = own.op("np.sum", own.op(prims.MUL, x, column), **options)
    return own.result(own.op(prims.DIV, top, own.op("np.sum", weights)))


@batching("np.cov")
def covariance(lanes: Lanes, op: Op) -> Result:
    """Of the rows of a matrix; of a vector its variance."""
    given = operands(op, "x")
    kind, (rank,) = lanes.kind(given["x"]), of_numbers(lanes, op, given["x"])
    if rank not in (1, 2) or not isinstance(kind, Array) or kind.dtype != "float64":
        raise refuse(op, "is not of real vectors")
    whole = lanes.full(given["x"])
    if rank == 1:
        return lanes.build.op(by_name("np.var"), whole, Const(1), Const(1), kw=("axis", "ddof"))
    mean = lanes.build.op(by_name("np.mean"), whole, Const(2), Const(True), kw=("axis", "keepdims"))
    off = lanes.build.op(prims.SUB, whole, mean)
    count = lanes.build.op(prims.SUB, lanes.build.op(prims.EXTENT, whole, static=2), Const(1))
    square = lanes.build.op(prims.MATMUL, off, lanes.build.op(by_name("np.swapaxes"), off, Const(1), Const(2)))
    return lanes.build.op(prims.DIV, square, count)


@batching("np.allclose", "np.array_equal", "np.array_equiv")
def all_of(lanes: Lanes, op: Op) -> Result:
    """Whether all elements are close, or equal."""
    own = Inside(lanes, op)
    a, b, *options = op.args
    ranks = of_numbers(lanes, op, a, b)
    if op.prim.name == "np.allclose":
        each = own.op("np.isclose", a, b, *op.positional[2:], **dict(op.keywords))
    elif options or ranks[0] != ranks[1] or lanes.kind(a) != lanes.kind(b):
        raise refuse(op, "compares arrays that may be of different shapes")
    else:
        each = own.op(prims.EQ, a, b)
    return own.result(own.op("np.all", each) if max(ranks) else each)
