"""Follow shared memory through a function: renewal, by the least that does, and the check of what it made."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tangent2.analysis import memory
from tangent2.analysis.contents import refuse_kept
from tangent2.analysis.delayed import delay
from tangent2.analysis.hindsight import Hindsight, InHindsight
from tangent2.analysis.infer import Facts
from tangent2.analysis.known import ATTEMPTS, Callees, Known
from tangent2.analysis.late import without_late
from tangent2.analysis.lifting import joined
from tangent2.analysis.renew import renew_aliases
from tangent2.analysis.returned import asked
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import UNKNOWN, Kind, List, parts_of, variants
from tangent2.core.objectkinds import is_row
from tangent2.core.prims import READ
from tangent2.core.syntax import Atom, Call, Callee, Op, Typed, Value, walk
from tangent2.errors import SharingError, UnsupportedError


def followed(typed: Typed, facts: Facts, walked: Mapping[Value, tuple[Atom, ...]], outer: bool) -> Typed:
    """The function in which shared memory is followed, by the least that does."""
    if outer and facts.lookups.hindsight.rows and _gives_rows(typed.result):      # it may be a tuple of the user's
        raise UnsupportedError("the function gives a row of objects that are changed where they stand",
                               construct="return", advice="return what they hold")
    refused: SharingError | None = None
    callees, found_out = callees_of(facts), Hindsight()
    for boldness in ATTEMPTS:
        try:
            found, sharing = renew_aliases(typed, callees, walked, boldness, found_out)
            if _keeps_apart(found, callees):
                apart = len(typed.function.params)
                found = replace(found, function=replace(found.function, apart=apart, into_arrays=True))
            memory.check(found, facts.lookups.memory, outer, sharing)
            made = replace(found.function, body=without_late(found.function.body))
            return replace(found, function=delay(made, sharing.follows, sharing.places))
        except SharingError as error:
            refused = refused or error
    assert refused is not None
    refusal = UnsupportedError(refused.reason, origin=refused.origin, construct=refused.construct,
                               advice=refused.advice)
    found_out.rows = not facts.lookups.hindsight.rows and any(map(is_row, typed.kinds.values()))
    raise InHindsight(found_out, refusal) if found_out else refusal


def _gives_rows(kind: Kind) -> bool:
    """Whether there is a list of objects in a value."""
    return isinstance(kind, List) and bool(variants(kind.elt)) or any(map(_gives_rows, parts_of(kind)))


def _keeps_apart(typed: Typed, callees: Callees) -> bool:
    """Whether a function calls another that takes its arguments to share no memory, and so takes its own."""
    def kind(a: Atom) -> Kind:
        return typed.kinds.get(a, UNKNOWN) if isinstance(a, Value) else kind_of_const(getattr(a, "value", None))
    calls = [s for s in walk(typed.function.body) if isinstance(s, Call)]
    made: dict[Atom, Op] = {s.out: s for s in walk(typed.function.body) if isinstance(s, Op) and s.prim is READ}
    found = False
    for call in calls:
        apart = callees.known(call.callee, tuple(map(kind, call.args))).apart
        for arg in call.args[:apart]:
            refuse_kept(call, made.get(arg), defaults_only=True)
        found = found or apart > 0
    return found


def callees_of(facts: Facts, known: Callable[[Callee, tuple[Kind, ...]], Known] | None = None) -> Callees:
    """What renewal is told of callees; `known`: what they do, if not by their cores."""
    return Callees(known or (lambda callee, kinds: memory.known_of(callee, kinds, facts.done)), facts.final, facts.done,
                   lambda callee, kinds, plan, names: joined(callee, asked(kinds), plan, names, facts))
