"""What lists and objects hold: arrays that have names beside, so that a write through one is seen through the other.

Known are those made in sight: for each place in them the memory that stands there, ALONE where it was made for it and
has no other name (SOLE if it is an object or a container), PLAIN where there is none, or None where it is not known.
Of other lists the last elements are known, that were appended since the loop or the branch began: what was made since
then is no element before these.  What is not known is left to `analysis/memory.py`, which refuses it.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tangent2.analysis.aliases import Cell, Choice, Place, View, cells, has_memory, leaves, parts, replaced
from tangent2.analysis.contents import Contents, firm_key, is_element, may_be_equal, stays
from tangent2.analysis.keeping import Keeping
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Bottom, Dict, Kind, List, NoneKind, Number, Str, Tuple
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op, Region, Yield

Slots = Mapping[Any, "Place | None"]     # by index, by key, or by the name of an attribute
Tail = tuple[int, tuple["Place | None", ...]]       # since when, and what
_NO_MEMORY = (Number, NoneKind, Str, Bottom)
ALONE = Cell(firm=True)
SOLE = Cell(firm=True)      # an object made for it, without another name, and so is all that this holds
PLAIN = Cell(firm=True)     # a number, or else what is no memory


def is_list(slots: Slots) -> bool:
    """Whether what is known of is a list."""
    return all(type(k) is int for k in slots)


class Held(Contents):
    """Contents that know what lists hold."""

    def __init__(self, build: Builder) -> None:
        super().__init__(build)
        self.keeping = Keeping(Region((), Yield()), build.kind)
        self.held: dict[Cell, Slots] = {}
        self.tails: dict[Cell, Tail] = {}
        self.detached: dict[Place, Cell] = {}       # elements whose place another object took
        self.stood: dict[Cell, tuple[Place, str | int | None]] = {}     # where such stood, and under which key
        self.since = 0      # from when on the last elements are known, of lists that are not in `tails`

    def made_list(self, op: Op) -> None:
        """A display: its elements that have names, or share memory with each other, are known from now on."""
        place = self.places.get(op.out)
        keys = range(len(op.args)) if op.prim is prims.LIST else op.static.names if op.prim is prims.NEW else \
            op.static if op.prim is prims.DICT else None
        if keys is not None and isinstance(place, Cell):
            self.held[place] = {key: self.slot(op, a) for key, a in zip(keys, op.args)}
        elif op.prim is prims.MUL and isinstance(place, Cell):
            self.repeated(op, place)

    def repeated(self, op: Op, place: Cell) -> None:
        """`[row] * 2`: the same elements again."""
        base, times = op.args if isinstance(op.args[1], Const) else op.args[::-1]
        box = self.place(base)
        if isinstance(box, Cell) and box in self.held and isinstance(times, Const) and box.made is not None \
                and box.made.prim is prims.LIST and self.content.get(box) is box.made.out:
            found = [self.place(a) for a in box.made.args] * times.value
            self.held[place] = dict(enumerate(found))

    def slot(self, op: Op, atom: Atom) -> Place | None:
        """The memory that an element which an operation stores shares with something else."""
        place = self.place(atom)
        kind = self.build.kind(atom)
        if not isinstance(kind, (Array, List, Dict)):
            return None if may_be_memory(kind) else PLAIN
        if not isinstance(place, Cell) or getattr(atom, "hint", None) is not None:
            return place
        names = [v for v, its in self.places.items() if place in set(cells(its))]
        if self.keeping.times(names) > 1 or self.keeping.read_after(op, names):
            return place
        if place.made is not None and place.firm:
            return ALONE
        return None if isinstance(kind, Array) else place if self.holds_names(place) else SOLE

    def holds_names(self, box: Cell) -> bool:
        """Whether what an object holds may have other names."""
        slots = self.held.get(box)
        return slots is None or not all(
            slot is ALONE or slot is SOLE or slot is PLAIN or slot is None and not may_be_memory(self.kind_at(box, key))
            for key, slot in slots.items())

    def kind_at(self, box: Cell, key: Any) -> Kind:
        """The kind of what stands in a list, dict or object."""
        kind = self.build.kind(self.content[box])
        each = kind.elt if isinstance(kind, (List, Dict)) else kind
        return dict(kind.items or ()).get(key, each) if isinstance(kind, Dict) else each

    def element(self, op: Op) -> Place | None:
        """The memory that an operation reads from a list, where it has another name."""
        reads = op.prim is prims.GETITEM or op.prim in prims.UPDATES.values()
        place = self.place(op.args[0]) if reads else None
        if place is None or op.static != ONE_ITEM:
            return None
        if self.position(place, op.args[1]) is None:
            return self.last(place, op.args[1])
        return named(self.stands_at(place, op.args[1]))

    def stands_at(self, place: Place, index: Atom) -> Place | None:
        """What is known to stand in a list, dict or object by an index; None if that is not known."""
        k = self.position(place, index)
        return self.held[place][k] if k is not None and isinstance(place, Cell) else None

    def last(self, place: Place, index: Atom) -> Place | None:
        """One of the last elements of a list of which no more is known."""
        _, slots = self.tails.get(place, (0, ())) if isinstance(place, Cell) else (0, ())
        k = index.value if isinstance(index, Const) and type(index.value) is int else 0
        return named(slots[k]) if -len(slots) <= k < 0 else None

    def is_alone(self, place: Place | None) -> bool:
        """Whether memory surely is (part of) an element of a list that nothing else names."""
        if not isinstance(place, View):
            return False
        element = len(place.op.args) > 1 and place.op.static == ONE_ITEM
        return element and self.stands_at(place.base, place.op.args[1]) is ALONE or self.is_alone(place.base)

    def stands_by_arrays(self, place: Place) -> bool:
        """Whether all that stands in the container of an element is arrays that are known, or no memory."""
        box, _ = self.box(place)
        slots = self.held.get(box) if isinstance(box, Cell) else None
        return slots is not None and isinstance(box, Cell) and all(
            slot is PLAIN or slot is not None and isinstance(self.kind_of(box, key, slot), Array)
            for key, slot in slots.items())

    def kind_of(self, box: Cell, key: Any, slot: Place) -> Kind:
        """The kind of what stands in a slot."""
        known = named(slot) is not None and isinstance(slot, Cell) and slot in self.content
        return self.build.kind(self.content[slot]) if known else self.kind_at(box, key)     # type: ignore[index]

    def is_sole(self, place: Place) -> bool:
        """Whether it is (part of) an object, a list or a dict that was made for the element that it is."""
        return isinstance(place, View) and is_element(place.op) and (
            self.stands_at(place.base, place.op.args[1]) is SOLE or self.is_sole(place.base))

    def apart(self, a: Place, b: Place) -> bool:
        """Whether two places surely lie in different elements of a list, dict or object, which nothing else names."""
        if not self.is_alone(a) or not self.is_alone(b):
            return False
        box, k = self.box(a)
        other, j = self.box(b)
        return box == other and k is not None and j is not None and k != j

    def box(self, place: Place) -> tuple[Place, Any]:
        """The container whose element a place lies in, and which that is."""
        while isinstance(place, View) and isinstance(place.base, View):
            place = place.base
        assert isinstance(place, View)
        return place.base, self.position(place.base, place.op.args[1])

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
        kind, (before, starred, _) = self.build.kind(op.args[0]), op.static
        if not isinstance(kind, Array) and (starred or not isinstance(kind, List)):
            return False
        slots = self.held.get(base, {}) if isinstance(base, Cell) else {}
        for k, out in enumerate(op.outs):
            if starred and k == before:
                self.enter(out)
                continue
            k = k - len(op.outs) if k > before and starred else k
            if named(slots.get(k)) is not None:
                self.enter(out, slots[k])
                continue
            row = Op((out,), prims.GETITEM, (op.args[0], Const(k)), (), ONE_ITEM, op.origin)
            self.enter(out, View(base, row) if has_memory(self.build.kind(out)) else None)
        return True

    def detach(self, op: Op, container: Place) -> None:
        """Names of elements of a list or dict stay what they were when another object takes the element's place."""
        if op.prim not in (*prims.UPDATES.values(), prims.AT_ADD):
            self.set_aside(lambda part: not stays(op, part.op) and self.may_be(container, part.base),
                           lambda part: part.base == container and self.is_alone(part) and self.takes_place(op, part))

    def may_be(self, a: Place, b: Place) -> bool:
        """Whether two places may be the same list, dict or object, as far as their names tell."""
        if not isinstance(a, View) and isinstance(b, View):
            a, b = b, a
        if a == b or isinstance(b, Choice):
            return a == b or any(self.may_be(a, leaf) for leaf in leaves(b))
        if isinstance(a, Choice):
            return any(self.may_be(leaf, b) for leaf in leaves(a))
        if not isinstance(a, View) or not is_element(a.op):
            return False
        slots = self.held.get(a.base, {}) if isinstance(a.base, Cell) else {}
        if self.position(a.base, a.op.args[1]) is None and any(
                self.may_be(slot, b) for slot in map(named, slots.values()) if slot is not None):
            return True
        return isinstance(b, View) and is_element(b.op) and may_be_equal(a.op.args[1], b.op.args[1]) \
            and self.may_be(a.base, b.base)

    def set_aside(self, moves: Callable[[View], bool], firm: Callable[[View], bool] = lambda part: False,
                  known: bool = True) -> None:
        """Give elements places of their own, with what they hold now; `known`: this is what they will hold."""
        own: dict[Place, Place] = {}
        for value, place in list(self.places.items()):
            if self.is_gone(value):
                continue
            for part in parts(place):
                if isinstance(part, View) and part not in own and moves(part) \
                        and all(c in self.content for c in cells(part)):
                    own[part] = self.detached[part] = cell = Cell(firm=firm(part))
                    self.stood[cell] = part.base, key_of(part)
                    found = next((v for v, now in self.now.items() if self.places[v] == part), None)
                    if known:
                        self.content[cell] = self.look(part, value) if found is None else self.now[found]
                    else:
                        self.lost.add(cell)
        if not known:
            self.now = {v: now for v, now in self.now.items() if own.keys().isdisjoint(parts(self.places[v]))}
        self.move(own)

    def move(self, own: Mapping[Place, Place]) -> None:
        """Let parts have places of their own."""
        if own:
            self.places = {value: replaced(place, own) for value, place in self.places.items()}
            self.held = {box: {key: _moved(s, own) for key, s in slots.items()} for box, slots in self.held.items()}
            self.tails = {box: (since, tuple([_moved(s, own) for s in tail]))
                          for box, (since, tail) in self.tails.items()}

    def takes_place(self, op: Op, part: View) -> bool:
        """Whether an update surely puts something else in the place of an element, or takes it out."""
        k = self.position(part.base, part.op.args[1])
        if op.prim is prims.POP and len(op.args) == 1:
            return k is not None and k == self.position(part.base, Const(-1))
        return k is not None and op.prim is prims.SETITEM and op.static == ONE_ITEM \
            and k == self.position(part.base, op.args[1])

    def holds(self, place: Place | None, index: Atom, part: Place | None) -> bool:
        """Whether a part is known to stand in a list by this index."""
        if place is None or part is None:
            return False
        known = self.position(place, index) is not None
        return (self.stands_at(place, index) if known else self.last(place, index)) == part

    def changed(self, op: Op, base: Place) -> None:
        """An update of a list itself: what it holds after it."""
        slots = self.held.get(base) if isinstance(base, Cell) else None
        new: Slots | None = None
        if slots is not None and op.prim is prims.PUSH:
            new = {**slots, len(slots): self.slot(op, op.args[1])}
        elif slots and op.prim is prims.POP and len(op.args) == 1:
            new = {k: slots[k] for k in range(len(slots) - 1)}
        elif slots is not None and op.prim is prims.SETITEM and op.static == ONE_ITEM:
            k = self.position(base, op.args[1])
            key = op.args[1].value if isinstance(op.args[1], Const) and isinstance(
                self.build.kind(op.args[0]), Dict) else k
            new = None if key is None else {**slots, key: self.slot(op, op.args[2])}
        elif slots is not None and op.prim in prims.UPDATES.values() and self.is_alone(View(base, op)):
            new = slots
        tail = self.tails.get(base, (max(self.since, self.born.get(base, self.clock)), ())) \
            if isinstance(base, Cell) and slots is None else None
        if not isinstance(base, View):      # what a part of it holds is another matter
            self.lose(base)
        if isinstance(base, View) and self.may_give_a_name(op):
            self.no_more_sole(base)
        held = () if new is None else new.values()
        if new is not None and isinstance(base, Cell) and not any(s is not None and base in cells(s) for s in held):
            self.held[base] = new
        elif tail is not None and op.prim is prims.PUSH:
            self.tails[base] = tail[0], (*tail[1], self.slot(op, op.args[1]))       # type: ignore[index]
        elif tail is not None and op.prim is prims.POP and len(op.args) == 1:
            self.tails[base] = tail[0], tail[1][:-1]        # type: ignore[index]

    def may_give_a_name(self, op: Op) -> bool:
        """Whether what an operation puts into a list, dict or object may be memory, which has another name then."""
        if op.prim in (prims.SETITEM, prims.PUSH) and not may_be_memory(self.build.kind(op.args[-1])):
            return False
        return any(map(may_be_memory, elements(self.build.kind(op.outs[0]))))

    def no_more_sole(self, place: View) -> None:
        """What a place holds may have other names from now on."""
        box = place.base
        own = self.position(box, place.op.args[1]) if isinstance(box, Cell) and is_element(place.op) else None
        for cell in set(cells(place)) & self.held.keys():
            self.held[cell] = {key: None if slot is SOLE and (own is None or key == own) else slot
                               for key, slot in self.held[cell].items()}

    def element_last(self, base: Place) -> Place | None:
        """The memory of the last element of a list."""
        slots = self.held.get(base, {}) if isinstance(base, Cell) else {}
        return slots.get(len(slots) - 1)

    def lose(self, place: Place) -> None:
        for cell in cells(place):
            self.held.pop(cell, None)
            self.tails[cell] = self.tick(), ()

    def lose_inside(self, place: Place, rebinds: frozenset[str | int] | None) -> None:
        """A callee changed what a place holds, and may have put other objects there by some keys (None: by any)."""
        box = place.base if isinstance(place, View) and is_element(place.op) else None
        key = None if box is None else self.position(box, place.op.args[1])    # type: ignore[union-attr]
        if not isinstance(box, Cell) or key is None or self.held[box][key] is not SOLE:
            return self.lose(place)
        kind = self.kind_at(box, key)
        held = dict(kind.items or ()) if isinstance(kind, Dict) else {}
        if rebinds is None or any(may_be_memory(held.get(name, kind)) for name in rebinds):
            self.held[box] = {**self.held[box], key: None}

    def begin(self, tails: Mapping[Cell, Tail]) -> None:
        """A loop begins a turn, or has ended: what is known of last elements is what no turn changes."""
        self.tails, self.since = dict(tails), self.tick()


def common(slots: Slots, others: Iterable[Slots | None]) -> Slots | None:
    """What is known to be held on several paths; None if not even the places are the same.

    >>> a, b = Cell(), Cell()
    >>> common({"u": a, "v": b}, [{"u": a, "v": a}]) == {"u": a, "v": None}, common({"u": a}, [None])
    (True, None)
    """
    for other in others:
        if other is None or other.keys() != slots.keys():
            return None
        slots = {key: slot if other[key] == slot else None for key, slot in slots.items()}
    return slots


def key_of(part: View) -> str | int | None:
    """The key under which an element stands; None if it is not known."""
    return firm_key(part.op.args[1]) if len(part.op.args) == 2 else None


def elements(kind: Kind) -> list[Kind]:
    """The kinds of what a list, dict or object holds."""
    if isinstance(kind, Dict) and kind.items is not None:
        return [each for _, each in kind.items]
    return [kind.elt if isinstance(kind, (List, Dict)) else kind]


def may_hold(kind: Kind) -> bool:
    """Whether arrays or objects may be in what is of a kind."""
    if isinstance(kind, List):
        return may_hold(kind.elt)
    if isinstance(kind, Tuple):
        return any(map(may_hold, kind.elts))
    return not isinstance(kind, _NO_MEMORY)


def may_be_memory(kind: Kind) -> bool:
    """Whether something of a kind can be written to, or may hold what can."""
    return any(map(may_be_memory, kind.elts)) if isinstance(kind, Tuple) else not isinstance(kind, _NO_MEMORY)


def _moved(slot: Place | None, own: Mapping[Place, Place]) -> Place | None:
    """What stands in a slot, where parts have places of their own now."""
    return slot if slot is None or named(slot) is None else replaced(slot, own)


def named(slot: Place | None) -> Place | None:
    """The memory in a slot that has names."""
    return None if slot is ALONE or slot is SOLE or slot is PLAIN else slot
