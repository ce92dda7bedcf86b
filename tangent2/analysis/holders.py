"""Holders: when memory is written to, the lists, dicts and objects that hold it are put together anew.

Of each it is asked whether all that it holds is told apart from what is written to, or is that, and so is put back: who
reads it then sees what Python shows.  Of what is not told apart `analysis/memory.py` asks what it may be.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from tangent2.analysis.aliases import Cell, Choice, Place, View, cells, is_firm, is_known, leaves
from tangent2.analysis.held import ALONE, SOLE, Held, Slots, elements, may_hold, named
from tangent2.analysis.renewed import Renewed, Route, leads_to, routes
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Kind, List, Tuple
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op, Value


@dataclass(frozen=True)
class Target:
    """What is written to: how it is reached, and in which cells it lies.

    known: it surely is other memory than what is known elsewhere.  born: when, at the latest, if that can be told.
    arrays, containers: which of these may change.
    """

    routes: frozenset[Route] = frozenset()
    cells: frozenset[Cell] = frozenset()
    known: bool = False
    born: float = inf
    arrays: bool = True
    containers: bool = True


class Holders(Held):
    """Contents in which lists, dicts and objects follow the memory that they hold."""

    def __init__(self, build: Builder) -> None:
        super().__init__(build)
        self.target = Target()
        self.of_arguments: set[Cell] = set()
        self.follows: set[Value] = set()        # lists whose last element was put back
        self.settled: Cell | None = None        # the list whose elements are being read back
        self.following: frozenset[Cell] = frozenset()       # containers that are being written to with what they hold
        self.choosing = False       # in a branch made to write to one of two places

    def begin_write(self, places: Iterable[Place | None], arrays: bool, containers: bool, deep: bool) -> Renewed:
        """What will be renewed with a write to some places: to arrays, to containers; `deep`: and what these hold."""
        given = [leaf for place in places if place is not None for leaf in leaves(place)]
        found = {c for place in given for c in cells(place)}
        held = self.reached(given)[0] - found if deep else set()
        self.target = Target(arrays=arrays, containers=containers)
        self.target = replace(
            self.target, known=all(self.is_sure(p, deep) for p in (*given, *held)), cells=frozenset(found | held),
            born=inf if deep else max(map(self.birth, given), default=inf),
            routes=frozenset({r for place in given for r in routes(place, self.build.kind)} | {(c,) for c in held}))
        self.touched = Renewed()
        return self.touched

    def is_sure(self, place: Place, deep: bool) -> bool:
        """Whether it surely is known which memory a place is and, with `deep`, what it holds."""
        if isinstance(place, View):
            return is_firm(place) or self.is_alone(place)
        assert isinstance(place, Cell)
        if place not in self.content:
            return False
        if isinstance(self.build.kind(self.content[place]), Array):
            return place.firm
        slots = self.held.get(place)
        told = not deep or slots is not None and not any(
            slot is None and self.concerns(self.kind_at(place, key)) for key, slot in slots.items())
        return told and self.is_other(place)

    def birth(self, place: Place) -> float:
        """When the memory of a place was made, at the latest."""
        return inf if not isinstance(place, Cell) else -1 if place in self.of_arguments else self.born.get(place, inf)

    def is_other(self, cell: Cell) -> bool:
        """Whether a list, dict or object surely is no other of those of which this is so."""
        return is_known(cell) or cell in self.of_arguments

    def reached(self, places: Iterable[Place | None]) -> tuple[set[Cell], bool]:
        """The memory of some places, and of what is known to be held in them; and whether it is reached twice."""
        left, seen, twice = [p for p in places if p is not None], set[Cell](), False
        while left:
            for cell in set(cells(left.pop())):
                if cell in seen:
                    twice = True
                    continue
                seen.add(cell)
                slots = (*self.held.get(cell, {}).values(), *self.tails.get(cell, (0, ()))[1])
                left += [s for s in slots if s is not None and named(s) is not None]
        return seen, twice

    # ---- what is told apart ----

    def knows(self, box: Cell, seen: frozenset[Cell] = frozenset()) -> bool:
        """Whether a container, and all that it holds, is told apart from what is written to, or is that."""
        slots, target = self.held.get(box), self.target
        other = not target.containers or box in target.cells or self.is_other(box) and (
            target.known or box.made is not None and target.born < self.born.get(box, -1))
        if box in seen or not other or box not in self.content:
            return False
        if slots is None:
            return not any(map(self.concerns, elements(self.build.kind(self.content[box]))))
        return all(self.tells(box, key, slot, seen | {box}) for key, slot in slots.items())

    def tells(self, box: Cell, key: Any, slot: Place | None, seen: frozenset[Cell] = frozenset()) -> bool:
        """Whether what stands in a container by some key is told apart from what is written to, or is that."""
        kind = self.kind_at(box, key)
        if not self.concerns(kind) or any(leads_to(route, (box, key)) for route in self.target.routes):
            return True
        if slot is ALONE or slot is SOLE:
            return self.target.known or self.target.born < self.born.get(box, -1)   # nobody has seen it before
        return slot is not None and all(self.is_told(leaf, kind, seen) for leaf in leaves(slot))

    def concerns(self, kind: Kind) -> bool:
        """Whether what is written to may be (part of) a value of a kind."""
        if isinstance(kind, Array):
            return self.target.arrays
        return self.target.containers and _has_containers(kind) or may_hold(kind)

    def is_told(self, place: Place, kind: Kind, seen: frozenset[Cell]) -> bool:
        if isinstance(kind, Array):
            later = isinstance(place, Cell) and place.made is not None and self.target.born < self.born.get(place, -1)
            return (self.target.known or later) and (is_firm(place) or self.is_alone(place)) or all(
                any(leads_to(own, route) for own in self.target.routes) for route in routes(place, self.build.kind))
        if not isinstance(place, Cell) or not isinstance(kind, (List, Dict)) or place not in self.content:
            return False
        return self.knows(place, seen)

    def tell(self) -> None:
        """Note of which containers, or attributes of objects, all is told apart."""
        for box, slots in self.held.items():
            if box not in self.content:
                continue
            kind = self.build.kind(self.content[box])
            if self.knows(box):
                self.touched.routes.add((box,))
            elif isinstance(kind, Dict) and kind.cls is not None:
                self.touched.routes.update(
                    (box, key) for key, slot in slots.items() if self.tells(box, key, slot))

    # ---- what follows a write ----

    def put(self, place: Place, new: Atom) -> None:
        super().put(place, new)
        if isinstance(place, Cell) and not self.choosing:
            self.put_into_lists(place)
        if isinstance(place, View) and isinstance(place.base, Cell) and place.base in self.held:
            self.read_back(place.base, place.op)

    def put_either(self, place: Choice, new: Atom) -> None:
        """Write to one of two places; lists that hold them follow after the branch."""
        outer, self.choosing = self.choosing, True
        super().put_either(place, new)
        self.choosing = outer
        if not outer:
            for cell in dict.fromkeys(cells(place)):
                self.put_into_lists(cell)

    def put_into_lists(self, cell: Cell) -> None:
        """An array was written to: the lists that hold it hold what it is now."""
        if not self.following:
            self.tell()
        for box, slots in list(self.held.items()):
            if box is self.settled or box in self.following or box not in self.content:
                continue
            for key, slot in slots.items():
                self.put_into(box, key, slot, cell)
        made = -1 if cell.made is None else self.order.get(cell.made.outs[0], -1)
        for box, (since, tail) in list(self.tails.items()):
            if box in self.held or box in self.following or box not in self.content or not tail or not cell.firm \
                    or made < since:
                continue
            if all(self.tells(box, k - len(tail), slot) for k, slot in enumerate(tail)):
                self.touched.routes.add((box,))
            for k, slot in enumerate(tail):
                self.put_into(box, k - len(tail), slot, cell)

    def put_into(self, box: Cell, key: Any, slot: Place | None, cell: Cell) -> None:
        """An element of a list or dict that lies in a cell becomes what that holds now."""
        if slot is None or named(slot) is None or cell not in cells(slot):
            return
        like = self.content[box]
        part = self.look(slot, self.content[next(cells(slot))])     # type: ignore[arg-type]
        made = self.build.op(prims.SETITEM, like, Const(key), part, static=ONE_ITEM)
        again = self.named(made, box, like)     # type: ignore[arg-type]
        if key == -1:
            self.follows.add(again)
        self.restored.add(again)
        self.touches[again] = self.touched
        self.touched.parts[box, key] = slot
        outer, self.following = self.following, self.following | {box}
        self.put(box, again)
        self.following = outer

    def read_back(self, box: Cell, op: Op) -> None:
        """An element was written to by an index that is not known: what has a name beside is what the list holds."""
        slots: Slots = self.held[box]
        if self.position(box, op.args[1]) is not None:
            return
        known = [s for s in map(named, slots.values()) if s is not None]
        touched = [c for s in known for c in set(cells(s))]
        if self.choosing or len(touched) > len(set(touched)):
            self.held.pop(box)      # the same memory twice: which of them was written is not known
            return
        outer, self.settled = self.settled, box
        for key, slot in slots.items():
            if slot is not None and named(slot) is not None:
                part = self.build.op(prims.GETITEM, self.content[box], Const(key), static=ONE_ITEM)
                self.order[part] = self.tick()
                self.lose(slot)
                self.write(slot, part)
        self.settled = outer


def _has_containers(kind: Kind) -> bool:
    """Whether something of a kind is a list or a dict, or a tuple that holds such."""
    return isinstance(kind, (List, Dict)) or isinstance(kind, Tuple) and any(map(_has_containers, kind.elts))
