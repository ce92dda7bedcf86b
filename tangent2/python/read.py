"""From a function object to its source: the gast node of exactly this function, with true line numbers.

A `def` is found by its first line, a lambda by the position of its code (by its bytecode where Python keeps no
columns), so that several lambdas on one line are told apart.
"""
from __future__ import annotations

import ast
import inspect
import linecache
import os
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gast

from tangent2.core.syntax import Origin
from tangent2.definitions.define import definition_of
from tangent2.errors import SourceError
from tangent2.names import without_partials
from tangent2.python.fingerprints import is_rewritten, same_def, same_lambda
from tangent2.python.unannotate import unannotate
from tangent2.runtime.sequences import READ

_STANDARD = os.path.dirname(os.__file__) + os.sep
_OWN = os.path.dirname(os.path.dirname(__file__)) + os.sep
_LONGEST_STATEMENT = 200    # lines looked at before the whole file is parsed to find a lambda


@dataclass(frozen=True, slots=True)
class Source:
    """The source of one function; `node` is a gast `FunctionDef` or `Lambda`, `lines` are those of the whole file."""

    fn: types.FunctionType
    node: Any
    file: str
    first_line: int
    lines: list[str]


def read(fn: Any) -> Source:
    """The source of a Python function; raises `SourceError` where there is none.

    >>> from tangent2.python import read as module
    >>> read(module.read).node.name
    'read'
    """
    if not isinstance(fn, types.FunctionType):
        raise SourceError(f"{fn!r} is not a Python function", construct=type(fn).__name__,
                          advice="pass a function made by `def` or `lambda`")
    code = fn.__code__
    lines, found = _found(fn)
    if found is None:       # what is kept of the file may be older than the function
        linecache.checkcache(code.co_filename)
        lines, found = _found(fn)
    if found is None and not _is_there(code, lines):
        raise _missing(fn, f"the source of `{code.co_name}` was not found",
                       "define the function in a file or a notebook cell, not by `exec` or at the plain prompt")
    if found is None:
        raise _missing(fn, f"the source of `{code.co_name}` is not where its code says",
                       "the file changed after it was imported: import it again")
    return Source(fn, unannotate(gast.ast_to_gast(found)), code.co_filename, code.co_firstlineno, lines)


def place_of(fn: Any) -> Origin | None:
    """Where a function is defined, for errors about it; None for what is not written in Python."""
    fn = without_partials(fn)
    code = getattr(inspect.unwrap(fn) if callable(fn) else fn, "__code__", None)
    if not isinstance(code, types.CodeType):
        return None
    line = linecache.getline(code.co_filename, code.co_firstlineno).strip()
    return Origin(code.co_filename, code.co_firstlineno, line, code.co_name)


def _found(fn: types.FunctionType) -> tuple[list[str], Any]:
    """The lines of the file of a function as they are kept, and its node in them, if it is there."""
    code = fn.__code__
    lines = linecache.getlines(code.co_filename, fn.__globals__)
    if not _is_there(code, lines):
        return lines, None
    if code.co_name == "<lambda>":
        return lines, _find_lambda(code, lines)
    return lines, _find_def(code, lines, is_rewritten(fn))


def _is_there(code: types.CodeType, lines: list[str]) -> bool:
    return 0 < code.co_firstlineno <= len(lines) and _is_of_command_line(code, lines)


def _is_of_command_line(code: types.CodeType, lines: list[str]) -> bool:
    """Whether code named `<string>` is that of `python -c` (whose text Python 3.13 keeps), not of an `exec`."""
    if code.co_filename != "<string>":
        return True
    try:
        return _contains(compile("".join(lines), "<string>", "exec", dont_inherit=True), code)
    except (SyntaxError, ValueError):
        return False


def _contains(whole: types.CodeType, part: types.CodeType) -> bool:
    inner = [c for c in whole.co_consts if isinstance(c, types.CodeType)]
    return part in inner or any(_contains(c, part) for c in inner)


def _missing(fn: types.FunctionType, reason: str, advice: str) -> SourceError:
    code = fn.__code__
    place = Origin(code.co_filename, code.co_firstlineno, "", code.co_name)
    return SourceError(reason, origin=place, construct=code.co_name, advice=advice)


def parsed(lines: list[str], first: int, last: int) -> ast.Module | None:
    """Lines `first` to `last` (from 1, inclusive), indented or not, as a module with the line numbers of the file."""
    text = "".join(lines[first - 1:last])
    if text[:1] in " \t":
        text = "if 1:\n" + text
        first -= 1
    try:
        return ast.parse("\n" * (first - 1) + text) if first >= 1 else None
    except (SyntaxError, ValueError):
        return None


# --- def ------------------------------------------------------------------------------------------------------------

def _find_def(code: types.CodeType, lines: list[str], rewritten: bool) -> ast.AST | None:
    for last in _ends(lines, code.co_firstlineno):
        tree = parsed(lines, code.co_firstlineno, last)
        if tree is None:
            continue
        body = tree.body[0].body if isinstance(tree.body[0], ast.If) else tree.body
        node = body[0]
        return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and same_def(
            node, code, rewritten) else None
    return None


def _ends(lines: list[str], first: int) -> Iterator[int]:
    """Where the block that starts at line `first` may end: before each line that is not indented more than it.

    Brackets, strings and decorators hold such lines too; cut there, the text does not parse, and the next is tried.
    """
    margin = _indent(lines[first - 1])
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and not line.lstrip().startswith("#") and _indent(line) <= margin:
            yield number - 1
    yield len(lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# --- lambda ---------------------------------------------------------------------------------------------------------

def _find_lambda(code: types.CodeType, lines: list[str]) -> ast.Lambda | None:
    """The lambda of a code object: looked for in its own lines, in more of them, at last in the whole file."""
    first = code.co_firstlineno
    for last in range(first, min(first + _LONGEST_STATEMENT, len(lines) + 1)):
        tree = parsed(lines, first, last)
        if tree is not None:
            found = _match_lambda(tree, code)
            if found is not None:
                return found
            break
    whole = parsed(lines, 1, len(lines))
    return None if whole is None else _match_lambda(whole, code)


def _match_lambda(tree: ast.AST, code: types.CodeType) -> ast.Lambda | None:
    """The innermost lambda that holds the code; without columns, the only one that compiles to the like of it."""
    places = _code_places(code)
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda) and n.lineno == code.co_firstlineno]
    if places:
        found = [n for n in nodes if _holds(n, places)][-1:]
        return found[0] if found and same_lambda(found[0], code, False) else None
    found = [n for n in nodes if same_lambda(n, code, True)]
    return found[0] if len({ast.dump(n) for n in found}) == 1 else None


def _code_places(code: types.CodeType) -> set[tuple[int, int, int, int]]:
    """Where the instructions of a code object stand; empty before Python 3.11 or if it was told not to keep columns."""
    if not hasattr(code, "co_positions"):
        return set()
    return {(line, end, column, stop) for line, end, column, stop in code.co_positions()
            if line is not None and end is not None and column is not None and stop is not None and column != stop}


def _holds(node: ast.Lambda, places: set[tuple[int, int, int, int]]) -> bool:
    """Whether all of the code is inside of the body of a lambda."""
    body = node.body
    start, stop = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    return all(start <= (line, column) and (end, to) <= stop for line, end, column, to in places)


def is_foreign(fn: types.FunctionType) -> bool:
    """Whether a function is NumPy's, the standard library's or our own: these are not read, they need rules.

    >>> is_foreign(inspect.getsource), is_foreign(is_foreign), is_foreign(lambda x: x)
    (True, True, False)
    """
    file = fn.__code__.co_filename
    if file.startswith(_STANDARD) and "-packages" not in file:
        return True
    if fn in READ or definition_of(fn) is not None:
        return False
    module = (fn.__module__ or "").partition(".")[0]
    return module in ("numpy", "scipy") or file.startswith(_OWN) and not fn.__module__.startswith("tangent2_demo")
