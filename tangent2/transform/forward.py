"""Forward mode: tangents beside primals in one sweep over the regions of a function.

Each varied value `v` gets a tangent `v_dot`; inactive statements pass through as they are.  The tangent of an operation
stands before it unless it reads the result, so that a name that is bound anew keeps its name.
"""
from __future__ import annotations

from collections.abc import Callable

from tangent2.analysis.activity import varied
from tangent2.analysis.useful import needed
from tangent2.core import prims
from tangent2.core.build import Answers, Builder
from tangent2.core.kinds import Bottom, Kind, Number, Tuple, Unknown
from tangent2.core.syntax import (
    UNDEF, Atom, Call, Callee, Exit, For, Function, If, Note, Op, Raise, Region, Return, Stmt, Typed, Value, While,
    Yield, regions, walk,
)
from tangent2.core.walk import count_uses, values
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.transform.attempts import open_attempts
from tangent2.transform.forward_ops import TANGENTS, check_unknown_code, refuse, tangent_by_rule
from tangent2.transform.forward_zeros import zero
from tangent2.transform.guard_writes import guard_writes
from tangent2.transform.partners import with_partners
from tangent2.transform.recording import unsure_values

TangentCallee = Callable[[Callee, tuple[Kind, ...], tuple[bool, ...]], Callee]
PAIR = (2, False, 0)
_NAMED = (prims.READ, prims.NEG)
Positions = tuple[int, ...]


def forward(typed: Typed, active: tuple[bool, ...], tangent_callee: TangentCallee, result: str = "both",
            name: str | None = None, answers: Answers | None = None) -> Typed:
    """The tangent function: its parameters are the primal ones, then the tangents of the active ones in order.

    `tangent_callee` gives the tangent function (with both results) of a callee under kinds and active arguments.
    It returns `(out, out_dot)`, or with `result="tangent"` only `out_dot`.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> x, y, z = Value("x", True), Value("y", True), Value("z", True)
    >>> body = (Op((z,), prims.MUL, (x, y)),)
    >>> f = Typed(Function("f", (x, y), Region(body, Return((z,)))), {x: FLOAT, y: FLOAT, z: FLOAT}, FLOAT)
    >>> print(show(forward(f, (True, False), None, "tangent").function))
    def jvp_f(x.0, y.1, x_dot.2):
        z_dot.3 = mul(x_dot.2, y.1)
        z.4 = mul(x.0, y.1)
        return z_dot.3
    """
    typed = open_attempts(typed, varied(typed, active))
    typed = guard_writes(typed, varied(typed, active))
    sweep = Sweep(typed, active, tangent_callee, result == "both", answers)
    function = typed.function
    dots = [sweep.dot_of(p) for p, wanted in zip(function.params, active) if wanted]
    body = sweep.region(function.body, (), None)
    owned = function.owned | {sweep.dots[p] for p in function.owned if p in sweep.dots}
    kind = tangent_kind(typed.result)
    made = Function(name or f"jvp_{function.name}", (*function.params, *dots), body, function.origin, frozenset(owned),
                    by_rows=function.by_rows, apart=function.derived_apart)
    return Typed(made, sweep.build.kinds, Tuple((typed.result, kind)) if sweep.both else kind)


def without_idle(typed: Typed, varied: frozenset[Value]) -> frozenset[Value]:
    """Without what no derivative flows on from and is of no known kind: exceptions that are raised and caught."""
    unknown = [v for v in varied if isinstance(typed.kinds.get(v), Unknown)]
    return varied - (frozenset(unknown) - needed(typed, varied)) if unknown else varied


def _only_raised(body: Region, uses: dict[Value, int]) -> frozenset[Value]:
    """Values that are read by nothing but a `raise`."""
    raised: dict[Value, int] = {}
    for stmt in walk(body):
        for region in regions(stmt):
            if isinstance(region.exit, Raise):
                for v in values(region.exit.vals):
                    raised[v] = raised.get(v, 0) + 1
    return frozenset([v for v, n in raised.items() if uses.get(v) == n])


class Sweep:
    """What the walk over one function knows: which values vary, and the tangents made so far.

    idle: values that vary, and whose tangents nobody reads: they are only compared, say, or raised.
    """

    def __init__(self, typed: Typed, active: tuple[bool, ...], tangent_callee: TangentCallee, both: bool,
                 answers: Answers | None = None) -> None:
        self.unsure = unsure_values(typed.function.body)
        self.varied = without_idle(typed, with_partners(typed, varied(typed, active), self.unsure))
        self.uses = count_uses(typed.function.body)
        self.idle = _only_raised(typed.function.body, self.uses) | (self.varied - needed(typed, self.varied))
        self.build = Builder(dict(typed.kinds), answers)
        self.build.known = {s.out: s for s in walk(typed.function.body) if isinstance(s, Op) and s.prim in _NAMED}
        self.tangent_callee = tangent_callee
        self.both = both
        self.dots: dict[Value, Value] = {}
        self.made: dict[Value, Op] = {}         # primal operations by result

    # ---- tangents of values ----

    def dot_of(self, value: Value) -> Value:
        """A new value: the tangent of a value that is a parameter or the result of a region statement."""
        hint = None if value.hint is None else f"{value.hint}_dot"
        dot = self.build.value(tangent_kind(self.build.kind(value)), hint, value.user)
        self.dots[value] = dot
        return dot

    def dot(self, atom: Atom) -> Atom:
        """The tangent of an atom, zero if it has none."""
        found = self.dots.get(atom) if isinstance(atom, Value) else None
        if found is None and atom in self.unsure and not isinstance(self.build.kind(atom), Number):
            return self.build.op(by_name("zero_like"), atom)       # it may be None: it is not taken apart
        return zero(self.build, atom, self.made) if found is None else found

    def dot_carried(self, atom: Atom) -> Atom:
        """The tangent of what a region yields or a loop starts from: what is never bound there has none."""
        return UNDEF if isinstance(self.build.kind(atom), Bottom) else self.dot(atom)

    def bind(self, value: Value, dot: Atom) -> None:
        """Make `dot` the tangent of a value, under its name if it was just made and has none."""
        last = self.build.stmts[-1] if self.build.stmts else None
        if value.hint is not None and isinstance(last, Op) and last.outs == (dot,) and last.out.hint is None:
            named = self.build.value(self.build.kind(dot), f"{value.hint}_dot", value.user)
            self.build.made[named] = Op((named,), last.prim, last.args, last.kw, last.static, last.origin)
            self.build.stmts[-1] = self.build.made[named]
            dot = named
        self.dots[value] = dot  # type: ignore[assignment]

    # ---- regions ----

    def region(self, region: Region, places: Positions, loop: Positions | None) -> Region:
        """A region with tangents; `places` of what it yields, and `loop` of what the loop carries, have tangents."""
        with self.build.region() as stmts:
            for stmt in region.stmts:
                self.build.origin = getattr(stmt, "origin", None)
                _STMTS[type(stmt)](self, stmt, loop)
            exit = self.exit(region.exit, places, loop)
        return Region(tuple(stmts), exit)

    def exit(self, exit: Exit, places: Positions, loop: Positions | None) -> Exit:
        if isinstance(exit, Raise) or not exit.vals:
            return exit
        if isinstance(exit, Return):
            dot = self.dot(exit.vals[0])
            return Return((self.build.op(prims.TUPLE, exit.vals[0], dot),)) if self.both else Return((dot,))
        chosen = places if isinstance(exit, Yield) else loop or ()
        return type(exit)((*exit.vals, *[self.dot_carried(exit.vals[k]) for k in chosen]))

    # ---- statements ----

    def op(self, op: Op, loop: Positions | None) -> None:
        check_unknown_code(op, self.build.kind, self.varied)
        self.made.update(dict.fromkeys(op.outs, op))
        if self.varied.isdisjoint(op.outs) or self.idle.issuperset(op.outs):
            if op.prim is prims.METHOD and op.args[0] in self.varied:
                refuse(op)
            self.build.add(op)
            return
        outer, self.build.stmts = self.build.stmts, []
        TANGENTS.get(op.prim, tangent_by_rule)(self, op)
        inner, self.build.stmts = self.build.stmts, outer
        reads_result = not count_uses(Region(tuple(inner), Yield())).keys().isdisjoint(op.outs)
        self.build.stmts += [op, *inner] if reads_result else [*inner, op]

    def call(self, call: Call, loop: Positions | None) -> None:
        if call.out not in self.varied or call.out in self.idle:
            self.build.add(call)
            return
        active = tuple([a in self.dots for a in call.args])
        callee = self.tangent_callee(call.callee, tuple(map(self.build.kind, call.args)), active)
        kind = self.build.kind(call.out)
        dots = [self.dots[a] for a in call.args if a in self.dots]  # type: ignore[index]
        pair = self.build.call(callee, (*call.args, *dots), Tuple((kind, tangent_kind(kind))))
        self.build.add(Op((call.out, self.dot_of(call.out)), prims.UNPACK, (pair,), (), PAIR, call.origin))

    def branch(self, stmt: If, loop: Positions | None) -> None:
        places = tuple([k for k, out in enumerate(stmt.outs) if out in self.varied])
        then, orelse = self.region(stmt.then, places, loop), self.region(stmt.orelse, places, loop)
        outs = (*stmt.outs, *[self.dot_of(stmt.outs[k]) for k in places])
        self.build.add(If(outs, stmt.cond, then, orelse, stmt.origin))

    def loop(self, stmt: For | While, outer: Positions | None) -> None:
        places = tuple([k for k, pair in enumerate(zip(stmt.params, stmt.outs)) if not self.varied.isdisjoint(pair)])
        init = (*stmt.init, *[self.dot_carried(stmt.init[k]) for k in places])
        params = (*stmt.params, *[self.dot_of(stmt.params[k]) for k in places])
        if isinstance(stmt, While):
            cond, body = self.region(stmt.cond, (), None), self.region(stmt.body, places, places)
        elif stmt.target in self.varied:
            target, iterable, unpack = self.pairs(stmt)
            body = self.region(stmt.body, places, places)
            body = Region((unpack, *body.stmts), body.exit)
        else:
            target, iterable, body = stmt.target, stmt.iter, self.region(stmt.body, places, places)
        outs = (*stmt.outs, *[self.dot_of(stmt.outs[k]) for k in places])
        self.build.add(While(outs, params, init, cond, body, stmt.origin) if isinstance(stmt, While) else
                       For(outs, target, iterable, params, init, body, stmt.origin))

    def pairs(self, stmt: For) -> tuple[Value, Atom, Op]:
        """Iteration over elements together with their tangents."""
        iterable = self.build.op(by_name("zip"), stmt.iter, self.dot(stmt.iter))
        kind = self.build.kind(stmt.target)
        target = self.build.value(Tuple((kind, tangent_kind(kind))))
        unpack = Op((stmt.target, self.dot_of(stmt.target)), prims.UNPACK, (target,), (), PAIR, stmt.origin)
        return target, iterable, unpack


def _note(sweep: Sweep, note: Stmt, loop: Positions | None) -> None:
    sweep.build.add(note)


_STMTS: dict[type, Callable[..., None]] = {
    Op: Sweep.op, Call: Sweep.call, If: Sweep.branch, For: Sweep.loop, While: Sweep.loop, Note: _note,
}
