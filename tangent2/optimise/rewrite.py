"""How laws of algebra are applied: statement by statement, taking apart what only the statement reads."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from tangent2.core.kinding import kind_of_const, kinds_of
from tangent2.core.kinds import BOTTOM, UNKNOWN, Array, Kind, Number
from tangent2.core.prims import DIV, MUL, NEG, Prim
from tangent2.core.syntax import Atom, Const, For, Op, Region, Stmt, Typed, Value, operands, regions
from tangent2.core.walk import count_uses, follow, map_atoms, map_exit, substitute
from tangent2.names import is_derived
from tangent2.rules.declare import by_name

Law = Callable[["Scope", Op], Any]
"""Gives the atom that an operation comes to, or the (primitive, operands[, static]) it becomes, or None."""
Laws = Mapping[Prim, tuple[tuple[str, Law], ...]]


class Rewriting:
    """The rewriting of one function: what has become of values, what made them, how often each is read."""

    def __init__(self, typed: Typed, fixed: frozenset[Value], laws: Laws) -> None:
        self.laws = laws
        self.kinds = dict(typed.kinds)
        self.fixed = fixed
        self.uses = count_uses(typed.function.body)
        self.became: dict[Value, Atom] = {}
        self.atom = follow(self.became)
        self.known: dict[Value, Op] = {}
        self.loops: dict[Value, For] = {}       # by what they bind in each turn
        self.changed = False

    def region(self, region: Region) -> Region:
        scope = Scope(self)
        for stmt in region.stmts:
            if isinstance(stmt, For):
                self.loops[stmt.target] = stmt
            if not isinstance(stmt, Op):
                scope.stmts.append(map_atoms(stmt, self.atom, self.region) if regions(stmt) or self.became else stmt)
            elif self.became and not self.became.keys().isdisjoint(stmt.args):
                scope.op(replace(stmt, args=tuple([self.atom(a) for a in stmt.args])))
            else:
                scope.op(stmt)
        scope.sink()
        new = Region(tuple([s for s in scope.stmts if id(s) not in scope.gone]), map_exit(region.exit, self.atom))
        return substitute(new, scope.renamed)

    def kind(self, atom: Atom) -> Kind:
        if isinstance(atom, Value):
            return self.kinds.get(atom, UNKNOWN)
        return kind_of_const(atom.value) if isinstance(atom, Const) else BOTTOM

    def count(self, atoms: tuple[Atom, ...], step: int) -> None:
        for a in atoms:
            if isinstance(a, Value):
                self.uses[a] = self.uses.get(a, 0) + step


def _is_reciprocal(op: Op) -> bool:
    """Whether an adjoint is a number over something: it need not keep its name if it is a factor of another."""
    return op.prim is DIV and is_derived(op.out.hint) and isinstance(op.args[0], Const)


class Scope:
    """The statements of one region as they are rewritten."""

    def __init__(self, run: Rewriting) -> None:
        self.run = run
        self.kind = run.kind
        self.stmts: list[Stmt] = []
        self.local: dict[Value, Op] = {}        # what may be taken apart
        self.gone: set[int] = set()             # identities of statements that are in `stmts` and go
        self.renamed: dict[Value, Atom] = {}

    def op(self, op: Op) -> None:
        """Take a statement over, rewritten as long as a law applies."""
        fixed = self.run.fixed
        if op.prim not in self.run.laws or fixed and not fixed.isdisjoint(op.outs):
            self.add(op)
            return
        self.run.count(op.args, -1)
        term = self.rewritten(op)
        if isinstance(term, Op):
            self.run.count(term.args, 1)
            self.add(term)
            return
        if isinstance(term, Value):
            self.run.count((term,), self.run.uses.get(op.out, 0))
            if op.out.user and self.rename(term, op.out):
                return
        self.run.became[op.out] = term

    def add(self, op: Op) -> None:
        self.stmts.append(op)
        if len(op.outs) == 1:
            self.run.known[op.out] = op
            if (not op.out.user or _is_reciprocal(op)) and op.out not in self.run.fixed:
                self.local[op.out] = op

    def rename(self, value: Value, named: Value) -> bool:
        """Give an unnamed value of this region the name of the one that it turned out to be."""
        op = self.local.get(value)
        if op is None or value.hint is not None:
            return False
        self.stmts[next(i for i, s in enumerate(self.stmts) if s is op)] = renamed = replace(op, outs=(named,))
        self.run.known[named] = renamed
        self.run.became[value] = self.renamed[value] = named
        del self.local[value]
        return True

    def rewritten(self, op: Op) -> Op | Atom:
        """The operation that the laws make of one, or the atom it comes to; its reads are not counted meanwhile."""
        again = True
        while again:
            again = False
            pinned = tuple([a for i, a in enumerate(op.args) if a in op.args[:i]])     # read twice: stays whole
            self.run.count(pinned, 1)
            for _, law in self.run.laws.get(op.prim, ()):
                term = law(self, op)
                if term is not None:
                    again = True
                    break
            self.run.count(pinned, -1)
            if again:
                self.run.changed = True
                if not isinstance(term, tuple):
                    return term
                kw = op.kw if term[0] is op.prim else ()
                op = Op(op.outs, term[0], term[1], kw, op.static if len(term) == 2 else term[2], op.origin)
        return op

    def new(self, prim: Prim, *args: Atom, hold: tuple[Atom, ...] = (), kw: tuple[str, ...] = ()) -> Atom:
        """The atom of a new operation, itself rewritten; the caller still wants to read those on `hold`."""
        op = Op((Value(),), prim, args, kw)
        self.run.kinds[op.out] = kinds_of(op, self.kind)[0]
        term = self.holding(hold, lambda: self.rewritten(op))
        if not isinstance(term, Op):
            return term
        self.run.kinds[op.out] = kinds_of(term, self.kind)[0]
        self.run.count(term.args, 1)
        self.add(term)
        return op.out

    def take(self, atom: Atom, prim: Prim) -> tuple[Atom, ...] | None:
        """The operands of a value made by `prim` that may be taken apart."""
        op = self.local.get(atom) if isinstance(atom, Value) else None
        return op.args if op is not None and op.prim is prim and not self.run.uses.get(op.out) else None

    def drop(self, atom: Atom) -> None:
        """The statement of a value taken apart goes."""
        if isinstance(atom, Value):
            op = self.local.pop(atom)
            self.gone.add(id(op))
            self.run.count(op.args, -1)

    def alone(self, value: Value) -> Op | None:
        """The operation of this region that made a value, if nothing else reads that."""
        op = self.run.known.get(value)
        return op if op is not None and not self.run.uses.get(value) and any(s is op for s in self.stmts) else None

    def discard(self, op: Op) -> None:
        """The statement of an operation that is alone goes."""
        self.local.pop(op.out, None)
        self.gone.add(id(op))
        self.run.count(op.args, -1)

    def holding(self, atoms: tuple[Atom, ...], look: Callable[[], Any]) -> Any:
        """What `look` finds while some values count as read once more."""
        self.run.count(atoms, 1)
        found = look()
        self.run.count(atoms, -1)
        return found

    def inside(self, atom: Atom, operand: Atom, look: Callable[[Atom], Any]) -> Any:
        """What `look` finds in an operand of a value that goes if it finds something."""
        self.run.count((operand,), -1)
        found = look(operand)
        self.run.count((operand,), 1)
        if found is not None:
            self.drop(atom)
        return found

    def made_by(self, atom: Atom, prim: Prim) -> tuple[Atom, ...] | None:
        """The operands of a value made by `prim`, wherever that is and however often it is read."""
        op = self.run.known.get(atom) if isinstance(atom, Value) else None
        return op.args if op is not None and op.prim is prim else None

    def positive(self, atom: Atom) -> Atom | None:
        """The atom whose negation this is, if it can be had for nothing."""
        if isinstance(atom, Const):
            return Const(-atom.value) if literal(atom) is not None and atom.value < 0 else None
        inner = self.take(atom, NEG)
        if inner is not None:
            self.drop(atom)
            return inner[0]
        for prim in (MUL, DIV):
            args = self.take(atom, prim)
            if args is not None:
                first = self.inside(atom, args[0], self.positive)
                if first is not None:
                    return self.new(prim, first, args[1])
        return self.moved(atom, self.positive, lambda plain, move: move(plain))

    def split(self, atom: Atom) -> tuple[Any, Atom] | None:
        """The literal that leads a product and what is left without it."""
        args = self.take(atom, MUL)
        if args is not None and literal(args[0]) is not None:
            self.drop(atom)
            return literal(args[0]), args[1]
        args = self.take(atom, NEG)
        if args is not None:
            found = self.inside(atom, args[0], self.split)
            return None if found is None else (-found[0], found[1])
        for prim in (MUL, DIV):
            args = self.take(atom, prim)
            if args is not None:
                found = self.inside(atom, args[0], self.split)
                if found is not None:
                    return found[0], self.new(prim, found[1], args[1])
        if self.made_by(atom, by_name("np.broadcast_to")):      # a literal inside meets fewer elements
            return None
        return self.moved(atom, self.split, lambda found, move: (found[0], move(found[1])))

    def moved(self, atom: Atom, look: Callable[[Atom], Any],
              again: Callable[[Any, Callable[[Atom], Atom]], Any]) -> Any:
        """What `look` finds in elements that are only moved about; `again` is handed what moves them."""
        op = self.local.get(atom) if isinstance(atom, Value) else None
        if op is None or op.prim not in linear_moves() or self.take(atom, op.prim) is None or op.kw:
            return None
        kind, source = self.kind(op.out), self.kind(op.args[0])
        found = self.inside(atom, op.args[0], look)

        def move(plain: Atom) -> Atom:
            made = self.new(op.prim, plain, *op.args[1:])
            if isinstance(made, Value) and self.kind(plain) == source:
                self.run.kinds[made] = kind
            return made
        return None if found is None else again(found, move)

    def sink(self) -> None:
        """Signs that found no place to vanish move to the first factor: `-(a * b)` reads `-a * b`."""
        for at in range(len(self.stmts) - 1, -1, -1):
            op = self.stmts[at]
            if isinstance(op, Op) and op.prim is NEG and id(op) not in self.gone and op.out not in self.run.fixed:
                self.run.count(op.args, -1)
                chain = self.chain(op.args[0])
                if chain and self.has_sign(chain[-1].args[0]):
                    self.gone.update(id(c) for c in chain)
                    self.stmts[at:at + 1] = self.signed(op, chain)
                else:
                    for link in chain:
                        self.run.count(link.args, 1)
                    self.run.count(op.args, 1)

    def has_sign(self, atom: Atom) -> bool:
        """Whether an atom surely may be negated: truth values cannot, and what is unsigned becomes another number."""
        kind = self.kind(atom)
        dtype = kind.dtype if isinstance(kind, (Number, Array)) else None
        if dtype is None:
            return isinstance(atom, Value) and is_derived(atom.hint)
        return not {"b", "u"} & {each[0] for each in dtype.split("|")}

    def chain(self, atom: Atom) -> list[Op]:
        """The products and quotients that an atom is made of, along first operands, outermost first."""
        found: list[Op] = []
        while isinstance(atom, Value) and (self.take(atom, MUL) or self.take(atom, DIV)):
            found.append(self.local[atom])
            atom = found[-1].args[0]
            self.run.count((atom,), -1)     # the others still count: `t * b / t` reads t twice, it stays whole
        for op in found:
            self.run.count(op.args[1:], -1)
        return found

    def signed(self, op: Op, chain: list[Op]) -> list[Stmt]:
        first = chain[-1].args[0]
        stmts: list[Stmt] = []
        if literal(first) is not None:
            first = Const(-first.value)  # type: ignore[union-attr]
        else:
            sign = Op((Value(),), NEG, (first,), origin=op.origin)
            self.run.kinds[sign.out] = self.kind(first)
            stmts.append(sign)
            first = sign.out
        self.run.changed = True
        for link in reversed(chain):
            out = op.out if link is chain[0] else link.out
            stmts.append(Op((out,), link.prim, (first, link.args[1]), origin=op.origin))
            first = out
        for stmt in stmts:
            self.run.count(operands(stmt), 1)
        return stmts


@cache
def linear_moves() -> frozenset[Prim]:
    """What only moves elements about: literal factors and signs pass through."""
    return frozenset(map(by_name, (".T", "np.expand_dims", "np.swapaxes", "np.broadcast_to")))


def literal(atom: Atom) -> Any:
    """The number a literal is, else None."""
    return atom.value if isinstance(atom, Const) and type(atom.value) in (int, float) else None
