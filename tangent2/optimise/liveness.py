"""Liveness of variables over the printed text: which values are needed at the same time and so cannot share one.

One walk backwards.  It sees what the printer will print: reads of a folded value happen where its reader stands,
loop results are loop parameters, and an exit of a region assigns to what it leaves for.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tangent2.core.syntax import (
    Atom, Break, Call, Continue, Exit, For, Function, If, Note, Op, Raise, Region, Return, Stmt, Try, Undef, Value,
    While, regions,
)
from tangent2.core.walk import bound, values

Live = set[Value]
Pair = tuple[Value, Atom]


@dataclass(frozen=True, eq=False, slots=True)
class Liveness:
    """`clash`: values alive together; `forced` and `copies`: pairs that must, or had better, share a variable.

    order: the variables, in the order in which the text binds them; pinned: captured by a nested function, which
    reads the variable whenever it is called; unbound: some path reaches them without a value; copied: by `deep_copy`,
    which lets through what is not bound.
    """

    clash: dict[Value, Live] = field(default_factory=dict)
    forced: list[Pair] = field(default_factory=list)
    copies: list[Pair] = field(default_factory=list)
    order: list[Value] = field(default_factory=list)
    read: Live = field(default_factory=set)
    unbound: Live = field(default_factory=set)
    pinned: Live = field(default_factory=set)
    copied: Live = field(default_factory=set)


def liveness(function: Function, inline: Mapping[Value, Stmt], whole: Iterable[Stmt],
             closures: Iterable[Op] = ()) -> Liveness:
    """Walk a function backwards and collect clashes and copies."""
    walk = _Walk(inline, frozenset(whole))
    for op in closures:
        walk.facts.pinned.update([v for v in values(op.args) if v not in inline])
    live = walk.region(function.body, set(), (), None)
    walk.define(function.params, live)
    walk.facts.order.reverse()
    for value in walk.facts.pinned:
        for other in walk.facts.order:
            walk.meet(value, other)
    return walk.facts


@dataclass(frozen=True, slots=True)
class _Loop:
    """Where the exits of a loop go: what they assign to, and what is alive there."""

    outs: tuple[Value, ...]
    params: tuple[Value, ...]
    after: Live
    header: Live


class _Walk:
    def __init__(self, inline: Mapping[Value, Stmt], whole: frozenset[Stmt]) -> None:
        self.inline, self.whole = inline, whole
        self.facts = Liveness()
        self.known: dict[Value, frozenset[Value]] = {}

    # what the printed text reads

    def leaves(self, atom: Atom) -> frozenset[Value]:
        """The variables that the text of an operand reads."""
        if not isinstance(atom, Value):
            return frozenset()
        stmt = self.inline.get(atom)
        if stmt is None:
            return frozenset((atom,))
        found = self.known.get(atom)
        if found is None:
            found = self.known[atom] = self.reads(stmt)
        return found

    def reads(self, stmt: Stmt) -> frozenset[Value]:
        """The variables that a statement printed as an expression reads."""
        if isinstance(stmt, Op) and stmt.prim.name == "deep_copy":
            self.facts.copied.update(self.all(stmt.args))
        if isinstance(stmt, (Op, Call)):
            return self.all(stmt.args)
        if isinstance(stmt, If):
            return self.all((stmt.cond, *stmt.then.exit.vals, *stmt.orelse.exit.vals))
        if isinstance(stmt, For):
            return self.comprehension(stmt)
        return frozenset()

    def all(self, atoms: Iterable[Atom]) -> frozenset[Value]:
        found = [self.leaves(a) for a in atoms if isinstance(a, Value)]
        return found[0] if len(found) == 1 else frozenset[Value]().union(*found)

    def comprehension(self, stmt: For) -> frozenset[Value]:
        """Its target has a scope of its own, but may not hide what the element reads."""
        first, last = stmt.body.stmts[0], stmt.body.stmts[-1]
        targets = first.outs if isinstance(first, Op) and first in self.whole else (stmt.target,)
        inner = self.all(last.args[1:]) if isinstance(last, Op) else frozenset()
        self.facts.read.update(inner)
        outer = inner.difference(targets)
        for target in reversed(targets):
            self.facts.order.append(target)
            for other in (*outer, *targets):
                self.meet(target, other)
        return outer | self.leaves(stmt.iter)

    # clashes

    def meet(self, a: Value, b: Value) -> None:
        if a is not b:
            self.facts.clash.setdefault(a, set()).add(b)
            self.facts.clash.setdefault(b, set()).add(a)

    def define(self, outs: Iterable[Value], live: Live, but: Mapping[Value, Atom] | None = None) -> None:
        """Values become alive together, in front of what is alive."""
        outs = [v for v in outs if v not in self.inline]
        self.facts.order.extend(reversed(outs))
        live.difference_update(outs)
        for k, value in enumerate(outs):
            mine = self.facts.clash.setdefault(value, set())
            others = [*live, *outs[:k]]
            for other in others:
                if but is None or but.get(value) is not other:
                    mine.add(other)
                    self.facts.clash.setdefault(other, set()).add(value)

    def use(self, found: Iterable[Value], live: Live) -> None:
        found = set(found)
        self.facts.read.update(found)
        live |= found

    def copy(self, pairs: Iterable[tuple[Value, Atom]]) -> None:
        for to, val in pairs:
            if isinstance(val, Value) and val not in self.inline:
                self.facts.copies.append((to, val))
            elif isinstance(val, Undef):
                self.facts.unbound.add(to)

    # statements, backwards

    def region(self, region: Region, after: Live, outs: tuple[Value, ...], loop: _Loop | None) -> Live:
        """What is alive before a region.  `outs`: what its yield assigns to, with `after` alive then."""
        live = self.exit(region.exit, after, outs, loop)
        for stmt in reversed(region.stmts):
            if isinstance(stmt, Note):
                continue
            if isinstance(stmt, (Op, Call)) or stmt in self.whole and not isinstance(stmt, While):
                self.simple(stmt, live)
            elif isinstance(stmt, If):
                self.branch(stmt, live, loop)
            elif isinstance(stmt, Try):
                self.attempt(stmt, live, loop)
            else:
                self.loop(stmt, live)
        return live

    def exit(self, exit: Exit, after: Live, outs: tuple[Value, ...], loop: _Loop | None) -> Live:
        live: Live = set()
        if isinstance(exit, Break) and loop is not None:
            outs, live = loop.outs, set(loop.after)
        elif isinstance(exit, Continue) and loop is not None:
            outs, live = loop.params, set(loop.header)
        elif not isinstance(exit, (Return, Raise)):
            live = set(after)
        else:
            outs = ()
        self.copy(zip(outs, exit.vals))
        for value in exit.vals:
            self.use(self.leaves(value), live)
        return live

    def simple(self, stmt: Stmt, live: Live) -> None:
        outs = stmt.outs
        if outs and all(v in self.inline for v in outs):
            return
        self.define(outs, live)
        if stmt in self.whole and isinstance(stmt, Op):
            return                      # `for a, b in`: the target itself has no variable
        self.use(self.reads(stmt), live)
        if isinstance(stmt, Op) and stmt.prim.update and isinstance(stmt.args[0], Value):
            self.facts.forced.append((stmt.outs[0], stmt.args[0]))

    def branch(self, stmt: If, live: Live, loop: _Loop | None) -> None:
        self.define(stmt.outs, live)
        after = set(live)
        other = self.region(stmt.orelse, after, stmt.outs, loop)
        then = self.region(stmt.then, after, stmt.outs, loop)
        live.clear()
        live |= then
        live |= other
        self.use(self.leaves(stmt.cond), live)

    def attempt(self, stmt: Try, live: Live, loop: _Loop | None) -> None:
        """What the handler reads is alive while the block is attempted; at its end the exception's name is unbound."""
        self.define(stmt.outs, live)
        after = set(live)
        other = self.region(stmt.orelse, after, stmt.outs, loop)
        if stmt.raised is not None:
            self.define((stmt.raised,), other)
            self.facts.pinned.add(stmt.raised)
        then = self.region(stmt.then, after, stmt.outs, loop)
        body = self.region(stmt.body, then | other, (), loop)
        live.clear()
        live |= body
        self.use(self.leaves(stmt.classes), live)

    def loop(self, stmt: For | While, live: Live) -> None:
        params = stmt.params
        self.facts.forced.extend(zip(params, stmt.outs))
        self.define(stmt.outs, live)
        after = set(live)
        through = after | self._free(stmt)
        header = through | set(params)
        inside = _Loop(stmt.outs, params, after, through)
        body = self.region(stmt.body, through, params, inside)
        if isinstance(stmt, For):
            body |= header
            apart = bool(stmt.body.stmts) and isinstance(stmt.body.stmts[0], Op) and stmt.body.stmts[0] in self.whole
            self.define([] if apart else [stmt.target], body)
        else:
            self.region(stmt.cond, body | header, (), None)
        live.clear()
        live |= through
        iterated = self.leaves(stmt.iter) if isinstance(stmt, For) else frozenset()
        self.facts.read.update(iterated)
        self.define(params, live)
        for k, param in enumerate(params):
            for other in iterated - live:
                if stmt.init[k] is not other:
                    self.meet(param, other)
        self.copy(zip(params, stmt.init))
        live |= iterated
        for value in stmt.init:
            self.use(self.leaves(value), live)

    def _free(self, stmt: For | While) -> Live:
        """The variables from outside that a loop reads."""
        found: Live = set()
        inner = set(stmt.params)
        for region in regions(stmt):
            inner |= bound(region)
        if isinstance(stmt, For):
            inner.add(stmt.target)
        for region in regions(stmt):
            self._reads_of(region, found)
        return found - inner

    def _reads_of(self, region: Region, found: Live) -> None:
        for stmt in region.stmts:
            if isinstance(stmt, Note) or (stmt.outs and all(v in self.inline for v in stmt.outs)):
                continue
            if isinstance(stmt, Op) and stmt in self.whole:
                continue
            if isinstance(stmt, (Op, Call)) or stmt in self.whole and not isinstance(stmt, While):
                found |= self.reads(stmt)
                continue
            if isinstance(stmt, If):
                found |= self.leaves(stmt.cond)
            elif isinstance(stmt, Try):
                found |= self.leaves(stmt.classes)
            elif isinstance(stmt, (For, While)):
                found |= self.all(stmt.init)
                if isinstance(stmt, For):
                    found |= self.leaves(stmt.iter)
            for inner in regions(stmt):
                self._reads_of(inner, found)
        found |= self.all(region.exit.vals)
