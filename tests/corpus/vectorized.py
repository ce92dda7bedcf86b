"""Functions of numbers called for every element by `np.vectorize`."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.1, 0.52, 0.93, -0.3, 0.71, 1.2])


def softened(t: Any) -> Any:
    return math.sin(t) * t if t > 0.3 else 0.5 * t


each_softened = np.vectorize(softened)
ramp = np.vectorize(lambda t: t * t if t > 0.5 else 0, otypes=[float])


@np.vectorize
def ordered(a: Any, b: Any) -> Any:
    return a * b if a > b else a - b


@at(X)
def of_each_element(x: Any) -> Any:
    there = np.vectorize(lambda t: t > 0.2)(x)
    return np.sum(each_softened(x) ** 2) + np.sum(np.vectorize(math.erf)(x) * there)


@at(X, X[::-1] * 1.1)
def of_pairs(x: Any, y: Any) -> Any:
    return np.sum(ordered(x, y)) + np.sum(ordered(x[:2, None], y[:3]) ** 2) + ordered(x[0], 3.0)


@at(X)
def of_what_is_captured(x: Any) -> Any:
    k = x[0]

    def power(t: Any) -> Any:
        total = 0.0
        for n in range(3):
            total += k * t ** n
        return total
    f = np.vectorize(power)
    return np.sum(f(x.reshape(2, 3))[1]) + np.sum(np.vectorize(lambda t, u: t ** 3 * u)(x, k))


@at(X)
def of_a_dtype(x: Any) -> Any:
    return np.sum(ramp(x)) + np.sum(np.vectorize(softened, otypes=[np.float64])(x[:, None] * x))


@at(X)
def several_results(x: Any) -> Any:
    low, high = np.vectorize(lambda t: (t, 2.0 * t * t))(x)
    return np.sum(low[1:] * high[:-1])


@at(X)
def called_once_more_for_the_first(x: Any) -> Any:
    log = []

    def noted(t: Any) -> Any:
        log.append(t * t)
        return t ** 3
    return np.sum(np.vectorize(noted)(x)) + sum(log) * log[0] + len(log)


@at(X)
def whole_numbers_as_the_first_is_one(x: Any) -> Any:
    return np.sum(np.vectorize(lambda t: t * t * 9.0 if t > 0.5 else 0)(x) * x)


@at(X)
def stored_row_by_row(x: Any) -> Any:
    rows = np.ascontiguousarray(x.reshape(2, 3).T)
    return np.sum(np.i0(rows[:, 1]) * np.asfortranarray(x[:3]))


@at(X)
def any_array_is_itself(x: Any) -> Any:
    flat = np.asanyarray(x * 2.0)
    flat[0] = flat[1] * 2.0
    return np.sum(flat * x)
