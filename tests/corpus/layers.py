"""Lists of layers of which some are taken on their own, by index, and the others in a loop over a slice."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([1.3, 0.7, 2.1])
PAIRS = [(np.array([0.5, -0.2, 0.1]), 0.3), (np.array([1.1, 0.4, 0.2]), -0.1), (np.array([0.6, 0.9, -0.7]), 0.2)]
ROWS = [np.array([0.5, -0.2, 0.1]), np.array([1.1, 0.4, 0.2]), np.array([0.6, 0.9, -0.7]), np.array([0.2, 0.8, 0.4])]


@at(PAIRS, X3)
def last_layer_alone(params: Any, x: Any) -> Any:
    h = x
    for w, b in params[:-1]:
        h = np.tanh(h * w + b)
    w, b = params[-1]
    return np.sum(h * w) + b


@at(PAIRS, X3)
def first_layer_alone(params: Any, x: Any) -> Any:
    w, b = params[0]
    h = x * w + b
    for w, b in params[1:]:
        h = np.tanh(h * w + b)
    return np.sum(h)


@at(ROWS, X3)
def first_and_last_row_alone(rows: Any, x: Any) -> Any:
    h = x * rows[0]
    for row in rows[1:-1]:
        h = np.sin(h * row) + h
    return h @ rows[-1]


@at(ROWS, X3)
def two_at_the_end(rows: Any, x: Any) -> Any:
    h = x
    for row in rows[:-2]:
        h = np.sin(h * row) + h
    return h @ rows[-1] + np.sum(rows[-2] * x) * rows[-1][0]


@at(ROWS, X3)
def last_twice(rows: Any, x: Any) -> Any:
    h = x * rows[-1]
    for row in rows[:-1]:
        h = np.sin(h * row) + h
    return h @ rows[-1]


@at(ROWS[:1], X3)
def no_other_layer(rows: Any, x: Any) -> Any:
    h = x
    for row in rows[:-1]:
        h = np.sin(h * row)
    return h @ rows[-1]


@at(ROWS, X3)
def the_slices_meet(rows: Any, x: Any) -> Any:
    total = rows[-1] @ x
    for row in rows[:3]:
        total = total + np.sin(row @ x)
    for row in rows[2:]:
        total = total * (row @ x)
    return total


@at(PAIRS, X3)
def every_other_layer(params: Any, x: Any) -> Any:
    h = x
    for w, b in params[::2]:
        h = np.tanh(h * w + b)
    for i, (w, b) in enumerate(params):
        if i == 1:
            break
        h = h * w + b
    return np.sum(h)


@at(PAIRS, X3)
def some_layers_are_left_out(params: Any, x: Any) -> Any:
    h = x
    for i, (w, b) in enumerate(params):
        if i == 1:
            continue
        h = np.tanh(h * w + b)
    return np.sum(h)


@at(ROWS, np.array([2, 0, 0]))
def chosen_by_an_array(rows: Any, order: Any) -> Any:
    h = 1.0
    for k in order:
        h = h * np.sum(rows[k]) + rows[k][0]
    return h


@at(PAIRS, X3)
def by_index(params: Any, x: Any) -> Any:
    h = x
    for i in range(len(params)):
        h = np.tanh(h * params[i][0] + params[i][1])
    return np.sum(h)


@at(PAIRS, X3)
def by_index_backwards(params: Any, x: Any) -> Any:
    h = x
    for i in range(len(params) - 1, -1, -1):
        w, b = params[i]
        h = np.tanh(h * w + b)
    return np.sum(h)


@at(ROWS, ROWS[:2])
def two_lists_at_one_index(a: Any, c: Any) -> Any:
    s = 0.0
    for i in range(len(c)):
        s = s + np.sum(np.sin(a[i] + c[i]))
    return s * np.sum(a[-1])


class Dense:
    def __init__(self, w: Any) -> None:
        self.w = w

    def __call__(self, x: Any) -> Any:
        return x @ self.w


class Shift:
    def __init__(self, b: Any) -> None:
        self.b = b

    def __call__(self, x: Any) -> Any:
        return x + self.b


class Squash:
    def __call__(self, x: Any) -> Any:
        return np.tanh(x)


@at([Dense(np.array([[0.3, -0.2, 0.5], [0.7, 0.1, -0.4]])), Squash(), Shift(np.array([0.2, 0.1, 0.4])),
     Shift(np.array([0.3]))], np.array([[0.2, 0.9], [-0.3, 0.5], [0.8, 0.1], [0.6, -0.7]]), np.array([1.0, 2.0, 0.5]))
@at([Shift(np.array([0.2, 0.1, 0.4])), Squash(), Shift(np.array([[0.3], [0.2]]))], np.array([0.2, 0.9, -0.3]),
    np.array([[1.0, 2.0, 0.5], [0.4, 0.3, -0.2]]))
def layers_of_several_classes(layers: Any, x: Any, w: Any) -> Any:
    for layer in layers:
        x = layer(x)
    return np.sum(x * w)
