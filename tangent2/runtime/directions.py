"""Unit directions: what the columns of a Jacobian are the tangents along; and the blocks of Jacobians of trees."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def unit_directions(x: Any) -> Any:
    """The arrays like `x` that are 1 in one place and 0 elsewhere, one after the other.

    >>> unit_directions(np.zeros(2))
    array([[1., 0.],
           [0., 1.]])
    """
    return np.reshape(np.eye(np.size(x), dtype=np.asarray(x).dtype), (np.size(x), *np.shape(x)))


def all_directions(tree: Any) -> Any:
    """All unit directions of a tree: a tree like it, in each leaf of which the first axis counts them.

    >>> all_directions([2.0, np.zeros(2)])
    [array([1., 0., 0.]), array([[0., 0.],
           [1., 0.],
           [0., 1.]])]
    """
    sizes = list(map(np.size, _leaves(tree)))
    count, starts = sum(sizes), iter(np.cumsum([0, *sizes]))

    def directions(leaf: Any) -> Any:
        flat = np.eye(count, np.size(leaf), -next(starts), dtype=np.asarray(leaf).dtype)
        return np.reshape(flat, (count, *np.shape(leaf)))
    return _each(tree, directions)


def blocks_by_columns(wide: Any, x: Any) -> Any:
    """The tangents of a result along `all_directions(x)`, as a tree like the result of trees like `x`.

    >>> blocks_by_columns(np.array([[1.0, 2.0], [3.0, 4.0]]), [0.5, 0.5])
    [array([1., 2.]), array([3., 4.])]
    """
    def block(dots: Any) -> Any:
        return _parted(x, lambda part, leaf: np.reshape(
            np.moveaxis(dots[part], 0, -1), (*np.shape(dots)[1:], *np.shape(leaf))))
    return _each(wide, block)


def blocks_by_rows(wide: Any, y: Any) -> Any:
    """The adjoints of an argument along `all_directions(y)`, as a tree like `y` of trees like the argument.

    >>> blocks_by_rows([np.array([[1.0, 2.0], [3.0, 4.0]])], (0.5, 0.5))
    ([array([1., 2.])], [array([3., 4.])])
    """
    return _parted(y, lambda part, leaf: _each(wide, lambda bars: np.array(
        np.reshape(bars[part], (*np.shape(leaf), *np.shape(bars)[1:])))))


def _parted(tree: Any, block: Callable[[slice, Any], Any]) -> Any:
    """A tree of what is made for each leaf of another one, of the directions along that; arrays, or else numbers."""
    starts = iter(np.cumsum([0, *map(np.size, _leaves(tree))]))

    def made(leaf: Any) -> Any:
        start = next(starts)
        found = block(slice(start, start + np.size(leaf)), leaf)
        return np.array(found)[()] if isinstance(found, np.ndarray) else found
    return _each(tree, made)


def _leaves(tree: Any) -> Iterator[Any]:
    """The leaves of a tree, in the order of `_each`."""
    found: list[Any] = []
    _each(tree, found.append)
    return iter(found)


def _each(tree: Any, function: Callable[[Any], Any]) -> Any:
    """A tree of what a function makes of each leaf."""
    if isinstance(tree, (tuple, list)):
        return type(tree)([_each(item, function) for item in tree])
    if isinstance(tree, dict):
        return {key: _each(item, function) for key, item in tree.items()}
    return function(tree)
