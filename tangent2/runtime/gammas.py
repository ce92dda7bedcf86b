"""The derivatives of the logarithm of the gamma function."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


def polygamma(n: int, x: float) -> float:
    """The derivative of order `n + 1` of the logarithm of the gamma function, at a number.

    Moved to large arguments by the recurrence, where the asymptotic series holds (Abramowitz and Stegun, 6.4.6 and
    6.4.11).

    >>> round(polygamma(0, 1.0), 15), round(polygamma(1, 1.0) - math.pi ** 2 / 6, 15)
    (-0.577215664901533, 0.0)
    """
    sign, factor = -(-1.0) ** n, math.factorial(n)
    moved = 0.0
    while x < 16.0 + n:
        moved += sign * factor / x ** (n + 1)
        x += 1.0
    return moved + (_digamma(x) if n == 0 else sign * _tail(n, x))


def each_polygamma(n: int, x: Any) -> Any:
    """`polygamma(n, v)` of each number in an array.

    >>> each_polygamma(0, np.ones(2)).round(8)
    array([-0.57721566, -0.57721566])
    """
    own = np.asarray(x)
    found = np.array([polygamma(n, float(v)) for v in own.flat], np.result_type(own, np.float32)
                     if own.dtype.kind == "f" else float)
    return found.reshape(own.shape)[()]


def _digamma(x: float) -> float:
    terms = [b / (2 * k * x ** (2 * k)) for k, b in enumerate(_BERNOULLI, 1)]
    return math.log(x) - 0.5 / x - math.fsum(terms)


def _tail(n: int, x: float) -> float:
    """The series of a derivative of the digamma function, without its sign."""
    terms = [b * math.factorial(2 * k + n - 1) / (math.factorial(2 * k) * x ** (2 * k + n))
             for k, b in enumerate(_BERNOULLI, 1)]
    return math.factorial(n - 1) / x ** n + math.factorial(n) / (2.0 * x ** (n + 1)) + math.fsum(terms)
