"""Running sums and products, differences, and integrals along an axis."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from tangent2.core.kinding import as_array, promote
from tangent2.core.kinds import UNKNOWN, Array, Number
from tangent2.core.syntax import Const
from tangent2.rules.declare import bind, linear, rule
from tangent2.rules.families import quotient_dtype, reduction, same_dtype, strong, summed_dtype
from tangent2.rules.joining import last_rank
from tangent2.rules.questions import against, extent, is_number, ndim, refuse, shape_of, with_shape
from tangent2.rules.template import bar, dot
from tangent2.runtime.places import gradient_back
from tangent2.runtime.scans import delay, products_after, products_before, recurrence

MULTIPLIED = ("x", "axis", "keepdims", "dtype")
TRAPEZOID = getattr(np, "trapezoid", None) or np.trapz


def running(op, kind):
    """The kind of `np.cumsum(x, axis)`: of the shape of x, flat without an axis."""
    try:
        atoms = bind(op, ("x", "axis"), None, {"axis": Const(None)})
    except LookupError:
        return UNKNOWN
    own, axis = as_array(kind(atoms["x"])), atoms["axis"]
    if not isinstance(own, (Array, Number)):
        return Array(None, None)
    shape = own.shape if isinstance(own, Array) else ()
    if shape == ():
        return Array(summed_dtype(own.dtype), (1,))
    if axis == Const(None):
        return Array(summed_dtype(own.dtype), shape if shape is not None and len(shape) == 1 else (None,))
    return Array(summed_dtype(own.dtype), shape)


def gradient_kind(op, kind):
    """The kind of `np.gradient(x, spacing, axis=axis)`: that of x, if along one axis."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, Array) or own.rank != 1 and "axis" not in op.kw:
        return UNKNOWN
    return Array(quotient_dtype(own.dtype), own.shape)


def trapezoid_kind(op, kind):
    """The kind of `np.trapezoid(y, ...)`."""
    ranks = [getattr(as_array(kind(a)), "rank", 0) for a in op.args[:2]]
    plain = ranks[0] == 1 and ranks[1:] in ([], [0], [1]) and as_array(kind(op.args[0])).dtype == "float64"
    return Number("float64", False) if plain else UNKNOWN


@rule(np.prod, infer=reduction(summed_dtype, MULTIPLIED))
def prod(out, x, axis=None, *, keepdims=False, dtype=None):
    others = products_before(x, axis) * products_after(x, axis)
    if ndim(x) == 0:
        dot[out] = dot[x]
    else:
        dot[out] = np.sum(dot[x] * others, axis=axis, keepdims=keepdims, dtype=dtype)
        bar[x] = against(bar[out], x, axis, keepdims) * others


@linear(np.cumsum, wrt="x", infer=running)
def cumsum(out, x, axis=None):
    if ndim(x) == 0:
        bar[x] = bar[out][0]
    elif ndim(x) == 1:
        bar[x] = np.cumsum(bar[out][::-1])[::-1]
    elif axis is None:
        bar[x] = np.reshape(np.cumsum(bar[out][::-1])[::-1], shape_of(x))
    else:
        bar[x] = np.flip(np.cumsum(np.flip(bar[out], axis), axis), axis)


@rule(np.cumprod, infer=running)
def cumprod(out, x, axis=None):
    if ndim(x) == 0:
        dot[out] = np.ravel(dot[x])
        bar[x] = bar[out][0]
    elif axis is None and ndim(x) != 1:
        flat = np.ravel(x)
        before = products_before(flat, 0)
        dot[out] = recurrence(flat, np.ravel(dot[x]) * before, 0, False)
        back = before * recurrence(delay(flat, 0, True), bar[out], 0, True)
        bar[x] = np.reshape(back, shape_of(x))
    elif axis is None:
        dot[out] = recurrence(x, dot[x] * products_before(x, 0), 0, False)
        bar[x] = products_before(x, 0) * recurrence(delay(x, 0, True), bar[out], 0, True)
    else:
        dot[out] = recurrence(x, dot[x] * products_before(x, axis), axis, False)
        bar[x] = products_before(x, axis) * recurrence(delay(x, axis, True), bar[out], axis, True)


def differences_kind(op, kind):
    """The kind of `np.diff(x, ...)`, of the dtype of all that is joined."""
    found, joined = last_rank(op, kind), [kind(a) for name, a in op.keywords if name in ("prepend", "append")]
    if not isinstance(found, Array) or not joined and len(op.positional) < 4:
        return found
    return replace(found, dtype=promote(found, *map(strong, joined))[0] if len(op.positional) < 4 else None)


@linear(np.diff, wrt=("x", "prepend", "append"), infer=differences_kind)
def diff(out, x, n=1, axis=-1, prepend=None, append=None):
    if n != 1:
        refuse("np.diff of a higher order: call it repeatedly")
    elif prepend is None and append is None:
        bar[x] = -np.diff(bar[out], axis=axis, prepend=0.0, append=0.0)
    elif prepend == 0 and append == 0:
        bar[x] = -np.diff(bar[out], axis=axis)
    elif prepend == 0 and append is None:
        bar[x] = -np.diff(bar[out], axis=axis, append=0.0)
    elif prepend is None and append == 0:
        bar[x] = -np.diff(bar[out], axis=axis, prepend=0.0)
    else:
        bar[x] = refuse("np.diff with prepend or append: use np.concatenate")
        bar[prepend] = refuse("np.diff with prepend or append: use np.concatenate")
        bar[append] = refuse("np.diff with prepend or append: use np.concatenate")


@rule(np.gradient, infer=gradient_kind)
def gradient(out, x, spacing=1.0, *, axis=None):
    if not is_number(spacing):
        refuse("np.gradient with a spacing that is not known to be a number")
    elif axis is None and ndim(x) != 1:
        refuse("np.gradient of what is not known to have one axis: name one with axis=")
    elif axis is None:
        dot[out] = (np.gradient(dot[x], axis=0) - dot[spacing] * out) / spacing
        bar[x] = gradient_back(bar[out], 0) / spacing
        bar[spacing] = -np.sum(bar[out] * out) / spacing
    else:
        dot[out] = (np.gradient(dot[x], axis=axis) - dot[spacing] * out) / spacing
        bar[x] = gradient_back(bar[out], axis) / spacing
        bar[spacing] = -np.sum(bar[out] * out) / spacing


@rule(TRAPEZOID, infer=trapezoid_kind)
def trapezoid(out, y, x=None, dx=1.0, axis=-1):
    if ndim(y) != 1 or x is not None and ndim(x) != 1:
        refuse("np.trapezoid of what is not known to have one axis")
    elif x is None:
        dot[out] = (np.sum(dot[y]) - 0.5 * (dot[y][0] + dot[y][-1])) * dx + dot[dx] * (out / dx)
        ends = np.ones(extent(y, 0) - 1)
        bar[y] = 0.5 * bar[out] * dx * with_shape(np.append(ends, 0.0) + np.append(0.0, ends), y)
        bar[dx] = bar[out] * out / dx
    else:
        dot[out] = np.sum(0.5 * (dot[y][1:] + dot[y][:-1]) * np.diff(x)) + np.sum(np.diff(dot[x]) * 0.5 * (
            y[1:] + y[:-1]))
        bar[y] = 0.5 * bar[out] * with_shape(np.append(np.diff(x), 0.0) + np.append(0.0, np.diff(x)), y)
        bar[x] = -np.diff(0.5 * bar[out] * (y[1:] + y[:-1]), prepend=0.0, append=0.0)


@rule(np.nansum, infer=reduction(same_dtype))
def nansum(out, x, axis=None, *, keepdims=False):
    dot[out] = np.sum(np.where(np.isnan(x), 0.0, dot[x]), axis=axis, keepdims=keepdims)
    if axis is None and ndim(out) == 0:
        bar[x] = np.where(np.isnan(x), 0.0, bar[out])
    else:
        bar[x] = np.where(np.isnan(x), 0.0, against(bar[out], x, axis, keepdims))
