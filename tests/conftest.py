"""What holds in all tests: NumPy is quiet about values at the edge, and the checker runs after every pass."""
from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def quiet_numpy() -> Iterator[None]:
    """Overflow and division by zero are part of what is tested, not news."""
    with np.errstate(all="ignore"):
        yield


@pytest.fixture(autouse=True, scope="session")
def checker_after_every_pass() -> None:
    """A forgotten save runs in Python and gives wrong numbers: the checker makes it an error at once."""
    if importlib.util.find_spec("tangent2.pipeline") is not None:
        pipeline = importlib.import_module("tangent2.pipeline")
        if hasattr(pipeline, "check_after_every_pass"):
            pipeline.check_after_every_pass(True)
