"""Functions of matrices: products of many, least squares, norms, conditions."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import completes, defines


@defines(np.linalg.multi_dot)
def multi_dot(arrays: Any) -> Any:
    found = arrays[0]
    for each in arrays[1:]:
        found = found @ each
    return found


@completes(np.linalg.cholesky, upper=(False,))
def cholesky(a: Any, /, *, upper: Any = False) -> Any:
    return np.swapaxes(np.linalg.cholesky(np.swapaxes(a, -1, -2)), -1, -2) if upper else np.linalg.cholesky(a)


@completes(np.linalg.eigh, UPLO=("L",))
def eigh(a: Any, UPLO: Any = "L") -> Any:
    return np.linalg.eigh(np.swapaxes(a, -1, -2) if UPLO == "U" or UPLO == "u" else a)


@completes(np.linalg.eigvalsh, UPLO=("L",))
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return np.linalg.eigvalsh(np.swapaxes(a, -1, -2) if UPLO == "U" or UPLO == "u" else a)


@defines(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    return np.linalg.svd(x, compute_uv=False)


@defines(np.linalg.cond)
def cond(x: Any) -> Any:
    values = np.linalg.svd(x, compute_uv=False)
    return values[..., 0] / values[..., -1]


@defines(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    if axis is None:
        found = np.linalg.norm(np.ravel(x), ord)
        return np.reshape(found, (1,) * np.ndim(x)) if keepdims else found
    return np.linalg.norm(x, ord, axis, keepdims)


@defines(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    if np.ndim(x) == 2 and not keepdims:
        return np.linalg.norm(x, ord)
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@defines(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    matrix, given = np.asarray(a), np.asarray(b)
    rows, columns = matrix.shape
    solution = np.linalg.pinv(matrix) @ given
    rank = np.linalg.matrix_rank(matrix)
    off = given - matrix @ solution
    left = np.sum(off * off, axis=0) if rank == columns and rows > columns else np.zeros(0)
    return solution, np.atleast_1d(left), rank, np.linalg.svd(matrix, compute_uv=False)


@defines(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any) -> Any:
    shape = np.shape(a)[np.ndim(b):]
    return np.reshape(np.linalg.solve(np.reshape(a, (np.size(b), -1)), np.ravel(b)), shape)


@defines(np.linalg.tensorinv)
def tensorinv(a: Any, ind: Any = 2) -> Any:
    shape = np.shape(a)
    size = 1
    for extent in shape[:ind]:
        size = size * extent
    return np.reshape(np.linalg.inv(np.reshape(a, (size, -1))), shape[ind:] + shape[:ind])


@defines(np.linalg.outer)
def outer(x1: Any, x2: Any, /) -> Any:
    return np.outer(x1, x2)


@defines(np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Any:
    return np.matmul(x1, x2)


@defines(np.linalg.tensordot)
def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes)


@defines(np.linalg.trace)
def trace(x: Any, /, *, offset: Any = 0) -> Any:
    return np.trace(x, offset, -2, -1)


@defines(np.linalg.diagonal)
def diagonal(x: Any, /, *, offset: Any = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


@defines(np.linalg.cross)
def cross(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return np.moveaxis(np.cross(np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)), -1, axis)


@completes(np.linalg.matrix_power, n=tuple(range(13)))
def matrix_power(a: Any, n: Any) -> Any:
    found, factor = np.eye(np.shape(a)[-1]), np.linalg.inv(a) if n < 0 else np.asarray(a)
    for _ in range(abs(n)):
        found = found @ factor
    return found
