"""What a function gives back of its arguments: one of them, or a view of one, so that callers know the memory."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tangent2.analysis.aliases import Cell, Place, View, same, shows
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Atom, Const, Op, Region, Return, Value, regions

Given = tuple["Value | None", tuple[Op, ...]]
NOTHING: Given = (None, ())


def given(params: tuple[Value, ...], places: Mapping[Value, Place], returned: Iterable[Place | None]) -> Given:
    """The argument that the results, all of which lie at these places, are; and the views of it that they are.

    >>> x, cell = Value("x"), Cell()
    >>> given((x,), {x: cell}, [cell, cell]) == (x, ())
    True
    >>> given((x,), {x: cell}, [cell, None])
    (None, ())
    """
    found = set(returned)
    place = found.pop() if len(found) == 1 else None
    views: list[Op] = []
    while isinstance(place, View) and all(isinstance(a, Const) for a in place.op.args[1:]):
        views.insert(0, place.op)
        place = place.base
    param = next((p for p in params if isinstance(place, Cell) and places.get(p) == place), None)
    return NOTHING if param is None else (param, tuple(views))


def given_unwritten(params: tuple[Value, ...], body: Region, kind_of: Callable[[Atom], Kind]) -> Given:
    """The same, of a function that writes to nothing."""
    places: dict[Value, Place] = {p: Cell() for p in params}
    for op in body.stmts:
        base = places.get(op.args[0]) if isinstance(op, Op) and op.args else None       # type: ignore[arg-type]
        if base is None or not isinstance(op, Op) or len(op.outs) != 1:
            continue
        if same(op, kind_of):
            places[op.out] = base
        elif shows(op, base, kind_of):
            places[op.out] = View(base, op)
    return given(params, places, [places.get(v) for v in _returned(body)])      # type: ignore[arg-type]


def _returned(region: Region) -> Iterator[Atom]:
    """What the exits of a function return."""
    if isinstance(region.exit, Return):
        yield region.exit.vals[0]
    for stmt in region.stmts:
        for inner in regions(stmt):
            yield from _returned(inner)
