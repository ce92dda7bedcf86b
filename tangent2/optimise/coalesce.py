"""Out of SSA: which values share a variable, and how the variables are called.

Versions of one of the user's names get that name back wherever they are not needed at the same time.  Values that
are printed in place, and a loop's parameters and results, share a variable of necessity; values joined by an
assignment at the edge of a region share one if they can, so that the assignment vanishes.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from tangent2.core.syntax import Value
from tangent2.names import RESERVED, UNNAMED, identifier, unique
from tangent2.optimise.liveness import Liveness


def coalesce(facts: Liveness, params: tuple[Value, ...], outside: frozenset[str],
             fixed: Mapping[Value, str]) -> dict[Value, str]:
    """The variable of every value.

    outside: names of the module that the function reads; fixed: values that have a name already (captured ones).

    >>> x, y, t = Value("x", True), Value("x", True), Value()
    >>> facts = Liveness(clash={x: {t}, t: {x}}, order=[x, t, y])
    >>> list(coalesce(facts, (x,), frozenset(), {}).values())
    ['x', 'x', 't']
    """
    classes = _Classes(facts, {*params, *fixed}, frozenset(fixed))
    for a, b in facts.forced:
        if isinstance(b, Value):
            classes.merge(classes.of(a), classes.of(b))
    for a, b in facts.copies:
        if isinstance(b, Value) and classes.may_merge(classes.of(a), classes.of(b)):
            classes.merge(classes.of(a), classes.of(b))
    classes.merge_versions(facts.order)
    return _names(classes, facts, (*params, *fixed), outside, fixed)


class _Class:
    """Values that share a variable; `name` is the user's name for it."""

    __slots__ = ("members", "name")

    def __init__(self, value: Value, name: str | None) -> None:
        self.members, self.name = [value], name


class _Classes:
    """All classes; `named` values (parameters, captured ones) keep their names whatever they are merged with."""

    def __init__(self, facts: Liveness, named: Iterable[Value], fixed: frozenset[Value]) -> None:
        self.clash, self.fixed = facts.clash, fixed
        self.found: dict[Value, _Class] = {}
        self.named = frozenset(named)

    def of(self, value: Value) -> _Class:
        found = self.found.get(value)
        if found is None:
            name = value.hint if value.user or value in self.named else None
            found = self.found[value] = _Class(value, name)
        return found

    def clashes(self, a: _Class, b: _Class) -> bool:
        small, large = (a.members, b.members) if len(a.members) < len(b.members) else (b.members, a.members)
        return any(v in self.clash and not self.clash[v].isdisjoint(large) for v in small)

    def may_merge(self, a: _Class, b: _Class) -> bool:
        """Captured variables are only read: an assignment would make them the nested function's own."""
        if not (self.fixed.isdisjoint(a.members) and self.fixed.isdisjoint(b.members)):
            return False
        return (a.name is None or b.name is None or a.name == b.name) and not self.clashes(a, b)

    def merge(self, a: _Class, b: _Class) -> None:
        if a is b:
            return
        if a.name is None or (b.name is not None and not self.named.isdisjoint(b.members)):
            a.name = b.name
        a.members.extend(b.members)
        for value in b.members:
            self.found[value] = a

    def merge_versions(self, order: Iterable[Value]) -> None:
        """Give classes of one user's name one variable where they do not clash, earliest first."""
        found: dict[str, list[_Class]] = {}
        for value in order:
            mine = self.of(value)
            if mine.name is None:
                continue
            leaders = found.setdefault(mine.name, [])
            if mine in leaders:
                continue
            leader = next((c for c in leaders if self.may_merge(c, mine)), None)
            if leader is None:
                leaders.append(mine)
            else:
                self.merge(leader, mine)


def _names(classes: _Classes, facts: Liveness, first: Iterable[Value], outside: frozenset[str],
           fixed: Mapping[Value, str]) -> dict[Value, str]:
    """Names for classes, in order: a user's name goes to the first class that has it, the others get numbers."""
    names: dict[Value, str] = {}
    every = dict.fromkeys(map(classes.of, (*first, *facts.order)))
    mine = {identifier(c.name) for c in every if c.name} | set(fixed.values())
    taken = set(outside)
    # the user's names first, last what prints as `_`
    for group in sorted(every, key=lambda c: (c.name is None, facts.read.isdisjoint(c.members))):
        name = next((fixed[v] for v in group.members if v in fixed), None)
        if name is None and group.name is not None:
            name = identifier(group.name)
            name = unique(name, taken | mine | RESERVED) if name in taken else name
        elif name is None:
            hint = next((v.hint for v in group.members if v.hint), None)
            name = unique(identifier(hint) if hint else UNNAMED, taken | mine | RESERVED)
        taken.add(name)
        names.update((member, name) for member in group.members)
    return names
