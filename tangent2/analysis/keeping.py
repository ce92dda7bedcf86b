"""Keeping: how often the memory of a value may get another name or holder, and which values are read later."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property

from tangent2.analysis.liveness import live_after, number
from tangent2.core.kinds import Array, Bottom, Kind, NoneKind, Number, Str
from tangent2.core.sharing import shares
from tangent2.core.syntax import Atom, Op, Region, Stmt, Value, operands, regions, walk

KindOf = Callable[[Atom], Kind]


class Keeping:
    """What the text of a function tells of the reads of its values.

    >>> from tangent2.core import prims
    >>> from tangent2.core.syntax import Return
    >>> u, v, us, k = map(Value, ("u", "v", "us", "k"))
    >>> double, put = Op((v,), prims.ADD, (u, u)), Op((us,), prims.LIST, (u,))
    >>> found = Keeping(Region((double, put), Return((us,))), lambda atom: Array("float64", (3,)))
    >>> found.times([u]), found.times([us]), found.read_after(double, [u]), found.read_after(put, [u])
    (1, 1, True, False)
    """

    def __init__(self, body: Region, kind_of: KindOf) -> None:
        self.body, self.kind_of = body, kind_of

    def times(self, values: Iterable[Value]) -> int:
        """How often values are read where they may be kept: stored, captured, handed on, shown by a view."""
        return sum(self._counts.get(v, 0) for v in values)

    def read_after(self, stmt: Stmt, values: Iterable[Value]) -> bool:
        """Whether one of some values may be read after a statement; of one that is not in the text, always."""
        masks, found = self._live
        live = found.get(id(stmt))
        return live is None or any(live & masks.get(v, 0) for v in values)

    @cached_property
    def _live(self) -> tuple[dict[Value, int], dict[int, int]]:
        masks = number(dict.fromkeys([v for stmt in walk(self.body) for v in (*operands(stmt), *stmt.outs)
                                      if isinstance(v, Value)]))
        return masks, live_after(self.body, masks)

    @cached_property
    def _counts(self) -> Counter[Atom]:
        counts: Counter[Atom] = Counter()
        self._count(self.body, counts)
        return counts

    def _count(self, region: Region, counts: Counter[Atom]) -> None:
        for stmt in region.stmts:
            if not (isinstance(stmt, Op) and self._lets_go(stmt)):
                counts.update(operands(stmt)[1:] if isinstance(stmt, Op) and stmt.prim.update else operands(stmt))
            for inner in regions(stmt):
                self._count(inner, counts)
        counts.update(region.exit.vals)

    def _lets_go(self, op: Op) -> bool:
        """Whether an operation surely keeps nothing of what it is given."""
        kinds = [self.kind_of(out) for out in op.outs]
        if op.prim.update or op.prim.effect != "pure":
            return False
        fresh = all(isinstance(kind, Array) for kind in kinds) and shares(op, self.kind_of) == "fresh"
        return fresh or all(isinstance(kind, (Number, NoneKind, Str, Bottom)) for kind in kinds)
