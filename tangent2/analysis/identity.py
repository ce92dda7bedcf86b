"""Identity: `a is b` of arrays, lists, dicts and objects, which in the core are values and have no identity.

It is told from the memory that the two name: one place, places that surely differ, or elements of one container.  Those
are the same object where their indices are equal, if that holds no object twice: `analysis/memory.py` sees to it.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from tangent2.analysis.aliases import Cell, Place, View, has_memory
from tangent2.analysis.contents import called, is_element
from tangent2.analysis.handed import Calls
from tangent2.analysis.held import ALONE, SOLE, is_list
from tangent2.analysis.known import Boldness, Callees
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, List
from tangent2.core.syntax import Atom, Const, Op, Region, Value, walk
from tangent2.errors import UnsupportedError

_TESTS = {prims.IS: prims.EQ, prims.IS_NOT: prims.NE}


@dataclass(frozen=True)
class Indices:
    """Two names are one object where these indices of a container are equal."""

    container: Place
    first: Atom
    second: Atom


Told = Union[bool, Indices, None]


class Identity(Calls):
    """Contents of which it is told whether two names are one object."""

    def __init__(self, build: Builder, walked: Mapping[Value, tuple[Atom, ...]], callees: Callees,
                 boldness: Boldness) -> None:
        super().__init__(build, walked, callees, boldness)
        self.distinct: list[tuple[Atom, Op]] = []       # containers that are taken to hold no object twice, and where
        self.asked = False                  # whether there are such

    def is_test(self, op: Op) -> bool:
        """Whether an operation asks if two names, of what can be written to, are one object."""
        return op.prim in _TESTS and all(has_memory(self.build.kind(a)) for a in op.args)

    def may_test(self, region: Region) -> bool:
        """Whether this is asked anywhere in a region."""
        return any(isinstance(s, Op) and self.is_test(s) for s in walk(region))

    def test(self, op: Op) -> None:
        """Tell whether two names are one object."""
        found = self.identical(op)
        args: tuple[Atom, Atom] = Const(0), Const(0 if found else 1)
        if isinstance(found, Indices):
            args = self.read(found.first), self.read(found.second)
            self.distinct.append((self.look(found.container, self.build.value(self.build.kind(op.args[0]))), op))
            self.asked = True       # what it holds may come from arguments, which hold no object twice either
            self.into_arrays |= isinstance(self.build.kind(op.args[0]), Array)
        self.build.add(Op(op.outs, _TESTS[op.prim], args, (), None, op.origin))
        self.enter(op.out)

    def identical(self, op: Op) -> bool | Indices:
        """Whether two names are one object, or the indices that must be equal."""
        a, b = op.args
        found = True if a is b else self.compared(self.place(a), self.place(b))
        if isinstance(found, Indices) and not self.are_comparable(found):
            found = None
        if found is None:
            raise UnsupportedError(f"whether {called(a)} and {called(b)} are one object is not known", origin=op.origin,
                                   construct="is", advice="compare what tells them apart, as `i == j` of "
                                   "`for i, a in enumerate(...)`")
        return found

    def compared(self, a: Place | None, b: Place | None) -> Told:
        """The same of two places; None if it is not known."""
        if a is None or b is None or not self.is_object(a) or not self.is_object(b):
            return None
        if a == b:
            return True
        if isinstance(a, Cell) and isinstance(b, Cell):
            given = {a, b} <= self.of_arguments     # of these nobody says whether they differ
            return False if not given and self.is_another(a) and self.is_another(b) else None
        if isinstance(a, View) and isinstance(b, View) and a.base == b.base:
            return Indices(a.base, a.op.args[1], b.op.args[1]) if self.is_looked_at(a) else None
        if self.is_of_own(a) or self.is_of_own(b):
            return False
        if isinstance(a, Cell) and isinstance(b, View):
            key = self.only_key(b.base, a)
            return None if key is None else Indices(b.base, key, b.op.args[1])
        return self.compared(b, a) if isinstance(a, View) and isinstance(b, Cell) else None

    def only_key(self, box: Place, cell: Cell) -> Const | None:
        """The one key under which an object stands in a container of which all that stands in it is known."""
        slots = self.held.get(box, {}) if isinstance(box, Cell) else {}
        found = [key for key, slot in slots.items() if slot == cell]
        return Const(found[0]) if len(found) == 1 and all(isinstance(slot, Cell) for slot in slots.values()) else None

    def is_object(self, place: Place) -> bool:
        """Whether a place stands for a whole object, and always for the same: views of arrays are made anew."""
        if isinstance(place, View):
            return is_element(place.op) and isinstance(self.build.kind(place.op.args[0]), (List, Dict))
        return isinstance(place, Cell)

    def is_looked_at(self, element: View) -> bool:
        """Whether it is seen, when a derivative is called, if such an element stands twice in its arguments."""
        kind = self.build.kind(element.op.out)
        return isinstance(kind, Array) or isinstance(kind, Dict) and kind.cls is not None

    def is_another(self, cell: Cell) -> bool:
        """Whether memory surely is none of that of which the same is said."""
        kind = self.build.kind(self.content[cell]) if cell in self.content else None
        return cell.firm if isinstance(kind, Array) else self.is_other(cell)

    def is_of_own(self, place: Place) -> bool:
        """Whether a place is an element of a container of which no element has another name."""
        slots = self.held.get(place.base) if isinstance(place, View) and isinstance(place.base, Cell) else None
        return slots is not None and all(slot is ALONE or slot is SOLE for slot in slots.values())

    def are_comparable(self, found: Indices) -> bool:
        """Whether indices are equal exactly where they mean the same element: none of them counts from the end."""
        slots = self.held.get(found.container) if isinstance(found.container, Cell) else None
        if slots is not None and not is_list(slots):
            return True
        return all(self.counts_up(index) for index in (found.first, found.second))

    def counts_up(self, index: Atom) -> bool:
        if isinstance(index, Const):
            return isinstance(index.value, str) or type(index.value) is int and index.value >= 0
        return index in self.walked
