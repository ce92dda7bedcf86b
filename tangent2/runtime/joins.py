"""Adjoints of joining arrays: what was joined is taken apart again, whatever function joined it."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from tangent2.runtime.shapes import cast_like, unbroadcast
from tangent2.runtime.trees import rows_like


def split_like(g: Any, parts: Any, axis: Any) -> Any:
    """What of `g`, the adjoint of parts joined along an axis, is due to each: in the structure of the parts.

    The parts may have been given axes before they were joined, as `np.stack` and `np.vstack` do.

    >>> split_like(np.arange(5.0), [np.zeros(2), np.zeros(3)], 0)
    [array([0., 1.]), array([2., 3., 4.])]
    >>> split_like(np.ones((2, 3)), (np.zeros(2), np.zeros((2, 2))), -1)
    (array([1., 1.]), array([[1., 1.],
           [1., 1.]]))
    """
    if isinstance(parts, np.ndarray):
        return np.array(split_like(g, list(parts), axis)).reshape(parts.shape)
    at = 0 if axis is None else axis
    across = math.prod(np.shape(g)) // max(np.shape(g)[at], 1)
    found, start = [], 0
    for part in parts:
        stop = start + math.prod(np.shape(part)) // max(across, 1)
        piece = np.reshape(np.moveaxis(np.moveaxis(g, at, 0)[start:stop], 0, at), np.shape(part))
        found.append(cast_like(rows_like(piece[()], part), part))
        start = stop
    return found if isinstance(parts, list) else tuple(found)


def join_like(parts: Any, g: Any, axis: Any) -> Any:
    """Parts joined to the shape of `g`: the transpose of `split_like`.

    >>> join_like([np.ones(1), np.zeros(2)], np.zeros(3), 0)
    array([1., 0., 0.])
    """
    at = 0 if axis is None else axis % np.ndim(g)
    rest = np.shape(g)[:at] + np.shape(g)[at + 1:]
    across = max(math.prod(rest), 1)
    arrays = [np.reshape(p, (*rest[:at], np.size(p) // across, *rest[at:])) for p in parts]
    return np.concatenate(arrays, axis=at)


def choose_like(g: Any, conditions: Any, choices: Any) -> Any:
    """What of `g`, the adjoint of `np.select(conditions, choices)`, is due to each choice.

    >>> choose_like(np.ones(2), [np.array([True, False])], [np.zeros(2)])
    [array([1., 0.])]
    """
    taken, found = np.zeros((), bool), []
    for condition, choice in zip(conditions, choices):
        found.append(unbroadcast(np.where(condition & ~taken, g, 0.0), choice))
        taken = taken | condition
    return found if isinstance(choices, list) else tuple(found)


def block_parts(g: Any, blocks: Any) -> Any:
    """What of `g`, the adjoint of `np.block(blocks)`, is due to each block.

    >>> block_parts(np.arange(3.0), [np.zeros(1), np.zeros(2)])
    [array([0.]), array([1., 2.])]
    """
    depth, inner = 0, blocks
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    return _block_parts(g, blocks, -depth)


def _block_parts(g: Any, blocks: Any, axis: int) -> Any:
    if not isinstance(blocks, list):
        return cast_like(np.reshape(g, np.shape(blocks)), blocks)
    if np.ndim(g) < -axis:
        return [_block_parts(g, blocks[0], axis + 1)]
    found, start = [], 0
    for block in blocks:
        size = _extent(block, axis, axis + 1)
        piece = np.take(g, np.arange(start, start + size), axis=axis)
        found.append(_block_parts(piece, block, axis + 1))
        start += size
    return found


def _extent(block: Any, axis: int, inner: int) -> int:
    """How far a block reaches along an axis; deeper lists join along later axes."""
    while isinstance(block, list):
        block = block[0]
    shape = np.shape(block)
    return shape[axis] if len(shape) >= -axis else 1
