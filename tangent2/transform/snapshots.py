"""The reverse of a `checkpointed` loop: a few states that it carries are kept, and the others computed anew.

    for i in checkpointed(range(n), snapshots=c):      parts = parts_between(range(n), c)
        u = step(u, i)                                 for part in parts:
                                                           u_saved.append(u)
                                                           for i in part:
                                                               u = step(u, i)

In the reverse sweep the last part is taken off with its state.  All of it but its last iteration runs again, and keeps
states where places are free; of the last iteration the pullback is run, which repeats it (`repeated.py`), so that its
own tapes live no longer than it does:

    while parts:
        part, u = parts.pop(), u_saved.pop()
        for piece in parts_between(part[:-1], c - len(parts)):
            parts.append(piece)
            u_saved.append(u)
            for i in piece:
                u = step(u, i)
        i = part[-1]
        u_bar = pullback of step at (u, i), of u_bar

Where the parts begin is computed at run time (`runtime/snapshots.py`): that is all of the schedule that is not plain
text, so whatever transforms loops and lists transforms this.  The body is a function here, from what it carries and
reads to what it carries (`turns.py`); outer values that a derivative flows to are handed through it, so that their
adjoints add up in place.  What an iteration leaves by (`break`, `return`) is a result of that function; parts end where
the loop did, and no iteration that runs again leaves it.  Kept is what the pullback reads, or what that is computed
from.
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import BOOL, INT, Array, Bottom, Kind, List, Number, Range, Unknown, join
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Const, For, If, IndexSpec, Note, Op, Raise, Region, SliceSpec, Stmt, Typed, Value, While, Yield,
    walk,
)
from tangent2.core.walk import bound, count_uses, renew, substitute
from tangent2.errors import ArgumentError, UnsupportedError
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.runtime.snapshots import is_count
from tangent2.transform.loops import as_begun, bar_hint, cast_to, reverse_loop
from tangent2.transform.recording import reversed_range, unsure_values
from tangent2.transform.reverse import Means
from tangent2.transform.sweep import Sweep
from tangent2.transform.turns import Differs, Turn, Turns

UP_TO = IndexSpec((SliceSpec(upper=True),))     # part[:k]


def schedule_of(sweep: Sweep, loop: For) -> Op | None:
    """The operation that makes a loop one of which few states are kept."""
    made = sweep.definitions.get(loop.iter) if isinstance(loop.iter, Value) else None
    return made if made is not None and made.prim is by_name("checkpointed") else None


def reverse_checkpointed(sweep: Sweep, loop: For, schedule: Op, means: Means, differs: Differs) -> list[Stmt]:
    """Emit the reverse of such a loop; the forward sweep, which keeps the first states."""
    found = {k: g for k, out in enumerate(loop.outs) if (g := sweep.take(out)) is not None}
    if not found or isinstance(loop.body.exit, Raise):
        return [loop]
    return _Reversal(sweep, loop, schedule, means, differs).emit(found)


class _Reversal:
    """The reversal of one loop."""

    def __init__(self, sweep: Sweep, loop: For, schedule: Op, means: Means, differs: Differs) -> None:
        again = {v: sweep.same[v] for v in count_uses(loop.body) if v in sweep.same and v not in bound(loop.body)}
        self.loop = replace(loop, body=substitute(loop.body, again))
        self.sweep, self.build, self.turns = sweep, sweep.build, Turns(sweep, self.loop, means, differs)
        self.over, self.count = schedule.args
        if not isinstance(self.build.kind(self.over), Range):
            self.over = loop.iter       # which raises then
        self.unsure = unsure_values(loop.body)      # what an iteration binds on some paths only
        self.breaks = any(isinstance(r.exit, Break) for s in loop.body.stmts if isinstance(s, If)
                          for r in (s.then, s.orelse))

    def emit(self, found: dict[int, Atom | Splat]) -> list[Stmt]:
        """Both sweeps."""
        parent, loop = self.sweep.scope, self.loop
        turn = self.turns.turn(list(found))
        if turn.pair.ruled:
            loop = self.loop = self.turns.loop = replace(loop, body=self.turns.as_differentiated())
        states, rerun = self.turns.states(turn)
        seeds = [self.seed(k, parent.dense(loop.outs[k], found[k]) if k in found else self.sweep.zero(loop.outs[k]))
                 for k in turn.places]
        starts = [self.bound_here(v, parent.current(v)) for v in turn.outer]
        if not states and not self.breaks:
            forward: list[Stmt] = [loop]
            outs = self.in_turn(turn, seeds, starts)
        else:
            forward, parts, tapes = self.keeping(states)
            outs = self.by_parts(turn, states, rerun, seeds, starts, parts, tapes)
        for v, out in zip(turn.outer, outs[len(turn.places):]):
            parent.totals[v] = out
        for k, out in zip(turn.places, outs):
            if loop.init[k] is not UNDEF:
                self.sweep.credit(loop.init[k], cast_to(self.sweep, out, loop.init[k]))
        return forward

    def like(self, v: Value) -> Value:
        """A new value under the name of another one, of its kind."""
        return self.build.value(self.build.kind(v), v.hint, v.user)

    def seed(self, k: int, found: Atom) -> Atom:
        """The adjoint of a result of the loop: one that is bound before the loop is bound after it."""
        start = self.loop.init[k]
        return found if start is UNDEF else self.bound_here(self.loop.outs[k], found)

    def bound_here(self, v: Value, total: Atom) -> Atom:
        """The adjoint of a value that is there, be it not bound on every path."""
        return self.sweep.or_zero(v, total) if self.sweep.may_miss(total) else total

    # ---- forward ----

    def keeping(self, states: list[int]) -> tuple[list[Stmt], Value, list[Value]]:
        """The loop, which keeps states, the parts it runs in, and the tapes of what is kept."""
        loop, build = self.loop, self.build
        kept = [loop.params[k] for k in states]
        with build.region() as before:
            parts = self.parts_between(self.over, self.count, "parts")
            tapes = [build.op(prims.TAPE, hint=_saved(p), user=True) for p in kept]
            for tape, p in zip(tapes, kept):
                build.kinds[tape] = List(build.kind(p), tape=True)
            if self.breaks:
                done = build.op(prims.TAPE, hint="parts_done", user=True)
                build.kinds[done] = build.kind(parts)
                return self.ending(before, parts, states, tapes, done)
            part = build.value(Range(), "part", True)
            with build.region() as stmts:
                heads, inner = [self.like(p) for p in loop.params], [self.like(v) for v in loop.outs]
                befores, afters = self.pushed(tapes, [heads[k] for k in states])
                build.add(self.again(part, heads, inner))
            body = Region(tuple(stmts), Yield((*inner, *afters)))
            outs = [self.like(tape) for tape in tapes]
            params = *heads, *befores
            build.add(For((*loop.outs, *outs), part, parts, params, (*loop.init, *tapes), body, loop.origin))
        return before, parts, outs

    def again(self, over: Value, starts: list[Value], outs: list[Value]) -> For:
        """The loop over a part."""
        loop = self.loop
        stand_in = replace(loop, outs=tuple(outs), iter=over, init=tuple(starts))
        return self.copied(stand_in, outs)

    def copied(self, loop: For, outs: list[Value]) -> For:
        """A loop with values of its own inside."""
        mapping: dict[Value, Atom] = {}
        made = renew(Region((loop,), Yield()), mapping).stmts[0]
        assert isinstance(made, For)
        for old, new in mapping.items():
            if isinstance(new, Value) and old in self.build.kinds:
                self.build.kinds[new] = self.build.kinds[old]
        return replace(made, outs=tuple(outs))

    def pushed(self, tapes: list[Value], states: list[Value]) -> tuple[list[Value], list[Value]]:
        """Push states on tapes that a loop carries: what they are before and after that."""
        befores, afters = [self.like(tape) for tape in tapes], [self.like(tape) for tape in tapes]
        for before, after, state in zip(befores, afters, states):
            self.build.add(Op((after,), prims.PUSH, (before, state)))
        return befores, afters

    def parts_between(self, over: Atom, count: Atom, hint: str | None = None) -> Value:
        """The parts of a range."""
        return self.build.op(by_name("parts_between"), over, count, hint=hint, user=hint is not None)

    def ending(self, before: list[Stmt], parts: Value, states: list[int], tapes: list[Value],
               done: Value) -> tuple[list[Stmt], Value, list[Value]]:
        """The same of a loop that may end early: the parts that ran, the last one up to where that was."""
        loop, build = self.loop, self.build
        part = build.value(Range(), "part", True)
        count = [build.value(INT, "count", True) for _ in range(3)]
        stop = build.value(BOOL, "done", True)
        with build.region() as stmts:
            heads, inner = [self.like(p) for p in loop.params], [self.like(v) for v in loop.outs]
            befores, afters = self.pushed(tapes, [heads[k] for k in states])
            counted = _counting(self.again(part, heads, inner), count, stop, build.value(BOOL, "done", True))
            build.add(counted)
            ran = build.op(prims.GETITEM, part, count[2], static=UP_TO)
            pieces = self.pushed([done], [ran])
            carried = (*inner, *afters, *pieces[1])
            build.add(If((), stop, Region((), Break(carried)), Region((), Yield()), loop.origin))
        body = Region(tuple(stmts), Yield(carried))
        outs = [self.like(tape) for tape in (*tapes, done)]
        params = *heads, *befores, *pieces[0]
        build.add(For((*loop.outs, *outs), part, parts, params, (*loop.init, *tapes, done), body, loop.origin))
        return before, outs[-1], outs[:-1]

    # ---- reverse ----

    def in_turn(self, turn: Turn, seeds: list[Atom], starts: list[Atom]) -> tuple[Value, ...]:
        """The reverse of a loop that carries nothing which has to be kept: one iteration after the other."""
        params = self.bars(turn)
        target = self.like(self.loop.target)
        made = self.sweep.definitions.get(self.over) if isinstance(self.over, Value) else None
        over = reversed_range(self.sweep, replace(self.loop, iter=self.over), made)
        with self.build.region() as stmts:
            after = self.pulled(turn, params, {self.loop.target: target}, seeds)
        outs = self.ends(turn, params)
        body = Region(tuple(stmts), Yield(tuple(after)))
        self.build.add(For(outs, target, over, tuple(params), (*seeds, *starts), body, self.loop.origin))
        return outs

    def by_parts(self, turn: Turn, states: list[int], rerun: Region, seeds: list[Atom], starts: list[Atom],
                 parts: Value, tapes: list[Value]) -> tuple[Value, ...]:
        """The loop over the parts, the last one first."""
        build, loop = self.build, self.loop
        lists = [self.like(v) for v in (parts, *tapes)]
        bars = self.bars(turn)
        with build.region() as stmts:
            popped = []
            for before, name in zip(lists, ("part", *[loop.params[k].hint for k in states])):
                popped.append(build.ops(prims.POP, (before,), hints=((before.hint, True), (name, name is not None))))
            for k, (_, state) in zip(states, popped[1:]):
                build.kinds[state] = build.kind(loop.params[k])
            (left, part), *_ = popped
            lists_now, values = self.advanced([rest for rest, _ in popped], part, [v for _, v in popped[1:]], states,
                                              rerun, left)
            known: dict[Value, Atom] = dict(zip([loop.params[k] for k in states], values))
            if loop.target in turn.read:
                known[loop.target] = build.getitem(part, -1, loop.target.hint, loop.target.user)
            after = self.pulled(turn, bars, known, seeds)
        outs = [*[self.like(v) for v in lists], *self.ends(turn, bars)]
        for out in outs[:len(lists)]:
            kind = build.kind(out)
            build.kinds[out] = replace(kind, length=0) if isinstance(kind, List) else kind
        body = Region(tuple(stmts), Yield((*lists_now, *after)))
        build.add(While(tuple(outs), (*lists, *bars), (parts, *tapes, *seeds, *starts),
                        Region((), Yield((lists[0],))), body, loop.origin))
        return tuple(outs[len(lists):])

    def advanced(self, lists: list[Value], part: Value, values: list[Value], states: list[int], rerun: Region,
                 left: Value) -> tuple[list[Value], list[Value]]:
        """Run a part again up to its last iteration, and keep states on the way: the lists and the state then."""
        build = self.build
        most = build.op(prims.GETITEM, part, Const(-1), static=UP_TO)
        free = build.op(prims.SUB, self.count, build.op(by_name("len"), left))
        pieces, piece = self.parts_between(most, free), build.value(Range(), "piece", True)
        heads, ends = [self.like(v) for v in values], [self.like(v) for v in values]
        with build.region() as stmts:
            befores, afters = self.pushed(lists, [piece, *heads])
            params = tuple([self.loop.params[k] for k in states])
            inner = For(tuple(ends), self.loop.target, piece, params, tuple(heads), rerun, self.loop.origin)
            build.add(self.copied(inner, ends))
        outs = [self.like(v) for v in (*lists, *values)]
        build.add(For(tuple(outs), piece, pieces, (*befores, *heads), (*lists, *values),
                      Region(tuple(stmts), Yield((*afters, *ends))), self.loop.origin))
        return outs[:len(lists)], outs[len(lists):]

    def bars(self, turn: Turn) -> list[Value]:
        """The adjoints that the reverse loop carries."""
        kinds = [join(self.sweep.bar_kind(self.loop.outs[k]), self.sweep.bar_kind(self.loop.params[k]))
                 for k in turn.places]
        values = [*[self.loop.params[k] for k in turn.places], *turn.outer]
        return [self.build.value(kind, bar_hint(v), v.user)
                for v, kind in zip(values, (*kinds, *map(self.sweep.bar_kind, turn.outer)))]

    def ends(self, turn: Turn, bars: list[Value]) -> tuple[Value, ...]:
        """The adjoints after the reverse loop."""
        starts = [self.loop.init[k] for k in turn.places]
        kinds = [as_begun(self.build.kind(bar), start, self.sweep) for bar, start in zip(bars, starts)]
        kinds += map(self.build.kind, bars[len(kinds):])
        return tuple([self.build.value(kind, bar.hint, bar.user) for kind, bar in zip(kinds, bars)])

    def pulled(self, turn: Turn, bars: list[Value], known: dict[Value, Atom], seeds: list[Atom]) -> list[Atom]:
        """The adjoints before an iteration."""
        build = self.build
        given = [self.given(k, bar, seed) for k, bar, seed in zip(turn.places, bars, seeds)]
        given += bars[len(given):]
        seed = given[0] if len(given) == 1 else build.op(prims.TUPLE, *given)
        args = tuple([known.get(v, v) for v in turn.read])
        found = build.splice(_without_notes(turn.pair.backward), (*args, seed))
        parts = (found,) if len(turn.wrt) == 1 else build.parts(found)
        assert parts is not None
        adjoints = dict(zip(turn.wrt, parts))
        before = [adjoints[p] if (p := self.loop.params[k]) in adjoints else self.fresh(bar, start)
                  for k, bar, start in zip(turn.places, bars, seeds)]
        return [*before, *[adjoints[v] for v in turn.outer]]

    def given(self, k: int, bar: Value, seed: Atom) -> Atom:
        """The adjoint of what an iteration carries on."""
        if self.sweep.may_miss(seed) and self.loop.body.exit.vals[k] not in self.unsure:
            self.sweep.missing[bar] = None
            return self.sweep.or_zero(self.loop.outs[k], bar)
        return bar

    def fresh(self, bar: Value, seed: Atom) -> Atom:
        """The adjoint before an iteration of what that does not read: none."""
        kind = self.build.kind(bar)
        if isinstance(kind, Number):
            return Const(0.0)
        if self.sweep.may_miss(seed):
            return Const(None)
        return self.build.op(by_name("np.zeros_like" if isinstance(kind, Array) else "zero_like"), bar)


def _saved(v: Value) -> str:
    return f"{v.hint}_saved" if v.hint else "saved"


def _without_notes(typed: Typed) -> Typed:
    """A pullback that does not say where its reverse sweep begins: it stands in one."""
    body = typed.function.body
    stmts = tuple([s for s in body.stmts if not isinstance(s, Note)])
    return replace(typed, function=replace(typed.function, body=Region(stmts, body.exit)))


def _counting(loop: For, count: list[Value], stop: Value, before: Value) -> For:
    """A loop that counts its iterations, the last one included, and tells whether it was left.

    before: that it was not.
    """
    stmts: list[Stmt] = [Op((count[1],), prims.ADD, (count[0], Const(1)))]
    for stmt in loop.body.stmts:
        if isinstance(stmt, If):
            arms = [Region(r.stmts, Break((*r.exit.vals, count[1], Const(True)))) if isinstance(r.exit, Break) else r
                    for r in (stmt.then, stmt.orelse)]
            stmt = replace(stmt, then=arms[0], orelse=arms[1])
        stmts.append(stmt)
    return For((*loop.outs, count[2], stop), loop.target, loop.iter, (*loop.params, count[0], before),
               (*loop.init, Const(0), Const(False)),
               Region(tuple(stmts), Yield((*loop.body.exit.vals, count[1], before))), loop.origin)


# --------------------------------------------------------------------------------------------------------------- means


def with_schedules(means: Means, differs: Differs) -> Means:
    """Means by which `checkpointed` loops are reversed so.

    differs: a statement of a function that may give something else when it runs again.
    """
    def reverse_for(sweep: Sweep, loop: For) -> list[Stmt]:
        schedule = schedule_of(sweep, loop)
        if schedule is None:
            return reverse_loop(sweep, loop)
        return reverse_checkpointed(sweep, loop, schedule, made, differs)
    made = replace(means, reverse_for=reverse_for, check=check_schedules)
    return made


def check_schedules(typed: Typed) -> None:
    """Refuse what is made of such a range and is no loop over it: its states would not be kept as is asked."""
    made = {s.out: s for s in walk(typed.function.body) if isinstance(s, Op) and s.prim is by_name("checkpointed")}
    if not made:
        return
    for stmt in walk(typed.function.body):
        if isinstance(stmt, For):
            read = {a for a in stmt.init if isinstance(a, Value)}
        else:
            read = {a for a in getattr(stmt, "args", ()) if isinstance(a, Value)}
        for v in read & made.keys():
            raise UnsupportedError("`checkpointed(...)` is not what a loop runs over, but part of that",
                                   origin=made[v].origin, construct="checkpointed",
                                   advice="write `for i in checkpointed(range(n), snapshots=c):`, and read `xs[i]` in "
                                   "the loop")
    for op in made.values():
        _check_operands(op, typed)


def _check_operands(op: Op, typed: Typed) -> None:
    """Refuse what surely is no range, and what surely is no number of snapshots."""
    over, count = op.args
    kind, own = _kind_of(over, typed), _kind_of(count, typed)
    if not isinstance(kind, (Range, Unknown, Bottom)):
        raise ArgumentError("`checkpointed` takes a range", origin=op.origin, construct="checkpointed",
                            advice="write `for i in checkpointed(range(len(xs)), snapshots=c)`, and read `xs[i]`")
    whole = isinstance(own, (Unknown, Bottom)) or isinstance(own, Number) and own.dtype not in ("bool", "float64")
    if not whole or isinstance(count, Const) and not is_count(count.value):
        raise ArgumentError("`snapshots` is a positive whole number", origin=op.origin, construct="checkpointed",
                            advice="keep at least the state with which the loop begins: snapshots=1")


def _kind_of(atom: Atom, typed: Typed) -> Kind:
    return Builder(typed.kinds).kind(atom)
