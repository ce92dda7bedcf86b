"""Two branches on the same condition become one, so that what the first makes for the second need not be saved.

Typically they are a branch of the forward sweep and its reverse.  What stands between goes before the merged branch or
after it; a few cheap operations that need the first and are needed by the second are repeated inside.  Effects, raises
and exits keep their order.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

from tangent2.core import prims
from tangent2.core.kinds import Kind, Number
from tangent2.core.syntax import (
    Atom, Call, For, If, Note, Op, Raise, Region, Return, Stmt, Typed, Undef, Value, While, Yield, operands,
    regions,
)
from tangent2.core.walk import free, map_regions, may_leave, substitute, used, used_by, values
from tangent2.optimise.dead import contains_effect, is_effect

Kinds = dict[Value, Kind]
_MOST_REPEATED = 3
_CHEAP = frozenset({
    prims.ADD, prims.SUB, prims.MUL, prims.DIV, prims.NEG, prims.POS, prims.NOT, prims.EQ, prims.NE, prims.LT, prims.LE,
    prims.GT, prims.GE, prims.IS, prims.IS_NOT, prims.GETITEM, prims.UNPACK})


def fuse(typed: Typed) -> Typed:
    """Merge branches on the same condition where the second is the only reader of a result of the first.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import UNDEF, Const, Function
    >>> c, x, y, y1, z, z1 = [Value(n) for n in ("c", "x", "y", "y", "z", "z")]
    >>> stmts = (If((y,), c, Region((Op((y1,), prims.NEG, (x,)),), Yield((y1,))), Region((), Yield((UNDEF,)))),
    ...          If((z,), c, Region((Op((z1,), prims.MUL, (y, y)),), Yield((z1,))), Region((), Yield((Const(0.0),)))))
    >>> before = Function("f", (c, x), Region(stmts, Return((z,))))     # if c: y = -x; z = y * y if c else 0.0
    >>> after, = fuse(Typed(before, {}, FLOAT)).function.body.stmts     # if c: y = -x; z = y * y else: z = 0.0
    >>> [s.prim for s in after.then.stmts], after.orelse.exit
    ([neg, mul], Yield(vals=(0.0,)))
    """
    kinds = dict(typed.kinds)
    body = _region(typed.function.body, kinds)
    if body is typed.function.body:
        return typed
    return Typed(replace(typed.function, body=body), kinds, typed.result)


def _region(region: Region, kinds: Kinds) -> Region:
    while (found := _step(region, kinds)) is not None:
        region = found
    stmts = tuple([_inside(s, kinds) for s in region.stmts])
    return region if all(map(_is, stmts, region.stmts)) else Region(stmts, region.exit)


def _is(a: object, b: object) -> bool:
    return a is b


def _inside(stmt: Stmt, kinds: Kinds) -> Stmt:
    old = regions(stmt)
    new = [_region(r, kinds) for r in old]
    ways = iter(new)
    return stmt if all(map(_is, old, new)) else map_regions(stmt, lambda _: next(ways))


def _step(region: Region, kinds: Kinds) -> Region | None:
    """One merge in a list of statements, if there is one."""
    places: dict[Atom, list[int]] = {}
    for k, stmt in enumerate(region.stmts):
        if isinstance(stmt, If) and isinstance(stmt.cond, Value):
            places.setdefault(stmt.cond, []).append(k)
    for found in places.values():
        for i, j in combinations(found, 2):
            fused = _fused(region, i, j, kinds)
            if fused is not None:
                return fused
    return None


def _fused(region: Region, i: int, j: int, kinds: Kinds) -> Region | None:
    """The region with statements `i` and `j` merged, unless that is wrong or does not help."""
    first, second = region.stmts[i], region.stmts[j]
    assert isinstance(first, If) and isinstance(second, If)
    plan = _plan(first, region.stmts[i + 1: j], second)
    if plan is None:
        return None
    rest = _without_dead(plan.after, Region(region.stmts[j + 1:], region.exit))
    live = used(Region(rest, region.exit))
    if not _helps(first, second, plan, live) or not all(_repeatable(op, live, kinds) for op in plan.again):
        return None
    merge = _Merge(first.outs, [k for k, v in enumerate(first.outs) if v in live], plan.again, kinds)
    then, orelse = merge.arm(first.then, second.then), merge.arm(first.orelse, second.orelse)
    if then is None or orelse is None or _ends(then) and _ends(orelse):
        return None
    outs = (*[first.outs[k] for k in merge.kept], *second.outs)
    merged = If(outs, first.cond, then, orelse, first.origin)
    return _trimmed(Region((*region.stmts[:i], *plan.before, merged, *rest), region.exit))


def _helps(first: If, second: If, plan: _Plan, live: set[Value]) -> bool:
    """Whether a result of the first branch is no longer needed as one."""
    read = used_by(second).union(*[op.args for op in plan.again])
    return any(v in read and v not in live for v in first.outs)


def _repeatable(op: Op, live: set[Value], kinds: Kinds) -> bool:
    """Whether an operation now runs only once, or is arithmetic on numbers."""
    return all(v not in live or isinstance(kinds.get(v), Number) for v in op.outs)


def _without_dead(after: list[Stmt], tail: Region) -> tuple[Stmt, ...]:
    """What follows the merged branch, without operations that nothing reads any more."""
    live, kept = used(tail), list(tail.stmts)
    for stmt in reversed(after):
        if isinstance(stmt, (Op, Call)) and not _is_effect(stmt) and live.isdisjoint(stmt.outs):
            continue
        live |= used_by(stmt)
        kept.insert(0, stmt)
    return tuple(kept)


def _trimmed(region: Region) -> Region:
    """Without a note that nothing follows but what is returned."""
    stmts = list(region.stmts)
    last = stmts[-1]
    is_result = isinstance(last, Op) and last.prim is prims.TUPLE and region.exit == Return(last.outs)
    tail = [stmts.pop()] if is_result else []
    while isinstance(stmts[-1], Note):
        stmts.pop()
    return Region((*stmts, *tail), region.exit)


# What stands between.

@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the statements between two branches go; `again` are those of `after` that are repeated inside.

    `held`: what exists only after the first branch; `seen`: what is read by it and by statements of `after`.
    """

    held: set[Value]
    seen: set[Value]
    before: list[Stmt] = field(default_factory=list)
    after: list[Stmt] = field(default_factory=list)
    again: list[Op] = field(default_factory=list)

    def may_precede(self, stmt: Stmt) -> bool:
        """Whether what a statement reads is there before, and no old version it writes over is read afterwards."""
        return self.held.isdisjoint(used_by(stmt)) and self.seen.isdisjoint(_written(stmt))

    def follow(self, stmt: Stmt) -> None:
        self.held.update(stmt.outs)
        self.seen.update(used_by(stmt))
        self.after.append(stmt)


def _plan(first: If, between: tuple[Stmt, ...], second: If) -> _Plan | None:
    """Where the statements between two branches can go; None if one of them can go nowhere.

    The forward sweep's (those before the note) stay before the reverse sweep's as far as that is possible.
    """
    plan, needed, written = _Plan(set(first.outs), used_by(first)), _needed(between, second), _written(second)
    forward = max([k for k, s in enumerate(between) if isinstance(s, Note)], default=len(between))
    stays, noisy_after = _guards(first), False
    noisy_first, noisy_second = _noisy(first), _noisy(second)
    for k, stmt in enumerate(between):
        noisy, wanted = _noisy(stmt), id(stmt) in needed
        early = (wanted or k < forward or noisy) and not isinstance(stmt, Note)
        if early and not stays and plan.may_precede(stmt) and not (noisy and (noisy_first or noisy_after)):
            plan.before.append(stmt)
            continue
        if noisy and noisy_second or _guards(stmt) or not written.isdisjoint(used_by(stmt)):
            return None
        if wanted:
            if not isinstance(stmt, Op) or noisy or stmt.prim not in _CHEAP or len(plan.again) == _MOST_REPEATED:
                return None
            plan.again.append(stmt)
        noisy_after = noisy_after or noisy
        plan.follow(stmt)
    return plan


def _needed(between: tuple[Stmt, ...], second: If) -> set[int]:
    """The statements that the second branch cannot do without, by identity."""
    wanted, found = free(second.then) | free(second.orelse), set()
    for stmt in reversed(between):
        if not wanted.isdisjoint(stmt.outs):
            wanted |= used_by(stmt)
            found.add(id(stmt))
    return found


def _written(stmt: Stmt) -> set[Value]:
    """What a statement may write over: were an old version still read afterwards, it would have to be copied."""
    if isinstance(stmt, Op):
        return set(values(stmt.args[:1])) if stmt.prim.update else set()
    found: set[Value] = set()
    for region in regions(stmt):
        for inner in region.stmts:
            found |= _written(inner)
    if found and isinstance(stmt, (For, While)):
        found.update(values(stmt.init))
    return found


def _has_effect(call: Call) -> bool:
    """What the compiler made is pure."""
    return call.callee.python is not None


def _is_effect(stmt: Stmt) -> bool:
    return is_effect(stmt, _has_effect)


def _noisy(stmt: Stmt) -> bool:
    """Whether a statement must keep its place among effects, raises and exits."""
    return _is_effect(stmt) or any(contains_effect(r, _has_effect) for r in regions(stmt)) or _leaves(stmt)


def _leaves(stmt: Stmt) -> bool:
    return bool(regions(stmt)) and may_leave(Region((stmt,), Yield()))


def _guards(stmt: Stmt) -> bool:
    """Whether what follows a statement may depend on its not having raised or left."""
    return _leaves(stmt) or any(isinstance(r.exit, Raise) or any(map(_guards, r.stmts)) for r in regions(stmt))


# The merged branches.

@dataclass(frozen=True, slots=True)
class _Merge:
    """How an arm of the first branch and one of the second become one; `kept`: results of the first that remain."""

    outs: tuple[Value, ...]
    kept: list[int]
    again: list[Op]
    kinds: Kinds

    def arm(self, mine: Region, other: Region) -> Region | None:
        """The first arm and then the second; None if that would read what is not bound on this path."""
        if _ends(mine):
            return mine
        names: dict[Value, Atom] = dict(zip(self.outs, mine.exit.vals))
        ops = [self._renewed(op, names) for op in _used_ops(self.again, other)]
        second = substitute(Region((*ops, *other.stmts), other.exit), names)
        if _reads_undef(second):
            return None
        stmts = (*mine.stmts, *second.stmts)
        if _ends(second):
            return Region(stmts, second.exit)
        return Region(stmts, Yield((*[mine.exit.vals[k] for k in self.kept], *second.exit.vals)))

    def _renewed(self, op: Op, names: dict[Value, Atom]) -> Op:
        outs = tuple([Value(v.hint, v.user) for v in op.outs])
        self.kinds.update({new: self.kinds[old] for old, new in zip(op.outs, outs) if old in self.kinds})
        names.update(zip(op.outs, outs))
        return replace(op, outs=outs)


def _used_ops(ops: list[Op], region: Region) -> list[Op]:
    """The operations that one arm needs."""
    wanted, found = used(region), []
    for op in reversed(ops):
        if not wanted.isdisjoint(op.outs):
            wanted |= used_by(op)
            found.append(op)
    return found[::-1]


def _ends(region: Region) -> bool:
    """Whether the end of a region is never reached."""
    if not isinstance(region.exit, Yield):
        return True
    last = region.stmts[-1] if region.stmts else None
    return isinstance(last, If) and _ends(last.then) and _ends(last.orelse)


def _reads_undef(region: Region) -> bool:
    """Whether undef is read, not only handed on."""
    return any(isinstance(a, Undef) for a in _read(region))


def _read(region: Region) -> Iterator[Atom]:
    for stmt in region.stmts:
        if isinstance(stmt, For):
            yield stmt.iter
        elif isinstance(stmt, While):
            yield from stmt.cond.exit.vals
        else:
            yield from operands(stmt)
        for inner in regions(stmt):
            yield from _read(inner)
    if isinstance(region.exit, (Return, Raise)):
        yield from region.exit.vals
