"""What Python reads while a loop runs, and we before it: generators, whose memory may not be written to meanwhile."""
from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping

from tangent2.analysis.contents import Contents, called
from tangent2.core import prims
from tangent2.core.kinds import Dict, Kind
from tangent2.core.objects import member
from tangent2.core.syntax import Atom, Op, Region, Stmt, Value, regions
from tangent2.core.walk import map_regions
from tangent2.errors import UnsupportedError

Began = dict[object, dict[Value, Atom]]     # by the place of a loop: what its generator reads, as it was then


def refuse_written(contents: Contents, began: Began, op: Op, tuples: Mapping[Value, tuple[Atom, ...]]) -> None:
    """Refuse what was written to since a loop began; what is not known of memory is left to the check of it."""
    where, turn, method = op.static
    if method is not None and not _is_lazy(contents.build.kind(op.args[0]), method):
        return
    read = [b for a in op.args for b in tuples.get(a, (a,))]      # type: ignore[arg-type]
    values = [v for v in read if isinstance(v, Value)]
    known = [v for v in values if v in contents.places]
    if not turn:
        began[where] = {v: contents.latest(v) for v in known}
    for v in known:
        if began.get(where, {}).get(v, v) is not contents.latest(v):
            raise UnsupportedError(f"{called(v)} is written to while a loop runs over a generator that reads it",
                                   origin=op.origin, construct="for", advice="make a list before the loop")
    if len(known) < len(values):
        contents.build.add(op)


def _is_lazy(kind: Kind, method: str) -> bool:
    """Whether a method is a generator."""
    cls = kind.cls if isinstance(kind, Dict) else None
    return cls is not None and inspect.isgeneratorfunction(member(cls, method))


def without_late(region: Region) -> Region:
    """A region without the marks of what is read late."""
    return Region(tuple(_kept(region.stmts)), region.exit)


def _kept(stmts: Iterable[Stmt]) -> Iterator[Stmt]:
    for stmt in stmts:
        if not (isinstance(stmt, Op) and stmt.prim is prims.LATE):
            yield map_regions(stmt, without_late) if regions(stmt) else stmt
