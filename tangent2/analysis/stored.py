"""What is stored in the attributes of objects by other names than those they are read by.

Inference goes by names: `kept[0].log.append(v)` tells it what `kept` holds from then on, but not what `box.log` does,
of an object that stands in `kept`.  Where memory is followed that is seen; then all is inferred anew, with what was
found in the kinds of the attributes from the beginning.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tangent2.core.dims import forget_extents
from tangent2.core.kinds import Dict, Kind, List, Tuple, join
from tangent2.core.objectkinds import object_kind, roughly
from tangent2.core.syntax import Value
from tangent2.errors import UnsupportedError

Attribute = object      # of a class, with its name; or the value that a list or dict is bound to where it is made


class StoredOtherwise(Exception):
    """Attributes hold more than was inferred; `refusal`: what is said if that cannot be told beforehand."""

    def __init__(self, attributes: Mapping[Attribute, Kind], refusal: UnsupportedError) -> None:
        super().__init__(refusal.reason)
        self.attributes, self.refusal = attributes, refusal


def found_in(inferred: Kind, now: Kind) -> Iterator[tuple[Attribute, Kind]]:
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


def learn(known: dict[Attribute, Kind], found: Mapping[Attribute, Kind]) -> bool:
    """Add what was found to what is known of attributes; gives whether that is news."""
    news = False
    for attribute, kind in found.items():
        now = join(known[attribute], kind) if attribute in known else kind
        news = news or known.get(attribute) != now
        known[attribute] = now
    return news


def with_stored(kind: Kind, known: Mapping[Attribute, Kind], value: Value | None = None) -> Kind:
    """A kind in which the attributes of objects hold what is known to be stored in them.

    >>> from tangent2.core.kinds import BOTTOM, FLOAT
    >>> with_stored(object_kind(int, {"log": List(BOTTOM)}), {(int, "log"): List(FLOAT)}).items
    (('log', List(elt=Number(dtype='float64', weak=True), tape=False)),)
    """
    if value in known:
        kind = join(kind, known[value])
    if isinstance(kind, List):
        return replace(kind, elt=with_stored(kind.elt, known))
    if isinstance(kind, Tuple):
        return replace(kind, elts=tuple([with_stored(k, known) for k in kind.elts]))
    if not isinstance(kind, Dict) or kind.items is None:
        return kind
    items = {name: with_stored(k, known) for name, k in kind.items}
    if kind.cls is None:
        return replace(kind, items=tuple(items.items()))
    held = {name: join(k, known[kind.cls, name]) if (kind.cls, name) in known else k for name, k in items.items()}
    return replace(object_kind(kind.cls, held), optional=kind.optional)
