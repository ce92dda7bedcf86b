"""Kinds of joined and split arrays, and the questions that rules of joining ask."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangent2.core.dims import Shape
from tangent2.core.kinding import as_array, elementwise, promote, shaped
from tangent2.core.kinds import INT, NOT_ONE, UNKNOWN, Array, Derived, Dim, Kind, List, Number, Tuple
from tangent2.core.prims import ADD, EXTENT, GETITEM, LIST, TUPLE
from tangent2.core.syntax import Atom, Const, IndexSpec, Op, SliceSpec, Value
from tangent2.rules.declare import Infer, bind, by_name
from tangent2.rules.families import KindOf, strong
from tangent2.rules.frames import Frame
from tangent2.rules.questions import question, rank, shape_of
from tangent2.rules.simplify import make


def _parts(kind: Kind) -> list[Kind] | None:
    """The kinds of the arrays in a list or tuple, a list whose length is not known standing for one of them."""
    if isinstance(kind, Tuple):
        return [as_array(k) for k in kind.elts]
    if isinstance(kind, List):
        return [as_array(kind.elt)] * (kind.length or 1)
    return None


def _total(dims: list[Dim], arrays: Atom, axis: int, whole: bool) -> Dim:
    """The extent of what is joined; where those of the parts are not known, it is whatever this list gives."""
    if not whole or any(d is None or d == NOT_ONE for d in dims):
        return Derived(("joined", arrays, axis))
    if all(isinstance(d, int) for d in dims):
        return sum(dims)  # type: ignore[arg-type]
    return dims[0] if len(dims) == 1 else Derived(("sum", *dims))


def joins(axis_of: Callable[[int, Any], tuple[int, int] | None]) -> Infer:
    """Joining functions: `axis_of(rank, axis)` gives the rank of the result and the axis along which parts are joined.

    A part of smaller rank than the result has extent 1 along the axis.
    """
    def infer(op: Op, kind: KindOf) -> Any:
        try:
            atoms = bind(op, ("arrays", "axis"), None, {"axis": Const(0)})
        except LookupError:
            return UNKNOWN
        kinds, axis = _parts(kind(atoms["arrays"])), atoms["axis"]
        if not kinds or not all(isinstance(k, (Array, Number)) for k in kinds):
            return Array(None, None)
        dtype = promote(*kinds)[0]
        shapes = [k.shape if isinstance(k, Array) else () for k in kinds if isinstance(k, (Array, Number))]
        if any(s is None for s in shapes) or not isinstance(axis, Const):
            return Array(dtype, (None,) if axis == Const(None) else None)
        most = max(len(s or ()) for s in shapes)
        if any(len(s or ()) != most for s in shapes):       # the result has a rank, whatever its extents
            mixed = axis_of(most, axis.value)
            return Array(dtype, mixed and (None,) * mixed[0])
        found = axis_of(len(shapes[0] or ()), axis.value)
        own = kind(atoms["arrays"])
        whole = not isinstance(own, List) or own.length is not None
        return Array(dtype, found and _joined([s or () for s in shapes], *found, atoms["arrays"], whole))
    return infer


def _joined(shapes: list[Shape], size: int, axis: int, arrays: Atom, whole: bool) -> Shape | None:
    first, axis = shapes[0], axis % size
    if len(first) == size:
        return (*first[:axis], _total([s[axis] for s in shapes], arrays, axis, whole), *first[axis + 1:])
    if len(first) == size - 1:
        return (*first[:axis], len(shapes) if whole else Derived(("joined", arrays, axis)), *first[axis:])
    return (None,) * size


def split_kind(op: Op, kind: KindOf) -> Any:
    """The kind of `np.split(x, sections, axis)`: a list, of known length if the sections are written out."""
    try:
        atoms = bind(op, ("x", "sections", "axis"), None, {"axis": Const(0)})
    except LookupError:
        return UNKNOWN
    own, sections, axis = as_array(kind(atoms["x"])), atoms["sections"], atoms["axis"]
    length = sections.value if isinstance(sections, Const) and type(sections.value) is int else None
    at = kind(sections)
    if isinstance(at, List) and at.length is not None:
        length = at.length + 1
    if not isinstance(own, Array):
        return List(Array(None, None), False, length)
    shape = own.shape
    if shape is not None:
        known = isinstance(axis, Const) and isinstance(axis.value, int)
        shape = tuple([None if not known or k == axis.value % len(shape) else d for k, d in enumerate(shape)])
    return List(Array(own.dtype, shape), False, length)


def split_rows(op: Op, kind: KindOf) -> Any:
    """The kind of `np.hsplit` and `np.vsplit`."""
    found = split_kind(Op(op.outs, op.prim, op.args), kind)
    shape = found.elt.shape if isinstance(found, List) and isinstance(found.elt, Array) else None
    return List(Array(getattr(found.elt, "dtype", None), shape and (None,) * len(shape)), False, found.length)


def atleast(rank: int) -> Infer:
    """`np.atleast_1d(x)` and its like, of one operand."""
    def infer(op: Op, kind: KindOf) -> Any:
        own = as_array(kind(op.args[0])) if len(op.args) == 1 else UNKNOWN
        if not isinstance(own, (Array, Number)):
            return UNKNOWN
        shape: Shape | None = own.shape if isinstance(own, Array) else ()
        if shape is not None and len(shape) < rank:
            shape = (1,) * rank if not shape else (1, *shape) if rank == 2 else (None,) * rank
        return Array(own.dtype, shape)
    return infer


def last_rank(op: Op, kind: KindOf) -> Any:
    """A result of the dtype and rank of the first operand, whose extents are not known."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, Array):
        return UNKNOWN
    return shaped(own.dtype, None if own.shape is None else own_extents(op, len(own.shape)))


def own_extents(op: Op, size: int) -> Shape:
    """Extents of which nothing is known but that the same operation of the same operands has them, too."""
    parts = [a.value if isinstance(a, Const) and (a.value is None or isinstance(a.value, (int, str))) else a
             for a in op.args]
    return tuple([Derived((op.prim.name, *op.kw, *parts, k)) for k in range(size)])


def appended(op: Op, kind: KindOf) -> Any:
    """The kind of `np.append(x, values)`: of one axis."""
    kinds = [strong(kind(a)) for a in op.args[:2]]
    if len(op.args) < 2 or not all(isinstance(k, (Array, Number)) for k in kinds):
        return UNKNOWN
    rank = 1 if len(op.args) == 2 or op.args[2] == Const(None) else getattr(kinds[0], "rank", None)
    return UNKNOWN if rank is None else Array(promote(*kinds)[0], (None,) * rank)


def selected_kind(op: Op, kind: KindOf) -> Any:
    """The kind of `np.select(conditions, choices, default)`, always an array."""
    kinds = [_parts(kind(a)) for a in op.args[:2]]
    default = kind(op.args[2]) if len(op.args) > 2 else INT
    if op.kw or not all(kinds) or not isinstance(default, (Array, Number)):
        return Array(None, None)
    conditions, choices = [k or [] for k in kinds]
    whole = elementwise([*conditions, *choices, default])
    dtype = getattr(elementwise([*choices, default]), "dtype", None)
    return Array(dtype, ()) if isinstance(whole, Number) else Array(dtype, getattr(whole, "shape", None))


# ---- questions ----

def displayed(frame: Frame, atom: Atom) -> tuple[Atom, ...] | None:
    """The elements of a list or tuple that is written out."""
    op = frame.build.made.get(atom) or frame.build.known.get(atom) if isinstance(atom, Value) else None
    return op.args if op is not None and op.prim in (LIST, TUPLE) else None


@question
def part_rank(frame: Frame, arrays: Atom) -> int | None:
    """The rank that all parts of a list or tuple are known to have."""
    kinds = _parts(frame.build.kind(arrays))
    found = {rank(k) for k in kinds or (UNKNOWN,)}
    return found.pop() if len(found) == 1 else None


@question
def like_parts(frame: Frame, arrays: Atom, out: Atom) -> bool:
    """Whether all parts are arrays or numbers of the dtype of the result."""
    own = frame.build.kind(arrays)
    kinds = list(own.elts) if isinstance(own, Tuple) else [own.elt] if isinstance(own, List) else []
    dtype = getattr(frame.build.kind(out), "dtype", None)
    return dtype is not None and bool(kinds) and all(
        isinstance(k, (Array, Number)) and k.dtype == dtype for k in kinds)


@question
def is_written_out(frame: Frame, arrays: Atom) -> bool:
    """Whether the elements of a list or tuple are at hand."""
    return displayed(frame, arrays) is not None or _is_tuple(frame, arrays)


def _is_tuple(frame: Frame, arrays: Atom) -> bool:
    kind = frame.build.kind(arrays)
    return isinstance(kind, Tuple) and kind.record is None and 0 < len(kind.elts) <= 8


def _written(frame: Frame, arrays: Atom) -> tuple[Atom, ...]:
    """The elements of a list or tuple that is written out, or of a tuple, which has as many as its kind says."""
    parts = displayed(frame, arrays)
    if parts is not None:
        return parts
    kind = frame.build.kind(arrays)
    assert isinstance(kind, Tuple)
    return tuple([frame.build.getitem(arrays, k) for k in range(len(kind.elts))])


@question
def split_as(frame: Frame, g: Atom, arrays: Atom, axis: Atom) -> Atom:
    """`np.split` of an adjoint into those of the arrays that were joined, written out."""
    build, parts = frame.build, _written(frame, arrays)
    assert isinstance(axis, Const)
    ends: list[Atom] = []
    for part in parts[:-1]:
        size: Atom = build.op(EXTENT, part, static=axis.value)
        shape = getattr(build.kind(part), "shape", None)
        if shape is not None and isinstance(shape[axis.value], int):
            size = Const(shape[axis.value])
        if not ends:
            ends.append(size)
        elif isinstance(ends[-1], Const) and isinstance(size, Const):
            ends.append(Const(ends[-1].value + size.value))
        else:
            ends.append(build.op(ADD, ends[-1], size))
    sections = build.op(LIST, *ends)
    rest, kw = ((), ()) if axis.value == 0 else ((axis,), ("axis",))
    found = build.op(by_name("np.split"), g, sections, *rest, kw=kw)
    return found if displayed(frame, arrays) is not None else build.op(by_name("tuple"), found)


@question
def is_axis(frame: Frame, axis: Atom) -> bool:
    """Whether an operand is a literal axis."""
    return isinstance(axis, Const) and type(axis.value) is int


@question
def are_pieces(frame: Frame, arrays: Atom, out: Atom) -> bool:
    """Whether parts are written out whose ranks, which may differ, are known, as is that of the result."""
    parts, kind = displayed(frame, arrays), frame.build.kind(arrays)
    kinds = [frame.build.kind(a) for a in parts or ()]
    if isinstance(kind, Tuple) and _is_tuple(frame, arrays):
        kinds = list(kind.elts)
    ranks = [rank(k) for k in (*kinds, frame.build.kind(out))]
    return bool(kinds) and None not in ranks and like_parts(frame, arrays, out)


@question
def pieces_of(frame: Frame, g: Atom, arrays: Atom, out: Atom, axis: Atom) -> Atom:
    """The piece of an adjoint that is due to each part, one after the other along an axis of the result."""
    build, parts = frame.build, _written(frame, arrays)
    size = rank(build.kind(out))
    assert isinstance(axis, Const) and size is not None
    start: Atom = Const(0)
    found = []
    for part in parts:
        piece, start = _piece(frame, g, part, axis.value, size, start)
        found.append(piece)
    whole = build.op(TUPLE if isinstance(build.kind(arrays), Tuple) else LIST, *found)
    return whole


def _piece(frame: Frame, g: Atom, part: Atom, axis: int, size: int, start: Atom) -> tuple[Atom, Atom]:
    """A part's piece, which has the axes of the part, and where the next one starts."""
    build, own = frame.build, rank(frame.build.kind(part)) or 0
    flat = size == 1 and own != 1
    added = [k for k in ((0, axis) if own == 1 and axis == 2 else (axis,)) if own < size and not flat]
    extent: Atom = Const(1)
    if flat:
        extent = build.op(by_name(".size"), part) if own else Const(1)
    elif axis not in added:
        extent = build.op(EXTENT, part, static=axis)
    stop = make(build, ADD, start, extent)
    items: list[SliceSpec | None] = []
    index: list[Atom] = []
    for k in range(axis + 1):
        if k != axis and k not in added:
            items.append(SliceSpec())
        elif k in added or flat and not own:
            items.append(None)
            index.append(start if k == axis else Const(0))
        else:
            first = start != Const(0)
            items.append(SliceSpec(lower=first, upper=True))
            index += [start, stop] if first else [stop]
    piece: Atom = build.op(GETITEM, g, *index, static=IndexSpec(tuple(items), len(items) > 1))
    if flat and own:
        piece = build.op(by_name("np.reshape"), piece, shape_of(frame, part))
    return piece, stop


def block_kind(op: Op, kind: KindOf) -> Any:
    """The kind of `np.block(arrays)`: of as many axes as lists are nested, or more if the arrays have them."""
    depth, leaves = _nested(kind(op.args[0]))
    ranks = [0 if isinstance(k, Number) else k.rank if isinstance(k, Array) else None for k in leaves]
    known = [rank for rank in ranks if rank is not None]
    if not leaves or depth is None or len(known) < len(ranks):
        return UNKNOWN
    return Array(promote(*leaves)[0], (None,) * max(depth, *known))


def _nested(kind: Kind) -> tuple[int | None, list[Kind]]:
    """How deep lists are nested, None if not all equally deep, and the kinds of what they hold."""
    if not isinstance(kind, (List, Tuple)):
        return 0, [kind]
    found = [_nested(elt) for elt in (kind.elts if isinstance(kind, Tuple) else (kind.elt,))]
    depths = {depth for depth, _ in found}
    depth = depths.pop() if len(depths) == 1 else None
    return None if depth is None else depth + 1, [leaf for _, leaves in found for leaf in leaves]
