"""What a function made by `np.vectorize` does, by one function for each number of arguments."""
from __future__ import annotations

from typing import Any

import numpy as np


def each1(function: Any, cast: bool, x: Any) -> Any:
    """A function of every element; where it is not cast to a dtype then, the first result decides, as in NumPy.

    >>> each1(lambda v: v / 2 if v > 1 else 0, False, [3, 1])
    array([1.5, 0. ])
    >>> each1(lambda v: v / 2 if v > 1 else 0, False, [1, 3])
    array([0, 1])
    """
    values = np.asarray(x)
    line = np.ravel(values).tolist()
    if not cast and line:
        function(line[0])           # NumPy asks what it gives, and calls it again
    return shaped([function(v) for v in line], cast, values.shape)


def each2(function: Any, cast: bool, x: Any, y: Any) -> Any:
    """The same for two arguments, which are broadcast against each other."""
    shape = np.broadcast_shapes(np.shape(x), np.shape(y))
    xs, ys = line_of(x, shape), line_of(y, shape)
    if not cast and xs:
        function(xs[0], ys[0])
    return shaped([function(u, v) for u, v in zip(xs, ys)], cast, shape)


def each3(function: Any, cast: bool, x: Any, y: Any, z: Any) -> Any:
    """The same for three arguments."""
    shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
    xs, ys, zs = line_of(x, shape), line_of(y, shape), line_of(z, shape)
    if not cast and xs:
        function(xs[0], ys[0], zs[0])
    return shaped([function(u, v, w) for u, v, w in zip(xs, ys, zs)], cast, shape)


def line_of(values: Any, shape: Any) -> Any:
    """The elements of an array, spread over a shape."""
    return np.ravel(np.broadcast_to(values, shape)).tolist()


def shaped(found: Any, cast: bool, shape: Any) -> Any:
    """An array of what was found; several if that is tuples."""
    if len(found) > 0 and isinstance(found[0], tuple):
        return tuple([np.reshape(as_first([each[k] for each in found], cast), shape) for k in range(len(found[0]))])
    return np.reshape(as_first(found, cast), shape)


def as_first(found: Any, cast: bool) -> Any:
    """An array of what was found; if it is not cast to a dtype then, of whole numbers where the first is one."""
    if cast:
        return np.asarray(found)
    if len(found) == 0:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    if isinstance(found[0], int):
        return np.asarray([int(v) for v in found]).astype(np.asarray(found[0]).dtype)
    return np.asarray(found)


EACH = (each1, each2, each3)
