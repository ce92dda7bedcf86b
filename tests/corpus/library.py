"""Programs that use the wider library: joined arrays, scans, contractions, linear algebra, complex numbers."""
from __future__ import annotations

import bisect
import math
from typing import Any


import numpy as np

from tests.corpus.cases import at

trapezoid = getattr(np, "trapezoid", None) or np.trapz   # in NumPy before 2
A3 = np.array([0.3, -0.7, 1.2])
M = np.array([[2.0, 0.3, 0.1], [0.2, 1.7, -0.4], [0.5, 0.1, 2.2]])
W = np.array([[0.3, -0.2, 0.5], [0.7, 0.1, -0.4]])


@at(A3, np.array([0.2, 0.4]))
def concat(x: Any, y: Any) -> Any:
    return np.sum(np.concatenate([x * y[0], y, np.sin(x)]) ** 2)


@at(A3, np.array([0.2, 0.4]))
def concat_tuple(x: Any, y: Any) -> Any:
    t = np.concatenate((x, y))
    return np.dot(t, t) * t[0]


@at(A3)
def concat_loop(x: Any) -> Any:
    parts = []
    for k in range(3):
        parts.append(x[k:] * x[0])
    return np.sum(np.concatenate(parts) ** 3)


@at(A3)
def stack_loop(x: Any) -> Any:
    states = []
    s = x
    for _ in range(4):
        s = np.tanh(s * x[1] + x)
        states.append(s)
    return np.sum(np.stack(states) ** 2)


@at(A3)
def stack_axis(x: Any) -> Any:
    return np.sum(np.stack([x, x**2, np.ones(3)], axis=1) @ x)


@at(A3)
def array_loop(x: Any) -> Any:
    values = []
    for v in x:
        values.append(v * v * x[0])
    return np.sum(np.array(values) * x)


@at(A3)
def vh(x: Any) -> Any:
    a = np.vstack([x, 2 * x * x])
    b = np.hstack([x, x**2])
    return np.sum(a @ x) + b @ b + np.sum(np.vstack((a, x)) ** 2) + np.sum(np.hstack((a, a * x)) ** 2)


@at(A3)
def cols(x: Any) -> Any:
    return np.sum(np.column_stack([x, x**2]) ** 2) * np.sum(np.dstack([x, x]) ** 2)


@at(A3)
def prods(x: Any) -> Any:
    return np.prod(x) + x.prod() * np.sum(np.cumprod(x)) + np.sum(np.cumsum(x) ** 2) + np.sum(x.cumsum()[1:] * x[0])


@at(W)
def prod_axis(w: Any) -> Any:
    return np.sum(np.prod(w, axis=1) ** 2) + np.sum(w.prod(axis=0)) + np.sum(np.cumsum(w, axis=1) ** 2)


@at(0.7, np.array([0.3, 0.4, 0.5]), np.array([0.2, 0.1]))
def rational(x: Any, num: Any, den: Any) -> Any:
    a = 0.0
    for i, p in enumerate(num):
        a += p * np.float_power(x, i)
    b = 0.0
    for i, p in enumerate(den):
        b += p * np.float_power(x, i + 1)
    return a / (1.0 + b**2)


@at(W, M)
def tens(w: Any, m: Any) -> Any:
    return (
        np.sum(np.tensordot(w, m, axes=1) ** 2)
        + np.sum(np.tensordot(w, m, axes=([1], [0])) ** 3)
        + np.tensordot(w, w * w)
    )


@at(W, M)
def ein(w: Any, m: Any) -> Any:
    return (
        np.einsum("ij,jk,ik->", w, m, w)
        + np.sum(np.einsum("ij,jk", w, m) ** 2)
        + np.einsum("ii", m) * np.sum(np.einsum("ij->j", w) ** 2)
    )


@at(M, A3)
def lin(m: Any, x: Any) -> Any:
    return np.linalg.norm(np.linalg.solve(m, x)) + np.linalg.det(m) + np.sum(np.linalg.inv(m) ** 2) + np.linalg.norm(m)


@at(M, A3)
def chol(m: Any, x: Any) -> Any:
    low = np.linalg.cholesky(m @ m.T + np.eye(3))
    return x @ low @ x + np.sum(np.log(np.diag(low)))


@at(M, A3)
def logd(m: Any, x: Any) -> Any:
    s, ld = np.linalg.slogdet(m)
    return ld * np.sum(x**2) + np.linalg.slogdet(m)[1]


@at(M)
def eig(m: Any) -> Any:
    w, v = np.linalg.eigh(m + m.T)
    return np.sum(w**3) + np.sum(v[:, 0] ** 2 * w)


@at(M)
def eigv(m: Any) -> Any:
    return np.sum(np.linalg.eigvalsh(m + m.T) ** 2) * np.linalg.eigh(m + m.T)[0][1]


@at(M)
def svd(m: Any) -> Any:
    u, s, v = np.linalg.svd(m, full_matrices=False)
    return np.sum(s**3) + np.sum((u * s) @ v * m)


@at(0.7)
def cplx(x: Any) -> Any:
    z = x + 1j * x**2
    return abs(z) * np.abs(np.exp(z)) + np.real(z * z) + (z * z).imag + np.conj(z).imag * z.real


@at(A3)
def cplx_array(x: Any) -> Any:
    z = np.exp(1j * x) * x
    return np.sum(np.abs(z + 1.0) ** 2) + np.sum(z.real * z.imag) + np.sum(np.angle(z + 3.0)) + (z @ z.conj()).real


@at(0.7, 0.4)
def cplx_builtin(x: Any, y: Any) -> Any:
    z = complex(x, y)
    w = z * z + 1
    return abs(w) + w.real * w.imag + complex(x).real


@at(0.7, 2.3)
def py(x: Any, y: Any) -> Any:
    q, r = divmod(y, x)
    return (
        pow(x, y)
        + r * x
        + math.pow(x, 2.0)
        + math.fsum([x, y * x])
        + math.prod([x, y, x])
        + math.dist((x, y), (y, x * x))
        + math.hypot(x, y)
        + math.fmod(y, x)
        + math.remainder(y, x)
        + math.copysign(x, -y)
    )


@at(A3)
def meth(x: Any) -> Any:
    m = x.repeat(2) * x.take([0, 1, 1, 2, 0, 2])
    w = np.outer(x, x)
    return np.sum(m) + w.trace() * np.sum(w.diagonal() ** 2) + np.sum(x.conj() * x.real)


@at(A3)
def sel(x: Any) -> Any:
    return (
        np.sum(np.sort(x) * np.array([1.0, 2.0, 4.0]))
        + np.sum(np.take(x, [0, 0, 2]) ** 2)
        + np.median(x) * np.ptp(x)
        + np.sum(np.tile(x, 2) ** 2)
        + np.sum(np.roll(x, 1) * x)
        + np.sum(np.repeat(x, 2) ** 3)
        + np.sum(np.pad(x, 1) ** 2)
    )


@at(A3)
def splits(x: Any) -> Any:
    a, b, c = np.split(x, 3)
    p = np.split(x * x, [1])
    return np.sum(a * b * c) + np.sum(p[1]) * x[0] + np.sum(p[0])


@at(A3)
def grids(x: Any) -> Any:
    X, Y = np.meshgrid(x, x[:2])
    return np.sum(X * Y**2)


@at(A3)
def numer(x: Any) -> Any:
    return (
        np.polyval(x, 0.3) * np.sum(np.polyval(x, x))
        + np.sum(np.convolve(x, x) ** 2)
        + trapezoid(x**2, dx=0.1)
        + trapezoid(x, x * x)
        + np.average(x, weights=x * x)
        + np.sum(np.diff(x) ** 2)
        + np.sum(np.cross(x, x**2) ** 2)
        + np.sum(np.gradient(x) ** 2)
    )


@at(A3)
def interp(x: Any) -> Any:
    return np.sum(np.interp(np.array([0.1, 0.45]), np.array([0.0, 0.2, 0.6]), x) ** 2) + np.interp(
        x[0], np.array([0.0, 0.2, 0.6]), x
    )


@at(A3)
def norms(x: Any) -> Any:
    n = np.linalg.norm(np.outer(x, x) + 1.0, axis=1)
    return np.sum(n**2) + np.sum(np.linalg.norm(np.outer(x, x), axis=0, keepdims=True) ** 3)


@at(A3)
def listdisplay(x: Any) -> Any:
    a = np.array([[x[0], x[1]], [x[2] ** 2, 1.0]])
    return np.sum(a @ a)


@at(A3)
def kron(x: Any) -> Any:
    return np.sum(np.kron(np.eye(2), np.outer(x, x)) ** 2) + np.sum(np.kron(x, x) ** 3)


@at(A3)
def comp(x: Any) -> Any:
    return np.sum(np.stack([np.sin(x) * k for k in range(3)]) ** 2) + np.sum(np.array([v**2 for v in x]))


@at(A3)
def mixed(x: Any) -> Any:
    return (
        np.sum(np.concatenate([x, [1.0], np.ones(2)]) ** 2)
        + np.sum(np.hstack([x[0], x[1]]) ** 2)
        + np.sum(np.append(x, x[0]) ** 2)
    )


@at(A3)
def misc(x: Any) -> Any:
    w = np.outer(x, x)
    return (
        np.sum(np.triu(w) ** 2)
        + np.sum(np.tril(w, -1) * w)
        + np.sum(np.fliplr(w) * w)
        + np.sum(np.rot90(w)[0]) * np.trace(w)
        + np.sum(np.diag(x) @ x)
        + np.sum(np.diag(w) ** 2)
        + np.sum(np.atleast_2d(x) @ x)
        + np.nansum(x**2)
        + np.sum(np.cov(w + np.diag(x)))
    )


class Curve:
    def __init__(self) -> None:
        self.times, self.v = [0.0], [1.0]

    def add(self, t: Any, v: Any) -> None:
        self.times.append(t)
        self.v.append(v)

    def at(self, t: Any) -> Any:
        return self.v[bisect.bisect_right(self.times, t)]


@at(0.7)
def found_by_bisection(x: Any) -> Any:
    c = Curve()
    c.add(1.0, x)
    c.add(2.0, x * x)
    times = [x, 2.0 * x, 3.0 * x]
    return c.at(1.5) * times[bisect.bisect_left(times, 2.5 * x, 1)]


@at(np.array([0.3, 0.8, -0.4, 0.6, 1.7]))
def regression_on_a_part(x: Any) -> Any:
    y = x[np.where(x < 1.0)[0]]
    z = x[np.nonzero(x < 1.0)[0]]
    beta = np.linalg.lstsq(np.vstack([np.ones_like(y), y]).T, np.sin(z), rcond=None)[0]
    return beta[1] * beta[0]


@at(np.array([[0.3, 0.8], [-0.4, 0.6], [1.7, 0.2]]))
def turned_onto_another(p: Any) -> Any:
    q = np.array([[0.1, 0.9], [-0.5, 0.4], [1.1, 0.3]])
    u, s, vt = np.linalg.svd(p.T @ q)
    return np.sum((p @ (vt.T @ u.T).T - q) ** 2) + s[0]
