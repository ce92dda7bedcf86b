"""Straight-line cores written and read as Python expressions, for tests of passes on arithmetic."""
from __future__ import annotations

import ast

from tangent2.core import prims
from tangent2.core.kinding import kind_of_const, kinds_of
from tangent2.core.kinds import FLOAT, UNKNOWN, Kind
from tangent2.core.syntax import Atom, Const, Function, Op, Region, Return, Stmt, Typed, Value

_BINARY = {ast.Add: prims.ADD, ast.Sub: prims.SUB, ast.Mult: prims.MUL, ast.Div: prims.DIV, ast.Pow: prims.POW}
_SIGNS = {prim: sign for sign, prim in _BINARY.items()}


def core(source: str, **kinds: Kind) -> Typed:
    """The core of statements like `t = -x * y; t + 1.0`; a bound name that ends in an underscore is the user's."""
    env: dict[str, Atom] = {}
    table: dict[Value, Kind] = {}
    stmts: list[Stmt] = []
    params: list[Value] = []

    def kind(a: Atom) -> Kind:
        return table.get(a, UNKNOWN) if isinstance(a, Value) else kind_of_const(a.value)  # type: ignore[union-attr]

    def atom(node: ast.expr, name: str | None = None) -> Atom:
        if isinstance(node, ast.Constant):
            return Const(node.value)
        if isinstance(node, ast.Name):
            if node.id not in env:
                env[node.id] = value = Value(node.id, True)
                table[value] = kinds.get(node.id, FLOAT)
                params.append(value)
            return env[node.id]
        if isinstance(node, ast.BinOp):
            prim, args = _BINARY[type(node.op)], (atom(node.left), atom(node.right))
        else:
            assert isinstance(node, ast.UnaryOp)
            prim, args = prims.NEG, (atom(node.operand),)
        out = Value(name.rstrip("_"), True) if name and name.endswith("_") else Value()
        op = Op((out,), prim, args)
        table[out] = kinds_of(op, kind)[0]
        stmts.append(op)
        return out

    for stmt in ast.parse(source).body:
        if isinstance(stmt, ast.Assign):
            target = stmt.targets[0]
            assert isinstance(target, ast.Name)
            env[target.id] = atom(stmt.value, target.id)
        else:
            assert isinstance(stmt, ast.Expr)
            result = atom(stmt.value)
    return Typed(Function("f", tuple(params), Region(tuple(stmts), Return((result,)))), table, kind(result))


def text(typed: Typed) -> str:
    """The function as statements: what is named or read twice on a line of its own, the rest folded in."""
    body = typed.function.body
    known: dict[Value, ast.expr] = {}
    uses: dict[Atom, int] = {}
    for stmt in body.stmts:
        assert isinstance(stmt, Op)
        for a in stmt.args:
            uses[a] = uses.get(a, 0) + 1
    lines = []

    def node(a: Atom) -> ast.expr:
        if isinstance(a, Const):
            return ast.Constant(a.value)
        assert isinstance(a, Value)
        return known.get(a) or ast.Name(a.hint or "?")

    for stmt in body.stmts:
        assert isinstance(stmt, Op)
        if stmt.prim is prims.NEG:
            made: ast.expr = ast.UnaryOp(ast.USub(), node(stmt.args[0]))
        else:
            made = ast.BinOp(node(stmt.args[0]), _SIGNS[stmt.prim](), node(stmt.args[1]))
        if stmt.out.user or uses.get(stmt.out, 0) > 1:
            name = stmt.out.hint or f"t{len(lines)}"
            lines.append(f"{name} = {ast.unparse(made)}")
            made = ast.Name(name)
        known[stmt.out] = made
    lines.append(ast.unparse(node(body.exit.vals[0])))
    return "; ".join(lines)
