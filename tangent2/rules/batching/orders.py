"""Orders: parts of what is sorted, places in it, and lists that are sorted."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, Tuple
from tangent2.core.layouts import whole
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.axes import Option, axis_of, flat, literal, of_numbers, operands, same
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.reductions import array
from tangent2.rules.batching.scalars import stacked
from tangent2.rules.declare import by_name


@batching("np.partition", "np.argpartition")
def partition(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "kth", axis=-1)
    same(lanes, op, given, "kth", "axis")
    wide, rank = array(lanes, op)
    axis = literal(op, Option(None, given["axis"]), -1)
    kth = lanes.atom(given["kth"])
    if axis is None:
        return lanes.build.op(op.prim, flat(lanes, wide), kth)
    place = axis_of(lanes, op, given["axis"], rank)
    return lanes.build.op(op.prim, wide, kth, Const(place + 1 if place < rank - 1 else -1), kw=("axis",))


@batching("np.searchsorted", ".searchsorted", "np.digitize", "np.isin")
def sought(lanes: Lanes, op: Op) -> Result:
    """Places in what is the same in all lanes."""
    item = 1 if "searchsorted" in op.prim.name else 0
    of_numbers(lanes, op, *op.args[:2])
    if any(lanes.layout(a) is not False for k, a in enumerate(op.args) if k != item):
        raise refuse(op, "looks in what is another array in each lane")
    return lanes.build.op(op.prim, *map(lanes.atom, op.args), kw=op.kw)


@batching("bisect_left", "bisect_right")
def bisected(lanes: Lanes, op: Op) -> Result:
    """Python's search for a number in a list."""
    of_numbers(lanes, op, op.args[1])
    if len(op.args) != 2 or op.kw or lanes.layout(op.args[0]) is not False:
        raise refuse(op, "looks in what is another list in each lane")
    side = op.prim.name.rpartition("_")[2]
    return lanes.build.op(by_name("np.searchsorted"), lanes.atom(op.args[0]), lanes.atom(op.args[1]), Const(side),
                          kw=("side",))


@batching("np.unravel_index")
def unraveled(lanes: Lanes, op: Op) -> Result:
    of_numbers(lanes, op, op.args[0])
    if len(op.args) != 2 or op.kw or lanes.layout(op.args[1]) is not False:
        raise refuse(op, "is given options")
    return lanes.build.op(op.prim, *map(lanes.atom, op.args))


# ---- lists ----

def _rows(lanes: Lanes, op: Op, atom: Atom) -> Atom:
    """The numbers of a list or a vector, the lanes behind."""
    if isinstance(lanes.kind(atom), Array):
        of_numbers(lanes, op, atom)
        if lanes.rank(atom) != 1:
            raise refuse(op, "sorts arrays")
        return lanes.build.op(by_name(".T"), lanes.full(atom))
    return stacked(lanes, op, atom)


def _listed(lanes: Lanes, op: Op, atom: Atom) -> Atom:
    """The rows of an array as the list, tuple or array that the result is."""
    kind = lanes.kind(op.outs[0])
    if isinstance(kind, Array):
        return lanes.build.op(by_name(".T"), atom)
    if whole(kind) is False:
        raise refuse(op, "gives what is no list")
    return lanes.build.op(by_name("tuple" if isinstance(kind, Tuple) else "list"), atom)


@batching(".tolist")
def listed(lanes: Lanes, op: Op) -> Result:
    """The numbers of a vector."""
    return lanes.build.op(by_name("list"), _rows(lanes, op, op.args[0]))


@batching("sorted")
def in_order(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", reverse=False)
    same(lanes, op, given, "reverse")
    found = lanes.build.op(by_name("np.sort"), _rows(lanes, op, given["x"]), Const(0), kw=("axis",))
    if literal(op, Option(None, given["reverse"]), False):
        found = lanes.build.op(by_name("np.flip"), found, Const(0))
    return _listed(lanes, op, found)


@batching("sorted_places", "ranked")
def order_of(lanes: Lanes, op: Op) -> Result:
    """Equal items stay in the order in which they were."""
    rows = _rows(lanes, op, op.args[0])
    if literal(op, Option(1, op.args[1]), False):
        rows = lanes.build.op(prims.NEG, rows)
    found = lanes.build.op(by_name("np.argsort"), rows, Const(0), Const("stable"), kw=("axis", "kind"))
    return _listed(lanes, op, found)


@batching("pick_places")
def picked(lanes: Lanes, op: Op) -> Result:
    rows, places = [_rows(lanes, op, a) for a in op.args]
    return _listed(lanes, op, lanes.build.op(by_name("np.take_along_axis"), rows, places, Const(0)))


@batching("put_places")
def put(lanes: Lanes, op: Op) -> Result:
    """The places are all there are: from each place comes what stands where it is told."""
    rows, places = _rows(lanes, op, op.args[0]), _rows(lanes, op, op.args[2])
    back = lanes.build.op(by_name("np.argsort"), places, Const(0), kw=("axis",))
    return _listed(lanes, op, lanes.build.op(by_name("np.take_along_axis"), rows, back, Const(0)))
