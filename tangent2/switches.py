"""What is turned to have oracles: everything saved, nothing optimised, every pass checked, kinds unknown, all watched.
"""
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Switches:
    """How derivatives are compiled; the numbers they give must not depend on it.

    save_all: record whatever the reverse sweep reads, recompute nothing.  optimise: rewrite for reading.
    checked: run the checker of the core language after every pass.  generic: compile for arguments of any kind.
    watched: the text itself checks that nothing is overwritten before it is read (`runtime/watching.py`).
    """

    save_all: bool = False
    optimise: bool = True
    checked: bool = False
    generic: bool = False
    watched: bool = False


WATCH = "TANGENT2_CHECK"
_DEFAULT = Switches()
_WATCHED = Switches(watched=True)
_CURRENT: ContextVar[Switches | None] = ContextVar("switches", default=None)


def current() -> Switches:
    """The switches that compilers made from here on use; the environment says whether text is watched."""
    turned = _CURRENT.get()
    if turned is not None:
        return turned
    return _WATCHED if os.environ.get(WATCH, "0") not in ("", "0") else _DEFAULT


@contextmanager
def switched(**changes: bool) -> Iterator[Switches]:
    """Turn switches for the code in the `with` block.

    >>> with switched(optimise=False):
    ...     current().optimise
    False
    """
    turned = replace(current(), **changes)
    token = _CURRENT.set(turned)
    try:
        yield turned
    finally:
        _CURRENT.reset(token)
