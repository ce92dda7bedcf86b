"""Slopes of sampled functions: along several axes, at unequal distances, of second order at the ends."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import completes


@completes(np.gradient, edge_order=(1,))
def gradient(f: Any, first: Any = None, second: Any = None, third: Any = None, /, *, axis: Any = None,
             edge_order: Any = 1) -> Any:
    values = np.asarray(f)
    other = first if second is None else second
    last = first if third is None else third
    if axis is not None:
        if isinstance(axis, int):
            return _slopes(values, first, axis, edge_order)
        if len(axis) == 2:
            return _slopes(values, first, axis[0], edge_order), _slopes(values, other, axis[1], edge_order)
    elif values.ndim == 1:
        return _slopes(values, first, 0, edge_order)
    elif values.ndim == 2:
        return _slopes(values, first, 0, edge_order), _slopes(values, other, 1, edge_order)
    elif values.ndim == 3:
        return (_slopes(values, first, 0, edge_order), _slopes(values, other, 1, edge_order),
                _slopes(values, last, 2, edge_order))
    raise NotImplementedError("np.gradient along so many axes has no derivative: call it for each with axis=")


def _slopes(values: Any, spacing: Any, axis: Any, edge_order: Any) -> Any:
    rows = np.moveaxis(values, axis, 0)
    if np.ndim(spacing) == 1:
        steps = np.diff(spacing)
    else:
        steps = np.ones(len(rows) - 1) * (1.0 if spacing is None else spacing)
    secants = (rows[1:] - rows[:-1]) / np.reshape(steps, (-1,) + (1,) * (rows.ndim - 1))
    shares = np.reshape(steps[:-1] / (steps[:-1] + steps[1:]), (-1,) + (1,) * (rows.ndim - 1))
    inner = secants[:-1] * (1.0 - shares) + secants[1:] * shares
    first, last = secants[0], secants[-1]
    if edge_order == 2:
        first = first - (secants[1] - secants[0]) * steps[0] / (steps[0] + steps[1])
        last = last + (secants[-1] - secants[-2]) * steps[-1] / (steps[-2] + steps[-1])
    return np.moveaxis(np.concatenate([first[None], inner, last[None]]), 0, axis)
