"""Functions that move, leave out, put in and repeat what stands along axes."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.delete)
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    if axis is None:
        line = np.ravel(arr)
        return line[np.delete(np.arange(line.size), obj).astype(int)]
    places = np.delete(np.arange(np.shape(arr)[axis]), obj).astype(int)
    return np.take(arr, places, axis=axis)


@defines(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    places = np.asarray(obj)
    if axis is None:
        line, more = np.ravel(arr), np.ravel(values)
        if more.size < places.size:
            more = np.broadcast_to(more, (places.size,))
        order = np.insert(np.arange(line.size), obj, np.arange(line.size, line.size + more.size))
        return np.concatenate([line, more])[order.astype(int)]
    rows = np.moveaxis(np.asarray(arr), axis, 0)
    given = np.asarray(values)
    if np.ndim(places) == 0:
        count = len(given) if given.ndim == rows.ndim else 1
        more = np.broadcast_to(given, (count,) + rows.shape[1:])
    else:
        more = np.moveaxis(np.broadcast_to(given, _spread(np.shape(arr), axis, places.size)), axis, 0)
    order = np.insert(np.arange(len(rows)), obj, np.arange(len(rows), len(rows) + len(more)))
    return np.moveaxis(np.concatenate([rows, more])[order.astype(int)], 0, axis)


def _spread(shape: Any, axis: Any, count: Any) -> Any:
    return tuple([count if k == axis % len(shape) else n for k, n in enumerate(shape)])


@defines(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> Any:
    shape = np.shape(sum([np.zeros(np.shape(a)) for a in args]))
    return tuple([np.broadcast_to(a, shape) for a in args])


@defines(np.unstack)
def unstack(x: Any, /, *, axis: Any = 0) -> Any:
    return tuple(np.moveaxis(x, axis, 0))


@defines(np.rollaxis)
def rollaxis(a: Any, axis: Any, start: Any = 0) -> Any:
    first, last = axis % np.ndim(a), start if start >= 0 else start + np.ndim(a)
    return np.moveaxis(a, first, last - 1 if first < last else last)


@defines(np.diagflat)
def diagflat(v: Any, k: Any = 0) -> Any:
    return np.diag(np.ravel(v), k)


@defines(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    return np.swapaxes(x, -1, -2)


@defines(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    line = np.ravel(a)
    return np.reshape(line[np.resize(np.arange(line.size), new_shape).astype(int)], new_shape)


@defines(np.fromiter)
def fromiter(iter: Any, dtype: Any, count: Any = -1) -> Any:
    items = list(iter)
    return np.array(items if count < 0 else items[:count])


@defines(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any) -> Any:
    moved = np.moveaxis(np.asarray(arr), axis, -1)
    rows = np.reshape(moved, (-1, moved.shape[-1]))
    made = np.array([func1d(row, *args) for row in rows])
    whole = np.reshape(made, moved.shape[:-1] + made.shape[1:])
    inner = made.ndim - 1
    for k in range(inner):
        whole = np.moveaxis(whole, moved.ndim - 1 + k, axis % moved.ndim + k)
    return whole


@defines(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, axis=2)


@defines(np.apply_over_axes)
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    found = np.asarray(a)
    ndim = found.ndim
    for axis in axes:
        made = func(found, axis)
        found = made if np.ndim(made) == ndim else np.expand_dims(made, axis)
    return found


@defines(np.ndenumerate)
def ndenumerate(arr: Any) -> Any:
    values = np.asarray(arr)
    return [(place, values[place]) for place in np.ndindex(values.shape)]


@defines(np.fromfunction)
def fromfunction(function: Any, shape: Any) -> Any:
    if len(shape) == 1:
        return function(np.arange(float(shape[0])))
    places = np.indices(shape) * 1.0
    if len(shape) == 2:
        return function(places[0], places[1])
    return function(places[0], places[1], places[2])
