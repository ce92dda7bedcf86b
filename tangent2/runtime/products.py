"""Adjoints of products of arrays whose ranks are only known at run time, or are higher than two."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.runtime.shapes import cast_like, unbroadcast


def matmul_left(g: Any, x: Any, y: Any) -> Any:
    """The adjoint of `x` in `x @ y`.

    >>> matmul_left(2.0, np.ones(2), np.array([3.0, 4.0]))
    array([6., 8.])
    """
    if np.ndim(y) == 1:
        return unbroadcast(np.expand_dims(g, -1) * y, x)
    if np.ndim(x) == 1:
        g = np.expand_dims(g, -2)
        return unbroadcast(np.sum(g * y, axis=-1), x)
    return unbroadcast(np.matmul(g, np.swapaxes(y, -1, -2)), x)


def matmul_right(g: Any, x: Any, y: Any) -> Any:
    """The adjoint of `y` in `x @ y`."""
    if np.ndim(x) == 1:
        if np.ndim(y) == 1:
            return cast_like(g * x, y)
        return unbroadcast(np.expand_dims(x, -1) * np.expand_dims(g, -2), y)
    if np.ndim(y) == 1:
        return unbroadcast(np.sum(np.expand_dims(g, -1) * x, axis=-2), y)
    return unbroadcast(np.matmul(np.swapaxes(x, -1, -2), g), y)


def turned(y: Any) -> Any:
    """An array whose last two axes are swapped, if it has two."""
    return y if np.ndim(y) < 2 else np.swapaxes(y, -1, -2)


def dot_left(g: Any, x: Any, y: Any) -> Any:
    """The adjoint of `x` in `np.dot(x, y)`."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return unbroadcast(g * y, x)
    if np.ndim(y) <= 2:
        return matmul_left(g, x, y)
    rest = list(range(np.ndim(x) - 1, np.ndim(g)))
    return cast_like(np.tensordot(g, np.moveaxis(y, -2, -1), (rest, list(range(np.ndim(y) - 1)))), x)


def dot_right(g: Any, x: Any, y: Any) -> Any:
    """The adjoint of `y` in `np.dot(x, y)`."""
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        return unbroadcast(g * x, y)
    if np.ndim(y) == 1:
        return cast_like(np.tensordot(g, x, np.ndim(g)) if np.ndim(g) else g * x, y)
    lead = list(range(np.ndim(x) - 1))
    return cast_like(np.moveaxis(np.tensordot(x, g, (lead, lead)), 0, -2), y)


def of_square(u: Any, v: Any) -> Any:
    """`u`, refused if it and `v`, the full factors of a matrix, are not of one size: then that is not square.

    >>> of_square(np.eye(1), np.eye(2))
    Traceback (most recent call last):
    TypeError: np.linalg.svd with full matrices of a matrix that is not square: give full_matrices=False
    """
    if np.shape(u) != np.shape(v):
        raise TypeError("np.linalg.svd with full matrices of a matrix that is not square: give full_matrices=False")
    return u
