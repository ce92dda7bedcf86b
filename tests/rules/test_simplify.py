"""What is simplified at creation, exactly, and what must not be."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tangent2.core.build import Builder
from tangent2.core.kinds import FLOAT, INT, UNKNOWN, Array
from tangent2.core.prims import ADD, DIV, MATMUL, MUL, NEG, POW, SUB
from tangent2.core.syntax import Const, Op, Value
from tangent2.rules.simplify import make


def text(build: Builder, atom: Any, names: dict[Any, str]) -> str:
    """An atom written out in terms of the named values."""
    if isinstance(atom, Const):
        return repr(atom.value)
    if atom in names:
        return names[atom]
    op: Op = build.made[atom]
    parts = [text(build, a, names) for a in op.args]
    sign = op.prim.spelling[1]
    return f"({sign}{parts[0]})" if len(parts) == 1 else f"({parts[0]} {sign} {parts[1]})"


C = Const
Make = Callable[..., Any]
CASES: list[tuple[Callable[[Make, Value, Value], Any], str]] = [
    (lambda m, a, b: m(MUL, C(1.0), a), "a"), (lambda m, a, b: m(MUL, a, C(1.0)), "a"),
    (lambda m, a, b: m(DIV, a, C(1.0)), "a"), (lambda m, a, b: m(POW, a, C(1)), "a"),
    (lambda m, a, b: m(MUL, C(-1.0), a), "(-a)"), (lambda m, a, b: m(MUL, a, C(2.0)), "(2.0 * a)"),
    (lambda m, a, b: m(NEG, m(NEG, a)), "a"), (lambda m, a, b: m(ADD, a, m(NEG, b)), "(a - b)"),
    (lambda m, a, b: m(ADD, m(NEG, a), b), "(b - a)"), (lambda m, a, b: m(SUB, a, m(NEG, b)), "(a + b)"),
    (lambda m, a, b: m(MUL, m(NEG, a), b), "(-(a * b))"), (lambda m, a, b: m(DIV, m(NEG, a), m(NEG, b)), "(a / b)"),
    (lambda m, a, b: m(MATMUL, m(NEG, a), b), "(-(a @ b))"), (lambda m, a, b: m(ADD, a, C(-2.0)), "(a - 2.0)"),
    (lambda m, a, b: m(MUL, C(3.0), m(MUL, C(2.0), a)), "(6.0 * a)"),
    (lambda m, a, b: m(MUL, C(3.0), m(MUL, C(5.0), a)), "(3.0 * (5.0 * a))"),
    (lambda m, a, b: m(MUL, C(0.0), a), "(0.0 * a)"), (lambda m, a, b: m(ADD, a, C(0.0)), "(a + 0.0)"),
    (lambda m, a, b: m(NEG, m(SUB, a, b)), "(-(a - b))"), (lambda m, a, b: m(MUL, C(2.0), C(3)), "6.0"),
    (lambda m, a, b: m(SUB, a, a), "(a - a)"),
]


@pytest.mark.parametrize("kind", (FLOAT, Array("float64", None), UNKNOWN), ids=("number", "array", "unknown"))
@pytest.mark.parametrize("case", CASES, ids=[wanted for _, wanted in CASES])
def test_forms(case: tuple[Any, str], kind: Any) -> None:
    build = Builder()
    a, b = build.value(kind), build.value(kind)
    atom = case[0](lambda *args: make(build, *args), a, b)
    assert text(build, atom, {a: "a", b: "b"}) == case[1]


def test_a_float_unit_may_change_an_exact_kind() -> None:
    build = Builder()
    n = build.value(INT)
    assert make(build, MUL, Const(1.0), n) is not n
