"""Writes that overlap, repeat and cross: several names, views and calls in one program."""

# ruff: noqa: B007, B905, E501
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, -1.2, 0.8, 0.3])
K = np.arange(1.0, 5.0)


@at(X)
def copy_and_original(x: Any) -> Any:
    a = [x[0], x[1]]
    b = a[:]
    a.insert(0, x[2])
    b.sort()
    return a[0] * b[0] * a[1]


@at(X)
def changed_in_a_branch(x: Any) -> Any:
    a = [x[0], x[1]]
    if x[0] > 0:
        a.insert(0, x[2])
    else:
        a.reverse()
    b = a
    for i in range(2):
        b.insert(i, x[i] * x[3])
    return a[0] * a[1] ** 2 * a[2] + len(a)


@at(X)
def element_after_update(x: Any) -> Any:
    d = {"r": x * 2.0}
    r = d["r"]
    d.update({"s": x * x})
    r[0] = x[1]
    return np.sum(d["r"] * K)


@at(X)
def result_of_out(x: Any) -> Any:
    a = x * 2.0
    w = np.add(a, x, out=a)
    a[0] = x[1]
    z = np.negative(w, w)
    return np.sum(z * K) + np.sum(a)


@at(X)
def overlapping_copyto(x: Any) -> Any:
    m = np.outer(x, x)
    np.copyto(m[1:], m[:-1])
    np.copyto(m.T, m)
    return np.sum(m * m * K)


@at(X)
def overlapping_stores(x: Any) -> Any:
    y = x * 2.0
    y[1:] = y[:-1]
    y[::-1] = y
    y[:2] += y[2:]
    y[1:] *= y[:-1]
    return np.sum(y * K)


@at(X)
def overlapping_sums(x: Any) -> Any:
    y = x * 2.0
    y[1:] += y[:-1]
    np.add(y[:-1], y[1:], out=y[1:])
    return np.sum(y * y * K)


@at(X)
def views_in_a_loop(x: Any) -> Any:
    y = x * 2.0
    for i in range(3):
        v = y[i:]
        np.multiply(v, x[i], out=v)
        y.sort() if i == 1 else y.fill(y[0] * y[1])
    return np.sum(y * K)


@at(X)
def swapped_halves(x: Any) -> Any:
    y = x * 2.0
    a, b = y[:2], y[2:]
    a[:], b[:] = b * 1.0, a * 1.0
    y[0], y[1] = y[1], y[0]
    return np.sum(y * y * K)


@at(X)
def rows_in_a_pattern(x: Any) -> Any:
    m = np.outer(x, x)
    (a, b), c = m[:2], m[2]
    a += b
    c[:] = a
    return np.sum(m * m * K)


@at(X)
def parts_of_complex(x: Any) -> Any:
    z = x.astype(complex)
    r = z.real
    i = z.imag
    z *= 1j
    r += x
    i[0] = x[1]
    return np.sum(np.abs(z) ** 2 * K)


@at(X)
def repeated_places(x: Any) -> Any:
    y = np.zeros(4)
    y[[0, 1, 1]] = x[:3]
    y[np.array([2, 2])] -= x[:2] * x[3]
    y[[3, 3]] /= x[0]
    return np.sum((y + x) ** 2 * K)


@at(X)
def repeated_pairs(x: Any) -> Any:
    m = np.zeros((3, 4))
    i = np.array([0, 1, 0])
    j = np.array([1, 2, 1])
    m[i, j] = x[:3]
    m[i, 1:3] += x[1]
    m[1:, j] *= x[0]
    m[i[:, None], j] = x[2]
    m[:, [0, 0]] = np.outer(x[:3], x[:2])
    return np.sum((m + x) ** 2 * K)


@at(X)
def dots_and_new_axes(x: Any) -> Any:
    m = np.zeros((2, 2, 4))
    m[0, ..., [1, 2]] = np.outer(x[:2], x[2:])
    m[..., None, 0] += x[0]
    m[:, [0, 1], [0, 0]] -= x[1]
    m[:, None, 1] **= 2
    return np.sum((m + x) ** 2 * K)
