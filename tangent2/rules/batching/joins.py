"""Arrays made of arrays: joined along an axis, stacked, built from nested lists; and taken apart again."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, Kind, List, Number, Tuple
from tangent2.core.layouts import Each, Layout, whole
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.batching.axes import (
    axis_of, displayed, flat, of_numbers, operands, option, same, same_elsewhere, spread, written,
)
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.inside import Inside
from tangent2.rules.batching.reductions import array
from tangent2.rules.declare import by_name


def rank_of(op: Op, kind: Kind) -> int:
    """How many axes an array in a list has in one lane."""
    if isinstance(kind, Number):
        return 0
    if isinstance(kind, Array) and kind.shape is not None:
        return len(kind.shape)
    raise refuse(op, "joins what is not known to be arrays")


def elements(lanes: Lanes, op: Op, atom: Atom) -> list[tuple[Atom, int]] | None:
    """The arrays in a tuple or in what is written out, each with the axis of the batch, and how many others it has;
    None in any list.
    """
    kind, layout = lanes.kind(atom), lanes.layout(atom)
    shown = displayed(lanes, atom)
    if shown:
        return [(lanes.full(a), rank_of(op, lanes.kind(a))) for a in shown]
    if not isinstance(kind, Tuple):
        return None
    wide = lanes.atom(atom)
    parts = layout.elts if hasattr(layout, "elts") else (False,) * len(kind.elts)
    found = []
    for k, (elt, on) in enumerate(zip(kind.elts, parts)):
        rank = rank_of(op, elt)
        each = lanes.build.getitem(wide, k)
        found.append((each if on is True else lanes.repeated(each, elt), rank))
    return found


def joined_rank(lanes: Lanes, op: Op, atom: Atom) -> int:
    """How many axes all arrays of a list have."""
    kind = lanes.kind(atom)
    if not isinstance(kind, List):
        raise refuse(op, "joins what is no list of arrays")
    return rank_of(op, kind.elt)


def all_mapped(lanes: Lanes, op: Op, atom: Atom) -> Atom:
    """A list of arrays, each with the axis of the batch."""
    layout = lanes.layout(atom)
    if isinstance(layout, Each) and layout.elt is True:
        return lanes.atom(atom)
    shown = displayed(lanes, atom)
    if shown and all(isinstance(lanes.kind(a), (Number, Array)) for a in shown):
        prim = prims.LIST if isinstance(lanes.kind(atom), List) else prims.TUPLE
        return lanes.build.op(prim, *map(lanes.full, shown))
    return lanes.shaped(atom, whole(lanes.kind(atom)))


def display(lanes: Lanes, parts: list[Atom]) -> Atom:
    return lanes.build.op(prims.TUPLE, *parts)


@batching("np.concatenate")
def concatenate(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "arrays", axis=0)
    axis = written(lanes, op, given["axis"])
    parts = elements(lanes, op, given["arrays"])
    if parts is None:
        rank = joined_rank(lanes, op, given["arrays"])
        if type(axis) is not int:
            raise refuse(op, "joins all elements of arrays in a row")
        return _joined(lanes, all_mapped(lanes, op, given["arrays"]), axis % rank)
    if axis is None:
        return _joined(lanes, display(lanes, [a if r == 1 else flat(lanes, a) for a, r in parts]), 0)
    if len({r for _, r in parts}) != 1 or type(axis) is not int:
        raise refuse(op, "joins arrays of several ranks")
    return _joined(lanes, display(lanes, [a for a, _ in parts]), axis % parts[0][1])


def _joined(lanes: Lanes, arrays: Atom, axis: int) -> Atom:
    return lanes.build.op(by_name("np.concatenate"), arrays, Const(axis + 1), kw=("axis",))


@batching("np.stack")
def stack(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "arrays", axis=0)
    parts = elements(lanes, op, given["arrays"])
    rank = joined_rank(lanes, op, given["arrays"]) if parts is None else parts[0][1]
    if parts is not None and len({r for _, r in parts}) != 1:
        raise refuse(op, "joins arrays of several ranks")
    axis = axis_of(lanes, op, given["axis"], rank + 1)
    arrays = all_mapped(lanes, op, given["arrays"]) if parts is None else display(lanes, [a for a, _ in parts])
    return lanes.build.op(op.prim, arrays, Const(axis + 1), kw=("axis",))


# By the number of axes: what arrays get before they are joined, and along which axis of one lane that is.
_HOW = {
    "np.hstack": ((":+", 0), ("::", 0), (":::", 1)),
    "np.vstack": ((":++", 0), (":+:", 0), (":::", 0)),
    "np.column_stack": ((":++", 1), ("::+", 1), (":::", 1)),
    "np.dstack": ((":+++", 2), (":+:+", 2), (":::+", 2)),
}
# those of one rank that are stacked along an axis
_STACKED = {("np.hstack", 0): 1, ("np.vstack", 1): 1, ("np.column_stack", 1): 2, ("np.dstack", 2): 3}


@batching(*_HOW)
def stacked(lanes: Lanes, op: Op) -> Result:
    if len(op.args) > 1:
        raise refuse(op, "is given options")
    parts = elements(lanes, op, op.args[0])
    ranks = {joined_rank(lanes, op, op.args[0])} if parts is None else {r for _, r in parts}
    name = op.prim.name
    if len(ranks) == 1:
        rank = next(iter(ranks))
        arrays = all_mapped(lanes, op, op.args[0]) if parts is None else display(lanes, [a for a, _ in parts])
        if (name, rank) in _STACKED:
            return lanes.build.op(by_name("np.stack"), arrays, Const(_STACKED[name, rank]), kw=("axis",))
        pattern, axis = _how(name, rank)
        if set(pattern) == {":"}:
            return _joined(lanes, arrays, axis)
        if parts is None and (name, rank) == ("np.dstack", 1):
            columns = lanes.build.op(by_name("np.stack"), arrays, Const(2), kw=("axis",))
            return spread(lanes, columns, ":+::")
    if parts is None:
        raise refuse(op, "joins a list of arrays that get axes")
    wide = []
    for each, rank in parts:
        pattern, axis = _how(name, rank)
        wide.append(each if set(pattern) == {":"} else spread(lanes, each, pattern))
    return _joined(lanes, display(lanes, wide), axis)


def _how(name: str, rank: int) -> tuple[str, int]:
    table = _HOW[name]
    return table[rank] if rank < len(table) else (":", table[-1][1])


def _depth(kind: Kind, layout: Layout) -> int | None:
    """How deep lists and tuples are nested, all the numbers in which are mapped; None if they are not."""
    if isinstance(kind, (Number, Array)):
        return 0 if layout is True and (isinstance(kind, Number) or kind.shape == ()) else None
    if isinstance(kind, List) and isinstance(layout, Each):
        inner = _depth(kind.elt, layout.elt)
        return None if inner is None else inner + 1
    if isinstance(kind, Tuple) and hasattr(layout, "elts") and kind.elts:
        depths = {_depth(k, part) for k, part in zip(kind.elts, layout.elts)}
        inner = depths.pop() if len(depths) == 1 else None
        return None if inner is None else inner + 1
    return None


@batching("np.array", "np.asarray", "np.asanyarray", "np.ascontiguousarray")
def built(lanes: Lanes, op: Op) -> Result:
    args = same_elsewhere(lanes, op)
    kind = lanes.kind(op.args[0])
    if isinstance(kind, (Number, Array)):
        made = lanes.build.op(op.prim, lanes.full(op.args[0]), *args[1:], kw=op.kw)
        bare = op.prim.name == "np.ascontiguousarray" and not lanes.rank(op.args[0])
        return spread(lanes, made, ":+") if bare else made
    dtype = option(op, "dtype", 1)
    if len(args) > 1 + (dtype.at is not None):
        raise refuse(op, "is given options")
    found = _of_nested(lanes, op, op.args[0], kind, lanes.layout(op.args[0]))
    if dtype.atom in (None, Const(None)):
        return found
    return lanes.build.op(by_name(".astype"), found, lanes.atom(dtype.atom))


def _of_nested(lanes: Lanes, op: Op, atom: Atom, kind: Kind, layout: Layout) -> Atom:
    """The array of what is in (nested) lists and tuples."""
    if _depth(kind, layout) not in (None, 1):
        array = lanes.build.op(by_name("np.array"), lanes.atom(atom))
        return lanes.build.op(by_name("np.moveaxis"), array, Const(_depth(kind, layout)), Const(0))
    if isinstance(kind, Tuple) and any(isinstance(e, (List, Tuple)) for e in kind.elts):
        wide, parts = lanes.atom(atom), getattr(layout, "elts", (False,) * len(kind.elts))
        rows = [_row(lanes, op, lanes.build.getitem(wide, k), elt, on)
                for k, (elt, on) in enumerate(zip(kind.elts, parts))]
        return lanes.build.op(by_name("np.stack"), display(lanes, rows), Const(1), kw=("axis",))
    found = elements(lanes, op, atom)
    if found is not None and len({r for _, r in found}) != 1:
        raise refuse(op, "joins arrays of several ranks")
    if found is None:
        joined_rank(lanes, op, atom)
    arrays = all_mapped(lanes, op, atom) if found is None else display(lanes, [a for a, _ in found])
    return lanes.build.op(by_name("np.stack"), arrays, Const(1), kw=("axis",))


def _row(lanes: Lanes, op: Op, now: Atom, kind: Kind, layout: Layout) -> Atom:
    """One element of a nested list, as an array for all lanes."""
    own = Inside(lanes, op).stand_in(kind, now)
    lanes.virtual[own] = kind, layout
    if isinstance(kind, (Number, Array)):
        return lanes.full(own)
    if layout is False:
        made = Inside(lanes, op).op("np.array", own)
        return lanes.full(made)
    return _of_nested(lanes, op, own, kind, layout)


@batching("np.append")
def appended(lanes: Lanes, op: Op) -> Result:
    given = operands(op, "x", "values", axis=None)
    atoms = [given["x"], given["values"]]
    ranks = of_numbers(lanes, op, *atoms)
    if given["axis"] == Const(None):
        wide = [lanes.full(a) if r == 1 else flat(lanes, lanes.full(a)) for a, r in zip(atoms, ranks)]
        return _joined(lanes, display(lanes, wide), 0)
    if ranks[0] != ranks[1]:
        raise refuse(op, "joins arrays of several ranks")
    return _joined(lanes, display(lanes, [lanes.full(a) for a in atoms]), axis_of(lanes, op, given["axis"], ranks[0]))


@batching("np.split", "np.array_split", "np.hsplit", "np.vsplit", "np.dsplit")
def split(lanes: Lanes, op: Op) -> Result:
    wide, rank = array(lanes, op)
    fixed = {"np.vsplit": 0, "np.hsplit": int(rank > 1), "np.dsplit": 2}.get(op.prim.name)
    given = operands(op, "x", "sections", axis=0) if fixed is None else operands(op, "x", "sections")
    same(lanes, op, given, "sections")
    axis = axis_of(lanes, op, given["axis"], rank) if fixed is None else fixed
    name = "np.array_split" if op.prim.name == "np.array_split" else "np.split"
    return lanes.build.op(by_name(name), wide, lanes.atom(given["sections"]), Const(axis + 1), kw=("axis",))
