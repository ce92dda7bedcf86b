"""What a function gives back of its arguments, as its result or in it: so its callers know the memory."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tangent2.analysis.aliases import Cell, Place, View, same, shows
from tangent2.core import prims
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Atom, Const, Gift, Op, Region, Return, Value, regions

Returned = Mapping[tuple[int, ...], "Place | None"]     # the places of a result, and of the parts of a tuple


def given(params: tuple[Value, ...], places: Mapping[Value, Place], returned: Iterable[Returned]) -> tuple[Gift, ...]:
    """The arguments that the results, which lie at these places at the exits, are or show.

    >>> x, cell = Value("x"), Cell()
    >>> given((x,), {x: cell}, [{(): cell}, {(): cell}]) == (Gift((), x),)
    True
    >>> given((x,), {x: cell}, [{(): cell}, {(): None}])
    ()
    """
    exits = list(returned)
    paths = [path for path in (exits[0] if exits else ()) if len({exit.get(path) for exit in exits}) == 1]
    found = [_gift(path, params, places, exits[0][path]) for path in paths]
    return tuple([gift for gift in found if gift is not None])


def _gift(path: tuple[int, ...], params: tuple[Value, ...], places: Mapping[Value, Place],
          place: Place | None) -> Gift | None:
    views: list[Op] = []
    while isinstance(place, View) and all(isinstance(a, Const) for a in place.op.args[1:]):
        views.insert(0, place.op)
        place = place.base
    param = next((p for p in params if isinstance(place, Cell) and places.get(p) == place), None)
    return None if param is None else Gift(path, param, tuple(views))


def returned(result: Atom, tuples: Mapping[Value, tuple[Atom, ...]], place: Callable[[Atom], Place | None]) -> Returned:
    """The places of a result, and of its parts where it is a tuple made of them."""
    parts = tuples.get(result, ()) if isinstance(result, Value) else ()
    return {(): place(result), **{(k,): place(part) for k, part in enumerate(parts)}}


def given_unwritten(params: tuple[Value, ...], body: Region, kind_of: Callable[[Atom], Kind]) -> tuple[Gift, ...]:
    """The same, of a function that writes to nothing."""
    places: dict[Atom, Place] = {p: Cell() for p in params}
    tuples: dict[Value, tuple[Atom, ...]] = {}
    for op in body.stmts:
        if not isinstance(op, Op) or not op.args or len(op.outs) != 1:
            continue
        if op.prim is prims.TUPLE:
            tuples[op.out] = op.args
        base = places.get(op.args[0])
        if base is not None and same(op, kind_of):
            places[op.out] = base
        elif base is not None and shows(op, base, kind_of):
            places[op.out] = View(base, op)
    return given(params, {p: places[p] for p in params}, [returned(v, tuples, places.get) for v in _results(body)])


def _results(region: Region) -> Iterator[Atom]:
    """What the exits of a function return."""
    if isinstance(region.exit, Return):
        yield region.exit.vals[0]
    for stmt in region.stmts:
        for inner in regions(stmt):
            yield from _results(inner)
