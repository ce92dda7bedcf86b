"""Programs that join arrays in loops and branches, and complex numbers with real ones."""
from __future__ import annotations

from typing import Any

import numpy as np

from tests.corpus.cases import at
from tests.corpus.library import A3, M


@at(0.4, 0.7)
def complex_parts(x: Any, y: Any) -> Any:
    z = np.array([x, 1j * y, x * y])
    return np.sum(np.abs(z) ** 2 * z.real) + np.abs(np.sum(z))


@at(A3, A3 * 2)
def complex_join(x: Any, y: Any) -> Any:
    z = np.concatenate([x, 1j * y])
    w = np.stack([x * y, np.exp(1j * x)])
    return np.sum(np.abs(z * z + 1)) + np.sum(np.abs(w.T @ w))


@at(A3)
def axis_loop(x: Any) -> Any:
    cols = []
    for k in range(2):
        cols.append(np.outer(x, x) * k + x)
    return (
        np.sum(np.concatenate(cols, axis=1)[:, ::2] ** 2)
        + np.sum(np.vstack(cols) ** 2)
        + np.sum(np.hstack(cols)[0])
        + np.sum(np.stack(cols, axis=-1)[0, 1] ** 3)
    )


@at(A3)
def nested_loop(x: Any) -> Any:
    rows = []
    for i in range(3):
        row = []
        for j in range(3):
            row.append(x[i] * x[j] ** 2)
        rows.append(row)
    return np.sum(np.array(rows) @ x)


@at(A3)
def array_of_array(x: Any) -> Any:
    w = np.outer(x, x)
    return (
        np.sum(np.concatenate(w) ** 2)
        + np.sum(np.vstack(w) ** 3)
        + np.sum(np.stack(w, axis=1) @ x)
        + np.sum(np.hstack(w)[2:])
    )


@at(A3)
def branch(x: Any) -> Any:
    parts = [x]
    if x[0] > 0:
        parts.append(x**2)
    else:
        parts.append(np.ones(2))
    return np.sum(np.concatenate(parts) ** 3)


@at(A3, 3)
def grow(x: Any, n: Any) -> Any:
    s = x
    for _ in range(n):
        s = np.concatenate([s, s[:2] * x[0]])
    return np.sum(s**2) * s[-1]


@at(M, A3)
def rnn(m: Any, x: Any) -> Any:
    h = np.zeros(3)
    hs = []
    for t in range(3):
        h = np.tanh(m @ h + x[t])
        hs.append(h)
    H = np.stack(hs)
    return np.einsum("ti,tj,ij->", H, H, m) + np.sum(np.linalg.norm(H, axis=1))


@at(A3)
def npfull(x: Any) -> Any:
    return (
        np.sum(np.full((2, 3), x[0]) * x)
        + np.sum(np.linspace(x[0], x[2], 4) ** 2)
        + np.sum(np.arange(3) * x)
        + np.sum(np.eye(3) @ x)
        + np.sum(np.zeros_like(x) + np.ones_like(x) * x)
    )


@at(A3)
def tup(x: Any) -> Any:
    a = tuple([x[i] * 2 for i in range(3)])
    return np.sum(np.array(a) ** 2) + np.sum(np.stack([x * k for k in (1.0, 2.0)]) ** 2)


@at(M)
def linmeth(m: Any) -> Any:
    return (
        (m @ m).trace() * m.diagonal().prod()
        + m.T.cumsum(axis=0)[1].sum()
        + np.linalg.solve(m, np.linalg.inv(m)).sum()
        + np.linalg.matrix_power(m, 3).sum() * 0.01
        + np.linalg.pinv(m[:, :2]).sum()
    )


@at(1.5)
def complex_moduli(x: Any) -> Any:
    z = np.exp(1j * x)
    return np.abs(z + x) + abs(z - x) ** 2 + np.angle(z * z + 3.0) + z.conjugate().real


@at(A3)
def vd(x: Any) -> Any:
    z = x * 1j + x**2
    return (
        np.real(np.vdot(z, z * z))
        + np.real(np.vdot(x, z))
        + np.real(np.inner(z, z))
        + np.real(z.dot(x))
        + np.imag(np.outer(z, z)[0, 1])
    )


@at(A3)
def whereselect(x: Any) -> Any:
    return np.sum(np.select([x > 1, x > 0], [x**2, x**3], default=-x)) + np.sum(
        np.take_along_axis(np.outer(x, x), np.array([[0], [1], [2]]), axis=1)
    )


@at(A3)
def block(x: Any) -> Any:
    w = np.outer(x, x)
    return np.sum(np.block([[w, np.eye(3)], [np.zeros((1, 3)), np.expand_dims(x, 0)]]) ** 2)


@at(A3, A3 * 2)
def complex_and_real_rows(x: Any, y: Any) -> Any:
    w = np.stack([x * y, np.exp(1j * x)])
    return np.sum(np.real(w * w) ** 2)


@at(1.1, np.array([1.3, 1.4, 0.9]), 2)
@at(1.1, np.array([1.3, 1.4, 0.9]), 0)
def number_in_the_place_of_an_array(x, y, n):
    for _ in range(n):
        y = 0.26 * x
    return np.sum(y)
