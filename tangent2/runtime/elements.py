"""Partial derivatives whose formulas fail at a point: powers at zero, and the extreme element of a sequence."""
from __future__ import annotations

from math import comb
from typing import Any

import numpy as np


def power_partial(x: Any, y: Any, k: int, m: int) -> Any:
    """The derivative of `x ** y`, k times by x and m times by y.

    Where a coefficient vanishes so does the derivative, whatever `x` is; log(0) counts as 0, as in JAX.

    >>> [float(power_partial(x, y, k, m)) for x, y, k, m in ((0.0, 0, 1, 0), (3.0, 2.0, 1, 0), (0.0, 2.0, 0, 1))]
    [0.0, 6.0, 0.0]
    """
    if k == 1 and m == 0:
        return y * _power(x, y - 1, y)
    total: Any = 0.0
    coefficient = np.poly1d([1.0])
    for step in range(k):
        coefficient = coefficient * np.poly1d([1.0, -float(step)])
    log = _log_or_zero(x) if m else 0.0
    for j in range(min(m, coefficient.order) + 1):
        factor = comb(m, j) * coefficient.deriv(j)(y)
        term = factor * _power(x, y - k, factor)
        total = total + (term * log ** (m - j) if m > j else term)
    return total


def _power(x: Any, y: Any, factor: Any) -> Any:
    """`x ** y` where `factor` is not zero; anything finite elsewhere."""
    if np.ndim(factor) == 0 and np.ndim(x) == 0:
        return x ** y if factor else 0.0
    zero = np.asarray(factor) == 0
    base = np.where(zero, 1.0, x)
    return base ** np.where(zero, 1, y)


def _log_or_zero(x: Any) -> Any:
    zero = np.asarray(x) == 0
    found = np.log(np.where(zero, 1.0, x))
    return found[()] if np.ndim(x) == 0 else found


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
    """
    place = _first(keys, key)
    if isinstance(keys, np.ndarray):
        spread = np.zeros(keys.shape, np.result_type(keys.dtype, g))
        spread[place] = g
        return spread
    return type(keys)([g if k == place else 0.0 for k in range(len(keys))])


def _first(keys: Any, key: Any) -> int:
    return next(k for k, candidate in enumerate(keys) if candidate == key or candidate is key)
