"""Paired timing: calls measured turn by turn, so that what disturbs the machine disturbs all of them; peak memory."""
from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
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


def peak(call: Call) -> int:
    """The most bytes that a call has allocated at once."""
    call()
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def paired(first: Call, second: Call, rounds: int = 101) -> Pair:
    """Measure two calls turn by turn; which one begins alternates."""
    rows = interleaved((first, second), rounds)
    median = statistics.median
    return Pair(median(a for a, _ in rows), median(b for _, b in rows), median(a / b for a, b in rows),
                median(a - b for a, b in rows))


def interleaved(calls: Sequence[Call], rounds: int = 101) -> list[tuple[float, ...]]:
    """Seconds of each call in each round; which one begins goes round."""
    counts = [max(1, round(BATCH / max(_once(call, 1), _once(call, 1), 1e-8))) for call in calls]
    rows = []
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            times = [0.0] * len(calls)
            for k in range(len(calls)):
                at = (turn + k) % len(calls)
                times[at] = _once(calls[at], counts[at])
            rows.append(tuple(times))
    finally:
        gc.enable()
    return rows


def _once(call: Call, count: int) -> float:
    turns = range(count)
    start = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - start) / count
