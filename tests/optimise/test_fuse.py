"""Fusion of branches: what is merged, what must not be, and that random cores mean the same afterwards."""
from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinds import BOOL, FLOAT, OBJECT, UNKNOWN, Array, Kind
from tangent2.core.prims import Prim
from tangent2.core.show import show
from tangent2.core.syntax import (
    UNDEF, Atom, Const, Exit, For, Function, If, IndexSpec, Note, Op, Raise, Region, Return, SliceSpec, Stmt, Typed,
    Value, Yield, walk,
)
from tangent2.core.valuekinds import signature
from tangent2.optimise.dead import drop_dead
from tangent2.optimise.fuse import fuse
from tangent2.pipeline import BEAUTIFY, Compiler
from tangent2.switches import Switches
from tangent2.python.load import load

LOG: list[Any] = []


def _say(x: Any) -> Any:
    LOG.append(x)
    return x


def _error(x: Any) -> Exception:
    return ValueError(x)


SAY = Prim("say", ("call", "tests.optimise.test_fuse", "_say"), effect="effect", obj=_say)
ERROR = Prim("error", ("call", "tests.optimise.test_fuse", "_error"), obj=_error)
SIN = Prim("np.sin", ("call", "numpy", "sin"), obj=np.sin)
ONE, TWO = Const(1.0), Const(2.0)
VEC = Array("float64", (3,))
ALL = IndexSpec((SliceSpec(),))


def ifs(typed: Typed) -> int:
    return sum(isinstance(s, If) for s in walk(typed.function.body))


class Make:
    """A function of (c, x) by hand: `m.op` appends, `m.branch` appends an If of two lists of steps."""

    def __init__(self, result: Kind = FLOAT) -> None:
        self.kinds: dict[Value, Kind] = {}
        self.stmts: list[Stmt] = []
        self.c, self.x = self.value(BOOL, "c"), self.value(FLOAT, "x")

    def value(self, kind: Kind = FLOAT, hint: str | None = None) -> Value:
        new = Value(hint, hint is not None)
        self.kinds[new] = kind
        return new

    def op(self, prim: Prim, *args: Atom, hint: str | None = None, kind: Kind = FLOAT, static: Any = None) -> Value:
        out = self.value(kind, hint)
        self.stmts.append(Op((out,), prim, args, static=static))
        return out

    def arm(self, prim: Prim | None, *args: Atom, kind: Kind = FLOAT) -> Region:
        """A region that yields one operation, or its only operand."""
        if prim is None:
            return Region((), Yield(args))
        kept, self.stmts = self.stmts, []
        out = self.op(prim, *args, kind=kind)
        stmts, self.stmts = self.stmts, kept
        return Region(tuple(stmts), Yield((out,)))

    def branch(self, then: Region, orelse: Region, cond: Value | None = None, kind: Kind = FLOAT) -> Value:
        out = self.value(kind)
        self.stmts.append(If((out,), cond or self.c, then, orelse))
        return out

    def note(self) -> None:
        self.stmts.append(Note("Backward pass"))

    def done(self, *results: Value) -> tuple[Typed, Typed]:
        """Before, and after fusion; both checked, and evaluated to the same."""
        result = results[0] if len(results) == 1 else self.op(prims.TUPLE, *results, kind=UNKNOWN)
        function = Function("f", (self.c, self.x), Region(tuple(self.stmts), Return((result,))))
        before = Typed(function, self.kinds, UNKNOWN)
        after = fuse(before)
        agree(before, after)
        return before, after


def agree(before: Typed, after: Typed, arguments: Any = ((True, 0.7), (False, 0.7))) -> None:
    check(before.function, before.kinds)
    check(after.function, after.kinds)
    for args in arguments:
        assert outcome(before, args) == outcome(after, args), f"{show(before.function)}\n{show(after.function)}"


def outcome(typed: Typed, args: tuple[Any, ...]) -> tuple[str, list[str]]:
    """The result or the error, and what was said."""
    LOG.clear()
    try:
        found = repr(evaluate(typed.function, args))
    except (ValueError, UnboundLocalError) as error:
        found = f"{type(error).__name__}: {error}"
    return found, list(map(repr, LOG))


def pair(m: Make, middle: Any = None) -> tuple[Typed, Typed]:
    """`y = sin(x) if c else undef`, what `middle` adds, `z = y * y if c else 0.0`, return z."""
    y = m.branch(m.arm(SIN, m.x), m.arm(None, UNDEF))
    w = middle(y) if middle else y
    z = m.branch(m.arm(prims.MUL, w, w), m.arm(None, ONE))
    return m.done(z)


def test_forward_and_reverse_branch() -> None:
    m = Make()
    y = m.branch(m.arm(prims.MUL, m.x, m.x), m.arm(SIN, m.x))
    m.note()
    _, after = m.done(m.branch(m.arm(prims.ADD, m.x, m.x), m.arm(prims.MUL, y, m.x)))
    only, = after.function.body.stmts
    assert isinstance(only, If) and len(only.outs) == 1
    assert [s.prim for s in only.orelse.stmts] == [SIN, prims.MUL]  # type: ignore[union-attr]
    assert [s.prim for s in drop_dead(after).function.body.stmts[0].then.stmts] == [prims.ADD]  # type: ignore


def test_a_result_still_read_stays() -> None:
    m = Make()
    y = m.branch(m.arm(SIN, m.x), m.arm(None, ONE))
    z = m.branch(m.arm(prims.MUL, y, y), m.arm(None, TWO))
    before, after = m.done(y, z)
    assert ifs(after) == ifs(before) == 2       # merging would save nothing


def test_one_of_two_results_stays() -> None:
    m = Make()
    then, y, s = m.arm(SIN, m.x), m.value(), m.value()
    m.stmts.append(If((y, s), m.c, Region(then.stmts, Yield((*then.exit.vals, m.x))), Region((), Yield((ONE, UNDEF)))))
    m.note()
    t = m.op(prims.MUL, y, y)
    _, after = m.done(t, m.branch(m.arm(prims.MUL, s, s), m.arm(None, TWO)))
    merged, note, *_ = after.function.body.stmts
    assert isinstance(merged, If) and len(merged.outs) == 2 and isinstance(note, Note)      # y, and the second's


def test_independent_goes_before_dependent_after() -> None:
    m = Make()
    y = m.branch(m.arm(SIN, m.x), m.arm(None, ONE))
    a = m.op(SIN, m.x)
    m.note()
    b = m.op(prims.NEG, a)
    s = m.op(SIN, a)
    z = m.branch(m.arm(prims.MUL, y, b), m.arm(None, TWO))
    _, after = m.done(z, s)
    assert [type(t).__name__ for t in after.function.body.stmts] == ["Op", "Op", "If", "Note", "Op", "Op"]


def test_cheap_operations_are_repeated_inside() -> None:
    _, after = pair(m := Make(), lambda y: m.op(prims.NEG, m.op(prims.MUL, m.x, m.x)))
    assert ifs(after) == 2                      # no result of the first is read: nothing to gain
    m = Make()
    y = m.branch(m.arm(SIN, m.x), m.arm(None, TWO))
    t = m.op(prims.NEG, y)
    _, after = m.done(m.branch(m.arm(prims.MUL, t, t), m.arm(prims.ADD, t, ONE)))
    only, = after.function.body.stmts
    assert [s.prim for s in only.then.stmts] == [SIN, prims.NEG, prims.MUL]         # type: ignore[union-attr]
    assert [s.prim for s in only.orelse.stmts] == [prims.NEG, prims.ADD]            # type: ignore[union-attr]


@pytest.mark.parametrize("chain", [[SIN], [prims.NEG] * 4, [SAY]])
def test_costly_many_or_effects_are_not(chain: list[Prim]) -> None:
    m = Make()
    y = m.branch(m.arm(SIN, m.x), m.arm(None, TWO))
    for prim in chain:
        y = m.op(prim, y)
    before, after = m.done(m.branch(m.arm(prims.MUL, y, y), m.arm(None, ONE)))
    assert after is before


def test_effects_keep_their_order() -> None:
    for first, between, second, merged in [(SAY, SAY, SAY, False), (SAY, SAY, SIN, True), (SIN, SAY, SAY, True)]:
        m = Make()
        y = m.branch(m.arm(first, m.x), m.arm(None, ONE))
        s = m.op(between, TWO)
        _, after = m.done(m.branch(m.arm(second, y), m.arm(None, TWO)), s)
        assert (ifs(after) == 1) is merged, (first, between, second)


def test_nothing_goes_before_a_guard() -> None:
    m = Make()
    error = m.value(OBJECT)
    y, y1 = m.value(), m.value()
    m.stmts.append(If((y,), m.c, Region((Op((error,), ERROR, (m.x,)),), Raise((error,))),
                      Region((Op((y1,), SIN, (m.x,)),), Yield((y1,)))))
    a = m.op(SIN, m.x)
    kept = list(m.stmts)
    z = m.branch(m.arm(None, ONE), m.arm(prims.MUL, y, a))
    assert ifs(m.done(z)[1]) == 2               # sin(x) may raise, costs, and is needed
    m.stmts = kept[:1]
    _, after = m.done(m.branch(m.arm(None, ONE), m.arm(prims.MUL, y, y)))
    only, = after.function.body.stmts
    assert isinstance(only, If) and isinstance(only.then.exit, Raise) and len(only.orelse.stmts) == 2


def test_a_guard_between_stays_before_the_second() -> None:
    m = Make()
    y = m.branch(m.arm(SIN, m.x), m.arm(None, ONE))
    error = m.value(OBJECT)
    d = m.op(prims.GT, y, TWO, kind=BOOL)
    m.stmts.append(If((), d, Region((Op((error,), ERROR, (y,)),), Raise((error,))), Region((), Yield())))
    before, after = m.done(m.branch(m.arm(prims.MUL, y, y), m.arm(None, TWO)))
    assert after is before


def test_undef_that_is_read_is_not_substituted() -> None:
    m = Make()
    y = m.branch(m.arm(SIN, m.x), m.arm(None, UNDEF))
    before, after = m.done(m.branch(m.arm(prims.MUL, y, y), m.arm(prims.ADD, y, ONE)))
    assert after is before


def test_no_old_version_is_kept_alive() -> None:
    """Were the update moved before the first branch, which reads the old version, the array would be copied."""
    m = Make()
    u = m.op(prims.LIST, ONE, m.x, kind=VEC)
    first = m.arm(prims.GETITEM, u, Const(0))
    first = Region((Op(first.stmts[0].outs, prims.GETITEM, (u, Const(0)), static=IndexSpec((None,))),), first.exit)
    y = m.branch(first, m.arm(None, ONE))
    u1 = m.op(prims.SETITEM, u, Const(0), TWO, kind=VEC, static=IndexSpec((None,)))
    g = Op((m.value(),), prims.GETITEM, (u1, Const(0)), static=IndexSpec((None,)))
    z1 = m.value()
    z = m.branch(Region((g, Op((z1,), prims.MUL, (g.out, y))), Yield((z1,))), m.arm(None, TWO))
    before, after = m.done(z)
    assert after is before


def test_nested() -> None:
    """Branches in merged branches are merged as well, on a condition that the first one made."""
    m = Make()
    d, a, y, t = m.value(BOOL), m.value(), m.value(), m.value(BOOL)
    inner = If((a,), d, m.arm(SIN, m.x), m.arm(None, UNDEF))
    m.stmts.append(If((t, y), m.c, Region((), Yield((UNDEF, UNDEF))),
                      Region((Op((d,), prims.GT, (m.x, ONE)), inner), Yield((d, a)))))
    m.note()
    b = m.value()
    inner = If((b,), t, m.arm(prims.MUL, y, y), m.arm(None, m.x))
    _, after = m.done(m.branch(m.arm(None, ONE), Region((inner,), Yield((b,)))))
    assert ifs(after) == 2 and len(after.function.body.stmts) == 1


class Generator:
    """Random functions of (c, d, x, y): branches on two conditions, guarded undef, effects, raises, returns, loops."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.kinds: dict[Value, Kind] = {}
        self.params = tuple([self.value(kind) for kind in (BOOL, BOOL, FLOAT, FLOAT)])
        self.left = 22

    def value(self, kind: Kind = FLOAT) -> Value:
        new = Value(self.random.choice((None, "a", "b")), self.random.random() < 0.5)
        self.kinds[new] = kind
        return new

    def typed(self) -> Typed:
        return Typed(Function("f", self.params, self.region([*self.params[2:]], {}, 0)), self.kinds, UNKNOWN)

    def region(self, scope: list[Value], guarded: dict[Any, list[Value]], depth: int,
               at: tuple[tuple[Value, bool], ...] = (), loop: bool = False) -> Region:
        """`guarded`: values that are bound where a condition has a value; `at`: what is known here."""
        scope, guarded, stmts = list(scope), {k: list(v) for k, v in guarded.items()}, []
        for _ in range(self.random.randint(6, 12) if not depth else self.random.randint(0, 3)):
            if self.left > 0:
                self.left -= 1
                known = scope + [v for key in at for v in guarded.get(key, ())]
                stmts += self.stmt(scope, known, guarded, depth, at)
        known = scope + [v for key in at for v in guarded.get(key, ())]
        if depth == 0:
            result = self.value(UNKNOWN)
            stmts.append(Op((result,), prims.TUPLE, tuple(self.random.choices(known, k=3))))
            return Region(tuple(stmts), Return((result,)))
        exit, more = self.exit(known, loop)
        return Region((*stmts, *more), exit)

    def exit(self, known: list[Value], loop: bool) -> tuple[Exit, list[Stmt]]:
        choice = self.random.random()
        if choice < 0.04 and not loop:
            return Return((self.random.choice(known),)), []
        if choice < 0.1:
            error = self.value(OBJECT)
            return Raise((error,)), [Op((error,), ERROR, (self.random.choice(known),))]
        return Yield((self.random.choice(known[-4:]),)), []

    def stmt(self, scope: list[Value], known: list[Value], guarded: Any, depth: int, at: Any) -> list[Stmt]:
        choice = self.random.random()
        if choice < 0.45 and depth < 3:
            return self.branch(scope, guarded, depth, at)
        if choice < 0.5 and depth < 2:
            return self.loop(scope, guarded, depth, at)
        if choice < 0.55 and not depth:
            return [Note("Backward pass")]
        out = self.value()
        prim = SAY if choice < 0.6 else self.random.choice((prims.ADD, prims.MUL, prims.NEG, SIN))
        args = self.random.choices(known[-5:] if self.random.random() < 0.7 else known,
                                   k=2 if prim in (prims.ADD, prims.MUL) else 1)
        scope.append(out)
        return [Op((out,), prim, tuple(args))]

    def branch(self, scope: list[Value], guarded: Any, depth: int, at: Any) -> list[Stmt]:
        cond = self.random.choice(self.params[:2])
        then, orelse = [self.region(scope, guarded, depth + 1, (*at, (cond, way))) for way in (True, False)]
        if not isinstance(then.exit, Yield) and not isinstance(orelse.exit, Yield):
            orelse = Region((), Yield((self.random.choice(scope),)))
        out = self.value()
        hole = self.random.random()
        if hole < 0.3 and isinstance(then.exit, Yield):
            orelse = Region(orelse.stmts, Yield((UNDEF,))) if isinstance(orelse.exit, Yield) else orelse
            guarded.setdefault((cond, True), []).append(out)
        elif hole < 0.6 and isinstance(orelse.exit, Yield):
            then = Region(then.stmts, Yield((UNDEF,))) if isinstance(then.exit, Yield) else then
            guarded.setdefault((cond, False), []).append(out)
        else:
            scope.append(out)
        return [If((out,), cond, then, orelse)]

    def loop(self, scope: list[Value], guarded: Any, depth: int, at: Any) -> list[Stmt]:
        items, target, param, out = self.value(UNKNOWN), self.value(), self.value(), self.value()
        make = Op((items,), prims.LIST, tuple([Const(float(k)) for k in range(self.random.randint(0, 2))]))
        body = self.region([*scope, target, param], guarded, depth + 1, at, True)
        init = self.random.choice(scope)
        scope.append(out)
        return [make, For((out,), target, items, (param,), (init,), body)]


ARGUMENTS = [(c, d, 0.7, -1.3) for c in (True, False) for d in (True, False)]


@pytest.mark.parametrize("start", range(0, 400, 40))
def test_random(start: int) -> None:
    merged = 0
    for seed in range(start, start + 40):
        before = Generator(seed).typed()
        after = fuse(before)
        agree(before, after, ARGUMENTS)
        merged += ifs(before) - ifs(after) > 0
        assert fuse(after) is after
    assert merged > 4


def _pick(x: float) -> float:
    if x < 0.0:
        return x * x
    y = np.sin(x)
    return y * x


def _power(x: float, n: int) -> float:
    if n == 0:
        return 1.0
    h = _power(x, n // 2)
    if n % 2:
        return x * h * h
    return h * h


@pytest.mark.parametrize("f, args, slope, branches", [
    (_pick, (0.7,), np.sin(0.7) + 0.7 * np.cos(0.7), 1), (_pick, (-0.7,), -1.4, 1)])
def test_gradients(f: Any, args: tuple[Any, ...], slope: float, branches: int) -> None:
    compiler = Compiler(Switches(checked=True))
    callee = compiler.gradient(compiler.callee(f), (0,), False, True)
    kinds = signature(args, compiler.function_kind)
    emitted = compiler.text(callee, kinds)
    assert load(emitted)(*args) == pytest.approx(slope)
    assert fuse in BEAUTIFY
    assert ifs(callee.core(kinds)) == branches
    assert "Backward pass" not in emitted.text.partition(f"def grad_{f.__name__}")[2]


def test_a_recursive_gradient_is_right() -> None:
    compiler = Compiler(Switches(checked=True))
    callee = compiler.gradient(compiler.callee(_power), (0,), False, True)
    emitted = compiler.text(callee, signature((1.1, 5), compiler.function_kind))
    assert load(emitted)(1.1, 5) == pytest.approx(5 * 1.1 ** 4)
