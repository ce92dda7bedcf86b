"""Classes made from their statements alone, as the function around them would make them.

The text is compiled at its place in the file, so that the methods are read there as all functions are.
"""
from __future__ import annotations

import __future__
import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, NoReturn

import gast

from tangent2.core.objects import HOME, NESTED, VARIABLES, is_named_tuple, is_user_class
from tangent2.core.syntax import Origin
from tangent2.errors import UnsupportedError
from tangent2.python.read import Source, parsed

_DECORATORS = frozenset({
    "dataclass", "total_ordering", "final", "property", "setter", "getter", "staticmethod", "classmethod", "overload",
    "cached_property", "abstractmethod", "override"})
_CALLED = frozenset({"field", "namedtuple", "NamedTuple", "dataclass"})


@dataclass(frozen=True)
class Variable:
    """What the cell of a method holds for a variable of the function around its class: its object keeps the value."""

    name: str


def make_class(source: Source, node: Any, name: str, cells: dict[str, Any], nested: bool) -> type:
    """The class of a class statement, or of an assignment of a new class of tuples, whose methods see these cells.

    `nested`: it stands in a function inside of the one that is read.
    """
    stmt = _statement(source, node)
    _check(source, node, stmt)
    cells = {key: cell for key, cell in cells.items() if key.isidentifier() and key not in (name, "__class__")}
    code = _code(source, stmt, name, cells)
    try:
        made = FunctionType(code, source.fn.__globals__, name, None, tuple([cells[key] for key in code.co_freevars]))()
    except Exception as error:
        refuse(source, node, f"class `{name}` cannot be made before the function runs: {error}")
    if not is_user_class(made) and not is_named_tuple(made) and not _is_error(made):
        refuse(source, node, f"objects of class `{name}` are not followed")
    if any("__init_subclass__" in vars(base) for base in made.__mro__[1:] if is_user_class(base)):
        refuse(source, node, f"a base of class `{name}` is told of the classes that are made of it")
    setattr(made, HOME, NESTED if nested else source.fn)
    _name(made, f"{source.fn.__qualname__}.<locals>.{name}")
    found: type = made
    return found


def _is_error(made: Any) -> bool:
    return isinstance(made, type) and issubclass(made, Exception)


def refuse(source: Source, node: Any, reason: str) -> NoReturn:
    """Raise that a class cannot be made."""
    line = source.lines[node.lineno - 1].strip() if 0 < node.lineno <= len(source.lines) else ""
    raise UnsupportedError(reason, construct="class inside a function", advice="define the class at module level",
                           origin=Origin(source.file, node.lineno, line, source.fn.__name__))


def _statement(source: Source, node: Any) -> ast.stmt:
    """The statement as it stands in the file, with its annotations."""
    first = min([node.lineno, *[d.lineno for d in getattr(node, "decorator_list", ())]])
    tree = parsed(source.lines, first, node.end_lineno)
    for stmt in [] if tree is None else ast.walk(tree):
        same = isinstance(stmt, ast.ClassDef) == isinstance(node, gast.ClassDef)
        if same and isinstance(stmt, (ast.ClassDef, ast.Assign)) and stmt.lineno == node.lineno:
            return stmt
    refuse(source, node, "the source of the class was not found")


def _check(source: Source, node: Any, stmt: ast.stmt) -> None:
    """Refuse what may do something else than to make a class, or gives something else each time."""
    strange = next(_strange(stmt), None)
    if strange is not None:
        line = " ".join(ast.unparse(strange).split())
        refuse(source, node, f"`{line[:60]}` in a class inside a function is not supported")


def _strange(stmt: ast.stmt) -> Iterator[ast.AST]:
    if not isinstance(stmt, ast.ClassDef):
        return
    for decorator in stmt.decorator_list:
        if _last(decorator) not in _DECORATORS:
            yield decorator
    yield from [k.value for k in stmt.keywords if k.arg != "metaclass" or _last(k.value) != "ABCMeta"]
    yield from [base for base in stmt.bases if isinstance(base, ast.Call) and _last(base) not in _CALLED]
    for part in stmt.body:
        if isinstance(part, ast.FunctionDef):
            yield from [d for d in part.decorator_list if _last(d) not in _DECORATORS]
            yield from [d for d in (*part.args.defaults, *part.args.kw_defaults) if d is not None and not _is_plain(d)]
        elif isinstance(part, (ast.Assign, ast.AnnAssign)):
            if part.value is not None and not _is_plain(part.value):
                yield part
        elif not isinstance(part, ast.Pass) and not (isinstance(part, ast.Expr) and _is_plain(part.value)):
            yield part


def _last(node: ast.expr) -> str:
    """The last name of what is called, or named: `dataclass` of `dataclasses.dataclass(frozen=True)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_plain(value: ast.expr) -> bool:
    """Whether a value is the same each time: a literal that nobody can change, or the description of a field."""
    if isinstance(value, ast.Call):
        return _last(value) in _CALLED
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError):
        return False
    return _cannot_change(found)


def _cannot_change(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_cannot_change, value))
    return isinstance(value, (int, float, complex, str, bytes, type(None), type(...)))


def _code(source: Source, stmt: ast.stmt, name: str, cells: dict[str, Any]) -> CodeType:
    """The code of a function that makes the class; the names of cells are those of a function around it."""
    maker = ast.parse(f"def around({', '.join(cells)}):\n    def make():\n        return {name}\n    return make")
    around = maker.body[0]
    assert isinstance(around, ast.FunctionDef) and isinstance(around.body[0], ast.FunctionDef)
    around.body[0].body.insert(0, stmt)
    future = source.fn.__code__.co_flags & __future__.annotations.compiler_flag
    code = compile(ast.fix_missing_locations(maker), source.file, "exec", flags=future, dont_inherit=True)
    for wanted in ("around", "make"):
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == wanted)
    return code


def _name(made: Any, title: str) -> None:
    """Give a class, and its methods, the names that they have in Python."""
    made.__qualname__ = title
    setattr(made, VARIABLES, ())
    for key, value in list(vars(made).items()):
        for part in (value, getattr(value, "__func__", None), *[getattr(value, k, None) for k in ("fget", "fset")]):
            if isinstance(part, FunctionType) and ".make.<locals>." in part.__qualname__:
                part.__qualname__ = f"{title}.{key}"
