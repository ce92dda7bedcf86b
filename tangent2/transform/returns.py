"""Returns from loops that wait until the loop is over: `if done: return f(x)` breaks, and `f(x)` is computed after it.

That is possible where what is returned depends on nothing but what the loop carries, as it is at the beginning or at
the end of an iteration: then the loop breaks by a plain guard, and its iterations are reversed like any others.
"""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from tangent2.core.kinds import BOOL, BOTTOM, Kind
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Const, For, If, Region, Return, Stmt, Value, While, Yield,
)
from tangent2.core.walk import bound, may_leave, substitute, used

Loop = For | While


def returned_after(loop: Loop, kinds: dict[Value, Kind], varied: Collection[Value]) -> list[Stmt] | None:
    """The loop and the return after it; None if the loop leaves in another way, or returns what is not at hand then.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT, INT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Op
    >>> n, i, x, y, z, c, out = map(Value, "nixyzco")
    >>> back = If((), c, Region((Op((z,), prims.NEG, (y,)),), Return((z,))), Region((), Yield()))
    >>> body = Region((Op((y,), prims.MUL, (x, x)), Op((c,), prims.LT, (y, Const(1.0))), back), Yield((y,)))
    >>> loop = For((out,), i, n, (x,), (Const(3.0),), body)
    >>> kinds = dict.fromkeys((x, y, z, out), FLOAT) | {c: BOOL, i: INT}
    >>> stmts = returned_after(loop, kinds, frozenset((x, y, z, out)))
    >>> print(show(Function("f", (n,), Region(tuple(stmts), Return((out,))))).strip())
    def f(n.0):
        returned.6, o.7 = for i.3 in n.0 carrying (returned.1 := False, x.2 := 3.0):
            y.4 = mul(x.2, x.2)
            c.5 = lt(y.4, 1.0)
            if c.5:
                break True, y.4
            else:
                yield
            yield returned.1, y.4
        if returned.6:
            z.8 = neg(o.7)
            return z.8
        else:
            yield
        return o.7
    """
    found = _guard(loop)
    if found is None:
        return None
    at, guard, leaving, rest = found
    before = Region(loop.body.stmts[:at], Yield())
    own = bound(before) | set(loop.params) | ({loop.target} if isinstance(loop, For) else set())
    read = [v for v in used(leaving) if v in own]
    last = not rest.stmts
    for ends in (rest.exit.vals, loop.params) if last else (loop.params,):
        more = [v for v in read if v not in ends]
        if not any(v in varied for v in more) and not any(a is UNDEF for a in ends):
            return _moved(loop, before, guard, leaving, rest, ends, more, kinds)
    return None


def _guard(loop: Loop) -> tuple[int, If, Region, Region] | None:
    """The only statement of a body that leaves: its place, the side that returns, and what follows on the other."""
    leaving = [k for k, s in enumerate(loop.body.stmts) if may_leave(Region((s,), Yield()))]
    if len(leaving) != 1 or not isinstance(loop.body.exit, Yield):
        return None
    at = leaving[0]
    stmt = loop.body.stmts[at]
    if not isinstance(stmt, If):
        return None
    for side, other in ((stmt.then, stmt.orelse), (stmt.orelse, stmt.then)):
        plain = isinstance(side.exit, Return) and not may_leave(Region((*side.stmts, *other.stmts), Yield()))
        if plain and isinstance(other.exit, Yield):
            after = substitute(Region(loop.body.stmts[at + 1:], loop.body.exit), dict(zip(stmt.outs, other.exit.vals)))
            return at, stmt, side, Region((*other.stmts, *after.stmts), after.exit)
    return None


def _moved(loop: Loop, before: Region, guard: If, leaving: Region, rest: Region, ends: tuple[Atom, ...],
           more: list[Value], kinds: dict[Value, Kind]) -> list[Stmt]:
    """The loop that breaks, and the branch after it; `more`: what it hands on beside what it carries."""
    def value(hint: str | None, kind: Kind, user: bool = False) -> Value:
        made = Value(hint, user)
        kinds[made] = kind
        return made

    def beside() -> tuple[Value, ...]:
        return value("returned", BOOL), *[value(v.hint, kinds.get(v, BOTTOM), v.user) for v in more]
    params, outs = beside(), beside()
    broken = Break((Const(True), *more, *ends))
    then, orelse = Region((), broken), Region((), Yield())
    if leaving is guard.orelse:
        then, orelse = orelse, then
    stop = If((), guard.cond, then, orelse, guard.origin)
    body = Region((*before.stmts, stop, *rest.stmts), Yield((*params, *rest.exit.vals)))
    made = replace(loop, params=(*params, *loop.params), outs=(*outs, *loop.outs), body=body,
                   init=(Const(False), *[UNDEF for _ in more], *loop.init))
    given: dict[Value, Atom] = {v: out for v, out in zip(ends, loop.outs) if isinstance(v, Value)}
    given.update(zip(more, outs[1:]))
    after = If((), outs[0], substitute(leaving, given), Region((), Yield()), guard.origin)
    return [made, after]
