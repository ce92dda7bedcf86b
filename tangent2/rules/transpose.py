"""The adjoint of a template, derived by transposing its differential: both are Python expressions, as syntax trees.

The differential is linear in `dot[x]`, so a walk down from the seed `bar[out]` collects what reaches each of them.
"""
from __future__ import annotations

import ast


class Transposed(ast.expr):
    """The adjoint of a call in its operand `name` (there as `dot[name]`), given the adjoint of its result."""

    _fields = ("call", "seed", "name")

    def __init__(self, call: ast.expr, seed: ast.expr, name: str) -> None:
        super().__init__()
        self.call, self.seed, self.name = call, seed, name


def marked(node: ast.AST, mark: str) -> str | None:
    """The name in `mark[name]`, the form in which templates speak of `dot[x]` and `bar[x]`.

    >>> marked(ast.parse("dot[x]", mode="eval").body, "dot")
    'x'
    """
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == mark:
        return node.slice.id if isinstance(node.slice, ast.Name) else None
    return None


def tangents_in(node: ast.AST) -> set[str]:
    """All x of which `dot[x]` is read in an expression."""
    return {name for inner in ast.walk(node) for name in [marked(inner, "dot")] if name}


def transpose(differential: ast.expr) -> dict[str, ast.expr]:
    """The adjoint expression of each operand in `dot[out] = differential`.

    >>> tree = ast.parse("dot[x] * y - x * dot[y]", mode="eval").body
    >>> {name: ast.unparse(e) for name, e in transpose(tree).items()}
    {'x': 'bar[out] * y', 'y': '-bar[out] * x'}
    """
    found: dict[str, ast.expr] = {}
    _walk(differential, ast.parse("bar[out]", mode="eval").body, found)
    return found


def _walk(node: ast.expr, seed: ast.expr, found: dict[str, ast.expr]) -> None:
    name = marked(node, "dot")
    if name is not None:
        found[name] = ast.BinOp(found[name], ast.Add(), seed) if name in found else seed
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        _BINARY[type(node.op)](node, seed, found)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        _walk(node.operand, ast.UnaryOp(ast.USub(), seed), found)
    elif isinstance(node, ast.Call) or isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        _call(node, seed, found)
    elif tangents_in(node):
        raise SyntaxError(f"cannot transpose {ast.unparse(node)}: write bar[...] by hand")


def _sum(node: ast.BinOp, seed: ast.expr, found: dict[str, ast.expr]) -> None:
    _walk(node.left, seed, found)
    _walk(node.right, seed, found)


def _difference(node: ast.BinOp, seed: ast.expr, found: dict[str, ast.expr]) -> None:
    _walk(node.left, seed, found)
    _walk(node.right, ast.UnaryOp(ast.USub(), seed), found)


def _product(node: ast.BinOp, seed: ast.expr, found: dict[str, ast.expr]) -> None:
    linear, factor = (node.left, node.right) if tangents_in(node.left) else (node.right, node.left)
    _linear_in_one(node, factor)
    _walk(linear, ast.BinOp(seed, ast.Mult(), factor), found)


def _quotient(node: ast.BinOp, seed: ast.expr, found: dict[str, ast.expr]) -> None:
    _linear_in_one(node, node.right)
    _walk(node.left, ast.BinOp(seed, ast.Div(), node.right), found)


def _linear_in_one(node: ast.BinOp, other: ast.expr) -> None:
    if tangents_in(other):
        raise SyntaxError(f"{ast.unparse(node)} is not linear in its tangents")


def _call(node: ast.Call | ast.BinOp, seed: ast.expr, found: dict[str, ast.expr]) -> None:
    operands = [node.left, node.right] if isinstance(node, ast.BinOp) else node.args
    names = [marked(operand, "dot") for operand in operands]
    if len(tangents_in(node)) != 1 or not any(names):
        raise SyntaxError(f"cannot transpose {ast.unparse(node)}: write bar[...] by hand")
    name = next(n for n in names if n)
    adjoint = Transposed(node, seed, name)
    found[name] = ast.BinOp(found[name], ast.Add(), adjoint) if name in found else adjoint


_BINARY = {ast.Add: _sum, ast.Sub: _difference, ast.Mult: _product, ast.Div: _quotient}
