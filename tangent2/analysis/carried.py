"""Loops in renewal: which memory a carried name may stand for, and the contents that are carried beside the user's.

A name that is handed on unchanged, or bound to the same memory in each turn, stands for that memory.  Where it stands
for other memory after some turns (`v = w` before the loop, `v = np.cos(v)` in it), flags that are carried with it say
for which; these are made only where nothing less will do (`flags`).
"""
from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tangent2.analysis.aliases import Cell, Choice, Place, cells, leaves, operands_of
from tangent2.analysis.contents import called
from tangent2.analysis.held import Held, Slots
from tangent2.core.build import Builder
from tangent2.core.kinds import BOOL
from tangent2.core.syntax import Atom, Const, For, If, Region, Undef, Value, While, Yield
from tangent2.errors import SharingError

_MOST_ROUNDS = 12


@dataclass(frozen=True)
class Ways:
    """What a carried name may stand for: memory there before the loop, or its own.

    firm: its own memory surely is no other.
    """

    there: tuple[Place, ...] = ()
    own: bool = False
    firm: bool = True

    def told(self) -> tuple[Place, ...]:
        """The places for which a flag tells: all but one of what there is."""
        return self.there if self.own else self.there[1:]


@dataclass(frozen=True)
class Flag:
    """A carried value: whether the param at a position stands for a place."""

    position: int
    place: Place
    value: Value


@dataclass
class Turn:
    """A loop being rewritten: the cells and flags carried beside the user's params, and what its exits hand on."""

    extra: dict[Cell, Value]        # and what they hold as the turn begins
    flags: list[Flag]
    handed: list[tuple[tuple[Atom, ...], tuple[Place | None, ...]]] = field(default_factory=list)
    held: list[dict[Cell, Slots]] = field(default_factory=list)


@dataclass
class _Before:
    """What was known before a loop."""

    start: int
    content: dict[Cell, Atom]
    now: dict[Value, Atom]
    held: dict[Cell, Slots]


class Loops(Held):
    """Contents carried through loops."""

    def __init__(self, build: Builder, walked: Mapping[Value, tuple[Atom, ...]], flags: bool) -> None:
        super().__init__(build)
        self.walked = walked
        self.flags = flags
        self.resized: set[Cell] = set()
        self.loops: list[Turn] = []

    @abstractmethod
    def region(self, region: Region) -> Region:
        """The region rewritten."""

    def outlives(self, place: Place, start: int, content: Mapping[Cell, Atom]) -> bool:
        """Whether a place was there, and can be found, before a statement began."""
        here = all(c in content for c in cells(place))
        return here and all(self.order.get(a, -1) < start for a in operands_of(place))

    def loop(self, stmt: For | While) -> None:
        before = _Before(len(self.order), dict(self.content), dict(self.now), dict(self.held))
        init = tuple(map(self.read, stmt.init))
        stmt = replace(stmt, iter=self.read(stmt.iter)) if isinstance(stmt, For) else stmt
        first = [self.place(a) for a in stmt.init]
        ways = [Ways() if p is None else Ways((p,)) for p in first]
        carried: set[Cell] = set()
        written, self.written = self.written, set()
        resized, self.resized = self.resized, set()
        held = before.held
        for _ in range(_MOST_ROUNDS):
            own = {c: k for k, w in reversed(list(enumerate(ways))) for c in carried if w == Ways((c,))}
            extra = tuple([c for c in before.content if c in carried and c not in own])
            self.content, self.now, self.held = dict(before.content), dict(before.now), dict(held)
            done, turn = self.turn(stmt, ways, own, extra)
            again = carried | {c for c in self.written if c in before.content}
            found = [self.ways(k, w, turn, before) for k, w in enumerate(ways)]
            same = {c: slots for c, slots in held.items() if all(h.get(c) == slots for h in turn.held)}
            if again == carried and found == ways and held == same:
                break
            if found != ways or held != same:
                self.written, again = set(), set()
            carried, ways, held = again, found, same
        else:
            raise AssertionError("aliases of a loop do not settle")
        self.held = held
        self.refuse_resized(stmt)
        self.written |= written
        self.resized |= resized
        self.finish(done, init, before, ways, own, turn, first)

    def ways(self, k: int, ways: Ways, turn: Turn, before: _Before) -> Ways:
        """What a param may stand for, by what the exits of a turn hand on."""
        if not ways.there:
            return ways
        handed = [(vals[k], places[k], places) for vals, places in turn.handed if k < len(vals)]
        if ways == Ways(ways.there[:1]) and self.outlasts(ways.there[0], before):
            if all(place == ways.there[0] for _, place, _ in handed):
                return ways
        if not self.flags:
            return Ways()
        ways = replace(ways, there=tuple(dict.fromkeys([leaf for place in ways.there for leaf in leaves(place)])))
        for atom, place, others in handed:
            if isinstance(atom, Undef):     # never read
                continue
            if place is None:
                return Ways()
            shared = Counter(c for p in others if p is not None for c in set(cells(p)))
            for leaf in leaves(place):
                if self.outlasts(leaf, before):
                    ways = ways if leaf in ways.there else replace(ways, there=(*ways.there, leaf))
                else:
                    alone = all(c.firm and c not in before.content and shared[c] == 1 for c in cells(leaf))
                    ways = replace(ways, own=True, firm=ways.firm and alone)
        return ways

    def outlasts(self, place: Place, before: _Before) -> bool:
        return self.outlives(place, before.start, before.content)

    def refuse_resized(self, stmt: For | While) -> None:
        """A list may not grow or shrink while a loop runs over it."""
        bases = () if isinstance(stmt, While) else (stmt.iter, *self.walked.get(stmt.target, ()))
        for base in bases:
            place = self.place(base)
            if place is not None and not self.resized.isdisjoint(cells(place)):
                raise SharingError(f"{called(base)} changes while a loop runs over it",
                                   origin=stmt.origin, advice="iterate over a copy: `for x in list(xs)`")

    def turn(self, stmt: For | While, ways: list[Ways], own: dict[Cell, int],
             extra: tuple[Cell, ...]) -> tuple[For | While, Turn]:
        """The loop rewritten under assumptions, and what its exits hand on."""
        more = [self.value(c, self.build.kind(self.content[c]), self.content[c]) for c in extra]
        self.content.update(zip(extra, more))
        for c, k in own.items():
            self.content[c] = stmt.params[k]
        self.forget({*extra, *own})
        flags = [Flag(k, place, self.flag(stmt.params[k], place)) for k, w in enumerate(ways) for place in w.told()]
        self.bind(stmt.params, ways, {(f.position, f.place): f.value for f in flags})
        if isinstance(stmt, For):
            self.enter(stmt.target)
        self.begin()
        turn = Turn(dict(zip(extra, more)), flags)
        self.loops.append(turn)
        parts: dict[str, Any] = {"params": (*stmt.params, *more, *[f.value for f in flags])}
        if isinstance(stmt, While):
            held = dict(self.now)
            parts["cond"] = self.region(stmt.cond)
            self.now = held
        body = self.region(stmt.body)
        if isinstance(body.exit, Yield):
            with self.build.region() as stmts:
                exit = Yield((*body.exit.vals, *self.hand_on(stmt.body.exit.vals)))
            body = Region((*body.stmts, *stmts), exit)
        self.loops.pop()
        return replace(stmt, body=body, **parts), turn

    def flag(self, param: Value, place: Place) -> Value:
        """A carried value that tells whether a param stands for a place."""
        name = getattr(self.content[next(cells(place))], "hint", None)
        out = self.build.value(BOOL, f"{param.hint or 'it'}_is_{name or 'it'}")
        self.order[out] = len(self.order)
        return out

    def bind(self, names: tuple[Value, ...], ways: list[Ways], flags: Mapping[tuple[int, Place], Atom]) -> None:
        """Let carried names stand for what they may stand for."""
        for k, (name, w) in enumerate(zip(names, ways)):
            chain: Place | None = None
            if w.own:
                chain = Cell(firm=w.firm)
                self.content[chain] = name
            for place in w.there:
                chain = place if chain is None else Choice(flags[k, place], place, chain)
            self.enter(name, chain)

    def hand_on(self, raw: tuple[Atom, ...]) -> tuple[Atom, ...]:
        """What an exit of the innermost loop hands on beside the user's values."""
        turn = self.loops[-1]
        turn.handed.append((raw, tuple(map(self.place, raw))))
        turn.held.append(self.held)
        for c, now in turn.extra.items():
            self.refuse_changed(now, self.build.kind(self.content[c]))
        return (*[self.content[c] for c in turn.extra],
                *[self.stands_for(self.place(raw[f.position]), f.place) for f in turn.flags])

    def stands_for(self, place: Place | None, wanted: Place) -> Atom:
        """Whether a place is the one that is wanted."""
        if not isinstance(place, Choice):
            return Const(place == wanted)
        then, orelse = self.stands_for(place.then, wanted), self.stands_for(place.orelse, wanted)
        if then == orelse:
            return then
        if then == Const(True) and orelse == Const(False):
            return place.cond
        out = self.build.value(BOOL)
        self.build.add(If((out,), place.cond, Region((), Yield((then,))), Region((), Yield((orelse,))),
                          self.build.origin))
        return out

    def finish(self, loop: For | While, init: tuple[Atom, ...], before: _Before, ways: list[Ways],
               own: dict[Cell, int], turn: Turn, first: list[Place | None]) -> None:
        """Add the loop, and bind what it gives."""
        outs = [self.value(c, self.build.kind(before.content[c]), before.content[c]) for c in turn.extra]
        flags = [self.flag(loop.outs[f.position], f.place) for f in turn.flags]
        start = [self.stands_for(first[f.position], f.place) for f in turn.flags]
        self.build.add(replace(loop, outs=(*loop.outs, *outs, *flags),
                               init=(*init, *[before.content[c] for c in turn.extra], *start)))
        self.begin()
        self.content, self.now = before.content, before.now
        self.content.update(zip(turn.extra, outs))
        for c, k in own.items():
            self.content[c] = loop.outs[k]
        self.forget({*turn.extra, *own})
        self.bind(loop.outs, ways, {(f.position, f.place): v for f, v in zip(turn.flags, flags)})
