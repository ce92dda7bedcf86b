"""Wrong rules are caught: each of these plants a mistake and runs the tests that are generated for every rule."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tangent2.core.prims import Prim
from tangent2.rules import declare
from tangent2.rules.declare import linear, rule
from tangent2.rules.families import fixed, reduction, summed_dtype
from tangent2.rules.questions import extent
from tangent2.rules.template import bar, dot
from tangent2.core.kinds import INT
from tests.rules.cases import Case, within
from tests.rules import test_rules as harness

SINE = Prim("np.sin", ("call", "numpy", "sin"), elementwise=True, params=("x",))
TIMES = Prim("np.multiply", ("call", "numpy", "multiply"), elementwise=True, params=("x", "y"))
TOTAL = Prim("np.sum", ("call", "numpy", "sum"), params=("x", "axis"), infer=reduction(summed_dtype))
TURN = Prim("np.transpose", ("call", "numpy", "transpose"), params=("x", "axes"))
SQUARED = Prim("np.square", ("call", "numpy", "square"), elementwise=True, params=("x",))
LENGTH = Prim("np.tanh", ("call", "numpy", "tanh"), params=("x",), infer=fixed(INT))


def wrong_sign(out, x):
    dot[out] = -dot[x] * np.cos(x)


def wrong_factor(out, x):
    dot[out] = x * dot[x]


def wrong_adjoint_only(out, x):
    dot[out] = 2.0 * x * dot[x]
    bar[x] = x * bar[out]


def wrong_tangent_only(out, x):
    dot[out] = x * dot[x]
    bar[x] = 2.0 * x * bar[out]


def wrong_operand(out, x, y):
    dot[out] = dot[x] * y + x * dot[y]
    bar[x] = bar[out] * x
    bar[y] = bar[out] * x


def wrong_missing_operand(out, x, y):
    dot[out] = dot[x] * y


def wrong_axis(out, x, axis):
    bar[x] = np.broadcast_to(np.expand_dims(bar[out], 1 - axis), (extent(x, 0), extent(x, 1)))


def wrong_total(out, x, axis):
    bar[x] = np.sum(bar[out]) * x


def wrong_axes(out, x, axes):
    bar[x] = np.transpose(bar[out], axes)


def wrong_kind(out, x):
    dot[out] = dot[x] * (1.0 - out ** 2)


def wrong_second_order(out, x):
    dot[out] = dot[x] * np.floor(1000.0 * np.cos(x)) / 1000.0


def case(prim: Prim, *args: Any, literal: tuple[int, ...] = ()) -> Case:
    return Case(prim, args, literal=literal)


SQUARE = within(0.5, 1.5, 3, 3)
PLANTED: tuple[tuple[Callable[..., Any], Case, str | None], ...] = (
    (wrong_sign, case(SINE, within(0.2, 0.9)), None),
    (wrong_sign, case(SINE, within(0.2, 0.9, 2, 3)), None),
    (wrong_factor, case(SQUARED, within(0.2, 0.9, 3)), None),
    (wrong_adjoint_only, case(SQUARED, within(0.2, 0.9, 3)), None),
    (wrong_tangent_only, case(SQUARED, within(0.2, 0.9, 3)), None),
    (wrong_operand, case(TIMES, within(0.5, 1.5, 2, 3), within(0.5, 1.5, 3)), None),
    (wrong_missing_operand, case(TIMES, within(0.5, 1.5), within(0.5, 1.5)), None),
    (wrong_axis, case(TOTAL, SQUARE, 0, literal=(1,)), "x"),
    (wrong_total, case(TOTAL, SQUARE, 0, literal=(1,)), "x"),
    (wrong_axes, case(TURN, within(0.5, 1.5, 2, 2, 2), (2, 0, 1)), "x"),
    (wrong_kind, case(LENGTH, within(0.2, 0.9, 3)), None),
    (wrong_second_order, case(SINE, within(0.2, 0.9)), None),
)


@pytest.fixture
def planted(request: pytest.FixtureRequest) -> Iterator[Case]:
    """The case of a planted rule, while it is declared."""
    template, at, wrt = request.param
    before = declare._rules.get(at.prim)
    if wrt is None:
        rule(at.prim)(template)
    else:
        linear(at.prim, wrt=wrt)(template)
    yield at
    declare._rules.pop(at.prim)
    if before is not None:
        declare._rules[at.prim] = before


@pytest.mark.parametrize("planted", PLANTED, indirect=True, ids=[f.__name__ for f, _, _ in PLANTED])
def test_wrong_rules_are_caught(planted: Case) -> None:
    with pytest.raises((AssertionError, ValueError, AttributeError)):
        harness.test_rule(planted, True)
        harness.test_no_operand_is_missing(planted)
        harness.test_adjoint_can_be_differentiated(planted, True)
