"""What functions tell code that nobody knows, and ask of it, all that they call included; for `analysis/told.py`."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tangent2.analysis.told import ANYTHING, NOTHING, Told, called_in, refuse_told, runs_code, told_of
from tangent2.core.syntax import Callee, Typed

Cores = Callable[[], Mapping[Any, Typed]]


class Hearsay:
    """The facts of cores, each found once; `cores` gives those that there are, by the keys of callees and kinds."""

    def __init__(self, cores: Cores) -> None:
        self.cores = cores
        self.known: dict[Typed, Told] = {}
        self.running: dict[Typed, bool] = {}

    def check(self, typed: Typed, active: tuple[bool, ...]) -> Typed:
        """The function itself; refused if its result depends on what code that nobody knows may have kept."""
        if any(map(self.runs, (typed, *self.cores().values()))):
            refuse_told(typed, active, self.of)
        return typed

    def runs(self, typed: Typed) -> bool:
        """Whether there is code in a core that nobody knows."""
        if typed not in self.running:
            self.running[typed] = runs_code(typed)
        return self.running[typed]

    def of(self, callee: Callee) -> Told:
        """The facts of a callee: those of all cores that may run when it is called."""
        found = self.reached([callee])
        if found is None:
            return ANYTHING
        facts = [NOTHING, *map(self.told, found)]
        return Told(any(f.tells for f in facts), any(f.asks for f in facts))

    def told(self, typed: Typed) -> Told:
        if typed not in self.known:
            self.known[typed] = told_of(typed)
        return self.known[typed]

    def reached(self, callees: list[Callee]) -> list[Typed] | None:
        """The cores of callees, and of what these call; None if there is one that is not known."""
        waiting, seen = [c.key for c in callees], set()
        found: list[Typed] = []
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                cores = self.cores_of(key)
                if cores is None:
                    return None
                found += cores
                waiting += [c.key for core in cores for c in called_in(core)]
        return found

    def cores_of(self, key: Any) -> list[Typed] | None:
        """The cores of a callee; of a derivative that nobody asked for yet those of its function, whose code it runs.
        """
        while not (found := [core for known, core in self.cores().items() if known[0] == key]):
            if not (isinstance(key, tuple) and len(key) > 1 and isinstance(key[0], str)):
                return None
            key = key[1]
        return found
