"""Lists, tuples and dicts: displays, stacks, comprehensions, unpacking."""
# ruff: noqa: B007
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.5, -1.2, 0.8])


@at(X3)
def appended(x: Any) -> Any:
    parts = []
    for v in x:
        parts.append(v * v)
    return sum(parts) * parts[0]


@at(0.6)
def stack(x: Any) -> Any:
    todo, total = [x], 0.0
    while todo:
        v = todo.pop()
        total += np.sin(v)
        if len(todo) < 2 and v > 0.1:
            todo.append(v * 0.5)
            todo.append(v * v)
    return total


@at(X3)
def history_of_arrays(x: Any) -> Any:
    states = [x]
    for i in range(3):
        states.append(np.sin(states[-1]) * x)
    return np.sum(states[-1]) + np.sum(states[1] * states[2])


@at(X3)
def comprehension(x: Any) -> Any:
    squares = [v * v for v in x if v > 0.0]
    return sum(squares) * len(squares)


@at(0.4, 0.7)
def tuples(x: Any, y: Any) -> Any:
    pair = x * y, (x, y * y)
    a, (b, c) = pair
    return a * b + c * pair[0] + pair[1][0]


@at(0.4, 0.7)
def dicts(x: Any, y: Any) -> Any:
    d = {"a": x * y, "b": np.sin(x)}
    total = 0.0
    for key, value in d.items():
        total += value * value
    for value in d.values():
        total += value
    return total + d["a"] * d["b"]


@at({"w": X3, "b": 0.5})
def parameters_in_a_dict(p: Any) -> Any:
    return np.sum(np.tanh(p["w"] * 2.0 + p["b"]))


@at([(X3, 0.3), (X3 * 0.5, -0.1)], 0.9)
def layers(params: Any, x: Any) -> Any:
    for w, b in params:
        x = np.tanh(np.sum(w * x) + b)
    return x * x


@at((0.4, X3))
def state_in_a_tuple(state: Any) -> Any:
    a, u = state
    for i in range(2):
        a, u = np.sum(u) * a, u * a
    return a + np.sum(u)


@at([0.4, 0.5, 0.7])
def list_argument(v: Any) -> Any:
    return max(v) * min(v) + sum(v) * v[1] + abs(v[0])


@at(X3)
def list_stored_to(x: Any) -> Any:
    v = [0.0, 0.0, 0.0]
    for i in range(3):
        v[i] = x[i] * x[2 - i]
    v[0] += v[1]
    return v[0] * v[2]


@at(0.3)
def lists_of_lists(x: Any) -> Any:
    table = [[x * i + j for j in range(3)] for i in range(2)]
    return sum([row[0] * row[2] for row in table])


LAYERS = [(np.array([[0.3, -0.2], [0.5, 0.1], [0.2, 0.7]]), np.array([0.1, 0.2])),
          (np.eye(2) * 0.6, np.array([0.3, -0.4]))]


@at(LAYERS)
def all_but_the_last(params: Any) -> Any:
    x = X3
    for w, b in params[:-1]:
        x = np.tanh(x @ w + b)
    w, b = params[-1]
    return np.mean((x @ w + b) ** 2)


@at(LAYERS)
def starred(params: Any) -> Any:
    *hidden, (w, b) = params
    x = X3
    for v, c in hidden:
        x = np.tanh(x @ v + c)
    first, *rest = x @ w + b
    return first * sum([r * r for r in rest])


@at(0.3, 0.5)
def slices_that_change_the_length(x: Any, y: Any) -> Any:
    terms = [x, y, x * y]
    terms[5:] = [y, y * x, 3.0 * x]
    terms[-1:1] = [x]
    terms[:2] = []
    whole = (x, 2, y, x * y) if x < 9.0 else (y, 3, x, x)
    head, *middle, last = whole
    return terms[0] * terms[1] * terms[2] * len(terms) + head * last * middle[1]


def halves(terms: Any) -> Any:
    if len(terms) == 1:
        return terms[0] ** 2
    middle = len(terms) // 2
    return halves(terms[:middle]) * halves(terms[middle:])


@at([0.1, 0.2, 0.3, 0.4])
def recursion_on_slices(terms: Any) -> Any:
    return halves(terms)


@at(np.array([0.1, 0.5, 0.9, 1.4]), np.array([0.2, 0.45, 1.2]))
def warping_in_lists(a: Any, b: Any) -> Any:
    infinite = float("inf")
    cost = [[infinite] * (len(b) + 1) for _ in range(len(a) + 1)]
    cost[0][0] = 0.0
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            cost[i][j] = abs(x - y) + min(cost[i - 1][j], cost[i][j - 1], cost[i - 1][j - 1])
    return cost[-1][-1] ** 2


# Lists and tuples that are joined, of which one holds nothing with a derivative.

def _of_four(function: Any) -> Any:
    return at(np.array([0.3, -1.2, 0.7, 0.9]))(function)


@_of_four
def whole_numbers_joined(x: Any) -> Any:
    t = [x[0] ** 2]
    t = t + [3]
    return t[0] * t[1]


@_of_four
def whole_numbers_in_a_display(x: Any) -> Any:
    t = [x[0] ** 2]
    t = [*t, 3]
    return t[0] * t[1]


@_of_four
def whole_numbers_joined_to_a_tuple(x: Any) -> Any:
    t = (x[0] * x[1],)
    t = t + (3,)
    u = (3,) + (x[0] ** 2,)
    return t[0] * t[1] * u[0] * u[1]


@_of_four
def tuple_of_a_list_joined(x: Any) -> Any:
    t = tuple([x[0], x[1]]) + (3,)
    u = tuple(t) + tuple([1, 2])
    return t[0] * t[1] * t[2] + u[0] * u[4]


@_of_four
def joined_in_a_loop(x: Any) -> Any:
    xs: list[Any] = []
    for v in x:
        xs = xs + [v * v] + [1]
    return sum(xs) * xs[0] + xs[2]


@_of_four
def list_between_whole_numbers(x: Any) -> Any:
    t = [1] + list(x) + [2]
    return sum([v ** 2 for v in t]) * t[1]


@_of_four
def stretch_of_whole_numbers(x: Any) -> Any:
    t = [x[0], x[1]]
    t[1:] = [3, 4]
    t.extend([5])
    return t[0] ** 2 * t[2] * t[3]


@_of_four
def joined_to_text(x: Any) -> Any:
    t = ("a",) + (x[0] ** 2,)
    u = [None] * 2 + [x[0] ** 2]
    return t[1] * u[2]
