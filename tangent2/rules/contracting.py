"""`np.tensordot` along axes that are written out: its adjoints are tensor products along axes that are known, too."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.core.build import Builder
from tangent2.core.kinding import as_array
from tangent2.core.kinds import Array, Kind
from tangent2.core.prims import MUL, TUPLE
from tangent2.core.syntax import Atom, Const
from tangent2.rules.declare import by_name
from tangent2.rules.frames import Frame
from tangent2.rules.joining import displayed
from tangent2.rules.questions import question, rank

Axes = tuple[list[int], list[int]]


def axes_of(frame: Frame | None, axes: Atom, a: Kind, b: Kind) -> Axes | None:
    """The axes of both operands that are summed over, counted from the first; None if they are not known."""
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.rank is None or b.rank is None:
        return None
    if isinstance(axes, Const) and type(axes.value) is int:
        return list(range(a.rank - axes.value, a.rank)), list(range(axes.value))
    sides = displayed(frame, axes) if frame is not None else None
    if isinstance(axes, Const) and isinstance(axes.value, tuple):
        sides = tuple(map(Const, axes.value))
    if sides is None or len(sides) != 2:
        return None
    found = []
    for side, size in zip(sides, (a.rank, b.rank)):
        parts = (side,) if isinstance(side, Const) else displayed(frame, side) if frame is not None else None
        if parts is None or not all(isinstance(p, Const) and type(p.value) is int for p in parts):
            return None
        found.append([p.value % size for p in parts if isinstance(p, Const)])
    return found[0], found[1]


def _known(frame: Frame, x: Atom, y: Atom, axes: Atom) -> Axes | None:
    return axes_of(frame, axes, as_array(frame.build.kind(x)), as_array(frame.build.kind(y)))


@question
def are_contracted(frame: Frame, x: Atom, y: Atom, axes: Atom) -> bool:
    """Whether the ranks of the operands of `np.tensordot` and the axes that it sums over are known."""
    return _known(frame, x, y, axes) is not None


def _tuple(build: Builder, numbers: Any) -> Atom:
    return build.op(TUPLE, *[Const(int(n)) for n in numbers])


def _tensordot(build: Builder, a: Atom, b: Atom, left: list[int], right: list[int], order: list[int]) -> Atom:
    """A tensor product whose axes are those of an operand, in this order, put in theirs."""
    axes = build.op(TUPLE, _tuple(build, left), _tuple(build, right)) if left else Const(0)
    found = build.op(by_name("np.tensordot"), a, b, axes)
    if order == sorted(order):
        return found
    if order == [1, 0]:
        return build.op(by_name(".T"), found)
    return build.op(by_name("np.transpose"), found, _tuple(build, np.argsort(order)))


@question
def contracted_left(frame: Frame, g: Atom, x: Atom, y: Atom, axes: Atom) -> Atom:
    """The adjoint of the first operand."""
    known = _known(frame, x, y, axes)
    assert known is not None
    left, right = known
    ranks = [rank(as_array(frame.build.kind(a))) or 0 for a in (x, y)]
    rest = [k for k in range(ranks[1]) if k not in right]
    kept = [k for k in range(ranks[0]) if k not in left]
    ends = list(range(len(kept), len(kept) + len(rest)))
    return _tensordot(frame.build, g, y, ends, rest, kept + [left[right.index(k)] for k in sorted(right)])


@question
def contracted_right(frame: Frame, g: Atom, x: Atom, y: Atom, axes: Atom) -> Atom:
    """The adjoint of the second operand."""
    known = _known(frame, x, y, axes)
    assert known is not None
    left, right = known
    ranks = [rank(as_array(frame.build.kind(a))) or 0 for a in (x, y)]
    rest = [k for k in range(ranks[0]) if k not in left]
    kept = [k for k in range(ranks[1]) if k not in right]
    order = [right[left.index(k)] for k in sorted(left)] + kept
    return _tensordot(frame.build, x, g, rest, list(range(len(rest))), order)


@question
def dotted_left(frame: Frame, g: Atom, x: Atom, y: Atom) -> Atom:
    """The adjoint of `x` in `np.dot(x, y)`, which sums over its last axis and the last but one of `y`."""
    ranks = [rank(as_array(frame.build.kind(a))) or 0 for a in (x, y)]
    rest = [k for k in range(ranks[1]) if k != ranks[1] - 2]
    if ranks[1] == 2:
        return frame.build.op(by_name("np.dot"), g, frame.build.op(by_name(".T"), y))
    return _tensordot(frame.build, g, y, list(range(ranks[0] - 1, ranks[0] + ranks[1] - 2)), rest,
                      list(range(ranks[0])))


@question
def dotted_right(frame: Frame, g: Atom, x: Atom, y: Atom) -> Atom:
    """The adjoint of `y` in `np.dot(x, y)`."""
    ranks = [rank(as_array(frame.build.kind(a))) or 0 for a in (x, y)]
    lead = list(range(ranks[0] - 1))
    if not lead:
        place = frame.build.op(by_name("np.expand_dims"), g, Const(-2))
        return frame.build.op(MUL, frame.build.op(by_name("np.expand_dims"), x, Const(-1)), place)
    order = [ranks[1] - 2, *range(ranks[1] - 2), ranks[1] - 1]
    return _tensordot(frame.build, x, g, lead, lead, order)


@question
def matrix_transpose(frame: Frame, x: Atom) -> Atom:
    """`x.T` of a matrix; of a stack of matrices the transpose of each."""
    if rank(as_array(frame.build.kind(x))) == 2:
        return frame.build.op(by_name(".T"), x)
    return frame.build.op(by_name("np.swapaxes"), x, Const(-1), Const(-2))
