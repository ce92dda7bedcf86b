"""The run-time helpers of emitted code: sums to shapes, and what is put back where it was read."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, Kind, List, NoneKind, Number, Tuple
from tangent2.core.layouts import whole
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.axes import Option, literal, moved, of_numbers, widened
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside, inside
from tangent2.rules.declare import by_name


@batching("unbroadcast", "broadcast_like", "as_stored", "as_place")
def fitted(lanes: Lanes, op: Op) -> Result:
    """To the shape of another array, which in each lane is that of one lane."""
    g, like = op.args
    if isinstance(lanes.kind(like), (List, Tuple)) and lanes.layout(g) == whole(lanes.kind(g)):
        return lanes.atom(g)
    ranks = of_numbers(lanes, op, g, like)
    wide = widened(lanes, g, ranks[1])
    if ranks[0] > ranks[1]:     # axes in front, which `like` was broadcast to
        gone = tuple(range(1, ranks[0] - ranks[1] + 1))
        axis = Const(gone[0] if len(gone) == 1 else gone)
        wide = lanes.build.op(by_name("np.sum"), wide, axis, kw=("axis",))
    name = {"as_stored": "unbroadcast", "as_place": "broadcast_like"}.get(op.prim.name, op.prim.name)
    return lanes.build.op(by_name(name), wide, lanes.full(like))


@batching("expand_reduced")
def expand_reduced(lanes: Lanes, op: Op) -> Result:
    g, x, axis, keepdims = op.args
    count, rank = of_numbers(lanes, op, g, x)
    gone = literal(op, Option(2, axis), None)
    kept = literal(op, Option(3, keepdims), False)
    if gone is None:
        wide, axes = widened(lanes, g, rank), Const(None)
    else:
        wide, axes = lanes.full(g), Const(moved(gone, rank))
    if rank == 0 or gone is not None and not kept and count == rank:
        raise refuse(op, "expands what was not reduced")
    return lanes.build.op(op.prim, wide, lanes.full(x), axes, Const(True) if gone is None else Const(bool(kept)))


@batching("along_first")
@inside
def along_first(own: Inside, op: Op) -> Atom:
    x, like = op.args
    count, rank = of_numbers(own.lanes, op, x, like)
    if count != 1:
        raise refuse(op, "is not of a vector")
    return own.axes(x, ":" + "+" * (rank - 1))


@batching("turned")
@inside
def turned(own: Inside, op: Op) -> Atom:
    rank = own.rank(op.args[0])
    return op.args[0] if rank < 2 else own.op("np.swapaxes", op.args[0], rank - 1, rank - 2)


@batching("of_square")
def of_square(lanes: Lanes, op: Op) -> Result:
    of_numbers(lanes, op, *op.args)
    return lanes.build.op(op.prim, *map(lanes.full, op.args))


@batching("windows_dot")
def windows_dot(lanes: Lanes, op: Op) -> Result:
    raise refuse(op, "is of windows, which NumPy does not know for several vectors")


# ---- trees ----

@batching("add_trees")
def add_trees(lanes: Lanes, op: Op) -> Result:
    """Leaf by leaf, where both have the same layout; None is zero."""
    a, b = op.args
    for one, other in ((a, b), (b, a)):
        if isinstance(lanes.kind(one), NoneKind):
            return lanes.shaped(other, whole(lanes.kind(other)))
    if all(isinstance(lanes.kind(x), (Number, Array)) for x in op.args):
        own = Inside(lanes, op)
        return own.result(own.op(prims.ADD, a, b))
    wanted = whole(lanes.kind(a))
    if wanted != whole(lanes.kind(b)):
        raise refuse(op, "adds containers of several structures")
    return lanes.build.op(op.prim, lanes.shaped(a, wanted), lanes.shaped(b, wanted))


@batching("or_zero")
def or_zero(lanes: Lanes, op: Op) -> Result:
    """Which of both it is, is the same in all lanes."""
    bar, like = op.args
    kind = lanes.kind(bar)
    other = lanes.layout(op.outs[0]) is not False
    if isinstance(kind, (Number, Array)):
        return lanes.full(bar) if other else lanes.atom(bar)
    if isinstance(kind, NoneKind):
        zero = lanes.build.op(by_name("zero_like"), lanes.atom(like))
        return zero if other else lanes.build.getitem(zero, 0)
    if lanes.layout(bar) != whole(kind) or lanes.layout(like) != whole(lanes.kind(like)):
        raise refuse(op, "is of containers of which only some parts are others in each lane")
    return lanes.build.op(op.prim, *map(lanes.atom, op.args))


@batching("splat_like")
def splat_like(lanes: Lanes, op: Op) -> Result:
    """Of an array one filled with a number; of a tuple one of these."""
    own = Inside(lanes, op)
    if any(of_numbers(lanes, op, op.args[0])):
        raise refuse(op, "fills with arrays")
    return _splat(own, op, op.args[0], op.args[1])


def _splat(own: Inside, op: Op, g: Atom, like: Atom) -> Atom:
    lanes, kind = own.lanes, own.lanes.kind(like)
    if isinstance(kind, Number):
        return own.lanes.full(own.op("cast_like", g, like))
    if isinstance(kind, Array) and kind.dtype is not None and kind.dtype[0] in "fc":
        return lanes.build.op(by_name("np.full_like"), lanes.full(like), lanes.aligned(g, lanes.rank(like)))
    if isinstance(kind, Tuple):
        return lanes.build.op(prims.TUPLE, *[_splat(own, op, g, part) for part in _parts(own, like, kind)])
    raise refuse(op, "fills what is not known to be of real numbers")


def _parts(own: Inside, atom: Atom, kind: Tuple) -> list[Atom]:
    """The elements of a tuple."""
    lanes, layout = own.lanes, own.lanes.layout(atom)
    parts = getattr(layout, "elts", (False,) * len(kind.elts))
    found: list[Atom] = []
    for k, (elt, on) in enumerate(zip(kind.elts, parts)):
        found.append(own.stand_in(elt, lanes.build.getitem(lanes.atom(atom), k)))
        lanes.virtual[found[-1]] = elt, on      # type: ignore[index]
    return found


@batching("sum_leaves")
@inside
def sum_leaves(own: Inside, op: Op) -> Atom:
    return _sum(own, op, op.args[0])


def _sum(own: Inside, op: Op, tree: Atom) -> Atom:
    kind = own.lanes.kind(tree)
    if isinstance(kind, (Number, Array)):
        return own.op("np.sum", tree) if own.rank(tree) else tree
    if isinstance(kind, NoneKind):
        return Const(0.0)
    if not isinstance(kind, Tuple):
        raise refuse(op, "sums what is not known to be of numbers")
    found: Atom = Const(0.0)
    for part in _parts(own, tree, kind):
        found = own.op(prims.ADD, found, _sum(own, op, part))
    return found


@batching("each_like")
def each_like(lanes: Lanes, op: Op) -> Result:
    """Sums to the shape of each part."""
    g, like = op.args
    kind, own = lanes.kind(like), Inside(lanes, op)
    if isinstance(kind, List):
        if _rank(kind.elt) != of_numbers(lanes, op, g)[0]:
            raise refuse(op, "is of arrays of several ranks")
        return lanes.build.op(op.prim, lanes.full(g), lanes.shaped(like, whole(kind)))
    if not isinstance(kind, Tuple):
        raise refuse(op, "is of what is no list")
    sums = [own.op("unbroadcast", g, part) for part in _parts(own, like, kind)]
    return lanes.build.op(prims.TUPLE, *map(lanes.full, sums))


@batching("sum_each")
@inside
def sum_each(own: Inside, op: Op) -> Atom:
    rows, g = op.args
    kind, lanes = own.lanes.kind(rows), own.lanes
    if isinstance(kind, List):
        if _rank(kind.elt) != of_numbers(lanes, op, g)[0]:
            raise refuse(op, "is of arrays of several ranks")
        found = lanes.build.op(op.prim, lanes.shaped(rows, whole(kind)), lanes.full(g))
        return own.stand_in(lanes.kind(g), found)
    if not isinstance(kind, Tuple):
        raise refuse(op, "is of what is no list")
    total: Atom = own.op("zero_like", g)
    for part in _parts(own, rows, kind):
        total = own.op(prims.ADD, total, part)
    return total


def _rank(kind: Kind) -> int | None:
    return 0 if isinstance(kind, Number) else kind.rank if isinstance(kind, Array) else None


@batching("sum_repeats", "repeat_like", "unstored", "restored", "across")
def by_structure(lanes: Lanes, op: Op) -> Result:
    """What moves the elements of containers about."""
    for atom in op.args[:2]:
        if lanes.layout(atom) is not False and lanes.layout(atom) != whole(lanes.kind(atom)):
            raise refuse(op, "is of containers of which only some parts are others in each lane")
    if lanes.layout(op.args[0]) is False:
        raise refuse(op, "is of what is the same in all lanes")
    if any(lanes.layout(a) is not False for a in op.args[2:]):
        raise refuse(op, "is given another key in each lane")
    args = list(map(lanes.atom, op.args))
    if op.prim.name not in ("repeat_like", "across"):       # zeros are made like the second
        args[1] = lanes.shaped(op.args[1], whole(lanes.kind(op.args[1])))
    return lanes.build.op(op.prim, *args)
