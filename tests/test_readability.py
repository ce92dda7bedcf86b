"""Emitted text is as short as what a careful person writes, calls nothing of ours, and names nothing needlessly."""
from __future__ import annotations

import ast
import builtins
import re

import pytest

from tests.benchmarks.samples import SAMPLES, Sample, nodes

WIDTH = 88
_TOOL_NAME = re.compile(r"t\d*$")
_EFFECTS = {"append", "pop"}


@pytest.fixture(params=SAMPLES, ids=lambda s: s.name)
def sample(request: pytest.FixtureRequest) -> Sample:
    return request.param  # type: ignore[no-any-return]


def test_length(sample: Sample) -> None:
    emitted, written = nodes(sample.emitted), nodes(sample.written)
    counts = f"{emitted} nodes against {written}: {emitted / written:.2f}"
    assert emitted <= sample.ratio * written, f"{counts}\n{sample.emitted}"


def test_no_helpers_of_ours(sample: Sample) -> None:
    assert "tangent2" not in sample.emitted


def test_no_foldable_temporaries(sample: Sample) -> None:
    functions = [f for f in ast.parse(sample.emitted).body if isinstance(f, ast.FunctionDef)]
    found = [name for function in functions for name in foldable(function)]
    assert not found, f"{', '.join(found)}\n{sample.emitted}"


def foldable(function: ast.FunctionDef) -> list[str]:
    """Tool-named temporaries that could be printed inside their only reader.

    >>> [function] = ast.parse("def f(x):\\n    t = x + x\\n    y = t * x\\n    return y").body
    >>> foldable(function)
    ['t']
    >>> [function] = ast.parse("def f(s):\\n    t = s[0]\\n    v = s.pop()\\n    return t * v").body
    >>> foldable(function)
    []
    """
    params = {a.arg for a in function.args.args}
    return [name for block in _blocks(function) for k, stmt in enumerate(block)
            for name in _target(stmt) if _TOOL_NAME.match(name) and name not in params
            and _count(function, name, ast.Store) == 1 and _count(function, name, ast.Load) == 1
            and _may_move(name, stmt, block[k + 1:])]


def _blocks(function: ast.FunctionDef) -> list[list[ast.stmt]]:
    return [block for node in ast.walk(function) for field in ("body", "orelse")
            if isinstance(block := getattr(node, field, None), list) and block]


def _target(stmt: ast.stmt) -> list[str]:
    simple = isinstance(stmt, ast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], ast.Name)
    return [stmt.targets[0].id] if simple else []  # type: ignore[attr-defined]


def _count(function: ast.FunctionDef, name: str, context: type) -> int:
    return sum(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, context) for n in ast.walk(function))


def _may_move(name: str, stmt: ast.stmt, after: list[ast.stmt]) -> bool:
    """Whether the reader stands in the same block, its line stays short, and nothing between changes the operands."""
    assert isinstance(stmt, ast.Assign)
    operands, touched = _names(stmt.value), _touched(stmt)
    for later in after:
        if name in _names(later):
            return not isinstance(later, (ast.For, ast.While, ast.FunctionDef)) and _fits(name, stmt, later)
        if operands & (_bound(later) | _touched(later)) or touched & (_names(later) | _touched(later)):
            return False
    return False


def _fits(name: str, stmt: ast.Assign, reader: ast.stmt) -> bool:
    line = ast.unparse(reader).splitlines()[0]
    folded = re.sub(rf"\b{name}\b", f"({ast.unparse(stmt.value)})", line)
    return folded != line and reader.col_offset + len(folded) <= WIDTH


def _touched(stmt: ast.stmt) -> set[str]:
    """The lists and arrays that a statement changes; calls of functions of the module come in order, `*`."""
    found: set[str] = set()
    for node in ast.walk(stmt):
        if isinstance(node, ast.Attribute) and node.attr in _EFFECTS:
            found |= _names(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not hasattr(builtins, node.func.id):
            found |= {"*", *[a.id for a in node.args if isinstance(a, ast.Name) and "saved" in a.id]}
        elif isinstance(node, ast.AugAssign):
            found |= _names(node.target)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            found |= _names(node.value)
    return found


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _bound(stmt: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(stmt) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


if __name__ == "__main__":
    for each in SAMPLES:
        counts = nodes(each.emitted), nodes(each.written)
        print(f"{each.name:20} {counts[0]:4} {counts[1]:4}  {counts[0] / counts[1]:.2f}")
