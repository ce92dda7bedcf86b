"""Calls in renewal: what a callee writes to is given back by it, and what it gives is known to lie in an argument."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tangent2.analysis.aliases import Cell, Place, View, cells, contiguous, leaves
from tangent2.analysis.contents import called, has_none, refuse_first_values, refuse_outside
from tangent2.analysis.held import elements
from tangent2.analysis.known import Boldness, Callees, Known, Path
from tangent2.analysis.rebinding import Rebinding
from tangent2.analysis.together import overlap, planned
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.dims import canonical, forget_extents, rename
from tangent2.core.kinds import Array, Dict, FunctionKind, Kind, List, Number, Tuple, join
from tangent2.core.objectkinds import frozen, may_become, may_grow, thawed
from tangent2.core.syntax import Atom, Call, Callee, Op, Origin, Value
from tangent2.core.widening import bounded
from tangent2.errors import SharingError, UnsupportedError


class Calls(Rebinding):
    """Contents that callees change."""

    def __init__(self, build: Builder, walked: Mapping[Value, tuple[Atom, ...]], callees: Callees,
                 boldness: Boldness) -> None:
        super().__init__(build, walked, boldness.flags)
        self.callees = callees
        self.of_calls: dict[Atom, dict[Path, Place | None]] = {}      # of results of calls, where their parts lie
        self.attempted: dict[Atom, Call | Op] = {}      # by the pairs that attempts give
        self.by_rows = boldness.by_rows
        self.tuples: dict[Value, tuple[Atom, ...]] = {}
        self.into_arrays = self.reaches = False

    @staticmethod
    def matters(known: Known) -> bool:
        return bool(known.writes) or known.by_rows

    def applied(self, op: Op) -> Known:
        """What is known of a function value that is called."""
        kind = self.build.kind(op.args[0])
        if not isinstance(kind, FunctionKind) or not isinstance(kind.callee, Callee):
            return Known()
        return self.callees.known(kind.callee, (*kind.captured, *map(self.build.kind, op.args[1:])))

    def refuse_strided(self, name: str, args: Iterable[Atom], origin: Origin | None) -> None:
        """A function that takes arrays to lie row by row is given such."""
        for a in args:
            place, kind = self.place(a), self.build.kind(a)
            if isinstance(a, Value) and a in self.tuples:
                self.refuse_strided(name, self.tuples[a], origin)
            elif not isinstance(kind, (Number, FunctionKind)) and not (
                    isinstance(kind, Array) and place is not None and contiguous(place, self.build.kind)):
                raise SharingError(f"whether `{name}` reshapes a copy depends on how {called(a)} lies in memory",
                                   origin=origin, construct="reshape",
                                   advice="index instead, `x[i, j] = v`, or reshape a copy: `x.copy().reshape(...)`")

    def known(self, call: Call) -> Known:
        return self.callees.known(call.callee, tuple(map(self.build.kind, call.args)))

    def call(self, call: Call) -> None:
        args = tuple(map(self.read, call.args))
        places = [self.places.get(a) if isinstance(a, Value) else None for a in call.args]
        known = self.known(call)
        writes = known.writes
        if known.by_rows or known.open and self.by_rows:
            self.refuse_strided(call.callee.name, call.args, call.origin)
        given = {path: self.shown(call, *gift) for path, gift in known.gives.items()}
        if any(places[k] is None for k in writes):
            raise UnsupportedError(f"`{call.callee.name}` writes to an argument whose type is not known",
                                   origin=call.origin, construct="call", advice="give example arguments")
        self.made_by[call.out] = call, known
        if not writes:
            self.build.add(replace(call, args=args))
            self.result(call.out, known, given)
            return
        refuse_outside(call, places, writes)
        if self.once(call, places, writes):
            return
        assert self.callees.final is not None
        likes = [call.args[k] for k in writes]
        self.reaches |= known.reaches
        for k in writes:
            self.change_under(places[k])
        self.into_arrays |= known.into_arrays or not all(_is_object(self.build.kind(a)) for a in likes)
        kinds = self.kinds_after(call, known)
        final = self.callees.final(call.callee, writes)
        self.check_first_values(call, [self.build.kind(a) for a in likes], final)
        pair = self.build.call(final, args, Tuple((self.build.kind(call.out), *kinds)))
        self.add_known(known, map(self.build.kind, likes))
        written = {k: place for k in writes if (place := places[k]) is not None}
        left = self.left_by(known, list(written.values()), places)
        news = [self.value(places[k], kind, like) for k, kind, like in zip(writes, kinds, likes)]
        self.build.add(Op((call.out, *news), prims.UNPACK, (pair,), (), (1 + len(news), False, 0), call.origin))
        plain = [isinstance(self.build.kind(a), Array) for a in likes]
        self.touches[pair] = self.begin_write([places[k] for k in writes], known.reaches or any(plain),
                                               not all(plain), deep=True)
        self.wrote.update({(pair, k): place for k, place in written.items()})
        for (k, place), new in zip(written.items(), news):
            if not isinstance(self.build.kind(new), Array):
                if may_grow(self.build.kind(new)):
                    self.resized.update((leaf, True) for leaf in leaves(place))
                self.lose_inside(place, known.rebinds)
            self.write(place, new)
            self.now[call.args[k]] = new    # type: ignore[index]
        self.take_back(left, known)
        self.result(call.out, known, given)

    def result(self, out: Value, known: Known, given: dict[Path, Place | None]) -> None:
        """Bind what a call gives: an argument or a part of one, memory of its own, or a tuple of such."""
        there = {path: place for path, place in given.items() if place is not None}
        self.of_calls[out] = {**dict.fromkeys(known.fresh), **there}
        self.part(out, self.of_calls[out], ())

    def part(self, out: Value, given: dict[Path, Place | None], path: Path) -> None:
        """Bind the result of a call, or a part of it that is taken from it; what has no place is its own."""
        place = given.get(path)
        if place is None and path in given and isinstance(self.build.kind(out), Array):
            place = given[path] = Cell(firm=True)
            self.content[place] = out
        self.enter(out, place)

    def parts(self, op: Op) -> bool:
        """Bind the parts of what a call gave; gives False if an operation takes nothing from that."""
        given = self.of_calls.get(op.args[0]) if op.args else None
        if given is None or op.prim is not prims.UNPACK or op.static[1]:
            return False
        self.whole.update(dict.fromkeys(op.outs, op.args[0]))
        for k, out in enumerate(op.outs):
            self.part(out, given, (k,))
            place = given.get((k,))
            if place is not None and not self.written.isdisjoint(cells(place)):
                self.now.pop(out, None)         # it may have been written to since
        return True

    def attempt(self, op: Op) -> None:
        """Remember what is attempted, until its result is taken from the pair."""
        what, args = op.static.what, op.args[1:]
        self.attempted[op.out] = Call((op.out,), what, args, op.origin) if isinstance(what, Callee) else \
            Op(op.outs, what, args, (), None, op.origin)

    def taken(self, op: Op) -> None:
        """Bind the exception and the result of an attempt."""
        tried, (error, out) = self.attempted[op.args[0]], op.outs
        self.enter(error, made=op)
        if isinstance(tried, Op):
            self.enter(out, made=replace(tried, outs=(out,)))
        else:
            known = self.known(tried)
            self.result(out, known, {path: self.shown(tried, *gift) for path, gift in known.gives.items()})

    def check_first_values(self, call: Call, kinds: list[Kind], final: Callee) -> None:
        """Attributes that are None in an argument are not given a value by a callee."""
        if any(map(has_none, kinds)):
            given, names = canonical(tuple([frozen(bounded(self.build.kind(a))) for a in call.args]))
            refuse_first_values(call, kinds, thawed(rename(final.core(given).result, names)))

    def once(self, call: Call, places: list[Place | None], writes: tuple[int, ...]) -> bool:
        """Where arguments share memory to which the callee writes: call one that takes that memory once."""
        if not overlap(places, writes, self.apart):
            return False
        found = planned(call, places, writes, self.content, self.place)
        if found is None or self.callees.joined is None:
            raise SharingError(f"`{call.callee.name}` writes to an argument that shares memory with another one",
                               origin=call.origin, construct="call", advice="give it a copy of one of them")
        plan, args = found
        names = tuple([getattr(a, "hint", None) for a in args])
        callee = self.callees.joined(call.callee, tuple(map(self.build.kind, call.args)), plan, names)
        self.call(Call(call.outs, callee, args, call.origin))
        return True

    def kinds_after(self, call: Call, known: Known) -> list[Kind]:
        """The kinds that arguments have once a callee wrote to them; what it writes to in place keeps its shape."""
        kinds = tuple(map(self.build.kind, call.args))
        found = {k: kinds[k] for k in known.writes}
        if any(may_become(kinds[k]) for k in known.writes):
            given, names = canonical(tuple([frozen(bounded(k)) for k in kinds]))
            for k, end in self.callees.done(call.callee, given).ends:
                now = thawed(rename(end, names))
                now = forget_extents(now) if may_grow(kinds[k]) else now
                if k in found and not (known.rebinds == frozenset() and _is_of_arrays(kinds[k])):
                    found[k] = join(kinds[k], now)
        return list(found.values())

    def shown(self, call: Call, position: int, views: tuple[Op, ...]) -> Place | None:
        """The memory of (a part of) the result of a call: an argument, or views of it."""
        base = call.args[position]
        place = self.place(base)
        for view in views if place is not None else ():
            op = Op((Value(),), view.prim, (base, *view.args[1:]), view.kw, view.static, call.origin)
            self.build.kinds[op.out] = self.build.kinds_of(op, self.build.kind)[0]
            base, place = op.out, View(place, op)       # type: ignore[arg-type]
        return place


def _is_of_arrays(kind: Kind) -> bool:
    """Whether all that is in a list or dict are arrays with axes: in place these keep their kinds."""
    if isinstance(kind, (List, Dict, Tuple)):
        return all(map(_is_of_arrays, kind.elts if isinstance(kind, Tuple) else elements(kind)))
    return isinstance(kind, Array) and kind.has_axes


def _is_object(kind: Kind) -> bool:
    return isinstance(kind, Dict) and kind.cls is not None
