"""Liveness over structured regions: which values are still read after a statement, as bit masks.

Values are given as masks (several bits per value, or none if the caller does not care about it), so that one union
is one operation on integers.  Loops are scanned until their header is stable, which is twice.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from tangent2.core.prims import SETTLE
from tangent2.core.syntax import Atom, Break, Continue, Exit, For, If, Op, Region, Stmt, Value, While, Yield, operands

Masks = Mapping[Value, int]


def number(values: Iterable[Value]) -> dict[Value, int]:
    """One bit per value."""
    return {v: 1 << k for k, v in enumerate(values)}


def live_after(body: Region, masks: Masks) -> dict[int, int]:
    """For every statement (by identity) the mask of what is read after it, its own results included.

    >>> from tangent2.core import prims
    >>> from tangent2.core.syntax import Op, Return
    >>> x, a, b = Value("x"), Value("a"), Value("b")
    >>> first, second = Op((a,), prims.NEG, (x,)), Op((b,), prims.MUL, (a, a))
    >>> found = live_after(Region((first, second), Return((b,))), number((x, a, b)))
    >>> bin(found[id(first)]), bin(found[id(second)])
    ('0b10', '0b100')
    """
    scan = _Scan(masks)
    scan.region(body, 0, 0, 0)
    return scan.found


class _Scan:
    def __init__(self, masks: Masks) -> None:
        self.masks = masks
        self.found: dict[int, int] = {}

    def of(self, atoms: tuple[Atom, ...] | tuple[Value, ...]) -> int:
        mask = 0
        for a in atoms:
            if isinstance(a, Value):
                mask |= self.masks.get(a, 0)
        return mask

    def region(self, region: Region, after: int, broken: int, again: int) -> int:
        """What is live before a region; `after` it, `broken` out of the loop, or `again` at the loop's header."""
        live = self.exit(region.exit, after, broken, again)
        for stmt in reversed(region.stmts):
            self.found[id(stmt)] = live
            live = self.stmt(stmt, live, broken, again)
        return live

    def exit(self, exit: Exit, after: int, broken: int, again: int) -> int:
        read = self.of(exit.vals)
        if isinstance(exit, Yield):
            return after | read
        if isinstance(exit, Break):
            return broken | read
        return again | read if isinstance(exit, Continue) else read

    def stmt(self, stmt: Stmt, live: int, broken: int, again: int) -> int:
        after = live & ~self.of(stmt.outs)
        if isinstance(stmt, If):
            then = self.region(stmt.then, after, broken, again)
            return then | self.region(stmt.orelse, after, broken, again) | self.of((stmt.cond,))
        if isinstance(stmt, For):
            return self._for(stmt, after)
        if isinstance(stmt, While):
            return self._while(stmt, after)
        if isinstance(stmt, Op) and stmt.prim is SETTLE:        # reads nothing of the base but what is in its part
            return after | self.of(stmt.args[1:])
        return after | self.of(operands(stmt))

    def _for(self, stmt: For, after: int) -> int:
        params, target = self.of(stmt.params), self.of((stmt.target,))
        header = after | params | self.of((stmt.iter,))
        while True:
            again = header & ~params
            grown = header | self.region(stmt.body, again, after, again) & ~target
            if grown == header:
                return again | self.of(stmt.init)
            header = grown

    def _while(self, stmt: While, after: int) -> int:
        params = self.of(stmt.params)
        header = done = after | params
        while True:
            again = header & ~params
            body = self.region(stmt.body, again, after, again)
            grown = header | self.region(stmt.cond, body | done, 0, 0)
            if grown == header:
                return again | self.of(stmt.init)
            header = grown
