"""Paired timing: two calls measured turn by turn, so that what disturbs the machine disturbs both."""
from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

BATCH = 1e-3        # seconds that one measurement lasts at least
Call = Callable[[], Any]


@dataclass(frozen=True)
class Pair:
    """Medians over rounds: seconds of the first, of the second, of their ratio and of their difference."""

    first: float
    second: float
    ratio: float
    difference: float


def paired(first: Call, second: Call, rounds: int = 101) -> Pair:
    """Measure two calls turn by turn; which one begins alternates."""
    count = max(1, round(BATCH / max(_once(first, 1), _once(second, 1), 1e-8)))
    rows = []
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            if turn % 2:
                b, a = _once(second, count), _once(first, count)
            else:
                a, b = _once(first, count), _once(second, count)
            rows.append((a, b))
    finally:
        gc.enable()
    median = statistics.median
    return Pair(median(a for a, _ in rows), median(b for _, b in rows), median(a / b for a, b in rows),
                median(a - b for a, b in rows))


def _once(call: Call, count: int) -> float:
    turns = range(count)
    start = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - start) / count
