"""Loops over what holds arrays of several ranks are written out, so that the rank of each is known.

The axis of a batch stands in front of the others: where it is to be put is known only if it is known how many there
are.  `for p in params`, of a matrix and a vector, is the body for the one and then for the other.
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import Array, Dict, Kind, Range, Tuple, Unknown
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Const, For, Function, Op, Region, Stmt, Typed, Value, Yield, walk,
)
from tangent2.core.walk import map_regions, may_leave, renew, substitute

_MOST = 16      # times that a body is written


def unrolled(typed: Typed) -> Function:
    """The function with such loops written out; itself if there are none.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Return
    >>> ps, p, t, s, u = [Value(h, True) for h in ("ps", "p", "t", "s", "u")]
    >>> add = Op((u,), prims.ADD, (t, p))
    >>> loop = For((s,), p, ps, (t,), (Const(0.0),), Region((add,), Yield((u,))))
    >>> kinds = {ps: Tuple((Array("float64", (3,)), FLOAT)), p: Array("float64", None), t: FLOAT, s: FLOAT, u: FLOAT}
    >>> print(show(unrolled(Typed(Function("f", (ps,), Region((loop,), Return((s,)))), kinds, FLOAT))))
    def f(ps.0):
        t.1 = ps.0[0]
        u.2 = add(0.0, t.1)
        t.3 = ps.0[1]
        u.4 = add(u.2, t.3)
        return u.4
    """
    run = _Unrolling(typed)
    body = run.region(typed.function.body)
    if not run.became:
        return typed.function
    return replace(typed.function, body=substitute(body, run.became))


class _Unrolling:
    """`made`: what made a value.  `became`: what stands for results of loops that are gone, and for known keys."""

    def __init__(self, typed: Typed) -> None:
        self.kinds = typed.kinds
        self.made: dict[Atom, Op] = {
            s.out: s for s in walk(typed.function.body) if isinstance(s, Op) and len(s.outs) == 1}
        self.became: dict[Value, Atom] = {}

    def region(self, region: Region) -> Region:
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            stmts += self.written_out(stmt) if isinstance(stmt, For) else [map_regions(stmt, self.region)]
        return Region(tuple(stmts), region.exit)

    def written_out(self, loop: For) -> list[Stmt]:
        count = self.count(loop.iter)
        if count is None or count > _MOST or may_leave(loop.body) or not isinstance(loop.body.exit, Yield) or not any(
                _is_open(self.kinds.get(out)) for out in (loop.target, *[v for s in walk(loop.body) for v in s.outs])):
            return [map_regions(loop, self.region)]
        found: list[Stmt] = []
        vals = loop.init
        for k in range(count):
            item = self.item(loop.iter, k, found)
            region = renew(loop.body, {**dict(zip(loop.params, vals)), loop.target: item})
            found += [stmt for stmt in region.stmts if not self.is_key(stmt)]
            assert isinstance(region.exit, Yield)
            vals = region.exit.vals
        self.became.update(zip(loop.outs, vals))
        return [map_regions(s, self.region) for s in found]

    def count(self, atom: Atom) -> int | None:
        """How often a loop over something runs, or how long it is."""
        kind, op = self.kinds.get(atom) if isinstance(atom, Value) else None, self.made.get(atom)
        if isinstance(kind, Tuple):
            return len(kind.elts)
        if isinstance(kind, Dict):
            return len(kind.items) if kind.items is not None and not kind.partial and not kind.optional else None
        if op is None:
            return atom.value if isinstance(atom, Const) and type(atom.value) is int else None
        if isinstance(kind, Range):
            bounds = [self.count(a) for a in op.args]
            return None if None in bounds else len(range(*bounds))      # type: ignore[arg-type]
        if op.prim.name in ("len", "list") and len(op.args) == 1:
            return self.count(op.args[0])
        counts = [self.count(a) for a in op.args]
        return None if op.prim.name != "min" or None in counts else min(counts)     # type: ignore[type-var]

    def item(self, over: Atom, k: int, found: list[Stmt]) -> Atom:
        """What the loop is given in turn `k`."""
        op = self.made.get(over)
        if isinstance(over, Value) and isinstance(self.kinds.get(over), Range) and op is not None:
            return Const(range(*[self.count(a) or 0 for a in op.args])[k])
        key = self.key(over, k)
        if key is not None:
            return key
        item = Value()
        found.append(Op((item,), prims.GETITEM, (over, Const(k)), static=ONE_ITEM))
        return item

    def key(self, over: Atom, k: int) -> Const | None:
        """The key with a number of a dict, or of the list of its keys."""
        op, kind = self.made.get(over), self.kinds.get(over) if isinstance(over, Value) else None
        if op is not None and op.prim.name == "list" and len(op.args) == 1:
            kind = self.kinds.get(op.args[0]) if isinstance(op.args[0], Value) else None
        return Const(kind.items[k][0]) if isinstance(kind, Dict) and kind.items is not None else None

    def is_key(self, stmt: Stmt) -> bool:
        """Whether a statement reads a known key from the list of keys: that is a literal."""
        if not isinstance(stmt, Op) or stmt.prim is not prims.GETITEM or stmt.static != ONE_ITEM:
            return False
        at = stmt.args[1]
        if not isinstance(at, Const) or type(at.value) is not int or (key := self.key(stmt.args[0], at.value)) is None:
            return False
        if isinstance(self.kinds.get(stmt.args[0]), Dict):      # type: ignore[arg-type]
            return False
        self.became[stmt.out] = key
        return True


def _is_open(kind: Kind | None) -> bool:
    """Whether it is not known of a value how many axes it has."""
    return isinstance(kind, Unknown) or isinstance(kind, Array) and kind.shape is None
