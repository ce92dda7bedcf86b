"""What tests turn to have oracles: everything saved, nothing optimised, every pass checked, kinds unknown."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Switches:
    """How derivatives are compiled; the numbers they give must not depend on it.

    save_all: record whatever the reverse sweep reads, recompute nothing.  optimise: rewrite for reading.
    checked: run the checker of the core language after every pass.  generic: compile for arguments of any kind.
    """

    save_all: bool = False
    optimise: bool = True
    checked: bool = False
    generic: bool = False


_DEFAULT = Switches()
_CURRENT: ContextVar[Switches] = ContextVar("switches", default=_DEFAULT)


def current() -> Switches:
    """The switches that compilers made from here on use."""
    return _CURRENT.get()


@contextmanager
def switched(**changes: bool) -> Iterator[Switches]:
    """Turn switches for the code in the `with` block.

    >>> with switched(optimise=False):
    ...     current().optimise
    False
    """
    token = _CURRENT.set(replace(_CURRENT.get(), **changes))
    try:
        yield _CURRENT.get()
    finally:
        _CURRENT.reset(token)
