"""What Python reads while a loop runs, and we before it: generators, whose memory may not be written to meanwhile."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tangent2.analysis.aliases import cells
from tangent2.analysis.contents import Contents
from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.kinds import Dict, Kind, List, Objects, Tuple
from tangent2.core.syntax import Atom, For, Op, Region, Stmt, Value, regions
from tangent2.core.walk import map_regions
from tangent2.errors import UnsupportedError
from tangent2.python.lazy import is_lazy

Began = dict[object, dict[Value, tuple[Atom, ...]]]     # by the place of a loop: what its generator reads, as it was


def refuse_written(contents: Contents, began: Began, op: Op, tuples: Mapping[Value, tuple[Atom, ...]]) -> None:
    """Refuse what was written to since a loop began; what is not known of memory is left to the check of it."""
    where, turn, method, names = op.static
    if method is not None and not _is_lazy(contents.build.kind(op.args[0]), method):
        return
    parts = [(b, name) for a, name in zip(op.args, names) for b in tuples.get(a, (a,))]     # type: ignore[arg-type]
    values = [(v, name) for v, name in parts if isinstance(v, Value)]
    known = {v: name for v, name in values if v in contents.places}
    if not turn:
        began[where] = {v: _memory(contents, v) for v in known}
    for v, name in known.items():
        if began.get(where, {}).get(v) != _memory(contents, v):
            raise UnsupportedError(f"`{name}` is written to while a loop runs over a generator that reads it",
                                   origin=op.origin, construct="for", advice="make a list before the loop")
    if any(v not in known for v, _ in values):
        contents.build.add(op)


def late_mark(loop: For, turn: bool) -> Op:
    """The note of what the method `__iter__` of an object reads: before a loop over it, and at the begin of a turn."""
    name = getattr(loop.iter, "hint", None) or "what a loop runs over"
    static = (("__iter__", loop.target), turn, "__iter__", (name,))
    return Op((), prims.LATE, (loop.iter,), (), static, loop.origin)


def items_of(loop: For) -> Expansion:
    """What a loop over an object runs over; what its method reads is noted before that runs."""
    items = Value()
    made = Op((items,), prims.METHOD, (loop.iter,), (), "__iter__", loop.origin)
    return Expansion((late_mark(loop, False), made), (items,))


def _memory(contents: Contents, value: Value) -> tuple[Atom, ...]:
    """What the memory of a value holds now: of a view what it is a view of."""
    found = list(cells(contents.places[value]))
    if any(c in contents.lost or c not in contents.content for c in found):
        return contents.latest(value),      # refused, or read anew
    return tuple([contents.content[c] for c in found])


def _is_lazy(kind: Kind, method: str) -> bool:
    """Whether a method is a generator; of what an attribute or an element holds: `a.[].run`."""
    if isinstance(kind, Objects):
        return any(_is_lazy(each, method) for each in kind.variants)
    step, _, rest = method.partition(".")
    if not rest:
        cls = kind.cls if isinstance(kind, Dict) else None
        return cls is not None and is_lazy(cls, step)
    own = dict(kind.items or ()) if isinstance(kind, Dict) else {}
    return any(_is_lazy(each, rest) for each in ([own[step]] if step in own else _elements(kind)))


def _elements(kind: Kind) -> tuple[Kind, ...]:
    if isinstance(kind, Tuple):
        return kind.elts
    return (kind.elt,) if isinstance(kind, (List, Dict)) else ()


def without_late(region: Region) -> Region:
    """A region without the marks of what is read late."""
    return Region(tuple(_kept(region.stmts)), region.exit)


def _kept(stmts: Iterable[Stmt]) -> Iterator[Stmt]:
    for stmt in stmts:
        if not (isinstance(stmt, Op) and stmt.prim is prims.LATE):
            yield map_regions(stmt, without_late) if regions(stmt) else stmt
