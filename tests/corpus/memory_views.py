"""Views that are written through, and read after their base changed."""

# ruff: noqa: B007, B905, E501
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, -1.2, 0.8, 0.3])
K = np.arange(1.0, 5.0)


@at(X)
def lpow2(x: Any) -> Any:
    m = np.outer(x, x)
    r = m[1]
    m[1] **= 2
    return np.sum(r * K)


@at(X)
def diag(x: Any) -> Any:
    m = np.outer(x, x)
    d = m.diagonal()
    m[1, 1] = x[2]
    e = np.diag(m)
    m[2, 2] = x[0]
    return np.sum(d * K) + np.sum(e * e * K)


@at(X)
def bto(x: Any) -> Any:
    y = x * 1.0
    m = np.broadcast_to(y, (3, 4))
    y[1] = x[0] * x[2]
    return np.sum(m * m * K)


@at(X)
def split(x: Any) -> Any:
    y = x * 2.0
    a, b = np.split(y, 2)
    a[0] = x[1]
    b *= x[0]
    y[1] = x[3] ** 2
    return np.sum(y * y * K) + np.sum(a * b)


@at(X)
def split2(x: Any) -> Any:
    y = np.outer(x, x)
    p = np.array_split(y, 3, axis=1)
    p[0][1] = x[0]
    p[1][...] *= 2.0
    p[2] += x[1]
    q = np.hsplit(y, 2)
    q[1][0] = x[2]
    r = np.vsplit(y, 2)
    r[0][:] += x
    return np.sum(y * y * K)


@at(X)
def split3(x: Any) -> Any:
    y = x * 2.0
    for p in np.split(y, 2):
        p[0] = x[1] * x[2]
    return np.sum(y * y * K)


@at(X)
def atl(x: Any) -> Any:
    y = x * 2.0
    m = np.atleast_2d(y)
    m[0, 1] = x[0] ** 2
    n = np.atleast_1d(y)
    n[2] = x[1]
    t = np.atleast_3d(y)
    t[0, 0] = x[3]
    return np.sum(y * y * K)


@at(X)
def rot(x: Any) -> Any:
    m = np.outer(x, K)
    r = np.rot90(m)
    r[0] = x * x
    q = np.rot90(m, 2)
    q[1] *= x
    np.rot90(m, k=3)[0, 1] = x[0]
    return np.sum(m * m)


@at(X)
def asarr(x: Any) -> Any:
    y = x * 2.0
    z = np.asarray(y)
    z[1] = x[0] * x[0]
    v = y.view()
    v[2] = x[3]
    w = y[...]
    w[0] = x[1]
    return np.sum(y * y * K)


@at(X)
def rows(x: Any) -> Any:
    m = np.outer(x[:2], x)
    a, b = m
    a[0] = x[1]
    b *= x
    m[1, 1] = x[2]
    return np.sum(m * m * K) + np.sum(a * b)


@at(X)
def forrow(x: Any) -> Any:
    m = np.outer(x, x)
    for row in m:
        row[0] = x[1] * x[2]
        row *= 2.0
    return np.sum(m * m * K)


@at(X)
def enumrow(x: Any) -> Any:
    m = np.outer(x, x)
    for i, row in enumerate(m):
        row[i] = x[i]
        row[0] += 1.0
    return np.sum(m * m * K)


@at(X)
def ziprow(x: Any) -> Any:
    m = np.outer(x, x)
    n = np.outer(x, K)
    for a, b in zip(m, n):
        a += b
        b[1] = a[0]
    return np.sum(m * m * K) + np.sum(n * n)


@at(X)
def forlist(x: Any) -> Any:
    rows = [x * 2.0, x * x]
    for a in rows:
        a[0] = x[1]
        a *= x
    return np.sum(rows[0] * rows[1] * K)


@at(X)
def ravel1(x: Any) -> Any:
    y = x * 2.0
    z = y.reshape(2, 2)
    z[0] = x[1]
    w = z.ravel()
    w[3] = x[0]
    return np.sum(y * y * K)


@at(X)
def ravel2(x: Any) -> Any:
    y = np.zeros((2, 4))
    z = y.ravel()
    z[:4] = x
    y[1] = x * x
    return np.sum(z * z)


@at(X)
def getwrite(x: Any) -> Any:
    m = np.outer(x, x)
    m.swapaxes(0, 1)[0] = x * x
    np.transpose(m)[1, 2] = x[0]
    m.squeeze()[2] *= 2.0
    m[1:][:, 2][0] = x[1]
    return np.sum(m * m * K)


@at(X)
def element_squared(x: Any) -> Any:
    rows = [x * 2.0]
    row = rows[0]
    rows[0] **= 2
    return np.sum(row * K)


@at(X)
def element_added_to(x: Any) -> Any:
    rows = [x * 2.0]
    row = rows[0]
    rows[0] += x
    return np.sum(row * K)


@at(X)
def flat_by_a_name(x: Any) -> Any:
    m = np.outer(x, x)
    f = m.flat
    f[3] = x[0]
    f[2] *= 2.0
    return np.sum(m * K)


@at(X)
def part_of_the_transposed(x: Any) -> Any:
    m = np.zeros((4, 4))
    m.T[1, ::2] = x[:2] ** 2
    m.T[2] = x * 2
    m.T[3, 1] = x[0]
    return np.sum(m ** 2)


@at(X)
def columns_by_the_transposed(x: Any) -> Any:
    m = np.outer(x, x + 1.0) + np.eye(4)
    v = m.T
    v[1, 2] *= 3.0
    v[:2, 1] += v[0, :2]
    for col in m.T:
        col[0] *= 2.0
        col /= col[1]
    w = v[2]
    v[2, ::2] = w[:2] ** 2
    v[0:2] = m[:2] ** 2
    return np.sum(m ** 2) + np.sum(v * w)


@at(X)
def flat_view_of_what_a_loop_made(x: Any) -> Any:
    h = np.ones(4)
    for _ in range(3):
        h = x * h
    w = h.ravel()
    h *= 0.94 * w[0]
    return np.sum(w * x)


@at(X)
def flat_view_of_what_a_loop_made_on_one_path(x: Any) -> Any:
    u = x * 2
    for _ in range(3):
        if u[0] < 1.3:
            u = u * 1.5
    u2 = u.ravel()
    u2[1] += x[0]
    return np.sum(np.cos(u))


@at(np.array([0.5, 1.2, 0.8]))
def copies_stored_column_by_column(x: Any) -> Any:
    m = np.outer(x, x[:2])
    a, b = m.copy("F"), m.copy(order="F")
    flat = a.reshape(-1)
    m[0] = 2.0
    return np.sum(m * a) + np.sum(flat[1:] * x[0]) * b[0, 1] + np.sum(np.multiply(x, x, np.zeros(3), dtype=float))
