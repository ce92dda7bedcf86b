"""What is renewed with a write: the memory written to, what of other containers was put back, and what surely is other.

A route tells how memory is reached: from a cell, by the attributes of objects; None stands for other parts.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tangent2.analysis.aliases import Cell, Place, View, cells, leaves
from tangent2.core.kinds import Dict, Kind
from tangent2.core.syntax import Atom, Const

Route = tuple[Any, ...]
KindOf = Callable[[Atom], Kind]


def routes(place: Place, kind_of: KindOf) -> Iterator[Route]:
    """How a place is reached, for each of the cells that it may lie in.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT, Array, object_kind
    >>> from tangent2.core.syntax import IndexSpec, Op, Value
    >>> box, cell = Value("box"), Cell()
    >>> read = Op((Value("w"),), prims.GETITEM, (box, Const("w")), (), IndexSpec((None,)))
    >>> next(routes(View(cell, read), lambda atom: object_kind(int, {"w": Array()}))) == (cell, "w")
    True
    """
    for leaf in leaves(place):
        if isinstance(leaf, View):
            kind = kind_of(leaf.op.args[0])
            key = leaf.op.args[1] if isinstance(kind, Dict) and kind.cls is not None else None
            yield from ((*route, key.value if isinstance(key, Const) else None)
                        for route in routes(leaf.base, kind_of))
        else:
            yield from ((cell,) for cell in cells(leaf))


def leads_to(route: Route, other: Route) -> bool:
    """Whether what another route leads to is renewed with what a route leads to: not that of other attributes.

    >>> leads_to((1, "w"), (1, "w", None)), leads_to((1, None, "w"), (1,)), leads_to((1, "w"), (1, "v"))
    (True, True, False)
    """
    if route[0] != other[0] or any(isinstance(key, str) for key in route[len(other):len(other) + 1]):
        return False
    return not next((isinstance(a, str) and isinstance(b, str) for a, b in zip(route, other) if a != b), False)


@dataclass(frozen=True)
class Renewed:
    """What has its contents after a write: what these routes lead to, and the parts of cells that lie in a place."""

    routes: set[Route] = field(default_factory=set)
    parts: dict[tuple[Cell, Any], Place] = field(default_factory=dict)

    def has(self, route: Route, kind_of: KindOf) -> bool:
        """Whether what a route leads to is read anew."""
        if any(leads_to(r, route) for r in self.routes):
            return True
        part = self.parts.get((route[0], route[1])) if len(route) > 1 else None
        return part is not None and all(self.has((*r, *route[2:]), kind_of) for r in routes(part, kind_of))
