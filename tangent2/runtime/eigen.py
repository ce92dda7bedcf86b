"""Eigenvectors of matrices that are not symmetric: their phases."""
from __future__ import annotations

from typing import Any

import numpy as np


def turned_by(x: Any, angle: Any) -> Any:
    """What complex numbers change by when they are turned by small angles; real ones cannot be turned.

    >>> turned_by(np.array([1.0 + 2.0j]), 0.5), turned_by(np.array([1.0]), 0.5)
    (array([-1.+0.5j]), array([0.]))
    """
    return 1j * angle * x if np.iscomplexobj(x) else np.zeros_like(x)


def real_places(vectors: Any) -> Any:
    """One where the component of a column stands that LAPACK made real, the largest of these; zero elsewhere.

    >>> real_places(np.array([[0.6, 0.8], [0.8j, 0.6j]]))
    array([[1., 1.],
           [0., 0.]])
    """
    sizes = np.where(np.imag(vectors) == 0.0, np.abs(vectors), 0.0)
    hits = sizes == np.max(sizes, axis=-2, keepdims=True)
    return (hits & (np.cumsum(hits, axis=-2) == 1)) * 1.0
