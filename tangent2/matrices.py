"""Jacobians as functions that are compiled: what a transform of a Jacobian differentiates, and what `source` prints.

Columns, or rows, are computed all at once (`jacobian_sweeps.py`).  Where they cannot be, the text is ordinary user code
that calls the tangent function in a loop, so nothing about it is special to the compiler.
"""
from __future__ import annotations

import inspect
from contextlib import suppress
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from tangent2.api import Argnums, positions
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Tuple
from tangent2.core.layouts import CannotBatch
from tangent2.core.prims import Prim
from tangent2.core.syntax import Callee
from tangent2.errors import TangentError, UnsupportedError
from tangent2.inserting import holds_blocks
from tangent2.jacobian_sweeps import JACOBIAN, JacobianRequest, swept
from tangent2.names import unique
from tangent2.pipeline import Compiler
from tangent2.python.load import module_of_text
from tangent2.python.read import place_of
from tangent2.requests import callee_of, callee_of_value, gradient_request, names_of, tangent_request
from tangent2.runtime.directions import unit_directions


def jacobian_callee(compiler: Compiler, f: Any, names: tuple[str, ...], asked: JacobianRequest, live: bool,
                    either: bool = False) -> Callee:
    """The callee of the Jacobian of `f`, whose parameters have these names; `either`: by rows or columns.

    What cannot be had by one sweep is computed column by column.  `f` may be a callee.
    """
    def core(kinds: tuple[Kind, ...]) -> Any:
        inner = f if isinstance(f, Callee) else callee_of(compiler, f, live)
        for backward in _ways(inner, kinds, asked, either):
            with suppress(CannotBatch, TangentError):
                return swept(compiler, inner, kinds, replace(asked, backward=backward))
        return by_columns(kinds)

    def by_columns(kinds: tuple[Kind, ...]) -> Any:
        inner = f if isinstance(f, Callee) else callee_of(compiler, f, live)
        function = _by_columns(inner, f, names, asked, kinds)
        return callee_of(compiler, function, live).core(kinds)
    key = f.key if isinstance(f, Callee) else f
    in_turn = compiler.made((JACOBIAN, "in turn", key, asked, live), asked.name, by_columns)
    return replace(compiler.made((JACOBIAN, key, asked, live, either), asked.name, core), of=(in_turn,))


def jacobian_of_value(compiler: Compiler, callee: Callee | Prim, captured: int, argnums: Argnums,
                      asked: JacobianRequest, either: bool, gradient: bool) -> Callee:
    """The Jacobian of a function value in user code, whose core takes what it captured first; or of its gradient."""
    inner, names, wrt, single = chosen_of(callee, captured, argnums)
    name = f"{asked.name}_{inner.name}"
    if gradient:
        inner = gradient_request(wrt, False, single, asked.aux).of(compiler, inner)
    return jacobian_callee(compiler, inner, names, replace(asked, wrt=wrt, single=single, name=name), True, either)


def chosen_of(callee: Callee | Prim, captured: int,
              argnums: Argnums) -> tuple[Callee, tuple[str, ...], tuple[int, ...], bool]:
    """Of a function value: its callee, the names of all that this takes, and which of them are chosen, if only one."""
    inner = callee_of_value(callee)
    names = names_of(inner.key)[captured:]
    wrt = tuple([captured + k for k in positions(names, argnums, inner.name)])
    held = [unique(f"held{k}", names) for k in range(captured)]
    return inner, (*held, *names), wrt, not isinstance(argnums, (tuple, list))


def _ways(inner: Callee, kinds: tuple[Kind, ...], asked: JacobianRequest, either: bool) -> tuple[bool, ...]:
    """Whether to try rows, and whether first; where blocks of `insert_grad_of` run, they do by rows alone."""
    if not asked.backward and not either:
        return (False,)
    core = inner.core(kinds)
    if holds_blocks(core):
        raise UnsupportedError(f"`{asked.name}` of a function with blocks of `insert_grad_of` has no text and is not "
                               "differentiated again", construct=asked.name,
                               advice="use `grad` or `vjp`; or `jacfwd`, which runs no block")
    return (True, False) if asked.backward or isinstance(core.result, Number) else (False, True)


def _by_columns(inner: Callee, f: Any, names: tuple[str, ...], asked: JacobianRequest,
                kinds: tuple[Kind, ...]) -> FunctionType:
    """The function that computes a Jacobian column by column."""
    if asked.aux or not asked.single:
        raise UnsupportedError(f"`{asked.name}` of several arguments, or with auxiliary data, has no text and is not "
                               "differentiated again where it cannot be computed at once", origin=place_of(f),
                               construct=asked.name, advice="take one argument at a time")
    if isinstance(inner.core(kinds).result, (Tuple, List, Dict)):
        raise UnsupportedError(f"`{asked.name}` of a function that returns a container has no text where it cannot be "
                               "computed at once", origin=place_of(f), construct=asked.name,
                               advice="return one array, or call it outside of other functions")
    wrt = asked.wrt[0]
    return column_by_column(f, asked.name, names, wrt, _rank(kinds[wrt], asked.name))


def _rank(kind: Kind, name: str) -> int | None:
    """The number of axes, -1 of a number; None of what may be either, or have any number."""
    if isinstance(kind, Number):
        return -1
    if isinstance(kind, Array):
        return kind.rank
    raise UnsupportedError(f"`{name}` inside another derivative is taken of something other than one number or array",
                           construct=name, advice="differentiate with respect to one array")


def _text(name: str, names: tuple[str, ...], wrt: int, rank: int | None) -> str:
    """The text of a Jacobian; `tangent` is the tangent function.

    >>> print(_text("jacobian_f", ("x", "n"), 0, 1), end="")
    def jacobian_f(x, n):
        columns = []
        for direction in unit_directions(x):
            _, column = tangent(x, n, direction)
            columns.append(column)
        return np.moveaxis(np.array(columns), 0, -1)
    """
    x, given = names[wrt], ", ".join(names)
    head = f"def {name}({given}):\n"
    if rank == -1:
        return f"{head}    _, column = tangent({given}, 1.0)\n    return column\n"
    matrix = "np.moveaxis(np.array(columns), 0, -1)"
    last = f"    return {matrix}\n"
    if rank is None:
        last = f"    matrix = {matrix}\n    return np.reshape(matrix, np.shape(matrix)[:-1] + np.shape({x}))[()]\n"
    elif rank != 1:
        last = f"    matrix = {matrix}\n    return np.reshape(matrix, matrix.shape[:-1] + {x}.shape)\n"
    return (f"{head}    columns = []\n    for direction in unit_directions({x}):\n"
            f"        _, column = tangent({given}, direction)\n        columns.append(column)\n{last}")


class TangentOf:
    """The tangent function of a function, or callee, of `count` arguments in those of `wrt`, as the text calls it."""

    def __init__(self, f: Any, count: int, wrt: tuple[int, ...]) -> None:
        self._fn, self._active = f, tuple([k in wrt for k in range(count)])
        plain = inspect.Parameter.POSITIONAL_ONLY
        self.__signature__ = inspect.Signature([inspect.Parameter(f"x{k}", plain) for k in range(count + len(wrt))])

    def __call__(self, *args: Any) -> Any:
        raise NotImplementedError("compiled code calls what it stands for")

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        request = tangent_request(self._active)
        return request.of(compiler, self._fn) if isinstance(self._fn, Callee) else request.callee(compiler, self._fn)


def column_by_column(f: Any, name: str, names: tuple[str, ...], wrt: int, rank: int | None) -> FunctionType:
    """The function that computes a Jacobian in a loop over the unit directions of an argument."""
    given = {"tangent": TangentOf(f, len(names), (wrt,)), "np": np, "unit_directions": unit_directions}
    found: FunctionType = module_of_text(_text(name, names, wrt, rank), name, given)[name]
    return found
