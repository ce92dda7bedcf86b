"""Functions of numbers that are others put together; and aliases under other names."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from tangent2.definitions.define import completes, defines, defines_method


@defines(np.divmod)
def divmod(x1: Any, x2: Any, /) -> Any:
    return x1 // x2, x1 % x2


@defines(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    return np.ravel(arr)[np.flatnonzero(condition)]


@defines(np.compress)
def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    places = np.flatnonzero(condition)
    if axis is None:
        return np.ravel(a)[places]
    return np.take(a, places, axis=axis)


@defines_method("compress")
def compressed(a: Any, condition: Any, axis: Any = None) -> Any:
    return compress(condition, a, axis)


@defines(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /) -> Any:
    return np.sum(np.conj(x1) * x2, axis=-1)


@defines(np.matvec)
def matvec(x1: Any, x2: Any, /) -> Any:
    return np.sum(x1 * np.expand_dims(x2, -2), axis=-1)


@defines(np.vecmat)
def vecmat(x1: Any, x2: Any, /) -> Any:
    return np.sum(np.expand_dims(np.conj(x1), -1) * x2, axis=-2)


@defines(np.choose)
@defines_method("choose")
def choose(a: Any, choices: Any, *, mode: Any = "raise") -> Any:
    shape = np.shape(np.zeros(np.shape(a)) + sum([np.zeros(np.shape(choice)) for choice in choices]))
    rows = np.stack([np.broadcast_to(choice, shape) for choice in choices])
    places = np.broadcast_to(a, shape) * 1
    if mode == "wrap":
        places = places % len(choices)
    elif mode == "clip":
        places = np.clip(places, 0, len(choices) - 1)
    return np.take_along_axis(rows, np.expand_dims(places, 0), axis=0)[0]


@defines(dict.fromkeys)
def fromkeys(iterable: Any, value: Any = None, /) -> Any:
    found = {}
    for key in iterable:
        found[key] = value
    return found


@completes(math.prod, start=())
def prod(iterable: Any, /, *, start: Any = 1) -> Any:
    return start * math.prod(iterable)
