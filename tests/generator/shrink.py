"""Smaller programs that fail in the same way: statements removed, blocks opened, expressions cut."""
from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from tests.generator.program import Program
from tests.harness import trees
from tests.harness.limits import limited

_BLOCKS = ("body", "orelse", "finalbody")
_SECONDS = 5.0


def shrink(program: Program, fails: Callable[[Program], bool], most: int = 2000) -> Program:
    """The smallest program found, in at most `most` trials, for which `fails` still holds."""
    trials = 0
    again = True
    while again:
        again = False
        for source in _smaller(program.source):
            trials += 1
            if trials > most:
                return program
            candidate = replace(program, source=source)
            if _holds(fails, candidate):
                program, again = candidate, True
                break
    return program


def _holds(fails: Callable[[Program], bool], program: Program) -> bool:
    try:
        with np.errstate(all="ignore"):
            with limited(0.3):          # a loop may have lost its counter
                program.load()["f"](*trees.copied(program.args))
            with limited(_SECONDS):
                return fails(program)
    except Exception:
        return False


def _smaller(source: str) -> Iterator[str]:
    """Texts with one thing less, the largest cuts first."""
    tree = ast.parse(source)
    for cuts in (_function_cuts, _statement_cuts, _block_cuts, _part_cuts, _expression_cuts):
        for change in cuts(tree):
            changed = copy.deepcopy(tree)
            change(changed)
            try:
                text = ast.unparse(ast.fix_missing_locations(changed)) + "\n"
                compile(text, "<smaller>", "exec")
            except (SyntaxError, ValueError):
                continue
            if len(text) < len(source):
                yield text


_Change = Callable[[ast.Module], object]


def _lists(tree: ast.AST) -> Iterator[tuple[int, str, list[ast.stmt]]]:
    """The statement lists of functions: number of the node that holds it, field, statements."""
    for number, node in enumerate(ast.walk(tree)):
        for block in _BLOCKS:
            stmts = getattr(node, block, None)
            if isinstance(stmts, list) and stmts and not isinstance(node, ast.Module):
                yield number, block, stmts


def _node(tree: ast.AST, number: int) -> ast.AST:
    return list(ast.walk(tree))[number]


def _function_cuts(tree: ast.Module) -> Iterator[_Change]:
    for i, stmt in enumerate(tree.body):
        if not (isinstance(stmt, ast.FunctionDef) and stmt.name == "f"):
            yield partial(_drop, at=i)


def _drop(tree: ast.Module, at: int) -> None:
    del tree.body[at]


def _statement_cuts(tree: ast.Module) -> Iterator[_Change]:
    for number, block, stmts in _lists(tree):
        sizes = [n for n in (8, 4, 2, 1) if n <= len(stmts)]
        for size in sizes:
            for at in range(len(stmts) - size, -1, -1):
                yield partial(_cut, number=number, block=block, at=at, size=size)


def _cut(tree: ast.Module, number: int, block: str, at: int, size: int) -> None:
    node = _node(tree, number)
    stmts = getattr(node, block)
    del stmts[at:at + size]
    if not stmts and block == "body":
        stmts.append(ast.Pass())


def _block_cuts(tree: ast.Module) -> Iterator[_Change]:
    """A compound statement becomes what it holds."""
    for number, block, stmts in _lists(tree):
        for at, stmt in enumerate(stmts):
            for inner in _BLOCKS:
                if isinstance(stmt, (ast.If, ast.For, ast.While, ast.Try, ast.With)) and getattr(stmt, inner, None):
                    yield partial(_open, number=number, block=block, at=at, inner=inner)
            for k, _ in enumerate(getattr(stmt, "handlers", ())):
                yield partial(_open, number=number, block=block, at=at, inner="body", handler=k)


def _open(tree: ast.Module, number: int, block: str, at: int, inner: str, handler: int | None = None) -> None:
    stmts = getattr(_node(tree, number), block)
    opened = stmts[at] if handler is None else stmts[at].handlers[handler]
    stmts[at:at + 1] = getattr(opened, inner)


_LISTS = ("handlers", "bases", "decorator_list", "elts", "ifs", "names", "keywords")


def _part_cuts(tree: ast.Module) -> Iterator[_Change]:
    """A handler, a base, a decorator, an element, a test of a comprehension, an item of a dict, a name less."""
    for number, node in enumerate(ast.walk(tree)):
        for name in _LISTS:
            for at, _ in enumerate(getattr(node, name, ())):
                yield partial(_less, number=number, names=(name,), at=at)
        if isinstance(node, ast.Dict):
            for at, _ in enumerate(node.keys):
                yield partial(_less, number=number, names=("keys", "values"), at=at)


def _less(tree: ast.Module, number: int, names: tuple[str, ...], at: int) -> None:
    for name in names:
        del getattr(_node(tree, number), name)[at]


_CUT = (ast.BinOp, ast.UnaryOp, ast.Call, ast.IfExp, ast.BoolOp, ast.Subscript, ast.Compare, ast.List, ast.Tuple,
        ast.ListComp, ast.GeneratorExp)


def _expression_cuts(tree: ast.Module) -> Iterator[_Change]:
    """An expression becomes one of its operands, or a number."""
    for number, node in enumerate(ast.walk(tree)):
        for name, value in ast.iter_fields(node):
            many = isinstance(value, list)
            for at, part in enumerate(value if many else [value]):
                if not isinstance(part, _CUT):
                    continue
                for k, _ in enumerate(_parts(part)):
                    yield partial(_replace, number=number, name=name, at=at if many else None, k=k)


def _parts(node: ast.expr) -> list[ast.expr]:
    parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    if isinstance(node, ast.Call):
        parts = list(node.args)
    return [p for p in parts if not isinstance(p, (ast.Slice, ast.Starred))] + [ast.Constant(0.7)]


def _replace(tree: ast.Module, number: int, name: str, at: int | None, k: int) -> None:
    node = _node(tree, number)
    if at is None:
        setattr(node, name, _parts(getattr(node, name))[k])
    else:
        getattr(node, name)[at] = _parts(getattr(node, name)[at])[k]
