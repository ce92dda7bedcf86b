"""The core of a function once kinds are known: inferred, resolved, with shared memory followed; and what it does.

What a function does to its arguments is asked of its core.  While that is being made, as in a recursion, it is found
from its text instead, as a fixed point that begins with a function that does nothing.
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.analysis import inplace
from tangent2.analysis.closures import convert
from tangent2.analysis.derived import check_derived
from tangent2.analysis.following import callees_of, followed
from tangent2.analysis.freezing import freeze
from tangent2.analysis.infer import infer_facts
from tangent2.analysis.known import ATTEMPTS, Known, gifts
from tangent2.analysis.lifting import has_source, source_of
from tangent2.analysis.lookups import Lookups, Summary
from tangent2.analysis.made_inside import makes_its_objects
from tangent2.analysis.memory import of_callee
from tangent2.analysis.outcomes import may_update
from tangent2.analysis.prune import prune
from tangent2.analysis.renew import renew_aliases
from tangent2.analysis.resolve import Resolving, resolve
from tangent2.analysis.returned import asked
from tangent2.analysis.writers import check_writers
from tangent2.core.kinds import Kind, Tuple
from tangent2.core.objectkinds import frozen, may_become, thawed
from tangent2.core.syntax import Callee, Function, Typed
from tangent2.errors import UnsupportedError

_MOST_TURNS = 8


def resolved(function: Function, kinds: tuple[Kind, ...], summary: Summary, lookups: Lookups | None = None,
             exact: bool = False, outer: bool = True) -> Typed:
    """Infer kinds, resolve, check that no update is visible through another name, and prune.

    `exact`: the kinds are those of live arguments, so that `x is None` can be decided.  `outer`: see `memory.check`.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT, UNKNOWN
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Const, Op, Region, Return, Value
    >>> x, y = Value("x"), Value("y", True)
    >>> f = Function("f", (x,), Region((Op((y,), prims.INPLACE, (x, Const(1.0)), static=prims.ADD),), Return((y,))))
    >>> print(show(resolved(f, (FLOAT,), lambda callee, kinds: UNKNOWN).function))
    def f(x.0):
        y.1 = add(x.0, 1.0)
        return y.1
    """
    state = _state(function, kinds, summary, lookups or Lookups(), exact)
    typed = followed(convert(resolve(function, state)), state.facts, state.walked, outer)
    kinds_of = typed.kinds
    body = inplace.rebind(typed.function.body, kinds_of)
    body = prune(body)
    check_derived(body)
    check_writers(body, state.facts)
    if body is not typed.function.body:
        typed = Typed(replace(typed.function, body=body), kinds_of, typed.result)
    at = (0,) if function.finals else ()
    makes = any(gift.path == at for gift in typed.function.gives) or makes_its_objects(
        typed, bool(function.finals), of_callee)
    typed = replace(typed, function=replace(typed.function, makes=makes))
    return freeze(typed)


def _state(function: Function, kinds: tuple[Kind, ...], summary: Summary, lookups: Lookups, exact: bool) -> Resolving:
    facts = infer_facts(function, tuple(map(thawed, kinds)), summary, lookups,
                        lambda f, k: resolved(f, k, summary, lookups, outer=False), exact,
                        lambda callee, k: _done_at_all(callee, k, summary, lookups))
    return Resolving(facts, function.body)


def _done_at_all(callee: Callee, kinds: tuple[Kind, ...], summary: Summary, lookups: Lookups) -> Known:
    """The same; of most functions it is seen at once that they do nothing."""
    source = lookups.source
    if not has_source(callee, kinds, source) or not may_update(source_of(callee, kinds, source), lookups):
        return Known()
    return done_by(callee, kinds, summary, lookups)


def done_by(callee: Callee, kinds: tuple[Kind, ...], summary: Summary, lookups: Lookups) -> Known:
    """What a user function does to its arguments, found from its text; of a recursive one a fixed point."""
    kinds = lookups.settled(callee.key, asked(kinds))
    key = callee.key, kinds
    if not has_source(callee, kinds, lookups.source):
        return Known()
    if key in lookups.assumed:
        lookups.used.add(key)
        return lookups.assumed[key]
    if key in lookups.done:
        return lookups.done[key]
    made = lookups.made()
    found = Known()
    for _ in range(_MOST_TURNS):
        lookups.assumed[key] = found
        try:
            before, found = found, _done(callee, kinds, summary, lookups)
        finally:
            del lookups.assumed[key]
        if key not in lookups.used or found.alike(before):
            break
        lookups.forget(made)        # of what did not hold
    else:
        raise UnsupportedError(f"what `{callee.name}` does to its arguments is not found out", construct="recursion",
                               advice="return what it makes, and write to nothing")
    lookups.used.discard(key)
    if not lookups.used:
        lookups.done[key] = found
    return found


def _done(callee: Callee, kinds: tuple[Kind, ...], summary: Summary, lookups: Lookups) -> Known:
    function = source_of(callee, kinds, lookups.source)
    at = tuple([k for k, kind in enumerate(map(thawed, kinds)) if may_become(kind)])
    function = replace(function, finals=tuple([function.params[k] for k in at]))
    state = _state(function, kinds, summary, lookups, False)
    callees = callees_of(state.facts, lambda c, k: done_by(c, k, summary, lookups))
    typed, _ = renew_aliases(convert(resolve(function, state)), callees, state.walked, ATTEMPTS[-1])
    made = typed.function
    ends = tuple(zip(at, typed.result.elts[1:])) if at and isinstance(typed.result, Tuple) else ()
    writes = tuple([k for k, p in enumerate(made.params) if p in made.writes])
    gives = {path[1:] if at else path: gift for path, gift in gifts(made).items()}      # of the result itself
    return Known(writes, gives, ends=tuple([(k, frozen(end)) for k, end in ends if k in writes]))
