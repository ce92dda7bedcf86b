"""Dead code: what goes, and what never goes; numbers on random cores."""
from __future__ import annotations

import gast
import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinds import BOOL, FLOAT, INT, List
from tangent2.core.operations import deep_copy
from tangent2.core.show import show
from tangent2.core.syntax import (
    Break, Call, Callee, Const, For, Function, If, Op, Raise, Region, Return, Stmt, Typed, Value, While, Yield,
)
from tangent2.optimise.dead import contains_effect, drop_dead
from tests.optimise.random_cores import Generator, arguments
from tests.optimise.test_copies import same

PRINT = prims.Template(gast.parse("print(1)").body[0].value, "print(1)")
N = Value("n")
STEPS = Value("steps")


def function(stmts: list[Stmt], result: Value | Const, *params: Value) -> Typed:
    made = Function("f", params, Region(tuple(stmts), Return((result,))))
    check(made)
    return Typed(made, {}, FLOAT)


def after(stmts: list[Stmt], result: Value | Const, *params: Value) -> list[str]:
    found = drop_dead(function(stmts, result, *params)).function
    check(found)
    return show(found).splitlines()[1:]


def values(names: str) -> tuple[Value, ...]:
    return tuple(Value(name) for name in names.split())


def test_carried_value_that_only_feeds_itself() -> None:
    """B1: the sum of `damped_energy` is dead in its gradient, and so is what makes it."""
    x, n, t, i, s, v, s1, v1, a, s2, v2 = values("x n t i s v s1 v1 a s2 v2")
    ops = Op((a,), prims.MUL, (v, v)), Op((s2,), prims.ADD, (s, a)), Op((v2,), prims.NEG, (v,))
    body = Region(ops, Yield((s2, v2)))
    loop = For((s1, v1), i, t, (s, v), (Const(0.0), x), body)
    assert after([Op((t,), prims.LIST, (Const(1),)), loop], v1, x, n) == [
        "    t.2 = list(1)", "    v1.6 = for i.4 in t.2 carrying (v.3 := x.0):", "        v2.5 = neg(v.3)",
        "        yield v2.5", "    return v1.6"]


def test_loops_and_branches_of_dead_values_go() -> None:
    x, c, t, i, s, s1, s2, o, a = values("x c t i s s1 s2 o a")
    body = Region((Op((s2,), prims.ADD, (s, x)),), Yield((s2,)))
    branch = If((o,), c, Region((Op((a,), prims.NEG, (x,)),), Yield((a,))), Region((), Yield((s1,))))
    stmts: list[Stmt] = [Op((t,), prims.LIST, (Const(1),)), For((s1,), i, t, (s,), (Const(0.0),), body), branch]
    assert after(stmts, x, x, c) == ["    return x.0"]


def test_infinite_loop_goes() -> None:
    x, p, o = values("x p o")
    stmt = While((o,), (p,), (x,), Region((), Yield((Const(True),))), Region((), Yield((p,))))
    assert after([stmt], x, x) == ["    return x.0"]


def test_effects_stay_with_what_is_around_them() -> None:
    x, c, t, i, s, s1, o = values("x c t i s s1 o")
    printing = Op((o,), prims.VERBATIM, (), static=PRINT)
    branch = If((), c, Region((printing,), Yield(())), Region((), Yield(())))
    loop = For((s1,), i, t, (s,), (x,), Region((branch,), Yield((s,))))
    assert after([Op((t,), prims.LIST, (Const(1),)), loop], x, x, c) == [
        "    t.2 = list(1)", "    for i.3 in t.2:", "        if c.1:", "            o.4 = verbatim[print(1)]()",
        "            yield", "        else:", "            yield", "        yield", "    return x.0"]


def test_raise_stays() -> None:
    x, c, e = values("x c e")
    branch = If((), c, Region((Op((e,), prims.NEG, (x,)),), Raise((e,))), Region((), Yield(())))
    assert len(after([branch], x, x, c)) == 6
    assert contains_effect(branch.then)
    assert not contains_effect(branch.orelse)


def test_break_decides_what_is_carried() -> None:
    x, c, t, i, s, s1, s2 = values("x c t i s s1 s2")
    guard = If((), c, Region((), Break((s,))), Region((), Yield(())))
    loop = For((s1,), i, t, (s,), (x,), Region((guard, Op((s2,), prims.NEG, (s,))), Yield((s2,))))
    assert any("break" in line for line in after([Op((t,), prims.LIST, (Const(1),)), loop], s1, x, c))


def test_pop_of_a_live_list_stays() -> None:
    x, l0, l1, l2, a, b, l3 = values("x l0 l1 l2 a b l3")
    stmts: list[Stmt] = [Op((l0,), prims.LIST, (x, x)), Op((l1, a), prims.POP, (l0,)), Op((l2, b), prims.POP, (l1,)),
                         Op((l3,), prims.PUSH, (l2, x))]
    assert [s.prim for s in drop_dead(function(stmts, b, x)).function.body.stmts] == [  # type: ignore[union-attr]
        prims.LIST, prims.POP, prims.POP]


@pytest.mark.parametrize("effect", [True, False])
def test_calls(effect: bool) -> None:
    x, y = values("x y")
    callee = Callee("key", "g", lambda kinds: function([], x, x), python=abs)
    found = drop_dead(function([Call((y,), callee, (x,))], x, x), lambda c: effect)
    assert len(found.function.body.stmts) == effect


@pytest.mark.parametrize("seed", range(150))
def test_random(seed: int) -> None:
    before = Generator(seed, 10 + seed % 30).typed()
    found = drop_dead(before)
    check(found.function, found.kinds)
    assert drop_dead(found) is found, "once is enough"
    args = arguments(seed)
    with np.errstate(all="ignore"):
        assert same(deep_copy(evaluate(before.function, args)), evaluate(found.function, args))


def test_kinds_are_not_touched() -> None:
    x, a = values("x a")
    kinds = {x: FLOAT, a: INT, N: BOOL, STEPS: List(INT)}
    made = Function("f", (x,), Region((Op((a,), prims.NEG, (x,)),), Return((x,))))
    assert drop_dead(Typed(made, kinds, FLOAT)).kinds is kinds
