"""One iteration of a loop as a function that may run again: from what it carries and reads to what it carries."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.kinds import OBJECT, Tuple
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Call, For, Function, If, Note, Op, Raise, Region, Return, Stmt, Typed, Value, Yield,
)
from tangent2.core.walk import bound, count_uses, map_regions, substitute, used
from tangent2.errors import UnsupportedError
from tangent2.transform.calls import PAIR
from tangent2.transform.repeated import repeated
from tangent2.transform.reverse import Means, Pair
from tangent2.transform.sweep import Sweep

MAY_DIFFER = "an iteration is run again in the reverse sweep, and what this gives may not be the same then"
Differs = Callable[[Typed], "Stmt | None"]


@dataclass(frozen=True)
class Turn:
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


class Turns:
    """The iterations of a loop.  differs: tells a statement of a function that may give something else again."""

    def __init__(self, sweep: Sweep, loop: For, means: Means, differs: Differs) -> None:
        self.sweep, self.loop, self.means, self.differs = sweep, loop, means, differs

    def turn(self, places: list[int]) -> Turn:
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
        pair = repeated(typed, tuple([params.index(v) for v in wrt]), self.means, "bwd_turn")
        self.sweep.ruled |= pair.ruled
        return Turn(places, outer, params, wrt, pair)

    def as_differentiated(self) -> Region:
        """The body as the forward sweep runs it: where a rule has the derivative, the value is that of the rule."""
        def region(region: Region) -> Region:
            stmts: list[Stmt] = []
            for stmt in region.stmts:
                stmts += self.ruled(stmt) if isinstance(stmt, Call) else [map_regions(stmt, region_of)]
            return Region(tuple(stmts), region.exit)
        region_of = region
        return region(self.loop.body)

    def ruled(self, call: Call) -> list[Stmt]:
        """A call as the forward sweep makes it."""
        build, active = self.sweep.build, self.sweep.active
        if call.out not in active:
            return [call]
        kinds = tuple(map(build.kind, call.args))
        pullback = self.sweep.pullback_of(call.callee, kinds, tuple([a in active for a in call.args]))
        if not pullback.ruled or pullback.forward is None:
            return [call if pullback.value is None else replace(call, callee=pullback.value)]
        saved = build.value(pullback.saved_kind or OBJECT, pullback.saved_name, True)
        both = build.value(Tuple((build.kind(call.out), build.kind(saved))))
        return [Call((both,), pullback.forward, call.args, call.origin),
                Op((call.out, saved), prims.UNPACK, (both,), (), PAIR, call.origin)]

    def check_bound(self, carried: list[Value]) -> None:
        """Refuse a loop that reads what may not be bound when it begins."""
        for p, start in zip(self.loop.params, self.loop.init):
            if p in carried and start is UNDEF:
                raise UnsupportedError(
                    f"`{p.hint or 'a value'}` may not be bound before a checkpointed loop that reads it",
                    origin=self.loop.origin, construct="checkpointed", advice="give it a value before the loop")

    def function(self, body: Region, params: list[Value], results: tuple[Atom, ...]) -> Typed:
        """A function of these parameters and results."""
        stmts, kinds, result = list(body.stmts), dict(self.sweep.build.kinds), results[0]
        if len(results) > 1:
            result = Value()
            stmts.append(Op((result,), prims.TUPLE, results))
            kinds[result] = Tuple(tuple(map(self.sweep.kind, results)))
        made = Function("turn", tuple(params), Region(tuple(stmts), Return((result,))), self.loop.origin)
        kind = kinds[result] if isinstance(result, Value) else self.sweep.kind(result)
        return Typed(made, kinds, kind)

    def with_exits(self, places: list[int]) -> Region:
        """The body as statements that yield what is carried at these places, whatever they leave by."""
        carried = [self.loop.outs[k] for k in places]

        def rest(stmts: tuple[Stmt, ...]) -> Region:
            for at, stmt in enumerate(stmts):
                if isinstance(stmt, If) and any(isinstance(r.exit, Break) for r in (stmt.then, stmt.orelse)):
                    outs = tuple([self.sweep.build.value(self.sweep.kind(v), v.hint, v.user) for v in carried])
                    arms = [arm(r, stmt.outs, stmts[at + 1:]) for r in (stmt.then, stmt.orelse)]
                    return Region((*stmts[:at], If(outs, stmt.cond, arms[0], arms[1], stmt.origin)), Yield(outs))
            return Region(stmts, Yield(tuple([self.loop.body.exit.vals[k] for k in places])))

        def arm(region: Region, outs: tuple[Value, ...], after: tuple[Stmt, ...]) -> Region:
            if isinstance(region.exit, Break):
                return Region(region.stmts, Yield(tuple([region.exit.vals[k] for k in places])))
            if isinstance(region.exit, Raise):
                return region
            going = substitute(rest(after), dict(zip(outs, region.exit.vals)))
            return Region((*region.stmts, *going.stmts), going.exit)
        return self.means.drop_dead_again(rest(self.loop.body.stmts))

    def states(self, turn: Turn) -> tuple[list[int], Region]:
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
        return without_origins(self.means.drop_dead_again(substitute(Region(tuple(stmts), Yield(vals)), going)))


def without_origins(region: Region) -> Region:
    """Statements that run again: the derivatives beside them are those of the user's lines, they are not."""
    stmts = [s if isinstance(s, Note) else replace(map_regions(s, without_origins), origin=None)  # type: ignore[arg-type]
             for s in region.stmts]
    return Region(tuple(stmts), region.exit)
