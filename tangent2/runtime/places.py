"""Adjoints of functions that pick, repeat or rearrange elements: what was picked is put back in its place."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.runtime.shapes import cast_like, unbroadcast
from tangent2.runtime.trees import zero_like


def place_diagonal(g: Any, like: Any, offset: Any, axis1: Any, axis2: Any) -> Any:
    """Zeros like an array with `g` on a diagonal: the transpose of `np.diagonal`.

    >>> place_diagonal(np.array([1.0, 2.0]), np.zeros((2, 3)), 1, 0, 1)
    array([[0., 1., 0.],
           [0., 0., 2.]])
    """
    found = zero_like(like)
    last = np.moveaxis(found, (axis1, axis2), (-2, -1))
    rows, columns = last.shape[-2:]
    size = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    k = np.arange(size)
    last[..., k + max(-offset, 0), k + max(offset, 0)] = cast_like(g, found)
    return found


def diagonal_like(g: Any, x: Any, k: Any) -> Any:
    """The adjoint of `x` in `np.diag(x, k)`."""
    return np.diagonal(g, k).copy() if np.ndim(x) == 1 else place_diagonal(g, x, k, 0, 1)


def sum_tiles(g: Any, x: Any, reps: Any) -> Any:
    """The adjoint of `x` in `np.tile(x, reps)`.

    >>> sum_tiles(np.arange(4.0), np.zeros(2), 2)
    array([2., 4.])
    """
    shape = (1,) * (np.ndim(g) - np.ndim(x)) + np.shape(x)
    split = [n for size, whole in zip(shape, np.shape(g)) for n in (whole // max(size, 1), size)]
    return np.reshape(np.sum(np.reshape(g, split), axis=tuple(range(0, len(split), 2))), np.shape(x))


def sum_repeated(g: Any, x: Any, repeats: Any, axis: Any) -> Any:
    """The adjoint of `x` in `np.repeat(x, repeats, axis)`.

    >>> sum_repeated(np.arange(3.0), np.zeros(2), [1, 2], 0)
    array([0., 3.])
    """
    size = np.size(x) if axis is None else np.shape(x)[axis]
    return put_taken(g, x, np.repeat(np.arange(size), repeats), axis)


def put_taken(g: Any, x: Any, indices: Any, axis: Any) -> Any:
    """The adjoint of `x` in `np.take(x, indices, axis)`.

    >>> put_taken(np.ones(3), np.zeros(3), [0, 0, 2], None)
    array([2., 0., 1.])
    """
    found = zero_like(np.asarray(x))
    if axis is None:
        flat = np.zeros(found.size, found.dtype)
        np.add.at(flat, np.asarray(indices), cast_like(g, found))
        return np.reshape(flat, found.shape)
    axis = axis % found.ndim
    np.add.at(found, (slice(None),) * axis + (np.asarray(indices),), cast_like(g, found))
    return found


def put_along(g: Any, x: Any, indices: Any, axis: Any) -> Any:
    """The adjoint of `x` in `np.take_along_axis(x, indices, axis)`.

    >>> put_along(np.ones(2), np.zeros(3), np.array([1, 1]), 0)
    array([0., 2., 0.])
    """
    if axis is None:
        return put_taken(g, x, indices, None)
    axis = axis % x.ndim
    shape = [n if k == axis else max(n, m) for k, (n, m) in enumerate(zip(indices.shape, x.shape))]
    shape[axis] = x.shape[axis]
    found = np.zeros(shape, np.result_type(g, x) if x.dtype.kind in "fc" else g.dtype)
    shape[axis] = indices.shape[axis]
    grid = [np.arange(n).reshape([-1 if k == m else 1 for m in range(len(shape))]) for k, n in enumerate(shape)]
    grid[axis] = indices
    np.add.at(found, tuple(grid), cast_like(g, found))
    return unbroadcast(found, x)


def unpad(g: Any, x: Any, pad_width: Any) -> Any:
    """What of `g` is due to `x` in `np.pad(x, pad_width)`.

    >>> unpad(np.arange(5.0), np.zeros(2), (1, 2))
    array([1., 2.])
    """
    before = np.broadcast_to(pad_width, (np.ndim(x), 2))[:, 0]
    return g[tuple([slice(int(k), int(k) + n) for k, n in zip(before, np.shape(x))])]


def gradient_back(g: Any, axis: Any) -> Any:
    """The adjoint of `x` in `np.gradient(x, axis=axis)`, of unit spacing.

    >>> x, g = np.array([1.0, 4.0, 2.0, 7.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> bool(np.gradient(x) @ g == x @ gradient_back(g, 0))
    True
    """
    last = np.moveaxis(g, axis, -1)
    found = np.zeros_like(last)
    found[..., 2:] += 0.5 * last[..., 1:-1]
    found[..., :-2] -= 0.5 * last[..., 1:-1]
    found[..., 1] += last[..., 0]
    found[..., 0] -= last[..., 0]
    found[..., -1] += last[..., -1]
    found[..., -2] -= last[..., -1]
    return np.moveaxis(found, -1, axis)


def median_weights(x: Any, axis: Any) -> Any:
    """The weight of each element in `np.median(x, axis)`: that of one or two in the middle.

    >>> median_weights(np.array([3.0, 1.0, 2.0, 9.0]), None)
    array([0.5, 0. , 0.5, 0. ])
    """
    if axis is None:
        return np.reshape(median_weights(np.reshape(x, -1), 0), np.shape(x))
    order, size = np.argsort(x, axis=axis), np.shape(x)[axis]
    found = np.zeros(np.shape(x), np.asarray(x).dtype if np.asarray(x).dtype.kind == "f" else float)
    for k in ((size - 1) // 2, size // 2):
        place = np.take(order, [k], axis=axis)
        np.put_along_axis(found, place, np.take_along_axis(found, place, axis) + 0.5, axis)
    return found


def places_of(x: Any, out: Any, axis: int) -> Any:
    """From where in `x` the elements of `out`, which has them in another order, have come.

    >>> places_of(np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]), 0)
    array([1, 2, 0])
    """
    order = np.argsort(x, axis, kind="stable")
    found = np.empty_like(order)
    np.put_along_axis(found, np.argsort(out, axis, kind="stable"), order, axis)
    return found


def diagonal_places(like: Any) -> Any:
    """The places of the main diagonal of an array in the raveled one, as `np.fill_diagonal` finds them.

    >>> diagonal_places(np.zeros((3, 2))), diagonal_places(np.zeros((2, 2, 2)))
    (array([0, 3]), array([0, 7]))
    """
    shape = np.shape(like)
    if len(shape) < 2 or len(shape) > 2 and len(set(shape)) > 1:
        raise ValueError("a diagonal is filled of an array of two axes, or of more that are equally long")
    return np.ravel_multi_index((np.arange(min(shape)),) * len(shape), shape)
