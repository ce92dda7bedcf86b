"""The kinds of what callees give, and which callees call themselves: those are found as fixed points.

A function that calls itself with parts of its arguments would meet ever new extents: of such a function no more is
known of these than whether they are 1.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tangent2.analysis.known import Known
from tangent2.analysis.lookups import Lookups
from tangent2.analysis.hindsight import InHindsight
from tangent2.core.dims import map_dims
from tangent2.core.kinds import BOTTOM, NOT_ONE, Derived, Dim, Kind, Sliced, may_be_one
from tangent2.core.lostkinds import lost
from tangent2.core.recursive import folded, shallow
from tangent2.core.syntax import Callee, Typed
from tangent2.errors import TangentError

_MOST_TURNS = 8


class Results:
    """Cores of callees, and the kinds that these give.

    results: what is known of a callee under kinds; done: and of what it does to its arguments; open: what is being
    asked; recursive: the keys of callees that call themselves; is_making: whether a core is being made.
    """

    lookups: Lookups

    def __init__(self) -> None:
        self.cores: dict[Any, Typed] = {}
        self.results: dict[Any, Kind] = {}
        self.done: dict[Any, Known] = {}
        self.open: list[Any] = []
        self.recursive: set[Any] = set()
        self.is_making = False

    def present(self) -> tuple[set[Any], set[Any]]:
        """The keys of what is known now."""
        return set(self.cores), set(self.results)

    def forget(self, before: tuple[set[Any], set[Any]]) -> None:
        """Leave only what was known before."""
        self.cores = {k: core for k, core in self.cores.items() if k in before[0]}
        self.results = {k: kind for k, kind in self.results.items() if k in before[1]}

    def in_hindsight(self, make: Callable[[], Typed]) -> Typed:
        """What `make` gives, with what is found on the way known from the beginning (`analysis/hindsight.py`)."""
        if self.is_making:
            return make()
        before = self.present(), set(self.done)
        turns = 0
        while True:
            self.is_making, turns = True, turns + 1
            try:
                return make()
            except InHindsight as seen:
                if not self.lookups.hindsight.learn(seen.found) or turns == _MOST_TURNS:
                    raise seen.refusal from None
            finally:
                self.is_making = False
            self.forget(before[0])
            for key in [k for k in self.done if k not in before[1]]:
                del self.done[key]
            self.lookups.used.clear()

    def summary(self, callee: Callee, kinds: tuple[Kind, ...]) -> Kind:
        """The kind of a callee's result; of a recursive one by a fixed point from the bottom."""
        at = next((i for i, (key, _) in enumerate(self.open) if key == callee.key), None)
        if at is not None:
            self.recursive.update(k[0] for k in self.open[at:])
        kinds = self.settled(callee.key, kinds)
        key = callee.key, kinds
        if key in self.open:
            return self.results[key]
        if key in self.results and callee.key not in self.recursive:
            return self.results[key]
        self.results.setdefault(key, BOTTOM)
        self.open.append(key)
        try:
            return self._settle(callee, kinds, key)
        except TangentError:
            self.results.pop(key, None)     # it is not known to fail, should somebody ask again
            raise
        finally:
            self.open.pop()

    def _settle(self, callee: Callee, kinds: tuple[Kind, ...], key: Any) -> Kind:
        for _ in range(_MOST_TURNS):
            found = callee.core(kinds).result
            if found == self.results[key]:
                return found
            self.results[key] = found
            if callee.key not in self.recursive:
                return found
            self.cores = {k: core for k, core in self.cores.items() if not self.calls_itself(k[0])}
            for found_before in [k for k in self.done if self.calls_itself(k[0])]:
                del self.done[found_before]
        self.results[key] = lost(self.results[key])
        return self.results[key]

    def of_any_depth(self, key: Any, typed: Typed) -> Typed:
        """The core of a callee; where it calls itself, lists and trees that it gives are of one kind, however deep."""
        return replace(typed, result=folded(typed.result)) if self.calls_itself(key) else typed

    def settled(self, key: Any, kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
        """The kinds under which a callee is known."""
        return tuple([map_dims(shallow(k), _whole) for k in kinds]) if self.calls_itself(key) else kinds

    def calls_itself(self, key: Any) -> bool:
        """Whether a callee, or the one that it is made of, calls itself."""
        if not self.recursive:
            return False
        if isinstance(key, Callee):
            return self.calls_itself(key.key)
        return key in self.recursive or isinstance(key, tuple) and any(map(self.calls_itself, key))


def _whole(dim: Dim) -> Dim:
    """The extent of an axis if that is no part of another."""
    if isinstance(dim, (Sliced, Derived)):
        return None if may_be_one(dim) else NOT_ONE
    return dim
