"""The unit directions of numbers and arrays, one for each lane, and the blocks of a Jacobian that come back."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Dim, Kind, List, Number, Sym, Tuple, is_inexact
from tangent2.core.layouts import CannotBatch, Layout, first_extent, whole
from tangent2.core.syntax import Atom, Const, IndexSpec, SliceSpec, Value
from tangent2.rules.declare import by_name


Extents = Mapping[Dim, tuple[Value, int]]


@dataclass(frozen=True)
class Leaf:
    """A number or an array in a tree.

    start, stop: which of all directions are along its elements; None: the end.  at_hand: see `basis`.
    """

    atom: Atom
    kind: Number | Array
    at_hand: Extents
    start: Atom = Const(0)
    stop: Atom | None = None

    @property
    def rank(self) -> int:
        return len(self.kind.shape or ()) if isinstance(self.kind, Array) else 0

    def own_extents(self) -> dict[Dim, tuple[Value, int]]:
        """Its extents that others may have as well."""
        shape = self.kind.shape if isinstance(self.kind, Array) else ()
        return {dim: (self.atom, k) for k, dim in enumerate(shape or ()) if isinstance(dim, Sym)}    # type: ignore[misc]

    def is_known(self, axis: int) -> bool:
        """Whether the extent of an axis is known without it."""
        dim = self.kind.shape[axis] if isinstance(self.kind, Array) and self.kind.shape else None
        return isinstance(dim, int) or dim in self.at_hand


@dataclass(frozen=True)
class Basis:
    """All unit directions of a tree, side by side: a tree like it whose leaves have the axis of the directions first.

    kind: of the tree.  layout: False if there is but one direction, which has no such axis.  leaves: none of a tree of
    which it is not known how many it has; that is `tree`.
    """

    directions: Atom
    layout: Layout
    kind: Kind
    leaves: tuple[Leaf, ...]
    size: Dim = None
    tree: Atom | None = None


def basis(build: Builder, atom: Atom, kind: Kind, suffix: str, at_hand: Extents | None = None) -> Basis:
    """Emit the unit directions of a tree of which it is known what it holds; `suffix`: ends their names.

    at_hand: extents that are known, and of which axis of what: the tree need not be there for its shape alone.

    >>> from tangent2.core.kinds import Sym
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Region, Return
    >>> x = Value("x", True)
    >>> build = Builder({x: Array("float64", (Sym(0),))})
    >>> made = basis(build, x, build.kind(x), "_dot")
    >>> print(show(Function("f", (x,), Region(tuple(build.stmts), Return((made.directions,))))))
    def f(x.0):
        t.1 = len(x.0)
        x_dot.2 = np.eye(t.1)
        return x_dot.2
    """
    if _has_lists(kind):
        layout = whole(kind)
        return Basis(build.op(by_name("all_directions"), atom), layout, kind, (), None, atom)
    known = dict(at_hand or {})
    leaves = list(_leaves(build, atom, kind, known))
    for leaf in leaves:
        known = {**leaf.own_extents(), **known}
    leaves = [replace(leaf, at_hand=known) for leaf in leaves]
    if not leaves:
        raise CannotBatch("there is nothing in it that has a derivative")
    made: list[Atom]
    if len(leaves) == 1 and leaves[0].rank == 0:
        one = Const(1.0) if isinstance(leaves[0].kind, Number) else build.op(by_name("np.ones_like"), leaves[0].atom)
        return Basis(_tree(build, kind, iter([one])), False, kind, tuple(leaves))
    if len(leaves) == 1:
        made = [_alone(build, leaves[0], suffix)]
    else:
        leaves, made = _side_by_side(build, leaves, suffix)
    size = first_extent(build.kind(made[0]), True)
    return Basis(_tree(build, kind, iter(made)), whole(kind), kind, tuple(leaves), size)


def blocks(build: Builder, wide: Atom, kind: Kind, of: Basis, last: bool) -> Atom:
    """The derivatives along all directions, in the structure of what they are of; in the place of each leaf a tree.

    wide: a tree with the axis of the directions first; `kind`: its kind without that.  last: what was differentiated is
    at the end of the axes, so `wide` is of tangents of a result; else of adjoints of arguments, and it is in front.
    """
    if of.tree is not None or _has_lists(kind):
        return _of_lists(build, wide, of, last)
    own = list(_leaves(build, wide, kind, of.leaves[0].at_hand))
    if last:
        made = [_tree(build, of.kind, iter([_column(build, each, leaf, len(of.leaves)) for leaf in of.leaves]))
                for each in own]
        return _tree(build, kind, iter(made))
    rows = [_tree(build, kind, iter([_row(build, each, leaf, len(of.leaves)) for each in own])) for leaf in of.leaves]
    return _tree(build, of.kind, iter(rows))


# ---------------------------------------------------------------------------------------------------------------- trees


def check_floats(kind: Kind) -> None:
    """Refuse a tree that may hold anything but floats."""
    _has_lists(kind)


def _has_lists(kind: Kind) -> bool:
    """Whether a tree has lists, of which it is not known how much they hold; a node that is no tree is refused."""
    if isinstance(kind, List):
        _has_lists(kind.elt)
        return True
    return any(_has_lists(own) for _, own in _items(kind) or ())


def _of_lists(build: Builder, wide: Atom, of: Basis, last: bool) -> Atom:
    """The blocks of trees of which it is only known when the code runs how many leaves they have."""
    if of.layout is False:
        raise CannotBatch("there is one direction")
    tree = of.tree if of.tree is not None else _tree(build, of.kind, iter([leaf.atom for leaf in of.leaves]))
    return build.op(by_name("blocks_by_columns" if last else "blocks_by_rows"), wide, tree)


def _items(kind: Kind) -> list[tuple[object, Kind]] | None:
    """The keys and kinds of what a node holds; None of a leaf."""
    if isinstance(kind, Tuple) and kind.record is None:
        return list(enumerate(kind.elts))
    if isinstance(kind, Dict) and kind.items is not None and kind.cls is None:
        return list(kind.items)
    known = isinstance(kind, Number) or isinstance(kind, Array) and kind.shape is not None
    if not known or not is_inexact(kind) or "|" in str(getattr(kind, "dtype", "")):
        raise CannotBatch("what it holds is not known before the code runs")
    return None


def _leaves(build: Builder, atom: Atom, kind: Kind, at_hand: Extents) -> Iterator[Leaf]:
    items = _items(kind)
    if items is None:
        yield Leaf(atom, kind, at_hand)      # type: ignore[arg-type]
        return
    known = build.parts(atom)
    for k, (key, own) in enumerate(items):
        yield from _leaves(build, known[k] if known else build.getitem(atom, Const(key)), own, at_hand)


def _tree(build: Builder, kind: Kind, leaves: Iterator[Atom]) -> Atom:
    """A tree of the structure of a kind, of other leaves."""
    items = _items(kind)
    if items is None:
        return next(leaves)
    made = [_tree(build, own, leaves) for _, own in items]
    if isinstance(kind, Dict):
        return build.op(prims.DICT, *made, static=tuple([key for key, _ in items]))
    return build.op(prims.TUPLE, *made)


# ----------------------------------------------------------------------------------------------------------- directions


def _alone(build: Builder, leaf: Leaf, suffix: str) -> Value:
    """The directions of the only leaf."""
    hint = _hint(leaf, suffix)
    if leaf.rank == 1 and leaf.kind.dtype is not None:
        return _eye(build, leaf.kind, _extent(build, leaf, 0), hint=hint)
    if leaf.kind.dtype is None or not all(map(leaf.is_known, range(leaf.rank))):
        return build.op(by_name("unit_directions"), leaf.atom, hint=hint, user=hint is not None)
    extents = _extents(build, leaf)
    count = extents[0]
    for extent in extents[1:]:
        count = _product(build, count, extent)
    return _shaped(build, _eye(build, leaf.kind, count), [count, *extents], hint)


def _hint(leaf: Leaf, suffix: str) -> str | None:
    """The name of the directions of a leaf that has one."""
    named = isinstance(leaf.atom, Value) and leaf.atom.hint
    return f"{named}{suffix}" if named else None


def _side_by_side(build: Builder, leaves: list[Leaf], suffix: str) -> tuple[list[Leaf], list[Atom]]:
    """Leaves with their places among all directions, and the directions of each."""
    sizes = [_size(build, leaf) for leaf in leaves]
    ends: list[Atom] = [sizes[0]]
    for size in sizes[1:]:
        ends.append(_sum(build, ends[-1], size))
    starts = [Const(0), *ends[:-1]]
    placed = [replace(leaf, start=start, stop=None if k == len(leaves) - 1 else end)
              for k, (leaf, start, end) in enumerate(zip(leaves, starts, ends))]
    made: list[Atom] = [_part(build, leaf, size, ends[-1], _hint(leaf, suffix)) for leaf, size in zip(placed, sizes)]
    return placed, made


def _part(build: Builder, leaf: Leaf, size: Atom, count: Atom, hint: str | None) -> Value:
    """The directions of all leaves, as far as they are in one: those of others are zero there."""
    if leaf.rank == 0:
        return build.getitem(_eye(build, leaf.kind, Const(1), count, leaf.start), 0)
    offset = Const(0) if leaf.start == Const(0) else _minus(build, leaf.start)
    flat = _eye(build, leaf.kind, count, size, offset, hint=hint if leaf.rank == 1 else None)
    if leaf.rank == 1:
        return flat
    return _shaped(build, flat, [count, *_extents(build, leaf)], hint)


def _eye(build: Builder, kind: Number | Array, *sizes: Atom, hint: str | None = None) -> Value:
    """`np.eye` of the dtype of a leaf."""
    given = [s for k, s in enumerate(sizes) if k < 2 or s != Const(0)]
    own = (Const(kind.dtype),) if kind.dtype != "float64" else ()
    return build.op(by_name("np.eye"), *given, *own, kw=("dtype",) * len(own), hint=hint, user=hint is not None)


def _size(build: Builder, leaf: Leaf) -> Atom:
    """How many numbers a leaf holds."""
    if leaf.rank == 0:
        return Const(1)
    return _extent(build, leaf, 0) if leaf.rank == 1 else build.op(by_name("np.size"), leaf.atom)


def _extent(build: Builder, leaf: Leaf, axis: int) -> Atom:
    """The extent of an axis of a leaf, asked of what is there anyway."""
    shape = leaf.kind.shape if isinstance(leaf.kind, Array) else ()
    dim = shape[axis] if shape else None
    if isinstance(dim, int):
        return Const(dim)
    base, axis = leaf.at_hand.get(dim, (leaf.atom, axis))
    own = build.kind(base)
    is_vector = isinstance(own, Array) and len(own.shape or ()) == 1
    prim, static = (by_name("len"), None) if is_vector else (prims.EXTENT, axis)
    known = (v for v, op in build.made.items() if op.prim is prim and op.args == (base,) and op.static == static)
    return next(known, None) or build.op(prim, base, static=static)


def _sum(build: Builder, a: Atom, b: Atom) -> Atom:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.value + b.value)
    return build.op(prims.ADD, a, b)


def _minus(build: Builder, a: Atom) -> Atom:
    return Const(-a.value) if isinstance(a, Const) else build.op(prims.NEG, a)


# --------------------------------------------------------------------------------------------------------------- blocks


def _own(build: Builder, wide: Atom, leaf: Leaf, count: int) -> tuple[Atom, bool]:
    """What is along the directions of one leaf, and whether that still has their axis."""
    if count == 1:
        return wide, leaf.rank > 0
    if leaf.rank == 0:
        return build.getitem(wide, leaf.start), False
    bounds = [b for b in (leaf.start if leaf.start != Const(0) else None, leaf.stop) if b is not None]
    spec = SliceSpec(leaf.start != Const(0), leaf.stop is not None)
    return build.op(prims.GETITEM, wide, *bounds, static=IndexSpec((spec,))), True


def _column(build: Builder, of: Leaf, leaf: Leaf, count: int) -> Atom:
    """The tangents of a leaf of the result along the directions of a leaf of the argument: those come last."""
    found, has_axis = _own(build, of.atom, leaf, count)
    if not has_axis:
        return found
    if of.rank == 1:
        found = build.op(by_name(".T"), found)
    elif of.rank:
        found = build.op(by_name("np.moveaxis"), found, Const(0), Const(-1))
    if leaf.rank == 1:
        return found
    extents = [_extent_of(build, of, k, of.atom) for k in range(of.rank)]
    return _shaped(build, found, [*extents, *_extents(build, leaf)])


def _row(build: Builder, of: Leaf, leaf: Leaf, count: int) -> Atom:
    """The adjoints of a leaf of the argument along the directions of a leaf of the result: those come first."""
    found, has_axis = _own(build, of.atom, leaf, count)
    if not has_axis or leaf.rank == 1:
        return found
    extents = [_extent_of(build, of, k, of.atom) for k in range(of.rank)]
    return _shaped(build, found, [*_extents(build, leaf), *extents])


def _extent_of(build: Builder, leaf: Leaf, axis: int, wide: Atom) -> Atom:
    """The extent of an axis of a leaf, of which there is what is for all directions."""
    return _extent(build, leaf, axis) if leaf.is_known(axis) else build.op(prims.EXTENT, wide, static=axis + 1)


def _extents(build: Builder, leaf: Leaf) -> list[Atom]:
    return [_extent(build, leaf, k) for k in range(leaf.rank)]


def _shaped(build: Builder, atom: Atom, shape: list[Atom], hint: str | None = None) -> Value:
    return build.op(by_name("np.reshape"), atom, build.op(prims.TUPLE, *shape), hint=hint, user=hint is not None)


def _product(build: Builder, a: Atom, b: Atom) -> Atom:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.value * b.value)
    return build.op(prims.MUL, a, b)
