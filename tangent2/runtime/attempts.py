"""What a `try` block attempts: a call whose exceptions are values."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def caught(classes: Any, function: Callable[..., Any], *args: Any, **errors: Any) -> tuple[Any, Any]:
    """The exception of the given classes that a call raises, or None, and its result; others pass.

    `errors`: what `np.errstate` is told for the time of the call.

    >>> caught(ZeroDivisionError, divmod, 7, 2)
    (None, (3, 1))
    >>> caught((ValueError, ZeroDivisionError), divmod, 7, 0)[0]
    ZeroDivisionError('integer division or modulo by zero')
    """
    try:
        if not errors:
            return None, function(*args)
        with np.errstate(**errors):
            return None, function(*args)
    except classes as error:
        return error, None


def unfailing(item: Any, name: str, *args: Any) -> None:
    """Nothing: before a method is called in a `try` block, the compiler asks by this whether it may raise."""


def instance(error: Any) -> Any:
    """What `raise error` raises: of a class, a new instance.

    >>> instance(ValueError), instance(KeyError("k"))
    (ValueError(), KeyError('k'))
    """
    return error() if isinstance(error, type) else error


def iterable(items: Any) -> None:
    """Raise a TypeError, as a loop would, if a value is none that a loop can run over.

    >>> iterable([1.0, 2.0])
    >>> caught(TypeError, iterable, 3.0)[0]
    TypeError("'float' object is not iterable")
    """
    iter(items)


class Guard:
    """A context manager that was entered, and is left once: at the latest when nobody needs it any more."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager
        self.value = manager.__enter__()

    def leave(self) -> None:
        manager, self.manager = self.manager, None
        if manager is not None:
            manager.__exit__(None, None, None)

    __del__ = leave


def entered(manager: Any) -> Guard:
    """Enter a context manager.

    >>> from contextlib import closing
    >>> from io import StringIO
    >>> guard = entered(closing(StringIO("a")))
    >>> text = held(guard)
    >>> left(guard)
    >>> text.closed
    True
    """
    return Guard(manager)


def held(guard: Guard) -> Any:
    """What a context manager gave when it was entered."""
    return guard.value


def left(guard: Guard) -> None:
    """Leave a context manager."""
    guard.leave()
