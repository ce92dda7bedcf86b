"""The plan for printing one function: folding, then liveness of what is left, then variables and their names."""
from __future__ import annotations

from collections.abc import Mapping

from tangent2.core.kinds import Kind
from tangent2.core.syntax import Atom, Function, Value
from tangent2.optimise.coalesce import coalesce
from tangent2.optimise.fold import Folds, fold
from tangent2.optimise.liveness import Liveness, liveness
from tangent2.python.layout import Layout


def arrange(function: Function, kinds: Mapping[Value, Kind], outside: frozenset[str]) -> Layout:
    """How a function is printed; `outside`: names of the module that its text reads, which no variable may hide."""
    return _arrange(fold(function, kinds), kinds, outside, {})


def _arrange(folds: Folds, kinds: Mapping[Value, Kind], outside: frozenset[str], fixed: Mapping[Value, str]) -> Layout:
    function = folds.function
    facts = liveness(function, folds.inline, folds.whole, folds.nested)
    own = tuple([p for p in function.params if p not in fixed])
    names = coalesce(facts, own, outside, fixed)
    nested = {}
    for op, inner in folds.nested.items():
        known = {p: names[a] for p, a in zip(inner.function.params, op.args) if isinstance(a, Value) and a in names}
        nested[op] = _arrange(inner, getattr(op.static, "kinds", kinds), outside, known)
    unread = frozenset([v for v in facts.order if v not in facts.read])
    return Layout(function, folds.inline, frozenset(folds.whole), names, unread, kinds, _to_bind(facts, names), nested)


def _to_bind(facts: Liveness, names: Mapping[Value, str]) -> frozenset[Value]:
    """Values that some path leaves unbound although an assignment or a copy reads them: Python would stop there."""
    if not facts.unbound:
        return frozenset()
    sources: dict[Value, list[Atom]] = {}
    for to, val in facts.copies:
        sources.setdefault(to, []).append(val)
    for param, out in facts.forced:
        if isinstance(out, Value):
            sources.setdefault(out, []).append(param)
    found: set[Value] = set()
    open_ = [v for to, v in facts.copies if isinstance(v, Value) and names[v] != names[to]]
    open_ += facts.copied
    while open_:
        value = open_.pop()
        if value not in found:
            found.add(value)
            open_ += [v for v in sources.get(value, ()) if isinstance(v, Value)]
    return frozenset(found & facts.unbound)
