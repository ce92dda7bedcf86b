"""Loops in renewal: which memory a carried name may stand for, and the contents that are carried beside the user's.

A name that is handed on unchanged, or bound to the same memory in each turn, stands for that memory.  Where it stands
for other memory after some turns (`v = w` before the loop, `v = np.cos(v)` in it), flags that are carried with it say
for which; these are made only where nothing less will do (`flags`).
"""
from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tangent2.analysis.aliases import (
    Cell, Choice, Place, View, cells, contiguous, has_memory, leaves, may_resize, operands_of, parts,
)
from tangent2.analysis.contents import called
from tangent2.analysis.held import Slots, Tail, common, is_list, may_be_memory, named
from tangent2.analysis.hindsight import OF_RANGE, Hindsight
from tangent2.analysis.holders import Holders
from tangent2.analysis.moving import Leaf, Moving, moving
from tangent2.core.build import Builder
from tangent2.core import prims
from tangent2.core.kinds import BOOL, Kind, Range
from tangent2.core.syntax import Atom, Const, For, If, Op, Region, Undef, Value, While, Yield
from tangent2.errors import SharingError

_MOST_ROUNDS = 12


@dataclass(frozen=True)
class Ways:
    """What a carried name may stand for: memory there before the loop, or its own.

    firm: its own memory surely is no other; flat: it surely lies row by row.
    """

    there: tuple[Leaf, ...] = ()
    own: bool = False
    firm: bool = True
    flat: bool = True

    def told(self) -> tuple[Leaf, ...]:
        """The places for which a flag tells: all but one of what there is."""
        return self.there if self.own else self.there[1:]


@dataclass(frozen=True)
class Flag:
    """A carried value: whether the param at a position stands for a place."""

    position: int
    place: Leaf
    value: Value


@dataclass(frozen=True)
class Index:
    """A carried value: an operand of the view that the param at a position stands for."""

    position: int
    place: Moving
    hole: int
    value: Value


@dataclass
class Turn:
    """A loop being rewritten: what is carried beside the user's params, and what its exits hand on."""

    extra: dict[Cell, Value]        # and what they hold as the turn begins
    own: dict[int, Cell]            # the memory that the user's params carry, by their positions
    flags: list[Flag]
    indices: list[Index]
    handed: list[tuple[tuple[Atom, ...], tuple[Place | None, ...]]] = field(default_factory=list)
    held: list[dict[Cell, Slots]] = field(default_factory=list)
    tails: list[dict[Cell, Tail]] = field(default_factory=list)


@dataclass
class _Before:
    """What was known before a loop."""

    start: int
    content: dict[Cell, Atom]
    now: dict[Value, Atom]
    held: dict[Cell, Slots]
    tails: dict[Cell, Tail]
    places: dict[Value, Place]


class Loops(Holders):
    """Contents carried through loops."""

    def __init__(self, build: Builder, walked: Mapping[Value, tuple[Atom, ...]], flags: bool) -> None:
        super().__init__(build)
        self.walked = walked
        self.flags = flags
        self.resized: set[tuple[Place, bool]] = set()     # what grows or shrinks; with what is in it?
        self.loops: list[Turn] = []
        self.found_out = Hindsight()

    @abstractmethod
    def region(self, region: Region) -> Region:
        """The region rewritten."""

    def outlives(self, place: Place, start: int, content: Mapping[Cell, Atom]) -> bool:
        """Whether a place was there, and can be found, before a statement began."""
        here = all(c in content for c in cells(place))
        return here and all(self.order.get(a, -1) < start for a in operands_of(place))

    def note_count(self, stmt: For | While) -> None:
        """Note how many elements a list has that a loop runs over, if some of them have names."""
        bases = self.walked.get(stmt.target, ()) if isinstance(stmt, For) else ()
        place = self.place(bases[0]) if len(bases) == 1 else None
        slots = self.held.get(place) if isinstance(place, Cell) else None
        if slots and is_list(slots) and stmt.origin is not None and any(map(named, slots.values())):
            self.found_out.add_loop(stmt.origin, len(slots))
        elif isinstance(stmt, For) and stmt.origin is not None and isinstance(self.build.kind(stmt.iter), Range) \
                and any(isinstance(s, Op) and s.prim is prims.PUSH and may_be_memory(self.build.kind(s.args[1]))
                        for s in stmt.body.stmts):
            self.found_out.add_loop(stmt.origin, OF_RANGE)      # what it appends may be known one by one

    def loop(self, stmt: For | While) -> None:
        self.note_count(stmt)
        before = _Before(self.tick(), dict(self.content), dict(self.now), dict(self.held),
                         dict(self.tails), dict(self.places))
        init = tuple(map(self.read, stmt.init))
        stmt = replace(stmt, iter=self.read(stmt.iter)) if isinstance(stmt, For) else stmt
        first = [self.place(a) for a in stmt.init]
        ways = [Ways((p,)) if p is not None else Ways(own=self.is_none(a, param))
                for p, a, param in zip(first, stmt.init, stmt.params)]
        carried: set[Cell] = set()
        written, self.written = self.written, set()
        resized, self.resized = self.resized, set()
        inside, self.inside = self.inside, set()
        held, tails = before.held, before.tails
        apart: set[Cell] = set()
        for _ in range(_MOST_ROUNDS):
            own = {c: k for k, w in reversed(list(enumerate(ways))) for c in carried if w == Ways((c,))}
            extra = tuple([c for c in before.content if c in carried and c not in own])
            self.content, self.now, self.held = dict(before.content), dict(before.now), dict(held)
            self.places = dict(before.places)
            done, turn = self.turn(stmt, ways, own, extra, tails)
            if self.set_apart(before, apart):
                self.written, carried, held, tails = set(), set(), before.held, before.tails
                continue
            again = carried | {c for c in self.written if c in before.content}
            found = [self.ways(k, w, turn, before) for k, w in enumerate(ways)]
            shared = {c: common(slots, [h.get(c) for h in turn.held]) for c, slots in held.items()}
            same = {c: slots for c, slots in shared.items() if slots is not None}
            last = {c: tail for c, tail in tails.items() if all(t.get(c) == tail for t in turn.tails)}
            if again == carried and found == ways and held == same and tails == last:
                break
            if found != ways or held != same or tails != last:
                self.written, again = set(), set()
            carried, ways, held, tails = again, found, same, last
        else:
            raise AssertionError("aliases of a loop do not settle")
        self.held, self.tails = held, tails
        self.refuse_resized(stmt)
        self.written |= written
        self.resized |= resized
        self.inside |= inside
        self.finish(done, init, before, ways, own, turn, first)

    def set_apart(self, before: _Before, apart: set[Cell]) -> bool:
        """Give elements whose place another object took in a loop memory of their own before it, for their names.

        Where that memory is written to in the loop, which may be before that or after, they name nothing any more.
        """
        lost = apart & self.written & before.content.keys()
        for cell in lost:
            del before.content[cell]
        moved = {v: p for v, p in before.places.items() if self.order[v] < before.start and self.places[v] != p}
        own: dict[Place, Place] = {}
        if not moved:
            return bool(lost)
        before.now = {v: now for v, now in before.now.items() if v not in moved}
        self.content, self.now, self.places = before.content, before.now, before.places
        self.held, self.tails = before.held, before.tails
        for part in dict.fromkeys([p for place in moved.values() for p in parts(place) if p in self.detached]):
            own[part] = cell = Cell(firm=self.detached[part].firm)
            self.stood[cell] = self.stood[self.detached[part]]
            if isinstance(part, View) and self.inside.isdisjoint(cells(part)):
                before.content[cell] = self.look(part, part.op.out)
                apart.add(cell)
        self.move(own)
        before.places, before.held, before.tails = self.places, self.held, self.tails
        return True

    def ways(self, k: int, ways: Ways, turn: Turn, before: _Before) -> Ways:
        """What a param may stand for, by what the exits of a turn hand on."""
        if not ways.there and not ways.own:
            return ways
        handed = [(vals[k], places[k], places) for vals, places in turn.handed if k < len(vals)]
        first = ways.there[0] if ways.there and not isinstance(ways.there[0], Moving) else None
        if first is not None and ways == Ways((first,)) and self.outlasts(first, before):
            if all(place == first for _, place, _ in handed):
                return ways
        if not self.flags:
            return Ways()
        ways = replace(ways, there=tuple(dict.fromkeys([
            leaf for place in ways.there for leaf in (leaves(place) if not isinstance(place, Moving) else (place,))])))
        for atom, place, others in handed:
            if isinstance(atom, Undef):     # never read
                continue
            if place is None and atom == Const(None):
                ways = replace(ways, own=True)
                continue
            if place is None:
                return Ways()
            shared = Counter(c for p in others if p is not None for c in set(cells(p)))
            for leaf in leaves(place):
                if any(t.covers(leaf) if isinstance(t, Moving) else t == leaf and self.outlasts(leaf, before)
                       for t in ways.there):
                    continue
                moves = any(isinstance(t, Moving) and t.alike(leaf) for t in ways.there)
                if self.outlasts(leaf, before) and not moves:
                    ways = replace(ways, there=(*ways.there, leaf))
                elif isinstance(leaf, View) and self.outlasts(leaf.base, before):
                    ways = replace(ways, there=moving(
                        ways.there, leaf, self.build.kind, lambda a: self.stays(a, before)))
                else:
                    alone = all(c.firm and c not in before.content and shared[c] == 1 for c in cells(leaf))
                    flat = ways.flat and contiguous(leaf, self.build.kind)
                    ways = replace(ways, own=True, firm=ways.firm and alone, flat=flat)
        return ways

    def is_none(self, atom: Atom, param: Value) -> bool:
        """Whether a name that stands for memory later begins as None, or is not bound yet."""
        nothing = atom == Const(None) or isinstance(atom, Undef)
        return self.flags and nothing and has_memory(self.build.kind(param))

    def stays(self, atom: Atom, before: _Before) -> bool:
        """Whether an operand was there before a loop."""
        return isinstance(atom, Const) or self.order.get(atom, -1) < before.start

    def outlasts(self, place: Place, before: _Before) -> bool:
        return self.outlives(place, before.start, before.content)

    def refuse_resized(self, stmt: For | While) -> None:
        """A list may not grow or shrink while a loop runs over it."""
        bases = () if isinstance(stmt, While) else (stmt.iter, *self.walked.get(stmt.target, ()))
        for base in bases:
            place = self.place(base)
            if place is not None and any(may_resize(grown, deep, leaf) for grown, deep in self.resized
                                         for leaf in leaves(place)):
                raise SharingError(f"{called(base)} changes while a loop runs over it",
                                   origin=stmt.origin, advice="iterate over a copy: `for x in list(xs)`")

    def turn(self, stmt: For | While, ways: list[Ways], own: dict[Cell, int],
             extra: tuple[Cell, ...], tails: Mapping[Cell, Tail]) -> tuple[For | While, Turn]:
        """The loop rewritten under assumptions, and what its exits hand on."""
        start = self.tick()
        more = [self.value(c, self.build.kind(self.content[c]), self.content[c]) for c in extra]
        self.content.update(zip(extra, more))
        for c, k in own.items():
            self.content[c] = stmt.params[k]
        self.forget({*extra, *own})
        flags = [Flag(k, place, self.flag(stmt.params[k], place)) for k, w in enumerate(ways) for place in w.told()]
        indices = self.indices(stmt.params, ways)
        self.bind(stmt.params, ways, {(f.position, f.place): f.value for f in flags}, indices)
        if isinstance(stmt, For):
            self.enter(stmt.target)
        self.begin(tails)
        turn = Turn(dict(zip(extra, more)), {k: c for c, k in own.items()}, flags, indices)
        self.loops.append(turn)
        parts: dict[str, Any] = {"params": (
            *stmt.params, *more, *[f.value for f in flags], *[i.value for i in indices])}
        if isinstance(stmt, While):
            held = dict(self.now)
            parts["cond"] = self.region(stmt.cond)
            self.now = held
        body = self.region(stmt.body)
        if isinstance(body.exit, Yield):
            with self.build.region() as stmts:
                exit = Yield(self.hand_on(body.exit.vals, stmt.body.exit.vals))
            body = Region((*body.stmts, *stmts), exit)
        self.loops.pop()
        self.close(start)
        return replace(stmt, body=body, **parts), turn

    def indices(self, params: tuple[Value, ...], ways: list[Ways]) -> list[Index]:
        """The operands that are carried of views which names stand for in turn."""
        found: list[Index] = []
        for k, w in enumerate(ways):
            for place in w.there:
                if not isinstance(place, Moving):
                    continue
                for hole in place.holes:
                    value = self.build.value(place.kinds[hole], f"{params[k].hint or 'it'}_at")
                    self.order[value] = self.tick()
                    found.append(Index(k, place, hole, value))
        return found

    def flag(self, param: Value, place: Leaf) -> Value:
        """A carried value that tells whether a param stands for a place."""
        name = getattr(self.content[next(cells(place.base if isinstance(place, Moving) else place))], "hint", None)
        out = self.build.value(BOOL, f"{param.hint or 'it'}_is_{name or 'it'}")
        self.order[out] = self.tick()
        return out

    def bind(self, names: tuple[Value, ...], ways: list[Ways], flags: Mapping[tuple[int, Leaf], Atom],
             indices: Iterable[Index] = ()) -> None:
        """Let carried names stand for what they may stand for."""
        for k, (name, w) in enumerate(zip(names, ways)):
            chain: Place | None = None
            if w.own:
                chain = Cell(firm=w.firm, flat=w.flat)
                self.content[chain], self.born[chain] = name, self.clock
            for there in w.there:
                place = there if not isinstance(there, Moving) else there.at(
                    tuple([i.value for i in indices if (i.position, i.place) == (k, there)]))
                chain = place if chain is None else Choice(flags[k, there], place, chain)
            self.enter(name, chain)
            if not w.own and any(isinstance(place, Moving) for place in w.there):
                self.now.pop(name, None)        # read anew where it is needed, by the index

    def hand_on(self, vals: tuple[Atom, ...], raw: tuple[Atom, ...]) -> tuple[Atom, ...]:
        """What an exit of the innermost loop hands on: the user's values, and what is carried beside them.

        Where a value of the user carries memory of other names, it is that memory, though it be never read again.
        """
        turn = self.loops[-1]
        vals = tuple([self.content[turn.own[k]] if k in turn.own and isinstance(raw[k], Undef) else val
                      for k, val in enumerate(vals)])
        turn.handed.append((raw, tuple(map(self.place, raw))))
        turn.held.append(self.held)
        turn.tails.append(self.tails)
        for c, now in turn.extra.items():
            self.refuse_changed(now, self.build.kind(self.content[c]))
        return (*vals, *[self.content[c] for c in turn.extra],
                *[self.stands_for(self.place(raw[f.position]), f.place) for f in turn.flags],
                *[self.operand(self.place(raw[i.position]), i) for i in turn.indices])

    def stands_for(self, place: Place | None, wanted: Leaf) -> Atom:
        """Whether a place is the one that is wanted."""
        if not isinstance(place, Choice):
            return Const(wanted.covers(place) if isinstance(wanted, Moving) else place == wanted)
        then, orelse = self.stands_for(place.then, wanted), self.stands_for(place.orelse, wanted)
        if then == Const(True) and orelse == Const(False):
            return place.cond
        return self.chosen(place.cond, then, orelse, BOOL)

    def operand(self, place: Place | None, index: Index) -> Atom:
        """The operand of the view that a place is; of another place, any."""
        found = self.operand_of(place, index)
        return Const(0) if found is None else found

    def operand_of(self, place: Place | None, index: Index) -> Atom | None:
        """The same; None of another place."""
        if isinstance(place, Choice):
            then, orelse = self.operand_of(place.then, index), self.operand_of(place.orelse, index)
            if then is None or orelse is None:
                return orelse if then is None else then
            return self.chosen(place.cond, then, orelse, index.place.kinds[index.hole])
        return place.op.args[1 + index.hole] if isinstance(place, View) and index.place.covers(place) else None

    def chosen(self, cond: Atom, then: Atom, orelse: Atom, kind: Kind) -> Atom:
        """One of two atoms by a condition."""
        if then == orelse:
            return then
        out = self.build.value(kind)
        self.build.add(If((out,), cond, Region((), Yield((then,))), Region((), Yield((orelse,))), self.build.origin))
        return out

    def finish(self, loop: For | While, init: tuple[Atom, ...], before: _Before, ways: list[Ways],
               own: dict[Cell, int], turn: Turn, first: list[Place | None]) -> None:
        """Add the loop, and bind what it gives."""
        outs = [self.value(c, self.build.kind(before.content[c]), before.content[c]) for c in turn.extra]
        flags = [self.flag(loop.outs[f.position], f.place) for f in turn.flags]
        start = [self.stands_for(first[f.position], f.place) for f in turn.flags]
        start += [self.operand(first[i.position], i) for i in turn.indices]
        indices = [replace(i, value=self.build.value(self.build.kind(i.value), i.value.hint)) for i in turn.indices]
        for i in indices:
            self.order[i.value] = self.tick()
        self.build.add(replace(loop, outs=(*loop.outs, *outs, *flags, *[i.value for i in indices]),
                               init=(*init, *[before.content[c] for c in turn.extra], *start)))
        self.begin(self.tails)
        self.content, self.now = before.content, before.now
        self.content.update(zip(turn.extra, outs))
        for c, k in own.items():
            self.content[c] = loop.outs[k]
        self.forget({*turn.extra, *own})
        self.bind(loop.outs, ways, {(f.position, f.place): v for f, v in zip(turn.flags, flags)}, indices)
