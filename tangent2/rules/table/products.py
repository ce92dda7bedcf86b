"""Products of vectors and matrices, by the ranks of their operands."""
from __future__ import annotations

import numpy as np

from tangent2.core import prims
from tangent2.core.kinding import elementwise, matmul_kind, promote, shaped
from tangent2.core.kinds import UNKNOWN, Array, Number
from tangent2.rules.declare import rule
from tangent2.rules.contracting import dotted_left, dotted_right, matrix_transpose
from tangent2.rules.families import strong
from tangent2.rules.questions import is_complex, ndim, shape_of, with_shape
from tangent2.rules.template import bar, dot
from tangent2.runtime.products import dot_left, dot_right, matmul_left, matmul_right, turned


def matmul_infer(op, kind):
    """The kind of `np.matmul(x, y)`."""
    return matmul_kind(kind(op.args[0]), kind(op.args[1]))


def operands(op, kind):
    """The kinds of the operands as arrays: numbers of Python are of their own dtype, not of that of the other."""
    return [strong(kind(a)) for a in op.args[:2]]


def dot_infer(op, kind):
    """The kind of `np.dot(x, y)`: that of a matrix product up to two axes."""
    a, b = operands(op, kind)
    if not all(isinstance(k, (Array, Number)) for k in (a, b)):
        return UNKNOWN
    if isinstance(a, Number) or isinstance(b, Number) or 0 in (a.rank, b.rank):
        return elementwise((a, b))
    if a.rank is None or b.rank is None:
        return UNKNOWN
    return shaped(promote(a, b)[0], a.shape[:-1] + (b.shape[:-2] + b.shape[-1:] if b.rank > 1 else ()))


def inner_infer(op, kind):
    """The kind of `np.inner(x, y)`: the last axes go."""
    a, b = operands(op, kind)
    if not all(isinstance(k, (Array, Number)) for k in (a, b)):
        return UNKNOWN
    if isinstance(a, Number) or isinstance(b, Number) or 0 in (a.rank, b.rank):
        return elementwise((a, b))
    if a.rank is None or b.rank is None:
        return UNKNOWN
    return shaped(promote(a, b)[0], a.shape[:-1] + b.shape[:-1])


def vdot_infer(op, kind):
    """The kind of `np.vdot(x, y)`, a number."""
    a, b = operands(op, kind)
    return shaped(promote(a, b)[0], ()) if all(isinstance(k, (Array, Number)) for k in (a, b)) else UNKNOWN


def outer_infer(op, kind):
    """The kind of `np.outer(x, y)`: of two axes, whatever the operands have."""
    a, b = operands(op, kind)
    dims = [k.shape[0] if isinstance(k, Array) and k.rank == 1 else None for k in (a, b)]
    return Array(promote(a, b)[0], tuple(dims))


@rule(prims.MATMUL)
@rule(np.matmul, infer=matmul_infer)
def matmul(out, x, y):
    dot[out] = dot[x] @ y + x @ dot[y]
    if ndim(x) == 1 and ndim(y) == 1:
        bar[x] = bar[out] * y
        bar[y] = bar[out] * x
    elif ndim(x) == 2 and ndim(y) == 1:
        bar[x] = np.outer(bar[out], y)
        bar[y] = x.T @ bar[out]
    elif ndim(x) == 1 and ndim(y) == 2:
        bar[x] = y @ bar[out]
        bar[y] = np.outer(x, bar[out])
    elif ndim(x) == 2 and ndim(y) == 2:
        bar[x] = bar[out] @ y.T
        bar[y] = x.T @ bar[out]
    elif ndim(x) is None or ndim(y) is None:
        bar[x] = matmul_left(bar[out], x, y)
        bar[y] = matmul_right(bar[out], x, y)
    elif ndim(x) == 1:
        bar[x] = np.sum(np.expand_dims(bar[out], -2) * y, axis=-1)
        bar[y] = np.expand_dims(x, -1) * np.expand_dims(bar[out], -2)
    elif ndim(y) == 1:
        bar[x] = np.expand_dims(bar[out], -1) * y
        bar[y] = np.expand_dims(bar[out], -1) * x
    else:
        bar[x] = bar[out] @ matrix_transpose(y)
        bar[y] = matrix_transpose(x) @ bar[out]


@rule(np.dot, infer=dot_infer)
def dot_product(out, x, y):
    dot[out] = np.dot(dot[x], y) + np.dot(x, dot[y])
    if ndim(x) == 1 and ndim(y) == 1:
        bar[x] = bar[out] * y
        bar[y] = bar[out] * x
    elif ndim(x) == 2 and ndim(y) == 1:
        bar[x] = np.outer(bar[out], y)
        bar[y] = np.dot(x.T, bar[out])
    elif ndim(x) == 1 and ndim(y) == 2:
        bar[x] = np.dot(y, bar[out])
        bar[y] = np.outer(x, bar[out])
    elif ndim(x) == 2 and ndim(y) == 2:
        bar[x] = np.dot(bar[out], y.T)
        bar[y] = np.dot(x.T, bar[out])
    elif ndim(x) == 0 or ndim(y) == 0:
        bar[x] = bar[out] * y
        bar[y] = bar[out] * x
    elif ndim(y) == 1 and ndim(x) is not None:
        bar[x] = np.expand_dims(bar[out], -1) * y
        bar[y] = np.expand_dims(bar[out], -1) * x
    elif ndim(x) is not None and ndim(y) is not None:
        bar[x] = dotted_left(bar[out], x, y)
        bar[y] = dotted_right(bar[out], x, y)
    else:
        bar[x] = dot_left(bar[out], x, y)
        bar[y] = dot_right(bar[out], x, y)


@rule(np.vdot, infer=vdot_infer)
def vdot(out, x, y):
    dot[out] = np.vdot(dot[x], y) + np.vdot(x, dot[y])
    if is_complex(x) is not False or is_complex(y) is not False:
        bar[x] = np.reshape(np.conj(bar[out] * y), shape_of(x))
        bar[y] = np.reshape(bar[out] * np.conj(x), shape_of(y))
    elif ndim(x) == 1 and ndim(y) == 1:
        bar[x] = bar[out] * y
        bar[y] = bar[out] * x
    else:
        bar[x] = bar[out] * with_shape(np.reshape(y, shape_of(x)), x)
        bar[y] = bar[out] * with_shape(np.reshape(x, shape_of(y)), y)


@rule(np.inner, infer=inner_infer)
def inner(out, x, y):
    dot[out] = np.inner(dot[x], y) + np.inner(x, dot[y])
    if ndim(x) == 1 and ndim(y) == 1 or ndim(x) == 0 or ndim(y) == 0:
        bar[x] = bar[out] * y
        bar[y] = bar[out] * x
    elif ndim(x) == 2 and ndim(y) == 1:
        bar[x] = np.outer(bar[out], y)
        bar[y] = x.T @ bar[out]
    elif ndim(x) == 1 and ndim(y) == 2:
        bar[x] = y.T @ bar[out]
        bar[y] = np.outer(bar[out], x)
    elif ndim(x) == 2 and ndim(y) == 2:
        bar[x] = bar[out] @ y
        bar[y] = bar[out].T @ x
    else:
        if ndim(y) == 1:
            bar[x] = dot_left(bar[out], x, y)
            bar[y] = dot_right(bar[out], x, y)
        elif ndim(y) is None:
            bar[x] = dot_left(bar[out], x, turned(y))
            bar[y] = turned(dot_right(bar[out], x, turned(y)))
        else:
            bar[x] = dot_left(bar[out], x, np.swapaxes(y, -1, -2))
            bar[y] = np.swapaxes(dot_right(bar[out], x, np.swapaxes(y, -1, -2)), -1, -2)


@rule(np.outer, infer=outer_infer)
def outer(out, x, y):
    dot[out] = np.outer(dot[x], y) + np.outer(x, dot[y])
    if ndim(x) == 1 and ndim(y) == 1:
        bar[x] = bar[out] @ y
        bar[y] = x @ bar[out]
    else:
        bar[x] = np.reshape(bar[out] @ np.ravel(y), shape_of(x))
        bar[y] = np.reshape(np.ravel(x) @ bar[out], shape_of(y))
