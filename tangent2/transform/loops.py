"""The reverse of a loop: a loop over its completed iterations, last first.

It carries the adjoints of what the loop carries, the totals of outer values that an iteration credits, and the tapes.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.dims import same_shape
from tangent2.core.kinds import INT, Array, Dict, Kind, List, Number, Range, Unknown, join
from tangent2.core.syntax import UNDEF, Atom, Break, Const, For, If, Op, Raise, Region, Stmt, Value, While, Yield
from tangent2.core.walk import bound, substitute, used
from tangent2.errors import NoDerivativeError
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.transform.contributions import Scope, zero
from tangent2.transform.recording import (
    choose, guards_of, needs_of, popped, pushed, reversed_range, tape_for, with_breaks,
)
from tangent2.transform.sweep import Sweep, Thread

Loop = For | While


@dataclass
class Body:
    """The reverse of a loop's body: what it carries, and its statements."""

    places: list[int]           # carried values with an adjoint
    seeds: tuple[Atom, ...]
    params: tuple[Value, ...]
    totals: dict[Value, tuple[Value, Atom]]     # outer values: param and where it starts
    forward: Region
    reverse: Region
    inner: list[Thread]


def reverse_loop(sweep: Sweep, loop: Loop) -> list[Stmt]:
    """Emit the reverse of a loop; the forward sweep keeps it, with what its reverse reads recorded."""
    if isinstance(loop.body.exit, Raise):
        return [loop]
    if isinstance(loop, For) and loop.target in sweep.active:
        raise NoDerivativeError("a derivative flows through a loop over something of unknown kind", origin=loop.origin,
                                construct="for", advice="iterate over a list, a tuple or an array, or give example "
                                "arguments so that its kind is known")
    found = {k: g for k, out in enumerate(loop.outs) if (g := sweep.take(out)) is not None}
    if not found:
        return [loop]
    splats = {k: g for k, g in found.items() if isinstance(g, Splat) and _only_pushed(loop, k, sweep)}
    body = _reverse_body(sweep, loop, found, splats)
    forward = _record(sweep, loop, body)
    for k, g in splats.items():
        sweep.credit(loop.init[k], g)
    return forward


def _only_pushed(loop: Loop, k: int, sweep: Sweep) -> bool:
    """Whether a list is carried through a loop only to be appended to: then a splat stays one."""
    if not isinstance(sweep.kind(loop.params[k]), List):
        return False
    versions = {loop.params[k]}
    for stmt in loop.body.stmts:
        if isinstance(stmt, Op) and stmt.prim is prims.PUSH and stmt.args[0] in versions:
            versions.add(stmt.out)
        elif versions & used(Region((stmt,), Yield())):
            return False
    return all(v not in versions or j == k for j, v in enumerate(loop.body.exit.vals))


def _reverse_body(sweep: Sweep, loop: Loop, found: dict[int, Atom | Splat], splats: dict[int, Splat]) -> Body:
    parent, build = sweep.scope, sweep.build
    places = [k for k, (p, out) in enumerate(zip(loop.params, loop.outs))
              if k not in splats and (k in found or p in sweep.active)]
    seeds = tuple([parent.dense(loop.outs[k], found[k]) if k in found else sweep.zero(loop.outs[k]) for k in places])
    params = tuple([build.value(join(sweep.bar_kind(loop.outs[k]), sweep.bar_kind(p)), bar_hint(p), p.user)
                    for k, p in enumerate(loop.params) if k in places])      # from turn to turn its extents may change
    own = frozenset(bound(loop.body)).union(loop.params, (loop.target,) if isinstance(loop, For) else ())
    read = used(Region(loop.body.stmts, Yield()))
    for k, param, seed in zip(places, params, seeds):
        if sweep.may_miss(seed) or _begins_missing(sweep, loop, k, param, read):
            sweep.missing[param] = None
    totals: dict[Value, tuple[Value, Atom]] = {}
    scope = Scope(sweep, own, [], parent)

    def enter(v: Value) -> Atom:
        start = scope.outside(v)
        totals[v] = build.value(sweep.bar_kind(v), bar_hint(v), v.user), start
        if sweep.may_miss(start):
            sweep.missing[totals[v][0]] = None
        return totals[v][0]
    scope.enter = enter
    sweep.loops.append(loop)
    sweep.bodies[loop] = frozenset(bound(loop.body))
    if isinstance(loop, For) and _ranged(sweep, loop):
        sweep.indices.add(loop.target)
    sweep.threads.append([])
    kept, build.stmts, sweep.scope = build.stmts, scope.stmts, scope
    for k, param in zip(places, params):
        sweep.credit(loop.body.exit.vals[k], param)
    for k, g in splats.items():
        sweep.credit(loop.body.exit.vals[k], g)
    forward = Region(tuple(sweep.walk(loop.body.stmts)), loop.body.exit)
    new = [scope.take_dense(loop.params[k]) for k in places]
    exits = [_zero_before(sweep, loop, k, param) if c is None else c for k, param, c in zip(places, params, new)]
    exits += [scope.dense(v, scope.totals[v]) for v in totals]
    inner = sweep.threads.pop()
    reverse = substitute(Region(tuple(scope.stmts), Yield((*exits, *[t.rest for t in inner]))), sweep.same)
    reverse = sweep.drop_dead(reverse)
    build.stmts, sweep.scope = kept, parent
    return Body(places, seeds, params, totals, forward, reverse, inner)


def _zero_before(sweep: Sweep, loop: Loop, k: int, bar: Value) -> Atom:
    """The zero adjoint of a carried value before an iteration: like what it is in the end, if surely of that shape.

    `bar`: its adjoint after the iteration.
    """
    out, changes = loop.outs[k], _changes(sweep, loop, k)
    if out not in sweep.unsure:
        return sweep.zero(loop.params[k] if changes else out)
    if _is_like_bar(sweep, loop, k, bar):
        return sweep.build.op(by_name("np.zeros_like"), bar)
    return zero(sweep, out, sure=_bound_after(sweep, loop, loop.body.exit.vals[k]) and not changes)


def _changes(sweep: Sweep, loop: Loop, k: int) -> bool:
    """Whether a carried value may be of another size after an iteration."""
    before, after = sweep.kind(loop.params[k]), sweep.kind(loop.outs[k])
    return isinstance(before, (List, Dict, Unknown)) or (
        isinstance(before, Array) and same_shape(before, after) is not True)


def _is_like_bar(sweep: Sweep, loop: Loop, k: int, bar: Value) -> bool:
    """Whether the adjoint before an iteration surely has the shape and dtype of the one after it, which is an array."""
    kind = sweep.kind(loop.outs[k])
    same = isinstance(kind, Array) and sweep.kind(bar) == kind and not _changes(sweep, loop, k)
    return same and bar not in sweep.missing


def _bound_after(sweep: Sweep, loop: Loop, last: Atom) -> bool:
    """Whether what a loop carries is there once it ran."""
    return isinstance(last, Value) and last not in sweep.unsure and not guards_of(loop.body)


def _begins_missing(sweep: Sweep, loop: Loop, k: int, bar: Value, read: set[Value]) -> bool:
    """Whether the adjoint of a carried value may be None before an iteration: where that is not bound."""
    if loop.params[k] not in sweep.unsure:
        return False
    if loop.params[k] in read:
        return True
    return not _is_like_bar(sweep, loop, k, bar) and sweep.may_miss(_zero_before(sweep, loop, k, bar))


def bar_hint(v: Value) -> str | None:
    return f"{v.hint}_bar" if v.hint else None


@dataclass
class Way:
    """Where pushes may stand in the body, and whether the loop may run backwards over its range."""

    start: int
    end: int
    breaks: bool


def _way(sweep: Sweep, loop: Loop) -> Way:
    """Pushes stand after the last guard that leaves the iteration undone, and before one that ends a whole one."""
    stmts, start, end = loop.body.stmts, 0, len(loop.body.stmts)
    guards = guards_of(loop.body)
    for k in guards:
        guard = stmts[k]
        assert isinstance(guard, If)
        vals = next(r.exit.vals for r in (guard.then, guard.orelse) if isinstance(r.exit, Break))
        active = [j for j, p in enumerate(loop.params) if p in sweep.active or loop.outs[j] in sweep.active]
        whole = k == len(stmts) - 1 and all(vals[j] == loop.body.exit.vals[j] for j in active)
        if whole and not (start == 0 and all(vals[j] is loop.params[j] for j in active)):
            end = k
        else:
            start = k + 1
    return Way(start, end, bool(guards))


def _ranged(sweep: Sweep, loop: For) -> bool:
    """Whether a loop runs backwards over its range, so that its index is at hand."""
    return isinstance(sweep.kind(loop.iter), Range) and not guards_of(loop.body)


def _record(sweep: Sweep, loop: Loop, body: Body) -> list[Stmt]:
    """Provide what the reversed body reads, and emit the reverse loop."""
    way = _way(sweep, loop)
    target = loop.target if isinstance(loop, For) else None
    ranged = isinstance(loop, For) and _ranged(sweep, loop)
    heads = (*loop.params, *([target] if target else []))
    needs = [v for v in needs_of(sweep, body.forward, list(body.reverse.stmts), body.reverse.exit.vals, *heads)
             if v not in loop.outs]         # these are there once it has ended
    index = target if ranged and not sweep.save_all else None
    plan = choose(sweep, body.forward, needs, index, target if index is None else None)
    needs_index = index is not None and (index in needs or any(index in op.args for op in plan.again))
    plan.saved = [v for v in plan.saved if v is not index]
    sweep.loops.pop()
    own = [(v, tape_for(sweep, v)) for v in plan.saved]
    threads = [*[t for _, t in own], *body.inner]
    counter = None if own or ranged else _counter(sweep)
    region = pushed(body.forward, own, _shifted(body, loop, way.start), _shifted(body, loop, way.end))
    forward, outs = _with_tapes(sweep, loop, region, threads, counter, way)
    stmts, exits = popped(sweep, own, plan, list(body.reverse.stmts), body.reverse.exit.vals)
    plain = len(exits) - len(body.inner)
    exits = (*exits[:plain], *[t.rest for _, t in own], *exits[plain:])
    _emit(sweep, loop, body, Region(tuple(stmts), Yield(exits)), threads, outs, index if needs_index else None, counter)
    return forward


def _shifted(body: Body, loop: Loop, position: int) -> int:
    """A position in the body as it was, in the body with what inner statements record beside them."""
    if position >= len(loop.body.stmts):
        return len(body.forward.stmts)
    stmt = loop.body.stmts[position]
    for k, new in enumerate(body.forward.stmts):
        if new is stmt or getattr(new, "outs", None) == stmt.outs and stmt.outs:
            return k
        if isinstance(new, If) and isinstance(stmt, If) and new.cond is stmt.cond and new.then.exit == stmt.then.exit:
            return k
    return next(k for k, new in enumerate(body.forward.stmts) if set(stmt.outs) & set(new.outs))


def _counter(sweep: Sweep) -> tuple[Value, Value, Value]:
    """Iterations counted: before, after, and in the end."""
    count = [sweep.build.value(INT, "count", True) for _ in range(3)]
    return count[0], count[1], count[2]


def _with_tapes(sweep: Sweep, loop: Loop, region: Region, threads: list[Thread],
                counter: tuple[Value, Value, Value] | None, way: Way) -> tuple[list[Stmt], list[Value]]:
    """The forward loop that carries its tapes; and the tapes after it."""
    outs = [sweep.build.value(sweep.kind(t.tape), t.tape.hint, True) for t in threads]
    before, after = [t.tape for t in threads], [t.now for t in threads]
    stmts = list(region.stmts)
    guards = guards_of(region)
    last_undone = -1
    if way.end == len(loop.body.stmts):
        last_undone = guards[-1] if guards else -1
    elif len(guards) > 1:
        last_undone = guards[-2]
    for k in guards:
        undone = k <= last_undone
        count = () if counter is None else ((counter[0],) if undone else (counter[1],))
        stmts[k] = with_breaks(stmts[k], (*(before if undone else after), *count))
    init: list[Stmt] = []
    starts: list[Atom] = []
    for t in threads:
        tape = sweep.build.value(sweep.kind(t.tape), t.tape.hint, True)
        init.append(Op((tape,), prims.TAPE))
        starts.append(tape)
    ends: list[Atom] = list(after)
    if counter is not None:
        at = guards[-1] if guards and guards[-1] > last_undone else len(stmts)
        stmts.insert(at, Op((counter[1],), prims.ADD, (counter[0], Const(1))))
        before, outs_all = [*before, counter[0]], [*outs, counter[2]]
        starts.append(Const(0))
        ends.append(counter[1])
    else:
        outs_all = outs
    body = Region(tuple(stmts), Yield((*region.exit.vals, *ends)))
    results, params, begin = (*loop.outs, *outs_all), (*loop.params, *before), (*loop.init, *starts)
    if isinstance(loop, For):
        made: Loop = For(results, loop.target, loop.iter, params, begin, body, loop.origin)
    else:
        made = While(results, params, begin, loop.cond, body, loop.origin)
    return [*init, made], outs


def _emit(sweep: Sweep, loop: Loop, body: Body, region: Region, threads: list[Thread], tapes: list[Value],
          index: Value | None, counter: tuple[Value, Value, Value] | None) -> None:
    """The reverse loop, and what it hands on to the scope around."""
    build, parent = sweep.build, sweep.scope
    totals = list(body.totals.items())
    params = (*body.params, *[p for _, (p, _) in totals], *[t.pops for t in threads])
    init = (*body.seeds, *[start for _, (_, start) in totals], *tapes)
    starts = [loop.init[k] for k in body.places]
    kinds = [as_begun(build.kind(p), a, sweep) for p, a in zip(body.params, starts)]
    kinds += map(build.kind, params[len(kinds):])
    outs = tuple([build.value(kind, p.hint, p.user) for kind, p in zip(kinds, params)])
    for t, out in zip(threads, outs[len(outs) - len(threads):]):
        kind = build.kind(t.tape)
        assert isinstance(kind, List)
        build.kinds[out] = replace(kind, length=0)      # the reverse loop pops all that was pushed
    every = len(threads) - len(body.inner)      # tapes pushed in every completed iteration
    if index is None and every:
        cond = Region((), Yield((threads[0].pops,)))
        build.add(While(outs, params, init, cond, region, loop.origin))
    else:
        _emit_for(sweep, loop, region, outs, params, init, index, counter)
    for param, out in zip(params, outs):
        if param in sweep.missing:
            sweep.missing[out] = None
    for (v, _), out in zip(totals, outs[len(body.params):]):
        parent.totals[v] = out
    for k, out in zip(body.places, outs):
        if loop.init[k] is not UNDEF:
            sweep.credit(loop.init[k], cast_to(sweep, out, loop.init[k]))


def as_begun(kind: Kind, start: Atom, sweep: Sweep) -> Kind:
    """The kind of an adjoint once the loop is left backwards: of the shape of the value with which the loop began."""
    own = sweep.kind(start) if isinstance(start, Value) else kind
    return Array(kind.dtype, own.shape) if isinstance(kind, Array) and isinstance(own, Array) else kind


def cast_to(sweep: Sweep, bar: Value, start: Atom) -> Atom:
    """The adjoint of what a loop begins with: of the dtype of that, which may have become another one in the loop."""
    own = sweep.kind(bar)
    if not isinstance(own, (Array, Number, Unknown)) or not isinstance(sweep.kind(start), (Array, Number)):
        return bar
    return sweep.fit(bar, start) if isinstance(own, Unknown) else sweep.cast(bar, start)


def _emit_for(sweep: Sweep, loop: Loop, region: Region, outs: tuple[Value, ...], params: tuple[Value, ...],
              init: tuple[Atom, ...], index: Value | None, counter: tuple[Value, Value, Value] | None) -> None:
    build = sweep.build
    target = build.value(INT) if index is None else index
    if counter is not None:
        over: Atom = build.op(by_name("range"), counter[2])
    elif index is not None and isinstance(loop, For):
        made = sweep.definitions.get(loop.iter) if isinstance(loop.iter, Value) else None
        over = reversed_range(sweep, loop, made)
        target = build.value(INT, index.hint, index.user)
        region = substitute(region, {index: target})
    else:
        assert isinstance(loop, For)
        over = loop.iter
    build.add(For(outs, target, over, params, init, region, loop.origin))
