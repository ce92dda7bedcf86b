"""Rebinding in renewal: where callees put other objects into what they are given, and what they leave in its place.

Another name of an array that stays where it is, in an object that a callee changes, is what stands there after the
call.  A name of an element whose place another object may take stays what it was.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from tangent2.analysis.aliases import Cell, Place, View, cells, parts
from tangent2.analysis.carried import Loops
from tangent2.analysis.contents import firm_key
from tangent2.analysis.held import Slots, elements, is_list, key_of, named
from tangent2.analysis.known import FINAL, Known
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Bottom, Dict, Kind, List, NoneKind, Number, Str
from tangent2.core.syntax import ONE_ITEM, UNDEF, Atom, Call, Const, Op, Value

Left = dict[Cell, Slots]        # what is held, by what holds it
_END = -1       # stands for the end of a list, where something is appended


class Rebinding(Loops):
    """Contents of which callees replace elements.

    whole: the results of calls, by their parts.  made_by: the calls, by their results.  rebinds, alters: see `Known`.
    rebinds_elements: whether other objects may be put into lists and dicts, not only under names of attributes.  moves:
    what is put somewhere else: under which keys it stands in arguments, and under which it stands then.
    """

    def __init__(self, build: Builder, walked: Mapping[Value, tuple[Atom, ...]], flags: bool) -> None:
        super().__init__(build, walked, flags)
        self.whole: dict[Atom, Atom] = {}
        self.made_by: dict[Atom, tuple[Call, Known]] = {}
        self.rebinds: frozenset[str | int] | None = frozenset()
        self.rebinds_elements = False
        self.moves: list[tuple[set[str | int | None], str | int | None]] = []
        self.alters: frozenset[str | int | None] | None = frozenset()

    def rebind(self, op: Op) -> None:
        """Remember where an update puts another object into a list, dict or object."""
        if not op.prim.update or isinstance(self.build.kind(op.args[0]), Array) or op.prim in prims.UPDATES.values():
            return
        made = self.giver(op)
        if made is not None:
            self.add_known(made[1], [self.build.kind(op.args[0])])
        elif op.prim is prims.PUSH:
            self.add_rebinds(frozenset({_END}))
        else:
            key = firm_key(op.args[1]) if op.prim is prims.SETITEM else None
            stored = self.place(op.args[-1])
            if stored is not None and (keys := self.keys_in_arguments(stored)):
                self.moves.append((keys, key))
            self.rebinds_elements |= _has_dict(self.build.kind(op.args[0]), False)
            self.add_rebinds(None if key is None else frozenset({key}))

    def add_rebinds(self, more: frozenset[str | int] | None) -> None:
        self.rebinds = None if self.rebinds is None or more is None else self.rebinds | more
        self.rebinds_elements |= more is None or any(isinstance(key, int) for key in more)

    def add_known(self, known: Known, kinds: Iterable[Kind]) -> None:
        """What a callee does to arguments of these kinds is done here."""
        self.add_rebinds(known.rebinds)
        self.rebinds_elements |= bool(known.rebinds) and any(map(_has_dict, kinds))
        self.alters = None if self.alters is None or known.alters is None else self.alters | known.alters

    def change_under(self, place: Place | None) -> None:
        """Remember under which keys of arguments something is changed that these hold, or held."""
        keys = None if place is None else self.keys_in_arguments(place)
        if keys and self.alters is not None:
            self.alters |= keys

    def keys_in_arguments(self, place: Place) -> set[str | int | None] | None:
        """The keys under which a place stands, or stood, in arguments; None if in none."""
        roots = [self.stood[c] for c in cells(place) if c in self.stood]
        above = [keys | {key} for base, key in roots if (keys := self.keys_in_arguments(base)) is not None]
        if not above and self.of_arguments.isdisjoint(cells(place)):
            return None
        own = {key_of(part) for part in parts(place) if isinstance(part, View) and self.is_element(part)}
        return own.union(*above)

    def is_element(self, part: View) -> bool:
        """Whether a view is an element of a list, dict or object."""
        plain = part.op.prim is prims.GETITEM and len(part.op.args) == 2
        return plain and not isinstance(self.build.kind(part.op.args[0]), Array)

    def altered(self) -> frozenset[str | int | None] | None:
        """The keys under which arguments held what is changed, also if it stood under another key by then."""
        if not self.alters:
            return self.alters
        found = self.alters
        for _ in self.moves:
            found = found.union(*[keys for keys, key in self.moves if key is None or key in found])
        return found

    def loses_changed(self) -> bool:
        """Whether another object may have been put where one was changed, which has other names outside."""
        alters = self.altered()
        if self.rebinds is None or alters is None:
            return self.rebinds != frozenset() and alters != frozenset()
        return not self.rebinds.isdisjoint(alters) or self.rebinds_elements and None in alters

    def giver(self, op: Op) -> tuple[Call, Known] | None:
        """The call that gave back an object which becomes what it is then."""
        made = self.made_by.get(self.whole.get(op.args[1], UNDEF)) if op.prim is prims.BECOME else None
        key = None if made is None else made[0].callee.key
        return made if isinstance(key, tuple) and key[0] == FINAL and op.static is None else None

    def left_by(self, known: Known, written: list[Place], given: Iterable[Place | None]) -> Left:
        """What is known that arguments hold to which a callee writes, if it leaves that there and has it once.

        Names of elements stay what they were where it may put other objects in the place of these; where it may also
        have written into arrays, what they hold is not known.
        """
        for place in written:
            self.set_aside(partial(self.may_go, place, known), known=not known.reaches)
            if known.reaches or any(_holds_more(self.build.kind(self.content[c])) for c in cells(place)):
                self.inside.update(cells(place))
        if known.rebinds is None or self.reached(given)[1]:
            boxes = [c for place in written for c in cells(place)]
            self.let_go(self.lost_by(known, [(box, self.held[box]) for box in boxes if box in self.held]))
            return {}
        return {place: self.held[place] for place in written if isinstance(place, Cell) and place in self.held}

    def may_go(self, place: Place, known: Known, part: View) -> bool:
        """Whether a callee that is given a place may put another object where an element stands in it."""
        if part.op.prim is not prims.GETITEM or isinstance(self.build.kind(part.op.args[0]), Array):
            return False
        found = self.reached([place])[0]
        if part in set(parts(place)) or found.isdisjoint(cells(part)) and not any(
                self.may_be(cell, base) for cell in found for base in parts(part.base)):
            return False
        key = firm_key(part.op.args[1])
        return known.rebinds is None or key is None or key in known.rebinds

    def take_back(self, left: Left, known: Known) -> None:
        """What a callee left in lists, dicts and objects has become what stands there now, for its other names."""
        for box, slots in left.items():
            stay = {key: slot for key, slot in slots.items() if key not in (known.rebinds or ())
                    and (place := named(slot)) is not None and self.content.keys() >= set(cells(place))}
            self.let_go(self.lost_by(known, [(box, {key: slots[key] for key in slots.keys() - stay.keys()})]))
            self.take_back_from(box, stay, known)
            if is_list(slots) and _END in (known.rebinds or ()):
                self.lose(box)
            elif known.rebinds:
                self.held[box] = {key: self.held[box].get(key) for key in slots}
            else:       # nothing was put anywhere
                self.held[box] = slots

    def let_go(self, gone: set[Cell]) -> None:
        """What these hold now is not known."""
        if gone:
            self.lost.update(gone)
            self.now = {v: now for v, now in self.now.items() if gone.isdisjoint(cells(self.places[v]))}

    def lost_by(self, known: Known, held: list[tuple[Cell, Slots]]) -> set[Cell]:
        """The memory of what a callee changed where it may have put something else, and of what that holds."""
        found: set[Cell] = set()
        while held:
            box, slots = held.pop()
            places = [place for key, slot in slots.items() if self.is_altered(known, box, key)
                      and (place := named(slot)) is not None]
            more = {c for place in places for c in cells(place) if c in self.content} - found
            found |= more
            held += [(c, self.held[c]) for c in more if c in self.held]
        return found

    def is_altered(self, known: Known, box: Cell, key: str | int) -> bool:
        """Whether a callee changes what stands under a key of a list, dict or object."""
        if known.alters is None or key in known.alters:
            return True
        kind = self.build.kind(self.content[box]) if box in self.content else None
        return None in known.alters and not (isinstance(kind, Dict) and kind.cls is not None)

    def take_back_from(self, box: Cell, stay: Slots, known: Known) -> None:
        """The same of one of them, and of what it holds."""
        outer, self.settled = self.settled, box
        for key, slot in stay.items():
            assert slot is not None
            kind = self.build.kind(slot.op.out if isinstance(slot, View) else self.content[next(cells(slot))])
            if isinstance(kind, Array) and not known.reaches:
                continue
            part = self.build.op(prims.GETITEM, self.content[box], Const(key), static=ONE_ITEM)
            self.order[part] = self.tick()
            if isinstance(kind, Array):
                self.build.kinds[part] = kind
            inner = self.held.get(slot, {}) if isinstance(slot, Cell) else {}
            self.lose(slot)
            self.write(slot, part)
            if isinstance(slot, Cell) and inner:
                self.take_back({slot: inner}, known)
        self.settled = outer
        self.held[box] = stay


def _holds_more(kind: Kind) -> bool:
    """Whether what a list or dict holds may have parts that are written to, other than those of arrays."""
    if not isinstance(kind, (List, Dict)):
        return False
    return not all(isinstance(each, (Array, Number, NoneKind, Str, Bottom)) for each in elements(kind))


def _has_dict(kind: Kind, inside: bool = True) -> bool:
    """Whether a value is a dict that is no object; `inside`: or holds one."""
    if isinstance(kind, Dict) and kind.cls is None:
        return True
    return inside and isinstance(kind, (List, Dict)) and any(map(_has_dict, elements(kind)))
