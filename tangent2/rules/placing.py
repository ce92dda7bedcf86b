"""What templates ask when elements that were picked, repeated or padded are put back in their places."""
from __future__ import annotations

from typing import Any

from tangent2.core.kinds import Array, Number
from tangent2.core.prims import ADDITEM, AT_ADD, EXTENT, GETITEM, TUPLE
from tangent2.core.syntax import Atom, Const, IndexSpec, SliceSpec
from tangent2.rules.declare import by_name
from tangent2.rules.frames import Frame
from tangent2.rules.questions import question, rank, shape_of, tuple_of

_ALL = SliceSpec()


@question
def can_be_taken(frame: Frame, x: Atom, indices: Atom, axis: Atom) -> bool:
    """Whether `np.take(x, indices, axis)` reads an array of known rank along one axis."""
    kind, places = frame.build.kind(x), frame.build.kind(indices)
    if not isinstance(kind, Array) or not kind.shape or kind.dtype is None or not isinstance(axis, Const):
        return False
    plain = isinstance(places, Number) or isinstance(places, Array) and places.dtype == "int64"
    return plain and (type(axis.value) is int or axis.value is None and len(kind.shape) == 1)


@question
def put_back(frame: Frame, g: Atom, x: Atom, indices: Atom, axis: Atom) -> Atom:
    """Zeros like `x` to which the adjoint of `np.take(x, indices, axis)` is added, however often a place was read."""
    assert isinstance(axis, Const)
    build = frame.build
    size = rank(build.kind(x)) or 1
    zeros = build.op(by_name("np.zeros_like"), x)
    items = (*(_ALL,) * ((axis.value or 0) % size), None)
    prim = ADDITEM if isinstance(build.kind(indices), Number) else AT_ADD
    return build.op(prim, zeros, indices, g, static=IndexSpec(items, len(items) > 1))


@question
def flat_place(frame: Frame, x: Atom, *index: Atom) -> Atom:
    """Where an element is in the flat array: told by one number, or by the numbers (or a tuple) of its axes."""
    if len(index) == 1 and isinstance(frame.build.kind(index[0]), Number):
        return index[0]
    return frame.build.op(by_name("np.ravel_multi_index"), tuple_of(frame, *index), shape_of(frame, x))


@question
def tiles_known(frame: Frame, x: Atom, reps: Atom) -> bool:
    """Whether the rank of what is repeated, and how often it is along each axis, is known."""
    kind = frame.build.kind(x)
    given = isinstance(reps, Const) and isinstance(reps.value, (int, tuple))
    return isinstance(kind, Array) and kind.rank is not None and (
        given or isinstance(frame.build.kind(reps), Number) and kind.rank == 1)


@question
def tiles_summed(frame: Frame, g: Atom, x: Atom, reps: Atom) -> Atom:
    """The sum of the tiles that `np.tile(x, reps)` is made of."""
    build, size = frame.build, rank(frame.build.kind(x)) or 0
    whole = reps.value if isinstance(reps, Const) and isinstance(reps.value, tuple) else (reps,)
    counts = [n if not isinstance(n, int) else Const(n) for n in whole]
    counts = [Const(1)] * (size - len(counts)) + counts
    sizes: list[Atom] = [Const(1)] * (len(counts) - size)
    sizes += [build.op(EXTENT, x, static=k) for k in range(size)]
    parts: list[Atom] = []
    gone: list[int] = []
    for k, (count, extent) in enumerate(zip(counts, sizes)):
        if count != Const(1):
            gone.append(len(parts))
            parts.append(count)
        if k >= len(counts) - size:
            parts.append(extent)
    apart = build.op(by_name("np.reshape"), g, build.op(TUPLE, *parts))
    return _like(frame, build.op(by_name("np.sum"), apart, _axis(gone), kw=("axis",)) if gone else apart, x)


@question
def repeats_summed(frame: Frame, g: Atom, x: Atom, repeats: Atom, axis: Atom) -> Atom:
    """The sums of what `np.repeat(x, repeats, axis)` made of each element."""
    assert isinstance(axis, Const)
    build, size = frame.build, rank(frame.build.kind(x)) or 1
    at = (axis.value or 0) % size
    sizes: list[Atom] = [build.op(EXTENT, x, static=k) for k in range(size)]
    parts = build.op(TUPLE, *sizes[:at + 1], repeats, *sizes[at + 1:])
    apart = build.op(by_name("np.reshape"), g, parts)
    return _like(frame, build.op(by_name("np.sum"), apart, Const(at + 1), kw=("axis",)), x)


def _axis(axes: list[int]) -> Const:
    return Const(axes[0] if len(axes) == 1 else tuple(axes))


def _like(frame: Frame, g: Atom, x: Atom) -> Atom:
    frame.build.kinds[g] = frame.build.kind(x)      # type: ignore[index]
    return g


@question
def repeats_known(frame: Frame, x: Atom, repeats: Atom, axis: Atom) -> bool:
    """Whether an array of known rank is repeated the same number of times along an axis that is written out."""
    kind = frame.build.kind(x)
    if not isinstance(kind, Array) or not kind.shape or not isinstance(frame.build.kind(repeats), Number):
        return False
    return isinstance(axis, Const) and (type(axis.value) is int or axis.value is None and kind.rank == 1)


@question
def pads_known(frame: Frame, x: Atom, pad_width: Atom) -> bool:
    """Whether an array of known rank is padded by literals."""
    kind = frame.build.kind(x)
    return isinstance(kind, Array) and bool(kind.shape) and _pads(pad_width, kind.rank or 0) is not None


def _pads(pad_width: Atom, size: int) -> list[tuple[int, int]] | None:
    """How far each axis is padded before and after; None if that is not written out."""
    value: Any = pad_width.value if isinstance(pad_width, Const) else None
    if type(value) is int:
        return [(value, value)] * size
    if isinstance(value, tuple) and len(value) == 2 and all(type(n) is int for n in value):
        return [value] * size
    if isinstance(value, tuple) and len(value) == size and all(isinstance(p, tuple) and len(p) == 2 for p in value):
        return list(value)
    return None


@question
def unpadded(frame: Frame, g: Atom, x: Atom, pad_width: Atom) -> Atom:
    """What of the adjoint of a padded array is not padding."""
    build, size = frame.build, rank(frame.build.kind(x)) or 0
    items, index = [], []
    for before, after in _pads(pad_width, size) or ():
        items.append(SliceSpec(lower=before > 0, upper=after > 0))
        index += [Const(n) for n in (before, -after) if n]
    return _like(frame, build.op(GETITEM, g, *index, static=IndexSpec(tuple(items), size > 1)), x)
