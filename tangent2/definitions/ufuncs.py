"""Methods of NumPy's ufuncs that no rule knows: results that run, sums and products of stretches."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import completes, defines


@defines(np.maximum.accumulate)
def maximum_accumulate(array: Any, axis: Any = 0) -> Any:
    return _running(np.maximum, array, axis)


@defines(np.minimum.accumulate)
def minimum_accumulate(array: Any, axis: Any = 0) -> Any:
    return _running(np.minimum, array, axis)


def _running(combined: Any, array: Any, axis: Any) -> Any:
    found = list(np.moveaxis(array, axis, 0))
    for k in range(1, len(found)):
        found[k] = combined(found[k - 1], found[k])
    return np.moveaxis(np.stack(found), 0, axis)


@defines(np.logaddexp.reduce)
def logaddexp_reduce(array: Any, axis: Any = 0, *, keepdims: Any = False) -> Any:
    values = np.asarray(array)
    high = np.max(values, axis=axis, keepdims=True)
    found = np.log(np.sum(np.exp(values - high), axis=axis, keepdims=True)) + high
    return found if keepdims else np.squeeze(found, axis)


@defines(np.add.reduceat)
def add_reduceat(array: Any, indices: Any, axis: Any = 0) -> Any:
    rows = np.moveaxis(array, axis, 0)
    found = []
    for start, stop in _stretches(indices, len(rows)):
        found.append(np.sum(rows[start:stop], axis=0))
    return np.moveaxis(np.stack(found), 0, axis)


@defines(np.multiply.reduceat)
def multiply_reduceat(array: Any, indices: Any, axis: Any = 0) -> Any:
    rows = np.moveaxis(array, axis, 0)
    found = []
    for start, stop in _stretches(indices, len(rows)):
        found.append(np.prod(rows[start:stop], axis=0))
    return np.moveaxis(np.stack(found), 0, axis)


def _stretches(indices: Any, count: Any) -> Any:
    """Where stretches start and stop: one that does not stop after its start is of one row."""
    starts = [int(i) for i in indices]
    stops = [*starts[1:], count]
    return [(a, max(a + 1, b)) for a, b in zip(starts, stops)]


@completes(np.take, mode=("raise",))
def take(a: Any, indices: Any, axis: Any = None, *, mode: Any = "raise") -> Any:
    count = np.size(a) if axis is None else np.shape(a)[axis]
    places = np.asarray(indices)
    if mode == "wrap":
        places = places % count
    elif mode == "clip":
        places = np.clip(places, 0, count - 1)
    return np.take(a, places, axis=axis)


@completes(np.prod, initial=(None,), where=(True,))
def prod(a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
    values = a if where is True else np.where(where, a, 1.0)
    found = np.prod(values, axis=axis, keepdims=keepdims)
    return found if initial is None else found * initial


@completes(np.nan_to_num, nan=(0.0,), posinf=(None,), neginf=(None,))
def nan_to_num(x: Any, *, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    values = np.asarray(x)
    high = np.finfo(values.dtype).max if posinf is None else posinf
    low = np.finfo(values.dtype).min if neginf is None else neginf
    limited = np.where(values == np.inf, high, np.where(values == -np.inf, low, values))
    return np.where(np.isnan(values), nan, limited)
