"""`...` in the subscripts of `np.einsum` that stands behind an index."""
from __future__ import annotations

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError
from tests.harness.differences import derivative


def test_fewer_axes_of_one_operand_are_refused() -> None:
    """Its adjoint would be summed over the axes of the index, where these are as long."""
    def f(b: np.ndarray, a: np.ndarray) -> float:
        return float(np.sum(np.einsum("b...ij,b...j->b...i", a, b)))
    with pytest.raises(TangentError, match="fewer axes"):
        tangent2.grad(f)(np.ones((4, 3)), np.ones((4, 4, 2, 3)))


@pytest.mark.parametrize("shape", [(4, 5, 3), (4, 1, 3)])
def test_as_many_axes(shape: tuple[int, ...]) -> None:
    a, b = np.arange(120.0).reshape(4, 5, 2, 3), np.arange(float(np.prod(shape))).reshape(shape)

    def f(b: np.ndarray) -> float:
        return np.sum(np.einsum("b...ij,b...j->b...i", a, b) ** 2)
    found, along = tangent2.grad(f)(b), np.ones(shape)
    assert np.isclose(np.sum(found), derivative(lambda t: float(f(b + t * along))).value)
