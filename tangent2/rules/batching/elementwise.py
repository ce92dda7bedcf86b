"""Elementwise primitives: operands of fewer axes get axes behind that of the batch."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, List, Number, Tuple
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside
from tangent2.rules.declare import by_name

_OPERATORS = frozenset({*prims.BINARY.values(), *prims.COMPARE.values(), *prims.UNARY.values()})
_OPTIONS = frozenset({"dtype", "casting", "order"})


def arrays(lanes: Lanes, op: Op, atoms: tuple[Atom, ...]) -> list[Atom]:
    """Operands as arrays, where they are lists or tuples of numbers; refused where one is none.

    Python's own operators take containers for what they are, unless the other operand is an array.
    """
    if op.prim in _OPERATORS and not any(isinstance(lanes.kind(a), Array) for a in atoms) and any(
            isinstance(lanes.kind(a), (List, Tuple)) for a in atoms):
        raise refuse(op, "is given containers")
    found = [Inside(lanes, op).op("np.array", a) if isinstance(lanes.kind(a), (List, Tuple)) else a for a in atoms]
    if not all(isinstance(lanes.kind(a), (Number, Array)) for a in found):
        raise refuse(op, "is given something other than numbers and arrays")
    return found


def numeric(lanes: Lanes, op: Op, atoms: tuple[Atom, ...]) -> int:
    """The number of axes of the widest operand; refused where one is no number or array."""
    if not all(isinstance(lanes.kind(a), (Number, Array)) for a in atoms):
        raise refuse(op, "is given something other than numbers and arrays")
    return max(map(lanes.rank, atoms))


@batching("elementwise", "np.where")
def elementwise(lanes: Lanes, op: Op) -> Result:
    if not _OPTIONS.issuperset(op.kw) or op.prim.name == "np.where" and len(op.positional) != 3:
        raise refuse(op, "is given options")
    plain = arrays(lanes, op, op.positional)
    rank = numeric(lanes, op, tuple(plain))
    options = op.args[len(plain):]
    return lanes.build.op(op.prim, *[lanes.aligned(a, rank) for a in plain], *options, kw=op.kw, static=op.static)


@batching("eq", "ne")
def equality(lanes: Lanes, op: Op) -> Result:
    """Of tuples of numbers: whether all of them are equal, or one is not."""
    one, other = map(lanes.kind, op.args)
    if not isinstance(one, Tuple) or not isinstance(other, Tuple):
        return elementwise(lanes, op)
    count = len(one.elts)
    if not count or len(other.elts) != count or one.record is not other.record or not all(
            isinstance(elt, Number) for elt in (*one.elts, *other.elts)):
        raise refuse(op, "is given containers")
    parts = [[lanes.build.getitem(lanes.atom(a), k) for k in range(count)] for a in op.args]
    found = lanes.build.op(op.prim, parts[0][0], parts[1][0])
    joint = prims.BITAND if op.prim is prims.EQ else prims.BITOR
    for a, b in zip(parts[0][1:], parts[1][1:]):
        found = lanes.build.op(joint, found, lanes.build.op(op.prim, a, b))
    if not any(isinstance(lanes.build.kind(p), Array) for pair in parts for p in pair):
        return lanes.repeated(found, Number("bool"))
    return found


@batching("np.clip", ".clip")
def clip(lanes: Lanes, op: Op) -> Result:
    bounds = [a for a in op.args if a != Const(None)]
    rank = numeric(lanes, op, tuple(bounds))
    args = [a if a == Const(None) else lanes.aligned(a, rank) for a in op.args]
    return lanes.build.op(op.prim, *args, kw=op.kw)


@batching("np.isclose")
def is_close(lanes: Lanes, op: Op) -> Result:
    """Tolerances may be arrays, too."""
    rank = numeric(lanes, op, op.args)
    return lanes.build.op(op.prim, *[lanes.aligned(a, rank) for a in op.args], kw=op.kw)


@batching("polygamma")
def polygamma(lanes: Lanes, op: Op) -> Result:
    """Of numbers, by that of arrays."""
    n, x = op.args
    if lanes.layout(n) is not False or numeric(lanes, op, (x,)):
        raise refuse(op, "is of another order in each lane")
    return lanes.build.op(by_name("each_polygamma"), n, lanes.atom(x))


@batching("turned_by")
def turned_by(lanes: Lanes, op: Op) -> Result:
    """A real operand gives zeros of its own shape."""
    rank = numeric(lanes, op, op.args)
    if lanes.rank(op.args[0]) < rank:
        raise refuse(op, "turns an array by one of more axes")
    return lanes.build.op(op.prim, lanes.full(op.args[0]), lanes.aligned(op.args[1], rank))
