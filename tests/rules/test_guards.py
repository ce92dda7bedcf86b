"""What lanes are given that do not execute an operation: nothing comes of it, not even of its slope."""
from __future__ import annotations

import linecache
import math
import warnings
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.core.operations import apply
from tangent2.errors import TangentError
from tangent2.rules.batching.guards import safe_matrix, safe_operands
from tangent2.rules.declare import by_name
from tests.rules.batched import mapped_operands, on_leaves
from tests.rules.batching_cases import more_cases
from tests.rules.cases import Case, all_cases

# where lists are compared the key must be among them; what indices are is asked by `transform/masked.py`; the places
# of `np.interp` are the same in all lanes, or it is computed for one after the other
_APART = ("pick_first", "spread_first", "getitem", "setitem", "complex", "sum_repeated", "np.interp")
CASES = [case for case in (*all_cases(), *more_cases())
         if safe_operands(case.prim) is not None and case.prim.name not in _APART]
HOSTILE = (0.0, -1.0, 1.0, 1000.0)


def _filled(arg: Any, value: float) -> Any:
    """What an argument is in a lane that does not come: any numbers, here the same everywhere; indices are right."""
    def one(a: Any) -> Any:
        if np.asarray(a).dtype.kind not in "fc":
            return a
        return np.full(np.shape(a), value, np.asarray(a).dtype) if isinstance(a, np.ndarray) else float(value)
    return on_leaves(one, arg)


def _operands(case: Case, value: float) -> list[Any]:
    safe, mapped = safe_operands(case.prim), mapped_operands(case)
    assert safe is not None
    found = []
    for k, arg in enumerate((*case.args, *case.kw.values())):
        literal = safe.get(k)
        if literal is not None and k < len(case.args) and k not in case.literal:
            found.append(on_leaves(lambda a: np.full(np.shape(a), literal, np.asarray(a).dtype)[()], arg))    # noqa: B023
        else:
            found.append(_filled(arg, value) if k in mapped else arg)
    return found


def _is_finite(tree: Any) -> bool:
    found: list[bool] = []
    on_leaves(lambda a: found.append(a is None or isinstance(a, str) or bool(np.all(np.isfinite(a)))), tree)
    return all(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
@pytest.mark.parametrize("value", HOSTILE)
def test_values_are_finite(case: Case, value: float) -> None:
    given = _operands(case, value)
    count = len(case.args)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _is_finite(apply(case.prim, None, given[:count], dict(zip(case.kw, given[count:]))))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", [c for c in CASES if not c.kw and c.prim.spelling[0] in ("call", "binary")
                                  and c.prim.spelling[1] in ("numpy", "math", "+", "-", "*", "/", "@")
                                  and all(isinstance(a, (float, np.ndarray)) for a in c.args)],
                         ids=lambda case: case.label)
@pytest.mark.parametrize("value", HOSTILE)
def test_slopes_are_finite(case: Case, value: float) -> None:
    given, wrt = _operands(case, value), tuple([k for k in mapped_operands(case) if k not in case.literal])
    wrt = tuple([k for k in wrt if np.asarray(given[k]).dtype.kind == "f"])
    if not wrt:
        return
    spelling = case.prim.spelling
    names = [f"x{k}" for k in range(len(given))]
    call = f"{'.'.join(spelling[1:])}({', '.join(names)})"
    if spelling[0] == "binary":
        call = f" {spelling[1]} ".join(names)
    try:
        slopes = _function(names, call, given)(wrt)
    except (TangentError, TypeError):
        return
    assert _is_finite(slopes)


def _function(names: list[str], call: str, given: list[Any]) -> Any:
    text = f"def f({', '.join(names)}):\n    return np.sum(np.asarray({call}))\n"
    file = f"<guard {call} {len(linecache.cache)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = {"np": np, "numpy": np, "math": math}
    exec(compile(text, file, "exec"), space)
    return lambda wrt: tangent2.grad(space["f"], wrt)(*given)


@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "eig", "eigvals", "svd",
                                  "qr", "pinv", "matrix_rank"])
def test_of_the_identity(name: str) -> None:
    prim = by_name(f"np.linalg.{name}")
    assert safe_matrix(prim) == 0 and safe_operands(prim) is None
    found = apply(prim, None, [np.eye(3)], {})
    assert _is_finite(tuple(found) if isinstance(found, tuple) else found)


def test_what_may_raise_is_not_known() -> None:
    for name in ("np.nanargmax", "np.average", "np.std", "np.bincount", "uncut", "of_square", "np.linalg.solve",
                 "math.isqrt", "np.unravel_index", "np.ravel_multi_index", "math.factorial", "credit_last"):
        assert safe_operands(by_name(name)) is None
