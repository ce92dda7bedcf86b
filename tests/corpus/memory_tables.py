"""Tables and recurrences: what is read while an array is filled may stand until the end, or be overwritten later."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, -1.2, 0.7, 0.9])
A = np.array([[0.4, -0.3], [0.2, 0.5]])


@at(0.4, 0.3)
def filled(x: Any, a: Any) -> Any:
    u = np.empty(6)
    u[0] = x
    for t in range(5):
        u[t + 1] = u[t] + a * u[t] * (1.0 - u[t])
    return np.sum(u ** 2)


@at(0.4)
def filled_backwards(x: Any) -> Any:
    u = np.ones(6)
    u[5] = x
    for t in range(4, -1, -1):
        u[t] = np.sin(u[t + 1]) * u[t + 1]
    return np.sum(u * u[::-1])


@at(X)
def read_around_the_end(x: Any) -> Any:
    u = x.copy()
    for t in range(4):
        u[t] = u[t - 1] ** 2 * u[t]         # u[-1] is written last
    return np.sum(u ** 2)


@at(X)
def written_behind(x: Any) -> Any:
    u = x.copy()
    for t in range(3):
        s = u[t + 1] ** 2
        u[t] = s * u[t + 1]
        u[t + 1] = u[t] * s
    return np.sum(u)


@at(X)
def written_ahead(x: Any) -> Any:
    u = x.copy()
    s = 0.0
    for t in range(3):
        s += u[t] ** 3 * u[t + 1] ** 2
        u[t + 1] = s * u[t]
    return s + np.sum(u ** 2)


@at(X)
def overwritten_by_a_later_turn(x: Any) -> Any:
    u = x.copy()
    for t in range(3):
        u[t + 1] *= u[0] ** 2
        u[0] = u[t] * 0.5 + u[t + 1]
    return np.sum(u ** 2)


@at(X)
def overwritten_by_a_slice(x: Any) -> Any:
    u = x.copy()
    for t in range(3):
        u[t + 1] = u[t] ** 2 + 0.1
        u[:t] = u[t] * u[:t]
    return np.sum(u ** 3)


@at(X)
def written_in_a_branch(x: Any) -> Any:
    u = np.zeros(5)
    u[0] = x[0]
    for t in range(4):
        if u[t] > 0.2:
            u[t + 1] = u[t] ** 2 + x[t]
        else:
            u[t + 1] = np.cos(u[t]) * x[t]
            u[0] = 2.0 * u[t]
    return np.sum(u * u[0])


@at(X)
def left_early(x: Any) -> Any:
    u = np.zeros(6)
    u[0] = x[0]
    for t in range(5):
        u[t + 1] = u[t] ** 2 + x[1]
        if u[t + 1] > 1.0:
            u[t] = 3.0
            break
        u[t + 1] *= u[t]
    return np.sum(u ** 2)


@at(X[:2], A)
def rows_of_states(x: Any, a: Any) -> Any:
    u = np.zeros((4, 2))
    u[0] = x
    for t in range(3):
        u[t + 1] = np.tanh(a @ u[t]) + 0.5 * u[t] ** 2
    return np.sum(u ** 2)


@at(X[:2], A)
def columns_of_states(x: Any, a: Any) -> Any:
    u = np.zeros((2, 4))
    u[:, 0] = x
    for t in range(3):
        u[:, t + 1] = a @ u[:, t] * u[0, t]
        u[0, 0] += u[1, t]
    return np.sum(u ** 2)


@at(X)
def table(x: Any) -> Any:
    d = np.zeros((4, 4))
    d[0, :] = x
    for i in range(1, 4):
        d[i, 0] = x[i] ** 2
        for j in range(1, 4):
            d[i, j] = d[i - 1, j] * d[i, j - 1] + np.sin(d[i - 1, j - 1]) * x[j]
    return d[3, 3] * d[2, 3]


@at(X)
def table_of_two_rows(x: Any) -> Any:
    d = np.zeros((2, 4))
    d[0, :] = x
    for i in range(1, 4):
        d[1, 0] = x[i] ** 2
        for j in range(1, 4):
            d[1, j] = d[0, j] * d[1, j - 1] + d[0, j - 1] ** 2
        d[0] = d[1]
    return d[1, 3] * d[0, 2]


@at(X)
def swept_again(x: Any) -> Any:
    u = x.copy()
    for _ in range(3):
        for j in range(1, 4):
            u[j] = 0.5 * u[j] * u[j - 1] + u[j - 1] ** 2
    return np.sum(u ** 2)


@at(X)
def list_of_results(x: Any) -> Any:
    u = [0.0] * 5
    u[0] = x[0]
    for t in range(4):
        u[t + 1] = u[t] ** 2 * x[t] + u[t]
    return u[4] * u[2]


@at(X)
def steps_of_two(x: Any) -> Any:
    u = np.ones(6)
    u[0] = x[0]
    for t in range(0, 4, 2):
        u[t + 2] = u[t] ** 2 * x[t] + u[t + 1]
        u[t + 1] = u[t + 2] ** 2
    return np.sum(u ** 3)


@at(X)
def longest_path(x: Any) -> Any:
    best = np.zeros(5)
    for i in range(1, 5):
        top = best[i - 1] * x[i - 1]
        for j in range(i - 1):
            top += best[j] ** 2 * x[j] + best[j]
        best[i] = top + x[i - 1] ** 2
    return best[4] ** 2
