"""What `itertools`, `functools` and the keyed forms of built-in functions do, as lists, in plain Python.

Lowering reads these functions as it reads the user's: calls of the originals are lowered as calls of them.
"""
from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tangent2.runtime.each import EACH, as_first, line_of, shaped
from tangent2.runtime.pieces import PIECES, pieces_of


def reduce(function: Any, items: Any) -> Any:
    """The items combined from the left.

    >>> reduce(max, [1, 3, 2])
    3
    """
    values = list(items)
    total = values[0]
    for value in values[1:]:
        total = function(total, value)
    return total


def reduce_from(function: Any, items: Any, total: Any) -> Any:
    """The items combined from the left with a start."""
    for value in items:
        total = function(total, value)
    return total


def accumulate(items: Any) -> list[Any]:
    """Sums of the first items."""
    values = list(items)
    found = []
    if len(values) > 0:
        total = values[0]
        found.append(total)
        for value in values[1:]:
            total = total + value
            found.append(total)
    return found


def accumulate_by(items: Any, function: Any) -> list[Any]:
    """What a function makes of the first items."""
    values = list(items)
    found = []
    if len(values) > 0:
        total = values[0]
        found.append(total)
        for value in values[1:]:
            total = function(total, value)
            found.append(total)
    return found


def accumulate_from(items: Any, function: Any, total: Any) -> list[Any]:
    """What a function makes of a start and the first items."""
    found = [total]
    for value in items:
        total = function(total, value)
        found.append(total)
    return found


def distinct(items: Any) -> list[Any]:
    """The items without those that were there before.

    >>> distinct([3, 1, 3, 2])
    [3, 1, 2]
    """
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def product2(first: Any, second: Any) -> list[Any]:
    """All pairs.

    >>> product2([1, 2], "ab")
    [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]
    """
    ones, twos = list(first), list(second)
    return [(a, b) for a in ones for b in twos]


def product3(first: Any, second: Any, third: Any) -> list[Any]:
    """All triples."""
    ones, twos, threes = list(first), list(second), list(third)
    return [(a, b, c) for a in ones for b in twos for c in threes]


def combinations2(items: Any) -> list[Any]:
    """All pairs in order.

    >>> combinations2("abc")
    [('a', 'b'), ('a', 'c'), ('b', 'c')]
    """
    values = list(items)
    return [(values[i], values[j]) for i in range(len(values)) for j in range(i + 1, len(values))]


def combinations(items: Any, count: int) -> list[Any]:
    """All choices of so many items in order."""
    values = list(items)
    places = list(itertools.combinations(range(len(values)), count))
    return [tuple([values[i] for i in place]) for place in places]


def combinations_with_replacement(items: Any, count: int) -> list[Any]:
    """All choices of so many items in order, with repetitions."""
    values = list(items)
    places = list(itertools.combinations_with_replacement(range(len(values)), count))
    return [tuple([values[i] for i in place]) for place in places]


def permutations2(items: Any) -> list[Any]:
    """All ordered pairs of two different items."""
    values = list(items)
    return [(values[i], values[j]) for i in range(len(values)) for j in range(len(values)) if i != j]


def permutations(items: Any, count: Any) -> list[Any]:
    """All orders of so many items."""
    values = list(items)
    places = list(itertools.permutations(range(len(values)), count))
    return [tuple([values[i] for i in place]) for place in places]


def pairwise(items: Any) -> list[Any]:
    """Neighbours.

    >>> pairwise("abc")
    [('a', 'b'), ('b', 'c')]
    """
    values = list(items)
    return [(values[i], values[i + 1]) for i in range(len(values) - 1)]


def zip_longest2(first: Any, second: Any, fill: Any) -> list[Any]:
    """Pairs until the longer one ends.

    >>> zip_longest2("ab", [1], 0)
    [('a', 1), ('b', 0)]
    """
    ones, twos = list(first), list(second)
    return [(ones[i] if i < len(ones) else fill, twos[i] if i < len(twos) else fill)
            for i in range(max(len(ones), len(twos)))]


def repeated(value: Any, count: int) -> list[Any]:
    """One value so many times."""
    return [value for _ in range(count)]


def cycled(items: Any, count: int) -> list[Any]:
    """So many items, from the start again after the last.

    >>> cycled("ab", 3)
    ['a', 'b', 'a']
    """
    values = list(items)
    return [values[i % len(values)] for i in range(count)]


def counted(start: Any, step: Any, length: int) -> list[Any]:
    """So many numbers."""
    found = []
    for _ in range(length):
        found.append(start)
        start = start + step
    return found


def takewhile(holds: Any, items: Any) -> list[Any]:
    """The items before the first for which a condition does not hold."""
    found = []
    for value in items:
        if not holds(value):
            break
        found.append(value)
    return found


def filterfalse(function: Any, items: Any) -> list[Any]:
    """The items of which a function is false."""
    return [v for v in items if not function(v)]


def dropwhile(holds: Any, items: Any) -> list[Any]:
    """The items from the first on for which a condition does not hold."""
    found = []
    dropping = True
    for value in items:
        if dropping and holds(value):
            continue
        dropping = False
        found.append(value)
    return found


def transposed(rows: Any) -> list[Any]:
    """`zip(*rows)`.

    >>> transposed([(1, 2), (3, 4)])
    [[1, 3], [2, 4]]
    """
    values = [list(row) for row in rows]
    if len(values) == 0:
        return []
    return [[row[j] for row in values] for j in range(min([len(row) for row in values]))]


def first(items: Any) -> Any:
    """The first item."""
    values = list(items)
    if len(values) == 0:
        raise StopIteration
    return values[0]


def first_or(items: Any, default: Any) -> Any:
    """The first item, or a default if there is none."""
    values = list(items)
    return values[0] if len(values) > 0 else default


def max_or(items: Any, default: Any) -> Any:
    """The greatest item, or a default if there is none."""
    values = list(items)
    return max(values) if len(values) > 0 else default


def min_or(items: Any, default: Any) -> Any:
    """The least item, or a default if there is none."""
    values = list(items)
    return min(values) if len(values) > 0 else default


def sorted_by(items: Any, key: Any, reverse: bool) -> list[Any]:
    """The items in the order of their keys.

    >>> sorted_by([1, -3, 2], abs, False)
    [1, 2, -3]
    """
    values = list(items)
    return [values[i] for i in ranked([key(value) for value in values], reverse)]


def max_by(items: Any, key: Any) -> Any:
    """The first item with the greatest key."""
    values = list(items)
    return values[place_of_max([key(value) for value in values])]


def min_by(items: Any, key: Any) -> Any:
    """The first item with the least key."""
    values = list(items)
    return values[place_of_min([key(value) for value in values])]


def reachable(items: Any, key: Any) -> Any:
    """Whether a place can be written to, told by reading it: a dict takes any."""
    return isinstance(items, dict) or items[key] is None


def ranked(keys: list[Any], reverse: bool) -> list[int]:
    """The places of keys in order, equal ones as they stand.

    >>> ranked([2, 1, 2], True)
    [0, 2, 1]
    """
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=bool(reverse))


def place_of_max(keys: list[Any]) -> int:
    """The place of the first of the greatest keys."""
    return max(range(len(keys)), key=keys.__getitem__)


def place_of_min(keys: list[Any]) -> int:
    """The place of the first of the least keys."""
    return min(range(len(keys)), key=keys.__getitem__)


def updated_at(x: Any, places: Any, values: Any, function: Any) -> Any:
    """`x` after `function.at(x, ...)`: the places of the raveled array one after the other.

    >>> import numpy as np
    >>> updated_at(np.array([1.0, 2.0]), [0, 0], [3.0, 5.0], np.multiply)
    array([15.,  2.])
    """
    flat = x.flatten()
    for place, value in zip(places, values):
        flat[place] = function(flat[place], value)
    return np.reshape(flat, np.shape(x))


def changed_at(x: Any, places: Any, function: Any) -> Any:
    """The same of a function of one operand."""
    flat = x.flatten()
    for place in places:
        flat[place] = function(flat[place])
    return np.reshape(flat, np.shape(x))


def grouped_by(items: Any, key: Any) -> list[Any]:
    """Runs of items of equal keys.

    >>> grouped_by([1, 3, 2], lambda v: v % 2)
    [(1, [1, 3]), (0, [2])]
    """
    values = list(items)
    keys = [key(v) for v in values]
    found = []
    start = 0
    for k in range(1, len(values) + 1):
        if k == len(values) or keys[k] != keys[start]:
            found.append((keys[start], values[start:k]))
            start = k
    return found


def outer_by(function: Any, a: Any, b: Any) -> Any:
    """A function of every element of one array with every element of another.

    >>> outer_by(lambda x, y: x - y, np.array([1, 2]), 1)
    array([0, 1])
    """
    return function(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


READ = frozenset({      # functions that are read as the user's are
    grouped_by, outer_by,
    distinct, reduce, reduce_from, accumulate, accumulate_by, accumulate_from, product2, product3, combinations2,
    combinations, combinations_with_replacement, permutations2, permutations, pairwise, zip_longest2, repeated, cycled,
    counted, takewhile, dropwhile, filterfalse, transposed, first, first_or, max_or, min_or, sorted_by, max_by, min_by,
    updated_at, changed_at, reachable, pieces_of, *PIECES, as_first, line_of, shaped, *EACH,
})
