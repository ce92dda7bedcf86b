"""Modified Bessel functions of the first kind, which are one another's derivatives."""
from __future__ import annotations

from typing import Any

import numpy as np

_ANGLES = (np.arange(64) + 0.5) * np.pi / 128.0


def bessel(n: int, x: Any) -> Any:
    """The modified Bessel function of an order, at numbers as large as its value can be.

    The integral over a period (Abramowitz and Stegun, 9.6.19) by equal steps, whose error falls faster than any power
    of theirs: here it is below rounding where the value is a number at all.

    >>> round(float(bessel(0, 2.5) / np.i0(2.5)), 14), round(float(bessel(1, 0.5)), 12)
    (1.0, 0.257894305391)
    """
    waves = np.multiply.outer(x, np.cos(_ANGLES))
    found = (np.sinh(waves) if n % 2 else np.cosh(waves)) @ (np.cos(n * _ANGLES) / len(_ANGLES))
    return found.astype(x.dtype) if getattr(x, "dtype", None) == np.float32 else found
