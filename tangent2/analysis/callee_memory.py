"""What a caller must know of a callee's memory, and how the parts of its result are named there."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tangent2.analysis.known import FINAL
from tangent2.analysis.nodes import Key, is_attribute
from tangent2.core import kinds as k
from tangent2.core.syntax import Callee


# Nodes of arguments, by their positions (None: all of them), and whether it may be something else.
Source = tuple[tuple[tuple[int, "Key | None"], ...], bool]


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a caller must know of a callee's memory.

    sources: for each node of the result the nodes of arguments that it may come from, and whether it may come from
        outside; None if nothing is known.
    shared: whether parts of the result may share memory with each other.
    consumes: positions of the arguments that the callee may write to or empty.
    reaches: whether it may write into arrays that objects among these hold.
    makes: whether objects in its result surely are made in it.
    apart: how many arguments, the first ones, it takes to share no memory.
    """

    sources: dict[Key, Source] | None = None
    shared: bool = True
    consumes: tuple[int, ...] = ()
    reaches: bool = False
    makes: bool = False
    apart: int = 0


Summary = Callable[[Callee, tuple[k.Kind, ...]], CallFacts]


def nothing_known(callee: Callee, kinds: tuple[k.Kind, ...]) -> CallFacts:
    """The summary of a callee that may return whatever it finds."""
    return CallFacts()


def by_position(key: Key, kind: k.Kind) -> Key:
    """A node of a result as it is in the core of a callee, where objects are tuples.

    >>> by_position((("w",), "T", 1), k.object_kind(int, {"n": k.FLOAT, "w": k.Array()}))
    ((1,), 'T', 1)
    """
    if not is_attribute(key):
        return key
    path: list[Any] = []
    for part in key[0]:
        items = kind.items or () if isinstance(kind, k.Dict) else tuple(enumerate(getattr(kind, "elts", ())))
        found = next((at for at, (name, _) in enumerate(items) if name == part), None)
        path.append(part if found is None else found)
        kind = k.UNKNOWN if found is None else items[found][1]
    return tuple(path), key[1], key[2]


def may_be_several(kind: k.Kind) -> bool:
    """Whether a value is, or holds, objects of several classes: of these the core of a callee tells nothing, where they
    are tuples, not even that one may stand twice.

    >>> may_be_several(k.List(k.FLOAT)), may_be_several(k.List(k.Objects(None, k.UNKNOWN, object)))
    (False, True)
    """
    return isinstance(kind, (k.Objects, k.Records)) or any(map(may_be_several, k.parts_of(kind)))


def given_back(callee: Callee) -> tuple[int, ...]:
    """The positions of the arguments that a callee gives back, as they are at its end, after its result."""
    found = isinstance(callee.key, tuple) and callee.key[0] == FINAL
    return tuple(callee.key[2]) if found else ()        # type: ignore[index]
