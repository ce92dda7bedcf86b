"""Shapes that are only known at run time: un-broadcasting and its transpose, and undoing reductions."""
from __future__ import annotations

import math
from typing import Any

import numpy as np


def unbroadcast(g: Any, like: Any) -> Any:
    """Sum `g` to the shape of `like`, which was broadcast to the shape of `g`, and cast it to its dtype.

    >>> unbroadcast(np.ones((2, 3)), np.zeros((2, 1)))
    array([[3.],
           [3.]])
    >>> unbroadcast(np.ones(3), 2.0)
    np.float64(3.0)
    """
    if isinstance(like, (list, tuple, dict)) or isinstance(g, (list, tuple, dict)):
        raise TypeError("a list or tuple was used in arithmetic where a number or an array was expected")
    shape = np.shape(like)
    own = np.shape(g)
    if own != shape:
        extra = len(own) - len(shape)
        if extra < 0:
            g = np.broadcast_to(g, shape).copy()      # the caller may write to it
        else:
            if extra:
                g = np.sum(g, axis=tuple(range(extra)))
            ones = tuple([k for k, (n, m) in enumerate(zip(shape, np.shape(g))) if n == 1 != m])
            if ones:
                g = np.sum(g, axis=ones, keepdims=True)
            if np.shape(g) != shape:        # the same along an axis
                g = np.broadcast_to(g, shape).copy()
    return cast_like(g, like)


def as_stored(g: Any, value: Any) -> Any:
    """The adjoint of what was stored, given that of where it was stored: broadcast there if it is no container.

    >>> as_stored(np.ones(3), 2.0), as_stored([1.0], [2.0])
    (np.float64(3.0), [1.0])
    """
    return unbroadcast(g, value) if isinstance(value, (int, float, complex, np.generic, np.ndarray)) else g


def as_place(g: Any, place: Any) -> Any:
    """The transpose of `as_stored`.

    >>> as_place(2.0, np.ones(2)), as_place([1.0], [2.0])
    (array([2., 2.]), [1.0])
    """
    return broadcast_like(g, place) if isinstance(place, (int, float, complex, np.generic, np.ndarray)) else g


def uncut(value: Any, place: Any) -> Any:
    """`value`, which is to be written to `place`, an array, or to be made an array of `place`, a dtype.

    Refused if NumPy would cut it: of what is cut to a whole number, or to a real one, there is no derivative.

    >>> uncut(1.5, np.zeros(2))
    1.5
    >>> uncut(1.5, np.array([1, 2]))
    Traceback (most recent call last):
    TypeError: a value of float64 is written to an array of int64, which cuts it: make that an array of floats
    """
    dtype = place if isinstance(place, np.dtype) else getattr(place, "dtype", None)
    if dtype is not None and dtype.kind in "biuf":
        own = np.asarray(value).dtype
        if own.kind == "c" or own.kind == "f" != dtype.kind:
            raise TypeError(f"a value of {own} is written to an array of {dtype}, which cuts it: make that an array of "
                            + ("complex numbers" if own.kind == "c" else "floats"))
    return value


def real_only(value: Any) -> Any:
    """`value`, which a formula for real numbers reads: refused if it is complex.

    >>> real_only(1.5)
    1.5
    """
    if np.iscomplexobj(value):
        raise TypeError("complex numbers are given to a function whose derivative is known for real ones only")
    return value


def cast_like(g: Any, like: Any) -> Any:
    """`g` in the dtype of `like`, if that can hold a derivative; the real part for a real `like`.

    >>> cast_like(3, 0.5), cast_like(True, 0.5), cast_like(3, 2)
    (3.0, 1.0, 3)
    """
    if isinstance(like, (np.ndarray, np.generic)):
        dtype = like.dtype
        if dtype.kind in "fc" and getattr(g, "dtype", None) != dtype:
            g = np.real(g) if dtype.kind == "f" and np.iscomplexobj(g) else g
            return np.asarray(g).astype(dtype)[()] if np.ndim(g) == 0 else g.astype(dtype)
    elif isinstance(like, float) and isinstance(g, complex):
        return g.real
    elif isinstance(like, float) and isinstance(g, (int, np.integer, np.bool_)):
        return float(g)
    return g


def broadcast_like(x: Any, like: Any) -> Any:
    """`x` broadcast to the shape of `like`, in its dtype: the transpose of `unbroadcast`.

    Leading axes that `like` does not have were added by `unbroadcast` (`u[:] = v[:1]` drops them), and so were extents
    along axes where `like` has one element.

    >>> broadcast_like(np.ones((1, 2)), np.zeros(2))
    array([1., 1.])
    """
    shape = np.shape(like)
    if np.ndim(x) > len(shape) or np.ndim(x) == len(shape) and any(
            n == 1 != m for n, m in zip(shape, np.shape(x))):
        return unbroadcast(x, like)
    is_there = np.shape(x) == shape and (isinstance(x, np.ndarray) or not isinstance(like, np.ndarray))
    return cast_like(x if is_there else np.broadcast_to(x, shape), like)


def expand_reduced(g: Any, x: Any, axis: Any, keepdims: Any) -> Any:
    """Broadcast what a reduction of `x` over `axis` gave back to the shape of `x`.

    >>> expand_reduced(np.array([1.0, 2.0]), np.zeros((2, 3)), 1, False)
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    if axis is not None and not keepdims and np.ndim(x):
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def along_first(x: Any, like: Any) -> Any:
    """An array of one axis as the first of as many as another one has.

    >>> along_first(np.ones(3), np.zeros((3, 2))).shape
    (3, 1)
    """
    return np.reshape(x, (-1,) + (1,) * (np.ndim(like) - 1))


def reduced_count(x: Any, axis: Any) -> int:
    """Over how many elements each result of a reduction of `x` over `axis` runs."""
    if axis is None:
        return int(np.size(x))
    shape = np.shape(x)
    return math.prod([shape[k] for k in (axis if isinstance(axis, tuple) else (axis,))])
