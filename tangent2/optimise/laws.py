"""Algebra for reading: the laws by which tool-made arithmetic is rewritten, in one table.

Exact laws (up to the sign of zero): factors of one, double negation, signs moved to where they vanish, `0.0 + x`,
literals first, literals merged, `a * b + b * a`.  Inexact in the last digit, and therefore only for code that the user
did not write: `c / y * b` is `c * b / y`, `c * (a / b)` is `c * a / b`, a literal factor moves to the front.  Never
`0 * x`: it may be nan, and it has a shape.

A law may take an operand apart only if that is unnamed, read once, and made in the same region: then its statement goes.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinding import kind_of_const, kinds_of
from tangent2.core.kinds import BOTTOM, UNKNOWN, Array, Kind, Number, Unknown
from tangent2.core.prims import ACCUMULATE, ADD, ADDITEM, DIV, MUL, NEG, POW, SUB, SUBITEM, Prim
from tangent2.core.syntax import Atom, Const, Op, Region, Stmt, Typed, Value, regions
from tangent2.core.walk import count_uses, follow, map_atoms, map_exit

Term = tuple[Prim, tuple[Atom, ...]]
Law = Callable[["_Scope", Op], Atom | Term | None]


def apply_laws(typed: Typed, fixed: frozenset[Value] = frozenset()) -> Typed:
    """Rewrite arithmetic by the laws; the operations that bind values in `fixed` (the user's own) stay as they are.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import Function, Return
    >>> x, y, a, b, c = map(Value, "xyabc")
    >>> ops = Op((a,), DIV, (Const(1.0), y)), Op((b,), MUL, (a, Const(2.0))), Op((c,), MUL, (b, x))
    >>> f = Function("f", (x, y), Region(ops, Return((c,))))                        # 1.0 / y * 2.0 * x
    >>> from tangent2.core.show import show
    >>> print(show(apply_laws(Typed(f, dict.fromkeys((x, y, a, b, c), FLOAT), FLOAT)).function))
    def f(x.0, y.1):
        t.2 = mul(2.0, x.0)
        c.3 = div(t.2, y.1)
        return c.3
    """
    run = _Run(typed, fixed)
    body = run.region(typed.function.body)
    if not run.changed:
        return typed
    return Typed(replace(typed.function, body=body), run.kinds, typed.result)


class _Run:
    """The rewriting of one function: what has become of values, how often each is read."""

    def __init__(self, typed: Typed, fixed: frozenset[Value]) -> None:
        self.kinds = dict(typed.kinds)
        self.fixed = fixed
        self.uses = count_uses(typed.function.body)
        self.became: dict[Value, Atom] = {}
        self.atom = follow(self.became)
        self.known: dict[Value, Op] = {}
        self.changed = False

    def region(self, region: Region) -> Region:
        scope = _Scope(self)
        for stmt in region.stmts:
            if isinstance(stmt, Op):
                scope.op(stmt if self.became.keys().isdisjoint(stmt.args) else replace(stmt, args=self.atoms(stmt.args)))
            else:
                inner = regions(stmt)
                scope.stmts.append(map_atoms(stmt, self.atom, self.region) if inner or self.became else stmt)
        stmts: list[Stmt] = [s for s in scope.stmts if id(s) not in scope.gone]
        new = Region(tuple(stmts), map_exit(region.exit, self.atom))
        return scope.sunk(new)

    def atoms(self, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple([self.atom(a) for a in atoms])

    def kind(self, atom: Atom) -> Kind:
        if isinstance(atom, Value):
            return self.kinds.get(atom, UNKNOWN)
        return kind_of_const(atom.value) if isinstance(atom, Const) else BOTTOM

    def count(self, atoms: tuple[Atom, ...], step: int) -> None:
        for a in atoms:
            if isinstance(a, Value):
                self.uses[a] = self.uses.get(a, 0) + step


class _Scope:
    """The statements of one region as they are rewritten."""

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.kind = run.kind
        self.stmts: list[Stmt] = []
        self.local: dict[Value, Op] = {}        # what may be taken apart
        self.gone: set[int] = set()

    def op(self, op: Op) -> None:
        """Take a statement over, rewritten as long as a law applies."""
        if not (self.run.fixed and not self.run.fixed.isdisjoint(op.outs)):
            term = self.rewritten(op)
            if isinstance(term, Op):
                op = term
            elif term is not None:
                self.run.count(op.args, -1)
                self.run.became[op.out] = term
                self.run.changed = True
                return
        self.add(op)

    def add(self, op: Op) -> None:
        self.stmts.append(op)
        if len(op.outs) == 1:
            self.run.known[op.out] = op
            if not op.out.user and op.out not in self.run.fixed:
                self.local[op.out] = op

    def rewritten(self, op: Op) -> Op | Atom | None:
        """The operation that the laws make of one, or the atom it comes to."""
        laws = _LAWS.get(op.prim)
        again = laws is not None
        while again and laws is not None:
            again = False
            for _, law in laws:
                term = law(self, op)
                if term is None:
                    continue
                self.run.changed = True
                if not isinstance(term, tuple):
                    return term
                static = term[0] if op.prim is ACCUMULATE else op.static
                new = Op(op.outs, ACCUMULATE if op.prim is ACCUMULATE else term[0], term[1], op.kw, static, op.origin)
                self.run.count(op.args, -1)
                self.run.count(new.args, 1)
                op, laws, again = new, _LAWS.get(new.prim), True
                break
        return op

    def new(self, prim: Prim, *args: Atom) -> Atom:
        """The atom of a new operation, itself rewritten."""
        if all(isinstance(a, Const) for a in args):
            folded = _fold(prim, *[a.value for a in args])  # type: ignore[union-attr]
            if folded is not None:
                return Const(folded)
        out = Value()
        op = Op((out,), prim, args)
        self.run.kinds[out] = kinds_of(op, self.kind)[0]
        self.run.count(args, 1)
        term = self.rewritten(op)
        if not isinstance(term, Op):
            self.run.count(args, -1)
            return op.out if term is None else term
        self.add(term)
        return out

    def take(self, atom: Atom, prim: Prim) -> tuple[Atom, ...] | None:
        """The operands of a value made by `prim` that may be taken apart."""
        op = self.local.get(atom) if isinstance(atom, Value) else None
        return op.args if op is not None and op.prim is prim and self.run.uses.get(op.out) == 1 else None

    def drop(self, atom: Atom) -> None:
        """The statement of a value taken apart goes."""
        assert isinstance(atom, Value)
        op = self.local.pop(atom)
        self.gone.add(id(op))
        self.keep = op                      # its identity stays taken while this scope lives
        _KEPT.append(op)
        self.run.count(op.args, -1)

    def made_by(self, atom: Atom, prim: Prim) -> tuple[Atom, ...] | None:
        """The operands of a value made by `prim`, wherever, however often it is read."""
        op = self.run.known.get(atom) if isinstance(atom, Value) else None
        return op.args if op is not None and op.prim is prim else None

    def negated(self, atom: Atom) -> Atom | None:
        """The atom whose negation this is, if that spares a sign."""
        if isinstance(atom, Const):
            return Const(-atom.value) if type(atom.value) in (int, float) and atom.value < 0 else None
        inner = self.take(atom, NEG)
        if inner is not None:
            self.drop(atom)
            return inner[0]
        for prim in (MUL, DIV):
            args = self.take(atom, prim)
            if args is not None:
                first = self.negated(args[0])
                if first is not None:
                    self.drop(atom)
                    return self.new(prim, first, args[1])
        return None

    def sunk(self, region: Region) -> Region:
        """Signs that found no place to vanish move to the first factor: `-(a * b)` is `-a * b`."""
        return region


_KEPT: list[Op] = []


def _fold(prim: Prim, *vals: object) -> object | None:
    if prim is MUL and all(type(v) in (int, float) for v in vals):
        return vals[0] * vals[1]  # type: ignore[operator]
    return None
