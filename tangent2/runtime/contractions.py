"""Adjoints of tensor products and contractions whose axes are only known at run time."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.runtime.shapes import cast_like


def _axes(a: Any, b: Any, axes: Any) -> tuple[list[int], list[int]]:
    if isinstance(axes, (int, np.integer)):
        return list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    left, right = [[part] if isinstance(part, (int, np.integer)) else list(part) for part in axes]
    return [int(k) % np.ndim(a) for k in left], [int(k) % np.ndim(b) for k in right]


def tensordot_left(g: Any, a: Any, b: Any, axes: Any) -> Any:
    """The adjoint of `a` in `np.tensordot(a, b, axes)`.

    >>> tensordot_left(np.ones((2, 4)), np.ones((2, 3)), np.ones((3, 4)), 1)
    array([[4., 4., 4.],
           [4., 4., 4.]])
    """
    left, right = _axes(a, b, axes)
    rest = [k for k in range(np.ndim(b)) if k not in right]
    found = np.tensordot(g, b, (list(range(np.ndim(g) - len(rest), np.ndim(g))), rest))
    kept = [k for k in range(np.ndim(a)) if k not in left]
    order = kept + [left[right.index(k)] for k in sorted(right)]
    return cast_like(np.transpose(found, np.argsort(order)) if order else found, a)


def tensordot_right(g: Any, a: Any, b: Any, axes: Any) -> Any:
    """The adjoint of `b` in `np.tensordot(a, b, axes)`."""
    left, right = _axes(a, b, axes)
    rest = [k for k in range(np.ndim(a)) if k not in left]
    found = np.tensordot(a, g, (rest, list(range(len(rest)))))
    kept = [k for k in range(np.ndim(b)) if k not in right]
    order = [right[left.index(k)] for k in sorted(left)] + kept
    return cast_like(np.transpose(found, np.argsort(order)) if order else found, b)


def _apart(g: Any, a: Any, b: Any) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """`g = np.kron(a, b)` with the axes of a and of b next to each other, and their extents."""
    rank = max(np.ndim(a), np.ndim(b))
    first, second = [(1,) * (rank - np.ndim(x)) + np.shape(x) for x in (a, b)]
    return np.reshape(g, [n for pair in zip(first, second) for n in pair]), first, second


def kron_left(g: Any, a: Any, b: Any) -> Any:
    """The adjoint of `a` in `np.kron(a, b)`.

    >>> kron_left(np.arange(4.0), np.ones(2), np.array([1.0, 10.0]))
    array([10., 32.])
    """
    apart, first, second = _apart(g, a, b)
    weights = np.reshape(b, [n for size in second for n in (1, size)])
    return cast_like(np.reshape(np.sum(apart * weights, axis=tuple(range(1, 2 * len(first), 2))), np.shape(a)), a)


def kron_right(g: Any, a: Any, b: Any) -> Any:
    """The adjoint of `b` in `np.kron(a, b)`."""
    apart, first, second = _apart(g, a, b)
    weights = np.reshape(a, [n for size in first for n in (size, 1)])
    return cast_like(np.reshape(np.sum(apart * weights, axis=tuple(range(0, 2 * len(first), 2))), np.shape(b)), b)


def windows_dot(g: Any, x: Any) -> Any:
    """The product with `x` of each stretch of `g` that is as long: the adjoint of the other operand of `np.convolve`.

    >>> windows_dot(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0]))
    array([21., 32.])
    """
    return np.convolve(g, x[::-1], "valid")
