"""What functions tell code that nobody knows, and ask of it, all that they call included; for `analysis/told.py`."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tangent2.analysis.told import ANYTHING, NOTHING, Kinds, Told, called_in, refuse_told, runs_code, told_of
from tangent2.analysis.returned import asked
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Callee, Typed

Cores = Callable[[], Mapping[Any, Typed]]


class Hearsay:
    """The facts of cores, each found once.

    cores: gives those that there are, by the keys of callees and kinds; settled: the kinds under which a callee is
    known.
    """

    def __init__(self, cores: Cores, settled: Callable[[Any, Kinds], Kinds]) -> None:
        self.cores, self.settled = cores, settled
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

    def of(self, callee: Callee, kinds: Kinds) -> Told:
        """The facts of a callee: those of all cores that may run when it is called."""
        found = self.reached([(callee, kinds)])
        if found is None:
            return ANYTHING
        facts = [NOTHING, *map(self.told, found)]
        return Told(any(f.tells for f in facts), any(f.asks for f in facts))

    def told(self, typed: Typed) -> Told:
        if typed not in self.known:
            self.known[typed] = told_of(typed)
        return self.known[typed]

    def reached(self, waiting: list[tuple[Callee, Kinds]]) -> list[Typed] | None:
        """The cores of callees, and of what these call; None if there is one that is not known."""
        found: dict[Typed, None] = {}
        while waiting:
            callee, kinds = waiting.pop()
            cores = self.cores_of(callee.key, kinds)
            if cores is None:
                return None
            waiting += [each for core in cores if core not in found for each in called_in(core)]
            found.update(dict.fromkeys(cores))
        return list(found)

    def cores_of(self, key: Any, kinds: Kinds) -> list[Typed] | None:
        """The core of a callee for these kinds, or else all that there are.

        Of a derivative that nobody asked for yet they are those of its function, whose code it runs.
        """
        exact = self.cores().get((key, self.settled(key, asked(kinds))))
        if exact is not None:
            return [exact]
        found = [core for known, core in self.cores().items() if known[0] == key]
        if found or not (isinstance(key, tuple) and len(key) > 1 and isinstance(key[0], str)):
            return found or None
        own = key[2] if len(key) > 2 else None
        return self.cores_of(key[1], own if isinstance(own, tuple) and all(isinstance(k, Kind) for k in own) else kinds)
