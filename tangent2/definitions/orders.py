"""Functions of sorted values: quantiles, also of what is there beside NaN."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.quantile)
def quantile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    values = np.asarray(a)
    if axis is None:
        rows = np.sort(np.ravel(values))
    else:
        rows = np.sort(np.moveaxis(values, axis, 0), axis=0)
    last = rows.shape[0] - 1
    at = np.asarray(q) * last if method == "linear" else _place(np.asarray(q), last + 1, method)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, last)
    part = np.reshape(at - low, np.shape(at) + (1,) * (rows.ndim - 1))
    found = rows[low] + (rows[high] - rows[low]) * part
    return _kept(found, np.ndim(at), axis, values.ndim) if keepdims else found


def _place(share: Any, count: Any, method: str) -> Any:
    """Where a share of so many numbers in order is (R. J. Hyndman and Y. Fan, Sample quantiles, 1996)."""
    whole = share * (count - 1)
    if method == "lower":
        return np.floor(whole)
    if method == "higher":
        return np.ceil(whole)
    if method == "nearest":
        return np.round(whole)
    if method == "midpoint":
        return 0.5 * (np.floor(whole) + np.ceil(whole))
    if method == "hazen":
        return np.clip(share * count - 0.5, 0.0, count - 1.0)
    if method == "weibull":
        return np.clip(share * (count + 1) - 1.0, 0.0, count - 1.0)
    if method == "median_unbiased":
        return np.clip(share * (count + 1.0 / 3.0) - 2.0 / 3.0, 0.0, count - 1.0)
    if method == "normal_unbiased":
        return np.clip(share * (count + 0.25) - 0.625, 0.0, count - 1.0)
    if method == "interpolated_inverted_cdf":
        return np.clip(share * count - 1.0, 0.0, count - 1.0)
    raise NotImplementedError(f"np.quantile by the method {method!r} has no derivative")


def _kept(found: Any, shares: int, axis: Any, dims: int) -> Any:
    """What was found for each share, with extent 1 where NumPy keeps the dimensions."""
    if axis is None:
        return np.reshape(found, np.shape(found) + (1,) * dims)
    return np.expand_dims(found, shares + axis if axis >= 0 else axis)


@defines(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: Any = False) -> Any:
    return quantile(a, np.asarray(q) / 100.0, axis=axis, method=method, keepdims=keepdims)


@defines(np.nanquantile)
def nanquantile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    values = np.asarray(a)
    rows = np.sort(np.ravel(values) if axis is None else np.moveaxis(values, axis, 0), axis=0)      # NaN is last
    last = np.sum(~np.isnan(rows), axis=0) - 1
    shares = np.reshape(q, np.shape(q) + (1,) * (rows.ndim - 1))
    at = shares * last
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, last)
    inner = (-1,) + rows.shape[1:]
    below = np.reshape(np.take_along_axis(rows, np.reshape(low, inner), axis=0), at.shape)
    above = np.reshape(np.take_along_axis(rows, np.reshape(high, inner), axis=0), at.shape)
    found = below + (above - below) * (at - low)
    return _kept(found, np.ndim(q), axis, values.ndim) if keepdims else found


@defines(np.nanpercentile)
def nanpercentile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return nanquantile(a, np.asarray(q) / 100.0, axis=axis, keepdims=keepdims)


@defines(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return nanquantile(a, 0.5, axis=axis, keepdims=keepdims)


@defines(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb") -> Any:
    there = np.flatnonzero(np.asarray(filt))
    start = there[0] if "f" in trim.lower() else 0
    stop = there[-1] + 1 if "b" in trim.lower() else len(filt)
    return filt[start:stop]


@defines(np.sort_complex)
def sort_complex(a: Any) -> Any:
    return np.sort(np.asarray(a) + 0j)
