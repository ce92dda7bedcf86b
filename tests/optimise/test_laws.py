"""Algebra: each law on a line of text, what must not change, and the numbers."""
from __future__ import annotations

import random

import pytest

from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinds import BOOL, FLOAT, INT, Array, Kind, Sym
from tangent2.optimise.laws import apply_laws
from tests.optimise.expressions import core, text

VECTOR = Array("float64", (Sym(0),))

LAWS = [
    ("1.0 * x", "x"),
    ("x * 1.0", "x"),
    ("x / 1.0", "x"),
    ("x ** 1", "x"),
    ("-1.0 * x", "-x"),
    ("0.0 + x", "x"),
    ("x - 0.0", "x"),
    ("0 * x", "0 * x"),
    ("0.0 * x", "0.0 * x"),
    ("--x", "x"),
    ("a + -b", "a - b"),
    ("-a + b", "b - a"),
    ("a - -b", "a + b"),
    ("a + -b * c", "a - b * c"),
    ("a + b * -c", "a - b * c"),
    ("a - b / -c", "a + b / c"),
    ("a + -2.0 * b * c", "a - 2.0 * b * c"),
    ("-a * b", "-a * b"),
    ("a * -b", "-a * b"),
    ("-a * -b", "a * b"),
    ("-(a * b)", "-a * b"),
    ("-(2.0 * b)", "-2.0 * b"),
    ("x * 2.0", "2.0 * x"),
    ("2.0 * (3.0 * x)", "6.0 * x"),
    ("x * (2.0 * y)", "2.0 * x * y"),
    ("2.0 * x * (3.0 * y)", "6.0 * x * y"),
    ("2.0 * (x * y)", "2.0 * x * y"),
    ("2.0 * (x / y)", "2.0 * x / y"),
    ("x / y * 2.0", "2.0 * x / y"),
    ("2.0 / y * x", "2.0 * x / y"),
    ("1.0 / y * 2.0 * x", "2.0 * x / y"),
    ("x * (1.0 / y)", "x / y"),
    ("x * (y / z)", "x * (y / z)"),
    ("x * g + x * g", "2.0 * x * g"),
    ("a * b + b * a", "2.0 * a * b"),
    ("x + x", "2.0 * x"),
    ("z + a * b + b * a", "z + 2.0 * a * b"),
    ("z - a * b - b * a", "z - 2.0 * a * b"),
    ("z - a - a", "z - 2.0 * a"),
    ("a * b + a * c", "a * (b + c)"),
    ("a * b - c * a", "a * (b - c)"),
    ("a * b + (-a) * c", "a * (b - c)"),
    ("-(0.5 * a) * (2.0 * b)", "-a * b"),
    ("2.0 * -(0.5 * a * b)", "-a * b"),
    ("2.0 * a * b / 4", "0.5 * a * b"),
    ("2.0 * a / 3.0", "2.0 * a / 3.0"),
    ("g * (2.0 * x) + -g", "2.0 * g * x - g"),
    ("t = x * y; t + t * z", "t0 = x * y; t0 + t0 * z"),
    ("t_ = -x; y + t_", "t = -x; y + t"),
    ("t = 2.0 * x; t_bar_ = 1.0 * t; t_bar_ * t_bar_", "t_bar = 2.0 * x; t_bar * t_bar"),
    ("-(2.0 * v) / (w + 1.0)", "-2.0 * v / (w + 1.0)"),
]


@pytest.mark.parametrize("before, after", LAWS)
def test_law(before: str, after: str) -> None:
    found = apply_laws(core(before))
    check(found.function, found.kinds)
    assert text(found) == after


@pytest.mark.parametrize("before, after", LAWS)
def test_again_changes_nothing(before: str, after: str) -> None:
    found = apply_laws(core(before))
    assert text(apply_laws(found)) == after


def test_whole_numbers() -> None:
    assert text(apply_laws(core("n - 1 + 1", n=INT))) == "n"
    assert text(apply_laws(core("n + 3 - 1", n=INT))) == "n + 2"
    assert text(apply_laws(core("n - 1 + 1", n=FLOAT))) == "n - 1 + 1"
    assert text(apply_laws(core("1.0 * n", n=INT))) == "1.0 * n"
    assert text(apply_laws(core("n + n", n=INT))) == "n + n"


def test_numbers_meet_the_literal_before_arrays() -> None:
    assert text(apply_laws(core("u * (2.0 * k)", u=VECTOR))) == "2.0 * k * u"
    assert text(apply_laws(core("2.0 * (u * k)", u=VECTOR))) == "2.0 * k * u"


def test_a_sign_stays_outside_of_what_has_none() -> None:
    assert text(apply_laws(core("-(b * x)", b=BOOL))) == "-(b * x)"
    assert text(apply_laws(core("-(b * x * y)", b=Array("uint8", (Sym(0),))))) == "-(b * x * y)"
    assert text(apply_laws(core("-(n * x)", n=INT))) == "-n * x"


def test_fixed_values_stay() -> None:
    before = core("t = -x; y + t")
    fixed = frozenset(v for s in before.function.body.stmts[:1] for v in s.outs)
    assert apply_laws(before, fixed) is before


def _random(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["x", "y", "z", "2.0", "1.0", "-3.0", "0.5", "x", "y"])
    if rng.random() < 0.2:
        return f"-({_random(rng, depth - 1)})"
    sign = rng.choice("++-**/")
    return f"({_random(rng, depth - 1)}) {sign} ({_random(rng, depth - 1)})"


@pytest.mark.parametrize("seed", range(400))
def test_random(seed: int) -> None:
    rng = random.Random(seed)
    kinds: dict[str, Kind] = {}
    source = f"t = {_random(rng, 3)} + x; s_ = {_random(rng, 2)} * t; ({_random(rng, 4)}) * y * z - s_ + t"
    before = core(source, **kinds)
    after = apply_laws(before)
    check(after.function, after.kinds)
    args = {"x": 1.37, "y": -0.71, "z": 2.3}
    values = tuple(args[str(p.hint)] for p in before.function.params)
    try:
        want = evaluate(before.function, values)
    except ZeroDivisionError:
        return
    assert evaluate(after.function, values) == pytest.approx(want, rel=1e-9, abs=1e-9), (source, text(after))
