"""Loops that test their condition in the body, because it might have changed something, and did not.

A condition that calls what is not known is lowered as `if not test: break` at the head of the body: only kinds tell
whether the call writes to what it is given.  Where it does not, the test is the condition of the loop again.
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.core.syntax import Break, Const, If, Region, Stmt, Typed, While, Yield
from tangent2.core.walk import map_regions, used


def retest(typed: Typed) -> Typed:
    """The function with the tests of loops where they belong.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Op, Return, Value
    >>> x, p, test, more, out = [Value(name, True) for name in ("x", "p", "test", "more", "out")]
    >>> leave = If((), test, Region((), Yield()), Region((), Break((p,))))
    >>> body = Region((Op((test,), prims.GT, (p, Const(1.0))), leave, Op((more,), prims.ADD, (p, p))), Yield((more,)))
    >>> loop = While((out,), (p,), (x,), Region((), Yield((Const(True),))), body)
    >>> print(show(retest(Typed(Function("f", (x,), Region((loop,), Return((out,)))), {}, FLOAT)).function))
    def f(x.0):
        out.4 = while carrying (p.1 := x.0):
            test.2 = gt(p.1, 1.0)
            yield test.2
        do:
            more.3 = add(p.1, p.1)
            yield more.3
        return out.4
    """
    body = _region(typed.function.body)
    return typed if body is typed.function.body else replace(typed, function=replace(typed.function, body=body))


def _region(region: Region) -> Region:
    stmts = tuple([_stmt(s) for s in region.stmts])
    same = all(a is b for a, b in zip(stmts, region.stmts))
    return region if same else Region(stmts, region.exit)


def _stmt(stmt: Stmt) -> Stmt:
    changed = False

    def inner(region: Region) -> Region:
        nonlocal changed
        found = _region(region)
        changed = changed or found is not region
        return found
    mapped = map_regions(stmt, inner)
    mapped = mapped if changed else stmt
    return _retested(mapped) if isinstance(mapped, While) else mapped


def _retested(loop: While) -> While:
    """A loop whose body begins with a test that leaves everything as it is, with that test as its condition."""
    place = next((k for k, s in enumerate(loop.body.stmts) if isinstance(s, If)), None)
    if loop.cond.stmts or loop.cond.exit.vals != (Const(True),) or place is None:
        return loop
    leave, before = loop.body.stmts[place], loop.body.stmts[:place]
    rest = Region(loop.body.stmts[place + 1:], loop.body.exit)
    assert isinstance(leave, If)
    out = leave.orelse
    plain = not leave.outs and not leave.then.stmts and isinstance(leave.then.exit, Yield) and not out.stmts
    made = {v for s in before for v in s.outs}
    if not plain or not isinstance(out.exit, Break) or out.exit.vals != loop.params or made & used(rest):
        return loop
    return replace(loop, cond=Region(before, Yield((leave.cond,))), body=rest)
