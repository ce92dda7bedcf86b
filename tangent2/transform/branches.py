"""The reverse of an `If`: the same `If` with the reverse of each branch.

Its results are the totals of the outer values that a branch credits; the other branch hands on what was there.
"""
from __future__ import annotations

from tangent2.core.kinds import join
from tangent2.core.syntax import Atom, Break, If, Raise, Region, Return, Stmt, Value, Yield
from tangent2.core.walk import bound, substitute
from tangent2.transform.contributions import Scope
from tangent2.transform.reaching import reaches
from tangent2.transform.recording import choose, lift, needs_of, popped, pushed, tape_for
from tangent2.transform.sweep import Sweep, Thread

Vals = tuple[Atom, ...]


def reverse_if(sweep: Sweep, stmt: If) -> list[Stmt]:
    """Emit the reverse of an `If`; the forward sweep keeps it, with what its reverse reads recorded."""
    seeds = {k: g for k, out in enumerate(stmt.outs) if (g := sweep.take_dense(out)) is not None}
    if not seeds or any(isinstance(r.exit, (Break, Return)) for r in (stmt.then, stmt.orelse)):
        return [stmt]
    parent = sweep.scope
    entry: dict[Value, Atom] = {}
    scopes, arms, threads = zip(*[_arm(sweep, r, seeds, parent, entry, (stmt.cond, k))
                                    for k, r in enumerate((stmt.then, stmt.orelse))])
    credited = [v for v in entry if any(s.totals.get(v, entry[v]) is not entry[v] for s in scopes)]
    vals = [_totals(s, entry, credited) for s in scopes]
    told = reaches(sweep, stmt, scopes, vals)
    vals = [(*v, *[flags[k] for flags in told.flags.values()]) for k, v in enumerate(vals)]
    forward = If(stmt.outs, stmt.cond, arms[0], arms[1], stmt.origin)
    if sweep.loops:
        reverses = _taped(sweep, arms, scopes, vals, threads)
        forward, more, rests = _exported(sweep, stmt, *reverses[1:])
        bodies = [Region(tuple(s), Yield((*v, *r))) for (s, v), r in zip(reverses[0], rests)]
    else:
        forward, mapped = lift(sweep, forward, list(arms), [s.stmts for s in scopes], vals)
        bodies, more = [Region(tuple(s), Yield(v)) for s, v in mapped], []
    results = [sweep.build.value(sweep.bar_kind(v), f"{v.hint}_bar" if v.hint else None, v.user) for v in credited]
    for result, choice in zip(results, zip(*vals)):
        if any(map(sweep.may_miss, choice)):
            sweep.missing[result] = stmt.cond, choice
    flags = [sweep.build.value(join(sweep.kind(a), sweep.kind(b))) for a, b in told.flags.values()]
    sweep.reached.update({results[k]: reach for k, reach in told.sides.items()})
    sweep.reached.update({results[k]: (flag, 0) for k, flag in zip(told.flags, flags)})
    if results or more:
        outs = (*results, *flags, *[t.rest for t in more])
        sweep.build.add(If(outs, stmt.cond, bodies[0], bodies[1], stmt.origin))
    parent.totals.update(zip(credited, results))
    return [forward]


def _arm(sweep: Sweep, region: Region, seeds: dict[int, Atom], parent: Scope,
         entry: dict[Value, Atom], fact: tuple[Atom, int]) -> tuple[Scope, Region, list[Thread]]:
    """The reverse of one branch, and the branch with what is recorded in it."""
    scope = Scope(sweep, frozenset(bound(region)), [], parent, None, fact)

    def enter(v: Value) -> Atom:
        if v not in entry:
            entry[v] = scope.outside(v)
        return entry[v]
    scope.enter = enter
    if isinstance(region.exit, Raise):
        return scope, region, []
    kept, sweep.build.stmts, sweep.scope = sweep.build.stmts, scope.stmts, scope
    sweep.threads.append([])
    for k, g in seeds.items():
        sweep.credit(region.exit.vals[k], g)
    arm = Region(tuple(sweep.walk(region.stmts)), region.exit)
    sweep.build.stmts, sweep.scope = kept, parent
    return scope, arm, sweep.threads.pop()


def _totals(scope: Scope, entry: dict[Value, Atom], credited: list[Value]) -> Vals:
    """What a branch hands on for each credited value."""
    with scope.emitting():
        return tuple([scope.dense(v, scope.totals[v]) if v in scope.totals else entry[v] for v in credited])


def _taped(sweep: Sweep, arms: tuple[Region, ...], scopes: tuple[Scope, ...], vals: list[Vals],
           inner: tuple[list[Thread], ...]) -> tuple[list[tuple[list[Stmt], Vals]], list[Region], list[list[Thread]]]:
    """In a loop: each branch saves what its reverse reads on tapes of its own."""
    reverses, regions, threads = [], [], []
    for arm, scope, val, below in zip(arms, scopes, vals, inner):
        back = substitute(Region(tuple(scope.stmts), Yield((*val, *[t.rest for t in below]))), sweep.same)
        reverse = list(sweep.drop_dead(back).stmts)
        plan = choose(sweep, arm, needs_of(sweep, arm, reverse, val), None)
        own = [(v, tape_for(sweep, v)) for v in plan.saved]
        regions.append(pushed(arm, own, 0, len(arm.stmts)))
        reverses.append(popped(sweep, own, plan, reverse, val))
        threads.append([*below, *[t for _, t in own]])
    return reverses, regions, threads


def _exported(sweep: Sweep, stmt: If, regions: list[Region],
              threads: list[list[Thread]]) -> tuple[If, list[Thread], list[Vals]]:
    """The tapes pushed in branches as results of the `If`, and as threads of the region around."""
    outside, nows, rests = [], [[], []], [[], []]  # type: ignore[var-annotated]
    for k, made in enumerate(threads):
        for t in made:
            now, rest = [sweep.build.value(sweep.kind(v), v.hint, True) for v in (t.now, t.rest)]
            outside.append(Thread(t.tape, now, t.pops, rest, t.popped))
            for arm in (0, 1):
                nows[arm].append(t.now if arm == k else t.tape)
                rests[arm].append(t.rest if arm == k else t.pops)
    sweep.threads[-1] += outside
    arms = [r if isinstance(r.exit, Raise) else Region(r.stmts, Yield((*r.exit.vals, *more)))
            for r, more in zip(regions, nows)]
    forward = If((*stmt.outs, *[t.now for t in outside]), stmt.cond, arms[0], arms[1], stmt.origin)
    return forward, outside, [tuple(r) for r in rests]
