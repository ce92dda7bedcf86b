"""Unit directions: what the columns of a Jacobian are the tangents along."""
from __future__ import annotations

from typing import Any

import numpy as np


def unit_directions(x: Any) -> Any:
    """The arrays like `x` that are 1 in one place and 0 elsewhere, one after the other.

    >>> unit_directions(np.zeros(2))
    array([[1., 0.],
           [0., 1.]])
    """
    return np.reshape(np.eye(np.size(x), dtype=np.asarray(x).dtype), (np.size(x), *np.shape(x)))
