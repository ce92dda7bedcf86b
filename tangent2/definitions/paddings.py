"""Arrays made wider along their axes, by what stands at their edges."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import completes


@completes(np.pad, mode=("constant",), constant_values=(0,))
def pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0, end_values: Any = 0) -> Any:
    values = np.asarray(array)
    if mode == "edge" or mode == "reflect" or mode == "symmetric" or mode == "wrap":
        places = np.pad(np.reshape(np.arange(values.size), values.shape), pad_width, mode)
        return np.ravel(values)[places.astype(int)]
    widths = np.broadcast_to(pad_width, (values.ndim, 2))
    ends = np.broadcast_to(constant_values if mode == "constant" else end_values, (values.ndim, 2))
    for axis in range(values.ndim):
        rows = np.moveaxis(values, axis, 0)
        before, after = widths[axis, 0], widths[axis, 1]
        if mode == "constant":
            first, last = np.full((1,) + rows.shape[1:], ends[axis, 0]), np.full((1,) + rows.shape[1:], ends[axis, 1])
        elif mode == "linear_ramp":
            first = ends[axis, 0] + (rows[:1] - ends[axis, 0]) * _steps(before, rows.ndim)
            last = (ends[axis, 1] + (rows[-1:] - ends[axis, 1]) * _steps(after, rows.ndim))[::-1]
        elif mode == "mean":
            first = last = np.mean(rows, axis=0, keepdims=True)
        elif mode == "maximum":
            first = last = np.max(rows, axis=0, keepdims=True)
        elif mode == "minimum":
            first = last = np.min(rows, axis=0, keepdims=True)
        elif mode == "median":
            first = last = np.median(rows, axis=0, keepdims=True)
        else:
            raise NotImplementedError(f"np.pad in the mode {mode!r} has no derivative")
        if mode != "linear_ramp":
            first, last = np.repeat(first, before, axis=0), np.repeat(last, after, axis=0)
        values = np.moveaxis(np.concatenate([first, rows, last]), 0, axis)
    return values


def _steps(count: Any, ndim: Any) -> Any:
    """The shares of the way to an edge."""
    return np.reshape(np.arange(count) / np.maximum(count, 1), (-1,) + (1,) * (ndim - 1))
