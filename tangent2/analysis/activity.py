"""Which values depend on the active parameters in a way a derivative can flow through (varied values)."""
from __future__ import annotations

from collections.abc import Mapping

from tangent2.core import prims
from tangent2.core.kinds import UNKNOWN, Dict, Kind, List, Object, Str, Tuple, Unknown, is_inexact
from tangent2.core.syntax import Atom, Break, Call, Continue, For, If, Op, Raise, Region, Stmt, Typed, Value
from tangent2.core.syntax import While, Yield
from tangent2.core.walk import may_leave
from tangent2.rules.apply import flow_positions


READS_TEXT = (float, complex)
_TEXT = (Str, Unknown, List, Tuple, Dict)


def varied(typed: Typed, active_params: tuple[bool, ...]) -> frozenset[Value]:
    """The values that vary with the parameters marked active; values of exact kinds never do.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT, INT
    >>> from tangent2.core.syntax import Const, Function, Return
    >>> x, n, a, b = Value("x"), Value("n"), Value("a"), Value("b")
    >>> ops = Op((a,), prims.MUL, (x, n)), Op((b,), prims.ADD, (n, Const(1)))
    >>> f = Function("f", (x, n), Region(ops, Return((a,))))
    >>> kinds = {x: FLOAT, n: INT, a: FLOAT, b: INT}
    >>> sorted(v.hint for v in varied(Typed(f, kinds, FLOAT), (True, True)))
    ['a', 'x']
    """
    return varied_and_text(typed, active_params)[0]


def varied_and_text(typed: Typed, active_params: tuple[bool, ...],
                    also: frozenset[Value] = frozenset()) -> tuple[frozenset[Value], frozenset[Value]]:
    """The values that vary with the parameters marked active, and with some others; and text that was made of them."""
    walker = _Walker(typed.kinds)
    walker.found.update(also)
    for param, active in zip(typed.function.params, active_params):
        if active:
            walker.mark(param)
    walker.region(typed.function.body, None)
    return frozenset(walker.found), frozenset(walker.told)


class _Walker:
    """Marks values in order of execution; loops are walked until nothing new is marked.

    told: text that such values were written into; a number that is read from it varies too.
    """

    def __init__(self, kinds: dict[Value, Kind]) -> None:
        self.kinds = kinds
        self.found: set[Value] = set()
        self.told: set[Value] = set()

    def mark(self, value: Value) -> None:
        if is_inexact(self.kinds.get(value, UNKNOWN)):
            self.found.add(value)

    def mark_from(self, targets: tuple[Value, ...], atoms: tuple[Atom, ...]) -> None:
        for target, atom in zip(targets, atoms):
            if atom in self.found:
                self.mark(target)
            elif atom in self.told:
                self.told.add(target)

    def region(self, region: Region, loop: For | While | None) -> None:
        for stmt in before_a_raise(region):
            self.stmt(stmt, loop)
        if loop is not None and isinstance(region.exit, Break):
            self.mark_from(loop.outs, region.exit.vals)
        elif loop is not None and isinstance(region.exit, Continue):
            self.mark_from(loop.params, region.exit.vals)

    def stmt(self, stmt: Stmt, loop: For | While | None) -> None:
        if isinstance(stmt, Op):
            if not self.found.isdisjoint(stmt.args) and any(stmt.args[k] in self.found for k in flow_positions(stmt)):
                for out in stmt.outs:
                    self.mark(out)
            elif picks_by(stmt, self.kinds) and not self.found.isdisjoint(stmt.args):
                self.found.add(stmt.out)
            if self.told or any(isinstance(self.kinds.get(out), Str) for out in stmt.outs):
                self.text(stmt)
        elif isinstance(stmt, Call):
            if not self.found.isdisjoint(stmt.args):
                self.mark(stmt.out)
        elif isinstance(stmt, If):
            for region in (stmt.then, stmt.orelse):
                self.region(region, loop)
                if isinstance(region.exit, Yield):
                    self.mark_from(stmt.outs, region.exit.vals)
        elif isinstance(stmt, (For, While)):
            self.loop(stmt)

    def text(self, op: Op) -> None:
        """What an operation makes of text, or writes into it."""
        if not self.told.isdisjoint(op.args):
            if op.prim.obj in READS_TEXT:
                self.found.update(op.outs)
            self.told.update([v for v in op.outs if isinstance(self.kinds.get(v, UNKNOWN), _TEXT)])
        elif not self.found.isdisjoint(op.args):
            self.told.update([v for v in op.outs if isinstance(self.kinds.get(v), Str)])

    def loop(self, loop: For | While) -> None:
        self.mark_from(loop.params, loop.init)
        if isinstance(loop, For) and loop.iter in self.found:
            self.mark(loop.target)
        before = -1
        while before != len(self.found) + len(self.told):
            before = len(self.found) + len(self.told)
            self.region(loop.body, loop)
            if isinstance(loop.body.exit, Yield):
                self.mark_from(loop.params, loop.body.exit.vals)
        if isinstance(loop, While):
            self.region(loop.cond, None)
        self.mark_from(loop.outs, loop.params)


def picks_by(op: Op, kinds: Mapping[Value, Kind]) -> bool:
    """Whether an operation is a subscript of an object that nobody knows, which may make its result of the index."""
    base = op.args[0] if op.prim is prims.GETITEM else None
    return isinstance(base, Value) and isinstance(kinds.get(base), Object)


def before_a_raise(region: Region) -> tuple[Stmt, ...]:
    """The statements of a region but those after which it surely raises: nothing else reads what they make."""
    stmts = region.stmts
    while isinstance(region.exit, Raise) and stmts and not may_leave(Region(stmts[-1:], Yield())):
        stmts = stmts[:-1]
    return stmts
