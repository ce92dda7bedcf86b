"""The layout is a rule: floors import only downwards, files and functions stay small, names say something."""
from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "tangent2"
FLOORS = {
    "errors": 1, "names": 1, "attached": 1, "switches": 1, "runtime": 1, "definitions": 1, "core": 2, "python": 3,
    "rules": 4, "analysis": 5, "transform": 6, "optimise": 7, "gather": 8, "declared": 8, "pipeline": 8, "cache": 8,
    "guards": 8, "overlap": 8, "anew": 8, "entry": 8, "compiling": 8, "kept": 8, "effects": 8, "hearsay": 8,
    "conditions": 8, "jitting": 8, "batches": 8, "lane_warning": 8, "requests": 8, "inside": 8, "handwritten": 8,
    "by_adjoint": 8, "by_tangent": 8, "repeating": 8, "jacobian_sweeps": 8, "inserting": 8, "objects": 8, "cli": 10,
    "__main__": 10,
}
API = 9             # every other module directly under the package
VAGUE = {"utils", "util", "helpers", "helper", "misc", "manager", "common_utils"}
FILES = sorted(ROOT.rglob("*.py"))


def module_of(path: Path) -> str:
    parts = ("tangent2", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(module: str) -> int:
    parts = module.split(".")
    return API if len(parts) == 1 else FLOORS.get(parts[1], API)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and module of each import of our own, in functions too; imports for type checking do not count."""
    for node in _running(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node.lineno, full if _is_module(full) else str(node.module)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from _running(child)


def _is_module(name: str) -> bool:
    path = ROOT.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_floors(path: Path) -> None:
    module = module_of(path)
    floor = floor_of(module)
    for line, name in imports(path):
        if name.split(".")[0] != "tangent2":
            continue
        where = f"{path.relative_to(ROOT)}:{line} imports {name}"
        assert name != "tangent2" or floor >= 10, f"{where}: nobody imports the package root"
        assert floor_of(name) <= floor, f"{where}: floor {floor} must not import from floor {floor_of(name)}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_size(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 400, "a file of 400 lines has a seam somewhere"
    long = [f"{name}: {lines} lines" for name, lines in functions(path) if lines > 60]
    assert not long, long


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_opens_with_a_sentence(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "one sentence opens each module"
    assert path.stem not in VAGUE


def test_sub_packages_hold_a_docstring_only() -> None:
    for path in ROOT.glob("*/**/__init__.py"):
        assert len(ast.parse(path.read_text()).body) == 1, path


def test_functions_are_short() -> None:
    assert statistics.median(lines for path in FILES for _, lines in functions(path)) < 10


def test_no_cycles() -> None:
    """Modules of one floor may import each other, but not in a circle."""
    edges = {module_of(path): {name for _, name in imports(path) if name.startswith("tangent2.")} for path in FILES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module not in done:
            for name in edges.get(module, ()):
                visit(name, (*trail, module))
            done.add(module)

    for module in edges:
        visit(module, ())
