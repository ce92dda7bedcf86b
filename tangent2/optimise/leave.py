"""Loops are left where it is decided: a flag that one branch sets, and the `if` after it asks for, becomes a `break`.

Straightened exits carry such flags (`done`), and so does the code of people who avoid `break`.  What follows the
branch is not repeated: only the leaving itself moves in.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tangent2.core.syntax import (
    Atom, Break, Const, Continue, Exit, For, If, Region, Return, Stmt, Typed, Value, While, Yield,
)
from tangent2.core.walk import bound, count_uses, map_exit, map_regions, substitute

_LEAVING = (Break, Continue, Return)


def leave_early(typed: Typed) -> Typed:
    """A function in which the branch that decides to leave does so.

    >>> from tangent2.core.kinds import BOOL
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function
    >>> c, xs, x, done, s, t, u = map(Value, "c xs x done s t u".split())
    >>> choose = If((done, t), c, Region((), Yield((Const(True), x))), Region((), Yield((Const(False), s))))
    >>> leave = If((), done, Region((), Break((t,))), Region((), Yield(())))
    >>> loop = For((u,), x, xs, (s,), (Const(0.0),), Region((choose, leave), Yield((t,))))
    >>> f = Function("f", (c, xs), Region((loop,), Return((u,))))
    >>> print(show(leave_early(Typed(f, {}, BOOL)).function))
    def f(c.0, xs.1):
        u.4 = for x.3 in xs.1 carrying (s.2 := 0.0):
            if c.0:
                break x.3
            else:
                yield
            yield s.2
        return u.4
    """
    body = typed.function.body
    uses = count_uses(body)
    found = _region(body, uses)
    return typed if found is body else replace(typed, function=replace(typed.function, body=found))


def _region(region: Region, uses: dict[Value, int]) -> Region:
    """A region whose branches leave where they decide to; the same region if there is nothing to do."""
    stmts: list[Stmt] = []
    rest = [_inside(s, uses) for s in region.stmts]
    exit = region.exit
    changed = any(a is not b for a, b in zip(rest, region.stmts))
    while rest:
        stmt = rest.pop(0)
        found = _joined(stmts[-1], stmt, uses) if stmts else None
        if found is None:
            stmts.append(stmt)
            continue
        changed = True
        stmts[-1], known = found
        if known:
            after = substitute(Region(tuple(rest), exit), known)
            rest, exit = list(after.stmts), after.exit
    return Region(tuple(stmts), exit) if changed else region


def _inside(stmt: Stmt, uses: dict[Value, int]) -> Stmt:
    changed = False

    def inner(region: Region) -> Region:
        nonlocal changed
        found = _region(region, uses)
        changed = changed or found is not region
        return found
    new = map_regions(stmt, inner)
    return _steady(new) if changed and isinstance(new, (For, While)) else new if changed else stmt


def _steady(loop: For | While) -> Stmt:
    """A loop that does not bind a carried literal again and again."""
    exit = loop.body.exit
    if not isinstance(exit, Yield):
        return loop
    vals = tuple([p if isinstance(v, Const) and v == start else v
                  for p, v, start in zip(loop.params, exit.vals, loop.init)])
    return replace(loop, body=Region(loop.body.stmts, Yield(vals)))


def _joined(choice: Stmt, leave: Stmt, uses: dict[Value, int]) -> tuple[If, dict[Value, Atom]] | None:
    """A branch that leaves itself, and what values it gave are in the other arm; None if it does not decide that."""
    if not (isinstance(choice, If) and isinstance(leave, If) and isinstance(leave.cond, Value)):
        return None
    flag = leave.cond
    arms = choice.then, choice.orelse
    if flag not in choice.outs or uses.get(flag) != 1 or leave.outs or not _only_leaves(leave):
        return None
    at = choice.outs.index(flag)
    if not all(isinstance(r.exit, Yield) for r in arms) or not any(isinstance(r.exit.vals[at], Const) for r in arms):
        return None
    then, orelse = [_closed(r, choice, leave, at, uses) for r in arms]
    staying = [r for r in (then, orelse) if isinstance(r.exit, Yield)]
    if not staying:
        return None
    outs = (*choice.outs[:at], *choice.outs[at + 1:])
    new = If(outs, choice.cond, then, orelse, choice.origin)
    return _without_known(new, staying[0]) if len(staying) == 1 else (new, {})


def _only_leaves(leave: If) -> bool:
    """Whether an `if` does nothing but leave, in one of its arms."""
    arms = leave.then, leave.orelse
    return not any(r.stmts for r in arms) and [isinstance(r.exit, _LEAVING) for r in arms].count(True) == 1


def _closed(arm: Region, choice: If, leave: If, at: int, uses: dict[Value, int]) -> Region:
    """An arm that leaves, or goes on, as its flag says."""
    vals = arm.exit.vals
    mapping = dict(zip(choice.outs, vals))
    flag, rest = vals[at], Yield((*vals[:at], *vals[at + 1:]))
    leaving = _exits(leave, lambda a: mapping.get(a, a) if isinstance(a, Value) else a)
    if isinstance(flag, Const):
        chosen = leaving[0 if flag.value else 1]
        return Region(arm.stmts, rest if chosen is None else chosen)
    arms = [Region((), Yield(()) if exit is None else exit) for exit in leaving]
    return _region(Region((*arm.stmts, If((), flag, arms[0], arms[1], leave.origin)), rest), uses)


def _exits(leave: If, atom: Callable[[Atom], Atom]) -> list[Exit | None]:
    """How each arm leaves; None: it goes on."""
    return [map_exit(r.exit, atom) if isinstance(r.exit, _LEAVING) else None for r in (leave.then, leave.orelse)]


def _without_known(choice: If, staying: Region) -> tuple[If, dict[Value, Atom]]:
    """A branch of which one arm goes on gives only what that arm binds; what else it gave is known."""
    mine = bound(staying)
    known = {out: val for out, val in zip(choice.outs, staying.exit.vals) if val not in mine}
    outs = tuple([out for out in choice.outs if out not in known])
    exit = Yield(tuple([val for out, val in zip(choice.outs, staying.exit.vals) if out not in known]))
    arms = [Region(r.stmts, exit) if r is staying else r for r in (choice.then, choice.orelse)]
    return If(outs, choice.cond, arms[0], arms[1], choice.origin), known
