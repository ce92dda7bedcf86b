"""Functions of numbers that are others put together; and aliases under other names."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


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


@defines(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /) -> Any:
    return np.sum(np.conj(x1) * x2, axis=-1)


@defines(np.matvec)
def matvec(x1: Any, x2: Any, /) -> Any:
    return np.sum(x1 * np.expand_dims(x2, -2), axis=-1)


@defines(np.vecmat)
def vecmat(x1: Any, x2: Any, /) -> Any:
    return np.sum(np.expand_dims(np.conj(x1), -1) * x2, axis=-2)
