"""Reductions over axes: sums, means, extremes, products."""
from __future__ import annotations

import numpy as np

from tangent2.core.kinding import inexact
from tangent2.rules.declare import constant, rule
from tangent2.rules.families import bool_dtype, reduction, same_dtype, summed_dtype
from tangent2.rules.questions import against, broadcast_to, extent, is_complex, literal, refuse, size_of, splat
from tangent2.rules.template import bar, dot
from tangent2.runtime.shapes import expand_reduced, reduced_count

WHOLE = ("x", "axis", "keepdims")


@rule(np.sum, infer=reduction(summed_dtype))
def sum(out, x, axis=None, keepdims=False):
    dot[out] = np.sum(dot[x], axis=axis, keepdims=keepdims)
    if literal(keepdims) and literal(axis):
        if keepdims:
            bar[x] = broadcast_to(bar[out], x)
        elif axis is None:
            bar[x] = splat(bar[out])
        else:
            bar[x] = broadcast_to(np.expand_dims(bar[out], axis), x)
    else:
        bar[x] = expand_reduced(bar[out], x, axis, keepdims)


@rule(np.mean, infer=reduction(inexact))
def mean(out, x, axis=None, keepdims=False):
    dot[out] = np.mean(dot[x], axis=axis, keepdims=keepdims)
    if literal(keepdims) and axis is None:
        if keepdims:
            bar[x] = broadcast_to(bar[out] / size_of(x), x)
        else:
            bar[x] = splat(bar[out] / size_of(x))
    elif literal(keepdims) and literal(axis):
        if keepdims:
            bar[x] = broadcast_to(bar[out] / extent(x, axis), x)
        else:
            bar[x] = broadcast_to(np.expand_dims(bar[out] / extent(x, axis), axis), x)
    else:
        bar[x] = expand_reduced(bar[out] / reduced_count(x, axis), x, axis, keepdims)


@rule(np.max, np.amax, np.min, np.amin, infer=reduction(same_dtype))
def extreme(out, x, axis=None, keepdims=False):
    if axis is None and literal(keepdims):
        hit = np.equal(x, out)
        dot[out] = np.sum(dot[x] * hit, keepdims=keepdims) / np.sum(hit)
        bar[x] = bar[out] / np.sum(hit) * hit
    else:
        hits = np.equal(x, expand_reduced(out, x, axis, keepdims))
        count = np.sum(hits, axis=axis, keepdims=keepdims)
        dot[out] = np.sum(dot[x] * hits, axis=axis, keepdims=keepdims) / count
        bar[x] = expand_reduced(bar[out] / count, x, axis, keepdims) * hits


@rule(np.var, infer=reduction(inexact, (*WHOLE, "ddof")))
def var(out, x, axis=None, keepdims=False, ddof=0):
    if is_complex(x) is True:
        refuse("np.var of complex numbers: use np.abs")
    centred = x - np.mean(x, axis=axis, keepdims=True)
    if ddof == 0:
        dot[out] = 2.0 * np.mean(centred * dot[x], axis=axis, keepdims=keepdims)
    else:
        dot[out] = 2.0 * np.sum(centred * dot[x], axis=axis, keepdims=keepdims) / (reduced_count(x, axis) - ddof)
    if ddof != 0:
        bar[x] = against(2.0 * bar[out] / (reduced_count(x, axis) - ddof), x, axis, keepdims) * centred
    elif axis is None:
        bar[x] = 2.0 * bar[out] / size_of(x) * centred
    else:
        bar[x] = against(2.0 * bar[out] / reduced_count(x, axis), x, axis, keepdims) * centred


@rule(np.std, infer=reduction(inexact, (*WHOLE, "ddof")))
def std(out, x, axis=None, keepdims=False, ddof=0):
    if is_complex(x) is True:
        refuse("np.std of complex numbers: use np.abs")
    centred = x - np.mean(x, axis=axis, keepdims=True)
    if ddof == 0:
        dot[out] = np.mean(centred * dot[x], axis=axis, keepdims=keepdims) / out
    else:
        dot[out] = np.sum(centred * dot[x], axis=axis, keepdims=keepdims) / (out * (reduced_count(x, axis) - ddof))
    if ddof != 0:
        bar[x] = against(bar[out] / (out * (reduced_count(x, axis) - ddof)), x, axis, keepdims) * centred
    elif axis is None:
        bar[x] = bar[out] / (out * size_of(x)) * centred
    else:
        bar[x] = against(bar[out] / (out * reduced_count(x, axis)), x, axis, keepdims) * centred


constant(np.any, np.all, infer=reduction(bool_dtype), params=WHOLE)
constant(np.argmax, np.argmin, np.count_nonzero, infer=reduction(lambda dtype: "int64"), params=WHOLE)
