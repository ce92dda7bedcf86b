"""Which calls must be kept whoever reads their results: those that run the user's code, and may raise or print."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tangent2.analysis.returned import asked
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Call, Typed, Value
from tangent2.core.valuekinds import kind_of_atom
from tangent2.optimise.dead import contains_effect


Kinds = tuple[Kind, ...]


class Effects:
    """What is known of the effects of cores.

    cores: gives those that there are, by the keys of callees and kinds; settled: the kinds under which a callee is
    known.
    """

    def __init__(self, cores: Callable[[], Mapping[Any, Typed]], settled: Callable[[Any, Kinds], Kinds]) -> None:
        self.cores, self.settled = cores, settled
        self.known: dict[Typed, bool] = {}

    def of(self, call: Call, kinds: Mapping[Value, Kind] | None = None) -> bool:
        """Whether a call must be kept; if kinds of its arguments are not told, whether one for some kinds must be."""
        own = call.callee.key
        if isinstance(own, tuple) and own[0] in ("bwd", "fwd", "value"):
            if own[0] == "bwd":
                return False
            own, kinds = own[1], None        # the function that was split
        if kinds is not None:
            given = asked(tuple([kind_of_atom(a, kinds) for a in call.args]))
            core = self.cores().get((own, self.settled(own, given)))
            if core is not None:
                return self.shows(core)
        cores = [core for key, core in self.cores().items() if key[0] == own]
        return not cores or any(map(self.shows, cores))

    def within(self, typed: Typed) -> Callable[[Call], bool]:
        """The same of the calls in a function whose kinds are known."""
        return partial(self.of, kinds=typed.kinds)

    def shows(self, core: Typed) -> bool:
        """Whether running a function can be noticed other than through its result."""
        if core not in self.known:
            self.known[core] = True        # while it is looked at
            self.known[core] = contains_effect(core.function.body, self.within(core))
        return self.known[core]
