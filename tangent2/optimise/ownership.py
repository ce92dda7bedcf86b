"""Ownership: an adjoint array that is the function's own, and dead after the sum, takes its next term in place.

`x_bar = x_bar + e` becomes `x_bar += e` where that is the same (equal shape and dtype, by kinds) and spares an array.
Only adjoints and tangents that go on under their name: elsewhere the sum reads better as an expression.
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.analysis.buffers import Facts, Summary, analyse, call_facts
from tangent2.core.kinds import Array, Kind
from tangent2.core.prims import ACCUMULATE, ADD, SUB
from tangent2.core.syntax import Atom, Op, Region, Stmt, Typed, Value, regions, walk
from tangent2.core.walk import map_regions


def accumulate(typed: Typed, summary: Summary = call_facts) -> Typed:
    """Add to fresh arrays in place.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import Sym
    >>> from tangent2.core.syntax import Function, Return
    >>> x, y, a, b = Value("x"), Value("y"), Value("x_bar", True), Value("x_bar", True)
    >>> ops = Op((a,), prims.MUL, (x, y)), Op((b,), ADD, (a, y))
    >>> f = Function("f", (x, y), Region(ops, Return((b,))))                    # x_bar = x * y; x_bar = x_bar + y
    >>> kinds = dict.fromkeys((x, y, a, b), Array("float64", (Sym(0),)))
    >>> [s.prim for s in accumulate(Typed(f, kinds, kinds[b])).function.body.stmts]
    [mul, accumulate]
    """
    if not any(_wanted(s, typed.kinds) for s in walk(typed.function.body)):
        return typed
    facts = analyse(typed, summary)
    body = _region(typed.function.body, facts, typed.kinds)
    return Typed(replace(typed.function, body=body), typed.kinds, typed.result)


def _region(region: Region, facts: Facts, kinds: dict[Value, Kind]) -> Region:
    stmts: list[Stmt] = []
    for stmt in region.stmts:
        if regions(stmt):
            stmts.append(map_regions(stmt, lambda r: _region(r, facts, kinds)))
        else:
            stmts.append(_op(stmt, facts, kinds) if _wanted(stmt, kinds) else stmt)  # type: ignore[arg-type]
    return Region(tuple(stmts), region.exit)


def _wanted(stmt: Stmt, kinds: dict[Value, Kind]) -> bool:
    """Whether a statement is a sum of arrays of one known shape that goes on as an adjoint or a tangent."""
    if not isinstance(stmt, Op) or stmt.prim not in (ADD, SUB):
        return False
    hint, kind = stmt.out.hint, kinds.get(stmt.out)
    if hint is None or "_bar" not in hint and "_dot" not in hint:
        return False
    return isinstance(kind, Array) and kind.dtype is not None and bool(kind.shape) and None not in kind.shape  # type: ignore


def _op(op: Op, facts: Facts, kinds: dict[Value, Kind]) -> Op:
    for base, term in (op.args, op.args[::-1]) if op.prim is ADD else (op.args,):
        if _takes(op, base, term, facts, kinds):
            return Op(op.outs, ACCUMULATE, (base, term), static=op.prim, origin=op.origin)
    return op


def _takes(op: Op, base: Atom, term: Atom, facts: Facts, kinds: dict[Value, Kind]) -> bool:
    if not isinstance(base, Value) or base.hint != op.out.hint or kinds.get(base) != kinds[op.out]:
        return False
    if facts.all(term) & facts.related(facts.top(base)):
        return False
    return facts.owned(base, op)
