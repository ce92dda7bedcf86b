"""The extreme element of a sequence: reading what stands in its place, and storing there."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.runtime.trees import zero_like


def pick_first(items: Any, keys: Any, key: Any) -> Any:
    """The item at the first place where `keys` is `key`.

    >>> pick_first([5.0, 6.0, 7.0], [1.0, 2.0, 2.0], 2.0)
    6.0
    """
    return items[_first(keys, key)]


def spread_first(g: Any, keys: Any, key: Any) -> Any:
    """Zeros like `keys` but for `g` at the first place where it is `key`: the transpose of `pick_first`.

    >>> spread_first(1.0, [1.0, 2.0, 2.0], 2.0)
    [0.0, 1.0, 0.0]
    >>> spread_first((0.0, 1.0), [(1.0, 2.0), (3.0, 4.0)], (3.0, 4.0))
    [(0.0, 0.0), (0.0, 1.0)]
    """
    place = _first(keys, key)
    if isinstance(keys, np.ndarray):
        spread = np.zeros(keys.shape, np.result_type(keys.dtype, g))
        spread[place] = g
        return spread
    return type(keys)([g if k == place else zero_like(each) for k, each in enumerate(keys)])


def _first(keys: Any, key: Any) -> int:
    return next(k for k, candidate in enumerate(keys) if candidate == key or candidate is key)


def without(table: Any, key: Any, missing: Any = False) -> dict[Any, Any]:
    """A dict without one of its keys, which must be there unless it may be missing.

    >>> without({"a": 1.0, "b": 2.0}, "a")
    {'b': 2.0}
    """
    if key not in table and not missing:
        raise KeyError(key)
    return {name: value for name, value in table.items() if name != key}


def common_length(*lengths: int) -> int:
    """The length of all that `zip(..., strict=True)` runs over; raises `ValueError` if they differ.

    >>> common_length(3, 3)
    3
    """
    if any(length != lengths[0] for length in lengths):
        raise ValueError(f"zip() has arguments of different lengths: {', '.join(map(str, lengths))}")
    return lengths[0]


def last_key(table: Any) -> Any:
    """The key of a dict that was added last.

    >>> last_key({"a": 1.0, "b": 2.0})
    'b'
    """
    if not table:
        raise KeyError("popitem(): dictionary is empty")
    return next(reversed(table))


def sorted_places(items: Any, reverse: Any) -> list[int]:
    """The places of the items of a list in the order of their sizes.

    >>> sorted_places([3.0, 1.0, 2.0], False)
    [1, 2, 0]
    """
    return sorted(range(len(items)), key=items.__getitem__, reverse=reverse)


def pick_places(items: Any, places: Any) -> list[Any]:
    """The items at some places.

    >>> pick_places([3.0, 1.0, 2.0], [1, 2, 0])
    [1.0, 2.0, 3.0]
    """
    return [items[k] for k in places]


def put_places(g: Any, like: Any, places: Any) -> Any:
    """The transpose of `pick_places`, whose places are all there are: a list, a tuple or an array like `like`.

    >>> put_places([1.0, 2.0, 3.0], (0.0, 0.0, 0.0), [1, 2, 0])
    (3.0, 1.0, 2.0)
    """
    found: list[Any] = [None] * len(places)
    for k, part in zip(places, g):
        found[k] = part
    return np.array(found, like.dtype) if isinstance(like, np.ndarray) else tuple(found) if isinstance(
        like, tuple) else found


def across(rows: list[Any]) -> list[Any]:
    """The elements of equally long lists, place by place.

    >>> across([[1, 2, 3], [4, 5, 6]])
    [[1, 4], [2, 5], [3, 6]]
    """
    if len(set(map(len, rows))) > 1:
        raise ValueError("the lanes of a batch give lists of several lengths")
    return [list(column) for column in zip(*rows)]


def same_lanes(*sizes: int) -> None:
    """Raise an error unless the arguments of a function under `vmap` are for as many lanes.

    >>> same_lanes(3, 3)
    """
    if len(set(sizes)) > 1:
        raise ValueError(f"vmap got inconsistent sizes for array axes to be mapped: {', '.join(map(str, sizes))}")


def lanes_together(results: list[Any]) -> Any:
    """What a function gives for each lane of a batch, put together: arrays with the lanes in front.

    >>> lanes_together([(1.0, [2.0]), (3.0, [4.0])])
    (array([1., 3.]), [array([2., 4.])])
    """
    first = results[0]
    if isinstance(first, (list, tuple)):
        columns = [lanes_together(column) for column in across([list(row) for row in results])]
        if isinstance(first, list):
            return columns
        return type(first)(*columns) if hasattr(first, "_fields") else tuple(columns)
    if isinstance(first, dict):
        return {key: lanes_together([row[key] for row in results]) for key in first}
    return first if first is None or isinstance(first, str) else np.stack(list(map(np.asarray, results)))


def lanes_apart(whole: Any, results: list[Any]) -> list[Any]:
    """The parts of each lane of what was put together.

    >>> lanes_apart((np.array([1.0, 3.0]), None), [(1.0, 2), (3.0, 2)])
    [(1.0, None), (3.0, None)]
    """
    return [_lane(whole, k) for k in range(len(results))]


def _lane(whole: Any, k: int) -> Any:
    if isinstance(whole, (list, tuple)):
        parts = [_lane(part, k) for part in whole]
        return parts if isinstance(whole, list) else type(whole)(*parts) if hasattr(whole, "_fields") else tuple(parts)
    if isinstance(whole, dict):
        return {key: _lane(part, k) for key, part in whole.items()}
    return float(whole[k]) if isinstance(whole, np.ndarray) and whole.ndim == 1 else None if whole is None else whole[k]
