"""What calls give of the memory of their arguments, alone and in tuples; what they make, and what shares it."""
# ruff: noqa: B007
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.2])


def swapped(u: Any, v: Any) -> Any:
    return v, u


def parts(u: Any) -> Any:
    return u[1:], u[:1], u


def stepped(u: Any, k: Any) -> Any:
    u[0] += k
    w = u * 2
    return w, u[1:], u


def magnitudes(x: Any) -> Any:
    return np.abs(x)


def written(x: Any) -> Any:
    v = x[...]
    v[2] = 0.5
    return v


@at(X, 0.8)
def buffers_swapped_by_a_function(x: Any, y: Any) -> Any:
    u, v = x * 2, x * y
    for i in range(3):
        v[:] = np.sin(u) * y
        u, v = swapped(u, v)
    return np.sum(u * v * x)


@at(X, 0.8)
def parts_from_a_function(x: Any, y: Any) -> Any:
    u = x * y
    a, b, c = parts(u)
    a *= 2.0
    b[0] = y
    c[1] *= 3.0
    return np.sum(u * x) + np.sum(a * b)


@at(X, 0.8)
def made_and_given(x: Any, y: Any) -> Any:
    u = x * y
    w, tail, same = stepped(u, y)
    w[0] *= 3
    tail[0] += y
    same[0] *= 2
    w2, tail2, same2 = stepped(same, y)
    w2 *= w
    tail2 *= 3.0
    return np.sum(u * x) + np.sum(w2) + np.sum(tail)


@at(X, 0.8)
def elements_of_what_is_given(x: Any, y: Any) -> Any:
    u, v = x * 2, x * y
    p = swapped(u, v)
    p[0][1] = y
    q = p[1]
    q[0] = y * y
    return np.sum(u * v * x)


@at(X, 0.8)
@at(X, 0.3)
def made_by_a_call_on_one_path(x: Any, y: Any) -> Any:
    v = np.cos(x)
    if y > 0.5:
        v = magnitudes(x)
    w = v
    w -= np.sin(w[[2, 1, 0]])
    return np.sum(w * v)


@at(X, 0.8)
def nonlocal_array_on_one_path(x: Any, y: Any) -> Any:
    a = 0.0
    w = -(y * np.ones(3))

    def scale(v: Any) -> Any:
        nonlocal a, w
        a -= np.cos(w[-1])
        w[0] += np.tanh(a * a)
        return 0.33 * (v + np.max(w))
    s = scale(np.sin(y * y))
    if a > -1.8:
        t = scale(s)
        scale(0.33 * t)
    return a + np.sum(w * x)


@at(X, 0.8)
def view_given_by_a_writer(x: Any, y: Any) -> Any:
    r = x
    w = written(x)
    x += r * w
    return np.sum(w ** 2) * y


@at(X, 0.8)
def view_given_by_a_writer_is_scaled(x: Any, y: Any) -> Any:
    w = written(x)
    w *= y
    return np.sum(x ** 2)


@at(X, 0.8)
def view_given_by_a_writer_outlives_its_base(x: Any, y: Any) -> Any:
    w = written(x)
    x = x + 1
    w *= y
    return np.sum(x ** 2) * np.sum(w)


def zeros(n: int, m: int) -> Any:
    return [[0.0] * m for _ in range(n)]


def products(x: Any, n: int) -> Any:
    return [[x[i] * x[j] for j in range(n)] for i in range(n)]


def factors(a: Any) -> Any:
    n = len(a)
    lower, upper = zeros(n, n), zeros(n, n)
    for i in range(n):
        lower[i][i] = 1.0
        for j in range(i, n):
            upper[i][j] = a[i][j] - sum(lower[i][k] * upper[k][j] for k in range(i))
        for j in range(i + 1, n):
            lower[j][i] = (a[j][i] - sum(lower[j][k] * upper[k][i] for k in range(i))) / upper[i][i]
    return lower, upper


@at(X, 0.8)
def table_made_by_a_function(x: Any, y: Any) -> Any:
    a = zeros(3, 3)
    for p in range(3):
        for q in range(3):
            a[p][q] = x[p] * y + q
    b = products(x, 2)
    b[0][1] = y
    return sum(a[p][2 - p] for p in range(3)) * a[1][1] * b[0][1] * b[1][0]


@at(X, 0.8)
def factors_in_lists_of_lists(x: Any, y: Any) -> Any:
    lower, upper = factors([[x[0] + 3, y], [x[1], x[2] + 2]])
    return upper[0][0] * upper[1][1] * lower[1][0]


class Table:
    """A list of rows."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def put(self, i: int, j: int, v: Any) -> None:
        self.rows[i][j] = v


@at(X, 0.8)
def rows_of_an_object(x: Any, y: Any) -> Any:
    b = Table(products(x, 2))
    b.rows[0][1] = y
    b.rows[1][1] *= b.rows[0][1]
    return b.rows[0][1] * b.rows[1][0] + b.rows[1][1]
