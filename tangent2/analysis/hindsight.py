"""What inference must know and only the walk over memory shows: all is inferred again with that.

Inference goes by names: `kept[0].log.append(v)` tells it what `kept` holds from then on, but not what `box.log` does,
of an object that stands in `kept`.  Where memory is followed that is seen; then the kinds of attributes, lists and
dicts are what was found from the beginning.  A loop over a list whose elements have names, and are written to, is
written out if nothing less tells which of them each turn writes to.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tangent2.core.dims import forget_extents
from tangent2.core.kinds import Dict, Kind, List, Objects, Tuple, join
from tangent2.core.objectkinds import object_kind, roughly, within
from tangent2.core.syntax import Origin, Value
from tangent2.errors import TangentError

Holder = object     # a class with the name of an attribute, or the value that a list or dict is bound to when made
MOST_TURNS = 8      # of a loop that is written out
OF_RANGE = -1       # as many turns as the range has numbers


@dataclass
class Hindsight:
    """What is known beforehand.

    kinds: what holders hold beside what is stored in them by the names that they are read by.  loops: how many turns
    those make that are to be written out, by where they stand; 0 if not always as many, or `OF_RANGE`.
    rows: objects that stand in a row, of one class each or in a tuple, are written to there: these rows are lists.
    """

    kinds: dict[Holder, Kind] = field(default_factory=dict)
    loops: dict[Origin, int] = field(default_factory=dict)
    rows: bool = False

    def __bool__(self) -> bool:
        return bool(self.kinds) or any(self.loops.values()) or self.rows

    def learn(self, found: Hindsight) -> bool:
        """Add what was found; gives whether that is news."""
        before = dict(self.loops)
        for place, count in found.loops.items():
            self.add_loop(place, count)
        news = self.loops != before or found.rows and not self.rows
        self.rows = self.rows or found.rows
        for holder, kind in found.kinds.items():
            now = join(self.kinds[holder], kind) if holder in self.kinds else kind
            news = news or self.kinds.get(holder) != now
            self.kinds[holder] = now
        return news

    def add_loop(self, place: Origin, count: int) -> None:
        """Note how many turns a loop makes."""
        self.loops[place] = count if self.loops.get(place, count) == count <= MOST_TURNS else 0


class InHindsight(Exception):
    """All must be inferred again; `refusal`: what is said if that does not help."""

    def __init__(self, found: Hindsight, refusal: TangentError) -> None:
        super().__init__(str(refusal))
        self.found, self.refusal = found, refusal


def found_in(inferred: Kind, now: Kind) -> Iterator[tuple[Holder, Kind]]:
    """The attributes of objects of which less was inferred than they hold now, and what they hold."""
    if isinstance(inferred, List) and isinstance(now, List):
        yield from found_in(inferred.elt, now.elt)
    elif isinstance(inferred, Tuple) and isinstance(now, Tuple):
        for mine, its in zip(inferred.elts, now.elts):
            yield from found_in(mine, its)
    elif isinstance(inferred, Dict) and isinstance(now, Dict):
        held = dict(now.items or ())
        for name, mine in inferred.items or ():
            if name in held and inferred.cls is None:
                yield from found_in(mine, held[name])
            elif name in held and _is_more(mine, held[name]):
                inner = list(found_in(mine, held[name]))
                yield from inner or [((inferred.cls, name), forget_extents(held[name]))]


def _is_more(inferred: Kind, now: Kind) -> bool:
    return join(roughly(inferred), roughly(now)) != roughly(inferred)


def with_stored(kind: Kind, known: Mapping[Holder, Kind], value: Value | None = None) -> Kind:
    """A kind in which the attributes of objects hold what is known to be stored in them.

    >>> from tangent2.core.kinds import BOTTOM, FLOAT
    >>> with_stored(object_kind(int, {"log": List(BOTTOM)}), {(int, "log"): List(FLOAT)}).items
    (('log', List(elt=Number(dtype='float64', weak=True), tape=False)),)
    """
    if value in known:
        kind = join(kind, known[value])
    if isinstance(kind, List):
        return replace(kind, elt=with_stored(kind.elt, known))
    if isinstance(kind, (Tuple, Objects)):
        return within(kind, lambda k: with_stored(k, known))
    if not isinstance(kind, Dict) or kind.items is None:
        return kind
    items = {name: with_stored(k, known) for name, k in kind.items}
    if kind.cls is None:
        return replace(kind, items=tuple(items.items()))
    held = {name: join(k, known[kind.cls, name]) if (kind.cls, name) in known else k for name, k in items.items()}
    return replace(object_kind(kind.cls, held), optional=kind.optional, partial=kind.partial)
