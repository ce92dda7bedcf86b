"""What the result of a call may share memory with: found from the callee's own core, whoever wrote it."""
from __future__ import annotations

from functools import lru_cache

from tangent2.analysis.buffers import CallFacts, Facts, analyse
from tangent2.analysis.nodes import OUTSIDE, Key, bits, layout
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Callee, Typed, Value
from tangent2.errors import TangentError

_open: set[int] = set()     # functions whose summary is being made: recursion finds nothing known


def call_facts(callee: Callee, kinds: tuple[Kind, ...]) -> CallFacts:
    """What a caller must know of a callee's memory.

    >>> from tangent2.core.kinds import Array
    >>> from tangent2.core.syntax import Function, Region, Return
    >>> x, y = Value("x"), Value("y")
    >>> second = Typed(Function("second", (x, y), Region((), Return((y,)))), {x: Array(), y: Array()}, Array())
    >>> call_facts(Callee("second", "second", lambda kinds: second), (Array(), Array())).sources
    {((), 'T', 1): ((1,), False)}
    """
    try:
        typed = callee.core(kinds)
    except TangentError:
        return CallFacts()
    consumes = tuple([i for i, p in enumerate(typed.function.params) if p in typed.function.owned])
    if id(typed) in _open:
        return CallFacts(None, True, consumes)
    _open.add(id(typed))
    try:
        sources, shared = _returned(typed)
    finally:
        _open.discard(id(typed))
    return CallFacts(sources, shared, consumes)


@lru_cache(maxsize=512)
def _returned(typed: Typed) -> tuple[dict[Key, tuple[tuple[int, ...], bool]], bool]:
    keys = layout(typed.result)
    if not keys:
        return {}, False
    facts = analyse(typed, call_facts, own_params=True)
    params = [facts.all(p) for p in typed.function.params]
    near = dict.fromkeys(keys, 0)
    shared = False
    for region in facts.returns:
        nodes = _parts(facts, region.exit.vals[0], keys)
        for key, mask in nodes.items():
            near[key] |= facts.related(mask)
        shared = shared or _share(facts, list(nodes.values()))
    return {key: (tuple([i for i, p in enumerate(params) if mask & p]), bool(mask & OUTSIDE))
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
