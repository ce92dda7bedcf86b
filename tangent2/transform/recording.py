"""Recording: what the reverse sweep of a region reads of its forward sweep is recomputed, or saved on tapes.

For each primal value that is read: nothing if it is bound outside the region, else recompute what is cheap and made
of what is at hand (indices, reads of arrays that stay, or of places in them that do, one operation on numbers), else
save.  In a loop a value is
pushed to its tape where it is defined and popped where its reverse begins; outside of loops a value of a branch
becomes one more result of the `If`.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tangent2.core import prims
from tangent2.core.kinds import Array, List, Number
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Const, For, If, Op, Region, Stmt, Value, While, Yield, walk,
)
from tangent2.core.walk import substitute, used
from tangent2.rules.declare import by_name
from tangent2.transform.standing import standing
from tangent2.transform.sweep import Choice, Sweep, Thread

_CHEAP = frozenset((*prims.BINARY.values(), *prims.UNARY.values(), *prims.COMPARE.values())) - {prims.MATMUL}
_CHEAP_NAMES = frozenset((".size", ".shape", ".T", "len", "abs", "float", "int", "extent"))


@dataclass
class Plan:
    """What is recomputed (in order of definition), what is saved."""

    again: list[Op] = field(default_factory=list)
    saved: list[Value] = field(default_factory=list)


def needs_of(sweep: Sweep, region: Region, reverse: list[Stmt], exits: tuple[Atom, ...],
             *bound_here: Value) -> list[Value]:
    """The values of a forward region that its reverse reads, in order of definition.

    In a loop also those from around the region that are not bound on every path: saved where they are read, they are.
    """
    back = Region(tuple(reverse), Yield(exits))
    read = used(back)
    order = [*bound_here, *[v for s in region.stmts for v in s.outs]]
    own = set(order)
    split = sweep.absent != UNDEF
    unsure = [v for v in sweep.unsure if v in read and v not in own and (split or sweep.in_loops(v))]
    return [*unsure, *[v for v in order if v in read]]


def unsure_values(region: Region) -> dict[Value, Choice | None]:
    """The values that are not bound (or are None) on some path; with the choice, of those that an `If` binds."""
    found: dict[Value, Choice | None] = {}
    before = -1
    while before != len(found):
        before = len(found)
        for stmt in walk(region):
            if isinstance(stmt, If):
                arms = [r.exit.vals for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield)]
                _mark_unsure(found, stmt.outs, arms, stmt.cond if len(arms) == 2 else None)
            elif isinstance(stmt, (For, While)) and isinstance(stmt.body.exit, Yield):
                _mark_unsure(found, stmt.params, [stmt.init, stmt.body.exit.vals])
                _mark_unsure(found, stmt.outs, [stmt.params])
            elif isinstance(stmt, Op) and stmt.prim is by_name("add_trees"):
                if all(_is_unsure(a, found) for a in stmt.args):
                    found[stmt.out] = None
    return found


def to_be_filled(body: Region) -> Iterator[Value]:
    """Lists into which None was put."""
    for stmt in walk(body):
        if isinstance(stmt, Op) and stmt.prim in (prims.LIST, prims.PUSH, prims.SETITEM):
            put = stmt.args if stmt.prim is prims.LIST else stmt.args[-1:]
            yield from stmt.outs if Const(None) in put else ()


def _is_unsure(atom: Atom, found: Mapping[Value, Choice | None]) -> bool:
    return atom is UNDEF or atom == Const(None) or atom in found


def _mark_unsure(found: dict[Value, Choice | None], outs: tuple[Value, ...], ways: list[tuple[Atom, ...]],
                 cond: Atom | None = None) -> None:
    for out, vals in zip(outs, zip(*ways)):
        if any(_is_unsure(val, found) for val in vals):
            found[out] = None if cond is None else (cond, vals)


def choose(sweep: Sweep, region: Region, needs: list[Value], index: Value | None,
           targets: Value | None = None) -> Plan:
    """Decide for each need; `index` is a loop target that the reverse sweep has, `targets` one it has not."""
    plan = Plan()
    if sweep.save_all:
        plan.saved = list(needs)
        return plan
    defs = {v: s for s in region.stmts if isinstance(s, Op) for v in s.outs}
    inner = set(defs) | {v for s in region.stmts for v in s.outs}
    for loop in sweep.loops:        # what is carried, or bound elsewhere in a body around, is not at hand
        inner |= {*loop.params, *sweep.bodies[loop]}
    inner -= sweep.indices      # those of loops around
    if isinstance(targets, Value):
        inner.add(targets)          # a loop that cannot run backwards over its range: the index is like any other
    at_hand: set[Value] = set() if index is None else {index}
    fixed = [v for v in needs if v is not index and not _may_repeat(sweep, v, defs)]
    at_hand |= set(fixed)
    chosen: dict[Value, Op] = {}
    again: dict[int, Op] = {}

    def available(v: Atom, depth: int) -> bool:
        v = sweep.same.get(v, v)        # type: ignore[arg-type]
        if not isinstance(v, Value) or v in at_hand or v in chosen or v not in inner:
            return True
        op = defs.get(v, sweep.definitions.get(v))
        if op is None or depth == 0 or not is_cheap(sweep, v, op):
            return False
        if all(available(a, depth - 1) for a in op.args):
            if v in defs:           # what surrounds the region computes its own again
                chosen[v] = op
            return True
        if v not in defs:
            return False
        stands = standing(sweep, op) if index is not None else None
        if stands is not None and all(available(a, depth - 1) for a in op.args[1:]):
            chosen[v], again[id(op)] = op, replace(op, args=(stands, *op.args[1:]))
            return True
        return False

    for v in needs:
        if v is index or v in at_hand:
            continue
        if not available(v, 4):
            at_hand.add(v)
            fixed.append(v)
    wanted = set(fixed)
    plan.saved = [v for v in needs if v in wanted]
    plan.again = [again.get(id(s), s) for s in region.stmts
                  if isinstance(s, Op) and any(chosen.get(v) is s for v in s.outs)]
    return plan


def _may_repeat(sweep: Sweep, v: Value, defs: dict[Value, Op]) -> bool:
    """Whether a need may be recomputed if its operands are at hand."""
    op = defs.get(v)
    return op is not None and is_cheap(sweep, v, op)


def is_cheap(sweep: Sweep, v: Value, op: Op) -> bool:
    """Reading a part; one operation on numbers, or on literals, that has no name of its own (whole numbers always)."""
    kind = sweep.kind(v)
    if op.prim is prims.GETITEM:
        base = sweep.kind(op.args[0])
        return isinstance(base, (Array, List)) and (isinstance(kind, Number) or _basic(sweep, op))
    if op.prim.effect != "pure" or op.prim.update:
        return False
    if isinstance(kind, Number) and not v.user and op.args and not any(isinstance(a, Value) for a in op.args):
        return True             # of literals alone
    if op.prim in _CHEAP or op.prim.name in _CHEAP_NAMES:
        if isinstance(kind, Number):
            return not v.user or kind.dtype in ("int64", "bool")
        return op.prim.name in (".T", ".shape")
    return False


def _basic(sweep: Sweep, op: Op) -> bool:
    return all(isinstance(a, Const) or isinstance(sweep.kind(a), Number) for a in op.args[1:])


# ---- branches outside of loops: more results ----


def lift(sweep: Sweep, stmt: If, arms: list[Region], reverses: list[list[Stmt]], vals: list[tuple[Atom, ...]],
         ) -> tuple[If, list[tuple[list[Stmt], tuple[Atom, ...]]]]:
    """Make what the reverse of a branch reads results of the `If`; the reverse then reads those."""
    outs, extra = list(stmt.outs), []
    mapped: list[tuple[list[Stmt], tuple[Atom, ...]]] = []
    for k, (arm, reverse, val) in enumerate(zip(arms, reverses, vals)):
        names: dict[Value, Atom] = {}
        needs = needs_of(sweep, arm, reverse, val)
        if sweep.absent != UNDEF:       # the reverse is a function of its own: what it reads is handed to it
            plan = choose(sweep, arm, needs, None)
            reverse, val = popped(sweep, [], plan, reverse, val)
            needs = needs_of(sweep, arm, reverse, val)
        for v in needs:
            out = sweep.build.value(sweep.kind(v), v.hint, v.user)
            names[v] = out
            outs.append(out)
            extra.append((k, v))
        region = substitute(Region(tuple(reverse), Yield(val)), names)
        mapped.append((list(region.stmts), region.exit.vals))
    if not extra:
        return If(stmt.outs, stmt.cond, arms[0], arms[1], stmt.origin), mapped
    new = []
    for k, arm in enumerate(arms):
        more = tuple([v if k == at else sweep.absent for at, v in extra])
        new.append(Region(arm.stmts, Yield((*arm.exit.vals, *more))) if isinstance(arm.exit, Yield) else arm)
    return If(tuple(outs), stmt.cond, new[0], new[1], stmt.origin), mapped


# ---- tapes ----


def tape_for(sweep: Sweep, v: Value) -> Thread:
    """A new tape for a value."""
    kind = List(sweep.kind(v), tape=True)
    hint = f"{v.hint}_saved" if v.hint else "saved"
    before, now, pops, rest = [sweep.build.value(kind, hint, True) for _ in range(4)]
    return Thread(before, now, pops, rest, sweep.build.value(sweep.kind(v), v.hint, v.user))


def pushed(region: Region, threads: list[tuple[Value, Thread]], at_start: int, before_end: int) -> Region:
    """A region that pushes each value after its definition, but not before one statement nor after another."""
    stmts: list[Stmt] = []
    waiting = list(threads)
    defined = {v: k for k, s in enumerate(region.stmts) for v in s.outs}
    for k, stmt in enumerate(region.stmts):
        if k >= at_start:
            ready = [(v, t) for v, t in waiting if defined.get(v, -1) < k or k == before_end]
            waiting = [pair for pair in waiting if pair not in ready]
            stmts += [Op((t.now,), prims.PUSH, (t.tape, v)) for v, t in ready]
        stmts.append(stmt)
    stmts += [Op((t.now,), prims.PUSH, (t.tape, v)) for v, t in waiting]
    return Region(tuple(stmts), region.exit)


def popped(sweep: Sweep, threads: list[tuple[Value, Thread]], plan: Plan, reverse: list[Stmt],
           vals: tuple[Atom, ...]) -> tuple[list[Stmt], tuple[Atom, ...]]:
    """The reverse of a region with pops and recomputed values before it."""
    before: list[Stmt] = [Op((t.rest, t.popped), prims.POP, (t.pops,)) for _, t in reversed(threads)]
    names: dict[Value, Atom] = {v: t.popped for v, t in threads}
    for op in plan.again:
        outs = tuple([sweep.build.value(sweep.kind(v), v.hint, v.user) for v in op.outs])
        again = [sweep.same.get(a, a) if isinstance(a, Value) else a for a in op.args]
        args = tuple([names.get(a, a) if isinstance(a, Value) else a for a in again])
        before.append(Op(outs, op.prim, args, op.kw, op.static, None))
        names.update(zip(op.outs, outs))
    region = substitute(Region(tuple(reverse), Yield(vals)), names)
    return [*before, *region.stmts], region.exit.vals


def guards_of(region: Region) -> list[int]:
    """The positions of plain guards at the top of a body."""
    return [k for k, s in enumerate(region.stmts)
            if isinstance(s, If) and any(isinstance(r.exit, Break) for r in (s.then, s.orelse))]


def with_breaks(stmt: Stmt, more: tuple[Atom, ...]) -> Stmt:
    """A guard that breaks with more values."""
    assert isinstance(stmt, If)
    arms = [Region(r.stmts, Break((*r.exit.vals, *more))) if isinstance(r.exit, Break) else r
            for r in (stmt.then, stmt.orelse)]
    return If(stmt.outs, stmt.cond, arms[0], arms[1], stmt.origin)


def reversed_range(sweep: Sweep, loop: For, made: Op | None) -> Atom:
    """The range of a loop backwards; `made` is the operation that made it."""
    build = sweep.build
    plain = made is not None and not made.kw
    if made is None or not plain or len(made.args) > 2 and made.args[2] not in (Const(1), Const(-1)):
        return build.op(by_name("reversed"), loop.iter)
    start, stop = (Const(0), made.args[0]) if len(made.args) == 1 else made.args[:2]
    if len(made.args) == 3 and made.args[2] == Const(-1):
        first, last = _shifted(sweep, stop, 1), _shifted(sweep, start, 1)
        return build.op(by_name("range"), last) if first == Const(0) else build.op(by_name("range"), first, last)
    return build.op(by_name("range"), _shifted(sweep, stop, -1), _shifted(sweep, start, -1), Const(-1))


def _shifted(sweep: Sweep, atom: Atom, by: int) -> Atom:
    """`atom + by`, folded."""
    build = sweep.build
    if isinstance(atom, Const):
        return Const(atom.value + by)
    made = sweep.definitions.get(atom) if isinstance(atom, Value) else None
    if made is not None and made.prim in (prims.ADD, prims.SUB) and isinstance(made.args[1], Const):
        old = made.args[1].value if made.prim is prims.ADD else -made.args[1].value
        if isinstance(old, int) and not isinstance(made.args[0], Const):
            if old + by == 0:
                return made.args[0]
            atom, by = made.args[0], old + by
    return build.op(prims.ADD, atom, Const(by)) if by > 0 else build.op(prims.SUB, atom, Const(-by))
