"""The text that `jit` spells for Numba, run by Python: what is supplied there stands for itself here."""
from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from tangent2.core.valuekinds import signature
from tangent2.jitting.boundary import change_to, keyed, packed
from tangent2.jitting.spelling import MATH, Spelled, spelled
from tangent2.jitting.whole import WholeCompiler, whole_text

REDUCTIONS = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}
SUPPLIED: dict[str, Any] = {
    "times": lambda a, b: a * b, "plus": lambda a, b: a + b, "minus": lambda a, b: a - b, "power": lambda a, b: a ** b,
    "shifted": lambda a, b: a << b, "whole": int, "round": round, "floor": math.floor, "ceil": math.ceil,
    "apart": lambda a, base: np.array(a) if isinstance(a, np.ndarray) and isinstance(base, np.ndarray) else a,
    "array": lambda parts: np.array(parts), "always": lambda: True, "never": lambda: False, "reversed": reversed,
    "moveaxis": np.moveaxis,
    "stack": lambda parts, axis: np.stack(parts, axis),
    "grown": lambda tape: np.concatenate([tape, np.empty_like(tape)]),
    **{f"{name}_kept": lambda a, axis, f=f: f(a, axis=axis, keepdims=True) for name, f in REDUCTIONS.items()},
    **{f"{name}_over": lambda a, axis, f=f: f(a, axis=axis) for name, f in REDUCTIONS.items()},
    **{f"math_{name}": getattr(math, name) for name in MATH if hasattr(math, name)},
}


def mixed(out: Any, a: Any) -> bool:
    """Whether writing to one array, element by element, may change an element of another before it is read."""
    same = out.ctypes.data == a.ctypes.data and out.strides == a.strides
    return not same and bool(np.may_share_memory(out, a))


def spelling(derivative: Any, args: tuple[Any, ...]) -> tuple[Spelled, str, list[Any]]:
    """The text of a derivative for arguments, its entry, and the values it takes after them."""
    compiler = WholeCompiler()
    kinds = signature(args, compiler.function_kind)
    emitted = whole_text(compiler, derivative._fn, derivative._request, kinds).emitted
    text = spelled(emitted.text, emitted.entry, compiler.names, list(emitted.captured))
    return text, emitted.entry, [emitted.captured[name].read() for name in text.captured]


def run_by_python(derivative: Any, args: tuple[Any, ...]) -> Any:
    """What the text for Numba gives."""
    text, entry, captured = spelling(derivative, args)
    space: dict[str, Any] = {"mixed": mixed}
    for name, own in text.supplied.items():
        space[name] = keyed(own) if isinstance(own, tuple) else SUPPLIED[own]
    exec(compile(ast.parse(text.text), "<spelled>", "exec"), space)
    change = change_to(derivative(*args))
    found = space[entry](*map(packed, args), *map(packed, captured))
    return found if change is None else change(found)
