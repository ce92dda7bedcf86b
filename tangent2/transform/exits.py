"""Straighten exits: before reversal, every function has one return, at its end, and loops break only by plain guards.

A guard is plain if it breaks with what the iteration began with (`if done: break` before anything was rebound: the
unfinished iteration changed nothing), or if it is the last statement.  All other exits become results of the `If`s
around them: what follows an exit moves into the branch that goes on, or, where several paths go on, behind a flag.
Nothing is duplicated.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tangent2.core.build import Builder
from tangent2.core.kinds import BOTTOM, Kind, join
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Const, Continue, Exit, For, If, Note, Raise, Region, Return, Stmt, Typed, Value, While, Yield,
    regions,
)
from tangent2.core.walk import may_leave, substitute
from tangent2.transform.returns import returned_after

FALSE, TRUE = Const(False), Const(True)
Encode = Callable[[Exit], tuple[Atom, ...]]
Loop = For | While


def straighten(typed: Typed, varied: frozenset[Value]) -> Typed:
    """A function whose only return is its last exit.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import BOOL, FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Op
    >>> x, c, y = Value("x"), Value("c"), Value("y")
    >>> guard = If((), c, Region((), Return((Const(0.0),))), Region((), Yield(())))
    >>> body = (Op((c,), prims.LT, (x, Const(0.0))), guard, Op((y,), prims.NEG, (x,)))
    >>> f = Typed(Function("f", (x,), Region(body, Return((y,)))), {x: FLOAT, c: BOOL, y: FLOAT}, FLOAT)
    >>> print(show(straighten(f, frozenset()).function))
    def f(x.0):
        c.1 = lt(x.0, 0.0)
        t.3 = if c.1:
            yield 0.0
        else:
            y.2 = neg(x.0)
            yield y.2
        return t.3
    """
    if not _has_exits(typed.function.body):
        return typed
    state = _Straighten(dict(typed.kinds), varied)
    body = state.inner(typed.function.body)
    if may_leave(Region(body.stmts, Yield())):
        stmts, (result,) = state.linear(body.stmts, body.exit, lambda exit: exit.vals, ("t",))
        body = Region(tuple(stmts), Return((result,)))
    return Typed(replace(typed.function, body=body), state.kinds, typed.result)


def _has_exits(region: Region) -> bool:
    for stmt in region.stmts:
        for inner in regions(stmt):
            if isinstance(inner.exit, (Break, Continue, Return)) or _has_exits(inner):
                return True
    return False


class _Straighten:
    """The kinds of what is made, and which values vary."""

    def __init__(self, kinds: dict[Value, Kind], varied: frozenset[Value]) -> None:
        self.kinds, self.varied = kinds, set(varied)

    def kind(self, atom: Atom) -> Kind:
        return Builder(self.kinds).kind(atom)

    # ---- inside out ----

    def inner(self, region: Region) -> Region:
        """A region in which all loops are straight; a loop that returned is followed by a return."""
        if not _has_exits(region):
            return region
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            if isinstance(stmt, If):
                stmts.append(replace(stmt, then=self.inner(stmt.then), orelse=self.inner(stmt.orelse)))
            elif isinstance(stmt, (For, While)):
                stmts += self.loop(replace(stmt, body=self.inner(stmt.body)))
            else:
                stmts.append(stmt)
        return Region(tuple(stmts), region.exit)

    def loop(self, loop: Loop) -> list[Stmt]:
        if not may_leave(Region(loop.body.stmts, Yield())) and isinstance(loop.body.exit, (Yield, Raise)):
            return [loop]
        if all(self.plain(loop, stmt) for stmt in loop.body.stmts) and isinstance(loop.body.exit, Yield):
            return [loop]
        breaks, returns = _exits_of(loop.body, Break), _exits_of(loop.body, Return)
        if not breaks and not returns:
            return [self.without_break(loop)]
        if returns and not breaks and (made := returned_after(loop, self.kinds, self.varied)) is not None:
            return made
        return self.with_break(loop, returns)

    def plain(self, loop: Loop, stmt: Stmt) -> bool:
        """Whether a statement of a body leaves only as a plain guard."""
        if not _may_leave_by(stmt):
            return True
        if not isinstance(stmt, If) or stmt.outs:
            return False
        for leaving, other in ((stmt.then, stmt.orelse), (stmt.orelse, stmt.then)):
            if isinstance(leaving.exit, Break) and not leaving.stmts and not other.stmts and other.exit == Yield():
                ends = loop.body.exit.vals if stmt is loop.body.stmts[-1] else loop.params
                return all(val is param or (ends is not loop.params and val == end) or out not in self.varied
                           for val, param, end, out in zip(leaving.exit.vals, loop.params, ends, loop.outs)) and (
                               ends is loop.params or self.ends(leaving.exit.vals, loop, ends))
        return False

    def ends(self, vals: tuple[Atom, ...], loop: Loop, ends: tuple[Atom, ...]) -> bool:
        """A last guard gives either what the iteration began with, or what it ends with: not a mixture."""
        active = [k for k, out in enumerate(loop.outs) if out in self.varied or loop.params[k] in self.varied]
        return all(vals[k] is loop.params[k] for k in active) or all(vals[k] == ends[k] for k in active)

    def without_break(self, loop: Loop) -> Loop:
        def encode(exit: Exit) -> tuple[Atom, ...]:
            return exit.vals
        hints = tuple([p.hint for p in loop.params])
        stmts, vals = self.linear(loop.body.stmts, loop.body.exit, encode, hints, loop.params)
        return replace(loop, body=Region(tuple(stmts), Yield(vals)))

    def with_break(self, loop: Loop, returns: bool) -> list[Stmt]:
        """The iteration tells whether it stops (and returned what); a last guard breaks."""
        blank = loop.params     # nobody reads them after a return

        def encode(exit: Exit) -> tuple[Atom, ...]:
            if isinstance(exit, Return):
                return TRUE, TRUE, exit.vals[0], *blank
            flags = (TRUE if isinstance(exit, Break) else FALSE, *((FALSE, UNDEF) if returns else ()))
            return (*flags, *exit.vals)
        extra = ("done", "returned", "result") if returns else ("done",)
        stmts, (stop, *vals) = self.linear(loop.body.stmts, loop.body.exit, encode,
                                           (*extra, *[p.hint for p in loop.params]), loop.params)
        new = [self.value(h, self.kind(a), (a,)) for h, a in zip(extra[1:], vals)]
        outs = [self.value(v.hint, self.kinds.get(v, BOTTOM), (v,)) for v in new]
        guard = If((), stop, Region((), Break(tuple(vals))), Region((), Yield()), loop.origin)
        body = Region((*stmts, guard), Yield(tuple(vals)))
        init = (*((FALSE, UNDEF) if returns else ()), *loop.init)
        made = replace(loop, params=(*new, *loop.params), outs=(*outs, *loop.outs), init=init, body=body)
        if not returns:
            return [made]
        after = If((), outs[0], Region((), Return((outs[1],))), Region((), Yield()), loop.origin)
        return [made, after]

    def value(self, hint: str | None, kind: Kind, ways: Iterable[Atom], user: bool = False) -> Value:
        """A new value that may be any of others."""
        made = Value(hint, user)
        self.kinds[made] = kind
        if not self.varied.isdisjoint(ways):
            self.varied.add(made)
        return made

    # ---- one list of statements ----

    def linear(self, stmts: tuple[Stmt, ...], exit: Exit, encode: Encode, hints: tuple[str | None, ...],
               like: tuple[Value, ...] = ()) -> tuple[list[Stmt], tuple[Atom, ...]]:
        """Statements without exits, and what the exit that is taken is encoded as."""
        for k, stmt in enumerate(stmts):
            if not _may_leave_by(stmt):
                continue
            assert isinstance(stmt, If)
            rest = Region(stmts[k + 1:], exit)
            if _always(stmt.then) or _always(stmt.orelse):
                parts = [self.arm(r, stmt, rest, encode, hints, like) for r in (stmt.then, stmt.orelse)]
                return [*stmts[:k], *self.joined(stmt, parts, hints, like)[0]], self.last
            left, found, outs, flagged = self.flagged(stmt, encode, hints, like)
            going = substitute(rest, dict(zip(stmt.outs, outs)))
            arms = [Region((), Yield(found)), self.straight(going, encode, hints, like)]
            choice = If((), left, Region((), Yield()), Region((), Yield()), stmt.origin)
            joined, result = self.joined(choice, arms, hints, like)
            return [*stmts[:k], flagged, *joined], result
        return list(stmts), encode(exit)

    def straight(self, region: Region, encode: Encode, hints: tuple[str | None, ...],
                 like: tuple[Value, ...]) -> Region:
        """A region that yields what its exit is encoded as; one that surely raises stays."""
        if isinstance(region.exit, Raise) and not may_leave(Region(region.stmts, Yield())):
            return region
        stmts, vals = self.linear(region.stmts, region.exit, encode, hints, like)
        return Region(tuple(stmts), Yield(vals))

    def arm(self, region: Region, stmt: If, rest: Region, encode: Encode, hints: tuple[str | None, ...],
            like: tuple[Value, ...]) -> Region:
        """A branch that leaves, or goes on with the rest."""
        if isinstance(region.exit, Yield):
            going = substitute(rest, dict(zip(stmt.outs, region.exit.vals)))
            region = Region((*region.stmts, *going.stmts), going.exit)
        return self.straight(region, encode, hints, like)

    def joined(self, stmt: If, arms: list[Region], hints: tuple[str | None, ...],
               like: tuple[Value, ...]) -> tuple[list[Stmt], tuple[Atom, ...]]:
        """One `If` with the encoded exits as results."""
        outs = []
        for k, hint in enumerate(hints):
            kind: Kind = BOTTOM
            ways = [arm.exit.vals[k] for arm in arms if isinstance(arm.exit, Yield)]
            for way in ways:
                kind = join(kind, self.kind(way))
            model = like[k - (len(hints) - len(like))] if k >= len(hints) - len(like) else None
            outs.append(self.value(hint, kind, ways, model is not None and model.user))
        self.last = tuple(outs)
        return [If(tuple(outs), stmt.cond, arms[0], arms[1], stmt.origin)], self.last

    def flagged(self, stmt: If, encode: Encode, hints: tuple[str | None, ...],
                like: tuple[Value, ...]) -> tuple[Value, tuple[Atom, ...], tuple[Atom, ...], If]:
        """An `If` of which some paths leave and some go on: a flag, the encoded exit, and the results."""
        width = len(hints)

        def inner(exit: Exit) -> tuple[Atom, ...]:
            if isinstance(exit, Yield):
                return FALSE, *(UNDEF,) * width, *exit.vals
            return TRUE, *encode(exit), *(UNDEF,) * len(stmt.outs)
        names = ("left", *hints, *[v.hint for v in stmt.outs])
        arms = [self.straight(region, inner, names, stmt.outs) for region in (stmt.then, stmt.orelse)]
        (made,), vals = self.joined(stmt, arms, names, stmt.outs)
        assert isinstance(made, If) and isinstance(vals[0], Value)
        return vals[0], vals[1:1 + width], vals[1 + width:], made

    last: tuple[Atom, ...] = ()


def _always(region: Region) -> bool:
    return isinstance(region.exit, (Break, Continue, Return))


def _may_leave_by(stmt: Stmt) -> bool:
    return not isinstance(stmt, Note) and may_leave(Region((stmt,), Yield()))


def _exits_of(region: Region, exit: type) -> bool:
    """Whether an exit of this type stands in a region, inner loops not counted."""
    return isinstance(region.exit, exit) or any(
        _exits_of(r, exit) for s in region.stmts if isinstance(s, If) for r in regions(s))
