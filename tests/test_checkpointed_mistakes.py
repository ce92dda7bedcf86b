"""What a `checkpointed` loop cannot be is refused, with its place and what to do."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tangent2 import ArgumentError, UnsupportedError, checkpointed, grad, jvp

D = np.array([1.0, 2.0, 3.0])


def refused(f: Any, *args: Any, of: type[Exception] = UnsupportedError) -> str:
    """The message of what is refused, with its place."""
    with pytest.raises(of) as found:
        grad(f)(*args)
    assert found.value.construct == "checkpointed"      # type: ignore[attr-defined]
    assert "test_checkpointed_mistakes.py:" in str(found.value) and "advice: " in str(found.value)
    return str(found.value)


def test_random_numbers_are_not_drawn_again() -> None:
    def noisy(x: Any) -> Any:
        for _ in checkpointed(range(4), snapshots=2):
            x = x * np.random.normal()
        return x
    assert "may not be the same" in refused(noisy, 0.5)


def test_names_are_bound_before_the_loop() -> None:
    def late(x: Any) -> Any:
        for i in checkpointed(range(4), snapshots=2):
            if i == 2:
                t = np.sin(x)
            x = 1.1 * x
        return x * t
    assert "`t` may not be bound before" in refused(late, 0.5)


def test_only_loops_over_it() -> None:
    def pairs(x: Any, ys: Any) -> Any:
        for i, y in zip(checkpointed(range(3), snapshots=2), ys):
            x = np.sin(x * i) * y
        return x
    assert "is not what a loop runs over, but part of that" in refused(pairs, 0.5, D)
    assert jvp(lambda x: pairs(x, D), (0.5,), (1.0,))[0] == pairs(0.5, D)


def test_what_is_no_range_or_no_number() -> None:
    def items(x: Any, ys: Any) -> Any:
        for y in checkpointed(ys, snapshots=2):
            x = np.sin(x * y)
        return x

    def none(x: Any) -> Any:
        for _ in checkpointed(range(3), snapshots=0):
            x = np.sin(x)
        return x

    def half(x: Any, c: Any) -> Any:
        for _ in checkpointed(range(3), snapshots=c):
            x = np.sin(x)
        return x
    assert "takes a range" in refused(items, 0.5, D, of=ArgumentError)
    assert "is a positive whole number" in refused(none, 0.5, of=ArgumentError)
    assert "is a positive whole number" in refused(half, 0.5, 2.5, of=ArgumentError)
    with pytest.raises(ValueError, match="positive whole number, not 0"):
        grad(half)(0.5, 0)


def test_plain_calls_check_their_arguments() -> None:
    assert checkpointed(range(3), snapshots=2) == range(3)
    assert checkpointed(range(3), np.int64(2)) == range(3)
    for over, count in (([1, 2], 2), (range(3), 0), (range(3), True), (range(3), 1.5)):
        with pytest.raises(ArgumentError):
            checkpointed(over, count)       # type: ignore[arg-type]
