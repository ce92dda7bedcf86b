"""What writes to a list where it is called: so often, and in the order, in which Python calls it."""
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, 1.2, 0.8, -0.4])


def noted(log: Any, k: Any) -> Any:
    log.append(k)
    return k


def times_and_plus(k: Any) -> Any:
    return lambda u, w: u * k + w


def stored(y: Any, i: Any, v: Any) -> Any:
    y[i] = v
    return v


@at(X)
def joined_text(x: Any) -> Any:
    log: Any = []
    ",".join([str(noted(log, v)) for v in x])
    "".join(f"{noted(log, v * 2)}" for v in x)
    return sum(log) * len(log)


@at(X)
def first_of_those(x: Any) -> Any:
    log: Any = []
    n = next(noted(log, v) for v in x if v > 0.6)
    m = next((noted(log, v) for v in x if v > 9.0), x[3])
    return n * len(log) + sum(log) * m


@at(X)
def any_and_all_stop(x: Any) -> Any:
    log: Any = []
    s = any(noted(log, v) > 0.9 for v in x)
    t = all(noted(log, v) > 0.9 for v in x)
    return sum(log) * (1 + s) * len(log) + t


@at(X)
def default_of_a_filter(x: Any) -> Any:
    log: Any = []
    z = list(filter(lambda u, t=noted(log, x[0]): u > t, x))  # noqa: B008
    return sum(z) * len(log)


@at(X)
def default_of_a_partial(x: Any) -> Any:
    log: Any = []
    g = partial(lambda a, b: a * b, noted(log, x[0]))
    f = partial(times_and_plus(x[1]), x[2])
    return g(x[1]) + g(x[2]) + len(log) * x[3] + f(x[0]) * f(x[3])


@at(X)
def test_that_notes(x: Any) -> Any:
    log: Any = []
    i = 0
    while noted(log, x[i]) > 0.4:
        i += 1
    return sum(log)


@at(X)
def second_test_notes(x: Any) -> Any:
    log: Any = []
    i = 0
    while i < 3 and noted(log, x[i]) > 0.4:
        i += 1
    return sum(log)


@at(X)
def nested_function_that_writes(x: Any) -> Any:
    y = np.zeros(4)
    i = 0

    def put(i: Any) -> Any:
        y[i] = x[i]
        return x[i]
    while put(i) > 0.4:
        i += 1
    return np.sum(y ** 2)


@at(X)
def residual_written(x: Any) -> Any:
    y = np.zeros(4)
    i = 0
    while stored(y, i, x[i] * 2) > 0.4:
        i += 1
    return np.sum(y ** 2)


@at(X)
def residual_in_a_list(x: Any) -> Any:
    y = [0.0] * 4
    i = 0
    while stored(y, i, x[i] * 2) > 0.4:
        i += 1
    return sum(y) * y[1]


def added(y: Any, v: Any) -> Any:
    y += v
    return np.sum(y)


@at(X)
def element_read_before_it_is_written(x: Any) -> Any:
    y = np.ones(4) * x[2]
    y[1] += stored(y, 1, x[1])
    return np.sum(y * x)


@at(X)
def element_times_a_sum_that_writes(x: Any) -> Any:
    y = x * 2
    y[1] *= added(y, x[0])
    return np.sum(y * x)


@at(X)
def element_of_a_list_read_before(x: Any) -> Any:
    line = [x[0], x[1]]
    line[1] += stored(line, 1, x[2])
    return line[0] * line[1]


@at(X)
def element_read_before_a_view_is_written(x: Any) -> Any:
    y = x * 2.0
    v = y[:]
    y[1] += stored(v, 1, x[2])
    return np.sum(y * x)


@at(X)
def item_of_a_dict_read_before(x: Any) -> Any:
    d = {'a': x[0]}

    def up(v: Any) -> Any:
        d['a'] = v
        return v
    d['a'] += up(x[1])
    return d['a'] * x[2]
