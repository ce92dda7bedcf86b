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
reads to what it carries; outer values that a derivative flows to are handed through it, so that their adjoints add up in
place.  What an iteration leaves by (`break`, `return`) is a result of that function; parts end where the loop did, and
no iteration that runs again leaves it.  Kept is what the pullback reads, or what that is computed from.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.kinds import BOOL, INT, Array, List, Number, Range, Tuple, join
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Const, For, Function, If, IndexSpec, Op, Raise, Region, Return, SliceSpec, Stmt, Typed, Value,
    While, Yield, walk,
)
from tangent2.core.walk import bound, count_uses, renew, substitute, used
from tangent2.errors import UnsupportedError
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.transform.loops import as_begun, bar_hint, cast_to, reverse_loop
from tangent2.transform.recording import unsure_values
from tangent2.transform.repeated import repeated
from tangent2.transform.reverse import Means, Pair
from tangent2.transform.sweep import Sweep

MAY_DIFFER = "an iteration is run again in the reverse sweep, and what this gives may not be the same then"
UP_TO = IndexSpec((SliceSpec(upper=True),))     # part[:k]
Differs = Callable[[Typed], "Stmt | None"]


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


@dataclass(frozen=True)
class _Turn:
    """One iteration as a function of its parameters, and its pullback.

    places: what the loop carries that has an adjoint.  outer: values from around the loop that have one.  wrt: of which
    parameters the pullback gives adjoints, the ones it has for `places` and for `outer`.
    """

    places: list[int]
    outer: list[Value]
    params: list[Value]
    wrt: list[Value]
    pair: Pair

    @property
    def read(self) -> list[Value]:
        """What the pullback takes, besides the adjoint."""
        return [self.params[k] for k in self.pair.params]


class _Reversal:
    """The reversal of one loop."""

    def __init__(self, sweep: Sweep, loop: For, schedule: Op, means: Means, differs: Differs) -> None:
        self.sweep, self.build, self.means, self.differs = sweep, sweep.build, means, differs
        again = {v: sweep.same[v] for v in count_uses(loop.body) if v in sweep.same and v not in bound(loop.body)}
        self.loop = replace(loop, body=substitute(loop.body, again))
        self.count = schedule.args[1]
        self.breaks = any(isinstance(r.exit, Break) for s in loop.body.stmts if isinstance(s, If)
                          for r in (s.then, s.orelse))

    def emit(self, found: dict[int, Atom | Splat]) -> list[Stmt]:
        """Both sweeps."""
        parent, loop = self.sweep.scope, self.loop
        turn = self.turn(list(found))
        states, rerun = self.states(turn)
        seeds = [parent.dense(loop.outs[k], found[k]) if k in found else self.sweep.zero(loop.outs[k])
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

    def bound_here(self, v: Value, total: Atom) -> Atom:
        """The adjoint of an outer value, which the loop reads, so that it is there."""
        return self.sweep.or_zero(v, total) if self.sweep.may_miss(total) else total

    # ---- one iteration ----

    def turn(self, places: list[int]) -> _Turn:
        """One iteration as a function of what it reads, and its pullback."""
        loop, active = self.loop, self.sweep.active
        body = self.with_exits(places)
        more = [k for k, p in enumerate(loop.params) if p in active and p in used(body) and k not in places]
        if more:
            return self.turn(sorted([*places, *more]))
        own = bound(loop.body)
        read = [v for v in count_uses(body) if v not in own]
        carried = [p for p in loop.params if p in read]
        outer = [v for v in read if v in active and v not in carried]
        params = [*[loop.target][:loop.target in read], *carried,
                  *[v for v in read if v is not loop.target and v not in carried]]
        wrt = [v for v in (*[loop.params[k] for k in places], *outer) if v in params]
        typed = self.function(body, params, (*body.exit.vals, *outer))
        differing = self.differs(typed)
        if differing is not None:
            raise UnsupportedError(MAY_DIFFER, origin=getattr(differing, "origin", None) or loop.origin,
                                   construct="checkpointed", advice="draw random numbers, and call what nobody knows, "
                                   "outside of the loop, and read there what that gives")
        self.check_bound(carried)
        at = tuple([params.index(v) for v in wrt])
        return _Turn(places, outer, params, wrt, repeated(typed, at, self.means, "bwd_turn"))

    def check_bound(self, carried: list[Value]) -> None:
        """Refuse a loop that reads what may not be bound when it begins."""
        for p, start in zip(self.loop.params, self.loop.init):
            if p in carried and (start is UNDEF or start in self.sweep.unsure):
                raise UnsupportedError(
                    f"`{p.hint or 'a value'}` may not be bound before a checkpointed loop that reads it",
                    origin=self.loop.origin, construct="checkpointed", advice="give it a value before the loop")

    def function(self, body: Region, params: list[Value], results: tuple[Atom, ...]) -> Typed:
        """A function of these parameters and results."""
        stmts, kinds, result = list(body.stmts), dict(self.build.kinds), results[0]
        if len(results) > 1:
            result = Value()
            stmts.append(Op((result,), prims.TUPLE, results))
            kinds[result] = Tuple(tuple(map(self.build.kind, results)))
        made = Function("turn", tuple(params), Region(tuple(stmts), Return((result,))), self.loop.origin)
        kind = kinds[result] if isinstance(result, Value) else self.build.kind(result)
        return Typed(made, kinds, kind)

    def with_exits(self, places: list[int]) -> Region:
        """The body as statements that yield what is carried at these places, whatever they leave by."""
        def rest(stmts: tuple[Stmt, ...]) -> Region:
            for k, stmt in enumerate(stmts):
                if isinstance(stmt, If) and any(isinstance(r.exit, Break) for r in (stmt.then, stmt.orelse)):
                    outs = tuple([self.like(self.loop.outs[k]) for k in places])
                    arms = [arm(r, stmt.outs, stmts[k + 1:]) for r in (stmt.then, stmt.orelse)]
                    return Region((*stmts[:k], If(outs, stmt.cond, *arms, stmt.origin)), Yield(outs))
            return Region(stmts, Yield(tuple([self.loop.body.exit.vals[k] for k in places])))

        def arm(region: Region, outs: tuple[Value, ...], after: tuple[Stmt, ...]) -> Region:
            if isinstance(region.exit, Break):
                return Region(region.stmts, Yield(tuple([region.exit.vals[k] for k in places])))
            if isinstance(region.exit, Raise):
                return region
            going = substitute(rest(after), dict(zip(outs, region.exit.vals)))
            return Region((*region.stmts, *going.stmts), going.exit)
        return self.means.drop_dead_again(rest(self.loop.body.stmts))

    def states(self, turn: _Turn) -> tuple[list[int], Region]:
        """The places of what is kept, and the body that computes these anew."""
        params = self.loop.params
        kept = [k for k, p in enumerate(params) if p in turn.read]
        while True:
            body = self.without_exits(kept)
            more = [k for k, p in enumerate(params) if p in used(body) and k not in kept]
            if not more:
                self.check_bound([params[k] for k in kept])
                return kept, body
            kept = sorted([*kept, *more])

    def without_exits(self, places: list[int]) -> Region:
        """The body of an iteration that goes on to the next, as far as what is carried at these places needs it."""
        stmts: list[Stmt] = []
        going: dict[Value, Atom] = {}
        for stmt in self.loop.body.stmts:
            staying = [r for r in (stmt.then, stmt.orelse) if not isinstance(r.exit, (Break, Raise))] \
                if isinstance(stmt, If) else []
            if isinstance(stmt, If) and len(staying) == 1:
                going.update(zip(stmt.outs, staying[0].exit.vals))
                stmts += staying[0].stmts
            else:
                stmts.append(stmt)
        vals = tuple([self.loop.body.exit.vals[k] for k in places])
        return self.means.drop_dead_again(substitute(Region(tuple(stmts), Yield(vals)), going))

    # ---- forward ----

    def keeping(self, states: list[int]) -> tuple[list[Stmt], Value, list[Value]]:
        """The loop, which keeps states, the parts it runs in, and the tapes of what is kept."""
        loop, build = self.loop, self.build
        kept = [loop.params[k] for k in states]
        with build.region() as before:
            parts = self.parts_between(loop.iter, self.count, "parts")
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
            build.add(For((*loop.outs, *outs), part, parts, (*heads, *befores), (*loop.init, *tapes), body, loop.origin))
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
        stop = [build.value(BOOL, "done", True) for _ in range(2)]
        with build.region() as stmts:
            heads, inner = [self.like(p) for p in loop.params], [self.like(v) for v in loop.outs]
            befores, afters = self.pushed(tapes, [heads[k] for k in states])
            counted = _counting(self.again(part, heads, inner), count, stop)
            build.add(counted)
            ran = build.op(prims.GETITEM, part, count[2], static=UP_TO)
            pieces = self.pushed([done], [ran])
            carried = (*inner, *afters, *pieces[1])
            build.add(If((), stop[1], Region((), Break(carried)), Region((), Yield()), loop.origin))
        body = Region(tuple(stmts), Yield(carried))
        outs = [self.like(tape) for tape in (*tapes, done)]
        build.add(For((*loop.outs, *outs), part, parts, (*heads, *befores, *pieces[0]), (*loop.init, *tapes, done), body,
                      loop.origin))
        return before, outs[-1], outs[:-1]

    # ---- reverse ----

    def in_turn(self, turn: _Turn, seeds: list[Atom], starts: list[Atom]) -> tuple[Value, ...]:
        """The reverse of a loop that carries nothing which has to be kept: one iteration after the other."""
        params = self.bars(turn)
        target = self.like(self.loop.target)
        over = self.build.op(by_name("reversed"), self.loop.iter)
        with self.build.region() as stmts:
            after = self.pulled(turn, params, {self.loop.target: target}, seeds)
        outs = self.ends(turn, params)
        body = Region(tuple(stmts), Yield(tuple(after)))
        self.build.add(For(outs, target, over, tuple(params), (*seeds, *starts), body, self.loop.origin))
        return outs

    def by_parts(self, turn: _Turn, states: list[int], rerun: Region, seeds: list[Atom], starts: list[Atom],
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

    def bars(self, turn: _Turn) -> list[Value]:
        """The adjoints that the reverse loop carries."""
        kinds = [join(self.sweep.bar_kind(self.loop.outs[k]), self.sweep.bar_kind(self.loop.params[k]))
                 for k in turn.places]
        values = [*[self.loop.params[k] for k in turn.places], *turn.outer]
        return [self.build.value(kind, bar_hint(v), v.user)
                for v, kind in zip(values, (*kinds, *map(self.sweep.bar_kind, turn.outer)))]

    def ends(self, turn: _Turn, bars: list[Value]) -> tuple[Value, ...]:
        """The adjoints after the reverse loop."""
        starts = [self.loop.init[k] for k in turn.places]
        kinds = [as_begun(self.build.kind(bar), start, self.sweep) for bar, start in zip(bars, starts)]
        kinds += map(self.build.kind, bars[len(kinds):])
        return tuple([self.build.value(kind, bar.hint, bar.user) for kind, bar in zip(kinds, bars)])

    def pulled(self, turn: _Turn, bars: list[Value], known: dict[Value, Atom], seeds: list[Atom]) -> list[Atom]:
        """The adjoints before an iteration."""
        build = self.build
        given = [self.given(k, bar, seed) for k, bar, seed in zip(turn.places, bars, seeds)]
        given += bars[len(given):]
        seed = given[0] if len(given) == 1 else build.op(prims.TUPLE, *given)
        args = tuple([known.get(v, v) for v in turn.read])
        found = build.splice(turn.pair.backward, (*args, seed))
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

    @property
    def unsure(self) -> set[Value]:
        """What an iteration binds on some paths only."""
        return set(unsure_values(self.loop.body))


def _saved(v: Value) -> str:
    return f"{v.hint}_saved" if v.hint else "saved"


def _counting(loop: For, count: list[Value], stop: list[Value]) -> For:
    """A loop that counts its iterations, the last one included, and tells whether it was left."""
    stmts: list[Stmt] = [Op((count[1],), prims.ADD, (count[0], Const(1)))]
    for stmt in loop.body.stmts:
        if isinstance(stmt, If):
            arms = [Region(r.stmts, Break((*r.exit.vals, count[1], Const(True)))) if isinstance(r.exit, Break) else r
                    for r in (stmt.then, stmt.orelse)]
            stmt = replace(stmt, then=arms[0], orelse=arms[1])
        stmts.append(stmt)
    before = Value("done", True)
    return For((*loop.outs, count[2], stop[1]), loop.target, loop.iter, (*loop.params, count[0], before),
               (*loop.init, Const(0), Const(False)),
               Region(tuple(stmts), Yield((*loop.body.exit.vals, count[1], Const(False)))), loop.origin)


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
