"""Tensor products and contractions: a letter, or an axis, of its own for the batch."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.axes import of_numbers, operands, same, spread, written
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside, inside
from tangent2.rules.declare import by_name

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@batching("np.einsum")
def einsum(lanes: Lanes, op: Op) -> Result:
    subscripts, *atoms = op.positional
    if op.kw not in ((), ("optimize",)) or not isinstance(subscripts, Const) or not isinstance(subscripts.value, str):
        raise refuse(op, "is given options")
    of_numbers(lanes, op, *atoms)
    text = subscripts.value.replace(" ", "")
    given, arrow, out = text.partition("->")
    if not arrow:
        letters = given.replace(",", "").replace(".", "")
        out = ("..." if "." in given else "") + "".join(sorted({c for c in letters if letters.count(c) == 1}))
    own = next(c for c in "bzynBZYNAC" if c not in text)
    terms = given.split(",")
    if len(terms) != len(atoms):
        raise refuse(op, "is given other operands than its subscripts say")
    mapped = [lanes.layout(a) is not False for a in atoms]
    new = ",".join([own + term if on else term for term, on in zip(terms, mapped)]) + "->" + own + out
    wide = [_with_as_many(lanes, terms, atoms, k) if on else lanes.atom(atoms[k]) for k, on in enumerate(mapped)]
    return lanes.build.op(op.prim, Const(new), *wide, *map(lanes.atom, op.args[len(op.positional):]), kw=op.kw)


def _with_as_many(lanes: Lanes, terms: list[str], atoms: list[Atom], k: int) -> Atom:
    """An operand for all lanes, for whose `...` stand as many axes as for that of any other."""
    counts = [lanes.rank(a) - len(t) + 3 if "..." in t else 0 for a, t in zip(atoms, terms)]
    missing = max(counts) - counts[k]
    if "..." not in terms[k] or not missing:
        return lanes.atom(atoms[k])
    before = terms[k].index("...")
    behind = lanes.rank(atoms[k]) - before
    return spread(lanes, lanes.atom(atoms[k]), ":" * (1 + before) + "+" * missing + ":" * behind)


def _axes(lanes: Lanes, op: Op, atom: Atom, ranks: list[int]) -> tuple[list[int], list[int]]:
    """The axes of both operands that are summed over."""
    found = written(lanes, op, atom)
    if type(found) is int:
        return list(range(ranks[0] - found, ranks[0])), list(range(found))
    if not isinstance(found, tuple) or len(found) != 2:
        raise refuse(op, "is given axes that are computed")
    sides = [(side,) if type(side) is int else side for side in found]
    return [k % ranks[0] for k in sides[0]], [k % ranks[1] for k in sides[1]]


@batching("np.tensordot")
def tensordot(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "y", axes=2)
    same(lanes, op, given, "axes")
    x, y = given["x"], given["y"]
    ranks = of_numbers(lanes, op, x, y)
    left, right = _axes(lanes, op, given["axes"], ranks)
    mapped = [lanes.layout(a) is not False for a in (x, y)]
    if mapped == [True, True]:
        return _by_letters(lanes, op, x, y, left, right)
    axes = _pair(lanes, [k + mapped[0] for k in left], [k + mapped[1] for k in right])
    found = lanes.build.op(op.prim, lanes.atom(x), lanes.atom(y), axes)
    behind = ranks[0] - len(left)
    if mapped[0] or behind == 0:
        return found
    return lanes.build.op(by_name("np.moveaxis"), found, Const(behind), Const(0))


def _pair(lanes: Lanes, left: list[int], right: list[int]) -> Atom:
    """The axes of `np.tensordot`, written so that its adjoint finds them."""
    if len(left) == 1:
        return Const((left[0], right[0]))
    if not left:
        return Const(0)
    sides = [lanes.build.op(prims.TUPLE, *map(Const, side)) for side in (left, right)]
    return lanes.build.op(prims.TUPLE, *sides)


def _by_letters(lanes: Lanes, op: Op, x: Atom, y: Atom, left: list[int], right: list[int]) -> Result:
    """Where both operands are others in each lane: an einsum."""
    ranks = lanes.rank(x), lanes.rank(y)
    if sum(ranks) > len(_LETTERS) - 1:
        raise refuse(op, "is of too many axes")
    first = list(_LETTERS[1:ranks[0] + 1])
    second = list(_LETTERS[ranks[0] + 1:sum(ranks) + 1])
    for k, m in zip(left, right):
        second[m] = first[k]
    out = [c for k, c in enumerate(first) if k not in left] + [c for k, c in enumerate(second) if k not in right]
    text = f"a{''.join(first)},a{''.join(second)}->a{''.join(out)}"
    return lanes.build.op(by_name("np.einsum"), Const(text), lanes.atom(x), lanes.atom(y))


@batching("tensordot_left", "tensordot_right")
@inside
def tensordot_back(own: Inside, op: Op) -> Atom:
    """The adjoint of one operand: a tensor product of that of the result and the other operand."""
    lanes = own.lanes
    g, a, b, axes = op.args
    first = op.prim.name == "tensordot_left"
    ranks = of_numbers(lanes, op, a, b)
    left, right = _axes(lanes, op, axes, ranks)
    rest = [k for k in range(ranks[first]) if k not in (right if first else left)]
    count = lanes.rank(g)
    if not count:
        found = own.op(prims.MUL, g, b if first else a)
    elif first:
        found = own.op("np.tensordot", g, b, (tuple(range(count - len(rest), count)), tuple(rest)))
    else:
        found = own.op("np.tensordot", a, g, (tuple(rest), tuple(range(len(rest)))))
    if first:
        order = [k for k in range(ranks[0]) if k not in left] + [left[right.index(k)] for k in sorted(right)]
    else:
        order = [right[left.index(k)] for k in sorted(left)] + [k for k in range(ranks[1]) if k not in right]
    back = tuple([order.index(k) for k in range(len(order))])
    turned = found if back == tuple(range(len(order))) else own.op("np.transpose", found, back)
    return own.op("cast_like", turned, a if first else b)


@batching("kron_left", "kron_right")
@inside
def kron_back(own: Inside, op: Op) -> Atom:
    g, a, b = op.args
    ranks = of_numbers(own.lanes, op, a, b)
    rank, first = max(ranks), op.prim.name == "kron_left"
    if rank == 0:
        return own.op(prims.MUL, g, b if first else a)
    sides = [own.axes(x, "+" * (rank - count) + ":" * count) for x, count in zip((a, b), ranks)]
    extents = [own.extent(side, k) for k in range(rank) for side in sides]
    apart = own.op("np.reshape", g, own.tuple(*extents))
    weights = own.axes(sides[1], "+:" * rank) if first else own.axes(sides[0], ":+" * rank)
    summed = own.op("np.sum", own.op(prims.MUL, apart, weights), axis=tuple(range(int(first), 2 * rank, 2)))
    like = a if first else b
    return own.op("cast_like", own.op("np.reshape", summed, own.shape(like)), like)


@batching("matmul_left", "matmul_right", "dot_left", "dot_right")
@inside
def product_back(own: Inside, op: Op) -> Atom:
    """The adjoints of matrix products, by the ranks of their operands."""
    g, x, y = op.args
    ranks = of_numbers(own.lanes, op, x, y)
    first = op.prim.name.endswith("left")
    if op.prim.name.startswith("dot") and 0 in ranks:
        return own.op("unbroadcast", own.op(prims.MUL, g, y if first else x), x if first else y)
    if op.prim.name.startswith("dot") and ranks[1] > 2 or op.prim.name == "dot_right":
        axes = Const(((ranks[0] - 1,), (max(ranks[1] - 2, 0),)))
        return own.op(f"tensordot_{'left' if first else 'right'}", g, x, y, axes)
    return _left(own, g, x, y, ranks) if first else _right(own, g, x, y, ranks)


def _left(own: Inside, g: Atom, x: Atom, y: Atom, ranks: list[int]) -> Atom:
    if ranks[1] == 1:
        found = own.op(prims.MUL, own.axes(g, ":" * own.rank(g) + "+"), y)
    elif ranks[0] == 1:
        column = own.axes(g, ":" * (own.rank(g) - 1) + "+:")
        found = own.op("np.sum", own.op(prims.MUL, column, y), axis=-1)
    else:
        found = own.op(prims.MATMUL, g, own.op("np.swapaxes", y, ranks[1] - 1, ranks[1] - 2))
    return own.op("unbroadcast", found, x)


def _right(own: Inside, g: Atom, x: Atom, y: Atom, ranks: list[int]) -> Atom:
    count = own.rank(g)
    if ranks == [1, 1]:
        return own.op("cast_like", own.op(prims.MUL, g, x), y)
    if ranks[0] == 1:
        found = own.op(prims.MUL, own.axes(x, ":+"), own.axes(g, ":" * (count - 1) + "+:"))
    elif ranks[1] == 1:
        found = own.op("np.sum", own.op(prims.MUL, own.axes(g, ":" * count + "+"), x), axis=-2)
    else:
        found = own.op(prims.MATMUL, own.op("np.swapaxes", x, ranks[0] - 1, ranks[0] - 2), g)
    return own.op("unbroadcast", found, y)
