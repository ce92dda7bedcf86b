"""What text compiled under `TANGENT2_CHECK=1` calls: is what is read still what it was when it was computed?

Text that writes in place is right if every value, when it is read, has the contents it had when it was made, and if
what was recorded comes off its tape as it went on.  A `Watch` keeps a fingerprint of each value of one call, a `Tape`
those of what it records.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tangent2.errors import Overwritten

_MOST = 1000        # elements of a container that are looked at
_DEEPEST = 8


def fingerprint(tree: Any, depth: int = 0) -> Any:
    """What tells whether an array or container, or what it holds, has changed; None for what cannot change.

    >>> a = [np.zeros(2), 1.0]
    >>> before = fingerprint(a)
    >>> before == fingerprint(a), a[0].fill(1.0), before == fingerprint(a)
    (True, None, False)
    """
    if isinstance(tree, np.ndarray):
        if tree.dtype.hasobject:
            return fingerprint(tree.ravel().tolist(), depth)
        return tree.shape, tree.dtype.str, hash(tree.tobytes())
    if isinstance(tree, Tape) or depth > _DEEPEST:
        return None
    if isinstance(tree, dict):
        return len(tree), fingerprint([*tree, *tree.values()], depth)
    if isinstance(tree, (list, tuple)):
        items = tree[::len(tree) // _MOST + 1]
        return len(tree), tuple([fingerprint(item, depth + 1) for item in items])
    return repr(tree) if isinstance(tree, (int, float, complex, np.generic)) else None


class Watch:
    """The values of one call, by number: where each was made, and its fingerprint then."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.known: dict[int, tuple[str, Any]] = {}
        self.lent: dict[str, tuple[Any, Any]] = {}
        self.latest = "?"

    def given(self, variables: dict[str, Any], place: str, /, **numbers: int) -> None:
        """Arguments have come in, which the call must leave as they are."""
        self.made(variables, place, **numbers)
        self.lent = {name: (variables[name], self.known[number][1]) for name, number in numbers.items()
                     if name in variables}

    def returns(self) -> None:
        """The call is about to return.

        >>> watch, u = Watch("f"), np.zeros(2)
        >>> watch.given({"u": u}, "model.py:3", u=1)
        >>> u[0] = 1.0
        >>> watch.returns()
        Traceback (most recent call last):
        ...
        tangent2.errors.Overwritten: f: the argument `u` has been overwritten before the call returns
          advice: this is a mistake of tangent2, not of yours: please report it
        """
        for name, (value, before) in self.lent.items():
            if fingerprint(value) != before:
                raise _overwritten(f"{self.function}: the argument `{name}`", "the call returns")

    def made(self, variables: dict[str, Any], place: str, /, **numbers: int) -> None:
        """Variables have got new values."""
        self.latest = place
        for name, number in numbers.items():
            if name in variables:
                self.known[number] = place, fingerprint(variables[name])

    def reads(self, variables: dict[str, Any], place: str, /, **numbers: int) -> None:
        """Variables are about to be read, of which these values are wanted.

        >>> watch, u = Watch("f"), np.zeros(2)
        >>> watch.made({"u": u}, "model.py:3", u=1)
        >>> u[0] = 1.0
        >>> watch.reads({"u": u}, "model.py:5", u=1)
        Traceback (most recent call last):
        ...
        tangent2.errors.Overwritten: f: `u`, made at model.py:3, has been overwritten before it is read at model.py:5
          advice: this is a mistake of tangent2, not of yours: please report it
        """
        for name, number in numbers.items():
            if number in self.known and name in variables:
                origin, before = self.known[number]
                if fingerprint(variables[name]) != before:
                    raise _overwritten(f"{self.function}: `{name}`, made at {origin},", f"it is read at {place}")

    def tape(self, name: str) -> Tape:
        """An empty tape, on which the forward sweep records what the reverse sweep reads."""
        return Tape((), f"{self.function}: what was recorded on `{name}`", self)


class Tape(list[Any]):
    """A list that demands of all that it holds to be as it was when it was put in.

    >>> tape, u = Watch("f").tape("u_saved"), np.zeros(2)
    >>> tape.append(u)
    >>> u += 1.0
    >>> tape.pop()
    Traceback (most recent call last):
    ...
    tangent2.errors.Overwritten: f: what was recorded on `u_saved` at ? has been overwritten before the reverse sweep \
reads it
      advice: this is a mistake of tangent2, not of yours: please report it
    """

    def __init__(self, items: Iterable[Any] = (), what: str = "what was recorded", watch: Watch | None = None) -> None:
        super().__init__(items)
        self.what, self.watch = what, watch
        self.marks: list[tuple[str, Any]] = [("?", fingerprint(item)) for item in list.__iter__(self)]

    def append(self, item: Any) -> None:
        super().append(item)
        self.marks.append((self.place(), fingerprint(item)))

    def pop(self, *at: Any) -> Any:
        return self._same(super().pop(*at), self.marks.pop(*at))

    def copy(self) -> Tape:
        """A tape with the same marks: what it holds may have been changed already."""
        new = Tape((), self.what, self.watch)
        list.extend(new, list.__iter__(self))
        new.marks = list(self.marks)
        return new

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._same(item, mark) for item, mark in zip(super().__getitem__(at), self.marks[at])]
        return self._same(super().__getitem__(at), self.marks[at])

    def __setitem__(self, at: Any, item: Any) -> None:
        super().__setitem__(at, item)
        if isinstance(at, slice):
            self.marks = [(self.place(), fingerprint(item)) for item in list.__iter__(self)]
        else:
            self.marks[at] = self.place(), fingerprint(item)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __reversed__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self) - 1, -1, -1))

    def place(self) -> str:
        """Where the newest value was made."""
        return self.watch.latest if self.watch else "?"

    def _same(self, item: Any, mark: tuple[str, Any]) -> Any:
        if fingerprint(item) != mark[1]:
            raise _overwritten(f"{self.what} at {mark[0]}", "the reverse sweep reads it")
        return item


class Sealed:
    """What a pullback holds on to until it is called."""

    def __init__(self, held: list[Any], name: str) -> None:
        self.held, self.name, self.mark = held, name, fingerprint(held)

    def __call__(self) -> None:
        """Raise unless it is as it was.

        >>> Sealed([1.0], "f")()
        """
        if fingerprint(self.held) != self.mark:
            raise _overwritten(f"{self.name}: what the pullback keeps", "it is called")


def _overwritten(what: str, when: str) -> Overwritten:
    return Overwritten(f"{what} has been overwritten before {when}", construct="write in place",
                       advice="this is a mistake of tangent2, not of yours: please report it")
