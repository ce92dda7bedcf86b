"""The errors a user can meet: each is one readable block with the place, the source line, a caret and advice."""
from __future__ import annotations

import os
from typing import Any

TRACEBACKS = "TANGENT2_TRACEBACK"       # set to 1 to see where the compiler refuses
_HERE = os.path.dirname(__file__) + os.sep


class TangentError(Exception):
    """Base of all errors of this package.

    reason: what is wrong, in a phrase.  construct: the Python construct or function concerned.  advice: what to do.
    origin: anything with `file`, `line`, `text`, `function` and `column` (a core `Origin`); its fields become
    attributes of the error.

    >>> print(UnsupportedError("`with` is not supported", advice="enter the manager outside of the function"))
    `with` is not supported
      advice: enter the manager outside of the function
    """

    def __init__(self, reason: str, *, origin: Any = None, construct: str = "", advice: str = "") -> None:
        self.reason = reason
        self.origin = origin
        self.construct = construct
        self.advice = advice
        self.file: str | None = getattr(origin, "file", None)
        self.line: int | None = getattr(origin, "line", None)
        self.function: str | None = getattr(origin, "function", None)
        super().__init__(self.block())

    def block(self) -> str:
        """The whole message: place, reason, source line with a caret, advice."""
        rows = [self.reason]
        if self.file is not None:
            rows = [f"{self.file}:{self.line}: in {self.function}: {self.reason}"]
            text = getattr(self.origin, "text", "")
            if text:
                rows += ["    " + text, "    " + " " * getattr(self.origin, "column", 0) + "^"]
        if self.advice:
            rows.append("  advice: " + self.advice)
        return "\n".join(rows)

    def brief(self) -> TangentError:
        """The error without the frames of the compiler, which tell a user nothing: the message names the place."""
        return self if os.environ.get(TRACEBACKS, "0") not in ("", "0") else self.with_traceback(None)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.reason, self.origin, self.construct, self.advice)


def seen_from(error: TangentError, origin: Any, name: str) -> TangentError:
    """An error as who made a call meets it: what is refused inside of a function of ours is refused where it is called.

    >>> from types import SimpleNamespace as Place
    >>> inside = UnsupportedError("no", origin=Place(file=__file__, line=1, function="g", text="", column=0))
    >>> print(seen_from(inside, Place(file="mine.py", line=7, function="f", text="", column=0), "g"))
    mine.py:7: in f: in `g`: no
    """
    if origin is None or error.file is None or not error.file.startswith(_HERE):
        return error
    within = f"in `{name}`: "
    reason = error.reason if error.reason.startswith("in `") else within + error.reason
    return type(error)(reason, origin=origin, construct=error.construct, advice=error.advice)


def placed(error: TangentError, origin: Any) -> TangentError:
    """An error with a place: its own, or if it has none this one.

    >>> from types import SimpleNamespace as Place
    >>> print(placed(ArgumentError("no"), Place(file="mine.py", line=7, function="f", text="", column=0)))
    mine.py:7: in f: no
    """
    if error.origin is not None or origin is None:
        return error
    return type(error)(error.reason, origin=origin, construct=error.construct, advice=error.advice)


def _rebuild(cls: type[TangentError], reason: str, origin: Any, construct: str, advice: str) -> TangentError:
    return cls(reason, origin=origin, construct=construct, advice=advice)


class UnsupportedError(TangentError):
    """A construct of Python that is not differentiated (yet)."""


class SharingError(UnsupportedError):
    """Shared memory that is not followed; bolder analysis may."""


class NoDerivativeError(TangentError, NotImplementedError):
    """A call through which a derivative flows, of a function that has neither a rule nor source."""


class ArgumentError(TangentError, TypeError):
    """A transform, or a call in the user's function, got wrong arguments."""


class SourceError(TangentError):
    """The source of a function cannot be found."""


class JitWarning(UserWarning):
    """A function, or what a transform made of one, that `jit` was asked to compile runs as NumPy; it says why."""


class IllFormed(TangentError):
    """A core function that breaks an invariant of the core language: a mistake of the compiler, never of the user."""


class Overwritten(IllFormed):
    """A value that is not what it was when it was computed (`TANGENT2_CHECK=1`): a mistake of the compiler as well."""
