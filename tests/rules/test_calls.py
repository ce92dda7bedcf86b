"""However a function is called: kinds hold, and derivatives are right or refused."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.core.valuekinds import signature
from tangent2.errors import TangentError
from tangent2.pipeline import Compiler
from tests.harness.differences import derivative
from tests.harness.kinds_hold import evaluate_checked
from tests.rules.calls import calls
from tests.rules.spelled import Program

CALLS = calls()


def _line(program: Program) -> str:
    return program.text.split("y = ")[1].split("\n")[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", CALLS, ids=[f"{k}-{_line(p)[:60]}" for k, p in enumerate(CALLS)])
def test_a_call(program: Program) -> None:
    function = program.function()
    compiler = Compiler()
    try:
        evaluate_checked(compiler.typed(function, signature(program.args, compiler.function_kind)), program.args)
        _check_slope(function, program)
    except TangentError:
        pass


def _check_slope(function: Any, program: Program) -> None:
    """The slope along one direction, where all that varies is of real numbers in double precision."""
    wrt = [k for k in program.wrt if isinstance(program.args[k], (float, np.ndarray)) and np.isrealobj(program.args[k])]
    if not wrt or len(wrt) < len(program.wrt) or "float32" in program.text:
        return
    rng = np.random.default_rng(3)
    steps = {k: rng.uniform(-1.0, 1.0, np.shape(program.args[k])) for k in wrt}

    def along(t: float) -> float:
        return float(function(*[a + t * steps[k] if k in steps else a for k, a in enumerate(program.args)]))
    if not np.isfinite(along(0.0)):
        return
    wanted = derivative(along)
    gradients = tangent2.grad(function, tuple(wrt))(*program.args)
    found = sum(float(np.sum(g * steps[k])) for g, k in zip(gradients, wrt))
    assert all(np.shape(g) == np.shape(program.args[k]) for g, k in zip(gradients, wrt))
    assert np.isclose(found, wanted.value, rtol=1e-6, atol=1e-7 + 4.0 * wanted.error), program.text
