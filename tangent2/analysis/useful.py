"""Which values have an adjoint: the result depends on them in a way a derivative can flow back through.

Works on straightened functions (`transform/exits.py`): results of loops are their last params, plain guards aside.
"""
from __future__ import annotations

from tangent2.core.syntax import (
    Atom, Break, Call, Continue, For, If, Op, Raise, Region, Return, Stmt, Typed, Value, While, Yield,
)
from tangent2.rules.apply import flow_positions


def useful(typed: Typed, varied: frozenset[Value]) -> frozenset[Value]:
    """The varied values that the result depends on.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import Function, Return
    >>> x, a, b = Value("x"), Value("a"), Value("b")
    >>> ops = Op((a,), prims.MUL, (x, x)), Op((b,), prims.NEG, (x,))
    >>> f = Typed(Function("f", (x,), Region(ops, Return((a,)))), {v: FLOAT for v in (x, a, b)}, FLOAT)
    >>> sorted(v.hint for v in useful(f, frozenset((x, a, b))))
    ['a', 'x']
    """
    walker = _Walker(varied)
    walker.mark(typed.function.body.exit.vals)
    walker.region(typed.function.body)
    return frozenset(walker.found)


def needed(typed: Typed, varied: frozenset[Value]) -> frozenset[Value]:
    """The same of a function with exits anywhere: varied values from which a derivative flows to the result."""
    walker = _AnyExit(varied)
    before = -1
    while before != len(walker.found):      # what leaves a loop sideways is met after what it is read by
        before = len(walker.found)
        walker.region(typed.function.body)
    return frozenset(walker.found)


class _Walker:
    """Marks values against the order of execution; loops are walked until nothing new is marked."""

    def __init__(self, varied: frozenset[Value]) -> None:
        self.varied = varied
        self.found: set[Value] = set()

    def mark(self, atoms: tuple[Atom, ...]) -> None:
        self.found.update([a for a in atoms if a in self.varied])  # type: ignore[misc]

    def region(self, region: Region) -> None:
        for stmt in reversed(region.stmts):
            self.stmt(stmt)

    def stmt(self, stmt: Stmt) -> None:
        if isinstance(stmt, (Op, Call)):
            if not self.found.isdisjoint(stmt.outs):
                flows = flow_positions(stmt) if isinstance(stmt, Op) else range(len(stmt.args))
                self.mark(tuple([stmt.args[k] for k in flows]))
        elif isinstance(stmt, If):
            for region in (stmt.then, stmt.orelse):
                if not isinstance(region.exit, (Raise, Break)):
                    self.mark(tuple([a for a, out in zip(region.exit.vals, stmt.outs) if out in self.found]))
                self.region(region)
        elif isinstance(stmt, (For, While)):
            self.loop(stmt)

    def loop(self, loop: For | While) -> None:
        before = -1
        while before != len(self.found):
            before = len(self.found)
            if isinstance(loop.body.exit, Raise):
                break
            self.mark(tuple([a for a, out, p in zip(loop.body.exit.vals, loop.outs, loop.params)
                             if out in self.found or p in self.found]))
            self.region(loop.body)
        self.mark(tuple([a for a, out, p in zip(loop.init, loop.outs, loop.params)
                         if out in self.found or p in self.found]))
        if isinstance(loop, For) and loop.target in self.found:
            self.mark((loop.iter,))


class _AnyExit(_Walker):
    """The same where regions are left sideways."""

    def __init__(self, varied: frozenset[Value]) -> None:
        super().__init__(varied)
        self.around: list[For | While] = []

    def region(self, region: Region) -> None:
        exit = region.exit
        if isinstance(exit, Return):
            self.mark(exit.vals)
        elif isinstance(exit, (Break, Continue)):
            loop = self.around[-1]
            self.mark(tuple([a for a, out, p in zip(exit.vals, loop.outs, loop.params)
                             if out in self.found or p in self.found]))
        super().region(region)

    def stmt(self, stmt: Stmt) -> None:
        if isinstance(stmt, If):
            for region in (stmt.then, stmt.orelse):
                if isinstance(region.exit, Yield):
                    self.mark(tuple([a for a, out in zip(region.exit.vals, stmt.outs) if out in self.found]))
                self.region(region)
        else:
            super().stmt(stmt)

    def loop(self, loop: For | While) -> None:
        self.around.append(loop)
        if isinstance(loop.body.exit, Yield):
            super().loop(loop)
        else:
            self.region(loop.body)
            self.mark(tuple([a for a, out, p in zip(loop.init, loop.outs, loop.params)
                             if out in self.found or p in self.found]))
        self.around.pop()
