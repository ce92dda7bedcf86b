"""Functions that change what they captured must be called in sight: elsewhere nobody sees that it changes."""
from __future__ import annotations

from collections import defaultdict
from types import FunctionType
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import behind
from tangent2.analysis.lifting import source_of
from tangent2.analysis.outcomes import may_update
from tangent2.core import prims
from tangent2.core.calling import ways
from tangent2.core.kinds import UNKNOWN, FunctionKind
from tangent2.core.syntax import Callee, Function, Op, Region, Stmt, Value, operands, regions, walk
from tangent2.errors import TangentError, UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

_HOLDING = frozenset({prims.CLOSURE, prims.LIST, prims.TUPLE, prims.DICT, prims.GETITEM})


def check_writers(body: Region, facts: Facts) -> None:
    """Refuse functions that change what they captured, and are kept for calls out of sight.

    Calls in sight were replaced by calls that take what is captured as arguments, so nothing reads the function.
    """
    made = [s for s in walk(body) if isinstance(s, Op) and s.prim is prims.CLOSURE]
    if not made:
        return
    readers = _readers(body)
    for op in made:
        if _is_kept(op.out, readers) and _writes(op, facts):
            name = "this lambda" if op.static.name == "fn" else f"`{op.static.name}`"
            raise UnsupportedError(f"{name} changes what it holds, and which calls of it are made is not known where "
                                   "it is handed on", origin=op.origin, construct="call",
                                   advice="call it here, by its own name")


def _readers(body: Region) -> dict[Value, list[Stmt | None]]:
    """By value, the statements that read it; None for the end of a region."""
    found: dict[Value, list[Stmt | None]] = defaultdict(list)
    for stmt in walk(body):
        for atom in operands(stmt):
            if isinstance(atom, Value):
                found[atom].append(stmt)
    for region in (body, *[r for s in walk(body) for r in regions(s)]):
        for atom in region.exit.vals:
            if isinstance(atom, Value):
                found[atom].append(None)
    return found


def _is_kept(value: Value, readers: dict[Value, list[Stmt | None]]) -> bool:
    """Whether a function value is needed itself, and not only by what nobody reads."""
    return any(not (isinstance(s, Op) and s.prim in _HOLDING) or any(_is_kept(v, readers) for v in s.outs)
               for s in readers.get(value, ()))


def _writes(op: Op, facts: Facts) -> bool:
    """Whether a function may write to what it captured; it may where that is not found out."""
    kind = facts.kind(op.out)
    if not isinstance(kind, FunctionKind) or not isinstance(kind.callee, Callee):
        return False
    count = _parameters(behind(kind.callee.key))
    if count is None:
        return True
    kinds = (*kind.captured, *(UNKNOWN,) * (count - len(kind.captured)))
    if not may_update(source_of(kind.callee, kinds, facts.lookups.source), facts.lookups):
        return False
    try:
        known = facts.done(kind.callee, kinds)
    except TangentError:
        return True
    return any(k < len(kind.captured) for k in known.writes)


def _parameters(key: Any) -> int | None:
    """How many arguments the core of a function takes; None for what is no function of the user's."""
    if isinstance(key, Function):
        return len(key.params)
    return len(ways(key)) if isinstance(key, FunctionType) else None
