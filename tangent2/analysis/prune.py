"""Replace loop params that never change by what they start as, and results of an `if` that are the same either way."""
from __future__ import annotations

from tangent2.core.syntax import (
    Atom, Break, Const, Continue, Exit, For, If, Op, Region, Stmt, Undef, Value, While, Yield, regions, walk,
)
from tangent2.core.prims import ASKED, SAME
from tangent2.core.walk import map_regions, substitute, used


def prune(body: Region) -> Region:
    """The body without such params and results; the same object if there are none.

    >>> from tangent2.core import prims
    >>> from tangent2.core.syntax import Op, Return
    >>> n, x, i, p, s, q, out, last = map(Value, "n x i p s q out last".split())
    >>> step = Op((q,), prims.MUL, (s, p))
    >>> loop = For((last, out), i, n, (p, s), (x, Const(1.0)), Region((step,), Yield((p, q))))
    >>> pruned = prune(Region((loop,), Return((last,))))
    >>> pruned.stmts[0].params == (s,), pruned.stmts[0].body.stmts[0].args == (s, x), pruned.exit.vals == (x,)
    (True, True, True)
    """
    body = _told(body)
    while True:
        found: dict[Value, Atom] = {}
        _find(body, found)
        if not found:
            return body
        body = substitute(_without(body, found), found)


def without_unread(body: Region) -> Region:
    """The body without what loops carry although nobody reads it: neither the loop, nor what follows."""
    while True:
        read, found = used(body), {}
        for stmt in walk(body):
            if isinstance(stmt, (For, While)):
                for param, out in zip(stmt.params, stmt.outs):
                    if param not in read and out not in read:
                        found[param] = found[out] = Const(None)
        if not found:
            return body
        body = _without(body, found)        # type: ignore[arg-type]


def _told(region: Region) -> Region:
    """A region without what was only said to be the same."""
    stmts = tuple([map_regions(s, _told) for s in region.stmts if not (isinstance(s, Op) and s.prim in (SAME, ASKED))])
    same = len(stmts) == len(region.stmts) and all(a is b or _alike(a, b) for a, b in zip(stmts, region.stmts))
    return region if same else Region(stmts, region.exit)


def _alike(a: Stmt, b: Stmt) -> bool:
    return all(x is y for x, y in zip(regions(a), regions(b)))


def _find(region: Region, found: dict[Value, Atom]) -> None:
    """Collect what each superfluous value is."""
    for stmt in region.stmts:
        if isinstance(stmt, If):
            _find_results(stmt, found)
        elif isinstance(stmt, (For, While)):
            _find_params(stmt, found)
        for inner in regions(stmt):
            _find(inner, found)


def _find_results(stmt: If, found: dict[Value, Atom]) -> None:
    if isinstance(stmt.then.exit, Yield) and isinstance(stmt.orelse.exit, Yield):
        for out, a, b in zip(stmt.outs, stmt.then.exit.vals, stmt.orelse.exit.vals):
            if (a is b or isinstance(a, Const) and a == b) and not isinstance(a, Undef):
                found[out] = a


def _find_params(stmt: For | While, found: dict[Value, Atom]) -> None:
    ends: list[Exit] = []
    if isinstance(stmt.body.exit, (Yield, Break, Continue)):
        ends.append(stmt.body.exit)
    _exits(stmt.body, ends)
    for k, (param, init, out) in enumerate(zip(stmt.params, stmt.init, stmt.outs)):
        if isinstance(init, Undef):
            continue
        given = [e.vals[k] for e in ends if len(e.vals) == len(stmt.params)]
        if all(v is param or v is init or isinstance(v, Const) and v == init for v in given):
            found[param] = found[out] = init


def _exits(region: Region, ends: list[Exit]) -> None:
    """The breaks and continues of the loop whose body this is."""
    for stmt in region.stmts:
        if isinstance(stmt, If):
            for inner in (stmt.then, stmt.orelse):
                if isinstance(inner.exit, (Break, Continue)):
                    ends.append(inner.exit)
                _exits(inner, ends)


def _without(region: Region, gone: dict[Value, Atom], loop: For | While | None = None) -> Region:
    """A region without what is superfluous; breaks and continues belong to `loop`."""
    stmts = tuple([_dropped(s, gone, loop) for s in region.stmts])
    exit = region.exit
    if loop is not None and isinstance(exit, (Break, Continue)):
        exit = type(exit)(_kept(loop.params, exit.vals, gone))
    return Region(stmts, exit)


def _kept(names: tuple[Value, ...], vals: tuple[Atom, ...], gone: dict[Value, Atom]) -> tuple[Atom, ...]:
    return vals if len(names) != len(vals) else tuple([v for n, v in zip(names, vals) if n not in gone])


def _yielding(region: Region, names: tuple[Value, ...], gone: dict[Value, Atom]) -> Region:
    exit = region.exit
    return Region(region.stmts, Yield(_kept(names, exit.vals, gone))) if isinstance(exit, Yield) else region


def _dropped(stmt: Stmt, gone: dict[Value, Atom], loop: For | While | None) -> Stmt:
    if isinstance(stmt, If):
        then, orelse = [_yielding(_without(r, gone, loop), stmt.outs, gone) for r in (stmt.then, stmt.orelse)]
        return If(_kept(stmt.outs, stmt.outs, gone), stmt.cond, then, orelse, stmt.origin)   # type: ignore[arg-type]
    if isinstance(stmt, (For, While)):
        body = _yielding(_without(stmt.body, gone, stmt), stmt.params, gone)
        outs = tuple([o for o, p in zip(stmt.outs, stmt.params) if p not in gone])
        params = tuple([p for p in stmt.params if p not in gone])
        init = _kept(stmt.params, stmt.init, gone)
        if isinstance(stmt, For):
            return For(outs, stmt.target, stmt.iter, params, init, body, stmt.origin)
        return While(outs, params, init, _without(stmt.cond, gone), body, stmt.origin)
    return stmt
