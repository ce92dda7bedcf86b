"""Interpolation and polynomials."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.syntax import Const, Op
from tangent2.rules.batching.axes import axis_of, of_numbers, operands, same
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside


@batching("np.interp")
def interp(lanes: Lanes, op: Op) -> Result:
    """At other places, of the same function."""
    of_numbers(lanes, op, *op.positional[:1])
    if any(lanes.layout(a) is not False for a in op.args[1:]):
        raise refuse(op, "is of another function in each lane")
    return lanes.build.op(op.prim, *map(lanes.atom, op.args), kw=op.kw)


@batching("np.polyval")
def polyval(lanes: Lanes, op: Op) -> Result:
    """Of other coefficients: their products with powers."""
    p, x = op.args
    ranks = of_numbers(lanes, op, p, x)
    if ranks[0] != 1 or op.kw:
        raise refuse(op, "is not of numbers")
    if lanes.layout(p) is False:
        return lanes.build.op(op.prim, lanes.atom(p), lanes.atom(x))
    own = Inside(lanes, op)
    places = own.op("np.arange", own.op(prims.SUB, own.extent(p, 0), 1), -1, -1)
    powers = own.op(prims.POW, own.axes(x, ":" * ranks[1] + "+"), places)
    return own.result(own.op("np.sum", own.op(prims.MUL, p, powers), axis=-1))


@batching("np.trapezoid", "np.trapz")
def trapezoid(lanes: Lanes, op: Op) -> Result:
    """Along one axis: the sum of the means of neighbours, times how far they are apart."""
    given = operands(op, "y", x=None, dx=1.0, axis=-1)
    same(lanes, op, given, "axis")
    y, x, dx, own = given["y"], given["x"], given["dx"], Inside(lanes, op)
    (rank,) = of_numbers(lanes, op, y)
    axis = axis_of(lanes, op, given["axis"], rank)
    before = [slice(None)] * axis
    both = own.op(prims.ADD, own.item(y, *before, slice(1, None)), own.item(y, *before, slice(None, -1)))
    if x != Const(None):
        (count,) = of_numbers(lanes, op, x)
        dx = own.op("np.diff", x, axis=axis if count == rank and axis < rank - 1 else -1)
        if count == 1 < rank - axis:
            dx = own.axes(dx, ":" + "+" * (rank - 1 - axis))
    elif lanes.kind(dx) and of_numbers(lanes, op, dx) != [0]:
        raise refuse(op, "is given several distances")
    half = own.op(prims.MUL, 0.5, both)
    each = half if dx == Const(1.0) else own.op(prims.MUL, half, dx)
    return own.result(own.op("np.sum", each, axis=axis))
