"""What a function may do at first sight: return, change something."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tangent2.analysis.lookups import Lookups
from tangent2.core import prims
from tangent2.core.kinds import Bottom, Kind
from tangent2.core.syntax import Atom, Call, Function, Op, Region, Return, regions, walk


def may_return(body: Region) -> bool:
    """Whether a function returns on some path, conditions that are known having been decided."""
    return isinstance(body.exit, Return) or any(may_return(r) for s in body.stmts for r in regions(s))


def may_update(function: Function, lookups: Lookups) -> bool:
    """Whether a function changes anything itself, or calls what might."""
    plain = (prims.GETITEM, prims.ATTRIBUTE, prims.READ, prims.TUPLE)
    return any(isinstance(s, Call) or isinstance(s, Op) and (
        s.prim.update or s.prim.effect != "pure" and s.prim not in plain) for s in walk(function.body))


def noticed(op: Op, kind: Callable[[Atom], Kind]) -> Op:
    """An operation on numbers that is given an array raises, whoever reads its result: that is its effect."""
    if not getattr(op.prim.infer, "raises", False) or not isinstance(kind(op.outs[0]), Bottom) or any(
            isinstance(kind(a), Bottom) for a in op.args):
        return op
    return replace(op, prim=replace(op.prim, effect="effect"))
