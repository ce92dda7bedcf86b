"""Rearrangements of axes, and the questions about shapes, whose answers are the same in all lanes."""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import INT, Array, Number, Tuple
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.rules.batching.axes import (
    axis_of, flat, literal, of_numbers, operands, option, same, same_elsewhere, spread, written,
)
from tangent2.rules.batching.declare import Lanes, Result, answering, batching, refuse, uniform
from tangent2.rules.batching.inside import Inside
from tangent2.rules.batching.reductions import array
from tangent2.rules.declare import by_name

uniform("len", ".shape", "np.shape", "np.size", ".size", "np.ndim", ".ndim", "extent", ".dtype", "np.issubdtype",
        "isinstance", "is", "is_not", "of_class", "np.result_type", "np.finfo", "np.iinfo", "reduced_count",
        "common_length", "unit_directions", "diagonal_places", "type", "np.isscalar", "np.iscomplexobj",
        "np.isrealobj", "hasattr_of", "label", "callable")


@answering
def question(lanes: Lanes, op: Op) -> Atom:
    """A question about the shape of one lane, asked of all."""
    name, base = op.prim.name, op.args[0]
    if name in ("np.size", "np.shape", "np.ndim") and not isinstance(lanes.layout(base), bool):
        base = Inside(lanes, op).op("np.array", base)
        op = replace(op, args=(base, *op.args[1:]))
    if lanes.layout(base) is not True:
        return lanes.build.op(op.prim, *map(lanes.atom, op.args), kw=op.kw, static=op.static)
    rank, wide = lanes.rank(base), lanes.atom(base)
    if name in ("np.ndim", ".ndim"):
        return Const(rank)
    if name == "len":
        return lanes.build.op(prims.EXTENT, wide, static=1)
    if name == "extent":
        return lanes.build.op(prims.EXTENT, wide, static=op.static + (op.static >= 0))
    extents: list[Atom] = [lanes.build.op(prims.EXTENT, wide, static=k + 1) for k in range(rank)]
    if name in (".shape", "np.shape"):
        return lanes.build.op(prims.TUPLE, *extents)
    if name in ("np.size", ".size") and len(op.args) == 1:
        found: Atom = Const(1)
        for each in extents:
            found = each if found == Const(1) else lanes.build.op(prims.MUL, found, each)
        return found
    if name in ("unit_directions", "diagonal_places"):
        return lanes.build.op(op.prim, lanes.build.getitem(wide, 0))
    if name == "reduced_count":
        return _count(lanes, op, extents)
    if name in ("np.size", "isinstance", "np.isscalar", "type"):
        raise refuse(op, "asks for what is another thing in one lane")
    return lanes.build.op(op.prim, *map(lanes.atom, op.args), kw=op.kw, static=op.static)


def _count(lanes: Lanes, op: Op, extents: list[Atom]) -> Atom:
    """Over how many elements a reduction runs."""
    axis = written(lanes, op, op.args[1])
    gone = range(len(extents)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    found: Atom = Const(1)
    for k in gone:
        each = extents[k]
        found = each if found == Const(1) else lanes.build.op(prims.MUL, found, each)
    return found


@batching("np.reshape", ".reshape")
def reshape(lanes: Lanes, op: Op) -> Result:
    args = same_elsewhere(lanes, op)
    args[0], _ = array(lanes, op)
    order = option(op, "order", 2 if op.prim.params[1:] == ("shape", "order") else None)
    how = literal(op, order, "C")
    plain = [k for k in range(1, len(op.positional)) if k != order.at]
    named = option(op, "shape")
    extents = _extents(lanes, op, [op.args[k] for k in plain] if named.atom is None else [named.atom])
    if how == "F":
        return _columns_first(lanes, args[0], lanes.rank(op.args[0]), extents)
    if how != "C":
        raise refuse(op, "reads elements as they lie in memory")
    return lanes.build.op(by_name("np.reshape"), args[0], lanes.build.op(prims.TUPLE, lanes.size(), *extents))


def _columns_first(lanes: Lanes, whole: Atom, rank: int, extents: list[Atom]) -> Atom:
    """Elements read and written with the first axis of a lane changing fastest."""
    turned = _turned(lanes, whole, rank)
    shape = lanes.build.op(prims.TUPLE, lanes.size(), *extents[::-1])
    return _turned(lanes, lanes.build.op(by_name("np.reshape"), turned, shape), len(extents))


def _turned(lanes: Lanes, whole: Atom, rank: int) -> Atom:
    """All axes of a lane in the opposite order."""
    if rank < 2:
        return whole
    return lanes.build.op(by_name("np.transpose"), whole, Const((0, *range(rank, 0, -1))))


def _extents(lanes: Lanes, op: Op, given: list[Atom]) -> list[Atom]:
    """The extents that are given one by one, or in a tuple."""
    if len(given) != 1:
        return [lanes.atom(a) for a in given]
    kind, only = lanes.kind(given[0]), lanes.atom(given[0])
    if isinstance(only, Const):
        return [Const(n) for n in only.value] if isinstance(only.value, tuple) else [only]
    made = lanes.build.made.get(only) if isinstance(only, Value) else None
    if made is not None and made.prim is prims.TUPLE:
        return list(made.args)
    if isinstance(kind, Tuple):
        return [lanes.build.getitem(only, k) for k in range(len(kind.elts))]
    if isinstance(kind, Number):
        return [only]
    raise refuse(op, "is given a shape of unknown length")


@batching("np.ravel", ".ravel", ".flatten")
def ravel(lanes: Lanes, op: Op) -> Result:
    how = literal(op, option(op, "order", 1), "C")
    whole, rank = array(lanes, op)
    if how not in ("C", "F"):
        raise refuse(op, "reads elements as they lie in memory")
    if rank == 1:
        return lanes.build.op(by_name("np.copy"), whole) if op.prim.name == ".flatten" else whole
    if how == "F" and rank > 1:
        return flat(lanes, _turned(lanes, whole, rank))
    return flat(lanes, whole)


@batching("np.broadcast_to")
def broadcast_to(lanes: Lanes, op: Op) -> Result:
    same_elsewhere(lanes, op)
    extents = _extents(lanes, op, [op.args[1]])
    return lanes.build.op(op.prim, lanes.aligned(op.args[0], len(extents)),
                          lanes.build.op(prims.TUPLE, lanes.size(), *extents))


@batching("np.transpose", ".transpose", ".T", ".mT", "np.permute_dims", "np.matrix_transpose")
def transpose(lanes: Lanes, op: Op) -> Result:
    whole, rank = array(lanes, op)
    given = [a for a in op.args[1:] if a != Const(None)]
    axes = list(range(rank))[::-1]
    if op.prim.name in (".mT", "np.matrix_transpose"):
        axes = [*range(rank - 2), rank - 1, rank - 2]
    elif given:
        values = [literal(op, option(op, "", k + 1), None) for k in range(len(given))] if not op.kw else [None]
        order = values[0] if len(values) == 1 and isinstance(values[0], tuple) else tuple(values)
        if len(order) != rank or not all(type(a) is int for a in order):
            raise refuse(op, "is given axes that are computed")
        axes = [a % rank for a in order]        # type: ignore[operator]
    if axes == list(range(rank)):
        return whole
    if axes == list(range(rank))[::-1] and rank == 2:
        return lanes.build.op(by_name("np.swapaxes"), whole, Const(1), Const(2))
    return lanes.build.op(by_name("np.transpose"), whole, Const((0, *[a + 1 for a in axes])))


@batching("np.swapaxes", ".swapaxes", "np.moveaxis")
def exchanged(lanes: Lanes, op: Op) -> Result:
    whole, rank = array(lanes, op)
    if op.kw or len(op.args) != 3:
        raise refuse(op, "is given options")
    axes = [written(lanes, op, a) for a in op.args[1:]]
    return lanes.build.op(op.prim, whole, *[Const(_counted(op, a, rank)) for a in axes])


def _counted(op: Op, axes: object, rank: int) -> object:
    """Axes of one lane, in all, counted from the first."""
    if isinstance(axes, tuple):
        return tuple([_counted(op, a, rank) for a in axes])
    if type(axes) is not int or not -rank <= axes < rank:
        raise refuse(op, "is given no axis that it has")
    return axes % rank + 1


@batching("np.fliplr", "np.flipud", "np.rot90")
def of_images(lanes: Lanes, op: Op) -> Result:
    """Of the first two axes of one lane."""
    args = same_elsewhere(lanes, op)
    args[0], rank = array(lanes, op)
    if op.prim.name != "np.rot90":
        return lanes.build.op(by_name("np.flip"), args[0], Const(1 + (op.prim.name == "np.fliplr")))
    given = operands(op, "x", k=1, axes=(0, 1))
    own = Inside(lanes, op)     # turns of images, by what has a derivative along any axes
    axes, k = written(lanes, op, given["axes"]), written(lanes, op, given["k"])
    if type(k) is not int or not isinstance(axes, tuple):
        raise refuse(op, "turns a number of times that is computed")
    a, b = [axis % rank for axis in axes]
    found = op.args[0]
    if k % 4 == 2:
        found = own.op("np.flip", found, axis=(a, b))
    elif k % 4 == 1:
        found = own.op("np.swapaxes", own.op("np.flip", found, axis=b), a, b)
    elif k % 4 == 3:
        found = own.op("np.flip", own.op("np.swapaxes", found, a, b), axis=b)
    return own.result(found)


@batching("np.expand_dims")
def expand_dims(lanes: Lanes, op: Op) -> Result:
    axis = literal(op, option(op, "axis", 1), None)
    whole, rank = array(lanes, op)
    if isinstance(axis, tuple):
        count = rank + len(axis)
        return lanes.build.op(op.prim, whole, Const(tuple(sorted([a % count + 1 for a in axis]))))
    if type(axis) is not int:
        raise refuse(op, "is given axes that are computed")
    return lanes.build.op(op.prim, whole, Const(axis if axis < 0 else axis + 1))


@batching("np.squeeze", ".squeeze")
def squeeze(lanes: Lanes, op: Op) -> Result:
    axis = literal(op, option(op, "axis", 1), None)
    whole, rank = array(lanes, op)
    kind, out = lanes.kind(op.args[0]), lanes.kind(op.outs[0])
    if axis is None:
        shape = kind.shape if isinstance(kind, Array) else ()
        gone = tuple([k for k, d in enumerate(shape or ()) if d == 1])
        if shape is None or not isinstance(out, (Array, Number)) or lanes.rank(op.outs[0]) != rank - len(gone):
            raise refuse(op, "may take away the axis of the batch")
        axis = gone
    gone = tuple([a % rank + 1 for a in (axis if isinstance(axis, tuple) else (axis,))])
    if not gone:
        return whole
    return lanes.build.op(by_name("np.squeeze"), whole, Const(gone[0] if len(gone) == 1 else gone))


@batching("np.diagonal", ".diagonal", "np.trace", ".trace")
def diagonal(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", offset=0, axis1=0, axis2=1)
    same(lanes, op, given, "offset", "axis1", "axis2")
    whole, rank = array(lanes, op)
    axes = [Const(axis_of(lanes, op, given[name], rank) + 1) for name in ("axis1", "axis2")]
    return lanes.build.op(op.prim, whole, lanes.atom(given["offset"]), *axes)


@batching("np.diag")
def diag(lanes: Lanes, op: Op) -> Result:
    """The diagonal of a matrix; of a vector the matrix that has it there and zeros elsewhere."""
    given = operands(op, "x", k=0)
    whole, rank = array(lanes, op)
    kind, k = lanes.kind(op.args[0]), written(lanes, op, given["k"])
    if rank == 2:
        return lanes.build.op(by_name("np.diagonal"), whole, given["k"], Const(1), Const(2))
    if rank != 1 or type(k) is not int or not isinstance(kind, Array) or kind.dtype in (None, "bool"):
        raise refuse(op, "is of an array of unknown dtype")
    size: Atom = lanes.build.op(prims.EXTENT, whole, static=1)
    if k:
        size = lanes.build.op(prims.ADD, size, Const(abs(k)))
        whole = lanes.build.op(by_name("np.pad"), whole, Const(((0, 0), (0, abs(k)))))
    there = lanes.build.op(by_name("np.eye"), size, *((Const(k),) if k else ()), Const("bool"),
                           kw=("k", "dtype") if k else ("dtype",))
    wide = spread(lanes, whole, ":+:" if k < 0 else "::+")
    return lanes.build.op(by_name("np.where"), there, wide, Const(0.0 if kind.dtype[0] in "fc" else 0))


@batching("np.tril", "np.triu")
def triangle(lanes: Lanes, op: Op) -> Result:
    args = same_elsewhere(lanes, op)
    args[0], rank = array(lanes, op)
    if rank < 2:
        raise refuse(op, "is of a vector")
    return lanes.build.op(op.prim, *args, kw=op.kw)


@batching("np.atleast_1d", "np.atleast_2d", "np.atleast_3d")
def atleast(lanes: Lanes, op: Op) -> Result:
    whole, rank = array(lanes, op)
    if len(op.args) > 1:
        raise refuse(op, "is given several arrays")
    pattern = _AT_LEAST.get((op.prim.name, rank))
    return whole if pattern is None else spread(lanes, whole, pattern)


_AT_LEAST = {("np.atleast_1d", 0): ":+", ("np.atleast_2d", 0): ":++", ("np.atleast_2d", 1): ":+:",
             ("np.atleast_3d", 0): ":+++", ("np.atleast_3d", 1): ":+:+", ("np.atleast_3d", 2): ":::+"}


@batching(".item")
def item(lanes: Lanes, op: Op) -> Result:
    """One number: the only one, or that at a place."""
    own, (rank,) = Inside(lanes, op), of_numbers(lanes, op, op.args[0])
    index = op.args[1:]
    if any(lanes.layout(a) is not False for a in index) or op.kw:
        raise refuse(op, "is of another place in each lane")
    if len(index) == 1 and isinstance(lanes.kind(index[0]), Tuple):
        index = tuple(_extents(lanes, op, [index[0]]))
    if len(index) == rank:
        places = [own.stand_in(INT, a, False) if isinstance(a, Value) else a for a in index]
        return own.result(own.item(op.args[0], *places) if index else op.args[0])
    row = own.op("np.ravel", op.args[0])
    return own.result(own.item(row, index[0] if index else 0))
