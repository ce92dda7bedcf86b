"""Renewal: what shares memory with an array that is written to is read anew after each write.

In Python `y = x[1:]; y[0] = v` changes `x`; in the core only the new version of `y` is changed.  Here the new version
is put back (`x = x with [1:] = y`), and names of the same memory that are read later are taken from it again.  So the
pure text means what Python does, wherever it is known which memory a name stands for; `analysis/memory.py` refuses the
rest.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from tangent2.analysis.aliases import (
    Cell, Choice, Place, View, cells, has_memory, is_split, operands_of, same, same_place, shows,
)
from tangent2.analysis.contents import called, refuse_overlap
from tangent2.analysis.held import Held, Slots
from tangent2.analysis.known import Callees, Known, Sharing
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Kind, Tuple, join
from tangent2.core.syntax import (
    Atom, Break, Call, Continue, Exit, For, If, Note, Op, Region, Return, Stmt, Typed, Undef, Value,
    While, Yield, regions, walk,
)
from tangent2.core.walk import map_exit
from tangent2.errors import UnsupportedError

_MOST_ROUNDS = 12


def renew_aliases(typed: Typed, callees: Callees | None = None,
                  walked: Mapping[Value, tuple[Atom, ...]] | None = None) -> tuple[Typed, Sharing]:
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
                   callees or Callees(lambda callee, kinds: Known()), walked or {})
    if not run.may_write(typed.function.body):
        returned = {r.exit.vals[0] for r in _returning(typed.function.body)}
        given = next((p for p in typed.function.params if returned == {p}), None)
        return replace(typed, function=replace(typed.function, gives=given)), Sharing({}, {})
    for param in typed.function.params:
        run.enter(param, run.given(param))
    body = run.region(typed.function.body)
    writes = frozenset(p for p in typed.function.params if run.places.get(p) in run.written)
    own = [p for p in typed.function.params if run.returned == {run.places.get(p)}]
    function = replace(typed.function, body=body, writes=writes, gives=own[0] if own else None,
                       restored=frozenset(run.restored), into_arrays=run.into_arrays)
    result = typed.result
    if function.finals:
        result = Tuple((result, *[reduce(join, kinds) for kinds in zip(*run.ends)]))
        function = replace(function, owned=function.owned | writes, finals=())
    return Typed(function, run.build.kinds, result), Sharing(run.places, run.touches)


@dataclass
class _Loop:
    """A loop being rewritten: the cells it carries beside the user's params, and what its exits hand on."""

    extra: tuple[Cell, ...]
    handed: list[tuple[Atom, ...]] = field(default_factory=list)
    held: list[dict[Cell, Slots]] = field(default_factory=list)


@dataclass
class _Arm:
    """One side of a branch: what it did, and what it knew at its end."""

    stmts: list[Stmt]
    exit: Exit
    raw: tuple[Atom, ...]
    content: dict[Cell, Atom]
    held: dict[Cell, Slots]


class _Renewal(Held):
    """The walk: what is known of contents, and what the loops around carry."""

    def __init__(self, build: Builder, finals: tuple[Value, ...], callees: Callees,
                 walked: Mapping[Value, tuple[Atom, ...]]) -> None:
        super().__init__(build)
        self.walked = walked
        self.finals = finals
        self.callees = callees
        self.resized: set[Cell] = set()
        self.into_arrays = False
        self.loops: list[_Loop] = []
        self.returned: set[Place | None] = set()
        self.ends: list[tuple[Kind, ...]] = []      # the kinds of what is given back, at each return

    def given(self, param: Value) -> Cell | None:
        """The memory of an argument: one that is an array is taken to be none of the others."""
        if not has_memory(self.build.kind(param)):
            return None
        cell = Cell(firm=isinstance(self.build.kind(param), Array))
        self.content[cell] = param
        return cell

    def region(self, region: Region) -> Region:
        with self.build.region() as stmts:
            for stmt in region.stmts:
                self.build.origin = getattr(stmt, "origin", None)
                _STMTS[type(stmt)](self, stmt)
            exit = self.exit(region.exit)
        return Region(tuple(stmts), exit)

    def exit(self, exit: Exit) -> Exit:
        raw = exit.vals
        exit = map_exit(exit, self.read)
        if isinstance(exit, Return):
            self.returned.add(self.places.get(raw[0]))      # type: ignore[arg-type]
        if isinstance(exit, Return) and self.finals:
            now = tuple(map(self.latest, self.finals))
            self.ends.append(tuple(map(self.build.kind, now)))
            return Return((self.build.op(prims.TUPLE, exit.vals[0], *now),))
        if isinstance(exit, (Break, Continue)) and self.loops:
            loop = self.loops[-1]
            loop.handed.append(raw)
            loop.held.append(self.held)
            exit = type(exit)((*exit.vals, *[self.content[c] for c in loop.extra]))
        return exit

    def op(self, op: Op) -> None:
        base = self.places.get(op.args[0]) if op.args else None     # type: ignore[arg-type]
        if op.prim is prims.SAME:
            if not same_place(base, self.places.get(op.args[1])):       # type: ignore[arg-type]
                raise UnsupportedError("a method may put another object where this statement writes to",
                                       origin=op.origin, advice="split it into two statements")
            return
        if self.is_put_back(op, base):
            if isinstance(base, Cell):      # the same content, of which inference knows more
                self.build.kinds[self.content[base]] = self.build.kind(op.out)      # type: ignore[index]
            self.enter(op.out, base)
            del self.now[op.out]
            return
        new = replace(op, args=tuple(map(self.read, op.args)))
        if op.prim.update and base is not None and not isinstance(self.build.kind(op.args[0]), Array):
            if is_split(base) and op.prim not in prims.UPDATES.values():
                raise UnsupportedError("a list of the parts of an array is changed", origin=op.origin,
                                       advice="write into a part, `part[...] = v`, or make a list of copies")
            self.detach(op, base)
        self.build.add(new)
        if op.prim.update and base is not None:
            kind = self.build.kind(op.args[0])
            self.into_arrays |= not (isinstance(kind, Dict) and kind.cls is not None)
            if op.prim in (prims.PUSH, prims.POP, prims.BECOME):
                self.resized.update(cells(base))
            last = op.prim is prims.POP and len(op.args) == 1
            popped = self.last(base) if last else None
            for out in op.outs[1:]:
                self.enter(out, popped)
            self.enter(op.outs[0], base)
            self.touched = self.touches[op.outs[0]] = set()
            if not isinstance(self.build.kind(op.args[0]), Array):
                self.changed(op, base)
            self.write(base, op.outs[0])
            self.now[op.outs[0]] = op.outs[0]
        elif base is not None and len(op.outs) == 1 and same(op, self.build.kind):
            self.enter(op.out, base)
        elif self.element(op) is not None:
            self.enter(op.out, self.element(op))
        elif op.prim is prims.UNPACK and base is not None and self.unpacked(op, base):
            pass
        elif len(op.outs) == 1 and shows(op, base, self.build.kind):
            assert base is not None
            self.enter(op.out, View(base, replace(new, args=(op.args[0], *new.args[1:]))))
        else:
            for out in op.outs:
                self.enter(out, made=op)
            self.made_list(op)

    def is_put_back(self, op: Op, base: Place | None) -> bool:
        """Whether an operation puts back a part that has been put back already."""
        part = self.places.get(op.args[-1]) if op.prim is prims.SETITEM else None       # type: ignore[arg-type]
        if part is not None and op.static.items == (None,) and self.holds(base, op.args[1], part):
            return True
        return isinstance(part, View) and part.base == base and part.op.prim is prims.GETITEM \
            and part.op.args[1:] == op.args[1:-1] and part.op.static == op.static

    def may_write(self, region: Region) -> bool:
        """Whether anything is written to in a region, by itself or by what it calls."""
        return bool(self.finals) or any(
            isinstance(s, Op) and s.prim.update or isinstance(s, Call) and bool(self.known(s).writes)
            for s in walk(region))

    def known(self, call: Call) -> Known:
        return self.callees.known(call.callee, tuple(map(self.build.kind, call.args)))

    def call(self, call: Call) -> None:
        args = tuple(map(self.read, call.args))
        places = [self.places.get(a) if isinstance(a, Value) else None for a in call.args]
        known = self.known(call)
        writes = known.writes
        given = None if known.gives is None else places[known.gives]
        if any(places[k] is None for k in writes):
            raise UnsupportedError(f"`{call.callee.name}` writes to an argument whose type is not known",
                                   origin=call.origin, construct="call", advice="give example arguments")
        if not writes:
            self.build.add(replace(call, args=args))
            self.enter(call.out, given)
            return
        refuse_overlap(call, places, writes)
        assert self.callees.final is not None
        self.into_arrays = True
        likes = [call.args[k] for k in writes]
        kinds = [self.build.kind(a) for a in likes]
        final = self.callees.final(call.callee, writes)
        pair = self.build.call(final, args, Tuple((self.build.kind(call.out), *kinds)))
        news = [self.value(places[k], kind, like) for k, kind, like in zip(writes, kinds, likes)]
        self.build.add(Op((call.out, *news), prims.UNPACK, (pair,), (), (1 + len(news), False, 0), call.origin))
        self.touched = self.touches[pair] = set()
        for k, new in zip(writes, news):
            if not isinstance(self.build.kind(new), Array):
                self.resized.update(cells(places[k]))       # type: ignore[arg-type]
                self.lose(places[k])        # type: ignore[arg-type]
            self.write(places[k], new)      # type: ignore[arg-type]
            self.now[call.args[k]] = new    # type: ignore[index]
        self.enter(call.out, given)

    def note(self, note: Note) -> None:
        self.build.add(note)

    # ---- branches ----

    def branch(self, stmt: If) -> None:
        start, content, now, held = len(self.order), dict(self.content), dict(self.now), dict(self.held)
        cond = self.read(stmt.cond)
        arms = [self.arm(region, content, now, held) for region in (stmt.then, stmt.orelse)]
        going = [arm for arm in arms if isinstance(arm.exit, Yield)]
        changed = [c for c in content if any(arm.content[c] is not content[c] for arm in going)]
        self.content, self.now = content, now
        self.held = {c: slots for c, slots in held.items() if all(arm.held.get(c) == slots for arm in going)}
        outs, more = list(stmt.outs), []
        for c in changed:
            ways = [arm.content[c] for arm in going]
            found = next((k for k in range(len(stmt.outs))
                          if all(arm.exit.vals[k] is w for arm, w in zip(going, ways))), None)
            if found is None:
                outs.append(self.value(c, _joined(self.build.kind, ways), content[c]))
                more.append(c)
            self.content[c] = outs[-1] if found is None else outs[found]
        then, orelse = [Region(tuple(arm.stmts), Yield((*arm.exit.vals, *[arm.content[c] for c in more]))
                               if isinstance(arm.exit, Yield) else arm.exit) for arm in arms]
        self.build.add(If(tuple(outs), cond, then, orelse, stmt.origin))
        self.forget(set(changed))
        for k, out in enumerate(stmt.outs):
            self.joined(out, stmt.cond, [arm.raw[k] for arm in going], start)

    def arm(self, region: Region, content: dict[Cell, Atom], now: dict[Value, Atom], held: dict[Cell, Slots]) -> _Arm:
        self.content, self.now, self.held = dict(content), dict(now), dict(held)
        done = self.region(region)
        return _Arm(list(done.stmts), done.exit, region.exit.vals, self.content, self.held)

    def joined(self, out: Value, cond: Atom, raw: list[Atom], start: int) -> None:
        """The place of what a branch gives."""
        self.enter(out)
        own = self.places.get(out)
        if own is None:
            return
        raw = [a for a in raw if not isinstance(a, Undef)]       # never read
        ways = [self.places.get(a) if isinstance(a, Value) else None for a in raw]
        found = [w if w is not None and self.outlives(w, start, self.content) else own for w in ways]
        if found and all(w == found[0] for w in found):
            self.places[out] = found[0]
        elif len(found) == 2:
            self.places[out] = Choice(cond, found[0], found[1])

    def outlives(self, place: Place, start: int, content: Mapping[Cell, Atom]) -> bool:
        """Whether a place was there, and can be found, before a statement began."""
        here = all(c in content for c in cells(place))
        return here and all(self.order.get(a, -1) < start for a in operands_of(place))

    # ---- loops ----

    def loop(self, stmt: For | While) -> None:
        start, content, now, held = len(self.order), dict(self.content), dict(self.now), dict(self.held)
        init = tuple(map(self.read, stmt.init))
        stmt = replace(stmt, iter=self.read(stmt.iter)) if isinstance(stmt, For) else stmt
        aliased = [self.places.get(a) if isinstance(a, Value) else None for a in stmt.init]
        carried: set[Cell] = set()
        written, self.written = self.written, set()
        resized, self.resized = self.resized, set()
        for _ in range(_MOST_ROUNDS):
            own = {c: k for k, c in reversed(list(enumerate(aliased))) if c in carried}
            extra = tuple([c for c in content if c in carried and c not in own])
            self.content, self.now, self.held = dict(content), dict(now), dict(held)
            done, turn = self.turn(stmt, aliased, own, extra)
            again = carried | {c for c in self.written if c in content}
            kept = [p if p is not None and self.same(p, k, turn.handed) and self.outlives(p, start, content) else None
                    for k, p in enumerate(aliased)]
            same = {c: slots for c, slots in held.items() if all(h.get(c) == slots for h in turn.held)}
            if again == carried and kept == aliased and held == same:
                break
            if kept != aliased or held != same:
                self.written, again = set(), set()
            carried, aliased, held = again, kept, same
        else:
            raise AssertionError("aliases of a loop do not settle")
        self.held = held
        self.refuse_resized(stmt)
        self.written |= written
        self.resized |= resized
        self.finish(done, init, content, now, aliased, own, extra)

    def refuse_resized(self, stmt: For | While) -> None:
        """A list may not grow or shrink while a loop runs over it."""
        bases = () if isinstance(stmt, While) else (stmt.iter, *self.walked.get(stmt.target, ()))
        for base in bases:
            place = self.places.get(base)       # type: ignore[arg-type]
            if place is not None and not self.resized.isdisjoint(cells(place)):
                raise UnsupportedError(f"{called(base)} changes while a loop runs over it",
                                       origin=stmt.origin, advice="iterate over a copy: `for x in list(xs)`")

    def turn(self, stmt: For | While, aliased: list[Place | None], own: dict[Cell, int],
             extra: tuple[Cell, ...]) -> tuple[For | While, _Loop]:
        """The loop rewritten under assumptions, and what its exits hand on."""
        more = [self.value(c, self.build.kind(self.content[c]), self.content[c]) for c in extra]
        self.content.update(zip(extra, more))
        for c, k in own.items():
            self.content[c] = stmt.params[k]
        self.forget({*extra, *own})
        for p, place in zip(stmt.params, aliased):
            self.enter(p, place)
        if isinstance(stmt, For):
            self.enter(stmt.target)
        loop = _Loop(extra)
        self.loops.append(loop)
        parts: dict[str, Any] = {"params": (*stmt.params, *more)}
        if isinstance(stmt, While):
            held = dict(self.now)
            parts["cond"] = self.region(stmt.cond)
            self.now = held
        body, _ = self.region(stmt.body), self.loops.pop()
        if isinstance(body.exit, Yield):
            loop.handed.append(stmt.body.exit.vals)
            loop.held.append(self.held)
            body = Region(body.stmts, Yield((*body.exit.vals, *[self.content[c] for c in extra])))
        return replace(stmt, body=body, **parts), loop

    def same(self, place: Place, k: int, handed: Iterable[tuple[Atom, ...]]) -> bool:
        """Whether a param names the same place in every turn."""
        return all(isinstance(vals[k], Value) and self.places.get(vals[k]) == place  # type: ignore[arg-type]
                   for vals in handed if k < len(vals))

    def finish(self, loop: For | While, init: tuple[Atom, ...], content: dict[Cell, Atom], now: dict[Value, Atom],
               aliased: list[Place | None], own: dict[Cell, int], extra: tuple[Cell, ...]) -> None:
        """Add the loop, and bind what it gives."""
        outs = [self.value(c, self.build.kind(content[c]), content[c]) for c in extra]
        self.build.add(replace(loop, outs=(*loop.outs, *outs), init=(*init, *[content[c] for c in extra])))
        self.content, self.now = content, now
        self.content.update(zip(extra, outs))
        for c, k in own.items():
            self.content[c] = loop.outs[k]
        self.forget({*extra, *own})
        for out, place in zip(loop.outs, aliased):
            self.enter(out, place)


def _returning(region: Region) -> Iterator[Region]:
    """The regions that return."""
    if isinstance(region.exit, Return):
        yield region
    for stmt in region.stmts:
        for inner in regions(stmt):
            yield from _returning(inner)


def _joined(kind_of: Callable[[Atom], Kind], ways: list[Atom]) -> Kind:
    kind = kind_of(ways[0])
    for way in ways[1:]:
        kind = join(kind, kind_of(way))
    return kind


_STMTS: dict[type, Callable[[_Renewal, Any], None]] = {
    Op: _Renewal.op, Call: _Renewal.call, If: _Renewal.branch, For: _Renewal.loop, While: _Renewal.loop,
    Note: _Renewal.note,
}
