"""Complete modules: the text of a derivative together with all that its names stand for, imported or included."""
from __future__ import annotations

import ast
import builtins
import symtable
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import gast
import numpy as np

from tangent2.custom import Customised
from tangent2.errors import TangentError, UnsupportedError
from tangent2.literals import Unprintable, assignment, literal
from tangent2.python.emit import Emitted
from tangent2.python.read import read

_OWN = "tangent2"
_FREE = ("numpy", "builtins", *sys.stdlib_module_names)


def complete(emitted: Emitted, place: Path | None = None, *, standalone: bool = False,
             away: frozenset[Path] = frozenset()) -> str:
    """The text of a module that needs nothing bound before it runs.

    The user's functions and values are imported if a file in the directory `place` can do so (`away` are directories
    that it will not find on its path), and included otherwise.  `standalone`: nothing is imported but NumPy and the
    standard library.  What can be neither imported nor included raises `TangentError`; without a place, which is where
    this process finds modules, the first lines tell what is to be bound, and fail where it is not.
    """
    tree = ast.parse(emitted.text)
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    last = max([node.end_lineno or 0 for node in imports], default=0)
    body = "\n".join(emitted.text.splitlines()[last:]).strip("\n")
    made = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} | set(emitted.records)
    module = _Module(made, place, standalone, away)
    for node in imports:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                found = getattr(import_module(str(node.module)), alias.name)
                module.bind(alias.asname or alias.name, found, node.module, alias.name)
            else:
                module.bind(alias.asname or alias.name, sys.modules[alias.name], None, alias.name)
    for name, captured in emitted.captured.items():
        space = captured.owner if captured.where == "global" and isinstance(captured.owner, dict) else {}
        module.bind(name, captured.read(), space.get("__name__"), captured.name)
    for name, function in emitted.callees.items():
        module.bind(name, function, getattr(function, "__module__", None), getattr(function, "__qualname__", name))
    return module.text(body)


class _Module:
    """A module in the making: what its names are bound to, and the text that binds them."""

    def __init__(self, made: set[str], place: Path | None, standalone: bool, away: frozenset[Path]) -> None:
        self.made, self.standalone, self.says = made, standalone, place is None
        self.path = sys.path if place is None else [
            str(place), *[p for p in sys.path if Path(p).resolve() not in {Path.cwd(), *away}]]
        self.needed: dict[str, str] = {}
        self.bound: dict[str, Any] = {}
        self.imports: list[str] = []
        self.parts: dict[str, list[str]] = {}
        self.values: list[str] = []
        self.functions: list[str] = []
        self.rules: list[str] = []

    def text(self, body: str) -> str:
        """The whole module."""
        lines = self.imports + [f"from {home} import {', '.join(sorted(n))}" for home, n in self.parts.items()]
        imports = "\n".join(sorted(lines, key=lambda line: (line.startswith("from"), line)))
        needed = "\n".join(map(self.need, self.needed.items()))
        parts = [imports, needed, "\n".join(self.values), *self.functions, *self.rules, body]
        text = "\n\n\n".join([part for part in parts if part]) + "\n"
        try:
            compile(text, "<module>", "exec", dont_inherit=True)
        except SyntaxError as error:
            raise self.refused("a function", f"{error.msg} when it stands alone") from None
        return text

    def need(self, item: tuple[str, str]) -> str:
        """The line that fails unless a name is bound; where that cannot be told, it always fails."""
        name, why = item
        if name in self.bound or name in self.made or hasattr(builtins, name):
            return f"raise NameError({f'`{name}` cannot be bound here: {why}'!r})"
        return f"{name}  # {why}: bind it before this runs"

    def bind(self, name: str, value: Any, module: str | None, path: str) -> None:
        """Make `name` stand for a value, which is `path` of the module named, if that is known."""
        try:
            self.bind_or_refuse(name, value, module, path)
        except TangentError as error:
            if not self.says:
                raise
            if self.bound.get(name) is value:
                del self.bound[name]
            self.needed.setdefault(name, error.reason.partition(": ")[2] or error.reason)

    def bind_or_refuse(self, name: str, value: Any, module: str | None, path: str) -> None:
        """As `bind`; raises where that cannot be done."""
        if getattr(builtins, name, self) is value and name not in self.made:
            return
        if name in self.bound and self.bound[name] is value:
            return
        if name in self.bound or name in self.made:
            raise self.refused(f"`{name}`", "two things have this name")
        self.bound[name] = value
        if isinstance(value, ModuleType):
            self.imports.append(self.of_module(name, value))
        elif (home := self.home(value, module, path)) is not None:
            self.parts.setdefault(home, []).append(path if path == name else f"{path} as {name}")
        elif isinstance(value, FunctionType):
            self.include(name, value)
        elif isinstance(value, Customised) and isinstance(value.__wrapped__, FunctionType):
            self.declare(name, value)
        else:
            self.give(name, value)

    def declare(self, name: str, function: Customised) -> None:
        """Print a function and its rule; where nothing of ours may be imported the function alone."""
        self.include(name, function.__wrapped__)    # type: ignore[arg-type]
        maker, how = type(function).__name__, "defvjp" if len(function.rule) == 2 else "defjvp"
        if self.standalone or not function.rule:
            return
        self.bind_or_refuse(maker, type(function), type(function).__module__, maker)
        names = []
        for part, suffix in zip(function.rule, ("fwd", "bwd") if len(function.rule) == 2 else ("jvp",)):
            own = getattr(part, "__name__", "")
            free = own.isidentifier() and self.bound.get(own, part) is part and own not in self.made
            names.append(own if free else f"{name}_{suffix}")
            self.bind_or_refuse(names[-1], part, getattr(part, "__module__", None), own)
        options = f", nondiff_argnums={function.nondiff_argnums}" if function.nondiff_argnums else ""
        self.rules.append(f"{name} = {maker}({name}{options})\n{name}.{how}({', '.join(names)})")

    def of_module(self, name: str, value: ModuleType) -> str:
        """The import of a module."""
        if self.standalone and value.__name__.partition(".")[0] not in _FREE:
            raise self.refused(f"`{name}`", f"it is the module {value.__name__}")
        if sys.modules.get(value.__name__) is not value:
            raise self.refused(f"`{name}`", f"{value.__name__} cannot be imported by its name")
        return f"import {value.__name__}" + ("" if name == value.__name__ else f" as {name}")

    def home(self, value: Any, module: str | None, path: str) -> str | None:
        """The module to import something from; None if it is to be included."""
        for name in module, getattr(value, "__module__", None), "numpy":
            if isinstance(name, str) and getattr(sys.modules.get(name), path, self) is value and self.reaches(name):
                return name
        return None

    def reaches(self, module: str) -> bool:
        """Whether the new file will find a module, and may import it."""
        top = module.partition(".")[0]
        if top in _FREE or self.standalone:
            return top in _FREE
        spec = PathFinder.find_spec(top, self.path)
        file = getattr(sys.modules.get(top), "__file__", None)
        return top == _OWN or None not in (spec, file) and _same_file(getattr(spec, "origin", None), file)

    def include(self, name: str, function: FunctionType) -> None:
        """Print a function with all that it reads."""
        text, own = _source(function, name)
        if self.bound.get(own, function) is not function and own not in _reads(text):
            text, own = text.replace(f"def {own}(", f"def {name}(", 1), name
        if own != name and self.bound.setdefault(own, function) is not function:
            raise self.refused(f"`{own}`", "two things have this name")
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        space, module = function.__globals__, function.__globals__.get("__name__")
        for each in sorted(set(_reads(text)) - {own}):
            if each in cells:
                self.bind(each, cells[each].cell_contents, None, each)
            elif each in space:
                self.bind(each, space[each], module, each)
            elif not hasattr(builtins, each):
                raise self.refused(f"`{own}`", f"it reads `{each}`, which is not at hand")
        self.functions.append(text if own == name else f"{text}\n\n\n{name} = {own}")

    def give(self, name: str, value: Any) -> None:
        """Print a value."""
        try:
            self.values.append(assignment(name, literal(value, self.numpy)))
        except Unprintable as error:
            raise self.refused(f"`{name}`", f"it is {error}") from None

    def numpy(self) -> str:
        """The name of NumPy."""
        for name, value in self.bound.items():
            if value is np:
                return name
        self.bind("np", np, None, "np")
        return "np"

    def refused(self, what: str, why: str) -> TangentError:
        """The error about something that cannot stand in the module."""
        how = "--standalone" if self.standalone else "a file in a directory of its own"
        return UnsupportedError(f"{what} cannot be part of the module: {why}", construct="emit",
                                advice=f"{how} includes functions, numbers, strings, small arrays and containers; pass "
                                       "anything else as an argument, or write the file beside the user's module "
                                       "without --standalone: then it is imported")


def _same_file(one: Any, other: Any) -> bool:
    return isinstance(one, str) and Path(one).resolve() == Path(other).resolve()


def _source(function: FunctionType, name: str) -> tuple[str, str]:
    """The text of a function at the margin of a module, and the name that it defines."""
    source = read(function)
    if function.__name__ == "<lambda>":
        return f"{name} = {ast.unparse(gast.gast_to_ast(source.node))}", name
    first = source.node.lineno if source.node.decorator_list else source.first_line
    text = textwrap.dedent("".join(source.lines[first - 1:source.node.end_lineno]))
    if source.node.decorator_list and source.node.name in _reads(text):
        raise UnsupportedError(f"`{function.__name__}` calls itself as its decorator made it", construct="emit",
                               advice="write the file beside the user's module without --standalone: then it is "
                                      "imported")
    return text.rstrip("\n"), str(source.node.name)


def _reads(text: str) -> Iterator[str]:
    """The names that a piece of a module reads and does not define inside of its functions."""
    tables = [symtable.symtable(text, "<text>", "exec")]
    while tables:
        table = tables.pop()
        top = table.get_type() == "module"
        yield from (s.get_name() for s in table.get_symbols()
                    if s.is_referenced() and (s.is_global() or top) and not (top and s.is_assigned()))
        tables += table.get_children()
