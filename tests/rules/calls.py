"""The ways in which one function can be called: arguments by name, in any order, and every option it has."""
from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.rules.cases import Case, all_cases
from tests.rules.spelled import Program, program

# What options are given; `mask` is of the shape of the first array.
OPTIONS: dict[str, tuple[Any, ...]] = {
    "axis": (0, -1, None), "keepdims": (True,), "dtype": ("float32", "float64"), "ddof": (1,), "correction": (1,),
    "initial": (0.3,), "order": ("F", "C"), "endpoint": (False,), "retstep": (True,), "num": (4,), "k": (1,),
    "offset": (1,), "mode": ("same", "valid"), "full_matrices": (False,), "compute_uv": (False,), "upper": (True,),
    "copy": (True,), "rowvar": (False,), "bias": (True,), "returned": (True,), "ord": (1, 2), "min": (0.1,),
    "max": (0.4,), "a_min": (0.1,), "a_max": (0.4,), "decimals": (1,), "ndmin": (3,), "dx": (0.2,),
    "side": ("right",), "UPLO": ("U",), "hermitian": (True,), "sparse": (True,), "indexing": ("ij",), "n": (2,),
    "prepend": (0.5,), "append": (0.5,), "stable": (True,), "kind": ("stable",), "nan": (1.0,), "left": (0.5,),
    "right": (0.7,), "period": (2.0,), "edge_order": (2,), "optimize": (True,), "subok": (True,), "where": ("mask",),
    "axes": ((0, 1), (1, 0)), "constant_values": (1.0,), "M": (4,), "fill_value": (0.5,), "casting": ("unsafe",),
}
_UFUNC = ("dtype", "where", "casting")


def calls() -> list[Program]:
    """Programs with one call each, of which Python takes every one."""
    found: dict[tuple[str, str], Program] = {}
    for case in all_cases():
        if case.prim.spelling[0] not in ("call", "method") or case.prim.spelling[1].startswith("tangent2"):
            continue
        for args, kw in _ways(case):
            made = _program(Case(case.prim, args, kw, tuple([k for k in case.literal if k < len(args)])))
            if made is not None:
                found.setdefault((made.text, str([np.ndim(a) for a in _leaves(made.args)])), made)
    return list(found.values())


def _leaves(args: Any) -> list[Any]:
    return [leaf for arg in args for leaf in (_leaves(arg) if isinstance(arg, (list, tuple)) else [arg])]


def _program(case: Case) -> Program | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = program(case, False)
            made.function()(*made.args)
    except Exception:       # what Python does not take is no call
        return None
    return made


def _ways(case: Case) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    params = _parameters(case)
    names = [p.name for p in params]
    if params and len(case.args) <= len(names) and all(p.kind is not p.VAR_POSITIONAL for p in params):
        yield from _by_name(case, params)
        yield from _in_front(case, params)
    options = _UFUNC if isinstance(case.prim.obj, np.ufunc) else names[len(case.args):]
    for name in options:
        for value in OPTIONS.get(name, ()) if name not in case.kw else ():
            given = {**case.kw, name: _mask(case) if isinstance(value, str) and value == "mask" else value}
            yield case.args, given
            if "axis" in names and name in ("keepdims", "where", "initial", "dtype"):
                yield case.args, {**given, "axis": 0}


def _by_name(case: Case, params: list[inspect.Parameter]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Those behind the first `k` by name, in their order and against it."""
    method = case.prim.spelling[0] == "method"
    plain = sum(p.kind is p.POSITIONAL_ONLY for p in params)
    for k in sorted({max(int(method), plain), max(1, plain)}):
        named = dict(zip([p.name for p in params[k:len(case.args)]], case.args[k:]))
        yield case.args[:k], {**named, **case.kw}
        yield case.args[:k], dict(reversed({**named, **case.kw}.items()))


def _in_front(case: Case, params: list[inspect.Parameter]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Options without their names."""
    args = case.args
    for p in params[len(case.args):]:
        if p.kind is p.KEYWORD_ONLY or case.kw:
            return
        value = next(iter(OPTIONS.get(p.name, (p.default,)))) if p.name != "where" else p.default
        if value is p.empty or value is getattr(np, "_NoValue", None):
            return
        args = (*args, value)
        yield args, {}


def _mask(case: Case) -> Any:
    array = next((np.real(a) for a in case.args if isinstance(a, np.ndarray)), np.zeros(1))
    return array > np.median(array)


def _parameters(case: Case) -> list[inspect.Parameter]:
    obj = case.prim.obj if case.prim.spelling[0] == "call" else getattr(np, case.prim.spelling[1], None)
    try:
        return list(inspect.signature(obj).parameters.values())
    except (TypeError, ValueError):
        return []
