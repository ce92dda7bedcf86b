"""`insert_grad_of`: blocks of user code that run in the reverse sweep only, with the adjoint of a value at hand."""
from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any


class _Skip(BaseException):
    """Leaves the block."""


class Block:
    """The manager of a block that is not to run: it leaves the block before its first statement."""

    def __enter__(self) -> None:
        frame = sys._getframe(1)
        self._frame, self._before, self._own = frame, sys.gettrace(), (frame.f_trace, frame.f_trace_opcodes)
        frame.f_trace, frame.f_trace_opcodes = self._leave, True
        sys.settrace(self._leave)

    def _leave(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame is self._frame:
            self._restore()
            raise _Skip
        return None

    def _restore(self) -> None:
        self._frame.f_trace, self._frame.f_trace_opcodes = self._own
        sys.settrace(self._before)

    def __exit__(self, cls: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> bool:
        self._restore()
        if cls is _Skip:
            return True
        if cls is None:
            raise RuntimeError("a block of `insert_grad_of` ran where no adjoint is: this Python does not skip it")
        return False


def insert_grad_of(x: Any) -> Block:
    """A block that runs in the reverse sweep, where the adjoint of `x` at this place is complete.

    `with insert_grad_of(x) as dx:` binds that adjoint to `dx`; what the block assigns to `dx` is the adjoint from there
    on, as for clipping.  `x` and `dx` are names; other names that the block assigns are its own.  When the function
    itself runs, and in forward mode, the block does nothing; it does not run either where no derivative flows to `x`.
    A second derivative is that of the first one, the block in it.  What else `x` is called has no part in it.

    >>> import tangent2
    >>> def f(x):
    ...     y = x * x
    ...     with tangent2.insert_grad_of(y) as dy:
    ...         print("adjoint", dy)
    ...         dy = 2.0 * dy
    ...     return 3.0 * y
    >>> f(2.0)
    12.0
    >>> tangent2.grad(f)(2.0)
    adjoint 3.0
    24.0
    """
    return Block()


def inserted(block: Any, x: Any) -> Any:
    """`x` itself; its adjoint goes through the block."""
    return x
