"""The kinds that calls give, and what lists and dicts hold once a callee has filled them."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.known import Known
from tangent2.analysis.lifting import lift
from tangent2.core import prims
from tangent2.core.dims import canonical, forget_extents, rename
from tangent2.core.kinds import Dict, Kind, List, join, join_all
from tangent2.core.objectkinds import frozen, may_become, may_grow, thawed
from tangent2.core.syntax import Call, Const, Value
from tangent2.core.widening import bounded
from tangent2.errors import TangentError, UnsupportedError, seen_from

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

_MOST_TURNS = 8


def call_kind(facts: Facts, call: Call) -> Kind:
    """The kind of the result of a call; lists and dicts that it fills hold what it puts there, from now on."""
    if facts.has_closures:
        call = lift(call, facts, facts.compile)
    for _ in range(_MOST_TURNS):
        kinds = tuple([frozen(bounded(facts.kind(a))) for a in call.args])
        renamed, names = canonical(kinds)
        try:
            result = thawed(rename(facts.summary(call.callee, renamed), names))
        except TangentError as error:
            raise seen_from(error, call.origin, call.callee.name) from error.__cause__
        grows = any(may_become(facts.kind(a)) for a in call.args)
        if not grows or not _fill(facts, call, facts.done(call.callee, renamed), names):
            return result
    raise UnsupportedError(f"what `{call.callee.name}` puts into a list or dict has no kind", origin=call.origin,
                           construct="call", advice="put values of one kind there")


def _fill(facts: Facts, call: Call, known: Known, names: dict[Any, Any]) -> bool:
    """Let containers hold what a callee puts there; gives whether that is news."""
    news = False
    for k, end in known.ends:
        arg, before = call.args[k], facts.kind(call.args[k])
        now = thawed(rename(end, names))
        _refuse_attributes(call, before, now)
        after = join(before, forget_extents(now) if may_grow(before) else now)
        if isinstance(arg, Value) and after != before:
            _grow(facts, arg, after)
            _fill_outer(facts, arg)
            news = True
            seen = facts.filled.get((call.out, k))      # what is made anew in each turn is filled again, step by step
            most = after if seen is None else join(seen, after)
            if most != seen:
                facts.filled[call.out, k] = most
                facts.grown += 1
    return news


def _refuse_attributes(call: Call, before: Kind, now: Kind) -> None:
    """What an object is given by a function it would have before the call, too, by the kind of its name."""
    if isinstance(before, Dict) and isinstance(now, Dict) and before.cls is now.cls is not None:
        added = [name for name, _ in now.items or () if name not in dict(before.items or ())]
        if added:
            raise UnsupportedError(f"a function gives an object an attribute that it may not have: `{added[0]}`",
                                   origin=call.origin, construct="object", advice="give it a value in `__init__`")


def _grow(facts: Facts, container: Value, kind: Kind) -> None:
    """Let a container hold more, by each of the names that expansions gave it."""
    own = _behind(facts, container)
    facts.kinds[own] = kind
    facts.kinds.update((name, kind) for name in facts.stands_for if _behind(facts, name) is own)


def _behind(facts: Facts, name: Value) -> Value:
    """The value that a result of expansions is in the end."""
    while isinstance(other := facts.stands_for.get(name), Value):
        name = other
    return name


def _fill_outer(facts: Facts, part: Value) -> None:
    """What a container was taken from holds it as it is now."""
    taken = facts.defs.get(part)
    if taken is None or taken.prim is not prims.GETITEM or len(taken.args) != 2:
        return
    base, key = taken.args
    if not isinstance(base, Value):
        return
    before, now = facts.kind(base), facts.kind(part)
    after: Kind = before
    if isinstance(before, List):
        after = List(join(before.elt, now), before.tape, before.length)
    elif isinstance(before, Dict) and before.items is None:
        after = Dict(None, join(before.elt, now))
    elif isinstance(before, Dict) and isinstance(key, Const):
        items = tuple([(k, join(kind, now) if k == key.value else kind) for k, kind in before.items or ()])
        after = replace(before, items=items, elt=join_all(kind for _, kind in items))
    if after != before:
        _grow(facts, base, after)
        _fill_outer(facts, base)
