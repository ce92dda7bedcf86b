"""Functions of one axis, element by element: differences, sums that run, filters, angles without jumps."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    line = np.ravel(ary)
    parts = [line[1:] - line[:-1]]
    if to_begin is not None:
        parts = [np.ravel(to_begin), *parts]
    if to_end is not None:
        parts = [*parts, np.ravel(to_end)]
    return np.concatenate(parts)


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
