"""Partners: inactive values, bound on some paths only, that get tangents of their own where paths join.

Where a branch or a loop hands on an active value or an inactive one, the inactive one needs a zero tangent.  It cannot
be made at the join from a value that may be unbound there; so it is made where the value is bound, and handed on
beside it.
"""
from __future__ import annotations

from collections.abc import Collection, Iterator

from tangent2.core.kinds import NONE, UNKNOWN, Number
from tangent2.core.syntax import Atom, Break, Continue, For, If, Region, Typed, Value, While, Yield, regions
from tangent2.rules.families import tangent_kind

Way = tuple[tuple[Value, ...], tuple[Atom, ...]]


def with_partners(typed: Typed, varied: frozenset[Value], unsure: Collection[Value]) -> frozenset[Value]:
    """The values that need tangents: those that vary, and of the unsure ones those that meet them.

    >>> from tangent2.core.kinds import Array, BOOL
    >>> from tangent2.core.syntax import UNDEF, Function, Return
    >>> c, x, u, v = map(Value, "cxuv")
    >>> made = If((u,), c, Region((), Yield((c,))), Region((), Yield((UNDEF,))))
    >>> joined = If((v,), c, Region((), Yield((u,))), Region((), Yield((x,))))
    >>> f = Function("f", (c, x), Region((made, joined), Return((v,))))
    >>> found = with_partners(Typed(f, dict.fromkeys((c, x, u, v), Array()), Array()), frozenset({x, v}), {u})
    >>> sorted(value.hint for value in found)
    ['u', 'v', 'x']
    """
    if not unsure:
        return varied
    ways = list(_ways(typed.function.body, None))
    found = set(varied)
    before = -1
    while before != len(found):
        before = len(found)
        for outs, vals in ways:
            found.update(v for out, v in zip(outs, vals) if out in found and isinstance(v, Value) and v in unsure
                         and _has_zero(typed, v))
    return frozenset(found)


def _has_zero(typed: Typed, value: Value) -> bool:
    """Whether the zero tangent of a value is made from it (that of a number is 0.0)."""
    kind = tangent_kind(typed.kinds.get(value, UNKNOWN))
    return not isinstance(kind, Number) and kind != NONE


def _ways(region: Region, loop: For | While | None) -> Iterator[Way]:
    """What branches and loops bind, with what they bind it to."""
    for stmt in region.stmts:
        inner = stmt if isinstance(stmt, (For, While)) else loop
        for part in regions(stmt):
            yield from _ways(part, inner)
            if isinstance(stmt, If) and isinstance(part.exit, Yield):
                yield stmt.outs, part.exit.vals
        if isinstance(stmt, (For, While)):
            yield stmt.params, stmt.init
            yield stmt.outs, stmt.params
            yield stmt.params, stmt.outs        # a param has a tangent if what becomes of it has one
            if isinstance(stmt.body.exit, Yield):
                yield stmt.params, stmt.body.exit.vals
    if loop is not None and isinstance(region.exit, Break):
        yield loop.outs, region.exit.vals
    elif loop is not None and isinstance(region.exit, Continue):
        yield loop.params, region.exit.vals
