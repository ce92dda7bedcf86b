"""The traps that make tools of this kind silently wrong, as far as memory is concerned: one small program for each."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, -1.2, 0.7, 0.9])
M = np.arange(1.0, 7.0).reshape(2, 3) * 0.3


@at(X)
def write_through_a_view(x: Any) -> Any:
    a = x * 2.0
    a[1:][::-1][0] = x[0] ** 2
    return np.sum(a ** 3)


@at(M)
def reshape_of_rows_is_a_view(x: Any) -> Any:
    a = np.zeros((2, 3))
    a[...] = x
    b = a.reshape(3, 2)
    b[0, 1] = x[1, 1] ** 2
    return np.sum(a ** 3)


@at(X)
def another_name_of_an_array(x: Any) -> Any:
    a = x * 2.0
    b = a
    b += 1.0
    return np.sum(a ** 2 * x)


@at(0.7)
def another_name_of_a_float(x: Any) -> Any:
    a = x * 2.0
    b = a
    b += 1.0
    return a ** 2 * b


@at(X)
def the_last_write_wins(x: Any) -> Any:
    a = x * 2.0
    a[[0, 2, 0]] = x[1:] ** 2
    return np.sum(a ** 3)


@at(X)
def reads_add_up(x: Any) -> Any:
    a = x * 2.0
    a[1:] *= a[[0, 0, 3]]
    return np.sum(a[[1, 1, 2]] ** 2)


@at(X)
def one_update_of_a_repeated_place(x: Any) -> Any:
    a = x * 2.0
    a[[1, 1, 2]] += x[1:] ** 2
    a[[3, 3]] *= x[0]
    return np.sum(a ** 2)


@at(X)
def overlapping_slices(x: Any) -> Any:
    a = x * 2.0
    a[1:] = a[:-1]
    a[:-1] += a[1:] * x[1:]
    a[::-1] *= a
    return np.sum(a ** 2)


@at(X)
def floats_into_integers(x: Any) -> Any:
    a = np.arange(4)
    a[1:3] = 7.9 * x[:2]
    return np.sum(a * x ** 2)


@at(X)
def an_exception_after_a_partial_update(x: Any) -> Any:
    a = x * 2.0
    for i in range(4):
        a[i] *= x[0]
        if i == 2:
            a[0] = x[1] ** 2
            break
    return np.sum(a ** 2)


@at(M, X[:3])
def broadcast_in_an_update(x: Any, w: Any) -> Any:
    a = x * 2.0
    a += w
    a *= w[0]
    a[:, 1:] -= w[1:] ** 2
    return np.sum(a ** 3)


@at(np.array(0.8), X)
def no_axes_against_one(s: Any, x: Any) -> Any:
    a = x * s
    t = s * 2.0 * np.ones(())
    t += x[0]
    a *= t
    a[...] += t ** 2
    return np.sum(a ** 2)


def handed_back(v: Any) -> Any:
    v[0] *= 3.0
    return v


@at(X)
def callee_that_returns_its_argument(x: Any) -> Any:
    a = x * 2.0
    b = handed_back(a)
    b[1] = a[0] ** 2
    return np.sum(a ** 2)


@at(X)
def written_in_other_ways(x: Any) -> Any:
    a = (x * 2.0).reshape(2, 2)
    np.add(a, x[0], out=a)
    a.T[0, 1] = x[1] ** 2
    a.flat[3] = x[2] * x[0]
    np.add.at(a, ([0, 0], [1, 1]), x[3])
    b = np.zeros((2, 2))
    np.copyto(b, a)
    b.sort(axis=0)
    return np.sum(a ** 2 * b)


@at(X)
def no_elements(x: Any) -> Any:
    a = x * 2.0
    a[4:] = x[4:] ** 2
    a[2:2] *= 3.0
    e = a[:0]
    e += 1.0
    return np.sum(a ** 2) + np.sum(e)


@at(X)
def swapped(x: Any) -> Any:
    a = x * 2.0
    a[0], a[2] = a[2], a[0]
    m = a.reshape(2, 2).copy()
    m[0], m[1] = m[1].copy(), m[0].copy()
    return np.sum(m ** 2 * a[:2])


@at(np.array([0.3, 0.9, -0.1]))
def changed_in_a_loop_that_ends_at_once(y: Any) -> Any:
    v = y
    for j in range(3):
        if j:
            y *= 0.3
        break
    return np.sum(v ** 2)


@at(np.array([0.3, 0.9, -0.1]))
def changed_before_the_loop_is_left(x: Any) -> Any:
    y = x * 2.0
    v = y
    for j in range(3):
        if j == 0:
            y *= 0.3
            continue
        if v[0] > 0.0:
            y += x
        break
    return np.sum(v ** 2)


@at(np.array([0.3, 0.9, -0.1]))
def changed_in_while_by_a_name_that_ends(x: Any) -> Any:
    y = x * 2.0
    v = y
    n = 0
    while n < 4:
        n += 1
        if n == 2:
            y[n - 1:] *= x[0]
        if n == 3:
            break
    return np.sum(v ** 2)
