"""Contents: what each array, list or dict holds at a point of the program, and how its other names are read anew."""
from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from dataclasses import replace

from tangent2.analysis.aliases import Cell, Choice, Place, View, cells, has_memory, new_cell, put_back, turned_back
from tangent2.analysis.renewed import Renewed, routes
from tangent2.analysis.hindsight import Hindsight, Holder, InHindsight, found_in
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.dims import forget_extents
from tangent2.core.kinds import (
    Array, Dict, Kind, List, NoneKind, Objects, Tuple, join, join_all, variants,
)
from tangent2.core.objectkinds import covers
from tangent2.core.syntax import Atom, Call, Const, If, Op, Region, Value, Yield
from tangent2.errors import SharingError, UnsupportedError


class Contents:
    """Places of values, contents of cells, and which atom has the content of a value now.

    places: of each value that has memory; first: when it was bound; wrote: that an operand of a statement, by its first
    result, had when that wrote to it.  content: of each cell; lost: cells of unknown content; born: when made.
    now: of the values whose content is at hand; what is missing is read anew.  order: when values were bound.
    written: the cells that were written to; inside: in a part of them.  alone: new versions of what nothing else names,
    and whether only arrays that are known stand beside them.
    restored: values in which a part was put back.  touches: per new version what is renewed with it; `touched`: now.
    """

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.places: dict[Value, Place] = {}
        self.first: dict[Value, Place] = {}
        self.wrote: dict[tuple[Value, int], Place] = {}
        self.content: dict[Cell, Atom] = {}
        self.lost: set[Cell] = set()
        self.born: dict[Cell, int] = {}
        self.now: dict[Value, Atom] = {}
        self.order: dict[Atom, int] = {}
        self.clock = 0
        self.closed: list[tuple[int, int]] = []         # when regions began and ended that are done
        self.written: set[Cell] = set()
        self.inside: set[Cell] = set()
        self.restored: set[Value] = set()
        self.touched = Renewed()
        self.alone: dict[tuple[Value, Place], bool] = {}
        self.touches: dict[Value, Renewed] = {}

    def tick(self) -> int:
        """The time, which goes on with each question."""
        self.clock += 1
        return self.clock

    def close(self, start: int) -> None:
        """A region that began at some time is done: what was bound in it cannot be read any more."""
        while self.closed and self.closed[-1][0] >= start:
            self.closed.pop()
        self.closed.append((start, self.tick()))

    def is_gone(self, atom: Atom) -> bool:
        """Whether a value was bound in a region that is done."""
        at = self.order.get(atom, -1)
        k = bisect(self.closed, at, key=lambda span: span[0]) - 1
        return k >= 0 and at < self.closed[k][1]

    def place(self, atom: Atom) -> Place | None:
        """The memory that a value names."""
        return self.places.get(atom) if isinstance(atom, Value) else None

    def value(self, place: Place | None, kind: Kind, like: Atom) -> Value:
        """A new value for what a place holds, named like another."""
        out = self.build.value(kind, getattr(like, "hint", None), getattr(like, "user", False))
        self.order[out] = self.tick()
        if place is not None:
            self.places[out] = self.first[out] = place
        return out

    def enter(self, value: Value, place: Place | None = None, made: Op | None = None) -> None:
        """A value that is bound now: it names a place, a new cell if none is given."""
        self.order[value] = self.tick()
        self.places.pop(value, None)        # of the param of a loop, what was thought of it before
        self.now.pop(value, None)
        if not has_memory(self.build.kind(value)):
            return
        if place is None:
            place = new_cell(made, self.build.kind, self.place)
            self.content[place] = value
            self.born[place] = self.clock
        self.places[value] = self.first[value] = place
        self.now[value] = value

    def read(self, atom: Atom) -> Atom:
        """The atom that has the content of a value now."""
        if not isinstance(atom, Value) or atom not in self.places:
            return atom
        if atom not in self.now:
            self.now[atom] = self.look(self.places[atom], atom)
        self.refuse_changed(atom, self.build.kind(self.now[atom]))
        return self.now[atom]

    def latest(self, value: Value) -> Atom:
        """The atom that has the content of a value now, of whatever kind it has become."""
        return self.look(self.places[value], value) if value in self.places else value

    def refuse_changed(self, value: Value, now: Kind) -> None:
        """What a container holds was inferred from what was stored by its own name: no other may store more."""
        inferred = self.build.kind(value)
        if not covers(inferred, now):
            refusal = self.stored_otherwise(value)
            kinds = dict(found_in(inferred, now)) or self.made_as(value, now)
            raise InHindsight(Hindsight(kinds), refusal) if kinds else refusal

    def made_as(self, value: Value, now: Kind) -> dict[Holder, Kind]:
        """Of a list or dict that a display made, what it holds now."""
        made = place.made if isinstance(place := self.place(value), Cell) else None
        if made is None or made.prim not in (prims.LIST, prims.DICT):
            return {}
        inferred = self.build.kind(made.out)
        if isinstance(inferred, Dict) and isinstance(now, Dict) and inferred.items is not None and (
                now.items is None or dict(inferred.items).keys() != dict(now.items).keys()):
            return {}
        return {made.out: forget_extents(now)} if type(inferred) is type(now) else {}

    def refuse_other_keys(self, atom: Atom) -> None:
        """The same of the keys of a dict, or the attributes of an object, that were asked for."""
        if isinstance(atom, Value):
            mine, now = self.build.kind(atom), self.build.kind(self.latest(atom))
            if isinstance(mine, Dict) and isinstance(now, Dict) and mine.items is not None and (
                    now.items is None or dict(mine.items).keys() != dict(now.items).keys()):
                raise self.stored_otherwise(atom)

    def stored_otherwise(self, value: Value) -> UnsupportedError:
        return UnsupportedError(f"{called(value)} is read after values of another kind, or under other keys, were "
                                "stored in it by another name", origin=self.build.origin,
                                advice="store and read by one name")

    def look(self, place: Place, like: Value) -> Atom:
        """What a place holds now, read anew; hints and kinds as of a value, of which the class may be known."""
        found = self.stored(place, like)
        if isinstance(self.build.kind(found), Objects) and len(classes := variants(self.build.kind(like))) == 1:
            return self.build.op(prims.AS_CLASS, found, static=next(iter(classes)))
        return found

    def stored(self, place: Place, like: Value) -> Atom:
        """The same, of whatever class it may be."""
        if isinstance(place, Cell):
            if place in self.lost:
                raise SharingError(f"what {called(like)} is now is not known: a call may have put another object there",
                                   origin=self.build.origin, advice="copy it where it is bound")
            if place not in self.content:
                raise SharingError(f"which object {called(like)} is depends on the path taken",
                                   origin=self.build.origin,
                                   advice="bind it anew on each path, or copy it where it is bound")
            return self.content[place]
        if isinstance(place, View):
            base = self.look(place.base, place.op.args[0])      # type: ignore[arg-type]
            out = self.value(place, self.build.kind(place.op.out), like)
            op = Op((out,), place.op.prim, (base, *place.op.args[1:]), place.op.kw, place.op.static, place.op.origin)
            if isinstance(self.build.kind(base), (List, Dict)):
                now = self.build.kinds_of(op, self.build.kind)[0]
                if not covers(self.build.kind(out), now):      # who reads it decides whether that will do
                    self.build.kinds[out] = now
            self.build.add(op)
            return out
        left = self.among(place, self.build.kind(like))
        if left is not place:
            return self.look(left, like)
        return self.either(place.cond, lambda: [self.look(place.then, like)],
                           lambda: [self.look(place.orelse, like)], [(place, like)])[0]

    def among(self, place: Place, kind: Kind) -> Place:
        """What of two places is left for an object of a known class: not that of one of another."""
        if not isinstance(place, Choice) or not variants(kind):
            return place
        then, orelse = [self.among(part, kind) for part in (place.then, place.orelse)]
        if not self.may_hold_one(then, kind):
            return orelse
        return then if not self.may_hold_one(orelse, kind) else place

    def may_hold_one(self, place: Place, kind: Kind) -> bool:
        """Whether an object of this kind may lie in a place."""
        if isinstance(place, Choice):
            return self.may_hold_one(place.then, kind) or self.may_hold_one(place.orelse, kind)
        atom = self.content.get(place) if isinstance(place, Cell) else place.op.out
        there = {} if atom is None else variants(self.build.kind(atom))
        return not there or not there.keys().isdisjoint(variants(kind))

    def either(self, cond: Atom, then: Callable[[], list[Atom]], orelse: Callable[[], list[Atom]],
               like: list[tuple[Place, Value]]) -> list[Value]:
        """Emit a branch; `like` has the places of its results, and values of their kinds and names."""
        arms = []
        for make in (then, orelse):
            with self.build.region() as stmts:
                vals = make()
            arms.append(Region(tuple(stmts), Yield(tuple(vals))))
        outs = [self.value(place, self.build.kind(v), v) for place, v in like]
        self.build.add(If(tuple(outs), cond, arms[0], arms[1], self.build.origin))
        return outs

    def is_alone(self, place: Place | None) -> bool:
        """Whether memory surely has no other name: see `Held`."""
        return False

    def stands_by_arrays(self, place: Place) -> bool:
        """Whether only arrays that are known stand beside an element: see `Held`."""
        return False

    def write(self, place: Place, new: Atom) -> None:
        """Let a place hold `new`, and what it is a part of hold it in its place."""
        self.touched.routes.update(routes(place, self.build.kind))
        self.put(place, new)

    def put(self, place: Place, new: Atom) -> None:
        """The same where it is a part, or holds one, of what is written to."""
        if isinstance(place, Cell):
            self.content[place] = new
            self.written.add(place)
            self.forget({place})
        elif isinstance(place, View):
            self.inside.update(cells(place))
            like = place.op.args[0]
            assert isinstance(like, Value)
            outer, put = place.base, replace(place.op, prim=prims.SETITEM, args=(*place.op.args, new))
            turned = turned_back(put, outer, self.build.kind) if place.op.prim is prims.GETITEM else None
            matrix = None if turned is None else turned.args[0]
            if turned is not None and isinstance(outer, View) and isinstance(matrix, Value):
                outer, like = outer.base, matrix
                base = self.look(outer, like)
                whole: Atom = self.build.op(prims.SETITEM, base, *turned.args[1:], static=turned.static)
            else:
                base = self.look(outer, like)
                whole = put_back(self.build, place.op, base, new)
                self.keep_keys(whole, base, new)
            again = self.named(whole, outer, like)
            self.restored.add(again)
            self.touches[again] = self.touched
            self.wrote[again, 0] = outer
            if self.is_alone(place):
                self.alone[again, outer] = self.stands_by_arrays(place)
            self.put(outer, again)
        else:
            self.put_either(place, new)

    def keep_keys(self, whole: Atom, base: Atom, part: Atom) -> None:
        """What is put back in a dict stands there by a key that it has, whichever that is; an array stays as it is."""
        before, now = self.build.kind(base), self.build.kind(whole)
        if isinstance(before, Array):
            self.build.kinds[whole] = before        # type: ignore[index]
        if isinstance(before, Dict) and isinstance(now, Dict) and before.items is not None and now.items is None:
            items = tuple([(key, join(kind, self.build.kind(part))) for key, kind in before.items])
            self.build.kinds[whole] = Dict(items, join_all(kind for _, kind in items))      # type: ignore[index]

    def named(self, atom: Atom, place: Place, like: Value) -> Value:
        """The value made last, under the name of the one that it takes the place of."""
        last = self.build.stmts[-1]
        assert isinstance(last, Op) and last.out is atom
        out = self.value(place, self.build.kind(atom), like)
        self.build.stmts[-1] = replace(last, outs=(out,))
        return out

    def put_either(self, place: Choice, new: Atom) -> None:
        """Write to one of two places by a condition."""
        left = self.among(place, self.build.kind(new))
        if left is not place:
            return self.put(left, new)
        touched = sorted({*cells(place.then), *cells(place.orelse)}, key=lambda c: self.order.get(self.content[c], -1))
        before = {c: self.content[c] for c in touched}

        def write(part: Place) -> list[Atom]:
            self.content.update(before)
            self.put(part, new)
            return [self.content[c] for c in touched]
        outs = self.either(place.cond, lambda: write(place.then), lambda: write(place.orelse),
                           [(c, v) for c, v in before.items() if isinstance(v, Value)])
        self.content.update(zip(touched, outs))
        self.forget(set(touched))

    def forget(self, touched: set[Cell]) -> None:
        self.now = {v: a for v, a in self.now.items() if touched.isdisjoint(cells(self.places[v]))}


def called(value: Atom) -> str:
    """What a value is called in messages."""
    hint = getattr(value, "hint", None)
    return f"`{hint}`" if hint else "a value"


def firm_key(key: Atom) -> str | int | None:
    """A key, or an index that means the same element however long a list grows."""
    value = key.value if isinstance(key, Const) else None
    return value if isinstance(value, str) or type(value) is int and value >= 0 else None


def may_be_equal(key: Atom, other: Atom) -> bool:
    """Whether two keys or indices may mean the same element."""
    return firm_key(key) is None or firm_key(other) is None or key == other


def is_element(op: Op) -> bool:
    """Whether an operation reads an element, by one index or key."""
    return op.prim is prims.GETITEM and len(op.args) == 2


def stays(op: Op, element: Op) -> bool:
    """Whether the element that `element` reads is where it was after an update of its list or dict."""
    if not is_element(element) or firm_key(element.args[1]) is None:
        return False
    if op.prim is prims.PUSH:
        return True
    return op.prim is prims.SETITEM and op.static.items == (None,) and not may_be_equal(op.args[1], element.args[1])


KEPT_ADVICE = "let the default be None, and make a new one in the function where it is None"


def refuse_outside(call: Call, places: list[Place | None], writes: tuple[int, ...]) -> None:
    """What a function writes to may not be a global, or a default, which Python keeps from call to call."""
    for k in writes:
        for cell in cells(places[k]):       # type: ignore[arg-type]
            refuse_kept(call, cell.made)


def refuse_kept(call: Call, made: Op | None, defaults_only: bool = False) -> None:
    """Refuse to write to what is read from outside."""
    if made is None or made.prim is not prims.READ:
        return
    name, kept = made.static.name, made.static.where == "default"
    if kept or not defaults_only:
        what = f"the default of its parameter `{name.rpartition('.')[2]}`" if kept else f"`{name}`"
        raise UnsupportedError(f"`{call.callee.name}` writes to {what}, which is kept from call to call",
                                   origin=call.origin, construct="call",
                                   advice=KEPT_ADVICE if kept else f"give it a copy of `{name}`")


def has_none(kind: Kind) -> bool:
    """Whether there is an object in a kind of which an attribute is None."""
    if not isinstance(kind, Dict) or kind.cls is None:
        return False
    return any(isinstance(each, NoneKind) or has_none(each) for _, each in kind.items or ())


def refuse_first_values(call: Call, kinds: list[Kind], found: Kind) -> None:
    """A function may not give an attribute of its argument, which is None, a value: its caller would not know."""
    after = found.elts[1:] if isinstance(found, Tuple) else ()
    for before, now in zip(kinds, after):
        mine, other = [dict(k.items or ()) if isinstance(k, Dict) else {} for k in (before, now)]
        for name, each in mine.items():
            if isinstance(each, NoneKind) and not isinstance(other.get(name), NoneKind):
                raise UnsupportedError(f"`{call.callee.name}` gives an object's attribute `{name}` its first value",
                                       origin=call.origin, construct=f".{name}",
                                       advice="do that in a method, or give it a number or an array in `__init__`")
