"""Numbers that are whole on some paths only: what is made of them may be arrays of whole numbers, or of floats."""
from __future__ import annotations

from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, 1.2, 0.8])


@at(X)
def list_of_zeros_filled(x: Any) -> Any:
    line = [0] * 3
    for i in range(3):
        line[i] = x[i] ** 2
    a = np.array(line)
    a[1] = x[0]
    return np.sum(a * x)


@at(X)
def whole_or_not_by_elements(x: Any) -> Any:
    a = np.array([max(0, v - 0.7) for v in x])
    a[0] = x[1]
    return np.sum(a ** 2)


@at(X)
def sum_of_what_may_be_empty(x: Any) -> Any:
    a = np.array([sum(v for v in x), 1])
    a[1] = x[0] * 2
    return np.sum(np.sin(a))


@at(X)
def running_sums(x: Any) -> Any:
    s = 0
    out = []
    for v in x:
        s += v
        out.append(s)
    a = np.array(out)
    a[1:] *= x[0]
    a[0] += x[2]
    return np.prod(a)


@at(X)
def filled_with_a_sum(x: Any) -> Any:
    s = 0
    for v in x:
        s += v * v
    a = np.full(3, s)
    b = np.zeros_like(a)
    b[1] = x[0]
    c = np.full_like(b, x[2])
    return np.sum(a * b) + np.sum(c * x)


@at(X)
def display_of_both(x: Any) -> Any:
    a = np.array([0, x[0], 1])
    a[0] = x[1]
    a[2] += x[2]
    return np.sum(a ** 3)


@at(X)
def greatest_from_zero(x: Any) -> Any:
    best = 0
    for v in x:
        best = max(best, v)
    w = np.array([best, best * 2])
    w[1] *= x[0]
    return w[0] * w[1]


@at(X)
def number_of_one_path(x: Any) -> Any:
    t = x[0] if x[0] < 0 else 1
    u = t * x
    v = np.where(x > 0.6, t, x)
    v[0] = x[2]
    z = np.stack([t * x, u])
    z[0, 0] = x[1]
    return np.sum(z) + np.sum(v ** 2)


@at(X)
def counted(x: Any) -> Any:
    n = 0
    for v in x:
        n += v > 0.6
    a = np.array([n, n * n])
    b = a * x[0]
    b[1] = x[1]
    return np.sum(b)


@at(X)
def complex_of_one_path(x: Any) -> Any:
    z = x[0] if x[0] > 0 else 1j * x[0]
    a = np.array([z, z * 2])
    a[0] = x[1]
    return np.sum(np.abs(a) ** 2)


@at(X)
def made_floats(x: Any) -> Any:
    t = x[0] if x[0] < 0 else 1
    a = np.array([t, t], dtype=float)
    a[0] = x[1]
    b = np.asarray([t, 2]).astype(float)
    b[1] = x[2]
    return np.sum(a * b)


@at(X)
def on_a_diagonal(x: Any) -> Any:
    t = x[0] if x[0] < 0 else 1
    m = np.diag([t, t])
    m = m + np.zeros((2, 2))
    m[0, 1] = x[1]
    return np.sum(m @ x[:2])


@at(X)
def sums_in_a_list(x: Any) -> Any:
    q = [0, 0]
    for i in range(2):
        q[i] += x[i]
    a = np.asarray(q)
    c = np.cumsum(a)
    c[0] = x[2] * x[1]
    return c @ a


@at(X)
def clipped_by_a_condition(x: Any) -> Any:
    a = np.array([0 if v < 0.6 else v for v in x])
    a += 1
    a *= 2
    b = a.reshape(-1, 1)
    b[1] = x[0] * 3
    return np.sum(a)


@at(X)
def mean_of_those_above(x: Any) -> Any:
    s = 0
    c = 0
    for v in x:
        if v > 0.6:
            s += v
            c += 1
    m = s / c if c else 0
    r = np.array([m, c])
    r -= x[:2]
    return r @ r
