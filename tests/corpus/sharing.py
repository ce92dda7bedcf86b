"""Small programs in which memory that was taken to be apart, or to be known, was not."""
# ruff: noqa: B007
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, -0.8, 1.3, 0.4])


@at(X, X + 1.0)
def another_name_from_the_second_turn_on(x: Any, y: Any) -> Any:
    w = x.copy()
    for count in range(3):
        v = x
        v += w
        w = x
    return w[2] * y[1]


def squares(x: Any, y: Any) -> Any:
    x *= x


@at(0.4, X)
def written_by_a_call_beside_a_copy(x: Any, y: Any) -> Any:
    y1 = y.copy()
    for j in range(3):
        y1 = y1.copy()
        squares(y, x)
    return np.sum(y)


@at(X)
def bound_in_an_earlier_turn(x: Any) -> Any:
    z = x * 1.0
    for i in range(3):
        if np.sum(x[1:] * x[:-1]) > -9.0:
            z = x[::-1] * 2.0
        z += x
        x[i] *= z[i]
    return np.sum(x * z)


@at(X)
def only_an_argument_is_written(x: Any) -> Any:
    x += 0.67
    return 0.7


@at(X, X * 1.3)
def one_of_two_then_the_other(x: Any, y: Any) -> Any:
    w = np.sin(y)
    u = w if x[0] > 0 else y
    u -= y
    v = w
    y += 1.0
    return np.sum(v * y)


@at(X, X * 1.3)
def bound_on_one_path_only(x: Any, y: Any) -> Any:
    h = x
    if np.sum(x) < 50.0:
        u = x
    u[1:3] = y[0]
    h += y[2]
    return np.sum(u * y)


@at(X, X * 1.3)
def one_of_two_in_each_turn(x: Any, y: Any) -> Any:
    v = x * y
    for j in range(4):
        w = y if j == 1 else x
        y[3] = 0.7 * v[0]
        w *= y[1]
        v[1] *= w[0]
        u = w if j > 1 else v
        u[0] = np.sum(x)
    return np.sum(x * y * v)


@at(X)
def flat_already(x: Any) -> Any:
    z = np.zeros_like(x)
    z1 = z.reshape(-1)
    z1[2] = x[0] ** 2
    w = (x * 2.0).ravel()
    w2 = w.ravel()
    w2[1] = x[3]
    return np.sum(z * x) + np.sum(w ** 2)


@at(X, X * 1.3)
def named_in_a_list(x: Any, y: Any) -> Any:
    a = x * 2.0
    rows = [a, y, x * y]
    rows[0][1] = y[0]
    a[2] = rows[0][1] ** 2
    t = rows[1]
    t += a
    y[0] *= 2.0
    return np.sum(rows[0] * rows[1] * rows[2]) + np.sum(a * y)


@at(X, X * 1.3)
def a_loop_over_named_ones(x: Any, y: Any) -> Any:
    rows = [x[1:], y[:-1]]
    rows[0][0] = y[3]
    for r in rows:
        r[1] *= 1.5
    x[2] = rows[1][1]
    return np.sum(rows[0] * rows[1]) + np.sum(x * y)


@at(X, X * 1.3)
def popped_and_pushed_again(x: Any, y: Any) -> Any:
    rows = [x, y]
    last = rows.pop()
    last[0] = x[1] ** 2
    rows[0][1] = y[0]
    rows.append(last)
    rows[1][2] = x[0]
    return np.sum(x * y * rows[0] * rows[1])


@at(X, X * 1.3)
def one_of_two_in_a_list(x: Any, y: Any) -> Any:
    u = x if y[0] > 0 else y
    rows = [u, x * 3.0]
    x[0] = y[3] ** 2
    rows[0][1] = y[2] * x[0]
    return np.sum(rows[0] * x * y) + np.sum(u ** 2)


@at(X, X * 0.3)
def a_list_in_a_while(x: Any, y: Any) -> Any:
    rows = [x, y]
    n = 0
    while np.sum(rows[0] ** 2) < 20.0 and n < 4:
        x += rows[1] ** 2
        rows[1][n] *= 0.5 * x[0]
        n += 1
    return np.sum(rows[0] * y)


@at(X)
def element_and_its_name(x: Any) -> Any:
    a = x * 1.0
    rows = [a, x * 2.0]
    rows[0][1] = 3.0 * x[0]
    a[2] = x[3] ** 2
    return np.sum(rows[0] * rows[1])


@at(X)
def put_in_and_changed(x: Any) -> Any:
    a = x * 1.0
    L = [a]
    a[0] = x[1] ** 2
    return np.sum(L[0] ** 2)


@at(X)
def pushed_twice(x: Any) -> Any:
    L = []
    a = x * 2
    L.append(a)
    L.append(a)
    L[0][0] = x[1] ** 2
    return np.sum(L[0] * L[1])


def _mixed_up(x: Any) -> None:
    x -= np.where(x > 0.28, x, x[[0, 2, 1]])


@at(np.array([-1.0, -0.2, 0.7]), np.array([0.4, -1.3, 0.4]), 2)
@at(np.array([-1.0, -0.2, 0.7]), np.array([0.4, -1.3, 0.4]), 7)
def writer_called_on_one_path(x: Any, y: Any, n: Any) -> Any:
    if n > 5:
        _mixed_up(x)
    return np.sum(x * y)


@at(np.array([0.8, -1.0, 0.3]), 1.4)
def written_before_a_branch(x: Any, z: Any) -> Any:
    v = x.copy()
    w = x
    b = np.sum(v ** 2)
    x[:] = [2, 2, 2]
    if z > 2.0:
        return z
    return b + np.sum(w)


def _lowered(x: Any, y: Any) -> Any:
    if y > 0.2:
        x -= y + x[1:2]
    return x


@at(np.array([-0.3, -0.5, 1.3]), -1.2)
def saved_on_one_path_of_a_callee(x: Any, y: Any) -> Any:
    w = x
    for i in range(3):
        v = x
        v -= 0.7
        _lowered(w, np.cos(2 + i))
    return np.sum(w * w * y)
