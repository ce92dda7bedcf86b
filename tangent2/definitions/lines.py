"""Functions of one axis, element by element: differences, sums that run, filters, angles without jumps."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import completes, defines


@defines(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    line = np.ravel(ary)
    parts = [line[1:] - line[:-1]]
    if to_begin is not None:
        parts = [np.ravel(to_begin), *parts]
    if to_end is not None:
        parts = [*parts, np.ravel(to_end)]
    return np.concatenate(parts)


@completes(np.diff, n=(1,), prepend=(None, 0), append=(None, 0))
def diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Any:
    found = np.asarray(a)
    if prepend is not None:
        found = np.concatenate([_row_of(found, prepend, axis), found], axis=axis)
    if append is not None:
        found = np.concatenate([found, _row_of(found, append, axis)], axis=axis)
    for _ in range(n):
        found = np.diff(found, axis=axis)
    return found


def _row_of(values: Any, more: Any, axis: Any) -> Any:
    """What is joined along an axis: a number is one for each line."""
    if np.ndim(more) > 0:
        return np.asarray(more)
    return np.broadcast_to(more, np.shape(np.take(values, [0], axis=axis)))


@completes(np.cumsum, dtype=(None,))
def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumsum(np.asarray(a, dtype=dtype), axis=axis)


@completes(np.cumprod, dtype=(None,))
def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumprod(np.asarray(a, dtype=dtype), axis=axis)


@defines(np.cumulative_sum)
def cumulative_sum(x: Any, *, axis: Any = None) -> Any:
    return np.cumsum(x, axis=axis)


@defines(np.cumulative_prod)
def cumulative_prod(x: Any, *, axis: Any = None) -> Any:
    return np.cumprod(x, axis=axis)


@defines(np.nancumsum)
def nancumsum(a: Any, axis: Any = None) -> Any:
    return np.cumsum(np.where(np.isnan(a), 0.0, a), axis=axis)


@defines(np.nancumprod)
def nancumprod(a: Any, axis: Any = None) -> Any:
    return np.cumprod(np.where(np.isnan(a), 1.0, a), axis=axis)


@completes(np.convolve, mode=("full",))
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    whole = np.convolve(a, v)
    longer, shorter = max(len(a), len(v)), min(len(a), len(v))
    if mode == "full":
        return whole
    if mode == "same":
        start = (shorter - 1) // 2
        return whole[start:start + longer]
    return whole[shorter - 1:longer]


@defines(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    first, second = np.asarray(a), np.asarray(v)
    whole = np.convolve(first, np.conj(second)[::-1])
    longer, shorter = max(len(first), len(second)), min(len(first), len(second))
    if mode == "full":
        return whole
    if mode == "same":
        start = (shorter - 1) // 2 if len(first) >= len(second) else shorter // 2
        return whole[start:start + longer]
    return whole[shorter - 1:longer]


@defines(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 6.283185307179586) -> Any:
    angles = np.asarray(p)
    steps = np.diff(angles, axis=axis)
    turns = np.round(steps / period)
    turns = np.where((turns - steps / period == -0.5) & (steps > 0), turns + 0.0, turns)
    if discont is not None:
        turns = np.where(np.abs(steps) < np.maximum(discont, period / 2), 0.0, turns)
    first = np.zeros_like(np.take(angles, [0], axis=axis))
    return angles - period * np.concatenate([first, np.cumsum(turns, axis=axis)], axis=axis)


@defines(np.geomspace)
def geomspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True) -> Any:
    return start * (stop / start) ** np.linspace(0.0, 1.0, num, endpoint=endpoint)


@defines(np.logspace)
def logspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0) -> Any:
    return base ** np.linspace(start, stop, num, endpoint=endpoint)


@defines(np.kaiser)
def kaiser(M: Any, beta: Any) -> Any:
    if M == 1:
        return np.ones(1)
    middle = (M - 1) / 2.0
    return np.i0(beta * np.sqrt(1.0 - ((np.arange(M) - middle) / middle) ** 2)) / np.i0(beta)


@completes(np.linspace, retstep=(False,))
def linspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, retstep: Any = False) -> Any:
    points = np.linspace(start, stop, num, endpoint=endpoint)
    return (points, (stop - start) / (num - 1 if endpoint else num)) if retstep else points


@completes(np.interp, left=(None,), right=(None,))
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    found = np.interp(x, xp, fp)
    if left is not None:
        found = np.where(x < xp[0], left, found)
    if right is not None:
        found = np.where(x > xp[-1], right, found)
    return found
