"""What `jit` makes held against the text: results of the same classes and numbers, by Numba's code too."""
from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tangent2 import JitWarning, jit
from tangent2.switches import switched


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    """The checker has seen these passes in other tests; here programs are compiled several times over."""
    with switched(checked=False), warnings.catch_warnings():
        warnings.simplefilter("error", JitWarning)      # tests that expect one say so
        yield


def same(found: Any, expected: Any) -> None:
    """Equal up to rounding, and of the same classes."""
    assert type(found) is type(expected), (found, expected)
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            same(a, b)
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            same(found[key], expected[key])
    elif expected is not None:
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)
        assert getattr(found, "dtype", None) == getattr(expected, "dtype", None)


def compiled(df: Any, *args: Any) -> None:
    """What is compiled gives what the text gives, when it is decided and afterwards; and it is compiled."""
    made = jit(df, strict=True)
    expected = df(*args)
    for _ in range(3):
        same(made(*args), expected)
    way = made._way(args, {})
    assert way.why.startswith(("compiled by Numba", "runs as NumPy: compiled it is slower")), way.why
    version = next(iter(made._made.values())).versions[0]
    assert version.known        # whichever is faster, Numba took it
    change = next(iter(made._made.values()))
    same(_by_numba(change, version, args), change.plain(*args))


def _by_numba(fast: Any, version: Any, args: tuple[Any, ...]) -> Any:
    """The result of Numba's code, whether it is the faster one or not."""
    from tangent2.jitting.boundary import change_to
    change = change_to(fast.plain(*args))
    found = version.function(*fast._given(args))
    return found if change is None else change(found)
