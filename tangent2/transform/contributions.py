"""Adjoints of the values of one region: contributions are summed as they come, zeros are never made for nothing.

A `Scope` belongs to a region that is being reversed.  Contributions to values bound in it wait there until the
definition is reached; those to values bound outside it add to a running total that the `If` or loop hands on.
"""
from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tangent2.core import prims
from tangent2.core.kinds import Array, List, NoneKind, Number, Tuple
from tangent2.core.syntax import Atom, Const, IndexSpec, Stmt, Undef, Value
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.rules.simplify import make
from tangent2.transform.masks import ZERO, sum_of_choices

if TYPE_CHECKING:
    from tangent2.transform.sweep import Sweep

Enter = Callable[[Value], Atom]


class Scope:
    """The adjoints of one region.  `enter` gives what the total of an outer value is at the beginning."""

    def __init__(self, sweep: Sweep, own: frozenset[Value], stmts: list[Stmt], parent: Scope | None = None,
                 enter: Enter | None = None, fact: tuple[Atom, int] | None = None) -> None:
        self.fact = fact        # the condition that this region stands under, and in which arm
        self.sweep, self.own, self.stmts, self.parent, self.enter = sweep, own, stmts, parent, enter
        self.totals: dict[Value, Atom | Splat] = {}
        self.parts: dict[Value, dict[int, Atom]] = {}       # of tuples, by position

    def arm(self, cond: Atom) -> int | None:
        """The arm of the `If` on a condition that this region stands in."""
        if self.fact is not None and self.fact[0] == cond:
            return self.fact[1]
        return None if self.parent is None else self.parent.arm(cond)

    # ---- adding ----

    def credit(self, v: Value, c: Atom | Splat) -> None:
        """Add a contribution, which has the shape of the value (or is a splat)."""
        kind = self.sweep.kind(v)
        if v not in self.sweep.unsure and not isinstance(c, Splat) and self.sweep.may_miss(c):
            if c == Const(None):
                return
            c = self.sweep.or_zero(v, c)
        if v in self.own and isinstance(kind, Tuple) and not isinstance(c, Splat) and self.in_parts(v, c):
            for k, part in enumerate(self.sweep.unpacked(c, kind)):
                if part != Const(None):
                    self.credit_part(v, k, part)
            return
        now = self.totals.get(v) if v in self.own else self.current(v)
        self.totals[v] = c if now is None else self.plus(v, now, c)

    def in_parts(self, v: Value, c: Atom) -> bool:
        """Whether the adjoint of a tuple is kept element by element: not if it may be None, which has no elements."""
        if v in self.sweep.unsure or v in self.totals:
            return False
        made = self.sweep.build.made.get(c) if isinstance(c, Value) else None
        return v in self.parts or made is not None and made.prim is prims.TUPLE

    def credit_part(self, v: Value, k: int, c: Atom) -> None:
        """Add to one element of a tuple."""
        kind = self.sweep.kind(v)
        assert isinstance(kind, Tuple)
        if v in self.own and v not in self.sweep.unsure and v in self.totals:
            whole = self.dense(v, self.totals.pop(v))
            for at, part in enumerate(self.sweep.unpacked(whole, kind)):
                if part != Const(None):
                    self.credit_part(v, at, part)
        if v not in self.own or v in self.sweep.unsure:
            now = self.totals.get(v) if v in self.own else self.current(v)
            if v in self.sweep.unsure or isinstance(now, Splat) or now is None or self.sweep.is_zero(now):
                self.credit(v, self.sweep.packed(v, {k: c}))
                return
            elements: list[Atom] = [Const(None)] * len(kind.elts)
            elements[k] = c
            self.credit(v, self.sweep.build.op(prims.TUPLE, *elements))
            return
        parts = self.parts.setdefault(v, {})
        parts[k] = c if k not in parts else self.sweep.plus(parts[k], c, tangent_kind(kind.elts[k]))

    def credit_item(self, v: Value, index: tuple[Atom, ...], spec: IndexSpec, c: Atom, repeats: bool,
                    whole: bool = False) -> None:
        """Add to a part of an array or a list.

        `repeats`: the index may name an element more than once; `whole`: the part is a container, to which `+=`
        would append.
        """
        now = self.current(v)
        if self.sweep.may_miss(now):    # not bound on every path, but here: a part of it was read
            now = self.sweep.or_zero(v, now)
        if whole:
            build = self.sweep.build
            if not self.sweep.is_zero(now):
                old = build.op(prims.GETITEM, now, *index, static=spec)
                c = build.op(by_name("add_trees"), old, c)
            self.totals[v] = build.op(prims.SETITEM, now, *index, c, static=spec)
            return
        prim = prims.AT_ADD if repeats else prims.ADDITEM
        if not repeats and isinstance(c, Value):
            op = self.sweep.build.made.get(c)
            if op is not None and op.prim is prims.NEG:
                prim, c = prims.SUBITEM, op.args[0]
        self.totals[v] = self.sweep.build.op(prim, now, *index, c, static=spec)

    def plus(self, v: Value, a: Atom | Splat, b: Atom | Splat) -> Atom | Splat:
        if isinstance(a, Splat) and isinstance(b, Splat):
            return Splat(make(self.sweep.build, prims.ADD, a.atom, b.atom))
        return self.sweep.plus(self.dense(v, a), self.dense(v, b), self.sweep.bar_kind(v))

    def dense(self, v: Value, c: Atom | Splat) -> Atom:
        return self.sweep.materialise(v, c.atom) if isinstance(c, Splat) else c

    # ---- reading ----

    def current(self, v: Value) -> Atom:
        """The total so far, made if there is none; later contributions add to it."""
        if v in self.own:
            if v in self.parts:         # a branch or loop goes on from here
                self.totals[v] = self.sweep.packed(v, self.parts.pop(v))
            now = self.totals.get(v)
            total = self.sweep.zero(v) if now is None else self.dense(v, now)
        elif v in self.totals:
            return self.dense(v, self.totals[v])
        else:
            assert self.parent is not None and self.enter is not None, v
            total = self.enter(v)
        self.totals[v] = total
        return total

    def outside(self, v: Value) -> Atom:
        """The total of `v` in the scope around this one, emitted there."""
        assert self.parent is not None
        with self.parent.emitting():
            return self.parent.current(v)

    def take(self, v: Value) -> Atom | Splat | None:
        """The adjoint of a value whose definition is reached; None if zero."""
        if v in self.parts:
            return self.sweep.packed(v, self.parts.pop(v))
        return self.totals.pop(v, None)

    def take_dense(self, v: Value) -> Atom | None:
        found = self.take(v)
        return None if found is None else self.dense(v, found)

    def outer(self) -> list[Value]:
        """The outer values that were credited."""
        return [v for v in self.totals if v not in self.own]

    @contextmanager
    def emitting(self) -> Iterator[None]:
        """Emit into this region."""
        build = self.sweep.build
        kept, build.stmts = build.stmts, self.stmts
        scope, self.sweep.scope = self.sweep.scope, self
        try:
            yield
        finally:
            build.stmts = kept
            self.sweep.scope = scope


def plus(sweep: Sweep, a: Atom, b: Atom, kind: object) -> Atom:
    """The sum of two contributions of one kind."""
    if sweep.is_zero(a):
        return b
    if sweep.is_zero(b):
        return a
    if sweep.may_miss(a) or sweep.may_miss(b):
        total = sweep.build.op(by_name("add_trees"), a, b)
        if sweep.may_miss(a) and sweep.may_miss(b):
            sweep.missing[total] = None
        return total
    if isinstance(kind, (Number, Array)) or any(isinstance(sweep.kind(x), (Number, Array)) for x in (a, b)):
        return _sum(sweep, a, b)
    return sweep.build.op(by_name("add_trees"), a, b)


def _sum(sweep: Sweep, a: Atom, b: Atom) -> Atom:
    """The sum of numbers or arrays: zero where both are, if that is told of them."""
    chosen = sum_of_choices(sweep.build, a, b)
    if chosen is not None:
        return chosen
    total = make(sweep.build, prims.ADD, a, b)
    reach = sweep.reached.get(a)        # type: ignore[arg-type]
    if reach is not None and reach == sweep.reached.get(b) and isinstance(total, Value):        # type: ignore[arg-type]
        sweep.reached[total] = reach
    return total


def zero(sweep: Sweep, v: Atom, sure: bool = False) -> Atom:
    """The zero adjoint of a value; `sure`: it is bound where that is made."""
    if isinstance(v, Undef):
        return ZERO
    kind, build = sweep.kind(v), sweep.build
    bar = tangent_kind(kind)
    if isinstance(bar, Number):
        return ZERO
    if isinstance(kind, List) and (kind.length == 0 or v in sweep.drained):
        return build.op(prims.TAPE if kind.tape else prims.LIST)
    if sweep.unsure_here(v) and not sure and not (isinstance(bar, Array) and sweep.shape_of(v) is not v):
        return Const(None)      # bound on one path only, and read on that path only
    if isinstance(bar, Tuple) and all(isinstance(e, (Number, NoneKind)) for e in bar.elts):
        return build.op(prims.TUPLE, *[ZERO if isinstance(e, Number) else Const(None) for e in bar.elts])
    if isinstance(bar, Array):
        made = build.op(by_name("np.zeros_like" if bar == kind else "zero_like"), sweep.shape_of(v))
    elif isinstance(kind, Tuple) and not kind.elts:
        return build.op(prims.TUPLE)
    elif hasattr(bar, "elt") or not isinstance(bar, type(None)):
        fills = sweep.fills and isinstance(kind, List) and not isinstance(kind.elt, Number)
        made = build.op(by_name("zero_filled" if fills else "zero_like"), v)
    build.kinds[made] = bar
    sweep.zeros.add(made)
    return made
