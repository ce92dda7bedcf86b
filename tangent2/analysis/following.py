"""Follow shared memory through a function: renewal, by the least that does, and the check of what it made."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tangent2.analysis import memory
from tangent2.analysis.infer import Facts
from tangent2.analysis.known import ATTEMPTS, Callees
from tangent2.analysis.late import without_late
from tangent2.analysis.renew import renew_aliases
from tangent2.core.syntax import Atom, Typed, Value
from tangent2.errors import SharingError, UnsupportedError


def followed(typed: Typed, facts: Facts, walked: Mapping[Value, tuple[Atom, ...]], outer: bool) -> Typed:
    """The function in which shared memory is followed, by the least that does."""
    refused: SharingError | None = None
    for boldness in ATTEMPTS:
        try:
            found, sharing = renew_aliases(typed, callees_of(facts), walked, boldness)
            memory.check(found, facts.lookups.memory, outer, sharing)
            return replace(found, function=replace(found.function, body=without_late(found.function.body)))
        except SharingError as error:
            refused = refused or error
    assert refused is not None
    raise UnsupportedError(refused.reason, origin=refused.origin, construct=refused.construct, advice=refused.advice)


def callees_of(facts: Facts) -> Callees:
    """What renewal is told of callees."""
    return Callees(memory.known_of, facts.final)
