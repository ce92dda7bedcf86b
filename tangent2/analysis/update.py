"""Updates of parts that were read before what they are updated by, in case that changed them; it did not.

`y[i] += f(x)` is lowered to a read, the call, and a write, as `f` may write to `y`.  Where memory shows that it is the
same array that is read and written to, the update is one operation again (not by index arrays, which may repeat).
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import Array, Number
from tangent2.core.syntax import Const, Op, Region, Stmt, Typed, Value
from tangent2.core.walk import count_uses, map_regions

_SIGNS = {prims.BINARY[sign]: (sign, update) for sign, update in prims.UPDATES.items()}


def update_at_once(typed: Typed) -> Typed:
    """The function with reads and writes of one place of one array joined where the user wrote `op=`.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, IndexSpec, Origin, Return
    >>> x, y, old, new, out = [Value(name, True) for name in ("x", "y", "old", "new", "out")]
    >>> at, origin = IndexSpec((None,)), Origin("f.py", 1, "y[0] += g(x)", "f", 0)
    >>> ops = (Op((old,), prims.GETITEM, (y, Const(0)), static=at, origin=origin),
    ...        Op((new,), prims.ADD, (old, x), origin=origin),
    ...        Op((out,), prims.SETITEM, (y, Const(0), new), static=at, origin=origin))
    >>> f = Function("f", (x, y), Region(ops, Return((out,))))
    >>> print(show(update_at_once(Typed(f, {x: FLOAT, y: Array("float64", (3,))}, Array())).function))
    def f(x.0, y.1):
        out.2 = y.1 with [0] += x.0
        return out.2
    """
    run = _Joining(typed, count_uses(typed.function.body))
    body = run.region(typed.function.body)
    return replace(typed, function=replace(typed.function, body=body)) if run.joined else typed


class _Joining:
    """The kinds of values, how often each is read, and whether anything was joined."""

    def __init__(self, typed: Typed, uses: dict[Value, int]) -> None:
        self.kinds, self.uses = typed.kinds, uses
        self.joined = False

    def region(self, region: Region) -> Region:
        made = {s.out: s for s in region.stmts if isinstance(s, Op) and len(s.outs) == 1}
        gone: set[Value] = set()
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            new = map_regions(stmt, self.region)
            if isinstance(stmt, Op) and (parts := self.parts(stmt, made)) is not None:
                new, old, changed = parts
                gone |= {old, changed}
                self.joined = True
            stmts.append(new)
        return Region(tuple([s for s in stmts if not gone.intersection(s.outs)]), region.exit)

    def parts(self, op: Op, made: dict[Value, Op]) -> tuple[Op, Value, Value] | None:
        """The update that a write is, the value that was read for it, and the changed one."""
        if op.prim is not prims.SETITEM or not isinstance(self.kinds.get(op.args[0]), Array):  # type: ignore[arg-type]
            return None
        changed = made.get(op.args[-1])     # type: ignore[arg-type]
        if changed is None or changed.prim not in _SIGNS or self.uses.get(changed.out) != 1:
            return None
        old = made.get(changed.args[0])     # type: ignore[arg-type]
        sign, update = _SIGNS[changed.prim]
        if old is None or old.prim is not prims.GETITEM or self.uses.get(old.out) != 1 or old.static != op.static \
                or old.args != op.args[:-1] or op.origin is None or f"{sign}=" not in op.origin.text \
                or not all(isinstance(a, Const) or isinstance(self.kinds.get(a), Number)  # type: ignore[arg-type]
                           for a in op.args[1:-1]):
            return None
        return replace(op, prim=update, args=(*op.args[:-1], changed.args[1])), old.out, changed.out
