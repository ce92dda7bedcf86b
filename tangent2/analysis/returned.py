"""What the result of a call may share memory with: found from the callee's own core, whoever wrote it."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

from tangent2.analysis.buffers import Facts, analyse
from tangent2.analysis.callee_memory import CallFacts, Source
from tangent2.analysis.nodes import OUTSIDE, Key, bits, layout
from tangent2.core.dims import canonical
from tangent2.core.kinds import Kind
from tangent2.core.objectkinds import frozen
from tangent2.core.syntax import Callee, Typed, Value
from tangent2.core.widening import bounded
from tangent2.errors import TangentError


Form = Callable[[Typed], Typed]


def call_facts(callee: Callee, kinds: tuple[Kind, ...], in_place: bool = False, form: Form | None = None) -> CallFacts:
    """What a caller must know of a callee's memory; `in_place`: see `analyse`; `form`: what is made of cores first.

    >>> from tangent2.core.kinds import Array
    >>> from tangent2.core.syntax import Function, Region, Return
    >>> x, y = Value("x"), Value("y")
    >>> second = Typed(Function("second", (x, y), Region((), Return((y,)))), {x: Array(), y: Array()}, Array())
    >>> call_facts(Callee("second", "second", lambda kinds: second), (Array(), Array())).sources
    {((), 'T', 1): (((1, ((), 'T', 1)),), False)}
    """
    try:
        typed = callee.core(asked(kinds))
    except TangentError:
        return CallFacts()
    written = typed.function.owned | typed.function.writes
    consumes = tuple([i for i, p in enumerate(typed.function.params) if p in written])
    return CallFacts(*_returned(typed, in_place, form), consumes, typed.function.reaches,
                     typed.function.makes, typed.function.apart)


def asked(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """The kinds of arguments as callees are asked for their cores: of a recursion on parts these are the same again."""
    return canonical(tuple([frozen(bounded(k)) for k in kinds]))[0]


Returned = tuple[dict[Key, Source], bool]
_MOST_TURNS = 8
Asked = tuple[Typed, bool, "Form | None"]
_known: WeakKeyDictionary[Typed, dict[tuple[bool, Form | None], Returned]] = WeakKeyDictionary()
_assumed: dict[Asked, Returned] = {}        # of functions being looked at, for recursive calls
_used: set[Asked] = set()                   # assumptions that were made use of


def _returned(typed: Typed, in_place: bool, form: Form | None) -> Returned:
    """The sources of a core's result and whether it shares memory with itself; of a recursive one a fixed point."""
    key = typed, in_place, form
    if key in _assumed:
        _used.add(key)
        return _assumed[key]
    known = _known.setdefault(typed, {})
    if (in_place, form) in known:
        return known[in_place, form]
    keys = layout(typed.result)
    found: Returned = dict.fromkeys(keys, ((), False)), False
    for _ in range(_MOST_TURNS if keys else 0):
        _assumed[key] = found
        try:
            before, found = found, _look(typed if form is None else form(typed), keys, in_place, form)
        finally:
            del _assumed[key]
        if key not in _used or found == before:
            break
    else:
        found = {part: (tuple([(i, None) for i in range(len(typed.function.params))]), True) for part in keys}, True
    _used.discard(key)
    if not _used:
        known[in_place, form] = found
    return found


def _look(typed: Typed, keys: tuple[Key, ...], in_place: bool, form: Form | None) -> Returned:
    facts = analyse(typed, partial(call_facts, in_place=in_place, form=form), own_params=True, in_place=in_place)
    params = [(i, key, 1 << n) for i, p in enumerate(typed.function.params) for key, n in facts.keys.get(p, ())]
    near = dict.fromkeys(keys, 0)
    shared = False
    for region in facts.returns:
        nodes = _parts(facts, region.exit.vals[0], keys)
        for key, mask in nodes.items():
            near[key] |= facts.related(mask)
        shared = shared or _share(facts, list(nodes.values()))
    return {key: (tuple([(i, of) for i, of, bit in params if mask & bit]), bool(mask & OUTSIDE))
            for key, mask in near.items()}, shared


def _parts(facts: Facts, atom: object, keys: tuple[Key, ...]) -> dict[Key, int]:
    """The nodes of a returned value that make up each node of the result: by layout if that is the same, else all."""
    if not isinstance(atom, Value):
        return {}
    there = dict(facts.keys.get(atom, ()))
    if all(key in there for key in keys):
        return {key: 1 << there[key] for key in keys}
    return dict.fromkeys(keys, facts.all(atom))


def _share(facts: Facts, nodes: list[int]) -> bool:
    """Whether two of some nodes, or two parts of one's inside, may be the same."""
    seen = 0
    for mask in nodes:
        rows = 0
        for n in bits(mask):
            rows |= facts.rows[n]
        if mask & seen or rows & (seen | mask):
            return True
        seen |= mask
    return False
