"""Products of vectors and matrices, by the ranks of their operands."""
from __future__ import annotations

import numpy as np

from tangent2.core import prims
from tangent2.core.kinding import as_array, matmul_kind, promote
from tangent2.core.kinds import UNKNOWN, Array, Number
from tangent2.rules.declare import rule
from tangent2.rules.questions import is_complex, ndim, shape_of
from tangent2.rules.template import bar, dot
from tangent2.runtime.products import dot_left, dot_right, matmul_left, matmul_right


def matmul_infer(op, kind):
    """The kind of `np.matmul(x, y)`."""
    return matmul_kind(kind(op.args[0]), kind(op.args[1]))


def dot_infer(op, kind):
    """The kind of `np.dot(x, y)`: that of a matrix product up to two axes."""
    a, b = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
    if not all(isinstance(k, (Array, Number)) for k in (a, b)):
        return UNKNOWN
    if isinstance(a, Number) or isinstance(b, Number):
        return UNKNOWN
    if a.rank is None or b.rank is None or a.rank > 2 or b.rank > 2 or 0 in (a.rank, b.rank):
        return UNKNOWN
    return matmul_kind(a, b)


def outer_infer(op, kind):
    """The kind of `np.outer(x, y)`: of two axes, whatever the operands have."""
    a, b = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
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
    else:
        bar[x] = matmul_left(bar[out], x, y)
        bar[y] = matmul_right(bar[out], x, y)


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
    else:
        bar[x] = dot_left(bar[out], x, y)
        bar[y] = dot_right(bar[out], x, y)


@rule(np.vdot)
def vdot(out, x, y):
    dot[out] = np.vdot(dot[x], y) + np.vdot(x, dot[y])
    if is_complex(x) is not False or is_complex(y) is not False:
        bar[x] = np.reshape(np.conj(bar[out] * y), shape_of(x))
        bar[y] = np.reshape(bar[out] * np.conj(x), shape_of(y))
    else:
        bar[x] = bar[out] * np.reshape(y, shape_of(x))
        bar[y] = bar[out] * np.reshape(x, shape_of(y))


@rule(np.inner)
def inner(out, x, y):
    dot[out] = np.inner(dot[x], y) + np.inner(x, dot[y])
    bar[x] = dot_left(bar[out], x, np.transpose(y))
    if ndim(y) == 1:
        bar[y] = dot_right(bar[out], x, y)
    else:
        bar[y] = np.transpose(dot_right(bar[out], x, np.transpose(y)))


@rule(np.outer, infer=outer_infer)
def outer(out, x, y):
    dot[out] = np.outer(dot[x], y) + np.outer(x, dot[y])
    if ndim(x) == 1 and ndim(y) == 1:
        bar[x] = bar[out] @ y
        bar[y] = x @ bar[out]
    else:
        bar[x] = np.reshape(bar[out] @ np.ravel(y), shape_of(x))
        bar[y] = np.reshape(np.ravel(x) @ bar[out], shape_of(y))
