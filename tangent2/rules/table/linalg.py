"""Linear algebra.

The formulas for matrices are in M. Giles, "An extended collection of matrix derivative results" (2008), the Cholesky
factor in I. Murray, "Differentiation of the Cholesky decomposition" (2016), the singular value decomposition in
J. Townsend, "Differentiating the singular value decomposition" (2016).  `cholesky` and `eigh` read only the lower
triangle of their operand, and only there is their adjoint not zero.
"""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from tangent2.core.dims import broadcast
from tangent2.core.kinding import as_array, inexact, promote, shaped
from tangent2.core.kinds import UNKNOWN, Array, Number, Tuple
from tangent2.core.syntax import Const, Op
from tangent2.rules.declare import bind, coded, constant, rule
from tangent2.rules.families import quotient_dtype, real_dtype, reduction
from tangent2.rules.matrix_power import matrix_power_adjoint, matrix_power_tangent
from tangent2.rules.questions import (
    against, conjugate, equal, extent, is_complex, is_square, is_vector_norm, is_written, ndim, of_reals, real_part,
    refuse, zeros_of,
)
from tangent2.rules.template import bar, dot
from tangent2.runtime.products import matmul_left, of_square


def norm_kind(op, kind):
    """The kind of `np.linalg.norm(x, ord, axis, keepdims)`."""
    try:
        atoms = bind(op, ("x", "ord", "axis", "keepdims"), None,
                     {"ord": Const(None), "axis": Const(None), "keepdims": Const(False)})
    except LookupError:
        return UNKNOWN
    own = as_array(kind(atoms["x"]))
    if atoms["axis"] == Const(None) and atoms["keepdims"] == Const(False) and isinstance(own, (Array, Number)):
        return shaped(real_dtype(inexact(own.dtype)), ())
    return _NORM(Op(op.outs, op.prim, (atoms["x"], atoms["axis"], atoms["keepdims"]), ("keepdims",)), kind)


_NORM = reduction(lambda dtype: real_dtype(inexact(dtype)))


def same_matrix(op, kind):
    """A matrix (or a stack) like the operand, of an inexact dtype."""
    own = as_array(kind(op.args[0]))
    return Array(quotient_dtype(own.dtype), own.shape) if isinstance(own, Array) else UNKNOWN


def solve_kind(op, kind):
    """The kind of `np.linalg.solve(a, b)`."""
    a, b = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
    if not isinstance(a, Array) or not isinstance(b, Array):
        return UNKNOWN
    dtype = quotient_dtype(promote(a, b)[0])
    if a.rank == 2 and b.rank in (1, 2):
        return Array(dtype, b.shape)
    if a.rank is not None and b.rank == 1:
        return Array(dtype, a.shape[:-1])
    lead = broadcast(a.shape[:-2], b.shape[:-2]) if a.rank is not None and b.rank is not None else None
    return Array(dtype, None if lead is None else (*lead, *b.shape[-2:]))


def number_of(op, kind):
    """The kind of `np.linalg.det(a)`."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, Array) or own.shape is None:
        return UNKNOWN
    return shaped(quotient_dtype(own.dtype), own.shape[:-2])


def slogdet_kind(op, kind):
    """The kind of `np.linalg.slogdet(a)`."""
    found = number_of(op, kind)
    size = replace(found, dtype=real_dtype(found.dtype)) if isinstance(found, (Array, Number)) else found
    return Tuple((found, size))


def eigh_kind(op, kind):
    """The kind of `np.linalg.eigh(a)`."""
    own = same_matrix(op, kind)
    if not isinstance(own, Array) or own.shape is None:
        return Tuple((UNKNOWN, UNKNOWN))
    return Tuple((Array(real_dtype(own.dtype), own.shape[:-1]), own))


def pinv_kind(op, kind):
    """The kind of `np.linalg.pinv(a)`."""
    own = same_matrix(op, kind)
    if not isinstance(own, Array) or own.shape is None or len(own.shape) < 2:
        return UNKNOWN
    return Array(own.dtype, (*own.shape[:-2], own.shape[-1], own.shape[-2]))


def svd_kind(op, kind):
    """The kind of `np.linalg.svd(a, full_matrices=False)`."""
    own = same_matrix(op, kind)
    dtype = own.dtype if isinstance(own, Array) else None
    values = real_dtype(dtype)
    if dict(op.keywords).get("compute_uv", Const(True)) == Const(False):
        return Array(values, (*own.shape[:-2], None)) if isinstance(own, Array) and own.rank else UNKNOWN
    rank = own.rank if isinstance(own, Array) else None
    if rank is None:
        return Tuple((Array(dtype, None), Array(values, None), Array(dtype, None)))
    return Tuple((Array(dtype, (None,) * rank), Array(values, (None,) * (rank - 1)), Array(dtype, (None,) * rank)))


@rule(np.linalg.norm, infer=norm_kind)
def norm(out, x, ord=None, axis=None, keepdims=False):
    size = np.where(out == 0.0, 1.0, out)
    turned = conjugate(x, x)
    if ord is None or ord == "fro" or ord == 2 and is_vector_norm(x, axis):
        if axis is None and keepdims == False:  # noqa: E712
            dot[out] = np.sum(real_part(turned * dot[x], x)) / size
            bar[x] = bar[out] / size * turned
        else:
            dot[out] = np.sum(real_part(turned * dot[x], x), axis=axis, keepdims=keepdims) / size
            bar[x] = against(bar[out] / size, x, axis, keepdims) * turned
    elif is_vector_norm(x, axis) and is_written(ord):
        if ord == np.inf or ord == -np.inf:
            hits = equal(np.abs(x), against(out, x, axis, keepdims))
            count = np.sum(hits, axis=axis, keepdims=keepdims)
            slope = conjugate(np.sign(x), x) * hits
            dot[out] = np.sum(real_part(slope * dot[x], x), axis=axis, keepdims=keepdims) / count
            bar[x] = against(bar[out] / count, x, axis, keepdims) * conjugate(np.sign(x), x) * hits
        elif ord == 1:
            dot[out] = np.sum(real_part(conjugate(np.sign(x), x) * dot[x], x), axis=axis, keepdims=keepdims)
            bar[x] = against(bar[out], x, axis, keepdims) * conjugate(np.sign(x), x)
        elif ord == 0:
            dot[out] = zeros_of(out)
            bar[x] = zeros_of(x)
        else:
            slope = conjugate(np.sign(x), x) * np.abs(x) ** (ord - 1)
            dot[out] = np.sum(real_part(slope * dot[x], x), axis=axis, keepdims=keepdims) / size ** (ord - 1)
            bar[x] = against(bar[out] / size ** (ord - 1), x, axis, keepdims) * slope
    elif ndim(x) != 2 or axis is not None or keepdims != False:  # noqa: E712
        refuse("np.linalg.norm of this order, or of what is not known to be a vector or one matrix")
    elif ord == "nuc" or ord == 2 or ord == -2:
        parts = np.linalg.svd(x, full_matrices=False)
        if ord == "nuc":
            slope = conjugate(parts[0] @ parts[2], x)
        elif ord == 2:
            slope = conjugate(np.outer(parts[0][:, 0], parts[2][0]), x)
        else:
            slope = conjugate(np.outer(parts[0][:, -1], parts[2][-1]), x)
        dot[out] = np.sum(real_part(slope * dot[x], x))
        bar[x] = bar[out] * slope
    elif ord == 1 or ord == -1:
        hits = equal(np.sum(np.abs(x), axis=0), out)
        dot[out] = np.sum(real_part(conjugate(np.sign(x), x) * dot[x], x) * hits) / np.sum(hits)
        bar[x] = bar[out] / np.sum(hits) * conjugate(np.sign(x), x) * hits
    elif ord == np.inf or ord == -np.inf:
        hits = equal(np.sum(np.abs(x), axis=1, keepdims=True), out)
        dot[out] = np.sum(real_part(conjugate(np.sign(x), x) * dot[x], x) * hits) / np.sum(hits)
        bar[x] = bar[out] / np.sum(hits) * conjugate(np.sign(x), x) * hits
    else:
        refuse("np.linalg.norm of an order that is not written out")


@rule(np.linalg.solve, infer=solve_kind)
def solve(out, a, b):
    if dot[a] is None:
        dot[out] = np.linalg.solve(a, dot[b])
    elif dot[b] is None:
        dot[out] = -np.linalg.solve(a, dot[a] @ out)
    else:
        dot[out] = np.linalg.solve(a, dot[b] - dot[a] @ out)
    if ndim(a) == 2 and ndim(b) == 1:
        back = np.linalg.solve(a.T, bar[out])
        bar[b] = back
        bar[a] = -np.outer(back, out)
    elif ndim(a) == 2 and ndim(b) == 2:
        back = np.linalg.solve(a.T, bar[out])
        bar[b] = back
        bar[a] = -back @ out.T
    else:
        back = np.linalg.solve(np.swapaxes(a, -1, -2), bar[out])
        bar[b] = back
        if ndim(out) is None:
            bar[a] = -matmul_left(back, a, out)
        else:
            bar[a] = -back @ np.swapaxes(out, -1, -2)


@rule(np.linalg.inv, infer=same_matrix)
def inv(out, a):
    dot[out] = -out @ dot[a] @ out
    if ndim(a) == 2:
        bar[a] = -out.T @ bar[out] @ out.T
    else:
        bar[a] = -np.swapaxes(out, -1, -2) @ bar[out] @ np.swapaxes(out, -1, -2)


@rule(np.linalg.det, infer=number_of)
def det(out, a):
    if ndim(a) == 2:
        dot[out] = out * np.trace(np.linalg.solve(a, dot[a]))
        bar[a] = bar[out] * out * np.linalg.inv(a).T
    else:
        dot[out] = out * np.trace(np.linalg.solve(a, dot[a]), axis1=-2, axis2=-1)
        bar[a] = np.expand_dims(bar[out] * out, (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)


@rule(np.linalg.slogdet, infer=slogdet_kind)
def slogdet(out, a):
    if is_complex(a) is True:
        refuse("np.linalg.slogdet of complex matrices")
    elif ndim(a) == 2:
        dot[out] = (0.0, np.trace(np.linalg.solve(of_reals(a), dot[a])))
        bar[a] = bar[out][1] * np.linalg.inv(of_reals(a)).T
    else:
        dot[out] = (np.zeros_like(out[1]), np.trace(np.linalg.solve(of_reals(a), dot[a]), axis1=-2, axis2=-1))
        bar[a] = np.expand_dims(bar[out][1], (-2, -1)) * np.swapaxes(np.linalg.inv(of_reals(a)), -1, -2)


@rule(np.linalg.cholesky, infer=same_matrix)
def cholesky(out, a):
    if is_complex(a) is True:
        refuse("np.linalg.cholesky of complex matrices")
    half = 1.0 - 0.5 * np.eye(extent(a, -1))
    factor = of_reals(out)
    if ndim(a) == 2:
        read = np.tril(dot[a]) + np.tril(dot[a], -1).T
        dot[out] = factor @ (half * np.tril(np.linalg.solve(factor, np.linalg.solve(factor, read).T)))
        inner = half * np.tril(factor.T @ bar[out])
        whole = np.linalg.solve(factor.T, np.linalg.solve(factor.T, inner.T).T)
        bar[a] = half * np.tril(whole + whole.T)
    else:
        read = np.tril(dot[a]) + np.swapaxes(np.tril(dot[a], -1), -1, -2)
        inside = np.linalg.solve(factor, np.swapaxes(np.linalg.solve(factor, read), -1, -2))
        dot[out] = factor @ (half * np.tril(inside))
        turned = np.swapaxes(factor, -1, -2)
        inner = np.swapaxes(half * np.tril(turned @ bar[out]), -1, -2)
        whole = np.linalg.solve(turned, np.swapaxes(np.linalg.solve(turned, inner), -1, -2))
        bar[a] = half * np.tril(whole + np.swapaxes(whole, -1, -2))


@rule(np.linalg.eigh, infer=eigh_kind)
def eigh(out, a):
    if ndim(a) != 2:
        refuse("np.linalg.eigh of what is not known to be one matrix")
    elif is_complex(a) is True:
        refuse("np.linalg.eigh of complex matrices")
    values = out[0]
    vectors = of_reals(out[1])
    gaps = values - np.expand_dims(values, 1)
    inverse = np.where(gaps == 0.0, 0.0, 1.0 / np.where(gaps == 0.0, 1.0, gaps))
    read = np.tril(dot[a]) + np.tril(dot[a], -1).T
    turned = vectors.T @ read @ vectors
    dot[out] = (np.diag(turned), vectors @ (inverse * turned))
    whole = vectors @ (np.diag(bar[out][0]) + inverse * (vectors.T @ bar[out][1])) @ vectors.T
    bar[a] = (1.0 - 0.5 * np.eye(extent(a, 0))) * np.tril(whole + whole.T)


@rule(np.linalg.eigvalsh, infer=lambda op, kind: eigh_kind(op, kind).elts[0])
def eigvalsh(out, a):
    if ndim(a) != 2:
        refuse("np.linalg.eigvalsh of what is not known to be one matrix")
    elif is_complex(a) is True:
        refuse("np.linalg.eigvalsh of complex matrices")
    vectors = np.linalg.eigh(of_reals(a))[1]
    read = np.tril(dot[a]) + np.tril(dot[a], -1).T
    dot[out] = np.sum(vectors * (read @ vectors), axis=0)
    whole = (vectors * bar[out]) @ vectors.T
    bar[a] = (2.0 - np.eye(extent(a, 0))) * np.tril(whole)


@rule(np.linalg.svd, infer=svd_kind)
def svd(out, a, full_matrices=True, compute_uv=True):
    if ndim(a) != 2:
        refuse("np.linalg.svd of what is not known to be one matrix")
    elif is_complex(a) is True:
        refuse("np.linalg.svd of complex matrices")
    if compute_uv == False:  # noqa: E712
        parts = np.linalg.svd(of_reals(a), full_matrices=False)
        dot[out] = np.sum(parts[0] * (dot[a] @ parts[2].T), axis=0)
        bar[a] = (parts[0] * bar[out]) @ parts[2]
    else:
        if full_matrices == False or is_square(a):  # noqa: E712
            u = of_reals(out[0])
        else:
            u = of_reals(of_square(out[0], out[2]))     # else a factor has columns that are not determined
        s = out[1]
        v = out[2].T
        gaps = s ** 2 - np.expand_dims(s ** 2, 1)
        inverse = np.where(gaps == 0.0, 0.0, 1.0 / np.where(gaps == 0.0, 1.0, gaps))
        turned = u.T @ dot[a] @ v
        columns = np.expand_dims(s, 1)
        du = u @ (inverse * (turned * s + columns * turned.T)) + (dot[a] @ v - u @ turned) / s
        dv = v @ (inverse * (columns * turned + turned.T * s)) + (dot[a].T @ u - v @ turned.T) / s
        dot[out] = (du, np.diag(turned), dv.T)
        gu = bar[out][0]
        gv = bar[out][2].T
        left = u.T @ gu
        right = v.T @ gv
        core = inverse * (left - left.T) * s + np.diag(bar[out][1]) + columns * (inverse * (right - right.T))
        bar[a] = u @ core @ v.T + ((gu - u @ left) / s) @ v.T + u @ ((gv - v @ right) / s).T


@rule(np.linalg.pinv, infer=pinv_kind)
def pinv(out, a):
    if ndim(a) != 2:
        refuse("np.linalg.pinv of what is not known to be one matrix")
    elif is_complex(a) is True:
        refuse("np.linalg.pinv of complex matrices")
    inverse = of_reals(out)
    d = dot[a]
    g = bar[out]
    dot[out] = (-inverse @ d @ inverse + inverse @ inverse.T @ (d.T - d.T @ a @ inverse)
                + (d.T - inverse @ a @ d.T) @ inverse.T @ inverse)
    bar[a] = (-inverse.T @ g @ inverse.T + (g.T - a @ inverse @ g.T) @ inverse @ inverse.T
              + inverse.T @ inverse @ (g.T - g.T @ inverse @ a))


coded(np.linalg.matrix_power, adjoint=matrix_power_adjoint, tangent=matrix_power_tangent, wrt=(0,), infer=same_matrix,
      params=("x", "n"))
def rank_of(op, kind):
    """The kind of `np.linalg.matrix_rank(a)`."""
    own = as_array(kind(op.args[0]))
    known = isinstance(own, Array) and own.shape is not None and len(own.shape) > 1
    return shaped("int64", own.shape[:-2]) if known else UNKNOWN


constant(np.linalg.matrix_rank, infer=rank_of)
