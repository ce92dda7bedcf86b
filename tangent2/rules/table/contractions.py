"""Tensor products and contractions: `tensordot`, `einsum`, `kron`, `cross`."""
from __future__ import annotations

import numpy as np

from tangent2.core.kinding import as_array, promote
from tangent2.core.kinds import Array
from tangent2.core.syntax import Const
from tangent2.rules.declare import coded, rule
from tangent2.rules.einsum import einsum_adjoint, einsum_kind, einsum_tangent
from tangent2.rules.families import same_dtype, ufunc
from tangent2.rules.questions import ndim, value_of
from tangent2.rules.template import bar, dot
from tangent2.runtime.contractions import kron_left, kron_right, tensordot_left, tensordot_right


def tensordot_kind(op, kind):
    """The kind of `np.tensordot(a, b, axes)`, always an array, for a number of axes that is written out."""
    a, b = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
    axes = op.args[2] if len(op.args) > 2 else Const(2)
    if not isinstance(a, Array) or not isinstance(b, Array):
        return Array(None, None)
    dtype = promote(a, b)[0]
    if a.shape is None or b.shape is None or not isinstance(axes, Const):
        return Array(dtype, None)
    return Array(dtype, a.shape[:len(a.shape) - axes.value] + b.shape[axes.value:])


@rule(np.tensordot, infer=tensordot_kind)
def tensordot(out, x, y, axes=2):
    dot[out] = np.tensordot(dot[x], y, axes=axes) + np.tensordot(x, dot[y], axes=axes)
    if value_of(axes) == 1 and ndim(x) == 2 and ndim(y) == 2:
        bar[x] = bar[out] @ y.T
        bar[y] = x.T @ bar[out]
    else:
        bar[x] = tensordot_left(bar[out], x, y, axes)
        bar[y] = tensordot_right(bar[out], x, y, axes)


coded(np.einsum, adjoint=einsum_adjoint, tangent=einsum_tangent, infer=einsum_kind)


@rule(np.kron)
def kron(out, x, y):
    dot[out] = np.kron(dot[x], y) + np.kron(x, dot[y])
    bar[x] = kron_left(bar[out], x, y)
    bar[y] = kron_right(bar[out], x, y)


@rule(np.cross, infer=ufunc(same_dtype))
def cross(out, x, y):
    dot[out] = np.cross(dot[x], y) + np.cross(x, dot[y])
    bar[x] = np.cross(y, bar[out])
    bar[y] = np.cross(bar[out], x)
