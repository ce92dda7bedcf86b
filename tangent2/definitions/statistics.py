"""Moments of samples: correlations, and means and deviations of what there is beside NaN."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Any:
    rows = np.atleast_2d(x)
    if not rowvar and rows.shape[0] != 1:
        rows = rows.T
    if y is not None:
        more = np.atleast_2d(y)
        if not rowvar and more.shape[0] != 1:
            more = more.T
        rows = np.concatenate([rows, more])
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    products = centred @ centred.T
    scale = np.sqrt(np.diag(products))
    found = products / scale[:, None] / scale
    if rows.shape[0] == 1:
        return found[0, 0]
    return found


@defines(np.nanprod)
def nanprod(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return np.prod(np.where(np.isnan(a), 1.0, a), axis=axis, keepdims=keepdims)


@defines(np.nanmax)
def nanmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return np.max(np.where(np.isnan(a), -np.inf, a), axis=axis, keepdims=keepdims)


@defines(np.nanmin)
def nanmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return np.min(np.where(np.isnan(a), np.inf, a), axis=axis, keepdims=keepdims)


@defines(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    there = ~np.isnan(a)
    total = np.sum(np.where(there, a, 0.0), axis=axis, keepdims=keepdims)
    return total / np.sum(there, axis=axis, keepdims=keepdims)


@defines(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    there = ~np.isnan(a)
    mean = np.sum(np.where(there, a, 0.0), axis=axis, keepdims=True) / np.sum(there, axis=axis, keepdims=True)
    off = np.where(there, a - mean, 0.0)
    count = np.sum(there, axis=axis, keepdims=keepdims) - ddof
    return np.sum(off * off, axis=axis, keepdims=keepdims) / count


@defines(np.nanstd)
def nanstd(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: Any = False) -> Any:
    there = ~np.isnan(a)
    mean = np.sum(np.where(there, a, 0.0), axis=axis, keepdims=True) / np.sum(there, axis=axis, keepdims=True)
    off = np.where(there, a - mean, 0.0)
    count = np.sum(there, axis=axis, keepdims=keepdims) - ddof
    return np.sqrt(np.sum(off * off, axis=axis, keepdims=keepdims) / count)
