"""Common subexpressions: what is shared, what is left alone."""
from __future__ import annotations

import pytest

from tangent2.core import prims
from tangent2.core.check import check
from tangent2.core.kinds import BOOL, FLOAT, Array, Sym
from tangent2.core.syntax import Const, Function, If, IndexSpec, Op, Region, Return, Typed, Value, Yield
from tangent2.optimise.common import share_common
from tests.optimise.expressions import core, text

VECTOR = Array("float64", (Sym(0),))


@pytest.mark.parametrize("before, after", [
    ("u * v + v * u", "t0 = u * v; t0 + t0"),
    ("u - v + (v - u)", "u - v + (v - u)"),
    ("(u + 1.0) * (u + 1.0)", "t0 = u + 1.0; t0 * t0"),
    ("a_ = u * v; u * v + a_", "a = u * v; a + a"),
    ("(u * v + 1.0) ** (v * u + 1.0)", "t0 = u * v + 1.0; t0 ** t0"),
])
def test_arrays(before: str, after: str) -> None:
    found = share_common(core(before, u=VECTOR, v=VECTOR))
    check(found.function, found.kinds)
    assert text(found) == after


@pytest.mark.parametrize("before, after", [
    ("2.0 * x + 2.0 * x", "2.0 * x + 2.0 * x"),
    ("a_ = 2.0 * x; 2.0 * x + a_", "a = 2.0 * x; a + a"),
    ("x * y * z + x * y * z", "t0 = x * y * z; t0 + t0"),
])
def test_numbers_are_worth_a_name_if_they_take_two_operations(before: str, after: str) -> None:
    assert _alive(share_common(core(before))) == after


def _alive(typed: Typed) -> str:
    from tangent2.optimise.dead import drop_dead
    return text(drop_dead(typed))


def test_fixed_values_stay() -> None:
    before = core("u * v + u * v", u=VECTOR, v=VECTOR)
    fixed = frozenset(v for s in before.function.body.stmts for v in s.outs)
    assert share_common(before, fixed) is before


def test_not_out_of_a_branch() -> None:
    u, c, a, b, out, w = map(Value, ("u", "c", "a", "b", "out", "w"))
    branch = If((out,), c, Region((Op((a,), prims.MUL, (u, u)),), Yield((a,))), Region((), Yield((u,))))
    again = Op((b,), prims.MUL, (u, u)), Op((w,), prims.ADD, (out, b))
    f = Function("f", (u, c), Region((branch, *again), Return((w,))))
    before = Typed(f, {**dict.fromkeys((u, a, b, out, w), VECTOR), c: BOOL}, VECTOR)
    assert share_common(before) is before


def test_updated_values_stay_apart() -> None:
    u, a, b, c, w = map(Value, ("u", "a", "b", "c", "w"))
    ops = (Op((a,), prims.MUL, (u, u)), Op((b,), prims.MUL, (u, u)),
           Op((c,), prims.ADDITEM, (a, Const(0), Const(1.0)), static=IndexSpec((None,))), Op((w,), prims.ADD, (c, b)))
    f = Function("f", (u,), Region(ops, Return((w,))))
    before = Typed(f, dict.fromkeys((u, a, b, c, w), VECTOR), VECTOR)
    assert share_common(before) is before


def test_reads_stay_where_they_are() -> None:
    u, a, b, w = map(Value, ("u", "a", "b", "w"))
    at = IndexSpec((None,))
    ops = (Op((a,), prims.GETITEM, (u, Const(0)), static=at), Op((b,), prims.GETITEM, (u, Const(0)), static=at),
           Op((w,), prims.ADD, (a, b)))
    before = Typed(Function("f", (u,), Region(ops, Return((w,)))), {u: VECTOR, a: FLOAT, b: FLOAT, w: FLOAT}, FLOAT)
    assert share_common(before) is before
