"""Jacobians as functions that are compiled: what a transform of a Jacobian differentiates, and what `source` prints.

The text is ordinary user code that calls `jvp`, so nothing about it is special to the compiler.
"""
from __future__ import annotations

import itertools
import linecache
from types import FunctionType
from typing import Any

import numpy as np

from tangent2.core.kinds import Array, Kind, Number
from tangent2.core.syntax import Callee
from tangent2.errors import UnsupportedError
from tangent2.pipeline import Compiler
from tangent2.requests import callee_of

_COUNT = itertools.count()


def jacobian_callee(compiler: Compiler, f: Any, name: str, names: tuple[str, ...], wrt: int, live: bool) -> Callee:
    """The callee of the Jacobian of `f` (of parameters `names`) with respect to one argument."""
    def core(kinds: tuple[Kind, ...]) -> Any:
        function = _function(f, name, names, wrt, _rank(kinds[wrt], name))
        return callee_of(compiler, function, live).core(kinds)
    return compiler.made(("jacobian", f, wrt, live), name, core)


def _rank(kind: Kind, name: str) -> int:
    if isinstance(kind, Number):
        return -1
    if isinstance(kind, Array) and kind.rank is not None:
        return kind.rank
    raise UnsupportedError(f"`{name}` inside another derivative is taken of something other than one number or array",
                           construct=name, advice="differentiate with respect to one array")


def _text(name: str, names: tuple[str, ...], wrt: int, rank: int) -> str:
    """The text of a Jacobian.

    >>> print(_text("jacobian_f", ("x", "n"), 0, 1), end="")
    def jacobian_f(x, n):
        columns = []
        for direction in unit_directions(x):
            _, column = jvp(f, (x, n), (direction, None))
            columns.append(column)
        return np.moveaxis(np.array(columns), 0, -1)
    """
    x, given = names[wrt], ", ".join(names)
    comma = "," if len(names) == 1 else ""
    dots = ", ".join(["None" if k != wrt else "1.0" if rank < 1 else "direction" for k in range(len(names))])
    call = f"jvp(function, ({given}{comma}), ({dots}{comma}))"
    head = f"def {name}({given}):\n"
    if rank == -1:
        return f"{head}    _, column = {call}\n    return column\n".replace("function", "f")
    matrix = "np.moveaxis(np.array(columns), 0, -1)"
    last = f"    return {matrix}\n"
    if rank != 1:
        last = f"    matrix = {matrix}\n    return np.reshape(matrix, matrix.shape[:-1] + {x}.shape)\n"
    call = call.replace("function", "f")
    return (f"{head}    columns = []\n    for direction in unit_directions({x}):\n        _, column = {call}\n"
            f"        columns.append(column)\n{last}").replace("1.0", "direction")


def _function(f: Any, name: str, names: tuple[str, ...], wrt: int, rank: int) -> FunctionType:
    from tangent2.api import jvp
    from tangent2.runtime.directions import unit_directions
    text = _text(name, names, wrt, rank)
    file = f"<{name} {next(_COUNT)}>"
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    space: dict[str, Any] = {"__name__": "jacobians", "f": f, "jvp": jvp, "np": np, "unit_directions": unit_directions}
    exec(compile(text, file, "exec"), space)
    return space[name]
