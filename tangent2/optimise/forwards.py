"""Reverse loops that only add up run forwards over what was recorded: nothing is popped, no index runs backwards.

The order of a sum matters to its rounding only.  A loop qualifies if all that it carries are sums whose terms read no
sum, and tapes from which each iteration pops once.  Where only the latter holds, and the list is read again later, the
loop reads it from its end instead of emptying a copy of it.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.kinds import INT, OBJECT, Array, Dict, Kind, List, Number
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Call, Const, For, If, Op, Region, Stmt, Typed, Value, While, Yield, operands, walk,
)
from tangent2.core.walk import count_uses, map_regions, may_leave, substitute
from tangent2.optimise.dead import HasEffect, contains_effect, drop_dead_in
from tangent2.names import is_derived
from tangent2.optimise.tapes import effectful, ends_of
from tangent2.rules.declare import by_name

Loop = For | While


def run_forwards(typed: Typed, has_effect: HasEffect = effectful) -> Typed:
    """Turn the loops that may run either way.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> p, p1, p2, s, s1, s2, v = [Value(h, True) for h in "p p p s_bar s_bar s_bar v".split()]
    >>> body = Region((Op((p2, v), prims.POP, (p1,)), Op((s2,), prims.ADD, (s1, v))), Yield((p2, s2)))
    >>> left, end = Value(), Value("s_bar")
    >>> loop = While((left, end), (p1, s1), (p, s), Region((), Yield((p1,))), body)      # while p: s = s + p.pop()
    >>> kinds = {**dict.fromkeys((p, p1, p2, left), List(FLOAT)), **dict.fromkeys((s, s1, s2, v, end), FLOAT)}
    >>> before = Typed(Function("f", (p, s), Region((loop,), Return((end,)))), kinds, FLOAT)
    >>> print(show(run_forwards(before).function))
    def f(p.0, s_bar.1):
        s_bar.5 = for v.3 in p.0 carrying (s_bar.2 := s_bar.1):
            s_bar.4 = add(s_bar.2, v.3)
            yield s_bar.4
        return s_bar.5
    """
    body = typed.function.body
    if not any(isinstance(s, (For, While)) for s in body.stmts) and not any(map(_holds_loop, body.stmts)):
        return typed
    made: dict[Value, Op | Loop] = {}
    for stmt in walk(body):
        if isinstance(stmt, (Op, For, While)):
            made.update(dict.fromkeys(stmt.outs, stmt))
    turn = _Turn(dict(typed.kinds), made, count_uses(body), has_effect)
    body = turn.region(body)
    if not turn.turned:
        return typed
    return Typed(replace(typed.function, body=drop_dead_in(body, has_effect)), turn.kinds, typed.result)


def _holds_loop(stmt: Stmt) -> bool:
    return isinstance(stmt, If) and any(isinstance(s, (For, While)) for r in (stmt.then, stmt.orelse) for s in walk(r))


@dataclass(slots=True)
class _Turn:
    """Facts about one function: kinds, what makes each value, how often it is read."""

    kinds: dict[Value, Kind]
    made: Mapping[Value, Op | Loop]
    uses: Mapping[Value, int]
    has_effect: HasEffect
    turned: bool = False

    def region(self, region: Region) -> Region:
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            stmt = map_regions(stmt, self.region)
            if isinstance(stmt, (For, While)) and stmt.params:
                found = self.loop(stmt)
                self.turned = self.turned or found is not None
                stmts += found or [stmt]
            else:
                stmts.append(stmt)
        return Region(tuple(stmts), region.exit)

    def loop(self, loop: Loop) -> list[Stmt] | None:
        """The loop with what must stand before it; None if it stays."""
        if may_leave(loop.body) or not isinstance(loop.body.exit, Yield):
            return None
        pops = self.pops(loop)
        sums = [k for k in range(len(loop.params)) if k not in pops]
        free = (not contains_effect(loop.body, self.has_effect) and _Sums(loop, sums, self.kinds).only
                and not any(_writes_to(loop.body, op.outs[1]) for op in pops.values()))
        if isinstance(loop, While):
            return self.emptying(loop, pops, free)
        bounds = self.backwards(loop.iter)
        if bounds is None:
            return None
        if free and all(self.filled(loop.init[k], bounds) for k in pops):
            before: list[Stmt] = []
            ends = [self.shifted(a, before) for a in reversed(bounds)]
            new = self.op("range", *(ends[1:] if ends[0] == Const(0) else ends), before=before)
            return [*before, self.reading(loop, pops, new)]
        alive = {k: op for k, op in pops.items() if self.alive(loop.init[k]) and self.filled(loop.init[k], bounds)
                 and not _writes_to(loop.body, op.outs[1])}
        return [self.reading(loop, alive, loop.iter)] if alive else None

    # ---- what a loop pops ----

    def pops(self, loop: Loop) -> dict[int, Op]:
        """The carried lists from which each iteration pops once, all that is ever done with them."""
        counts = count_uses(loop.body)
        found = {}
        for k, (param, val) in enumerate(zip(loop.params, loop.body.exit.vals)):
            op = next((s for s in loop.body.stmts if isinstance(s, Op) and s.prim is prims.POP and val is s.out), None)
            if op is not None and op.args == (param,) and counts[param] == counts[op.out] == 1 \
                    and loop.outs[k] not in self.uses:
                found[k] = op
        return found

    def alive(self, tape: Atom) -> bool:
        """Whether a list is read by anything but the loop that empties it."""
        return isinstance(tape, Value) and self.uses[tape] > 1

    def filled(self, tape: Atom, bounds: tuple[Atom, Atom]) -> bool:
        """Whether a list was filled by a loop over the same range from 0, one element in each iteration."""
        loop = self.made.get(tape) if isinstance(tape, Value) else None
        if not isinstance(loop, For) or may_leave(loop.body) or not isinstance(loop.body.exit, Yield):
            return False
        k = loop.outs.index(tape)
        start, push = self.op_of(loop.init[k]), self.op_of(loop.body.exit.vals[k])
        if start is None or start.prim not in (prims.TAPE, prims.LIST) or start.args or push is None \
                or push.prim is not prims.PUSH or push not in loop.body.stmts or push.args[0] is not loop.params[k]:
            return False
        over = self.op_of(loop.iter)
        if over is None or over.prim.name != "range" or len(over.args) != 1 or self.uses[loop.params[k]] != 1:
            return False
        before: list[Stmt] = []
        return bounds[1] == Const(-1) and self.shifted(bounds[0], before) == over.args[0]

    def op_of(self, atom: Atom) -> Op | None:
        made = self.made.get(atom) if isinstance(atom, Value) else None
        return made if isinstance(made, Op) else None

    def backwards(self, over: Atom) -> tuple[Atom, Atom] | None:
        """`stop` and `start` of a range that counts down by one, both one less than those of the range it reverses."""
        made = self.op_of(over)
        if made is None or made.prim.name != "range" or made.kw or len(made.args) != 3 or made.args[2] != Const(-1):
            return None
        return made.args[0], made.args[1]

    def shifted(self, atom: Atom, before: list[Stmt]) -> Atom:
        """`atom + 1`, folded."""
        if isinstance(atom, Const):
            return Const(atom.value + 1)
        made = self.op_of(atom)
        if made is not None and made.prim is prims.SUB and made.args[1] == Const(1):
            return made.args[0]
        if made is not None and made.prim in (prims.ADD, prims.SUB) and isinstance(made.args[1], Const):
            by = (made.args[1].value if made.prim is prims.ADD else -made.args[1].value) + 1
            prim = prims.ADD if by > 0 else prims.SUB
            return self.new(Op((Value(),), prim, (made.args[0], Const(abs(by)))), INT, before)
        return self.new(Op((Value(),), prims.ADD, (atom, Const(1))), INT, before)

    def op(self, name: str, *args: Atom, before: list[Stmt]) -> Value:
        return self.new(Op((Value(),), by_name(name), args), OBJECT, before)

    def new(self, op: Op, kind: Kind, before: list[Stmt]) -> Value:
        before.append(op)
        self.kinds[op.out] = kind
        return op.out

    # ---- the new loop ----

    def emptying(self, loop: While, pops: dict[int, Op], free: bool) -> list[Stmt] | None:
        """`while tape: x = tape.pop()` as a loop over the tape."""
        if len(pops) != 1 or loop.cond.stmts:
            return None
        (k, pop), = pops.items()
        tape = loop.init[k]
        if loop.cond.exit.vals != (loop.params[k],) or not free and (
                not self.alive(tape) or _writes_to(loop.body, pop.outs[1])):
            return None
        before: list[Stmt] = []
        over = tape if free else self.op("reversed", tape, before=before)
        stmts = tuple([s for s in loop.body.stmts if s is not pop])
        parts = tuple([s for s in stmts if _takes_apart(s, pop.outs[1])][:1])       # it is taken apart at once
        stmts = (*parts, *[s for s in stmts if s not in parts])
        made = self.without(loop, {k}, pop.outs[1], over, stmts)
        return [*before, self.counting(made, tape) or made]

    def counting(self, loop: For, tape: Atom) -> Op | None:
        """The length of what a loop only counts."""
        step = loop.body.stmts[0] if len(loop.body.stmts) == 1 else None
        if loop.init == (Const(0),) and isinstance(step, Op) and step.prim is prims.ADD \
                and step.args == (loop.params[0], Const(1)) and step.outs == loop.body.exit.vals:
            return Op(loop.outs, by_name("len"), (tape,), origin=step.origin)
        return None

    def reading(self, loop: For, pops: dict[int, Op], over: Atom) -> For:
        """The loop over a range, with elements read at its index in place of pops."""
        gone = set(pops.values())
        stmts = [s for s in loop.body.stmts if s not in gone]
        at = next((k for k, s in enumerate(stmts) if not _loads(s, loop.target)), len(stmts))
        named = self.only_loads(loop)
        reads: list[Stmt] = []
        names: dict[Value, Atom] = {}
        for k, pop in pops.items():
            element = pop.outs[1]
            if named and element.hint is None and not any(_takes_apart(s, element) for s in stmts):
                element = Value("t", True)      # it has a place in the head of the loop
                self.kinds[element] = self.kinds[pop.outs[1]]
                names[pop.outs[1]] = element
            reads.append(Op((element,), prims.GETITEM, (loop.init[k], loop.target), static=ONE_ITEM, origin=pop.origin))
        body = substitute(Region((*stmts[:at], *reads, *stmts[at:]), loop.body.exit), names)
        made = self.without(replace(loop, body=body), set(pops), loop.target, over, body.stmts)
        return made

    def only_loads(self, loop: For) -> bool:
        """Whether the index of a loop only picks elements that have names."""
        loads = [s for s in walk(loop.body) if isinstance(s, Op) and _loads(s, loop.target) and s.out.user]
        return count_uses(loop.body).get(loop.target, 0) == len(loads)

    def without(self, loop: Loop, gone: set[int], target: Value, over: Atom, stmts: tuple[Stmt, ...]) -> For:
        """A loop that no longer carries some values."""
        outs, params, init, vals = [tuple([v for k, v in enumerate(many) if k not in gone])
                                    for many in (loop.outs, loop.params, loop.init, loop.body.exit.vals)]
        return For(outs, target, over, params, init, Region(stmts, Yield(vals)), loop.origin)  # type: ignore[arg-type]


def _loads(stmt: Stmt, index: Value) -> bool:
    """Whether a statement reads the element at an index of something."""
    return (isinstance(stmt, Op) and stmt.prim is prims.GETITEM and stmt.static == ONE_ITEM and stmt.args[1] is index
            and stmt.args[0] is not index)


def _writes_to(region: Region, element: Value) -> bool:
    """Whether what was popped, or a part of it, is updated or emptied: it must not stay in the list as well."""
    parts: set[Atom] = {element}
    for stmt in walk(region):
        if isinstance(stmt, Op) and stmt.args and stmt.args[0] in parts:
            if stmt.prim.update:
                return True
            if stmt.prim in (prims.UNPACK, prims.GETITEM):
                parts.update(stmt.outs)
        elif isinstance(stmt, (For, While)) and not parts.isdisjoint(stmt.init):
            return True
    return False


def _takes_apart(stmt: Stmt, value: Value) -> bool:
    return isinstance(stmt, Op) and stmt.prim is prims.UNPACK and stmt.args[0] is value


# ------------------------------------------------------------------------------------------------------------ sums


def _may_reorder(value: Value, kind: Kind | None) -> bool:
    """Whether rounding may change: not in what the user computes, but in derivatives; whole numbers have none."""
    if isinstance(kind, (Number, Array)) and kind.dtype == "int64":
        return True
    return isinstance(kind, (Number, Array, List, Dict)) and (is_derived(value.hint) or not value.user)


_PARTS = {prims.ADDITEM, prims.SUBITEM, prims.AT_ADD}


class _Sums:
    """Whether some carried values of a loop are sums: each version is an older one plus what reads none of them."""

    def __init__(self, loop: Loop, places: list[int], kinds: Mapping[Value, Kind]) -> None:
        self.kinds = kinds
        self.of: dict[Atom, int] = {loop.params[k]: k for k in places}
        fits = all(_may_reorder(loop.params[k], kinds.get(loop.params[k])) for k in places)
        vals = loop.body.exit.vals
        self.only = fits and self.region(loop.body) and all(
            self.of.get(a) == (k if k in places else None) for k, a in enumerate(vals))

    def region(self, region: Region) -> bool:
        return all(self.stmt(s) for s in region.stmts)

    def stmt(self, stmt: Stmt) -> bool:
        if isinstance(stmt, Op):
            return self.op(stmt)
        if isinstance(stmt, If):
            return stmt.cond not in self.of and self.branch(stmt)
        if isinstance(stmt, (For, While)):
            return self.loop(stmt)
        return not isinstance(stmt, Call) or not any(a in self.of for a in stmt.args)

    def op(self, op: Op) -> bool:
        read = [a for a in operands(op) if a in self.of]
        if not read:
            return True
        if len(read) != 1:
            return False
        prim = op.static if op.prim is prims.ACCUMULATE else op.prim
        first = op.args[0] is read[0]
        if prim in _PARTS:
            fits = first
        else:
            fits = (prim is prims.ADD or prim is prims.SUB and first) \
                and isinstance(self.kinds.get(op.out), (Number, Array))
        if fits:
            self.of[op.out] = self.of[read[0]]
        return fits

    def branch(self, stmt: If) -> bool:
        if not (self.region(stmt.then) and self.region(stmt.orelse)):
            return False
        ways = [r.exit.vals for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield)]
        return all(self.join(out, [vals[k] for vals in ways if len(vals) == len(stmt.outs)])
                   for k, out in enumerate(stmt.outs))

    def join(self, out: Value, vals: list[Atom]) -> bool:
        """Bind what is one of several values: all of them versions of one sum, or none."""
        found = {self.of.get(a) for a in vals}
        if len(found) > 1:
            return False
        for k in found - {None}:
            self.of[out] = k  # type: ignore[assignment]
        return True

    def loop(self, loop: Loop) -> bool:
        for param, init in zip(loop.params, loop.init):
            if init in self.of:
                self.of[param] = self.of[init]
        if isinstance(loop, For):
            if loop.iter in self.of:
                return False
        elif not self.region(loop.cond) or any(a in self.of for a in loop.cond.exit.vals):
            return False
        if not self.region(loop.body):
            return False
        return all(self.join(out, [param, *[vals[k] for vals in ends_of(loop)]])
                   for k, (param, out) in enumerate(zip(loop.params, loop.outs)))
