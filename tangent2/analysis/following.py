"""Follow shared memory through a function: renewal, by the least that does, and the check of what it made."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tangent2.analysis import memory
from tangent2.analysis.delayed import delay
from tangent2.analysis.infer import Facts
from tangent2.analysis.known import ATTEMPTS, Callees, Known
from tangent2.analysis.late import without_late
from tangent2.analysis.lifting import joined
from tangent2.analysis.renew import renew_aliases
from tangent2.analysis.returned import asked
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Atom, Callee, Typed, Value
from tangent2.errors import SharingError, UnsupportedError


def followed(typed: Typed, facts: Facts, walked: Mapping[Value, tuple[Atom, ...]], outer: bool) -> Typed:
    """The function in which shared memory is followed, by the least that does."""
    refused: SharingError | None = None
    for boldness in ATTEMPTS:
        try:
            found, sharing = renew_aliases(typed, callees_of(facts), walked, boldness)
            memory.check(found, facts.lookups.memory, outer, sharing)
            made = replace(found.function, body=without_late(found.function.body))
            return replace(found, function=delay(made, sharing.follows, sharing.places))
        except SharingError as error:
            refused = refused or error
    assert refused is not None
    raise UnsupportedError(refused.reason, origin=refused.origin, construct=refused.construct, advice=refused.advice)


def callees_of(facts: Facts, known: Callable[[Callee, tuple[Kind, ...]], Known] | None = None) -> Callees:
    """What renewal is told of callees; `known`: what they do, if not by their cores."""
    return Callees(known or (lambda callee, kinds: memory.known_of(callee, kinds, facts.done)), facts.final, facts.done,
                   lambda callee, kinds, plan, names: joined(callee, asked(kinds), plan, names, facts))
