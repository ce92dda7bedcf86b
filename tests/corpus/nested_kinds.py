"""Functions defined inside that call themselves with arguments of other kinds."""
from __future__ import annotations

from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, 1.2, 0.8])


@at(X)
def along_nested_tuples(x: Any) -> Any:
    def total(t: Any) -> Any:
        return t[0] + (total(t[1]) if len(t) > 1 else 0)
    return total((x[0], (x[1] * 2, (x[2],)))) ** 2


@at(X)
def early_return_along_nested_tuples(x: Any) -> Any:
    def total(t: Any) -> Any:
        if len(t) > 1:
            return t[0] * total(t[1])
        return t[0]
    return total((x[0], (x[1] * 2, (x[2],))))


@at(X)
def over_trees_of_lists_and_numbers(x: Any) -> Any:
    def total(tree: Any) -> Any:
        if isinstance(tree, (list, tuple)):
            return sum([total(part) for part in tree])
        return np.sum(tree) ** 2
    return total((x[0], (x[1:], (x[2], x * x[0]))))


@at(X)
def of_fewer_axes(x: Any) -> Any:
    def norm(a: Any) -> Any:
        return np.sqrt(sum([norm(row) ** 2 for row in a])) if np.ndim(a) > 1 else np.sqrt(np.sum(a * a))
    return norm(np.stack([np.outer(x, x), np.outer(x, x[::-1])]))
