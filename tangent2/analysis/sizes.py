"""Lists that other names may make longer or shorter: how long they are is not known, whatever made them."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import Kind, List
from tangent2.core.syntax import Atom, Call, For, Op, Region, Return, Stmt, Value, While, operands, regions, walk

# what hands a list on, keeps it, or changes its length: from which operand on
_KEEPING = {**dict.fromkeys((prims.LIST, prims.TUPLE, prims.DICT, prims.NEW, prims.MAKE, prims.CLOSURE, prims.PUSH,
                             prims.POP, prims.CHANGE, prims.INPLACE, prims.INPLACE_PART), 0),
            **dict.fromkeys((prims.SETITEM, prims.SETATTR, prims.METHOD, prims.APPLY), 1)}


def kept_values(stmts: Iterable[Stmt]) -> set[Atom]:
    """The values that become longer, are handed on, or are kept in others, where another name may make them longer.

    >>> a, t = Value("a"), Value("t")
    >>> kept_values([Op((a,), prims.LIST, ()), Op((t,), prims.TUPLE, (a,))]) == {a}
    True
    """
    found: set[Atom] = set()
    for stmt in walk(Region(tuple(stmts), Return(()))):
        if isinstance(stmt, Op):
            first = _KEEPING.get(stmt.prim)
            found.update(() if first is None else stmt.args[first:])
        elif isinstance(stmt, Call):
            found.update(operands(stmt))
        elif isinstance(stmt, (For, While)):
            found.update(stmt.init)
        for region in regions(stmt):
            found.update(() if isinstance(region.exit, Return) else region.exit.vals)
    return found


def without_length(outs: Iterable[Value], kinds: Iterable[Kind], kept: set[Atom]) -> tuple[Kind, ...]:
    """The kinds of results, of lists that are kept without their length."""
    return tuple([replace(kind, length=None) if isinstance(kind, List) and kind.length and out in kept else kind
                  for out, kind in zip(outs, kinds)])
