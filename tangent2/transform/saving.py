"""What a forward function saves is bound on every path: None where the user's code binds nothing."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tangent2.core.syntax import (
    Atom, Break, Const, Continue, Exit, For, If, Region, Stmt, Undef, Value, While, Yield, walk,
)
from tangent2.core.walk import map_regions

Loop = For | While


def bound_everywhere(stmts: tuple[Stmt, ...], saved: Iterable[Value]) -> tuple[Stmt, ...]:
    """Statements in which the values to save, and what they come from, are None instead of unbound.

    >>> c, u, x = map(Value, "cux")
    >>> from tangent2.core.syntax import UNDEF
    >>> choose = If((u,), c, Region((), Yield((x,))), Region((), Yield((UNDEF,))))
    >>> [found] = bound_everywhere((choose,), [u])
    >>> found.orelse.exit.vals
    (None,)
    """
    region = Region(stmts, Yield(()))
    wanted = set(saved)
    before = -1
    while before != len(wanted):
        before = len(wanted)
        for stmt in walk(region):
            _reach(stmt, wanted)
    return tuple([_patched(s, wanted, None) for s in stmts])


def _reach(stmt: Stmt, wanted: set[Value]) -> None:
    """What wanted values come from is wanted, too."""
    if isinstance(stmt, If):
        for region in (stmt.then, stmt.orelse):
            if isinstance(region.exit, Yield):
                vals = zip(stmt.outs, region.exit.vals)
                wanted.update(v for out, v in vals if out in wanted and isinstance(v, Value))
    elif isinstance(stmt, (For, While)) and isinstance(stmt.body.exit, Yield):
        for out, param, init, last in zip(stmt.outs, stmt.params, stmt.init, stmt.body.exit.vals):
            if out in wanted or param in wanted:
                wanted.update(v for v in (out, param, init, last) if isinstance(v, Value))


def _patched(stmt: Stmt, wanted: set[Value], loop: Loop | None) -> Stmt:
    if isinstance(stmt, If):
        then, orelse = [_region(r, stmt.outs, wanted, loop) for r in (stmt.then, stmt.orelse)]
        return replace(stmt, then=then, orelse=orelse)
    if isinstance(stmt, (For, While)):
        init = _given(stmt.init, stmt.params, wanted)
        return replace(stmt, init=init, body=_region(stmt.body, stmt.params, wanted, stmt))
    return map_regions(stmt, lambda r: r)


def _region(region: Region, outs: tuple[Value, ...], wanted: set[Value], loop: Loop | None) -> Region:
    exit: Exit = region.exit
    if isinstance(exit, Yield):
        exit = Yield(_given(exit.vals, outs, wanted))
    elif loop is not None and isinstance(exit, Break):
        exit = Break(_given(exit.vals, loop.outs, wanted))
    elif loop is not None and isinstance(exit, Continue):
        exit = Continue(_given(exit.vals, loop.params, wanted))
    return Region(tuple([_patched(s, wanted, loop) for s in region.stmts]), exit)


def _given(vals: tuple[Atom, ...], outs: tuple[Value, ...], wanted: set[Value]) -> tuple[Atom, ...]:
    return tuple([Const(None) if isinstance(v, Undef) and out in wanted else v for v, out in zip(vals, outs)])
