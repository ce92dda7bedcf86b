"""Dicts whose keys are computed: tuples as keys, keys that are removed."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.7, 1.3, -0.4])


@at(X)
def grid(x: Any) -> Any:
    table = {}
    for i in range(3):
        for j in range(3):
            table[i, j] = x[i] * x[j]
    for (i, j), v in list(table.items()):
        if i < j:
            table[j, i] += v
    return table[2, 0] * table[1, 0] + table[0, 0]


@at(X)
def remembered(x: Any) -> Any:
    known: dict[Any, Any] = {}

    def value(i: int, j: int) -> Any:
        if (i, j) not in known:
            known[i, j] = x[i] if j == 0 else value(i, j - 1) * x[j] + value((i + 1) % 3, j - 1)
        return known[i, j]
    return value(0, 2)


@at(X)
def removed(x: Any) -> Any:
    table = {k: x[i] for i, k in enumerate("abc")}
    same = table
    del table["b"]
    first = table.pop("a")
    return sum(same.values()) * first + table.pop("z", x[1]) * len(same)


@at(X)
def taken_from_the_end(x: Any) -> Any:
    table = {i: x[i] * x[0] for i in range(3)}
    total = 0.0
    while table:
        k, v = table.popitem()
        total = total * x[1] + v * (k + 1)
    return total


@at(X)
def least_recently_used(x: Any) -> Any:
    cache: dict[int, Any] = {}
    total = 0.0
    for k in [0, 1, 0, 2, 1, 0]:
        v = cache.pop(k) if k in cache else x[k] ** 2
        cache[k] = v * 1.1
        if len(cache) > 2:
            del cache[next(iter(cache))]
        total = total + cache[k] * x[0]
    return total


@at(X)
def removed_by_a_tuple(x: Any) -> Any:
    table = {(0, 1): x[0], (1, 0): x[1]}
    table[0, 1] *= x[2]
    table[1, 1] = table[0, 1] + table.get((1, 0), 0.0)
    del table[1, 0]
    return table[1, 1] * table[0, 1] + len(table)


@at({"a": 1.0, "b": 2.0}, X)
def of_an_argument(table: Any, x: Any) -> Any:
    table.pop("a")
    return table["b"] * x[0]


@at(X)
def missing(x: Any) -> Any:
    table = {i: x[i] for i in range(3)}
    try:
        table.pop(9)
    except KeyError:
        return x[0] ** 2
    return x[1]


class Store:
    """Methods that have the names of methods of arrays and lists."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def put(self, v: Any) -> None:
        self.kept.append(v)

    def remove(self, k: int) -> Any:
        return self.kept.pop(k)

    def partition(self, k: int) -> Any:
        return self.kept[:k], self.kept[k:]


@at(X)
def names_of_methods(x: Any) -> Any:
    s = Store()
    for v in x:
        s.put(v * x[0])
    a = s.remove(1)
    left, right = s.partition(1)
    u = [x[0], x[1], 3.0, x[2]]
    u.remove(3.0)
    u.remove(x[0])
    return a * left[0] + right[0] + u[0] * u[1] * len(u)
