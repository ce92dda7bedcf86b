"""Arrays whose elements are computed one from another: which zeros of their adjoints are read again."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, 0.7, 0.5])


@at(0.5, 0.1)
def one_from_the_last(x: Any, a: Any) -> Any:
    u = np.zeros(6)
    u[0] = x
    for t in range(5):
        u[t + 1] = u[t] + a * u[t] * (1.0 - u[t])
    return np.sum(u ** 2)


@at(0.5, 0.1)
def written_to_twice(x: Any, a: Any) -> Any:
    u = np.zeros(6)
    u[0] = x
    for t in range(5):
        u[t + 1] = a * u[t]
        u[t + 1] = np.sin(u[t]) + u[t + 1] ** 2
    return u[5]


@at(0.5, X3)
def one_from_two(x: Any, a: Any) -> Any:
    u = np.zeros(8)
    u[0], u[1] = x, a[0]
    for t in range(6):
        u[t + 2] = a[1] * np.sin(u[t]) + a[2] * u[t + 1] * u[t]
    return np.sum(u) * u[3]


@at(0.5, 0.3)
def downwards(x: Any, a: Any) -> Any:
    u = np.zeros(7)
    u[6] = x
    for t in range(5, -1, -1):
        u[t] = np.sin(u[t + 1]) * a + u[t]
    return u[0] + u[2] ** 2


@at(0.5, 0.3)
def round_the_end(x: Any, a: Any) -> Any:
    u = np.full(6, 0.1)
    u[0] = x
    for t in range(5):
        u[t + 1] = np.sin(u[t - 1]) + a * u[t]
    return np.sum(u ** 2)


@at(0.5, 0.3)
def every_element_was_there_before(x: Any, a: Any) -> Any:
    u = np.full(6, x)
    for t in range(5):
        u[t + 1] = u[t + 1] * u[t] * a + u[t]
    return np.sum(u ** 2)


@at(X3, 0.3)
def into_a_copy_of_an_argument(x: Any, a: Any) -> Any:
    u = x.copy()
    for t in range(2):
        u[t + 1] = a * u[t]
    return np.sum(u ** 2)


@at(X3, 0.3)
def the_old_one_is_read_two_turns_later(x: Any, a: Any) -> Any:
    u = np.concatenate([x, x])
    for t in range(4):
        u[t + 1] = a * u[t] * u[t + 2]
    return np.sum(u ** 2)


@at(0.5, 0.3)
def rows_from_rows(x: Any, a: Any) -> Any:
    u = np.zeros((5, 3))
    u[0] = x
    for t in range(4):
        u[t + 1] = np.sin(u[t]) + a * u[t] ** 2
    return np.sum(u ** 2)


@at(0.5, 0.3)
def a_loop_in_a_loop(x: Any, a: Any) -> Any:
    u = np.zeros(5)
    total = 0.0
    for k in range(3):
        u[0] = x + k * total
        for t in range(4):
            u[t + 1] = u[t] * a + u[t + 1] ** 2 + x
        total += u[4]
    return total


@at(0.5, 0.3)
def only_some_turns(x: Any, a: Any) -> Any:
    u = np.zeros(6)
    u[0] = x
    for t in range(5):
        if t != 2:
            u[t + 1] = a * u[t] + x
        else:
            u[t + 1] += u[t - 1]
    return np.sum(u ** 2)


@at(0.5, 0.3)
def from_the_second_on(x: Any, a: Any) -> Any:
    u = np.zeros(6)
    u[1] = x
    for t in range(2, 6):
        u[t] = np.sin(u[t - 1]) * a + u[t - 2]
    return u[5] * u[4]
