"""Products of vectors and matrices."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, Number
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.rules.batching.axes import flat, spread
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.elementwise import arrays
from tangent2.rules.batching.inside import Inside
from tangent2.rules.declare import by_name

_SCALES = ("np.dot", ".dot", "np.inner")        # of a number and an array: a product


def _operands(lanes: Lanes, op: Op) -> list[Atom]:
    if op.kw or len(op.args) != 2:
        raise refuse(op, "is given something other than two arrays")
    return arrays(lanes, op, op.args)


@batching("matmul", "np.matmul", "np.dot", ".dot", "np.inner", "np.vdot")
def product(lanes: Lanes, op: Op) -> Result:
    atoms, name = _operands(lanes, op), op.prim.name
    if name == "np.vdot":
        return _vdot(lanes, op, atoms)
    ranks = lanes.rank(atoms[0]), lanes.rank(atoms[1])
    if 0 in ranks and name in _SCALES:
        return lanes.build.op(prims.MUL, *[lanes.aligned(a, max(ranks)) for a in atoms])
    mapped = tuple([lanes.layout(a) is not False for a in atoms])
    a, b = map(lanes.atom, atoms)
    if ranks in _PRODUCTS and (name != "np.inner" or ranks == (1, 1)):
        return _PRODUCTS[ranks](lanes, a, b, mapped)
    own = Inside(lanes, op)
    if name == "np.inner":
        return own.result(own.op("np.tensordot", *atoms, ((ranks[0] - 1,), (ranks[1] - 1,))))
    if name in _SCALES:
        return own.result(own.op("np.tensordot", *atoms, ((ranks[0] - 1,), (max(ranks[1] - 2, 0),))))
    return _stacks(lanes, op, atoms, ranks)


def _stacked(lanes: Lanes, a: Atom, b: Atom) -> Value:
    return lanes.build.op(prims.MATMUL, a, b)


def _stacks(lanes: Lanes, op: Op, atoms: list[Atom], ranks: tuple[int, int]) -> Value:
    """Stacks of matrices: a vector is one row or one column while all is multiplied."""
    own = Inside(lanes, op)
    left = own.axes(atoms[0], "+:") if ranks[0] == 1 else atoms[0]
    right = own.axes(atoms[1], ":+") if ranks[1] == 1 else atoms[1]
    rank = max(lanes.rank(left), lanes.rank(right))
    found = _stacked(lanes, lanes.aligned(left, rank), lanes.aligned(right, rank))
    if 1 not in ranks:
        return found
    return spread(lanes, found, ":" * (rank - 1) + "0:" if ranks[0] == 1 else ":" * rank + "0")


def _vdot(lanes: Lanes, op: Op, atoms: list[Atom]) -> Value:
    """The first is conjugated, and both are taken as vectors."""
    kinds = [lanes.kind(a) for a in atoms]
    real = all(isinstance(k, (Array, Number)) and k.dtype is not None and k.dtype[0] != "c" for k in kinds)
    mapped = tuple([lanes.layout(a) is not False for a in atoms])
    rows = [_row(lanes, a) for a in atoms]
    if not real:
        rows[0] = lanes.build.op(by_name("np.conj"), rows[0])
    return _two_vectors(lanes, rows[0], rows[1], mapped)


def _row(lanes: Lanes, atom: Atom) -> Atom:
    rank, now = lanes.rank(atom), lanes.atom(atom)
    if rank == 1:
        return now
    return flat(lanes, now) if lanes.layout(atom) is not False else lanes.build.op(by_name("np.ravel"), now)


def _two_vectors(lanes: Lanes, a: Atom, b: Atom, mapped: tuple[bool, ...]) -> Value:
    if mapped == (True, True):
        return lanes.build.op(by_name("np.sum"), lanes.build.op(prims.MUL, a, b), Const(1), kw=("axis",))
    return _stacked(lanes, a, b) if mapped[0] else _stacked(lanes, b, a)


def _matrix_vector(lanes: Lanes, a: Atom, b: Atom, mapped: tuple[bool, ...]) -> Value:
    if mapped == (False, True):
        return _stacked(lanes, b, lanes.build.op(by_name(".T"), a))
    if mapped == (True, False):
        return _stacked(lanes, a, b)
    return spread(lanes, _stacked(lanes, a, spread(lanes, b, "::+")), "::0")


def _vector_matrix(lanes: Lanes, a: Atom, b: Atom, mapped: tuple[bool, ...]) -> Value:
    if mapped != (True, True):
        return _stacked(lanes, a, b)
    return spread(lanes, _stacked(lanes, spread(lanes, a, ":+:"), b), ":0:")


_PRODUCTS = {(1, 1): _two_vectors, (2, 1): _matrix_vector, (1, 2): _vector_matrix,
             (2, 2): lambda lanes, a, b, mapped: _stacked(lanes, a, b)}


@batching("np.outer")
def outer(lanes: Lanes, op: Op) -> Result:
    """Each number of one with each of the other."""
    rows = [_row(lanes, a) for a in _operands(lanes, op)]
    mapped = [lanes.layout(a) is not False for a in op.args]
    left = spread(lanes, rows[0], "::+" if mapped[0] else ":+")
    right = spread(lanes, rows[1], ":+:") if mapped[1] else rows[1]
    return lanes.build.op(prims.MUL, left, right)


@batching("np.cross")
def cross(lanes: Lanes, op: Op) -> Result:
    """Of the last axis."""
    atoms = _operands(lanes, op)
    rank = max(map(lanes.rank, atoms))
    return lanes.build.op(op.prim, *[lanes.aligned(a, rank) for a in atoms])


@batching("np.kron")
def kron(lanes: Lanes, op: Op) -> Result:
    """Each number of one with all of the other, the axes of both next to each other and then as one."""
    a, b = _operands(lanes, op)
    own, ranks = Inside(lanes, op), (lanes.rank(a), lanes.rank(b))
    rank = max(ranks)
    if rank == 0:
        return own.result(own.op(prims.MUL, a, b))
    left, right = [own.axes(x, "+" * (rank - count) + ":" * count) for x, count in zip((a, b), ranks)]
    every = own.op(prims.MUL, own.axes(left, ":+" * rank), own.axes(right, "+:" * rank))
    extents = [own.op(prims.MUL, own.extent(left, k), own.extent(right, k)) for k in range(rank)]
    return own.result(own.op("np.reshape", every, own.tuple(*extents)))
