"""What holds in all tests: NumPy is quiet about values at the edge, and the checker runs after every pass."""
from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest

from tangent2.switches import switched

gc.set_threshold(50_000, 50, 100)       # the compiler makes many small objects that live for one program


@pytest.fixture(autouse=True)
def quiet_numpy() -> Iterator[None]:
    """Overflow and division by zero are part of what is tested, not news."""
    with np.errstate(all="ignore"):
        yield


@pytest.fixture(autouse=True)
def checker_after_every_pass() -> Iterator[None]:
    """A forgotten save runs in Python and gives wrong numbers: the checker makes it an error at once."""
    with switched(checked=True):
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all-switches`: the corpus under each combination of switches, not one of them a program."""
    parser.addoption("--all-switches", action="store_true", default=False)
