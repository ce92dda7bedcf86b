"""What lists and objects hold: arrays that have names beside, so that a write through one is seen through the other.

Known are those made in sight: for each place in them the memory that stands there, or None where nothing else names it.
What is not known is left to `analysis/memory.py`, which refuses it.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tangent2.analysis.aliases import Cell, Choice, Place, View, cells, has_memory
from tangent2.analysis.contents import Contents, stays
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, List
from tangent2.core.syntax import Atom, Const, IndexSpec, Op, Value

Slots = Mapping[Any, "Place | None"]     # by index, or by the name of an attribute
_AT = IndexSpec((None,))


def is_list(slots: Slots) -> bool:
    """Whether what is known of is a list."""
    return all(type(k) is int for k in slots)


class Held(Contents):
    """Contents that know what lists hold."""

    def __init__(self, build: Builder) -> None:
        super().__init__(build)
        self.held: dict[Cell, Slots] = {}
        self.settled: Cell | None = None        # the list whose elements are being read back
        self.choosing = False       # in a branch made to write to one of two places

    def made_list(self, op: Op) -> None:
        """A display: its elements that have names, or share memory with each other, are known from now on."""
        place = self.places.get(op.out)
        keys = range(len(op.args)) if op.prim is prims.LIST else op.static.names if op.prim is prims.NEW else \
            op.static if op.prim is prims.DICT else None
        if keys is not None and isinstance(place, Cell):
            self.held[place] = {key: self.slot(a, op.args) for key, a in zip(keys, op.args)}

    def slot(self, atom: Atom, others: tuple[Atom, ...] = ()) -> Place | None:
        """The memory that an element shares with something else."""
        place = self.places.get(atom) if isinstance(atom, Value) else None
        kind = self.build.kind(atom)
        if not isinstance(kind, Array) and not (isinstance(kind, Dict) and kind.cls is not None):
            return None
        if isinstance(place, Cell) and getattr(atom, "hint", None) is None and others.count(atom) < 2:
            return None
        return place

    def element(self, op: Op) -> Place | None:
        """The memory that an operation reads from a list, where it has another name."""
        place = self.places.get(op.args[0]) if op.prim is prims.GETITEM else None       # type: ignore[arg-type]
        k = self.position(place, op.args[1]) if place is not None and op.static == _AT else None
        return None if k is None else self.held[place][k]       # type: ignore[index]

    def position(self, place: Place, index: Atom) -> Any:
        """Which element of what is known an index means; None if that is not known."""
        slots = self.held.get(place) if isinstance(place, Cell) else None
        if slots is None or not isinstance(index, Const):
            return None
        k = index.value
        if type(k) is int and k < 0 and is_list(slots):
            k += len(slots)
        return k if type(k) in (int, str) and k in slots else None

    def unpacked(self, op: Op, base: Place) -> bool:
        """Bind rows or elements that are taken apart, `a, b = m`; gives False if it is not known which they are."""
        if op.static[1] or not isinstance(self.build.kind(op.args[0]), (Array, List)):
            return False
        slots = self.held.get(base, {}) if isinstance(base, Cell) else {}
        for k, out in enumerate(op.outs):
            if slots.get(k) is not None:
                self.enter(out, slots[k])
                continue
            row = Op((out,), prims.GETITEM, (op.args[0], Const(k)), (), IndexSpec((None,)), op.origin)
            self.enter(out, View(base, row) if has_memory(self.build.kind(out)) else None)
        return True

    def detach(self, op: Op, container: Place) -> None:
        """Names of elements of a list or dict stay what they were when another object takes the element's place."""
        keeps = op.prim in (*prims.UPDATES.values(), prims.AT_ADD)
        for value, place in list(self.places.items()):
            if isinstance(place, View) and place.base == container and not keeps and not stays(op, place.op) \
                    and (value in self.now or all(c in self.content for c in cells(place))):
                self.places[value] = cell = Cell()
                self.content[cell] = self.now[value] if value in self.now else self.look(place, value)
                self.now[value] = self.content[cell]

    def holds(self, place: Place | None, index: Atom, part: Place | None) -> bool:
        """Whether a part is known to stand in a list by this index."""
        k = None if place is None or part is None else self.position(place, index)
        return k is not None and self.held[place][k] == part        # type: ignore[index]

    def changed(self, op: Op, base: Place) -> None:
        """An update of a list itself: what it holds after it."""
        slots = self.held.get(base) if isinstance(base, Cell) else None
        new: Slots | None = None
        if slots is not None and op.prim is prims.PUSH:
            new = {**slots, len(slots): self.slot(op.args[1])}
        elif slots and op.prim is prims.POP and len(op.args) == 1:
            new = {k: slots[k] for k in range(len(slots) - 1)}
        elif slots is not None and op.prim is prims.SETITEM and op.static == _AT:
            k = self.position(base, op.args[1])
            key = op.args[1].value if isinstance(op.args[1], Const) and isinstance(
                self.build.kind(op.args[0]), Dict) else k
            new = None if key is None else {**slots, key: self.slot(op.args[2])}
        if not isinstance(base, View):      # what a part of it holds is another matter
            self.lose(base)
        held = () if new is None else new.values()
        if new is not None and isinstance(base, Cell) and not any(s is not None and base in cells(s) for s in held):
            self.held[base] = new

    def last(self, base: Place) -> Place | None:
        """The memory of the last element of a list, where it has another name."""
        slots = self.held.get(base, {}) if isinstance(base, Cell) else {}
        return slots.get(len(slots) - 1)

    def lose(self, place: Place) -> None:
        for cell in cells(place):
            self.held.pop(cell, None)

    def write(self, place: Place, new: Atom) -> None:
        super().write(place, new)
        if isinstance(place, Cell) and not self.choosing:
            self.put_into_lists(place)
        if isinstance(place, View) and isinstance(place.base, Cell) and place.base in self.held:
            self.read_back(place.base, place.op)

    def write_either(self, place: Choice, new: Atom) -> None:
        """Write to one of two places; lists that hold them follow after the branch."""
        outer, self.choosing = self.choosing, True
        super().write_either(place, new)
        self.choosing = outer
        if not outer:
            for cell in dict.fromkeys(cells(place)):
                self.put_into_lists(cell)

    def put_into_lists(self, cell: Cell) -> None:
        """An array was written to: the lists that hold it hold what it is now."""
        for box, slots in list(self.held.items()):
            if box is self.settled or box not in self.content:
                continue
            for k, slot in slots.items():
                if slot is None or cell not in cells(slot):
                    continue
                like = self.content[box]
                part = self.look(slot, self.content[next(cells(slot))])     # type: ignore[arg-type]
                made = self.build.op(prims.SETITEM, like, Const(k), part, static=_AT)
                again = self.named(made, box, like)     # type: ignore[arg-type]
                self.restored.add(again)
                self.touches[again] = self.touched
                super().write(box, again)

    def read_back(self, box: Cell, op: Op) -> None:
        """An element was written to by an index that is not known: what has a name beside is what the list holds."""
        slots = self.held[box]
        if self.position(box, op.args[1]) is not None:
            return
        known = [s for s in slots.values() if s is not None]
        touched = [c for s in known for c in set(cells(s))]
        if self.choosing or len(touched) > len(set(touched)):
            self.held.pop(box)      # the same memory twice: which of them was written is not known
            return
        outer, self.settled = self.settled, box
        for k, slot in slots.items():
            if slot is not None:
                part = self.build.op(prims.GETITEM, self.content[box], Const(k), static=_AT)
                self.order[part] = len(self.order)
                self.lose(slot)
                self.write(slot, part)
        self.settled = outer
