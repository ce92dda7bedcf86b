"""Reductions over axes: sums, means, extremes, products."""
from __future__ import annotations

import numpy as np

from tangent2.rules.declare import constant, linear, rule
from tangent2.rules.families import bool_dtype, quotient_dtype, real_dtype, reduction, same_dtype, summed_dtype
from tangent2.rules.questions import (
    against, conjugate, count_along, equal, literal, real_part, size_of, splat, spread,
)
from tangent2.rules.template import bar, dot

WHOLE = ("x", "axis", "keepdims")
SUMMED, MEANT = (*WHOLE, "dtype", "initial", "where"), (*WHOLE, "dtype", "where")
PICKED = (*WHOLE, "initial", "where")


@linear(np.sum, wrt=("x", "initial"), infer=reduction(summed_dtype, SUMMED))
def sum(out, x, axis=None, *, keepdims=False, dtype=None, initial=0.0, where=True):
    bar[initial] = np.sum(bar[out])
    if where is not True:
        bar[x] = np.where(where, spread(bar[out], x, axis, keepdims), 0.0)
    elif axis is None and keepdims == False:  # noqa: E712
        bar[x] = splat(bar[out])
    else:
        bar[x] = spread(bar[out], x, axis, keepdims)


@rule(np.mean, infer=reduction(quotient_dtype, MEANT))
def mean(out, x, axis=None, *, keepdims=False, dtype=None, where=True):
    dot[out] = np.mean(dot[x], axis=axis, keepdims=keepdims, dtype=dtype, where=where)
    if where is not True:
        count = np.sum(np.ones_like(x), axis=axis, keepdims=keepdims, where=where)
        bar[x] = np.where(where, spread(bar[out] / count, x, axis, keepdims), 0.0)
    elif axis is None and keepdims == False:  # noqa: E712
        bar[x] = splat(bar[out] / size_of(x))
    else:
        bar[x] = spread(bar[out] / count_along(x, axis), x, axis, keepdims)


@rule(np.max, np.amax, np.min, np.amin, infer=reduction(same_dtype, PICKED))
def extreme(out, x, axis=None, *, keepdims=False, initial=None, where=True):
    if initial is not None:
        if where is True:
            hits = equal(x, against(out, x, axis, keepdims))
        else:
            hits = np.where(where, equal(x, against(out, x, axis, keepdims)), False)
        apart = equal(out, initial)
        count = np.sum(hits, axis=axis, keepdims=keepdims) + apart
        dot[out] = (np.sum(dot[x] * hits, axis=axis, keepdims=keepdims) + dot[initial] * apart) / count
        bar[x] = against(bar[out] / count, x, axis, keepdims) * hits
        bar[initial] = np.sum(bar[out] / count * apart)
    elif axis is None and literal(keepdims):
        hit = equal(x, out)
        dot[out] = np.sum(dot[x] * hit, keepdims=keepdims) / np.sum(hit)
        bar[x] = bar[out] / np.sum(hit) * hit
    else:
        hits = equal(x, against(out, x, axis, keepdims))
        count = np.sum(hits, axis=axis, keepdims=keepdims)
        dot[out] = np.sum(dot[x] * hits, axis=axis, keepdims=keepdims) / count
        bar[x] = against(bar[out] / count, x, axis, keepdims) * hits


def spread_dtype(dtype):
    """The dtype of a variance: real."""
    return real_dtype(quotient_dtype(dtype))


@rule(np.var, infer=reduction(spread_dtype, (*WHOLE, "ddof")))
def var(out, x, axis=None, *, keepdims=False, ddof=0):
    centred = conjugate(x - np.mean(x, axis=axis, keepdims=True), x)
    change = real_part(centred * dot[x], x)
    if ddof == 0:
        dot[out] = 2.0 * np.mean(change, axis=axis, keepdims=keepdims)
    else:
        dot[out] = 2.0 * np.sum(change, axis=axis, keepdims=keepdims) / (count_along(x, axis) - ddof)
    if ddof != 0:
        bar[x] = against(2.0 * bar[out] / (count_along(x, axis) - ddof), x, axis, keepdims) * centred
    else:
        bar[x] = against(2.0 * bar[out] / count_along(x, axis), x, axis, keepdims) * centred


@rule(np.std, infer=reduction(spread_dtype, (*WHOLE, "ddof")))
def std(out, x, axis=None, *, keepdims=False, ddof=0):
    centred = conjugate(x - np.mean(x, axis=axis, keepdims=True), x)
    change = real_part(centred * dot[x], x)
    size = np.where(out == 0.0, 1.0, out)           # where all are the same the derivative is taken to be zero
    if ddof == 0:
        dot[out] = np.mean(change, axis=axis, keepdims=keepdims) / size
    else:
        dot[out] = np.sum(change, axis=axis, keepdims=keepdims) / (size * (count_along(x, axis) - ddof))
    if ddof != 0:
        bar[x] = against(bar[out] / (size * (count_along(x, axis) - ddof)), x, axis, keepdims) * centred
    else:
        bar[x] = against(bar[out] / (size * count_along(x, axis)), x, axis, keepdims) * centred


constant(np.any, np.all, infer=reduction(bool_dtype), params=WHOLE)
constant(np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.count_nonzero,
         infer=reduction(lambda dtype: "int64"), params=WHOLE)
