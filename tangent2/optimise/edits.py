"""Edits of a function, collected first and applied at once: copies on edges, renamed reads; and where things stand."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tangent2.core.kinds import UNKNOWN, Kind
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Break, Continue, Exit, For, Function, If, Note, Op, Region, Stmt, Try, Typed, Value, While, Yield,
    inner_bindings, operands, regions,
)


@dataclass(frozen=True, slots=True)
class Edge:
    """One read of an atom: operand `position` of a statement, or of the exit of a region."""

    at: Stmt | Region
    position: int

    @property
    def atom(self) -> Atom:
        return (self.at.exit.vals if isinstance(self.at, Region) else operands(self.at))[self.position]


class Places:
    """Where values are bound, in which region each statement stands, in what order."""

    def __init__(self, function: Function) -> None:
        self.definition: dict[Value, Stmt] = {}
        self.order: dict[Value, int] = dict.fromkeys(function.params, 0)
        self.number: dict[int, int] = {}
        self.home: dict[Value, Region] = dict.fromkeys(function.params, function.body)
        self.region: dict[int, Region] = {}         # of a statement
        self.holder: dict[int, Stmt | None] = {id(function.body): None}      # of a region
        self.loops: dict[int, list[tuple[str, Region]]] = {}
        self._enter(function.body, None)

    def _enter(self, region: Region, loop: Stmt | None) -> None:
        for stmt in region.stmts:
            self.region[id(stmt)] = region
            self.number[id(stmt)] = len(self.order) + len(self.number)
            for v in inner_bindings(stmt):
                self._bind(v, stmt, stmt.body)  # type: ignore[union-attr]
            inner = stmt if isinstance(stmt, (For, While)) else loop
            for r in regions(stmt):
                self.holder[id(r)] = stmt
                self._enter(r, inner)
            for v in stmt.outs:
                self._bind(v, stmt, region)
        if loop is not None and isinstance(region.exit, (Break, Continue)):
            self.loops.setdefault(id(loop), []).append((type(region.exit).__name__, region))

    def _bind(self, value: Value, stmt: Stmt, home: Region) -> None:
        self.definition[value] = stmt
        self.order[value] = len(self.order) + len(self.number)
        self.home[value] = home

    def around(self, stmt: Stmt) -> Stmt | None:
        """The statement whose region a statement stands in."""
        return self.holder[id(self.region[id(stmt)])]

    def inside(self, edge: Edge, holds: Callable[[Stmt], bool]) -> bool:
        """Whether an edge lies in a region of a statement for which something holds."""
        at = edge.at
        stmt = self.holder[id(at)] if isinstance(at, Region) else self.around(at)
        while stmt is not None:
            if holds(stmt):
                return True
            stmt = self.around(stmt)
        return False

    def same_region(self, value: Value, stmt: Stmt) -> bool:
        return self.home[value] is self.region[id(stmt)]

    def incoming(self, value: Value) -> list[Edge]:
        """The edges on which a merged value gets what it is: of a branch's result, a loop's param or result."""
        stmt = self.definition[value]
        if isinstance(stmt, If):
            at = stmt.outs.index(value)
            return [Edge(r, at) for r in (stmt.then, stmt.orelse) if _gives(r.exit, Yield, len(stmt.outs))]
        assert isinstance(stmt, (For, While))
        result = value in stmt.outs
        at = (stmt.outs if result else stmt.params).index(value)
        ends = self.loops.get(id(stmt), [])
        found = [Edge(stmt, at + isinstance(stmt, For))]
        if _gives(stmt.body.exit, Yield, len(stmt.outs)):
            found.append(Edge(stmt.body, at))
        return found + [Edge(r, at) for how, r in ends if result or how == "Continue"]

    def name_on(self, edge: Edge) -> tuple[str | None, bool]:
        """The name of the variable that an edge hands its atom to: that of a param, a merge's result or an update's."""
        at = edge.at
        named: Value | None = None
        if isinstance(at, (For, While)):
            named = at.params[edge.position - isinstance(at, For)]
        elif isinstance(at, Op) and at.prim.update and edge.position == 0:
            named = at.outs[0]
        elif isinstance(at, Region):
            named = self._named(at, edge.position)
        return (named.hint, named.user) if named is not None else (None, False)

    def _named(self, region: Region, position: int) -> Value | None:
        holder = self.holder[id(region)]
        if isinstance(region.exit, Yield) and holder is not None:
            return holder.outs[position] if isinstance(holder, If) else holder.params[position]  # type: ignore[union-attr]
        while holder is not None and not isinstance(holder, (For, While)):
            holder = self.around(holder)
        return holder.params[position] if isinstance(region.exit, (Break, Continue)) and holder is not None else None


def _gives(exit: Exit, kind: type, count: int) -> bool:
    return isinstance(exit, kind) and len(exit.vals) == count


@dataclass
class Edits:
    """Changes by identity of statement or region; nothing is changed until `apply`."""

    kinds: dict[Value, Kind]
    before: dict[int, list[Op]] = field(default_factory=dict)
    operand: dict[tuple[int, int], Value] = field(default_factory=dict)
    copied: dict[int, Prim] = field(default_factory=dict)
    later: dict[int, dict[Value, Atom]] = field(default_factory=dict)
    within: dict[int, dict[Value, Atom]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.before or self.copied)

    def _copy(self, atom: Atom, prim: Prim, hint: str | None, user: bool) -> Op:
        out = Value(hint, user)
        self.kinds[out] = self.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else UNKNOWN
        return Op((out,), prim, (atom,))

    def copy_on(self, edge: Edge, atom: Atom, prim: Prim, hint: str | None = None, user: bool = False) -> None:
        """Read a copy on an edge."""
        key = id(edge.at), edge.position
        if key not in self.operand:
            op = self._copy(atom, prim, hint, user)
            self.operand[key] = op.out
            self.before.setdefault(id(edge.at), []).append(op)

    def copy_before(self, stmt: Stmt, value: Value, prim: Prim, hint: str | None = None, user: bool = False) -> Value:
        """Copy a value before a statement; the same copy for all who ask."""
        for op in self.before.get(id(stmt), ()):
            if op.args == (value,) and op.out.hint == hint and op.out not in self.operand.values():
                return op.out
        op = self._copy(value, prim, hint, user)
        self.before.setdefault(id(stmt), []).append(op)
        return op.out

    def copy_result(self, op: Op, prim: Prim) -> None:
        """Bind the result of an operation to a copy of it."""
        self.copied[id(op)] = prim

    def rename_after(self, stmt: Stmt, value: Value, new: Atom) -> None:
        """Read something else after a statement, to the end of its region."""
        self.later.setdefault(id(stmt), {})[value] = new

    def rename_in(self, stmt: Stmt, value: Value, new: Atom) -> None:
        """Read something else inside a statement's regions."""
        self.within.setdefault(id(stmt), {})[value] = new

    def apply(self, typed: Typed) -> Typed:
        """The function with all changes made."""
        body = self._region(typed.function.body, {})
        return Typed(replace(typed.function, body=body), self.kinds, typed.result)

    def _region(self, region: Region, names: dict[Value, Atom]) -> Region:
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            stmts += self._stmt(stmt, names)
            if id(stmt) in self.later:
                names = {**names, **self.later[id(stmt)]}
        stmts += self._inserted(region, names)
        vals = tuple([self.operand.get((id(region), i)) or _renamed(a, names) for i, a in enumerate(region.exit.vals)])
        return Region(tuple(stmts), type(region.exit)(vals))

    def _inserted(self, at: Stmt | Region, names: dict[Value, Atom]) -> list[Op]:
        return [replace(op, args=tuple([_renamed(a, names) for a in op.args])) for op in self.before.get(id(at), ())]

    def _stmt(self, stmt: Stmt, names: dict[Value, Atom]) -> Iterator[Stmt]:
        yield from self._inserted(stmt, names)
        inner = {**names, **self.within[id(stmt)]} if id(stmt) in self.within else names
        atoms = tuple([self.operand.get((id(stmt), i)) or _renamed(a, names) for i, a in enumerate(operands(stmt))])
        new = self._rebuilt(stmt, atoms, inner)
        if id(stmt) in self.copied:
            assert isinstance(new, Op)
            plain = Value(None)
            self.kinds[plain] = self.kinds.get(new.out, UNKNOWN)
            yield replace(new, outs=(plain,))
            yield Op((new.out,), self.copied[id(stmt)], (plain,))
        else:
            yield new

    def _rebuilt(self, stmt: Stmt, atoms: tuple[Atom, ...], names: dict[Value, Atom]) -> Stmt:
        if isinstance(stmt, If):
            then, orelse = self._region(stmt.then, names), self._region(stmt.orelse, names)
            return If(stmt.outs, atoms[0], then, orelse, stmt.origin)
        if isinstance(stmt, For):
            body = self._region(stmt.body, names)
            return For(stmt.outs, stmt.target, atoms[0], stmt.params, atoms[1:], body, stmt.origin)
        if isinstance(stmt, While):
            cond, body = self._region(stmt.cond, names), self._region(stmt.body, names)
            return While(stmt.outs, stmt.params, atoms, cond, body, stmt.origin)
        return stmt if isinstance(stmt, (Try, Note)) or atoms == stmt.args else replace(stmt, args=atoms)


def _renamed(atom: Atom, names: dict[Value, Atom]) -> Atom:
    return names.get(atom, atom) if names and isinstance(atom, Value) else atom
