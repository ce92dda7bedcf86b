"""`np.meshgrid`: every array it returns depends on one operand."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tangent2.core.build import Builder
from tangent2.core.kinding import as_array
from tangent2.core.kinds import Array, List, Number, Tuple
from tangent2.core.prims import TUPLE
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.declare import by_name
from tangent2.rules.families import KindOf

TUPLES = isinstance(np.meshgrid(1.0), tuple)    # in NumPy before 2 a list


def _order(op: Op) -> list[int] | None:
    """The axis of the results along which each operand varies; None if the keywords are not known."""
    count = len(op.args) - len(op.kw)
    named = dict(zip(op.kw, op.args[count:]))
    indexing = named.pop("indexing", Const("xy"))
    if named or not isinstance(indexing, Const):
        return None
    order = list(range(count))
    return [1, 0, *order[2:]] if indexing.value == "xy" and count > 1 else order


def meshgrid_kind(op: Op, kind: KindOf) -> Any:
    order, count = _order(op), len(op.args) - len(op.kw)
    shape: list[Any] = [None] * count
    kinds = [as_array(kind(a)) for a in op.args[:count]]
    for k, axis in enumerate(order or ()):
        own = kinds[k]
        shape[axis] = own.shape[0] if isinstance(own, Array) and own.rank == 1 and own.shape else None
    parts = [Array(k.dtype if isinstance(k, (Array, Number)) else None, tuple(shape)) for k in kinds]
    return Tuple(tuple(parts)) if TUPLES else List(parts[0] if parts else Array(), False, count)


def meshgrid_adjoint(build: Builder, op: Op, g: Atom, wanted: frozenset[int]) -> dict[int, Atom]:
    order = _order(op)
    if order is None:
        raise LookupError("np.meshgrid with these keyword arguments")
    found: dict[int, Atom] = {}
    for k in sorted(wanted):
        if getattr(build.kind(op.args[k]), "rank", None) != 1:
            raise LookupError("np.meshgrid of what is not known to have one axis")
        rest = [Const(m) for m in range(len(order)) if m != order[k]]
        part: Atom = build.getitem(g, k)
        if rest:
            axis = rest[0] if len(rest) == 1 else build.op(TUPLE, *rest)
            part = build.op(by_name("np.sum"), part, axis, kw=("axis",))
        found[k] = part
    return found


def meshgrid_tangent(build: Builder, op: Op, dots: Mapping[int, Atom]) -> Atom | None:
    count = len(op.args) - len(op.kw)
    if _order(op) is None:
        raise LookupError("np.meshgrid with these keyword arguments")
    args = [dots[k] if k in dots else build.op(by_name("np.zeros_like"), a) for k, a in enumerate(op.args[:count])]
    return build.op(op.prim, *args, *op.args[count:], kw=op.kw)
