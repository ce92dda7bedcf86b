"""Interpolation, polynomials, convolution, averages, grids."""
from __future__ import annotations

import numpy as np

from tangent2.core.kinding import as_array, elementwise, promote, shaped
from tangent2.core.kinds import UNKNOWN, Array, Number, may_be_one
from tangent2.core.syntax import Const, Op
from tangent2.rules.declare import bind, coded, rule
from tangent2.rules.families import inexact, reduction
from tangent2.rules.grids import meshgrid_adjoint, meshgrid_kind, meshgrid_tangent
from tangent2.rules.joining import own_extents
from tangent2.rules.placing import can_be_taken, put_back
from tangent2.rules.questions import count_along, extent, ndim, refuse, size_of, splat, spread, with_shape
from tangent2.rules.template import bar, dot
from tangent2.runtime.contractions import windows_dot
from tangent2.runtime.parts import item_adjoint


def like_first(op, kind):
    """An inexact result of the shape of the first operand."""
    return elementwise((as_array(kind(op.args[0])),), inexact)


def polynomial(op, kind):
    """The kind of `np.polyval(p, x)`."""
    p, x = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
    if not isinstance(p, Array) or not isinstance(x, (Array, Number)):
        return UNKNOWN
    return shaped(promote(p, x)[0], x.shape if isinstance(x, Array) else ())


def convolved(op, kind):
    """The kind of `np.convolve(x, y)`."""
    return Array(promote(as_array(kind(op.args[0])), as_array(kind(op.args[1])))[0], own_extents(op, 1))


def averaged(op, kind):
    """The kind of `np.average(x, axis, weights)`, weights as many as values."""
    try:
        atoms = bind(op, ("x", "axis", "weights"), None, {"axis": Const(None), "weights": Const(None)})
    except LookupError:
        return UNKNOWN
    weights = as_array(kind(atoms["weights"]))
    if atoms["weights"] != Const(None) and getattr(weights, "dtype", None) != getattr(as_array(kind(atoms["x"])),
                                                            "dtype", 0):
        return UNKNOWN
    return reduction(inexact)(Op(op.outs, op.prim, (atoms["x"], atoms["axis"])), kind)


def covariance(op, kind):
    """The kind of `np.cov(x)`."""
    own = as_array(kind(op.args[0]))
    if len(op.args) != 1 or not isinstance(own, Array) or own.rank not in (1, 2):
        return UNKNOWN
    dtype = inexact(own.dtype)
    if own.rank == 1 or own.shape[0] == 1:
        return Array(dtype, ())
    return UNKNOWN if may_be_one(own.shape[0]) else Array(dtype, (own.shape[0], own.shape[0]))


@rule(np.interp, infer=like_first)
def interp(out, x, xp, fp):
    at = np.minimum(np.maximum(np.searchsorted(xp, x, "right") - 1, 0), np.size(xp) - 2)
    step = xp[at + 1] - xp[at]
    inside = (x >= xp[0]) & (x <= xp[-1])
    part = np.minimum(np.maximum((x - xp[at]) / step, 0.0), 1.0)
    slope = np.where(inside, (fp[at + 1] - fp[at]) / step, 0.0)
    dot[out] = (slope * dot[x] - slope * (dot[xp][at] * (1.0 - part) + dot[xp][at + 1] * part)
                + (dot[fp][at] * (1.0 - part) + dot[fp][at + 1] * part))
    bar[x] = bar[out] * slope
    if can_be_taken(xp, at, 0) and can_be_taken(fp, at, 0):
        bar[xp] = put_back(-bar[out] * slope * (1.0 - part), xp, at, 0) + put_back(
            -bar[out] * slope * part, xp, at + 1, 0)
        bar[fp] = put_back(bar[out] * (1.0 - part), fp, at, 0) + put_back(bar[out] * part, fp, at + 1, 0)
    else:
        bar[xp] = item_adjoint(-bar[out] * slope * (1.0 - part), xp, at) + item_adjoint(
            -bar[out] * slope * part, xp, at + 1)
        bar[fp] = item_adjoint(bar[out] * (1.0 - part), fp, at) + item_adjoint(bar[out] * part, fp, at + 1)


@rule(np.polyval, infer=polynomial)
def polyval(out, p, x):
    slope = np.polyval(p[:-1] * np.arange(extent(p, 0) - 1, 0, -1), x)
    powers = np.arange(extent(p, 0) - 1, -1, -1)
    if ndim(p) != 1:
        refuse("np.polyval of coefficients not known to have one axis")
    elif ndim(x) is None:
        refuse("np.polyval at something not known to be a number or an array")
    elif ndim(x) == 0:
        bar[p] = bar[out] * x ** powers
    else:
        bar[p] = np.sum(np.ravel(bar[out]) * np.ravel(x) ** np.expand_dims(powers, 1), axis=1)
    dot[out] = np.polyval(dot[p], x) + dot[x] * slope
    bar[x] = bar[out] * slope


@rule(np.convolve, infer=convolved)
def convolve(out, x, y, mode="full"):
    if mode != "full":
        refuse("np.convolve in a mode other than 'full': take a slice of the full one")
    dot[out] = np.convolve(dot[x], y) + np.convolve(x, dot[y])
    bar[x] = with_shape(windows_dot(bar[out], y), x)
    bar[y] = with_shape(windows_dot(bar[out], x), y)


@rule(np.average, infer=averaged)
def average(out, x, axis=None, weights=None):
    if weights is None:
        dot[out] = np.mean(dot[x], axis=axis)
        if axis is None:
            bar[x] = splat(bar[out] / size_of(x))
        else:
            bar[x] = spread(bar[out] / count_along(x, axis), x, axis, False)
    elif axis is not None or ndim(x) is None or ndim(x) != ndim(weights):
        refuse("np.average with an axis, or whose weights are not known to be as many as the values: use np.sum")
    else:
        total = np.sum(weights)
        dot[out] = np.sum(dot[x] * weights) / total + np.sum((x - out) * dot[weights]) / total
        bar[x] = bar[out] / total * weights
        bar[weights] = bar[out] / total * (x - out)


@rule(np.cov, infer=covariance)
def cov(out, x):
    if ndim(out) == 0:
        count = size_of(x) - 1
        dot[out] = 2.0 * np.sum((x - np.mean(x)) * dot[x]) / count
        bar[x] = 2.0 * bar[out] / count * (x - np.mean(x))
    elif ndim(out) == 2:
        centred = x - np.mean(x, axis=1, keepdims=True)
        count = extent(x, 1) - 1
        dot[out] = (dot[x] @ centred.T + centred @ dot[x].T) / count
        bar[x] = (bar[out] + bar[out].T) @ centred / count
    else:
        refuse("np.cov of what is not known to have one axis or two")


coded(np.meshgrid, adjoint=meshgrid_adjoint, tangent=meshgrid_tangent, infer=meshgrid_kind, params=("indexing", "*xi"))
