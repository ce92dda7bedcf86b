"""What differences say of functions that wave finely."""
from typing import Any

import numpy as np

from tests.harness.differences import derivative


def waving(x: Any) -> Any:
    """What is left of a random program (seed 51016478): its cosines have arguments that grow fast."""
    u = x
    for k in range(3):
        for _ in range(3):
            u[::-1] += np.tanh(u)
            u[k] += np.cos(np.sum(x * np.cos(x))) ** 3
    u[-1:0:-1] = np.tanh(x[1:])
    return np.sin(np.sum(x ** 2)) + np.sum(u * np.cos(u)) + np.sum(x * np.cos(x))


def test_two_ladders_that_agree_by_chance_are_not_believed() -> None:
    x = np.array([0.882077, -1.211264, -0.333609, -0.672826])
    for direction in np.random.default_rng(0).standard_normal((200, 4)):
        found = derivative(lambda t, d=direction: float(waving(x + t * d)))  # type: ignore[misc]
        exact = waving(x + 1e-30j * direction).imag / 1e-30
        assert not found.smooth or found.agrees(exact), (found, exact)
