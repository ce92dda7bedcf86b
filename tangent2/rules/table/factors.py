"""Factors of matrices that have no symmetry: orthogonal and triangular, eigenvectors and eigenvalues.

The formulas of `qr` are in S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions with
application in optimum experimental design" (2010), those of eigenvectors in M. Giles, "An extended collection of matrix
derivative results" (2008); NumPy gives eigenvectors of length 1 of which one component is real.
"""
from __future__ import annotations

import numpy as np

from tangent2.core.kinding import as_array
from tangent2.core.kinds import UNKNOWN, Array, Tuple
from tangent2.core.syntax import Const
from tangent2.rules.declare import constant, rule
from tangent2.rules.families import first_operand
from tangent2.rules.questions import is_complex, ndim, of_reals, refuse
from tangent2.rules.table.linalg import same_matrix
from tangent2.rules.template import bar, dot
from tangent2.runtime.eigen import real_places, turned_by


def qr_kind(op, kind):
    """The kind of `np.linalg.qr(a, mode)`."""
    own = same_matrix(op, kind)
    if not isinstance(own, Array) or own.shape is None or len(own.shape) < 2:
        return UNKNOWN
    lead, rows, columns = own.shape[:-2], own.shape[-2], own.shape[-1]
    mode = dict(op.keywords).get("mode") or (op.positional[1] if len(op.positional) > 1 else Const("reduced"))
    if mode == Const("r"):
        return Array(own.dtype, (*lead, None, columns))
    return Tuple((Array(own.dtype, (*lead, rows, None)), Array(own.dtype, (*lead, None, columns))))


def eigvals_kind(op, kind):
    """The kind of `np.linalg.eigvals(a)`: whether they are complex depends on the values."""
    own = as_array(kind(op.args[0]))
    return Array(None, own.shape[:-1]) if isinstance(own, Array) and own.shape is not None else UNKNOWN


def same_rank(op, kind):
    """The kind of eigenvectors."""
    own = as_array(kind(op.args[0]))
    return Array(None, own.shape) if isinstance(own, Array) else UNKNOWN


@rule(np.linalg.qr, infer=qr_kind)
def qr(out, a, mode="reduced"):
    if ndim(a) != 2 or is_complex(a) is True:
        refuse("np.linalg.qr of what is not known to be one real matrix")
    elif mode == "r":
        q = np.linalg.solve(out.T, of_reals(a).T).T
        turned = np.linalg.solve(out.T, (q.T @ dot[a]).T).T
        lower = np.tril(turned, -1)
        dot[out] = (turned - lower + lower.T) @ out
        inner = out @ bar[out].T
        bar[a] = np.linalg.solve(out, (q @ (np.tril(inner) + np.tril(inner, -1).T)).T).T
    elif mode != "reduced":
        refuse("np.linalg.qr in a mode other than 'reduced' and 'r'")
    else:
        q = of_reals(out[0])
        r = out[1]
        whole = np.linalg.solve(r.T, dot[a].T).T
        turned = q.T @ whole
        lower = np.tril(turned, -1)
        dot[out] = (q @ (lower - lower.T - turned) + whole, (turned - lower + lower.T) @ r)
        inner = r @ bar[out][1].T - bar[out][0].T @ q
        bar[a] = np.linalg.solve(r, (bar[out][0] + q @ (np.tril(inner) + np.tril(inner, -1).T)).T).T


@rule(np.linalg.eigvals, infer=eigvals_kind)
def eigvals(out, a):
    if ndim(a) != 2:
        refuse("np.linalg.eigvals of what is not known to be one matrix")
    vectors = np.linalg.eig(a)[1]
    dot[out] = np.diag(np.linalg.solve(vectors, dot[a] @ vectors))
    bar[a] = np.linalg.solve(vectors.T, np.expand_dims(bar[out], 1) * vectors.T)


@rule(np.linalg.eig, infer=lambda op, kind: Tuple((eigvals_kind(op, kind), same_rank(op, kind))))
def eig(out, a):
    if ndim(a) != 2:
        refuse("np.linalg.eig of what is not known to be one matrix")
    values = out[0]
    vectors = out[1]
    gaps = values - np.expand_dims(values, 1)
    inverse = np.where(gaps == 0.0, 0.0, 1.0 / np.where(gaps == 0.0, 1.0, gaps))
    places = real_places(vectors)
    largest = np.sum(places * np.real(vectors), axis=0)
    turned = np.linalg.solve(vectors, dot[a] @ vectors)
    moved = vectors @ (inverse * turned)            # of any length and phase: LAPACK's columns have length 1
    longer = np.sum(np.real(np.conj(vectors) * moved), axis=0)
    dot[out] = (np.diag(turned), moved - vectors * longer
                - turned_by(vectors, np.sum(places * np.imag(moved), axis=0) / largest))
    g = bar[out][1]
    both = np.sum(g * vectors, axis=0)
    left = g - np.conj(vectors) * np.real(both) - turned_by(places * vectors, np.imag(both) / largest ** 2)
    core = np.diag(bar[out][0]) + inverse * (vectors.T @ left)
    bar[a] = np.linalg.solve(vectors.T, core @ vectors.T)


@rule(turned_by, infer=first_operand)
def turned_by_rule(out, x, angle):
    dot[out] = turned_by(dot[x], angle) + turned_by(x, dot[angle])
    bar[x] = turned_by(bar[out], angle)
    bar[angle] = -np.sum(np.imag(bar[out] * x), axis=0)


def marks(op, kind):
    """The kind of `real_places(vectors)`."""
    own = kind(op.args[0])
    return Array("float64", own.shape) if isinstance(own, Array) else UNKNOWN


constant(real_places, infer=marks)
