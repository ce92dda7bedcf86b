"""Arrays: elementwise operations and broadcasting, reductions, indexing, updates of fresh arrays."""
# ruff: noqa: B007
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.5, -1.2, 0.8])
X5 = np.array([0.5, -1.2, 0.8, 0.3, -0.9])
M = np.array([[0.3, -0.7, 1.1], [0.9, 0.2, -0.4]])
LATTICE = np.array([0, 2, 2, 1])


@at(X3, M, 0.7)
def broadcast(x: Any, m: Any, a: Any) -> Any:
    return np.sum(x * m / (2.0 + np.cos(a)) - a)


@at(M)
def reductions(m: Any) -> Any:
    return np.sum(np.mean(m, axis=0) * np.sum(m * m, axis=0)) + np.max(m) * np.mean(m)


@at(M, X3)
def products(m: Any, x: Any) -> Any:
    y = m @ x
    return np.dot(y, y) + np.sum(np.outer(x, y)) + np.sum(m.T @ y)


@at(X5)
def stencil(x: Any) -> Any:
    return np.sum((x[2:] - 2.0 * x[1:-1] + x[:-2]) ** 2)


@at(X3)
def gathered(x: Any) -> Any:
    return np.sum(x[LATTICE] * np.sin(x[LATTICE]))


@at(X5)
def masked(x: Any) -> Any:
    return np.sum(np.exp(x[x > 0.0])) + np.sum(np.where(x > 0.0, x * x, -x))


@at(X5)
def filled(x: Any) -> Any:
    y = np.zeros(5)
    for i in range(5):
        y[i] = x[i] * x[i - 1]
    return np.sum(y * y)


@at(X5)
def recurrence_in_an_array(x: Any) -> Any:
    y = np.empty_like(x)
    y[0] = x[0]
    for i in range(1, 5):
        y[i] = 0.5 * y[i - 1] * y[i - 1] + x[i]
    return y[-1] + np.sum(y)


@at(X3)
def scattered(x: Any) -> Any:
    y = np.zeros(3)
    np.add.at(y, LATTICE, x[LATTICE] ** 2)
    return np.sum(y * y)


@at(X5, 0.4)
def augmented(x: Any, a: Any) -> Any:
    y = x.copy()
    y *= a
    y[1:] += x[:-1] * a
    y[::2] -= np.sin(x[::2])
    y[0] /= 2.0 + a
    y **= 2
    return np.sum(y)


@at(M)
def rows_updated(m: Any) -> Any:
    y = m * 1.0
    y[0] = y[1] * y[0]
    y[:, 1] *= 3.0
    return np.sum(y * y)


@at(X3)
def swapped(x: Any) -> Any:
    u, w = x, np.zeros(3)
    for k in range(3):
        w[1:] = u[:-1] * 0.5 + u[1:] ** 2
        w[0] = u[-1]
        u, w = w.copy(), u.copy()
    return np.sum(u) + np.dot(u, w)


@at(X3, 0.5)
def updated_on_one_path(x: Any, a: Any) -> Any:
    y = x * a
    if a > 0.2:
        y[0] = a * a
        y[1] *= x[2]
    return np.sum(y * y)


@at(X3)
def unpacked(v: Any) -> Any:
    x, y, z = v
    return x * y + np.sin(z)


@at(X5)
def unpacked_with_star(v: Any) -> Any:
    first, *middle, last = v[0], v[1], v[2] * v[3], v[4]
    return first * middle[0] + last * middle[1]


@at(X3)
def methods(x: Any) -> Any:
    return x.sum() * x.mean() + (x.reshape(3, 1) * x).max() + x.dot(x)
