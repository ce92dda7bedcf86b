"""Attempts whose result is active: the attempt tells whether the call raises, and the call itself is made after it.

What an attempt gives passes no derivative on.  Where one flows, the same call is made again by plain code, which is
differentiated as any other; which handler runs is decided by the primal alone.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tangent2.analysis.activity import before_a_raise
from tangent2.analysis.attempts import inlined, is_straight
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.calling import called
from tangent2.core.dims import canonical
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import BOOL, ERROR, UNKNOWN, Kind, Tuple
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    UNDEF, Atom, Call, Callee, Const, Function, If, Op, Raise, Region, Stmt, Typed, Value, Yield, regions, walk,
)
from tangent2.core.walk import leaves, map_regions, substitute, used_by
from tangent2.core.widening import bounded
from tangent2.errors import UnsupportedError

NONE = Const(None)


def open_attempts(typed: Typed, varied: frozenset[Value]) -> Typed:
    """The function with the calls made again whose results vary."""
    tests = {s.out: s for s in walk(typed.function.body) if isinstance(s, Op) and s.prim in (prims.IS, prims.IS_NOT)}
    run = _Opening(dict(typed.kinds), varied, tests)
    body = run.region(typed.function.body)
    if not run.opened:
        return typed
    return Typed(replace(typed.function, body=body), run.kinds, typed.result)


class _Opening:
    """The kinds of what is made, which values vary, and what asks whether something is None."""

    def __init__(self, kinds: dict[Value, Kind], varied: frozenset[Value], tests: dict[Value, Op]) -> None:
        self.kinds, self.varied, self.tests = kinds, varied, tests
        self.opened = False

    def region(self, region: Region) -> Region:
        stmts: list[Stmt] = []
        rest = list(region.stmts)
        exit = region.exit
        while rest:
            stmt = rest.pop(0)
            new = map_regions(stmt, self.region)
            stmts.append(stmt if all(a is b for a, b in zip(regions(new), regions(stmt))) else new)
            if isinstance(stmt, Op) and stmt.prim is prims.CAUGHT and rest and self.is_active(stmt, rest[0]):
                unpack = rest.pop(0)
                left = self.opening(stmt, unpack, Region(tuple(rest), exit))
                stmts.append(unpack)
                rest, exit = list(left.stmts), left.exit
        same = len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
        return region if same else Region(tuple(stmts), exit)

    def kind(self, atom: Atom) -> Kind:
        return Builder(self.kinds).kind(atom)

    def is_active(self, op: Op, following: Stmt) -> bool:
        return isinstance(following, Op) and following.prim is prims.UNPACK and following.args == (op.out,) \
            and following.outs[1] in self.varied

    def opening(self, op: Op, unpack: Stmt, rest: Region) -> Region:
        """What follows an attempt, with the call before its first reader."""
        refuse_effects(op, self.kind)
        self.opened = True
        error, value = unpack.outs
        made = Value(value.hint, value.user)
        self.kinds[made] = self.kinds[value]
        self.kinds[value], self.kinds[op.out] = ERROR, Tuple((self.kinds[error], ERROR))
        again, result = self.again(op, made)
        return self.placed(substitute(rest, {value: result}), again, result, error, False)

    def again(self, op: Op, made: Value) -> tuple[tuple[Stmt, ...], Value]:
        """The call that was attempted, or what it does where it was written on the spot; and its result."""
        what, args = op.static.what, op.args[1:]
        if isinstance(what, Prim):
            return (Op((made,), what, args, origin=op.origin),), made
        call = Call((made,), what, args, op.origin)
        if what.python is None and isinstance(what.key, Function):
            given, names = canonical(tuple([bounded(self.kind(a)) for a in args]))
            core = what.core(given)
            if is_straight(core):
                stmts, result = inlined(call, core, names, self.kinds)
                if isinstance(result, Value) and any(result in s.outs for s in stmts):
                    return stmts, result
        return (call,), made

    def placed(self, region: Region, again: tuple[Stmt, ...], made: Value, error: Value, sure: bool) -> Region:
        """A region with the call before what reads its result first; `sure`: nothing was raised."""
        readers = [k for k, s in enumerate(region.stmts) if made in used_by(s)]
        last = made in region.exit.vals
        if not readers and not last:
            return region
        at = readers[0] if readers else len(region.stmts)
        stmt = region.stmts[at] if readers else None
        sure = sure or any(self.leaves_on(s, error) for s in region.stmts[:at])
        if isinstance(stmt, If) and len(readers) == 1 and not last and stmt.cond is not made:
            arms = [made in r.exit.vals or any(made in used_by(s) for s in r.stmts) for r in (stmt.then, stmt.orelse)]
            if sum(arms) == 1:
                field = "then" if arms[0] else "orelse"
                known = self.tells(stmt.cond, error) is arms[0]
                inner = self.placed(getattr(stmt, field), again, made, error, sure or known)
                new: Stmt = replace(stmt, then=inner) if arms[0] else replace(stmt, orelse=inner)
                return Region((*region.stmts[:at], new, *region.stmts[at + 1:]), region.exit)
        if not sure:
            test, guarded = self.guarded(again, made, error)
            going = substitute(Region(region.stmts[at:], region.exit), {made: guarded.outs[0]})
            return Region((*region.stmts[:at], test, guarded, *going.stmts), going.exit)
        return Region((*region.stmts[:at], *again, *region.stmts[at:]), region.exit)

    def tells(self, cond: Atom, error: Value) -> bool | None:
        """Whether nothing was raised where a condition holds; None if it is another question."""
        test = self.tests.get(cond)     # type: ignore[arg-type]
        if test is None or error not in test.args or NONE not in test.args:
            return None
        return test.prim is prims.IS

    def leaves_on(self, stmt: Stmt, error: Value) -> bool:
        """Whether a statement leaves if something was raised."""
        if not isinstance(stmt, If):
            return False
        told = self.tells(stmt.cond, error)
        return told is not None and leaves(stmt.orelse if told else stmt.then)

    def guarded(self, again: tuple[Stmt, ...], made: Value, error: Value) -> tuple[Op, If]:
        """The call, made only if nothing was raised."""
        cond, out = Value(), Value(made.hint, made.user)
        self.kinds[cond], self.kinds[out] = BOOL, self.kinds[made]
        origin = getattr(again[-1], "origin", None)
        test = Op((cond,), prims.IS, (error, NONE), origin=origin)
        return test, If((out,), cond, Region(again, Yield((made,))), Region((), Yield((UNDEF,))), origin)


def refuse_effects(op: Op, kind: Callable[[Atom], Kind]) -> None:
    """Refuse to make a call twice that draws random numbers, or does what nobody knows."""
    what = op.static.what
    if isinstance(what, Prim):
        again = what.effect == "pure"
    else:
        again = is_repeatable(what, tuple(map(kind, op.args[1:])))
    if not again:
        raise UnsupportedError("what is attempted in a `try` block draws random numbers, or calls what is not known, "
                               "and a derivative flows through it", origin=op.origin, construct="`try`",
                               advice="do that before the `try` block")


def is_repeatable(callee: Callee, kinds: tuple[Kind, ...]) -> bool:
    """Whether a function may be called another number of times: it draws no random numbers."""
    return _may_be_repeated(callee, kinds, set())


def _may_be_repeated(callee: Callee, kinds: tuple[Kind, ...], seen: set[object]) -> bool:
    """Whether nothing in a function, or in what it calls, must not be done twice."""
    given = canonical(tuple(map(bounded, kinds)))[0]
    if (callee.key, given) in seen:
        return True
    seen.add((callee.key, given))
    core = callee.core(given)

    def kind(atom: Atom) -> Kind:
        return core.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else kind_of_const(getattr(atom, "value", None))
    for stmt in _returning(core.function.body):
        if isinstance(stmt, Op) and not _repeatable(stmt):
            return False
        call = called(stmt)
        if call is not None and not _may_be_repeated(call.callee, tuple(map(kind, call.args)), seen):
            return False
    return True


def _returning(region: Region) -> Iterator[Stmt]:
    """The statements of a region that may run where nothing is raised."""
    for stmt in before_a_raise(region):
        yield stmt
        for inner in regions(stmt):
            if not isinstance(inner.exit, Raise):
                yield from _returning(inner)


def _repeatable(op: Op) -> bool:
    """Whether an operation may be done twice: printing may."""
    if op.prim is prims.VERBATIM:
        node = op.static.node
        node = getattr(node, "value", node)
        return bool(op.static.pure) or getattr(getattr(node, "func", None), "id", None) == "print"
    return op.prim.effect == "pure" or op.prim in (prims.METHOD, prims.ATTRIBUTE, prims.CAUGHT)
