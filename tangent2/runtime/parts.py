"""Adjoints of reading and writing parts of values whose kind is only known at run time."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.runtime.shapes import cast_like
from tangent2.runtime.trees import deep_copy, zero_like


def item_adjoint(g: Any, like: Any, key: Any) -> Any:
    """The adjoint of `like` of which only `like[key]` was read, with adjoint `g` (None is zero): zeros elsewhere.

    >>> item_adjoint(2.0, (1.0, [1.0, 1.0]), 0), item_adjoint(2.0, {"a": 1.0, "b": 1.0}, "b")
    ((2.0, [0.0, 0.0]), {'a': 0.0, 'b': 2.0})
    >>> item_adjoint(np.ones(3), np.ones(4), np.array([1, 1, -1]))
    array([0., 2., 0., 1.])
    """
    whole = zero_like(like)
    if g is None:
        return whole
    if isinstance(like, (np.ndarray, np.generic)):
        whole = np.asarray(whole)
        np.add.at(whole, key, cast_like(g, like))
    elif isinstance(like, tuple):
        items = list(whole)
        items[key] = g
        return tuple(items)
    elif whole is not None:
        whole[key] = g
    return whole


def unstored(g: Any, base: Any, key: Any) -> Any:
    """The adjoint of a dict `base`, given that of the dict it became by `base[key] = value`.

    >>> unstored({"a": 1.0, "b": 2.0}, {"a": 5.0}, "b"), unstored({"a": 1.0}, {"a": 5.0}, "a")
    ({'a': 1.0}, {'a': 0.0})
    """
    return {name: zero_like(base[name]) if name == key else deep_copy(g[name]) for name in base}


def restored(g: Any, like: Any, key: Any) -> Any:
    """The transpose of `unstored`: the adjoint of `like`, of which `key` was not read."""
    return {name: zero_like(like[name]) if name == key else deep_copy(g[name]) for name in like}


def structure_like(parts: Any, like: Any) -> Any:
    """The adjoints of the parts that `like` was unpacked to, as its own adjoint; None is zero.

    >>> structure_like((1.0, 2.0), [0.0, 0.0]), structure_like((1.0, 2.0), np.zeros(2))
    ([1.0, 2.0], array([1., 2.]))
    """
    if parts is None:
        return zero_like(like)
    if isinstance(like, np.ndarray):
        return cast_like(np.array(parts), like)
    return list(parts) if isinstance(like, (list, range)) else tuple(parts)


def credit_last(g: Any, index: Any, base_bar: Any) -> Any:
    """What of `g = base_bar[index]` the values stored by `base[index] = values` are due.

    Where an index repeats, only the value stored last is in the result.

    >>> credit_last(np.array([5.0, 6.0, 5.0]), np.array([0, 1, -2]), np.array([5.0, 6.0]))
    array([0., 6., 5.])
    """
    if np.ndim(g) == 0 or not isinstance(base_bar, np.ndarray):
        return g
    turn = np.arange(np.size(g)).reshape(np.shape(g))
    last = np.zeros(base_bar.shape, int)
    last[index] = turn
    wins = last[index] == turn
    return g if wins.all() else np.where(wins, g, np.zeros((), g.dtype))
