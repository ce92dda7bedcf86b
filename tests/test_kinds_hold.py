"""Inference tells the truth: every value of the programs of the corpus is of the kind that it was given."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tangent2.core.kinds import BOTTOM, FLOAT, INT, Array, Kind, List, Sym, Tuple
from tangent2.core.syntax import Function, Op, Region, Return, Typed, Value
from tangent2.core import prims
from tangent2.core.valuekinds import signature
from tangent2.errors import TangentError
from tangent2.pipeline import Compiler
from tests.corpus import test_corpus  # noqa: F401
from tests.corpus.cases import CASES, Case
from tests.harness.kinds_hold import Untrue, evaluate_checked


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_values_are_of_their_kinds(case: Case) -> None:
    compiler = Compiler()
    typed = compiler.typed(case.function, signature(case.args, compiler.function_kind))
    try:
        evaluate_checked(typed, case.args)
    except (AttributeError, KeyError, TypeError, TangentError):
        pytest.skip("takes objects, which only the printed code is handed as they are")


WRONG = (BOTTOM, INT, Array("float32", (Sym(0),)), Array("float64", (3,)), Array("float64", ()), List(FLOAT),
         Tuple((FLOAT, FLOAT)))


@pytest.mark.parametrize("kind", WRONG, ids=repr)
def test_the_oracle_sees_wrong_kinds(kind: Kind) -> None:
    x, y = Value("x"), Value("y")
    function = Function("f", (x,), Region((Op((y,), prims.MUL, (x, x)),), Return((y,))))
    given: Any = np.array([1.5, 2.5])
    evaluate_checked(Typed(function, {y: Array("float64", (2,))}, FLOAT), (given,))
    with pytest.raises(Untrue):
        evaluate_checked(Typed(function, {y: kind}, FLOAT), (given,))
