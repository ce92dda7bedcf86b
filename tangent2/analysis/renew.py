"""Renewal: what shares memory with an array that is written to is read anew after each write.

In Python `y = x[1:]; y[0] = v` changes `x`; in the core only the new version of `y` is changed.  Here the new version
is put back (`x = x with [1:] = y`), and names of the same memory that are read later are taken from it again.  So the
pure text means what Python does, wherever it is known which memory a name stands for; `analysis/memory.py` refuses the
rest.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from tangent2.analysis.aliases import (
    Cell, Place, View, cells, has_memory, leaves, is_displayed, is_split, same, shows, turned_back,
)
from tangent2.analysis.branches import Branches
from tangent2.analysis.contents import called
from tangent2.analysis.given import Returned, given, given_unwritten, returned
from tangent2.analysis.held import may_hold, named
from tangent2.analysis.hindsight import Hindsight
from tangent2.analysis.keeping import Keeping
from tangent2.analysis.known import ATTEMPTS, Boldness, Callees, Known, Sharing
from tangent2.analysis.late import Began, refuse_written
from tangent2.analysis.rebinding import Left
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Kind, List, Tuple, join
from tangent2.core.objectkinds import may_grow
from tangent2.core.syntax import (
    Atom, Break, Call, Const, Continue, Exit, For, If, Note, Op, Region, Return, Typed, Value, While, walk,
)
from tangent2.core.walk import map_exit
from tangent2.errors import UnsupportedError


def renew_aliases(typed: Typed, callees: Callees | None = None,
                  walked: Mapping[Value, tuple[Atom, ...]] | None = None,
                  boldness: Boldness = ATTEMPTS[0], found_out: Hindsight | None = None) -> tuple[Typed, Sharing]:
    """The function in which every read sees what was written through other names; and the places of its values.

    `walked` tells, by the index of a loop, which containers the loop runs over: these may not grow or shrink in it.
    `found_out`: takes the loops over lists of a few elements that have names.

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
    run.found_out = run.found_out if found_out is None else found_out
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
                       reaches=run.reaches or run.loses_changed(), rebinds=run.rebinds,
                       alters=run.altered(), apart=len(typed.function.params) * run.asked)
    result = typed.result
    if function.finals:
        result = Tuple((result, *[reduce(join, kinds) for kinds in zip(*run.ends)]))
        function = replace(function, owned=function.owned | writes, finals=())
    return Typed(function, run.build.kinds, result), Sharing(
        run.places, run.touches, run.alone, run.follows, run.first, run.wrote, run.distinct)


class _Renewal(Branches):
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
            exit = type(exit)(self.hand_on(exit.vals, raw))
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
        if op.prim is prims.ASKED:
            self.refuse_other_keys(op.args[0])
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
        if written is not base and self.changes_memory(op):
            self.inside.update(cells(base))
        inner = not isinstance(kind, (Dict, List)) or written is not base
        self.reaches |= inner and self.keys_in_arguments(base) is not None
        self.change_under(base)
        if op.prim in (prims.PUSH, prims.POP, prims.BECOME) and may_grow(kind):
            self.resized.update((leaf, op.prim is prims.BECOME) for leaf in leaves(base))
        last = op.prim is prims.POP and len(op.args) == 1
        popped = self.element_last(base) if last else None
        for out in op.outs[1:]:
            self.enter(out, named(popped))
            if popped is None and isinstance(place := self.places.get(out), Cell):
                self.stood[place] = base, None
        self.enter(op.outs[0], base)
        self.wrote[op.outs[0], 0] = base
        made = self.giver(op)
        deep, array = op.prim is prims.BECOME, isinstance(kind, Array) or written is not base
        self.touches[op.outs[0]] = self.begin_write([written], array or deep and (made is None or made[1].reaches),
                                                    not array, deep)
        for leaf in leaves(base):
            for each in (leaf, View(leaf, op)) if written is not base else (leaf,):
                if self.is_alone(each) and (op.outs[0], leaf) not in self.alone:
                    self.alone[op.outs[0], leaf] = self.stands_by_arrays(each)
        if not isinstance(self.build.kind(op.args[0]), Array):
            self.changed(op, base)
        self.write(base, op.outs[0])
        self.now[op.outs[0]] = op.outs[0]

    def changes_memory(self, op: Op) -> bool:
        """Whether `xs[i] += v` may change an array in place: it is no number."""
        read = Op((Value(),), prims.GETITEM, op.args[:2], (), op.static, op.origin)
        return may_hold(self.build.kinds_of(read, self.build.kind)[0])

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


_STMTS: dict[type, Callable[[_Renewal, Any], None]] = {
    Op: _Renewal.op, Call: _Renewal.call, If: _Renewal.branch, For: _Renewal.loop, While: _Renewal.loop,
    Note: _Renewal.note,
}
