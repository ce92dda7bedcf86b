"""Lists that other names may make longer or shorter: how long they are is not known, whatever made them."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import Kind, List
from tangent2.core.syntax import Atom, Call, For, Op, Region, Return, Stmt, Value, While, operands, regions, walk

_DISPLAYS = frozenset({prims.LIST, prims.TUPLE, prims.DICT})
# what keeps a list, hands it on, or changes its length: from which operand on
_KEEPING = {**dict.fromkeys((prims.NEW, prims.MAKE, prims.CLOSURE, prims.PUSH, prims.POP, prims.CHANGE, prims.INPLACE,
                             prims.INPLACE_PART), 0),
            **dict.fromkeys((prims.SETITEM, prims.SETATTR, prims.METHOD, prims.APPLY), 1)}


def kept_values(stmts: Iterable[Stmt], whole: bool = True) -> set[Atom]:
    """The values that become longer, are handed on, or are kept in others, where another name may make them longer.

    What stands in a display that only a function of NumPy reads, as its axes, is not.  `whole`: nothing else reads what
    the statements bind.

    >>> a, t = Value("a"), Value("t")
    >>> display, pair = Op((a,), prims.LIST, ()), Op((t,), prims.TUPLE, (a,))
    >>> kept_values([display, pair]), kept_values([display, pair], False) == {a}
    (set(), True)
    """
    found: set[Atom] = set()
    read: set[Atom] = set()
    displays: list[Op] = []
    for stmt in walk(Region(tuple(stmts), Return(()))):
        if isinstance(stmt, Op):
            found.update(stmt.args[_KEEPING[stmt.prim]:] if stmt.prim in _KEEPING else ())
            displays += [stmt] * (stmt.prim in _DISPLAYS)
            read.update(() if stmt.prim in _DISPLAYS or stmt.prim.spelling[0] == "call" else stmt.args)
        elif isinstance(stmt, Call):
            found.update(operands(stmt))
        elif isinstance(stmt, (For, While)):
            found.update(stmt.init)
            read.update(operands(stmt))
        for region in regions(stmt):
            found.update(() if isinstance(region.exit, Return) else region.exit.vals)
    for op in reversed(displays):       # those that others stand in come last
        if not whole or op.out in read or op.out in found:
            found.update(op.args)
    return found


def without_length(outs: Iterable[Value], kinds: Iterable[Kind], kept: set[Atom]) -> tuple[Kind, ...]:
    """The kinds of results, of lists that are kept without their length."""
    return tuple([replace(kind, length=None) if isinstance(kind, List) and kind.length and out in kept else kind
                  for out, kind in zip(outs, kinds)])
