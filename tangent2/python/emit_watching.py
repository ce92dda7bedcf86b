"""Text that is watched: what tells a `Watch` of each value that is made, and asks it of each that is read.

Nothing else in the text changes: what is folded, and which variables are shared, is checked as it stands.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.kinds import UNKNOWN, FunctionKind, List, NoneKind, Number, Object, Range, Str
from tangent2.core.syntax import Atom, For, If, Op, Origin, Region, Stmt, Value, operands, regions
from tangent2.python.emit_expressions import STORE, Scope, attribute, call, constant, name
from tangent2.python.outside import LOCALS, WATCH

_STILL = (Number, Str, NoneKind, Range, FunctionKind, Object)
Body = list[Any]


class Watching:
    """What is added to the text of one function; nothing if the scope is not watched."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.layout = scope.layout
        self.numbers: dict[Value, int] = {}
        self.popped: list[Value] = []       # what is left of lists, once the statement at hand has run
        self.origin = scope.layout.function.origin

    def begin(self, body: Body) -> None:
        """The watch of a call, which knows the arguments."""
        if self.scope.watch:
            made = call(name(self.scope.outside.names[WATCH]), [constant(self.layout.function.name)])
            body.append(gast.Assign([name(self.scope.watch, STORE)], made, None))
            function = self.layout.function
            self.tell("given", [p for p in function.params if p not in function.owned | function.writes], body)
            self.tell("made", [p for p in function.params if p in function.owned | function.writes], body)

    def end(self, body: Body) -> None:
        """The call returns."""
        if self.scope.watch:
            body.append(gast.Expr(call(attribute(name(self.scope.watch), "returns"), [])))

    def made(self, values: Iterable[Value], body: Body) -> None:
        """Say that variables have got values."""
        if self.scope.watch:
            self.tell("made", [v for v in values if v not in self.layout.unread], body)

    def before(self, stmt: Stmt, body: Body) -> None:
        """Ask for what a statement reads before it begins."""
        self.popped = []
        if self.scope.watch and not self.waits(stmt):
            self.origin = getattr(stmt, "origin", None) or self.origin
            read = self.reads(stmt)
            self.tell("reads", [v for v in read if v not in self.popped], body)

    def after(self, stmt: Stmt, popped: list[Value], body: Body) -> None:
        """Tell of what a statement makes, and of the lists from which something was popped inside of it."""
        if not self.waits(stmt):
            self.made((*popped, *stmt.outs), body)

    def atoms(self, atoms: Iterable[Atom], body: Body) -> None:
        """Ask for operands."""
        if self.scope.watch:
            self.popped = []
            read = [v for a in atoms for v in self.variables(a)]
            self.tell("reads", [v for v in read if v not in self.popped], body)

    def waits(self, stmt: Stmt) -> bool:
        """Whether something is popped inside of the statement that reads it."""
        return isinstance(stmt, Op) and stmt.prim is prims.POP and stmt.outs[1] in self.layout.inline

    def tell(self, how: str, values: list[Value], body: Body) -> None:
        """Calls of the watch with the numbers of values, each variable once."""
        left = {v: self.layout.names[v] for v in values if v in self.layout.names and self.moves(v)}
        while left:
            batch = {variable: v for v, variable in left.items()}
            left = {v: variable for v, variable in left.items() if batch[variable] is not v}
            numbers = [gast.keyword(variable, constant(self.numbers.setdefault(v, len(self.numbers))))
                       for variable, v in batch.items()]
            here = call(name(self.scope.outside.names[LOCALS]), [])
            function = attribute(name(self.scope.watch), how)
            body.append(gast.Expr(call(function, [here, constant(_place(self.origin))], numbers)))

    def moves(self, value: Value) -> bool:
        """Whether what a value holds may change under its name; tapes look after themselves."""
        kind = self.layout.kinds.get(value, UNKNOWN)
        return not isinstance(kind, _STILL) and not (isinstance(kind, List) and kind.tape)

    def reads(self, stmt: Stmt) -> list[Value]:
        """The values with a variable that a statement reads before its blocks begin."""
        atoms = operands(stmt)
        if isinstance(stmt, Op) and stmt.prim is prims.SETTLE:      # the base has been changed, by way of its part
            atoms = atoms[1:]
        found = [v for a in atoms for v in self.variables(a)]
        folded = any(v in self.layout.inline for v in stmt.outs)
        if isinstance(stmt, (If, For)) and (folded or stmt in self.layout.whole):
            for region in regions(stmt):
                found += self.inside(region)
        return found

    def inside(self, region: Region) -> list[Value]:
        """What is read in a block that is printed as an expression."""
        found = [v for stmt in region.stmts for v in self.reads(stmt)]
        return found + [v for a in region.exit.vals for v in self.variables(a)]

    def variables(self, atom: Atom) -> list[Value]:
        """The values with a variable in the text of an operand."""
        if not isinstance(atom, Value):
            return []
        stmt = self.layout.inline.get(atom)
        if isinstance(stmt, Op) and stmt.prim is prims.POP:
            self.popped.append(stmt.outs[0])
        return [atom] if stmt is None else self.reads(stmt)


def _place(origin: Origin | None) -> str:
    return "?" if origin is None else f"{origin.file}:{origin.line}"
