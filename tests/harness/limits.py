"""A limit of time for programs that may not end."""
from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class TooSlow(Exception):
    """A check took longer than it may."""


@contextmanager
def limited(seconds: float, busy: bool = False) -> Iterator[None]:
    """Raise `TooSlow` in the block after some seconds, and again if that was swallowed; only in the main thread.

    busy: seconds of work, however busy the machine is with other things.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(number: int, frame: Any) -> None:
        raise TooSlow(f"not done after {seconds} seconds")
    told, timer = (signal.SIGPROF, signal.ITIMER_PROF) if busy else (signal.SIGALRM, signal.ITIMER_REAL)
    old = signal.signal(told, late)
    signal.setitimer(timer, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(timer, 0.0)
        signal.signal(told, old)
