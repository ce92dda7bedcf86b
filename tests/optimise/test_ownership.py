"""Accumulating in place changes no value, and nothing that is read later."""
from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinds import INT, Array, Kind, Sym
from tangent2.core.operations import deep_copy
from tangent2.core.show import show
from tangent2.core.syntax import Atom, For, Function, Op, Region, Return, Stmt, Typed, Value, Yield, walk
from tangent2.optimise.copies import insert_copies
from tangent2.optimise.ownership import accumulate
from tests.optimise.random_cores import DEEP, Generator, arguments
from tests.optimise.test_copies import same

A = Array("float64", (Sym(0),))


class Adjoints(Generator):
    """Random cores in which every value is an adjoint."""

    def value(self, kind: Kind, hint: str | None = None) -> Value:
        new = Value(f"{hint or self.random.choice('abcuvw')}_bar", True)
        self.kinds[new] = kind
        return new

    def pick(self, scope: list[Value], kind: Kind) -> Atom:
        found = [v for v in scope if self.kinds[v] == kind]
        return found[-1] if found and self.random.random() < 0.5 else super().pick(scope, kind)

    def update(self, scope: list[Value], stmts: list[Stmt]) -> None:
        if self.random.random() < 0.5:
            super().update(scope, stmts)
        else:
            self.arithmetic(scope, stmts)


def updates(typed: Typed) -> int:
    return sum(isinstance(s, Op) and s.prim is prims.ACCUMULATE for s in walk(typed.function.body))


@pytest.mark.parametrize("seed", range(150))
def test_random(seed: int) -> None:
    before = Adjoints(seed, 6 + seed % 30).typed()
    made = accumulate(before)
    check(made.function, made.kinds)
    after = insert_copies(made, deep=DEEP)
    args = arguments(seed)
    kept = deep_copy(args)
    with np.errstate(all="ignore"):
        want = deep_copy(evaluate(before.function, args))
        assert same(want, evaluate(made.function, args))
        got = evaluate(after.function, args, in_place=True)
    assert same(want, got), f"{show(before.function)}\n{show(after.function)}"
    assert same(args[:3], kept[:3]), "an argument was changed"


def test_random_cores_accumulate() -> None:
    made = [Adjoints(seed, 6 + seed % 30).typed() for seed in range(150)]
    assert sum(updates(accumulate(m)) - updates(m) for m in made) > 20


def bar(name: str = "x_bar") -> Value:
    return Value(name, True)


def typed(params: tuple[Value, ...], stmts: tuple[Stmt, ...], result: Value, **others: Kind) -> Typed:
    body = Region(stmts, Return((result,)))
    kinds: dict[Value, Kind] = dict.fromkeys(params, A)
    for stmt in walk(body):
        kinds |= dict.fromkeys(stmt.outs, A)
        if isinstance(stmt, For):
            kinds |= {**dict.fromkeys(stmt.params, A), stmt.target: INT}
    kinds.update({p: others[p.hint] for p in params if p.hint in others})
    function = Function("f", params, body)
    check(function, kinds)
    return Typed(function, kinds, A)


def looped(init: Value, x: Value, n: Value, first: tuple[Stmt, ...] = (), *, prim: Any = prims.ADD) -> Typed:
    """An accumulator in a loop that starts as `init`."""
    param, new, out = bar(), bar(), bar()
    body = Region((Op((new,), prim, (param, x)),), Yield((new,)))
    return typed((x, n), (*first, For((out,), Value("i"), n, (param,), (init,), body)), out, n=INT)


def test_a_fresh_accumulator() -> None:
    x, n, zero = Value("x", True), Value("n", True), bar()
    made = accumulate(looped(zero, x, n, (Op((zero,), prims.SUB, (x, x)),)))
    assert updates(made) == 1
    assert insert_copies(made) is made


def test_an_accumulator_that_starts_as_an_argument_is_copied_before_the_loop() -> None:
    x, n = Value("x", True), Value("n", True)
    made = accumulate(looped(x, x, n))
    assert updates(made) == 0                   # the term is what it starts as
    y = Value("y", True)
    param, new, out = bar(), bar(), bar()
    body = Region((Op((new,), prims.SUB, (param, x)),), Yield((new,)))
    loop = For((out,), Value("i"), n, (param,), (y,), body)
    made = insert_copies(accumulate(typed((x, y, n), (loop,), out, n=INT)))
    assert [getattr(s, "prim", None) for s in made.function.body.stmts] == [prims.COPY, None]
    args = np.arange(3.0), np.ones(3), range(4)
    assert same(evaluate(made.function, args, in_place=True), 1 - 4 * np.arange(3.0))
    assert same(args[1], np.ones(3))


@pytest.mark.parametrize("name", ["total", None])
def test_only_derivatives_are_written_to(name: str | None) -> None:
    x, a, b = Value("x", True), Value(name, True), Value(name, True)
    stmts = Op((a,), prims.MUL, (x, x)), Op((b,), prims.ADD, (a, x))
    before = typed((x,), stmts, b)
    assert accumulate(before) is before


def test_not_if_the_old_value_is_read_later() -> None:
    x, a, b, c = Value("x", True), bar(), bar(), bar()
    stmts = Op((a,), prims.MUL, (x, x)), Op((b,), prims.ADD, (a, x)), Op((c,), prims.MUL, (a, b))
    before = typed((x,), stmts, c)
    assert accumulate(before) is before


@pytest.mark.parametrize("kind", [
    Array("float32", (Sym(0),)), Array("float64", (None,)), Array("float64", (1,)), Array("float64", None),
    Array("float64", ())])
def test_not_if_dtype_or_shape_may_change(kind: Kind) -> None:
    x, a, b = Value("x", True), bar(), bar()
    before = typed((x,), (Op((a,), prims.MUL, (x, x)), Op((b,), prims.ADD, (a, x))), b)
    assert updates(accumulate(before)) == 1
    before = Typed(before.function, {**before.kinds, a: kind}, A)
    assert accumulate(before) is before


def test_not_in_the_middle_of_an_expression() -> None:
    x, t, b = Value("x", True), Value(), bar()
    before = typed((x,), (Op((t,), prims.MUL, (x, x)), Op((b,), prims.ADD, (t, x))), b)
    assert accumulate(before) is before


def test_signature() -> None:
    assert list(inspect.signature(accumulate).parameters) == ["typed", "summary"]


def test_both_sides() -> None:
    x, a, b, c = Value("x", True), bar("a_bar"), bar("b_bar"), bar("b_bar")
    ops: tuple[Stmt, ...] = (Op((a,), prims.MUL, (x, x)), Op((b,), prims.SUB, (x, a)), Op((c,), prims.ADD, (a, b)))
    made = accumulate(typed((x,), ops, c))
    last: Any = made.function.body.stmts[-1]
    read: tuple[Atom, ...] = last.args
    assert last.prim is prims.ACCUMULATE and read == (b, a)
