"""Jacobians sweep by sweep: a column is one sweep of the tangent function, a row one call of the pullback.

They are what is left where one sweep for all columns or rows (`jacobian_sweeps.py`) cannot be had.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from tangent2.cache import compiled
from tangent2.errors import TangentError
from tangent2.requests import pullback_request, tangent_request
from tangent2.trees import tree_flatten, tree_unflatten

Matrix = Callable[..., Any]


def assembled(argument: Any, out: Any, blocks: list[Any]) -> Any:
    """The blocks for the leaves of an argument, in its structure: arrays of the extents of the output, then its own."""
    leaves, structure = tree_flatten(argument)
    shaped = [np.reshape(block, (*np.shape(out), *np.shape(leaf))) for leaf, block in zip(leaves, blocks)]
    return tree_unflatten(structure, [block if block.ndim else block[()] for block in shaped])


Blocks = dict[int, list[list[Any]]]
"""Per argument and leaf of it, per leaf of the output: the derivatives, with the extents of both multiplied out."""


def columns(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool) -> tuple[Any, Blocks]:
    """The output and the blocks, from the tangents along each unit direction."""
    out, blocks = None, {}
    for k in wrt:
        found: list[list[list[Any]]] = [[] for _ in tree_flatten(flat[k])[0]]
        along = tangent_of(fn, flat, (k,), has_aux)
        for j, unit in _units(flat[k]):
            value, dot, *aux = along(*flat, unit)
            out = (value, *aux) if has_aux else value
            found[j].append(_tangent_leaves(value, dot))
        # per leaf of the argument: per leaf of the output, the columns side by side
        blocks[k] = [[np.stack(each, axis=-1) for each in zip(*some)] for some in found]
    if out is None:         # no input has any element
        out = fn(*flat)
        shapes = [np.shape(leaf) for leaf in tree_flatten(out[0] if has_aux else out)[0]]
        blocks = {k: [[np.zeros((*s, 0)) for s in shapes] for _ in tree_flatten(flat[k])[0]] for k in wrt}
    return out, {k: _turned(block) for k, block in blocks.items()}


def _turned(block: list[list[Any]]) -> list[list[Any]]:
    """Per leaf of the output, per leaf of the argument."""
    return [list(each) for each in zip(*block)]


def _tangent_leaves(out: Any, dot: Any) -> list[Any]:
    """The tangents of the leaves of an output; zero where there is none."""
    leaves = tree_flatten(out)[0]
    if dot is None:
        return [np.zeros(np.shape(leaf)) for leaf in leaves]
    found: list[Any] = []
    _pair_up(out, dot, found)
    return found


def _pair_up(out: Any, dot: Any, found: list[Any]) -> None:
    """Leaves of a tangent in the order of those of the output: None stands for zeros below any node."""
    leaves, structure = tree_flatten(out)
    if structure.node is None:
        found.append(np.zeros(np.shape(out)) if dot is None else dot)
    elif dot is None:
        found += [np.zeros(np.shape(leaf)) for leaf in leaves]
    else:
        keys = sorted(out) if isinstance(out, dict) else range(len(out)) if isinstance(out, (tuple, list)) else ()
        for key in keys:
            _pair_up(out[key], dot[key], found)


def fewer(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool) -> tuple[Any, Blocks]:
    """The output and the blocks: columns if there are no more of them than rows."""
    active = tuple([k in wrt for k in range(len(flat))])
    try:
        entry = compiled(fn, pullback_request(active, has_aux), flat)
        out, pullback = entry.function(*flat)
    except TangentError:        # of which columns may know nothing
        return columns(fn, flat, wrt, has_aux)
    if not entry.blocks and _count([flat[k] for k in wrt]) <= _count(out[0] if has_aux else out):
        with suppress(TangentError):
            return columns(fn, flat, wrt, has_aux)
    return all_rows(out, pullback, flat, wrt, has_aux)


def has_fewer_rows(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool) -> bool:
    """Whether a Jacobian is to be had by rows: there are fewer of them, or they run blocks of the user's."""
    active = tuple([k in wrt for k in range(len(flat))])
    try:
        entry = compiled(fn, pullback_request(active, has_aux), flat)
        out, _ = entry.function(*flat)
    except TangentError:        # of which columns may know nothing
        return False
    return entry.blocks or _count([flat[k] for k in wrt]) > _count(out[0] if has_aux else out)


def _count(tree: Any) -> int:
    """How many numbers a tree holds."""
    return sum([np.size(leaf) for leaf in tree_flatten(tree)[0]])


def rows(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool) -> tuple[Any, Blocks]:
    """The output and the blocks, from the pullbacks of each unit adjoint."""
    active = tuple([k in wrt for k in range(len(flat))])
    out, pullback = compiled(fn, pullback_request(active, has_aux), flat).function(*flat)
    return all_rows(out, pullback, flat, wrt, has_aux)


def all_rows(out: Any, pullback: Any, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool) -> Any:
    value = out[0] if has_aux else out
    leaves = tree_flatten(value)[0]
    found: list[list[tuple[Any, ...]]] = [[] for _ in leaves]
    for i, unit in _units(value):
        found[i].append(pullback(unit))
    blocks: Blocks = {}
    for k in wrt:
        own = [[tree_flatten(row[k])[0] for row in some] for some in found]
        sizes = [np.shape(leaf) for leaf in tree_flatten(flat[k])[0]]
        blocks[k] = [[np.stack([row[j] for row in some]) if some else np.zeros((0, *size))
                      for j, size in enumerate(sizes)] for some in own]
    return out, blocks


def tangent(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], dots: tuple[Any, ...]) -> Any:
    """The value and the tangent of a function, for tangents of some arguments in order."""
    return tangent_of(fn, flat, wrt)(*flat, *dots)


def tangent_of(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool = False) -> Matrix:
    """The tangent function in some arguments: it gives the value, the tangent, and what else the function returns."""
    active = tuple([k in wrt for k in range(len(flat))])
    return compiled(fn, tangent_request(active, aux=has_aux), flat).function


def _units(tree: Any) -> Iterator[tuple[int, Any]]:
    """All trees like one that are 1 in one place and 0 elsewhere, with the number of the leaf that has the 1."""
    leaves, structure = tree_flatten(tree)
    zeros = [np.zeros_like(x) if isinstance(x, np.ndarray) else 0.0 for x in leaves]
    for k, leaf in enumerate(leaves):
        for index in np.ndindex(np.shape(leaf)):
            unit: Any = 1.0
            if isinstance(leaf, np.ndarray):
                unit = np.zeros_like(leaf)
                unit[index] = 1
            yield k, tree_unflatten(structure, [*zeros[:k], unit, *zeros[k + 1:]])
