"""Cumulative products and their derivatives, along an axis, several, or (None) all: right where factors are zero."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _last(x: Any, axis: Any) -> tuple[Any, Callable[[Any], Any]]:
    """An array with the axes of a scan as its last one, and how to undo that."""
    if axis is None:
        return np.reshape(x, -1), lambda y: np.reshape(y, np.shape(x))
    axes = axis if isinstance(axis, tuple) else (axis,)
    ends = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, ends)
    flat = np.reshape(moved, (*moved.shape[:moved.ndim - len(axes)], -1))
    return flat, lambda y: np.moveaxis(np.reshape(y, moved.shape), ends, axes)


def delay(x: Any, axis: Any, backward: bool) -> Any:
    """Each element replaced by the one before it (after it, if `backward`), the first by zero.

    >>> delay(np.array([1.0, 2.0, 3.0]), 0, False)
    array([0., 1., 2.])
    """
    flat, restore = _last(x, axis)
    found = np.zeros_like(flat)
    if backward:
        found[..., :-1] = flat[..., 1:]
    else:
        found[..., 1:] = flat[..., :-1]
    return restore(found)


def recurrence(a: Any, b: Any, axis: Any, backward: bool) -> Any:
    """The solution of `y[i] = a[i] * y[i - 1] + b[i]` (of `y[i + 1]`, if `backward`), from zero.

    >>> recurrence(np.array([5.0, 2.0, 2.0]), np.ones(3), 0, False)
    array([1., 3., 7.])
    """
    factors, restore = _last(a, axis)
    terms = _last(b, axis)[0]
    found = np.zeros(np.shape(terms), np.result_type(factors, terms))
    y: Any = 0.0
    order = range(terms.shape[-1])
    for k in reversed(order) if backward else order:
        y = factors[..., k] * y + terms[..., k]
        found[..., k] = y
    return restore(found)


def products_before(x: Any, axis: Any) -> Any:
    """For each element the product of those before it.

    >>> products_before(np.array([2.0, 3.0, 0.0, 5.0]), 0)
    array([1., 2., 6., 0.])
    """
    flat, restore = _last(x, axis)
    found = np.ones_like(flat)
    np.cumprod(flat[..., :-1], axis=-1, out=found[..., 1:])
    return restore(found)


def products_after(x: Any, axis: Any) -> Any:
    """For each element the product of those after it.

    >>> products_after(np.array([2.0, 3.0, 0.0, 5.0]), 0)
    array([0., 0., 5., 1.])
    """
    flat, restore = _last(x, axis)
    found = np.ones_like(flat)
    found[..., :-1] = np.cumprod(flat[..., :0:-1], axis=-1)[..., ::-1]
    return restore(found)
