"""Tensor products and contractions: `tensordot`, `einsum`, `kron`, `cross`."""
from __future__ import annotations

import numpy as np

from tangent2.core.kinding import as_array, promote
from tangent2.core.kinds import UNKNOWN, Array, List, Number, Tuple
from tangent2.core.syntax import Const
from tangent2.rules.declare import coded, rule
from tangent2.rules.contracting import are_contracted, axes_of, contracted_left, contracted_right
from tangent2.rules.einsum import einsum_adjoint, einsum_kind, einsum_tangent
from tangent2.rules.families import same_dtype, ufunc
from tangent2.rules.joining import own_extents
from tangent2.rules.questions import ndim, value_of
from tangent2.rules.template import bar, dot
from tangent2.runtime.contractions import kron_left, kron_right, tensordot_left, tensordot_right


def tensordot_kind(op, kind):
    """The kind of `np.tensordot(a, b, axes)`, always an array, for a number of axes that is written out."""
    a, b = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
    axes = axes_of(None, op.args[2] if len(op.args) > 2 else Const(2), a, b)
    if not isinstance(a, Array) or not isinstance(b, Array):
        return Array(None, None)
    dtype = promote(a, b)[0]
    if a.shape is None or b.shape is None:
        return Array(dtype, None)
    if axes is None:
        pair = kind(op.args[2])
        left = pair.elts[0] if isinstance(pair, Tuple) and len(pair.elts) == 2 else None
        count = {List: lambda: left.length, Tuple: lambda: len(left.elts), Number: lambda: 1}.get(type(left), None)
        count = count() if count else None
        return Array(dtype, None if count is None else own_extents(op, len(a.shape) + len(b.shape) - 2 * count))
    kept = [d for own, gone in zip((a, b), axes) for k, d in enumerate(own.shape) if k not in gone]
    return Array(dtype, tuple(kept))


@rule(np.tensordot, infer=tensordot_kind)
def tensordot(out, x, y, axes=2):
    dot[out] = np.tensordot(dot[x], y, axes=axes) + np.tensordot(x, dot[y], axes=axes)
    if value_of(axes) == 1 and ndim(x) == 2 and ndim(y) == 2:
        bar[x] = bar[out] @ y.T
        bar[y] = x.T @ bar[out]
    elif are_contracted(x, y, axes) and ndim(out) == 0 and value_of(axes) == ndim(x):
        bar[x] = bar[out] * y
        bar[y] = bar[out] * x
    elif are_contracted(x, y, axes):
        bar[x] = contracted_left(bar[out], x, y, axes)
        bar[y] = contracted_right(bar[out], x, y, axes)
    else:
        bar[x] = tensordot_left(bar[out], x, y, axes)
        bar[y] = tensordot_right(bar[out], x, y, axes)


coded(np.einsum, adjoint=einsum_adjoint, tangent=einsum_tangent, infer=einsum_kind,
      params=("subscripts", "optimize", "*operands"))


def kron_kind(op, kind):
    """The kind of `np.kron(a, b)`, of as many axes as the one of them that has more."""
    a, b = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
    ranks = [k.rank if isinstance(k, Array) else 0 if isinstance(k, Number) else None for k in (a, b)]
    return UNKNOWN if None in ranks or not any(ranks) else Array(promote(a, b)[0], (None,) * max(ranks))


@rule(np.kron, infer=kron_kind)
def kron(out, x, y):
    dot[out] = np.kron(dot[x], y) + np.kron(x, dot[y])
    bar[x] = kron_left(bar[out], x, y)
    bar[y] = kron_right(bar[out], x, y)


@rule(np.cross, infer=ufunc(same_dtype))
def cross(out, x, y):
    dot[out] = np.cross(dot[x], y) + np.cross(x, dot[y])
    bar[x] = np.cross(y, bar[out])
    bar[y] = np.cross(bar[out], x)
