"""Renewal: what shares memory with an array that is written to is read anew after each write.

In Python `y = x[1:]; y[0] = v` changes `x`; in the core only the new version of `y` is changed.  Here the new version
is put back (`x = x with [1:] = y`), and names of the same memory that are read later are taken from it again.  So the
pure text means what Python does, wherever it is known which memory a name stands for; `analysis/memory.py` refuses the
rest.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from tangent2.analysis.aliases import (
    Cell, Choice, Place, View, cells, contiguous, has_memory, is_displayed, is_split, leaves, same, shows, turned_back,
)
from tangent2.analysis.contents import called
from tangent2.analysis.carried import Flag, Ways
from tangent2.analysis.given import Returned, given, given_unwritten, returned
from tangent2.analysis.held import Slots, Tail, common, named
from tangent2.analysis.identity import Identity
from tangent2.analysis.keeping import Keeping
from tangent2.analysis.known import ATTEMPTS, Boldness, Callees, Known, Sharing
from tangent2.analysis.late import Began, refuse_written
from tangent2.analysis.rebinding import Left
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Kind, List, Tuple, join
from tangent2.core.objectkinds import may_grow
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Call, Const, Continue, Exit, For, If, Note, Op, Region, Return, Stmt, Typed, Undef,
    Value, While, Yield, walk,
)
from tangent2.core.walk import map_exit
from tangent2.errors import UnsupportedError


def renew_aliases(typed: Typed, callees: Callees | None = None,
                  walked: Mapping[Value, tuple[Atom, ...]] | None = None,
                  boldness: Boldness = ATTEMPTS[0]) -> tuple[Typed, Sharing]:
    """The function in which every read sees what was written through other names; and the places of its values.

    `walked` tells, by the index of a loop, which containers the loop runs over: these may not grow or shrink in it.

    >>> from tangent2.core.kinds import Array
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Const, Function, IndexSpec, Return, SliceSpec
    >>> x, y, w = Value("x", True), Value("y", True), Value("y", True)
    >>> view = Op((y,), prims.GETITEM, (x, Const(1)), static=IndexSpec((SliceSpec(lower=True),)))
    >>> write = Op((w,), prims.SETITEM, (y, Const(0), Const(1.0)), static=IndexSpec((None,)))
    >>> f = Function("f", (x,), Region((view, write), Return((x,))))
    >>> kind = Array("float64", (None,))
    >>> print(show(renew_aliases(Typed(f, dict.fromkeys((x, y, w), kind), kind))[0].function))
    def f(x.0):
        y.1 = x.0[1:]
        y.2 = y.1 with [0] := 1.0
        x.3 = x.0 with [1:] := y.2
        return x.3
    """
    run = _Renewal(Builder(dict(typed.kinds)), typed.function.finals,
                   callees or Callees(lambda callee, kinds: Known()), walked or {}, boldness)
    if not run.may_write(typed.function.body):
        gives = given_unwritten(typed.function.params, typed.function.body, run.build.kind)
        return replace(typed, function=replace(typed.function, gives=gives)), Sharing({}, {})
    run.keeping = Keeping(typed.function.body, run.build.kind)
    for param in typed.function.params:
        run.enter(param, run.given(param))
    run.of_arguments.update(run.content)
    body = run.region(typed.function.body)
    writes = frozenset(p for p in typed.function.params if run.places.get(p) in run.written)
    gives = given(typed.function.params, run.places, run.returned)
    if run.finals:      # the result itself is the first of a tuple
        gives = tuple([replace(gift, path=(0, *gift.path)) for gift in gives])
    function = replace(typed.function, body=body, writes=writes, gives=gives,
                       restored=frozenset(run.restored), by_rows=run.looked, into_arrays=run.into_arrays,
                       reaches=run.reaches, rebinds=run.rebinds, apart=len(typed.function.params) * run.asked)
    result = typed.result
    if function.finals:
        result = Tuple((result, *[reduce(join, kinds) for kinds in zip(*run.ends)]))
        function = replace(function, owned=function.owned | writes, finals=())
    return Typed(function, run.build.kinds, result), Sharing(
        run.places, run.touches, run.alone, run.follows, run.first, run.wrote, run.distinct)


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


class _Renewal(Identity):
    """The walk over statements, calls and branches."""

    def __init__(self, build: Builder, finals: tuple[Value, ...], callees: Callees,
                 walked: Mapping[Value, tuple[Atom, ...]], boldness: Boldness) -> None:
        super().__init__(build, walked, callees, boldness)
        self.finals = finals
        self.looked = False         # whether there is an array that is taken to lie row by row
        self.began: Began = {}
        self.returned: list[Returned] = []
        self.ends: list[tuple[Kind, ...]] = []      # the kinds of what is given back, at each return

    def given(self, param: Value) -> Cell | None:
        """The memory of an argument: one that is an array is taken to be none of the others."""
        if not has_memory(self.build.kind(param)):
            return None
        is_array = isinstance(self.build.kind(param), Array)
        cell = Cell(firm=is_array, flat=is_array and self.by_rows)
        self.looked = self.looked or cell.flat
        self.content[cell] = param
        return cell

    def region(self, region: Region) -> Region:
        start = self.tick()
        with self.build.region() as stmts:
            for stmt in region.stmts:
                self.build.origin = getattr(stmt, "origin", None)
                _STMTS[type(stmt)](self, stmt)
            exit = self.exit(region.exit)
        self.close(start)
        return Region(tuple(stmts), exit)

    def exit(self, exit: Exit) -> Exit:
        raw = exit.vals
        exit = map_exit(exit, self.read)
        if isinstance(exit, Return):
            self.returned.append(returned(raw[0], self.tuples, self.place))
        if isinstance(exit, Return) and self.finals:
            now = tuple(map(self.latest, self.finals))
            self.ends.append(tuple(map(self.build.kind, now)))
            return Return((self.build.op(prims.TUPLE, exit.vals[0], *now),))
        if isinstance(exit, (Break, Continue)) and self.loops:
            exit = type(exit)((*exit.vals, *self.hand_on(raw)))
        return exit

    def op(self, op: Op) -> None:
        if op.prim in prims.UPDATES.values() and self.element(op) is not None:
            self.update_element(op)
            return
        if op.prim is prims.APPLY and self.applied(op).by_rows:
            self.refuse_strided(called(op.args[0]).strip("`"), op.args, op.origin)
        base = self.place(op.args[0]) if op.args else None
        if self.written_turned(op, base):
            return
        if op.prim is prims.TUPLE:
            self.tuples[op.out] = op.args
        if op.prim is prims.LATE:
            refuse_written(self, self.began, op, self.tuples)
            return
        if op.prim is prims.SAME:
            if base != self.place(op.args[1]):
                raise UnsupportedError("a method may put another object where this statement writes to",
                                       origin=op.origin, advice="split it into two statements")
            return
        if self.is_put_back(op, base):
            if isinstance(base, Cell):      # the same content, of which inference knows more
                self.build.kinds[self.content[base]] = self.build.kind(op.out)      # type: ignore[index]
            self.enter(op.out, base)
            del self.now[op.out]
            return
        if op.prim.update and base is None and not isinstance(self.build.kind(op.args[0]), (Dict, List)):
            self.reaches = True     # it may be what an argument holds
        if self.is_test(op):
            return self.test(op)
        self.rebind(op)
        new = replace(op, args=tuple(map(self.read, op.args)))
        if op.prim.update and base is not None:
            self.update(op, new, base)
            return
        self.build.add(new)
        if base is not None and len(op.outs) == 1 and same(op, self.build.kind):
            self.enter(op.out, base)
        elif self.element(op) is not None:
            self.enter(op.out, self.element(op))
        elif op.prim is prims.UNPACK and base is not None and self.unpacked(op, base):
            pass
        elif op.prim is prims.CAUGHT:
            self.attempt(op)
        elif op.prim is prims.UNPACK and op.args[0] in self.attempted:
            self.taken(op)
        elif self.parts(op):
            pass
        elif len(op.outs) == 1 and shows(op, base, self.build.kind):
            assert base is not None
            self.enter(op.out, View(base, replace(new, args=(op.args[0], *new.args[1:]))))
        else:
            for out in op.outs:
                self.enter(out, made=op)
            self.made_list(op)

    def update(self, op: Op, new: Op, base: Place) -> None:
        """Add an update of a known place; names of elements that others take the place of stay what they were."""
        made = None if isinstance(self.build.kind(op.args[0]), Array) else self.giver(op)
        left: Left = {}
        if made is not None:
            left = self.left_by(made[1], [base], map(self.place, made[0].args))
        elif not isinstance(self.build.kind(op.args[0]), Array):
            if is_split(base) and op.prim not in prims.UPDATES.values():
                raise UnsupportedError("a list of the parts of an array is changed", origin=op.origin,
                                       advice="write into a part, `part[...] = v`, or make a list of copies")
            self.detach(op, base)
        self.build.add(new)
        self.updated(op, base)
        if made is not None:
            self.touches[made[0].out] = self.touched
            self.wrote[made[0].out, made[0].args.index(op.args[0])] = base
            self.take_back(left, made[1])

    def updated(self, op: Op, base: Place) -> None:
        """The memory of a place has new contents, the first result of an operation."""
        kind = self.build.kind(op.args[0])
        self.into_arrays |= not (isinstance(kind, Dict) and kind.cls is not None or is_displayed(base))
        written = View(base, op) if op.prim in prims.UPDATES.values() and not isinstance(kind, Array) else base
        inner = not isinstance(kind, (Dict, List)) or written is not base
        self.reaches |= inner and not self.of_arguments.isdisjoint(cells(base))
        if op.prim in (prims.PUSH, prims.POP, prims.BECOME) and may_grow(kind):
            self.resized.update(cells(base))
        last = op.prim is prims.POP and len(op.args) == 1
        popped = self.element_last(base) if last else None
        for out in op.outs[1:]:
            self.enter(out, named(popped))
        self.enter(op.outs[0], base)
        self.wrote[op.outs[0], 0] = base
        made = self.giver(op)
        deep, array = op.prim is prims.BECOME, isinstance(kind, Array) or written is not base
        self.touches[op.outs[0]] = self.begin_write([written], array or deep and (made is None or made[1].reaches),
                                                    not array, deep)
        if self.is_alone(base) or self.is_alone(written):
            self.alone.add(op.outs[0])
        if not isinstance(self.build.kind(op.args[0]), Array):
            self.changed(op, base)
        self.write(base, op.outs[0])
        self.now[op.outs[0]] = op.outs[0]

    def written_turned(self, op: Op, base: Place | None) -> bool:
        """Write to a matrix itself where a row or column of the transposed one is written to."""
        turned = turned_back(op, base, self.build.kind)
        if turned is None or not isinstance(base, View) or self.place(turned.args[0]) != base.base:
            return False
        self.op(replace(turned, outs=(self.value(None, self.build.kind(turned.args[0]), turned.args[0]),)))
        self.enter(op.out, base)
        self.now.pop(op.out, None)
        return True

    def update_element(self, op: Op) -> None:
        """`xs[i] += v` of a list whose element has another name: it is read, changed, and put back."""
        get = Op((Value(),), prims.GETITEM, op.args[:2], (), op.static, op.origin)
        self.build.kinds[get.out] = kind = self.build.kinds_of(get, self.build.kind)[0]
        change = Op((self.build.value(kind),), op.prim, (get.out, Const(...), *op.args[2:]), (), op.static, op.origin)
        put = Op(op.outs, prims.SETITEM, (*op.args[:2], change.out), (), op.static, op.origin)
        for part in (get, change, put):
            self.op(part)

    def is_put_back(self, op: Op, base: Place | None) -> bool:
        """Whether an operation puts back a part that has been put back already."""
        part = self.place(op.args[-1]) if op.prim is prims.SETITEM else None
        if part is not None and op.static.items == (None,) and self.holds(base, op.args[1], part):
            return True
        return isinstance(part, View) and part.base == base and part.op.prim is prims.GETITEM \
            and part.op.args[1:] == op.args[1:-1] and part.op.static == op.static

    def may_write(self, region: Region) -> bool:
        """Whether anything is written to in a region, by itself or by what it calls."""
        return bool(self.finals) or self.may_test(region) or any(
            isinstance(s, Op) and s.prim.update or isinstance(s, Call) and self.matters(self.known(s))
            or isinstance(s, Op) and s.prim is prims.APPLY and self.applied(s).by_rows
            for s in walk(region))

    def note(self, note: Note) -> None:
        self.build.add(note)

    # ---- branches ----

    def branch(self, stmt: If) -> None:
        start, content, now, held = self.tick(), dict(self.content), dict(self.now), dict(self.held)
        tails, places = dict(self.tails), dict(self.places)
        cond = self.read(stmt.cond)
        arms = [self.arm(region, content, now, held, tails, places) for region in (stmt.then, stmt.orelse)]
        going = [arm for arm in arms if isinstance(arm.exit, Yield)]
        self.places = {**arms[0].places, **arms[1].places, **places}
        new = self.set_free(cond, going, places, content, now, start)
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
        tests = [self.tested(arm, flags) for arm in going]
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
                 now: dict[Value, Atom], start: int) -> list[Cell]:
        """Bind names of elements whose place another object took on one side; gives the cells that they have there."""
        new: dict[Cell, None] = {}
        for value, place in places.items():
            ways = [arm.places[value] for arm in going]
            if self.order[value] > start or all(way == place for way in ways):
                continue
            now.pop(value, None)
            self.places[value] = ways[0] if all(way == ways[0] for way in ways) else Choice(cond, ways[0], ways[1])
            new |= {c: None for arm, way in zip(going, ways) for c in cells(way)
                    if c in arm.content and c not in content}
        for arm in going:       # where it is the element still, there is no other
            arm.content.update({c: UNDEF for c in new if c not in arm.content})
        return list(new)

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


_STMTS: dict[type, Callable[[_Renewal, Any], None]] = {
    Op: _Renewal.op, Call: _Renewal.call, If: _Renewal.branch, For: _Renewal.loop, While: _Renewal.loop,
    Note: _Renewal.note,
}
