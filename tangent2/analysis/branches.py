"""Branches in renewal: what names stand for after one, where each side may have changed that."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from tangent2.analysis.aliases import Cell, Choice, Place, cells, contiguous, has_memory, leaves
from tangent2.analysis.carried import Flag, Ways
from tangent2.analysis.held import Slots, Tail, common
from tangent2.analysis.identity import Identity
from tangent2.core.kinds import Kind, join
from tangent2.core.syntax import UNDEF, Atom, Exit, If, Region, Stmt, Undef, Value, Yield


@dataclass
class _Arm:
    """One side of a branch: what it did, and what it knew at its end."""

    stmts: list[Stmt]
    exit: Exit
    raw: tuple[Atom, ...]
    content: dict[Cell, Atom]
    held: dict[Cell, Slots]
    tails: dict[Cell, Tail]
    places: dict[Value, Place]


@dataclass(frozen=True, eq=False)
class _Shown:
    """A condition made inside of one side of a branch, and the result of the branch that it is then."""

    arm: _Arm
    atom: Atom
    out: Value


class Branches(Identity, ABC):
    """The walk over branches."""

    @abstractmethod
    def region(self, region: Region) -> Region:
        """Renew what a region reads: the last floor of the walk does (`renew.py`)."""

    def branch(self, stmt: If) -> None:
        start, content, now, held = self.tick(), dict(self.content), dict(self.now), dict(self.held)
        tails, places = dict(self.tails), dict(self.places)
        cond = self.read(stmt.cond)
        arms = [self.arm(region, content, now, held, tails, places) for region in (stmt.then, stmt.orelse)]
        going = [arm for arm in arms if isinstance(arm.exit, Yield)]
        self.places = {**arms[0].places, **arms[1].places, **places}
        new, shown = self.set_free(cond, going, places, content, now, start)
        changed = [c for c in content if any(arm.content[c] is not content[c] for arm in going)] + new
        self.content, self.now = content, now
        shared = {c: common(slots, [arm.held.get(c) for arm in going]) for c, slots in held.items()}
        self.held = {c: slots for c, slots in shared.items() if slots is not None}
        self.tails = {c: (self.tick(), ()) for arm in going for c in arm.tails} | {
            c: tail for c, tail in tails.items() if all(arm.tails.get(c) == tail for arm in going)}
        outs, more = list(stmt.outs), []
        for c in changed:
            ways = [arm.content[c] for arm in going]
            found = next((k for k in range(len(stmt.outs))
                          if all(arm.exit.vals[k] is w for arm, w in zip(going, ways))), None)
            if found is None:
                outs.append(self.value(c, _joined(self.build.kind, ways), content.get(c, ways[0])))
                more.append(c)
            self.content[c] = outs[-1] if found is None else outs[found]
        named = Counter(c for arm in going for a in arm.raw for c in self.cells_named(a))
        alone = {c for c, count in named.items() if c.firm and count == 1}      # made in it, and one name goes on
        told = {k: w for k in range(len(stmt.outs)) if (w := self.told(stmt.outs[k], k, going, start, alone))}
        flags = [Flag(k, place, self.flag(stmt.outs[k], place)) for k, w in told.items() for place in w.told()]
        outs += [flag.value for flag in flags]
        outs += [handed.out for handed in shown]
        tests = [[*self.tested(arm, flags), *[handed.atom if handed.arm is arm else UNDEF for handed in shown]]
                 for arm in going]
        then, orelse = [Region(tuple(arm.stmts), Yield((*arm.exit.vals, *[arm.content[c] for c in more], *tests.pop(0)))
                               if isinstance(arm.exit, Yield) else arm.exit) for arm in arms]
        self.build.add(If(tuple(outs), cond, then, orelse, stmt.origin))
        self.forget(set(changed))
        for k, out in enumerate(stmt.outs):
            if k in told:
                self.bind((out,), [told[k]], {(0, f.place): f.value for f in flags if f.position == k})
            else:
                self.joined(out, stmt.cond, [arm.raw[k] for arm in going], start, alone)

    def told(self, out: Value, k: int, going: list[_Arm], start: int, alone: Collection[Place]) -> Ways | None:
        """What a name may stand for after a branch, where its condition does not tell, but flags can."""
        places = [self.place(arm.raw[k]) for arm in going if not isinstance(arm.raw[k], Undef)]
        found = [p for p in places if p is not None]
        if not self.flags or not has_memory(self.build.kind(out)) or len(found) < len(places) \
                or all(not isinstance(p, Choice) or self.outlives(p, start, self.content) for p in found):
            return None
        among = [leaf for p in found for leaf in leaves(p)]
        there = dict.fromkeys([leaf for leaf in among if self.outlives(leaf, start, self.content)])
        rest = [leaf for leaf in among if leaf not in there]
        flat = all(contiguous(leaf, self.build.kind) for leaf in rest)
        return Ways(tuple(there), bool(rest), all(leaf in alone for leaf in rest), flat) if there else None

    def tested(self, arm: _Arm, flags: list[Flag]) -> list[Atom]:
        """Whether names stand for places at the end of one side."""
        with self.build.region() as stmts:
            found = [self.stands_for(self.place(arm.raw[f.position]), f.place) for f in flags]
        arm.stmts.extend(stmts)
        return found

    def arm(self, region: Region, content: dict[Cell, Atom], now: dict[Value, Atom], held: dict[Cell, Slots],
            tails: dict[Cell, Tail], places: dict[Value, Place]) -> _Arm:
        self.content, self.now, self.held, self.tails = dict(content), dict(now), dict(held), dict(tails)
        self.places = dict(places)
        done = self.region(region)
        return _Arm(list(done.stmts), done.exit, region.exit.vals, self.content, self.held, self.tails, self.places)

    def set_free(self, cond: Atom, going: list[_Arm], places: dict[Value, Place], content: dict[Cell, Atom],
                 now: dict[Value, Atom], start: int) -> tuple[list[Cell], list[_Shown]]:
        """Bind names of elements whose place another object took on one side.

        Gives the cells that they have there, and the conditions inside of a side that tell where.
        """
        new: dict[Cell, None] = {}
        shown: list[_Shown] = []
        for value, place in places.items():
            ways = [arm.places[value] for arm in going]
            if self.order[value] > start or all(way == place for way in ways):
                continue
            now.pop(value, None)
            ways = [self.handed_out(arm, way, start, shown) for arm, way in zip(going, ways)]
            self.places[value] = ways[0] if all(way == ways[0] for way in ways) else Choice(cond, ways[0], ways[1])
            new |= {c: None for arm, way in zip(going, ways) for c in cells(way)
                    if c in arm.content and c not in content}
        for arm in going:       # where it is the element still, there is no other
            arm.content.update({c: UNDEF for c in new if c not in arm.content})
        return list(new), shown

    def handed_out(self, arm: _Arm, place: Place, start: int, shown: list[_Shown]) -> Place:
        """A place at the end of a side, told by conditions that the branch gives where they are made inside of it."""
        if not isinstance(place, Choice):
            return place
        cond, then, orelse = place.cond, *[self.handed_out(arm, p, start, shown) for p in (place.then, place.orelse)]
        if self.order.get(cond, -1) >= start:
            found = next((s for s in shown if s.arm is arm and s.atom is cond), None)
            if found is None:
                found = _Shown(arm, cond, self.build.value(self.build.kind(cond)))
                self.order[found.out] = self.tick()
                shown.append(found)
            cond = found.out
        return Choice(cond, then, orelse)

    def joined(self, out: Value, cond: Atom, raw: list[Atom], start: int, alone: Collection[Place]) -> None:
        """The place of what a branch gives; `alone`: cells that it gives by one name only."""
        self.enter(out)
        if out not in self.places:
            return
        raw = [a for a in raw if not isinstance(a, Undef)]       # never read
        ways = [self.places.get(a) if isinstance(a, Value) else None for a in raw]
        there = [w is not None and self.outlives(w, start, self.content) for w in ways]
        if all(w is not None and (on or w in alone) for w, on in zip(ways, there)):
            own = Cell(None, True, all(w is None or on or contiguous(w, self.build.kind) for w, on in zip(ways, there)))
            self.enter(out, own)
            self.content[own] = out
        here = self.places[out]
        found: list[Place] = [w if on and w is not None else here for w, on in zip(ways, there)]
        if found and all(w == found[0] for w in found):
            self.places[out] = found[0]
        elif len(found) == 2:
            self.places[out] = Choice(cond, found[0], found[1])

    def cells_named(self, atom: Atom) -> Iterator[Cell]:
        place = self.place(atom)
        return iter(()) if place is None else cells(place)


def _joined(kind_of: Callable[[Atom], Kind], ways: list[Atom]) -> Kind:
    kind = kind_of(ways[0])
    for way in ways[1:]:
        kind = join(kind, kind_of(way))
    return kind
