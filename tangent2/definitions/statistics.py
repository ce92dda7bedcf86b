"""Moments of samples: correlations, and means and deviations of what there is beside NaN."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import completes, defines


def _rows_of(samples: Any, rowvar: Any) -> Any:
    """One row a variable."""
    rows = np.atleast_2d(samples)
    return rows if rowvar or rows.shape[0] == 1 else rows.T


@defines(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Any:
    rows = _rows_of(x, rowvar) if y is None else np.concatenate([_rows_of(x, rowvar), _rows_of(y, rowvar)])
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    products = centred @ centred.T
    scale = np.sqrt(np.diag(products))
    found = products / scale[:, None] / scale
    if rows.shape[0] == 1:
        return found[0, 0]
    return found


@completes(np.cov, y=(None,), rowvar=(True,), bias=(False,), ddof=(None, 1), fweights=(None,), aweights=(None,))
def cov(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, fweights: Any = None,
        aweights: Any = None) -> Any:
    rows = _rows_of(m, rowvar) if y is None else np.concatenate([_rows_of(m, rowvar), _rows_of(y, rowvar)])
    given = (0 if bias else 1) if ddof is None else ddof
    weights = np.ones(rows.shape[1])
    if fweights is not None:
        weights = weights * fweights
    if aweights is not None:
        weights = weights * aweights
    total = np.sum(weights)
    lost = given if aweights is None else given * np.sum(weights * aweights) / total
    centred = rows - np.sum(rows * weights, axis=1, keepdims=True) / total
    found = (centred * weights) @ centred.T / (total - lost)
    if rows.shape[0] == 1:
        return found[0, 0]
    return found


@completes(np.average, axis=(None,), returned=(False,), keepdims=(False,))
def average(a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False) -> Any:
    values = np.asarray(a)
    scales = np.ones(values.shape)
    if weights is not None:
        given = np.asarray(weights)
        if given.ndim != values.ndim:
            given = np.moveaxis(np.reshape(given, given.shape + (1,) * (values.ndim - 1)), 0, axis)
        scales = scales * given
    total = np.sum(scales, axis=axis, keepdims=keepdims)
    found = np.sum(values * scales, axis=axis, keepdims=keepdims) / total
    return (found, total) if returned else found


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
