"""The text of functions and classes, as it stands in a module of its own: what they are now, not what made them."""
from __future__ import annotations

import ast
import enum
import inspect
import linecache
import symtable
import sys
import textwrap
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass
from functools import lru_cache
from types import FunctionType
from typing import Any

import gast
import numpy as np

from tangent2.errors import UnsupportedError
from tangent2.python.read import is_foreign, parsed, read

CACHED = type(lru_cache(len))
LATER = "from __future__ import annotations"
_CONSTANT = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))
_OF_PYTHON = frozenset({*vars(type("_Empty", (), {})), "__firstlineno__", "__static_attributes__", "__annotations__",
                        "__annotate__", "__annotate_func__", "__annotations_cache__", "__slots__", "__match_args__",
                        "__orig_bases__", "__parameters__", "__abstractmethods__", "_abc_impl", "__hash__",
                        "__dataclass_fields__", "__dataclass_params__", "__replace__", "__type_params__"})

_OF_DATA = _OF_PYTHON | set(vars(dataclass(frozen=True, order=True)(type("_Data", (), {}))))


@dataclass(frozen=True)
class Included:
    """A piece of a module: its text, the name that it defines, and where the names that it reads are found.

    given: values that the text reads under names made up for them, as defaults.  changed: what a class holds now that
    its text does not say.
    """

    text: str
    name: str
    cells: dict[str, Any]
    space: dict[str, Any]
    given: dict[str, Any]
    changed: dict[str, Any]

    def reads(self) -> set[str]:
        """The names that it reads from the module, without those that stand in annotations alone."""
        return set(reads(f"{LATER}\n{self.text}"))

    def inside(self, made: str, names: tuple[str, ...]) -> str | None:
        """The text of a function `made` that gives it for what some names stand for; None if that would change it."""
        text = textwrap.indent(self.text, "    ")
        whole = f"def {made}({', '.join(names)}):\n{text}\n    return {self.name}"
        inner = ast.parse(whole).body[0].body[:-1]      # type: ignore[attr-defined]
        same = [ast.dump(n) for n in inner] == [ast.dump(n) for n in ast.parse(self.text).body]     # strings of lines
        return whole if same else None

    def annotated(self) -> bool:
        """Whether there are names that stand in annotations alone."""
        return bool(set(reads(self.text)) - self.reads())


def reads(text: str) -> Iterator[str]:
    """The names that a piece of a module reads and does not define inside of its functions.

    >>> sorted(reads("def f(x, n=N):\\n    return x * n * K"))
    ['K', 'N']
    """
    tables = [symtable.symtable(text, "<text>", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        yield from (s.get_name() for s in table.get_symbols()
                    if s.is_referenced() and (s.is_global() or top) and not (top and s.is_assigned()))
        tables += table.get_children()


def function_included(function: FunctionType, name: str, free: Callable[[str], str]) -> Included:
    """A function without its decorators, for it is what they were given; a lambda gets a name.

    `free` makes names that nothing in the module has.
    """
    source = read(function)
    cells = _contents(function)
    if function.__name__ == "<lambda>":
        text, own = f"{name} = {ast.unparse(gast.gast_to_ast(source.node))}", name
    else:
        text = textwrap.dedent("".join(source.lines[source.node.lineno - 1:source.node.end_lineno])).rstrip("\n")
        own = str(source.node.name)
    space = function.__globals__
    text, given = _with_defaults(text, function, {**space, **cells}, lambda param: free(f"{own}_{param}"))
    itself = cells.get(own, space.get(own, function))
    if isinstance(itself, CACHED) and itself.__wrapped__ is function:
        size = itself.cache_parameters()["maxsize"]
        text, given["lru_cache"] = f"@lru_cache(maxsize={size})\n{text}", lru_cache
    elif own in reads(text) and itself is not function:
        raise UnsupportedError(f"`{function.__name__}` calls itself as its decorator made it", construct="emit",
                               advice="write the file beside the user's module without --standalone: then it is "
                                      "imported")
    return Included(text, own, cells, space, given, {})


def _contents(function: FunctionType) -> dict[str, Any]:
    """What a function captures; cells that are empty have nothing."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


# --- defaults -------------------------------------------------------------------------------------------------------

def _with_defaults(text: str, function: FunctionType, known: dict[str, Any],
                   free: Callable[[str], str]) -> tuple[str, dict[str, Any]]:
    """The text with the defaults that a function has: expressions may mean something else where they stand now.

    Literals and names of the module stay; for anything else there is a name made up, and its value.
    """
    stmt = ast.parse(text).body[0]
    args: ast.arguments = stmt.value.args if isinstance(stmt, ast.Assign) else stmt.args  # type: ignore
    places = [*args.posonlyargs, *args.args]
    written = {p.arg: d for p, d in zip(places[len(places) - len(args.defaults):], args.defaults)}
    written.update({p.arg: d for p, d in zip(args.kwonlyargs, args.kw_defaults) if d is not None})
    held = list(function.__defaults__ or ())
    values = {p.arg: v for p, v in zip(places[len(places) - len(held):], held)} | (function.__kwdefaults__ or {})
    if written.keys() != values.keys():
        raise UnsupportedError(f"`{function.__name__}` was given other defaults than are written", construct="emit",
                               advice="write them where the function is defined")
    given, edits = {}, []
    for name, node in written.items():
        if not _says(node, values[name], known):
            made = free(name)
            given[made] = values[name]
            edits.append((node, made))
    return _spliced(text, edits), given


def _says(node: ast.expr, value: Any, known: dict[str, Any]) -> bool:
    """Whether the text of a default gives its value wherever it stands."""
    try:
        found = ast.literal_eval(node)
    except ValueError:
        return isinstance(node, ast.Name) and known.get(node.id, _says) is value
    return type(found) is type(value) and repr(found) == repr(value)


def _plain(value: Any) -> bool:
    return isinstance(value, _CONSTANT) or type(value) is tuple and all(map(_plain, value))


def _spliced(text: str, edits: list[tuple[ast.expr, str]]) -> str:
    """Text with names in the place of expressions."""
    lines = text.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:k])) for k in range(len(lines))]
    whole = text.encode()
    for node, name in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        assert node.end_lineno is not None and node.end_col_offset is not None
        first, last = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        whole = whole[:first] + name.encode() + whole[last:]
    return whole.decode()


# --- classes --------------------------------------------------------------------------------------------------------

def class_included(cls: type, refuse: Callable[[str], Exception]) -> Included:
    """A class with its decorators; `refuse` makes the error about one that has no text, or is not what that says."""
    if issubclass(cls, tuple) and hasattr(cls, "_fields") and not _functions(cls):
        space = {"namedtuple": namedtuple}
        fields = " ".join(cls._fields)
        return Included(f"{cls.__name__} = namedtuple({cls.__name__!r}, {fields!r})", cls.__name__, {}, space, {}, {})
    file, lines, node = _class_statement(cls)
    if node is None:
        return _without_text(cls, refuse)
    first = min([node.lineno, *[d.lineno for d in node.decorator_list]])
    text = textwrap.dedent("".join(lines[first - 1:node.end_lineno])).rstrip("\n")
    cells, space = {}, _space_of(cls)
    for name, value in vars(cls).items():
        for method in _functions_in(value):
            code = method.__code__
            if code.co_filename == file and first <= code.co_firstlineno <= (node.end_lineno or first):
                cells.update(_contents(method))
        if not _is_written(name, value, node, space, file):
            raise refuse(f"its method `{name}` is not what its text says")
    return Included(text, node.name, cells, space, {}, _changed(cls, node))


def _functions(cls: type) -> list[FunctionType]:
    """The functions that are defined in a class: methods, those behind properties and other descriptors."""
    found = [f for value in vars(cls).values() for f in _functions_in(value)]
    return [f for f in found if f.__qualname__.startswith(f"{cls.__qualname__}.")]


def _functions_in(value: Any) -> list[FunctionType]:
    if isinstance(value, type):
        return []
    parts = (value, *[getattr(value, name, None) for name in ("__func__", "fget", "fset", "func")])
    return [part for part in parts if isinstance(part, FunctionType)]


def _is_written(name: str, value: Any, node: ast.ClassDef, space: dict[str, Any], file: str) -> bool:
    """Whether the text of a class gives what it holds under a name, if that is a function or stands for one."""
    defined = {s.name: s for s in node.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assigned = {t.id: s.value for s in node.body if isinstance(s, ast.Assign) for t in s.targets
                if isinstance(t, ast.Name)}
    if name in defined and defined[name].decorator_list:
        return True
    functions = _functions_in(value)
    if not functions:
        return name not in defined
    (function, *_), source = functions, assigned.get(name)
    if isinstance(source, ast.Name):
        return function.__name__ == source.id if source.id in defined else space.get(source.id) is value
    if name in defined or source is not None:
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        own = function.__code__.co_filename == file and function.__code__.co_firstlineno in lines
        return own and function.__code__.co_name in (name, "<lambda>")
    return bool(node.decorator_list) and (function.__code__.co_filename == "<string>" or is_foreign(function))


def _space_of(cls: type) -> dict[str, Any]:
    """The names of the module in which a class was defined."""
    methods = _functions(cls)
    module = sys.modules.get(cls.__module__)
    return methods[0].__globals__ if methods else {} if module is None else vars(module)


def _class_statement(cls: type) -> tuple[str, list[str], ast.ClassDef | None]:
    """The file of a class, its lines, and the statement that made the class, if that is found."""
    # what decorators add was written elsewhere
    codes = [f.__code__ for f in _functions(cls)
             if f.__code__.co_name == f.__name__ and f.__code__.co_filename != "<string>"]
    module = sys.modules.get(cls.__module__)
    file = codes[0].co_filename if codes else getattr(module, "__file__", None) or ""
    lines = linecache.getlines(file)
    tree = parsed(lines, 1, len(lines)) if lines else None
    path = cls.__qualname__.replace("<locals>.", "").split(".")
    found = [] if tree is None else list(_named(tree, path))
    first = getattr(cls, "__firstlineno__", None)
    for node in found:
        begins = min([node.lineno, *[d.lineno for d in node.decorator_list]])
        if codes and not all(begins <= c.co_firstlineno <= (node.end_lineno or 0) for c in codes[:1]):
            continue
        if first is None or first in (begins, node.lineno):
            return file, lines, node if codes or len(found) == 1 or first is not None else None
    return file, lines, None


def _named(tree: ast.AST, path: list[str]) -> Iterator[ast.ClassDef]:
    """The class statements at a path of names of functions and classes."""
    for node in _definitions(tree):
        if node.name == path[0] and len(path) > 1:
            yield from _named(node, path[1:])
        elif node.name == path[0] and isinstance(node, ast.ClassDef):
            yield node


def _definitions(tree: ast.AST) -> Iterator[Any]:
    """The functions and classes that are defined in a block, in branches too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node
        else:
            yield from _definitions(node)


def _without_text(cls: type, refuse: Callable[[str], Exception]) -> Included:
    """A class that holds constants alone, such as a class of exceptions or of plain data, needs no text of its own."""
    fields = _own_fields(cls)
    own = {name: value for name, value in vars(cls).items() if name not in (_OF_DATA if fields else _OF_PYTHON)}
    if not all(map(_plain, own.values())) or any(f.default_factory is not MISSING for f in fields):
        raise refuse("its text is not found")
    bases = [base for base in cls.__bases__ if base is not object]
    space: dict[str, Any] = {base.__name__: base for base in bases}
    head = f"class {cls.__name__}({', '.join(space)}):" if bases else f"class {cls.__name__}:"
    body = [f"    {f.name}: object" + (f" = {own.pop(f.name)!r}" if f.name in own else "") for f in fields]
    body += [f"    {name} = {value!r}" for name, value in own.items()]
    if fields:
        space["dataclass"] = dataclass
        given = cls.__dataclass_params__      # type: ignore[attr-defined]
        told = [f"{name}={getattr(given, name)}" for name in ("frozen", "order", "unsafe_hash") if getattr(given, name)]
        head = f"@dataclass({', '.join(told)})\n{head}" if told else f"@dataclass\n{head}"
    return Included("\n".join([head, *(body or ["    pass"])]), cls.__name__, {}, space, {}, {})


def _own_fields(cls: type) -> list[Any]:
    """The fields that a dataclass itself declares, of one whose methods are all made by its decorator."""
    made = getattr(cls, "__dataclass_fields__", {})
    plain = all(f.__code__.co_name != f.__name__ or f.__code__.co_filename == "<string>" for f in _functions(cls))
    return [f for name, f in made.items() if name in inspect.get_annotations(cls)] if plain else []


def _changed(cls: type, node: ast.ClassDef) -> dict[str, Any]:
    """The data that a class holds and its text does not say: attributes that were given a value later."""
    if issubclass(cls, enum.Enum):
        return {}
    written: dict[str, ast.expr] = {}
    for stmt in node.body:
        if isinstance(stmt, ast.Assign):
            written.update({t.id: stmt.value for t in stmt.targets if isinstance(t, ast.Name)})
        elif isinstance(stmt, ast.AnnAssign) and isinstance(stmt.target, ast.Name) and stmt.value is not None:
            written[stmt.target.id] = stmt.value
    data = (*_CONSTANT, tuple, list, dict, set, np.ndarray, np.generic)
    return {name: value for name, value in vars(cls).items() if isinstance(value, data) and name not in _OF_PYTHON
            and not (name in written and _says(written[name], value, {}))}
