"""Forward mode on small cores built by hand: each checked, evaluated and compared with differences."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.build import FULL, Builder
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinding import kind_of_value
from tangent2.core.kinds import BOTTOM, FLOAT, INT, UNKNOWN, Array, List, Sym, Tuple
from tangent2.core.syntax import (
    UNDEF, Break, Callee, Const, Continue, For, Function, If, IndexSpec, Op, Raise, Region, Return, Typed, Value, While,
    Yield,
)
from tangent2.errors import NoDerivativeError
from tangent2.rules.declare import by_name
from tangent2.transform.forward import forward

C = Const
FIRST = IndexSpec((None,))
VECTOR = Array("float64", (Sym(0),))


class Program:
    """A core under construction: parameters with kinds, operations through the builder."""

    def __init__(self, *kinds: Any) -> None:
        self.build = Builder()
        self.params = tuple(self.build.value(kind, f"p{k}", True) for k, kind in enumerate(kinds))

    def __call__(self, name: Any, *args: Any, **facts: Any) -> Value:
        return self.build.op(by_name(name) if isinstance(name, str) else name, *args, **facts)

    def new(self, kind: Any, hint: str = "v") -> Value:
        return self.build.value(kind, hint, True)

    def region(self, body: Callable[[], Any]) -> Region:
        with self.build.region() as stmts:
            exit = body()
        return Region(tuple(stmts), exit)

    def loop(self, count: Any, inits: list[Any], kinds: list[Any], body: Callable[..., Any]) -> tuple[Value, ...]:
        target, params = self.new(INT, "i"), tuple(map(self.new, kinds))
        outs = tuple(map(self.new, kinds))
        over = self("range", count)
        region = self.region(lambda: body(target, *params))
        self.build.add(For(outs, target, over, params, tuple(inits), region))
        return outs

    def branch(self, cond: Any, kinds: list[Any], then: Callable[[], Any],
               orelse: Callable[[], Any]) -> tuple[Value, ...]:
        outs = tuple(map(self.new, kinds))
        self.build.add(If(outs, cond, self.region(then), self.region(orelse)))
        return outs

    def close(self, result: Any, exit: Any = None) -> Typed:
        body = Region(tuple(self.build.stmts), exit or Return((result,)))
        kind = self.build.kind(result)
        return Typed(Function("f", self.params, body), self.build.kinds, kind)


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [] if tree is None or isinstance(tree, str) else [np.asarray(tree, float)]


def shift(arg: Any, dot: Any, t: float) -> Any:
    if isinstance(arg, (list, tuple)):
        return type(arg)(shift(a, d, t) for a, d in zip(arg, dot))
    return arg + t * dot


def direction(arg: Any, rng: np.random.Generator) -> Any:
    if isinstance(arg, (list, tuple)):
        return type(arg)(direction(a, rng) for a in arg)
    return rng.uniform(-1.0, 1.0, np.shape(arg)) if np.ndim(arg) else float(rng.uniform(-1.0, 1.0))


def unknown(typed: Typed) -> Typed:
    """The same function with nothing known of any kind."""
    return Typed(typed.function, dict.fromkeys(typed.kinds, UNKNOWN), UNKNOWN)


def jvp_of(typed: Typed, active: tuple[bool, ...], result: str = "both") -> Typed:
    made = forward(typed, active, tangent_callee, result)
    check(made.function, made.kinds)
    return made


def tangent_callee(callee: Callee, kinds: tuple[Any, ...], active: tuple[bool, ...]) -> Callee:
    return Callee((callee.key, "jvp", active), f"jvp_{callee.name}", lambda _: jvp_of(callee.core(kinds), active))


def verify(typed: Typed, *args: Any, active: tuple[bool, ...] | None = None, second: bool = True) -> None:
    """The tangent and, by transforming again, the second derivative along the same direction."""
    check(typed.function, typed.kinds)
    rng = np.random.default_rng(5)
    active = active or tuple(not isinstance(a, int) for a in args)
    dots = [direction(a, rng) for a, on in zip(args, active) if on]

    def at(t: float) -> list[Any]:
        moving = iter(dots)
        return [shift(a, next(moving), t) if on else a for a, on in zip(args, active)]

    for chosen in (typed, unknown(typed)):
        made = jvp_of(chosen, active)
        primal, tangent = evaluate(made.function, (*args, *dots))
        close(leaves(primal), leaves(evaluate(typed.function, args)), 1e-13)
        h = 1e-6
        ahead, behind = (leaves(evaluate(typed.function, tuple(at(t)))) for t in (h, -h))
        close(leaves(tangent), [(a - b) / (2 * h) for a, b in zip(ahead, behind)], 1e-6)
        only = jvp_of(chosen, active, "tangent")
        close(leaves(evaluate(only.function, (*args, *dots))), leaves(tangent), 1e-13)
        if second:
            again = jvp_of(only, (*active, *[False] * len(dots)))
            _, curvature = evaluate(again.function, (*args, *dots, *dots))
            ahead, behind = (leaves(evaluate(only.function, (*at(t), *dots))) for t in (h, -h))
            close(leaves(curvature), [(a - b) / (2 * h) for a, b in zip(ahead, behind)], 1e-5)


def close(got: list[Any], wanted: list[Any], tolerance: float) -> None:
    assert len(got) == len(wanted)
    for g, w in zip(got, wanted):
        assert np.shape(g) == np.shape(w)
        np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance)


def test_straight_line() -> None:
    p = Program(FLOAT, FLOAT)
    x, y = p.params
    a = p(prims.MUL, x, y, hint="a", user=True)
    verify(p.close(p(prims.ADD, p(prims.DIV, p("np.sin", a), x), a)), 1.3, 0.7)


def test_broadcasting_sums() -> None:
    p = Program(VECTOR, FLOAT)
    x, b = p.params
    scaled = p(prims.MUL, p(prims.ADD, C(1.0), b), p(prims.ADD, x, b))
    for active in ((True, True), (False, True), (True, False)):
        verify(p.close(p(prims.ADD, x, scaled)), np.array([0.5, 1.5]), 0.7, active=active)
        verify(p.close(p(prims.ADD, x, b)), np.array([0.5, 1.5]), 0.7, active=active)
        verify(p.close(p("np.where", p(prims.GT, x, C(1.0)), x, b)), np.array([0.5, 1.5]), 0.7, active=active)


def test_loop() -> None:
    p = Program(FLOAT, INT)
    x, n = p.params

    def body(i: Value, s: Value, v: Value) -> Any:
        term = p(prims.DIV, p(prims.MUL, v, v), p(prims.ADD, i, C(1)))
        return Yield((p(prims.ADD, s, term), p("np.sin", v)))
    s, _ = p.loop(n, [C(0.0), x], [FLOAT, FLOAT], body)
    for count in (0, 1, 4):
        verify(p.close(s), 0.8, count)


def test_exits_of_loops() -> None:
    p = Program(FLOAT, INT)
    x, n = p.params

    def body(i: Value, v: Value, last: Value) -> Any:
        big = p(prims.GT, v, C(2.0))
        p.branch(big, [], lambda: Break((v, p(prims.MUL, v, v))), lambda: Yield(()))
        odd = p(prims.EQ, p(prims.MOD, i, C(2)), C(1))
        p.branch(odd, [], lambda: Continue((p(prims.ADD, v, x), last)), lambda: Yield(()))
        return Yield((p(prims.MUL, v, C(1.5)), last))
    v, last = p.loop(n, [x, C(1.0)], [FLOAT, FLOAT], body)
    for count in (0, 2, 3, 8):
        verify(p.close(p(prims.MUL, v, last)), 0.7, count)


def test_return_inside_a_loop() -> None:
    p = Program(FLOAT, INT)
    x, n = p.params

    def body(i: Value, v: Value) -> Any:
        p.branch(p(prims.GT, v, C(1.5)), [], lambda: Return((p(prims.MUL, v, x),)), lambda: Yield(()))
        return Yield((p(prims.MUL, v, C(1.5)),))
    v, = p.loop(n, [x], [FLOAT], body)
    for count in (1, 5):
        verify(p.close(v), 0.7, count)


def test_branch_joins_active_and_inactive() -> None:
    p = Program(FLOAT, FLOAT)
    x, y = p.params
    z, = p.branch(p(prims.LT, x, C(1.0)), [FLOAT], lambda: Yield((p(prims.MUL, x, x),)), lambda: Yield((C(3.0),)))
    for at in (0.5, 1.5):
        verify(p.close(p(prims.MUL, z, y)), at, 0.7)


def test_leaving_branches_and_undef() -> None:
    p = Program(FLOAT)
    x, = p.params
    y, _ = p.branch(p(prims.LT, x, C(1.0)), [FLOAT, FLOAT], lambda: Yield((p("np.exp", x), UNDEF)),
                    lambda: Return((p("np.sin", x),)))
    for at in (0.5, 1.5):
        verify(p.close(p(prims.MUL, y, x)), at)
    p = Program(FLOAT)
    x, = p.params
    p.branch(p(prims.LT, x, C(1.0)), [], lambda: Return((p("np.exp", x),)), lambda: Raise(()))
    verify(p.close(x, Yield(())), 0.5)


def test_while() -> None:
    p = Program(FLOAT)
    x, = p.params
    params, outs = (p.new(FLOAT), p.new(FLOAT)), (p.new(FLOAT), p.new(FLOAT))
    cond = p.region(lambda: Yield((p(prims.GT, params[0], C(1.0)),)))
    body = p.region(lambda: Yield((p(prims.MUL, params[0], C(0.5)), p(prims.ADD, params[1], p("np.cos", params[0])))))
    p.build.add(While(outs, params, (x, C(0.0)), cond, body))
    verify(p.close(p(prims.ADD, *outs)), 5.3)


@pytest.mark.parametrize("prim", (prims.SETITEM, prims.ADDITEM, prims.SUBITEM, prims.MULITEM, prims.DIVITEM))
@pytest.mark.parametrize("active", ((True, True), (True, False), (False, True)))
def test_updates_of_parts(prim: Any, active: tuple[bool, bool]) -> None:
    p = Program(VECTOR, FLOAT)
    x, v = p.params
    u = p(prims.COPY, x)
    u = p(prim, u, C(1), v, static=FIRST, hint="u", user=True)
    u = p(prim, u, v, static=FULL)
    verify(p.close(p(prims.MUL, u, u)), np.array([0.5, 1.5, 2.5]), 0.7, active=active)


def test_updates_in_a_loop_of_a_new_array() -> None:
    p = Program(FLOAT, INT)
    x, n = p.params

    def body(i: Value, u: Value) -> Any:
        return Yield((p(prims.SETITEM, u, i, p(prims.MUL, x, p(prims.ADD, i, C(1.0))), static=FIRST),))
    u, = p.loop(n, [p("np.zeros", n)], [Array("float64", (None,))], body)
    verify(p.close(p("np.sum", p(prims.MUL, u, u))), 0.7, 3)


@pytest.mark.parametrize("static", (prims.ADD, prims.SUB, prims.MUL, prims.DIV))
@pytest.mark.parametrize("active", ((True, True), (True, False), (False, True)))
def test_accumulation(static: Any, active: tuple[bool, bool]) -> None:
    p = Program(VECTOR, FLOAT)
    u = p(prims.ACCUMULATE, p(prims.COPY, p.params[0]), p.params[1], static=static)
    verify(p.close(p(prims.MUL, u, u)), np.array([0.5, 1.5, 2.5]), 0.7, active=active)


def test_lists_as_stacks() -> None:
    p = Program(FLOAT, INT)
    x, n = p.params

    def fill(i: Value, out: Value, v: Value) -> Any:
        v = p("np.sin", v)
        return Yield((p(prims.PUSH, out, v), v))
    out, _ = p.loop(n, [p(prims.LIST), x], [List(FLOAT), FLOAT], fill)

    def drain(i: Value, out: Value, s: Value) -> Any:
        out, v = p.build.ops(prims.POP, (out,), hints=(("out", True), ("v", True)))
        return Yield((out, p(prims.ADD, p(prims.MUL, s, v), v)))
    _, s = p.loop(n, [out, C(0.0)], [List(FLOAT), FLOAT], drain)
    for count in (0, 3):
        verify(p.close(s), 0.8, count)


def test_containers() -> None:
    p = Program(FLOAT, VECTOR, INT)
    x, u, n = p.params
    whole = p(prims.TUPLE, x, n, C("label"), p(prims.LIST, u, u))
    a, b, _, d = p.build.ops(prims.UNPACK, (whole,), static=(4, False, 0), hints=((None, False),) * 4)
    table = p(prims.DICT, a, C(2.0), static=("first", "second"))
    first = p(prims.GETITEM, table, C("first"), static=FIRST)
    vector = p("sum", p(prims.MUL, d, C(2)))
    verify(p.close(p(prims.MUL, first, p("np.sum", vector))), 0.7, np.array([0.5, 1.5]), 3, second=False)


def test_iteration_over_an_iterator() -> None:
    p = Program(List(FLOAT), List(FLOAT))
    xs, ys = p.params
    target, param, out = p.new(Tuple((INT, Tuple((FLOAT, FLOAT))))), p.new(FLOAT), p.new(FLOAT)
    over = p("enumerate", p("zip", xs, ys))

    def body() -> Any:
        i, pair = p.build.ops(prims.UNPACK, (target,), static=(2, False, 0), hints=((None, False),) * 2)
        x, y = p.build.ops(prims.UNPACK, (pair,), static=(2, False, 0), hints=((None, False),) * 2)
        return Yield((p(prims.ADD, param, p(prims.MUL, p(prims.MUL, x, y), i)),))
    p.build.add(For((out,), target, over, (param,), (C(0.0),), p.region(body)))
    for active in ((True, True), (False, True)):
        verify(p.close(out), [0.5, 1.5, 0.7], [0.4, 0.3, 0.2], active=active)


def callee() -> Callee:
    q = Program(FLOAT, FLOAT)
    x, y = q.params
    typed = q.close(q(prims.TUPLE, q(prims.MUL, x, y), q("np.sin", x)))
    return Callee("g", "g", lambda kinds: typed)


@pytest.mark.parametrize("active", ((True, True), (True, False), (False, True)))
def test_calls(active: tuple[bool, bool]) -> None:
    p = Program(FLOAT, FLOAT)
    x, y = p.params
    pair = p.build.call(callee(), (x, y), Tuple((FLOAT, FLOAT)))
    a, b = p.build.ops(prims.UNPACK, (pair,), static=(2, False, 0), hints=((None, False),) * 2)
    idle = p.build.call(callee(), (C(0.3), C(0.4)), Tuple((FLOAT, FLOAT)))
    c = p.build.getitem(idle, 1)
    verify(p.close(p(prims.MUL, p(prims.ADD, a, b), c)), 0.7, 1.3, active=active)


def test_inactive_code_passes_through() -> None:
    p = Program(FLOAT, INT)
    x, n = p.params
    p.build.ops(prims.VERBATIM, (x,), static=prims.Template(None, "print(x)"), hints=((None, False),))
    count = p(prims.ADD, n, C(1))
    typed = p.close(p(prims.MUL, x, count))
    made = jvp_of(typed, (True, False))
    assert set(typed.function.body.stmts) <= set(made.function.body.stmts)


def test_opaque_active_code_is_refused() -> None:
    p = Program(FLOAT)
    x, = p.params
    text, = p.build.ops(prims.VERBATIM, (x,), static=prims.Template(None, "mystery(x)"), hints=((None, False),))
    with pytest.raises(NoDerivativeError, match="mystery"):
        jvp_of(p.close(p(prims.MUL, x, text)), (True,))
    p = Program(UNKNOWN)
    p.build.ops(prims.METHOD, (p.params[0], C(0)), static="insert", hints=((None, False),))
    with pytest.raises(NoDerivativeError, match="insert"):
        jvp_of(p.close(p.params[0]), (True,))


def test_names_follow_the_primal() -> None:
    p = Program(FLOAT)
    x, = p.params
    v = p(prims.MUL, x, p("np.sin", x), hint="v", user=True)
    made = jvp_of(p.close(v), (True,))
    ops = [s for s in made.function.body.stmts if isinstance(s, Op)]
    named = [o.out.hint for o in ops if o.out.hint]
    assert named == ["v_dot", "v"]
    assert BOTTOM == List(BOTTOM).elt and kind_of_value(1.0) == FLOAT
