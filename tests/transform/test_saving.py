"""Pullbacks of functions that leave early: what they are handed is bound on every path."""
from __future__ import annotations

from typing import Any

import numpy as np

import tangent2


def left_early(x: Any) -> Any:
    u = x[[0, 1, 1]]
    if x[0] > 0.0:
        if x[1] > 0.0:
            return 0.7 * np.sum(x)
        u = x > 0.2
    u += x
    return np.sum(u * u)


def test_what_is_saved_may_be_absent() -> None:
    value, pullback = tangent2.vjp(left_early, np.array([0.134, 0.964, 0.617]))
    np.testing.assert_allclose(pullback(2.0)[0], [1.4, 1.4, 1.4])
