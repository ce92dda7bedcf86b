"""Functions of sorted values: quantiles, values that are there once."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.quantile)
def quantile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    values = np.asarray(a)
    if axis is None:
        rows = np.sort(np.ravel(values))
    else:
        rows = np.sort(np.moveaxis(values, axis, 0), axis=0)
    at = np.asarray(q) * (rows.shape[0] - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, rows.shape[0] - 1)
    part = np.reshape(at - low, np.shape(at) + (1,) * (rows.ndim - 1))
    found = rows[low] + (rows[high] - rows[low]) * part
    if not keepdims:
        return found
    if axis is None:
        return np.reshape(found, np.shape(at) + (1,) * values.ndim)
    return np.expand_dims(found, np.ndim(at) + axis if axis >= 0 else axis)


@defines(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return quantile(a, np.asarray(q) / 100.0, axis=axis, keepdims=keepdims)


@defines(np.unique)
def unique(ar: Any) -> Any:
    line = np.ravel(ar)
    places = np.unique(line, return_index=True)[1]
    return line[places.astype(int)]


@defines(np.unique_values)
def unique_values(x: Any) -> Any:
    return unique(x)


@defines(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb") -> Any:
    there = np.flatnonzero(np.asarray(filt))
    start = there[0] if "f" in trim.lower() else 0
    stop = there[-1] + 1 if "b" in trim.lower() else len(filt)
    return filt[start:stop]


@defines(np.sort_complex)
def sort_complex(a: Any) -> Any:
    return np.sort(np.asarray(a) + 0j)
