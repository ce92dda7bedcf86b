"""The batch transform: a function of one lane becomes one of all lanes, the axis of the batch in front.

Each value is the same in all lanes, and then its statement stays as it is, or another one in each
(`analysis/mapped.py`): then primitives have batching rules, calls call the callee for all lanes, and branches and
loops that lanes take differently are computed for all, under masks (`transform/masked.py`).  What cannot be is refused
by `CannotBatch`: the caller calls such a function once for each lane.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tangent2.analysis.mapped import Mapped, Summary, mapped
from tangent2.core import prims
from tangent2.core.build import Answers, Builder
from tangent2.core.kinds import Array, Dim, Kind
from tangent2.core.layouts import ATTEMPTED, MASKED, CannotBatch, Layout, batched, joined
from tangent2.core.syntax import (
    Call, Callee, Exit, For, Function, If, Note, Op, Raise, Region, Return, Stmt, Typed, Undef, Value, While, Yield,
    regions, walk,
)
from tangent2.core.walk import count_uses
from tangent2.rules.batching.declare import batching_rule, is_uniform
from tangent2.rules.batching.shapes import question
from tangent2.rules.declare import by_name
from tangent2.transform.attempts import is_repeatable
from tangent2.transform.lanes_in_turn import one_by_one
from tangent2.transform.masked import Masks
from tangent2.transform.relayout import Relayout
from tangent2.transform.structures import STRUCTURAL

BatchedCallee = Callable[[Callee, tuple[Kind, ...], tuple[Layout, ...], int, Dim], Callee]
ResultOf = Callable[[Callee, tuple[Kind, ...], tuple[Layout, ...], int, Dim], Layout]
HasEffect = Callable[[Call], bool]


def batch(typed: Typed, given: tuple[Layout, ...], size: Dim, name: str, summary: Summary, callee: BatchedCallee,
          has_effect: HasEffect, how: int = 0, answers: Answers | None = None,
          result_of: ResultOf | None = None) -> tuple[Typed, Mapped]:
    """The function for all lanes, and the layouts of its values; `given`: those of its parameters.

    size: the extent of the axis of the batch.  result_of: the layout of what a batched callee gives.
    how: it is called (see `layouts`); if not all lanes call it, which do is
    its last parameter.

    >>> from tangent2.core.kinds import FLOAT, Sym
    >>> from tangent2.core.show import show
    >>> x, y, z = Value("x", True), Value("y", True), Value("z", True)
    >>> body = (Op((z,), prims.MUL, (x, y)),)
    >>> f = Typed(Function("f", (x, y), Region(body, Return((z,)))), {x: FLOAT, y: FLOAT, z: FLOAT}, FLOAT)
    >>> print(show(batch(f, (True, False), Sym(0), "vmap_f", None, None, None)[0].function))
    def vmap_f(x.0, y.1):
        z.2 = mul(x.0, y.1)
        return z.2
    """
    facts = mapped(typed, given, summary, how)
    sweep = Sweep(typed, facts, size, callee, has_effect, answers)
    sweep.attempted, sweep.result_of = how & ATTEMPTED, result_of
    return sweep.function(name, given, bool(how & MASKED)), facts


class Sweep(Relayout):
    """What the walk over one function knows: what became of its values.

    now: of values that are others in each lane, those for all lanes.  masks: which lanes execute what stands here.
    """

    def __init__(self, typed: Typed, facts: Mapped, size: Dim, callee: BatchedCallee, has_effect: HasEffect,
                 answers: Answers | None) -> None:
        super().__init__(Builder(dict(typed.kinds), answers), typed, facts, size)
        self.callee, self.has_effect, self.attempted = callee, has_effect, 0
        self.result_of: ResultOf | None = None
        self.masked = set(facts.masked)
        self.merged = _merged(typed.function.body, facts)
        self.masks = Masks(self)

    def function(self, name: str, given: tuple[Layout, ...], masked: bool) -> Typed:
        function = self.typed.function
        params = [self.param(param, layout) for param, layout in zip(function.params, given)]
        if masked:
            self.masks.now = self.build.value(Array("bool", (self.extent,)), "mask")
            params.append(self.masks.now)
        with self.build.region() as stmts:
            for param, layout in zip(function.params, given):
                self.now[param] = self.to_layout(self.atom(param), self.kind(param), layout, self.facts.of(param))
            exit = self.region(function.body)
        if not isinstance(exit, (Return, Raise)):
            raise CannotBatch("the end of the function is not reached", function.origin)
        body = Region((*self.prologue(tuple(params), given), *stmts), exit)
        made = Function(name, tuple(params), body, function.origin, by_rows=function.by_rows,
                        owned=frozenset(new for old, new in zip(function.params, params) if old in function.owned),
                        apart=function.derived_apart)
        result = batched(self.typed.result, self.facts.result, self.extent)
        return Typed(made, self.build.kinds, result)

    def param(self, param: Value, layout: Layout) -> Value:
        """What a parameter becomes."""
        if layout is False:
            return param
        new = self.build.value(batched(self.typed.kinds[param], layout, self.extent), param.hint, param.user)
        self.now[param] = new
        return new

    # ---- regions and statements ----

    def region(self, region: Region) -> Exit:
        """Emit the statements of a region, and give how it ends; it yields what its own values became."""
        for stmt in region.stmts:
            self.build.origin = getattr(stmt, "origin", None)
            try:
                self.stmt(stmt)
            except CannotBatch as refusal:
                refusal.origin = refusal.origin or getattr(stmt, "origin", None)
                raise
        return self.masks.exit(region.exit)

    def inner(self, region: Region) -> tuple[list[Stmt], Exit]:
        """An inner region; masks that are made in it are not known behind it."""
        now, count = self.masks.now, len(self.masks.gone)
        with self.build.region() as stmts:
            exit = self.region(region)
        self.masks.now = now
        del self.masks.gone[count:]
        return stmts, exit

    def stmt(self, stmt: Stmt) -> None:
        if isinstance(stmt, Op):
            self.op(stmt)
        elif isinstance(stmt, Call):
            self.call(stmt)
        elif isinstance(stmt, If):
            (self.masks.branch if id(stmt) in self.masked else self.branch)(stmt)
        elif isinstance(stmt, (For, While)):
            (self.masks.loop if id(stmt) in self.masked else self.loop)(stmt)
        elif isinstance(stmt, Note):
            self.build.add(stmt)
        else:
            raise CannotBatch("what one lane raises does not end the others")

    def op(self, op: Op) -> None:
        if _is_noticed(op) and (self.masks.now is not None or not _prints(op)):
            raise CannotBatch("what a lane does can be noticed by others")
        if self.masks.now is not None and any(self.atom(a) in self.unsure for a in op.args):
            raise CannotBatch("a value may not be bound where not all lanes come")
        if is_uniform(op.prim) and any(self.layout(a) is not False for a in op.args):
            self.bind(op.out, question(self, op))
            return
        op = self.masks.guarded(op)
        if all(self.layout(a) is False for a in op.args) and not any(map(self.layout, op.outs)):
            self.plain(op)
            return
        if all(self.layout(a) is False for a in op.args) and op.args and len(op.outs) == 1:
            self.raised(op)
            return
        emit = STRUCTURAL.get(op.prim) or STRUCTURAL.get(op.prim.name)
        found = emit(self, op) if emit is not None else None
        if found is None:
            rule = batching_rule(op.prim)
            found = self.by_rule(rule, op) if rule is not None else one_by_one(self, op)
        for out, atom in zip(op.outs, found if isinstance(found, tuple) else (found,)):
            self.bind(out, atom)

    def raised(self, op: Op) -> None:
        """What is the same in all lanes, and meets what is not."""
        if op.prim is by_name("zero_like"):
            self.bind(op.out, self.zeros(self.atom(op.args[0]), self.kind(op.args[0]), self.layout(op.out)))
            return
        made = self.build.op(op.prim, *map(self.atom, op.args), kw=op.kw, static=op.static)
        self.build.kinds[made] = self.kind(op.out)
        self.bind(op.out, self.to_layout(made, self.kind(op.out), False, self.layout(op.out)))

    def plain(self, op: Op) -> None:
        """What is the same in all lanes stays as it is; its operands may have become others."""
        args = tuple(map(self.atom, op.args))
        op = op if args == op.args else replace(op, args=args)
        self.build.add(op)
        if len(op.outs) == 1:
            self.build.made[op.out] = op

    def by_rule(self, rule: Callable[..., object], op: Op) -> object:
        """By the batching rule; where that does not know the operands, lane by lane."""
        mark = len(self.build.stmts)
        try:
            return rule(self, op)
        except CannotBatch:
            del self.build.stmts[mark:]
            return one_by_one(self, op)

    def call(self, call: Call) -> None:
        given = tuple(map(self.layout, call.args))
        if not any(given):
            if not is_repeatable(call.callee, tuple(map(self.kind, call.args))):
                raise CannotBatch("a function is called that draws random numbers, or does what nobody knows")
            if self.masks.now is not None and self.has_effect(call):
                raise CannotBatch("a function is called that may raise, or do what can be noticed, for some lanes only")
            args = tuple(map(self.atom, call.args))
            if self.layout(call.out) is False:
                self.build.add(call if args == call.args else replace(call, args=args))
            else:
                self.widened(call, replace(call, args=args), False)
            return
        kinds = tuple(map(self.kind, call.args))
        made = self.callee(call.callee, kinds, given, self.how(), self.extent)
        args = tuple([self.shaped(a, layout) for a, layout in zip(call.args, given)])
        mask = (self.masks.now,) if self.masks.now is not None else ()
        assert self.result_of is not None
        have = self.result_of(call.callee, kinds, given, self.how(), self.extent)
        self.widened(call, Call((call.out,), made, (*args, *mask), call.origin), have)

    def widened(self, call: Call, made: Call, have: Layout) -> None:
        """Bind what a call gives; what it is joined with may be another thing in each lane where it is not."""
        want, kind = self.layout(call.out), self.kind(call.out)
        if joined(have, want) != want:
            raise CannotBatch("a function gives what is another thing in each lane, and was taken for one in all")
        out = self.build.value(batched(kind, have, self.extent), call.out.hint, call.out.user)
        self.build.add(replace(made, outs=(out,)))
        self.now[call.out] = self.to_layout(out, kind, have, want)

    def how(self) -> int:
        """How functions are called here."""
        return MASKED * (self.masks.now is not None) | self.attempted

    def attempt(self, op: Op) -> Value:
        """An attempt of a call: it raises in all lanes or in none."""
        classes, *args = op.args
        given = tuple(map(self.layout, args))
        what = op.static.what
        made = self.callee(what, tuple(map(self.kind, args)), given, self.how() | ATTEMPTED, self.extent)
        mask = (self.masks.now,) if self.masks.now is not None else ()
        static = replace(op.static, what=made)
        return self.build.op(op.prim, self.atom(classes), *map(self.atom, args), *mask, static=static)

    def branch(self, stmt: If) -> None:
        """All lanes take the same path: what is joined has one layout."""
        regions, kinds = [], []
        for region in (stmt.then, stmt.orelse):
            stmts, exit = self.inner(region)
            if isinstance(exit, Yield):
                with self.build.region() as more:
                    vals = tuple([self.fitted(v, out) for v, out in zip(region.exit.vals, stmt.outs)])
                exit, stmts = Yield(vals), [*stmts, *more]
                kinds.append(vals)
            regions.append(Region(tuple(stmts), exit))
        outs = tuple([self.out(v) for v in stmt.outs])
        for vals in kinds:
            self.unsure.update([out for out, val in zip(outs, vals) if isinstance(val, Undef) or val in self.unsure])
        self.build.add(If(outs, self.atom(stmt.cond), regions[0], regions[1], stmt.origin))

    def loop(self, stmt: For | While) -> None:
        """All lanes run it equally often."""
        init = tuple([self.fitted(a, p) for a, p in zip(stmt.init, stmt.params)])
        params = tuple([self.out(p) for p in stmt.params])
        if isinstance(stmt, While):
            asked, exit = self.inner(stmt.cond)
            cond = Region(tuple(asked), exit)
            body = self.carried(stmt)
            made: Stmt = While(tuple(map(self.out, stmt.outs)), params, init, cond, body, stmt.origin)
        else:
            iterable = self.rows(stmt.iter)
            target = self.out(stmt.target)
            body = self.carried(stmt)
            made = For(tuple(map(self.out, stmt.outs)), target, iterable, params, init, body, stmt.origin)
        self.build.add(made)

    def carried(self, stmt: For | While) -> Region:
        """The body of a loop; what its exits carry is fitted to its parameters by `Masks.exit`."""
        outer, self.masks.around = self.masks.around, stmt
        stmts, exit = self.inner(stmt.body)
        self.masks.around = outer
        if isinstance(exit, Yield):
            with self.build.region() as more:
                exit = Yield(tuple([self.fitted(v, p) for v, p in zip(stmt.body.exit.vals, stmt.params)]))
            stmts = [*stmts, *more]
        return Region(tuple(stmts), exit)


def _is_noticed(op: Op) -> bool:
    """Whether an operation may do more than give its result; making an exception does not."""
    plain = op.prim is prims.VERBATIM and (op.static.pure or op.static.error)
    silent = op.prim in (prims.READ, prims.CAUGHT) or op.prim.name == "same_lanes"
    return op.prim.effect == "effect" and not silent and not plain


def _prints(op: Op) -> bool:
    """Whether an operation prints something, which is the same in all lanes: once is enough."""
    node = getattr(op.static.node, "value", op.static.node) if op.prim is prims.VERBATIM else None
    return getattr(getattr(node, "func", None), "id", None) == "print"


def _merged(body: Region, facts: Mapped) -> frozenset[Value]:
    """Values that are read by nothing but what takes for each lane one of two: they need no name."""
    uses = count_uses(body)
    found: set[Value] = set()
    for stmt in walk(body):
        if id(stmt) in facts.masked:
            for region in regions(stmt)[-2 if isinstance(stmt, If) else -1:]:
                found.update([v for v in region.exit.vals if isinstance(v, Value) and uses[v] == 1])
    return frozenset(found)
