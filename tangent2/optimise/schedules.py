"""Ranges for their own sake: how many states of a loop are kept is asked by its reverse, and by nobody after that."""
from __future__ import annotations

from dataclasses import replace

from tangent2.core.kinds import Range
from tangent2.core.syntax import Atom, Op, Region, Typed, Value, walk
from tangent2.core.walk import map_regions, substitute
from tangent2.rules.declare import by_name


def without_schedules(typed: Typed) -> Typed:
    """A function whose loops are over plain ranges.

    >>> from tangent2.core.kinds import INT
    >>> from tangent2.core.syntax import Const, Function, Return
    >>> n, r, s, k = Value("n"), Value("r"), Value("s"), Value("k")
    >>> stmts = Op((r,), by_name("range"), (n,)), Op((s,), by_name("checkpointed"), (r, Const(3))), \\
    ...     Op((k,), by_name("len"), (s,))
    >>> f = Typed(Function("f", (n,), Region(stmts, Return((k,)))), {n: INT, r: Range(), s: Range(), k: INT}, INT)
    >>> [s.prim for s in without_schedules(f).function.body.stmts]
    [range, len]
    """
    mark, found = by_name("checkpointed"), dict[Value, Atom]()
    for stmt in walk(typed.function.body):
        over = stmt.args[0] if isinstance(stmt, Op) and stmt.prim is mark else None
        if isinstance(over, Value) and isinstance(typed.kinds.get(over), Range):
            found[stmt.outs[0]] = over

    def region(region: Region) -> Region:
        stmts = [map_regions(s, region_of) for s in region.stmts if not (s.outs and s.outs[0] in found)]
        return Region(tuple(stmts), region.exit)
    region_of = region
    if not found:
        return typed
    body = substitute(region(typed.function.body), found)
    return replace(typed, function=replace(typed.function, body=body))
