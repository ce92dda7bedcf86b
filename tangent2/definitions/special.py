"""Functions of `scipy.special` that are written in Python, in terms of NumPy; imported where the user imported it."""
from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from tangent2.definitions.define import defines
from tangent2.runtime.trees import stop_gradient


@defines(special.logsumexp)
def logsumexp(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """What is taken out before `exp` adds nothing to the derivative."""
    top = stop_gradient(np.max(a, axis=axis, keepdims=True))
    top = np.where(np.isfinite(top), top, 0.0)
    found = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
    if keepdims:
        return found
    if axis is None:
        return np.sum(found)
    return np.squeeze(found, axis=axis)


@defines(special.softmax)
def softmax(x: Any, axis: Any = None) -> Any:
    shares = np.exp(x - stop_gradient(np.max(x, axis=axis, keepdims=True)))
    return shares / np.sum(shares, axis=axis, keepdims=True)


@defines(special.log_softmax)
def log_softmax(x: Any, axis: Any = None) -> Any:
    apart = x - stop_gradient(np.max(x, axis=axis, keepdims=True))
    return apart - np.log(np.sum(np.exp(apart), axis=axis, keepdims=True))
