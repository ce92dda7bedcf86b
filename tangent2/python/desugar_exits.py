"""Exits of a `try` block: `finally` before each of them, bare `raise`, and what its handlers do with an exception."""
from __future__ import annotations

import copy
from typing import Any

import gast

from tangent2.python.desugar_generators import located_new
from tangent2.python.parts import children

LEAVES = (gast.Return, gast.Break, gast.Continue)


def load(name: str) -> Any:
    return gast.Name(name, gast.Load(), None, None)


def store(name: str, value: Any) -> Any:
    return gast.Assign([gast.Name(name, gast.Store(), None, None)], value, None)


def none() -> Any:
    return gast.Constant(None, None)


def placed(stmts: list[Any], place: Any, handlers: list[Any]) -> list[Any]:
    """Statements with the handlers after a place in them."""
    found: list[Any] = []
    for stmt in stmts:
        if isinstance(stmt, gast.If):
            stmt.body, stmt.orelse = placed(stmt.body, place, handlers), placed(stmt.orelse, place, handlers)
        found += handlers if stmt is place and isinstance(stmt, gast.Pass) else [stmt]
        if stmt is place and not isinstance(stmt, gast.Pass):
            found += handlers
    return found


class Raising(gast.NodeTransformer):
    """A bare `raise` in a handler raises what it handles."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Raise(self, node: Any) -> Any:
        if node.exc is None:
            node.exc = gast.copy_location(load(self.name), node)
        return node

    def visit_Try(self, node: Any) -> Any:
        node.body = [self.visit(s) for s in node.body]      # handlers inside have their own
        return node

    def _function(self, node: Any) -> Any:
        return node

    visit_FunctionDef = visit_Lambda = _function


class Leaving:
    """Puts the statements of `finally` before each exit of a block; `returns`: before those of the function, too."""

    def __init__(self, final: list[Any], new: Any, returns: bool = True) -> None:
        self.final, self.new, self.returns = final, new, returns

    def copy(self) -> list[Any]:
        made = copy.deepcopy(self.final)
        for stmt in made:
            stmt.plain = True
        return made

    def block(self, stmts: list[Any], loop: bool = False) -> list[Any]:
        found: list[Any] = []
        for stmt in stmts:
            found += self.statement(stmt, loop)
        return found

    def statement(self, stmt: Any, loop: bool) -> list[Any]:
        if isinstance(stmt, gast.Return) and not self.returns:
            return [stmt]
        if isinstance(stmt, gast.Return):
            if stmt.value is None or isinstance(stmt.value, gast.Constant):
                return [*self.copy(), stmt]
            name = self.new("result")
            first = located_new(store(name, stmt.value), stmt)
            return [first, *self.copy(), located_new(gast.Return(load(name)), stmt)]
        if isinstance(stmt, (gast.Break, gast.Continue)):
            return [stmt] if loop else [*self.copy(), stmt]
        if isinstance(stmt, gast.FunctionDef):
            return [stmt]
        inside = loop or isinstance(stmt, (gast.For, gast.While))
        for part in ("body", "orelse", "finalbody"):
            if isinstance(getattr(stmt, part, None), list):
                setattr(stmt, part, self.block(getattr(stmt, part), inside if part == "body" else loop))
        for handler in getattr(stmt, "handlers", ()):
            handler.body = self.block(handler.body, loop)
        return [stmt]


_TELLING = ("str", "repr", "print", "isinstance", "type", "format")


def reads_inside(handler: Any) -> bool:
    """Whether a handler does more with its exception than raise it or print it."""
    name = getattr(handler.name, "id", handler.name)
    return bool(name) and any(_carried(s, name) for s in handler.body)


def _carried(node: Any, name: str) -> bool:
    if isinstance(node, gast.Name):
        return bool(node.id == name)
    if isinstance(node, (gast.JoinedStr, gast.Raise)):
        return False
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in _TELLING:
        return any(_carried(a, name) for a in node.args if not isinstance(a, gast.Name))
    return any(_carried(child, name) for child in children(node))


class Otherwise:
    """What follows the block if nothing was raised; its own exceptions are not caught."""

    def __init__(self, stmts: list[Any]) -> None:
        self.stmts = stmts


def surely_raises(stmts: list[Any]) -> bool:
    """Whether statements surely end with a `raise`."""
    return bool(stmts) and isinstance(stmts[-1], gast.Raise)
