"""Which values are others in each lane of a batch: their layouts, a fixed point over the regions of a function.

Layouts only grow.  What holds elements (lists, tuples) has one layout for all its versions and wherever paths meet, so
there they grow against the order of execution as well; numbers and arrays are repeated where they must be.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tangent2.core import prims
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import Array, Kind, Number, Range, Tuple
from tangent2.core.layouts import (
    AGREEING, ATTEMPTED, DEEPEST, LAST, MASKED, PASSING, CannotBatch, Layout, can_agree, depth, joined, refitted,
    whole,
)
from tangent2.core.syntax import (
    Atom, Break, Call, Callee, Continue, For, If, Op, Raise, Region, Return, Stmt, Try, Typed, Value, While,
    Yield, walk,
)
from tangent2.analysis.mapped_parts import LAYOUTS, item_layout
from tangent2.rules.batching.declare import is_uniform
from tangent2.rules.batching.guards import safe_operands

Summary = Callable[[Callee, tuple[Kind, ...], tuple[Layout, ...], int], tuple[tuple[Layout, ...], Layout]]


@dataclass
class Mapped:
    """The layouts of the values of a function, of its parameters and of its result.

    masked: the statements that only some lanes may execute otherwise: branches whose condition is another one in each
    lane, and loops that lanes leave one after the other; each with the statement because of which it is.
    agreed: the statements where all lanes have to agree on what they are given.
    """

    values: dict[Value, Layout] = field(default_factory=dict)
    result: Layout = False
    masked: dict[int, Stmt] = field(default_factory=dict)
    agreed: frozenset[int] = frozenset()

    def of(self, atom: Atom) -> Layout:
        return self.values.get(atom, False) if isinstance(atom, Value) else False


def mapped(typed: Typed, given: tuple[Layout, ...], summary: Summary, how: int = 0,
           agreed: frozenset[int] = frozenset()) -> Mapped:
    """The layouts of the values of a function whose parameters have the given ones; `how` it is called: see `layouts`.

    agreed: statements (by identity) where all lanes have to agree.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import Function
    >>> x, y, z = Value("x"), Value("y"), Value("z")
    >>> ops = Op((z,), prims.MUL, (x, y)),
    >>> f = Typed(Function("f", (x, y), Region(ops, Return((z,)))), dict.fromkeys((x, y, z), FLOAT), FLOAT)
    >>> found = mapped(f, (True, False), lambda *of: ((), False))
    >>> [found.of(v) for v in (x, y, z)], found.result
    ([True, False, True], True)
    """
    walker = Walker(typed, summary, how)
    walker.found.agreed = agreed
    walker.found.values.update(zip(typed.function.params, given))
    while walker.changed:
        walker.changed = False
        walker.region(typed.function.body)
    return walker.found


class Walker:
    def __init__(self, typed: Typed, summary: Summary, how: int) -> None:
        self.typed, self.summary = typed, summary
        self.attempted, self.agreeing, self.last = how & (ATTEMPTED | PASSING), how & AGREEING, how & LAST
        self.found = Mapped()
        self.changed = True
        self.under = how & MASKED               # how many masked statements are around
        self.loops: list[For | While] = []
        self.depths: list[int] = []             # `under`, where each loop began
        self.ifs: list[list[If]] = [[]]         # the branches around, in the function and in each loop
        self.base = self.under
        self.made = {v: s for s in walk(typed.function.body) for v in s.outs}
        self.causes: list[Stmt] = []            # why what stands here is masked
        self.common: dict[Value, Kind] = {}     # values that stand for what all lanes agree on
        self.agreeing_ops: dict[int, Op] = {}

    def kind(self, atom: Atom) -> Kind:
        if isinstance(atom, Value):
            return self.common[atom] if atom in self.common else self.typed.kinds[atom]
        return kind_of_const(getattr(atom, "value", None))

    def of(self, atom: Atom) -> Layout:
        return self.found.of(atom)

    def grow(self, atom: Atom, layout: Layout) -> None:
        """Join a layout to that of an atom."""
        if layout is False or not isinstance(atom, Value):
            return
        new = joined(self.of(atom), layout)
        if depth(new) > DEEPEST:
            raise CannotBatch("objects hold others of their kind, without end")
        if new != self.of(atom):
            self.found.values[atom] = new
            self.changed = True

    def level(self, *atoms: Atom) -> None:
        """Containers that are the same, or of which one comes where the other was, have one layout."""
        held = [a for a in atoms if isinstance(a, Value) and not isinstance(self.kind(a), (Number, Array))]
        for a in held:
            for b in held:
                self.grow(a, refitted(self.of(b), self.kind(b), self.kind(a)))

    def flow(self, source: Atom, target: Value, masked: bool = False) -> None:
        """What one value gives to another; `masked`: only in some lanes."""
        self.grow(target, refitted(self.of(source), self.kind(source), self.kind(target)))
        self.level(source, target)
        if masked and self.of(target) is not True:
            self.grow(target, self.varying(target))

    def varying(self, value: Value) -> Layout:
        """The layout of what is one thing in some lanes and another in others."""
        kind = self.kind(value)
        if isinstance(kind, (Number, Array, Tuple)):
            return whole(kind)
        return self.of(value)

    # ---- statements ----

    def region(self, region: Region) -> None:
        stmt: Stmt | None = None
        try:
            for stmt in region.stmts:
                self.stmt(stmt)
            stmt = None
            self.exit(region)
        except CannotBatch as refusal:
            refusal.origin = refusal.origin or getattr(stmt, "origin", None)
            if refusal.agree is None:
                refusal.agree = self.causes[-1] if self.causes else self.where(stmt)
            raise

    def where(self, stmt: Stmt | None) -> Stmt | None:
        """The statement itself, if it is one of operands on which lanes can agree."""
        if not isinstance(stmt, Op) or self.under:
            return None
        found = stmt.prim is prims.CAUGHT or any(can_agree(self.kind(a), self.of(a)) for a in stmt.args)
        return stmt if found else None

    def stmt(self, stmt: Stmt) -> None:
        if isinstance(stmt, (Op, Call)) and any(self.is_range(a) for a in stmt.args):
            raise CannotBatch("a range has another length in each lane")
        if isinstance(stmt, Op):
            stmt = self.agreeing_op(stmt) if id(stmt) in self.found.agreed else stmt
            if self.attempted:
                self.check_attempted(stmt)
            LAYOUTS.get(stmt.prim, Walker.plain)(self, stmt)
        elif isinstance(stmt, Call):
            self.call(stmt)
        elif isinstance(stmt, If):
            self.branch(stmt)
        elif isinstance(stmt, (For, While)):
            self.loop(stmt)
        elif isinstance(stmt, Try):
            raise CannotBatch("what one lane raises does not end the others", stmt.origin)

    def agreeing_op(self, op: Op) -> Op:
        """An operation of operands on which all lanes agree."""
        if op.prim is prims.CAUGHT:
            return op
        if id(op) not in self.agreeing_ops:
            args = [Value() if can_agree(self.kind(a), self.of(a)) else a for a in op.args]
            self.common.update({new: self.kind(a) for new, a in zip(args, op.args) if new is not a})   # type: ignore[misc]
            self.agreeing_ops[id(op)] = replace(op, args=tuple(args))
        return self.agreeing_ops[id(op)]

    def is_range(self, atom: Atom) -> bool:
        """Whether an atom is a range that has other bounds in each lane."""
        return self.of(atom) is True and isinstance(self.kind(atom), Range)

    def check_attempted(self, op: Op) -> None:
        """Refuse what may raise in one lane and not in another, where that is caught."""
        index = op.args[1:] if op.prim in (prims.GETITEM, prims.SETITEM, *prims.UPDATES.values()) else ()
        # what Python's own numbers are divided by raises
        plain = op.prim.name.startswith("math.") or op.prim.name in ("float", "int", "complex")
        passing = self.attempted & PASSING
        if not passing and any(self.of(a) is not False for a in index) or any(
                self.of(a) is not False for a in op.args) and (plain or not passing and safe_operands(op.prim) is None):
            raise CannotBatch("one lane may raise what is caught, and another may not", op.origin)

    def exit(self, region: Region) -> None:
        exit = region.exit
        if isinstance(exit, Raise):
            if self.under and self.attempted and not self.attempted & PASSING:
                raise CannotBatch("one lane may raise what is caught, and another may not")
            if self.under:
                self.mask_all(self.ifs[-1:])
        elif isinstance(exit, Return):
            if self.under > self.base:
                self.mask_all(self.ifs)
                self.found.result = joined(self.found.result, self.varying_result(exit.vals[0]))
            new = joined(self.found.result, self.of(exit.vals[0]))
            if new != self.found.result:
                self.found.result, self.changed = new, True
            self.grow_container(exit.vals[0], new)
        elif isinstance(exit, (Break, Continue)):
            loop = self.loops[-1]
            masked = self.under > self.depths[-1] or id(loop) in self.found.masked
            if masked:
                self.mask_all(self.ifs[-1:])
            self.leave(exit, loop, masked)

    def mask_all(self, around: list[list[If]]) -> None:
        for stmt in [s for some in around for s in some]:
            self.mask(stmt)

    def grow_container(self, atom: Atom, layout: Layout) -> None:
        if isinstance(atom, Value) and not isinstance(self.kind(atom), (Number, Array)):
            self.grow(atom, layout)

    def varying_result(self, atom: Atom) -> Layout:
        kind = self.kind(atom)
        return whole(kind) if isinstance(kind, (Number, Array, Tuple)) else self.of(atom)

    def leave(self, exit: Break | Continue, loop: For | While, masked: bool) -> None:
        if masked and isinstance(exit, Break):
            self.mask(loop)
        targets = loop.outs if isinstance(exit, Break) else loop.params
        for val, target in zip(exit.vals, targets):
            self.flow(val, target, masked)

    def mask(self, stmt: Stmt) -> None:
        if id(stmt) not in self.found.masked:
            self.found.masked[id(stmt)] = self.causes[-1] if self.causes else stmt
            self.changed = True

    def plain(self, op: Op) -> None:
        """A primitive that knows nothing of structure."""
        if is_uniform(op.prim) or all(self.of(a) is False for a in op.args):
            return
        found = [whole(self.kind(out)) for out in op.outs]
        if not all(found):
            raise CannotBatch(f"what `{op.prim.name}` gives is another thing in each lane, and no number", op.origin)
        for out, layout in zip(op.outs, found):
            self.grow(out, layout)

    def call(self, call: Call) -> None:
        given = tuple(map(self.of, call.args))
        if not any(given):
            return
        kinds = tuple(map(self.kind, call.args))
        how = self.last | self.attempted | (MASKED if self.under else self.agreeing)
        asked, result = self.summary(call.callee, kinds, given, how)
        for arg, layout in zip(call.args, asked):
            self.grow_container(arg, layout)
        self.grow(call.out, result)

    def branch(self, stmt: If) -> None:
        if self.of(stmt.cond) is not False and id(stmt) not in self.found.agreed:
            self.mask(stmt)
        masked = self.enter(stmt)
        self.ifs[-1].append(stmt)
        self.region(stmt.then)
        self.region(stmt.orelse)
        self.ifs[-1].pop()
        self.leave_masked(masked)
        vals = [r.exit.vals for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield)]
        for k, out in enumerate(stmt.outs):
            given = [v[k] for v in vals if k < len(v)]
            for val in given:
                self.flow(val, out, masked and len(set(given)) > 1)

    def enter(self, stmt: Stmt) -> bool:
        """Whether a statement is masked; what is in it is, then."""
        cause = self.found.masked.get(id(stmt))
        if cause is not None:
            self.under += 1
            self.causes.append(cause)
        return cause is not None

    def leave_masked(self, masked: bool) -> None:
        if masked:
            self.under -= 1
            self.causes.pop()

    def mask_range(self, loop: For) -> None:
        """A loop over a range that has another length in each lane."""
        self.mask(loop)
        made = self.made.get(loop.iter) if isinstance(loop.iter, Value) else None
        if isinstance(made, Op) and self.found.masked[id(loop)] is loop:
            self.found.masked[id(loop)] = made

    def loop(self, loop: For | While) -> None:
        if isinstance(loop, For):
            if self.is_range(loop.iter):
                self.mask_range(loop)
            else:
                self.grow(loop.target, item_layout(self.kind(loop.iter), self.of(loop.iter)))
        for init, param, out in zip(loop.init, loop.params, loop.outs):
            self.flow(init, param)
            self.flow(param, out)
        masked = self.enter(loop)
        self.loops.append(loop)
        self.depths.append(self.under)
        self.ifs.append([])
        if isinstance(loop, While):
            self.region(loop.cond)
            if self.of(loop.cond.exit.vals[0]) is not False and id(loop) not in self.found.agreed:
                self.mask(loop)
        self.region(loop.body)
        self.leave_masked(masked)
        self.ifs.pop()
        self.loops.pop()
        self.depths.pop()
        if isinstance(loop.body.exit, Yield):
            for val, param, out in zip(loop.body.exit.vals, loop.params, loop.outs):
                self.flow(val, param, masked and val is not param)
                self.flow(param, out)
        for param, out in zip(loop.params, loop.outs):
            self.level(param, out)
            if masked:
                self.grow(param, self.of(out) if isinstance(self.kind(param), (Number, Array)) else False)
