"""Whether compiled code is the faster one: measured on the arguments of a call, in little time.

Numba's loops win by tens of times over Python's, lose to NumPy's own functions on large arrays (`exp` by five), and
change nothing where BLAS works; no rule tells these apart as well as a clock does.  So the first call with arguments of
new kinds, or of another size, is made both ways.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Clock = Callable[[], float]
CLOCK: Clock = time.perf_counter
SHORT = 0.02        # seconds that are spent on measuring beyond one call each
LONG = 0.25         # a compiled loop that takes longer is trusted: as Python it might take minutes
LARGE = 4096        # elements in arrays from which on text without loops is left to NumPy


@dataclass(frozen=True)
class Measured:
    """Seconds that a call took, at best; `plain` is None if that was not tried.  result: of the text, or compiled."""

    compiled: float
    plain: float | None
    result: Any = None
    expected: Any = None

    @property
    def is_faster(self) -> bool:
        """Whether compiled code is to be run."""
        return self.plain is None or self.compiled < self.plain


def measured(compiled: Callable[[], Any], plain: Callable[[], Any], has_loop: bool, clock: Clock) -> Measured:
    """Call both, once if the difference is plain, and more often as long as there is time.

    >>> clock = iter([0.0, 1.0, 1.0, 4.0]).__next__
    >>> found = measured(lambda: 1, lambda: 1, False, clock)
    >>> found.compiled, found.plain, found.is_faster
    (1.0, 3.0, True)
    """
    first, result = _timed(compiled, clock)
    if first > LONG and has_loop:
        return Measured(first, None, result)
    other, expected = _timed(plain, clock)
    spent = first + other
    while spent < SHORT:
        # the first call of anything is slow: pages and caches are cold
        again, _ = _timed(compiled, clock)
        once, _ = _timed(plain, clock)
        spent += max(again + once, SHORT / 20)
        first, other = min(first, again), min(other, once)
    return Measured(first, other, result, expected)


def _timed(call: Callable[[], Any], clock: Clock) -> tuple[float, Any]:
    start = clock()
    result = call()
    return clock() - start, result


def size_class(size: int) -> int:
    """Sizes that are decided together: within a factor of four.

    >>> [size_class(n) for n in (0, 3, 4, 15, 16, 63, 64)]
    [0, 1, 2, 2, 3, 3, 4]
    """
    return (size.bit_length() + 1) // 2


def bounds_of(number: int) -> tuple[int, int]:
    """The sizes of a class, from the first to that after the last.

    >>> [(low, high, {size_class(n) for n in range(low, high)}) for low, high in map(bounds_of, (0, 1, 2))]
    [(0, 1, {0}), (1, 4, {1}), (4, 16, {2})]
    """
    return (0, 1) if number == 0 else (4 ** (number - 1), 4 ** number)
