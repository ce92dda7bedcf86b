"""Ownership: sums into arrays that are ours and that nothing reads afterwards are accumulated in place: `x_bar += e`.

Only adjoints and tangents that have a place of their own (a loop carries them, something wrote to them) are written
to: what stands in the middle of an expression stays there.  The core stays pure, `copies.py` proves the rest.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from tangent2.analysis.buffers import Facts, analyse
from tangent2.analysis.callee_memory import Summary
from tangent2.analysis.nodes import OUTSIDE, bits
from tangent2.core import prims
from tangent2.core.dims import same_extent
from tangent2.core.kinds import Array, Kind
from tangent2.core.syntax import (
    Atom, Call, For, If, Op, Region, Stmt, Typed, Value, While, inner_bindings, regions, walk,
)
from tangent2.core.walk import map_regions
from tangent2.names import is_derived
from tangent2.optimise.records import parts_apart
from tangent2.optimise.settle import settled_facts

Loop = For | While
_SUMS = frozenset({prims.ADD, prims.SUB})


def accumulate(typed: Typed, summary: Summary = settled_facts) -> Typed:
    """Sums become updates where that saves an array; those of a dict's adjoint are made apart before.

    >>> from tangent2.core.kinds import INT, Sym
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Const, Function, Return, Yield
    >>> x, n, i, z, out = [Value(h) for h in "x n i x_bar x_bar".split()]
    >>> p, q = Value("x_bar", True), Value("x_bar", True)
    >>> loop = For((out,), i, n, (p,), (z,), Region((Op((q,), prims.ADD, (p, x)),), Yield((q,))))
    >>> zeros = Op((z,), prims.MUL, (x, Const(0.0)))
    >>> kinds = {**dict.fromkeys((x, z, p, q, out), Array("float64", (Sym(0),))), n: INT, i: INT}
    >>> before = Typed(Function("f", (x, n), Region((zeros, loop), Return((out,)))), kinds, kinds[x])
    >>> print(show(accumulate(before).function))
    def f(x.0, n.1):
        x_bar.2 = mul(x.0, 0.0)
        x_bar.6 = for i.4 in n.1 carrying (x_bar.3 := x_bar.2):
            x_bar.5 = accumulate x_bar.3 add= x.0
            yield x_bar.5
        return x_bar.6
    """
    typed = parts_apart(typed)
    found = _Candidates(typed)
    found.region(typed.function.body, None)
    if not found.ops:
        return typed
    found.updated.clear()
    facts = analyse(typed, summary)
    made = {id(op): new for op, loop in found.ops if (new := found.update(op, loop, facts)) is not None}

    def region(r: Region) -> Region:
        return Region(tuple([made.get(id(s)) or map_regions(s, region) for s in r.stmts]), r.exit)
    if not made:
        return typed
    return replace(typed, function=replace(typed.function, body=region(typed.function.body)))


@dataclass(slots=True, init=False)
class _Candidates:
    """Sums of arrays that may become updates, with the loop around each, and where values come from."""

    kinds: dict[Value, Kind]
    ops: list[tuple[Op, Loop | None]]
    made: dict[Value, Stmt]
    order: dict[Value, int]
    start: dict[int, int]           # of loops: what has a lower number is older
    carried: set[Atom]              # what a region hands on, or an update starts from
    updated: set[Value]             # by a sum that becomes an update (or may become one)

    def __init__(self, typed: Typed) -> None:
        self.kinds, self.ops, self.made, self.start, self.updated = typed.kinds, [], {}, {}, set()
        self.order = dict.fromkeys(typed.function.params, 0)
        self.carried = set()
        if any(isinstance(s, Op) and s.prim in _SUMS for s in walk(typed.function.body)):
            self.hand_on(typed.function.body)

    def hand_on(self, region: Region) -> None:
        """Collect what has a place of its own because of where it is read; the last of a chain of sums comes first."""
        self.carried.update(region.exit.vals)
        for stmt in reversed(region.stmts):
            for inner in regions(stmt):
                self.hand_on(inner)
            if isinstance(stmt, Op) and (stmt.prim.update or stmt.prim in _SUMS and self.placed(stmt.out)):
                self.carried.update(stmt.args[:1])
                if stmt.prim is prims.ADD:
                    self.carried.add(stmt.args[1])
            elif isinstance(stmt, (For, While)):
                self.carried.update(stmt.init)

    def placed(self, value: Value) -> bool:
        """Whether a sum has a variable, not just a place in an expression."""
        return value in self.carried or value.user and is_derived(value.hint)

    def region(self, region: Region, loop: Loop | None) -> None:
        for stmt in region.stmts:
            if isinstance(stmt, (For, While)):
                self.start[id(stmt)] = len(self.order)
            for v in inner_bindings(stmt):
                self.enter(v, stmt)
            for inner in regions(stmt):
                self.region(inner, stmt if isinstance(stmt, (For, While)) else loop)
            for v in stmt.outs:
                self.enter(v, stmt)
            if isinstance(stmt, Op) and stmt.prim in _SUMS and _ours(stmt.out) and self.placed(stmt.out) \
                    and any(self.suits(a, stmt) for a in stmt.args):
                self.ops.append((stmt, loop))
                self.updated.add(stmt.out)      # perhaps

    def enter(self, value: Value, stmt: Stmt) -> None:
        self.made[value] = stmt
        self.order[value] = len(self.order)

    def fits(self, a: Atom, op: Op) -> bool:
        """Whether an operand is of the very dtype and shape of the sum."""
        mine, theirs = self.kinds.get(a), self.kinds.get(op.out)  # type: ignore[arg-type]
        if not (isinstance(mine, Array) and isinstance(theirs, Array)) or op.args[0] is op.args[1]:
            return False
        if mine.dtype is None or mine.dtype != theirs.dtype or not mine.shape or not theirs.shape:
            return False
        return len(mine.shape) == len(theirs.shape) and all(map(same_extent, mine.shape, theirs.shape))

    def update(self, op: Op, loop: Loop | None, facts: Facts) -> Op | None:
        """The update in place of a sum."""
        ways = [(op.args[0], op.args[1])]
        if op.prim is prims.ADD:
            ways.append((op.args[1], op.args[0]))
            ways.sort(key=lambda way: getattr(way[0], "hint", None) != op.out.hint)
        for base, rest in ways:
            if isinstance(base, Value) and self.suits(base, op) and self.free(base, rest, op, loop, facts):
                self.updated.add(op.out)
                return Op(op.outs, prims.ACCUMULATE, (base, rest), (), op.prim, op.origin)
        return None

    def suits(self, base: Atom, op: Op) -> bool:
        """Whether an operand is part of an adjoint or a tangent and has a variable that the sum may take over."""
        if not isinstance(base, Value) or not _ours(base) or not self.fits(base, op):
            return False
        return (is_derived(base.hint) or is_derived(op.out.hint) or base in self.updated) and self.stands(base)

    def stands(self, base: Value) -> bool:
        """Whether a value has a variable anyway."""
        made = self.made.get(base)
        if base in self.updated or base.user or isinstance(made, (For, While, If, Call)):
            return True
        return isinstance(made, Op) and (made.prim.update or made.prim is prims.UNPACK)

    def free(self, base: Value, rest: Atom, op: Op, loop: Loop | None, facts: Facts) -> bool:
        """Whether writing to the base harms nobody, or only what was there before the loop that carries it."""
        top, mine = facts.top(base), facts.all(base)
        if not top or facts.related(top) & facts.all(rest):
            return False
        near, live = facts.related(top), facts.live[id(op)]
        if mine & live:
            return False
        danger = near & ~mine & (live | OUTSIDE)
        if not danger:
            return True
        if loop is None or base not in loop.params:
            return False
        if not self.ends(loop.body.exit.vals[loop.params.index(base)], op.out):
            return False
        owners = [facts.owner[n] for n in bits(danger)]
        return all(v is None or self.order[v] < self.start[id(loop)] for v in owners)

    def ends(self, last: Atom, value: Value) -> bool:
        """Whether all that an iteration does with a sum is to add more to it."""
        while last is not value:
            made = self.made.get(last)  # type: ignore[arg-type]
            if not (isinstance(made, Op) and (made.prim.update or made.prim in _SUMS)):
                return False
            last = made.args[0]
        return True


def _ours(value: Value) -> bool:
    """Whether a value is the compiler's: an adjoint, a tangent or nameless."""
    return is_derived(value.hint) or not value.user and value.hint is None
