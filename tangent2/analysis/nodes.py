"""Nodes of memory that values have by their kinds, and a relation between nodes: may be the same object or overlap.

A value has a node for its own object (role `T`) and nodes for what can be reached inside it (role `I`), arrays and
mutable containers apart (planes: an array never is a container; what is unknown has nodes for both); a tuple has the
nodes of its elements, an object those of its attributes beside its own.  An inner node related to itself tells that
two different parts of the inside may be the same object.  Sets of nodes are bit masks.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from tangent2.core import kinds as k
from tangent2.core.syntax import Atom, Value

ARRAYS, CONTAINERS = 1, 2                   # planes: an array never is a container
OUTSIDE = 0b11                              # the two nodes of the outside, one per plane
Key = tuple[tuple[Any, ...], str, int]      # path through tuples and attributes of objects, role, plane
Node = int
Source = tuple[Node, int]                   # a node that is bound, and the mask of what it may be or be part of


@lru_cache(maxsize=1 << 14)
def bits(mask: int) -> tuple[int, ...]:
    """The numbers of the bits set.

    >>> bits(0b10110)
    (1, 2, 4)
    """
    digits = bin(mask)[:1:-1]           # to search them is faster than arithmetic on long integers
    found = []
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return tuple(found)


@lru_cache(maxsize=4096)
def layout(kind: k.Kind) -> tuple[Key, ...]:
    """The nodes of a value of this kind.

    >>> layout(k.FLOAT), layout(k.Array()), layout(k.List(k.Array()))
    ((), (((), 'T', 1),), (((), 'T', 2), ((), 'I', 1)))
    """
    if isinstance(kind, k.Array):
        return (((), "T", ARRAYS),)
    if isinstance(kind, k.Objects):
        return ((), "T", CONTAINERS), *_insides(ARRAYS | CONTAINERS)
    if isinstance(kind, k.Dict) and kind.cls is not None:
        return ((), "T", CONTAINERS), *[((name, *path), role, planes) for name, own in kind.items or ()
                                        for path, role, planes in layout(own)]
    if isinstance(kind, (k.List, k.Dict)):
        return ((), "T", CONTAINERS), *_insides(_planes(kind.elt))
    if isinstance(kind, k.Unknown):
        return ((), "T", CONTAINERS), ((), "T", ARRAYS), *_insides(ARRAYS | CONTAINERS)
    if isinstance(kind, k.Tuple):
        return tuple(((i, *path), role, planes)
                     for i, elt in enumerate(kind.elts) for path, role, planes in layout(elt))
    if isinstance(kind, k.Iterator):
        return _insides(ARRAYS | CONTAINERS)
    return _insides(_planes(kind))


def is_attribute(key: Key) -> bool:
    """Whether a node is one of what an object holds."""
    return any(isinstance(part, str) for part in key[0])


def _insides(planes: int) -> tuple[Key, ...]:
    return tuple(((), "I", p) for p in (CONTAINERS, ARRAYS) if planes & p)


@lru_cache(maxsize=4096)
def _planes(kind: k.Kind) -> int:
    """Which planes what a value is or holds may lie in."""
    if isinstance(kind, k.Array):
        return ARRAYS
    if isinstance(kind, (k.List, k.Dict)):
        return CONTAINERS | _planes(kind.elt)
    if isinstance(kind, (k.Tuple, k.FunctionKind)):
        planes = 0
        for inner in kind.elts if isinstance(kind, k.Tuple) else kind.captured:
            planes |= _planes(inner)
        return planes
    return ARRAYS | CONTAINERS if isinstance(kind, (k.Unknown, k.Iterator)) else 0


def _is_there(key: Key, there: Collection[Key]) -> bool:
    """Whether a value with these nodes has one more, or is a container that holds nothing of the kind (yet)."""
    return key in there or key[1] == "I" and (key[0], "T", CONTAINERS) in there


class Relation:
    """The nodes of some values and what they are related to now; a definition executed again starts anew."""

    def __init__(self) -> None:
        self.keys: dict[Atom, tuple[tuple[Key, Node], ...]] = {}
        self.nodes: dict[Value, int] = {}
        self.rows: list[int] = [1, 2]
        self.owner: list[Value | None] = [None, None]
        self.plane: list[int] = [ARRAYS, CONTAINERS]
        self.masks: list[int] = [0, 1, 2]               # nodes by plane
        self.inner = OUTSIDE                            # nodes of role I
        self.attributes = 0                             # nodes of what objects hold

    def enter(self, value: Value, kind: k.Kind) -> None:
        """Give a value its nodes."""
        found = []
        for key in layout(kind):
            bit = 1 << len(self.rows)
            found.append((key, len(self.rows)))
            self.rows.append(0)
            self.owner.append(value)
            self.plane.append(key[2])
            self.masks[key[2]] |= bit
            if key[1] == "I":
                self.inner |= bit
            if is_attribute(key):
                self.attributes |= bit
        if found:
            self.keys[value], self.nodes[value] = tuple(found), sum(1 << n for _, n in found)

    def all(self, *atoms: Atom) -> int:
        """All nodes of some values."""
        mask = 0
        for a in atoms:
            if isinstance(a, Value):
                mask |= self.nodes.get(a, 0)
        return mask

    def tops(self, atom: Atom) -> int:
        return self.all(atom) & ~self.inner & ~self.attributes

    def insides(self, atom: Atom) -> int:
        return self.all(atom) & (self.inner | self.attributes)

    def near(self, sources: int) -> int:
        """What nodes are related to; themselves only where two parts of their insides may be the same."""
        found = 0
        rows = self.rows
        for n in bits(sources):
            found |= rows[n]
        return found

    def kill(self, nodes: Iterable[Node]) -> None:
        """Forget what nodes were related to."""
        rows = self.rows
        for n in nodes:
            row, rows[n] = rows[n], 0
            if row:
                others = ~(1 << n)
                for other in bits(row & others):
                    rows[other] &= others

    def add(self, rows: Sequence[tuple[Node, int]]) -> None:
        """Relate nodes to those of a mask, both ways."""
        known = self.rows
        together: dict[int, int] = {}       # nodes by what is new to them: mostly the same for all of one value
        own = 0
        for node, row in rows:
            bit = 1 << node
            new = row & ~known[node]
            known[node] |= row
            for other in bits(new & own):
                known[other] |= bit
            own |= bit
            new &= ~own
            if new:
                together[new] = together.get(new, 0) | bit
        for new, nodes in together.items():
            for other in bits(new):
                known[other] |= nodes

    def define(self, sources: list[Source], split: bool = False) -> None:
        """Bind nodes anew, each to a part of its sources; `split`: to different parts if those are told apart."""
        self.kill([n for n, _ in sources])
        self.add(self.rows_of(sources, split))

    def rows_of(self, sources: list[Source], split: bool = False) -> list[tuple[Node, int]]:
        """The rows that nodes get from their sources in the relation as it is now."""
        own = 0
        for node, _ in sources:
            own |= 1 << node
        done: dict[int, tuple[int, int]] = {}       # by what they may be: what that is related to, and the nodes
        seen = seen_near = 0
        result = []
        for node, mask in sources:
            allowed = self.masks[self.plane[node]]
            mask &= allowed
            if not mask:
                continue
            bit = 1 << node
            near, same = done.get(mask) or (self.near(mask), 0)
            row = (near | mask) & allowed & ~own
            if near & mask and self.inner & bit:
                row |= bit
            if (near | mask) & seen or mask & seen_near:
                for other, (other_near, others) in done.items():
                    common = mask & other & near if split else mask & other
                    if common or near & other or other_near & mask:
                        row |= others
            done[mask] = near, same | bit
            seen |= mask
            seen_near |= near
            result.append((node, row))
        return result

    def each(self, value: Value, sources: int) -> list[Source]:
        """All nodes of a value from the same sources."""
        return [(n, sources) for _, n in self.keys.get(value, ())]

    def inside(self, value: Value, held: int, top: int = 0) -> list[Source]:
        """A fresh container that holds something: its own object is new, or `top`."""
        return [(n, top if key[1] == "T" and not key[0] else held) for key, n in self.keys.get(value, ())]

    def matched(self, value: Value, atom: Atom, prefix: tuple[Any, ...] = ()) -> list[Source]:
        """Sources part by part where both have the same layout (that of `atom` below `prefix`), else all to all."""
        if not isinstance(atom, Value) or atom not in self.keys:
            return self.each(value, 0)
        depth = len(prefix)
        there = {(path[depth:], role, planes): n
                 for (path, role, planes), n in self.keys[atom] if path[:depth] == prefix}
        mine = self.keys.get(value, ())
        if all(key in there for key, _ in mine):
            return [(n, 1 << there[key]) for key, n in mine]
        if all(_is_there(key, there) for key, _ in mine) and there.keys() <= {key for key, _ in mine}:
            return [(n, 1 << there[key] if key in there else 0) for key, n in mine]
        return self.each(value, sum(1 << n for n in there.values()))
