"""What derivatives of Fourier transforms need: spectra cut or filled, and those of real signals made whole."""
from __future__ import annotations

from typing import Any

import numpy as np


def fitted(g: Any, like: Any, axis: int) -> Any:
    """An array cut, or filled with zeros at its end, to the extent of another along an axis.

    >>> fitted(np.array([1.0, 2.0, 3.0]), np.ones(2), -1), fitted(np.array([1.0]), np.ones(3), 0)
    (array([1., 2.]), array([1., 0., 0.]))
    """
    count, there = np.shape(like)[axis], np.shape(g)[axis]
    rows = np.moveaxis(g, axis, 0)
    if there < count:
        rows = np.concatenate([rows, np.zeros((count - there, *rows.shape[1:]), rows.dtype)])
    return np.moveaxis(rows[:count], 0, axis)


def doubled(g: Any, count: int, axis: int) -> Any:
    """Twice the frequencies of a real signal of so many values that stand for two: all but the first, and the last of
    an even number.

    >>> doubled(np.ones(3), 4, 0), doubled(np.ones(3), 5, 0)
    (array([1., 2., 1.]), array([1., 2., 2.]))
    """
    factors = np.full(np.shape(g)[axis], 2.0, np.real(g).dtype)
    factors[0] = 1.0
    if count % 2 == 0 and count // 2 < len(factors):
        factors[count // 2] = 1.0
    return np.moveaxis(np.moveaxis(g, axis, -1) * factors, -1, axis)
