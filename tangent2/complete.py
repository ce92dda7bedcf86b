"""Complete modules: the text of a derivative together with all that its names stand for, imported or included."""
from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Callable, Set
from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, NoReturn, TypeVar

import numpy as np

from tangent2.core.objects import attributes, is_frozen, is_user_class
from tangent2.errors import TangentError, UnsupportedError
from tangent2.headers import called_alike
from tangent2.included import CACHED, LATER, Included, class_included, function_included
from tangent2.literals import Unprintable, assignment, literal
from tangent2.names import function_name, identifier, unique
from tangent2.python.emit import Emitted
from tangent2.python.read import is_foreign

_OWN = "tangent2"
_READABLE = (f"{_OWN}.runtime.", f"{_OWN}.definitions.")      # what a module may hold of ours
_HEAP = 1 << 9      # of types that are defined in Python
_FREE = ("numpy", "builtins", *sys.stdlib_module_names)


def complete(emitted: Emitted, place: Path | None = None, *, standalone: bool = False,
             away: frozenset[Path] = frozenset(), of: Any = None) -> str:
    """The text of a module that needs nothing bound before it runs.

    The user's functions and values are imported if a file in the directory `place` can do so (`away` are directories
    that it will not find on its path), and included otherwise.  `standalone`: nothing is imported but NumPy and the
    standard library.  What can be neither imported nor included raises `TangentError`; without a place, which is where
    this process finds modules, the first lines tell what is to be bound, and fail where it is not.
    `of`: a function whose parameters those of the text are; their defaults are given too.
    """
    tree = ast.parse(emitted.text)
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    last = max([node.end_lineno or 0 for node in imports], default=0)
    body = "\n".join(emitted.text.splitlines()[last:]).strip("\n")
    made = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} | set(emitted.records)
    module = Module(made, place, standalone, away, place is None)
    for name, captured in emitted.captured.items():
        space = captured.owner if captured.where == "global" and isinstance(captured.owner, dict) else {}
        module.asked[name] = captured.read(), space.get("__name__"), captured.name
    for name, function in emitted.callees.items():
        path = getattr(function, "__qualname__", name)
        module.asked[name] = function, getattr(function, "__module__", None), path
    for node in imports:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                found = getattr(import_module(str(node.module)), alias.name)
                module.bind(alias.asname or alias.name, found, node.module, alias.name)
            else:
                module.bind(alias.asname or alias.name, sys.modules[alias.name], None, alias.name)
    for name, (value, home, path) in module.asked.items():
        module.bind(name, value, home, path)
    return module.text(body if of is None else called_alike(body, emitted.entry, of, module.default))


class Module:
    """A module in the making: what its names are bound to, and the text that binds them."""

    def __init__(self, made: Set[str] = frozenset(), place: Path | None = None, standalone: bool = False,
                 away: frozenset[Path] = frozenset(), says: bool = False) -> None:
        self.made, self.standalone, self.says = made, standalone, says
        self.path = sys.path if place is None else [
            str(place), *[p for p in sys.path if Path(p).resolve() not in {Path.cwd(), *away}]]
        self.needed: dict[str, str] = {}
        self.bound: dict[str, Any] = {}
        self.imports: list[str] = []
        self.parts: dict[str, list[str]] = {}
        self.values: list[str] = []
        self.definitions: list[str] = []        # functions, classes and objects, each after what it needs to be made
        self.rules: list[str] = []              # declared when all functions are there: they call each other
        self.objects: dict[int, str] = {}       # names of objects by identity; `bound` keeps them alive
        self.annotated = False
        self.asked: dict[str, tuple[Any, str | None, str]] = {}     # what is going to be bound, see `bind`
        self.declared: dict[int, tuple[str, list[str]]] = {}    # functions with rules: names, where their others stand

    def text(self, body: str) -> str:
        """The whole module."""
        lines = self.imports + [f"from {home} import {', '.join(sorted(n))}" for home, n in self.parts.items()]
        imports = "\n".join([*[LATER] * self.annotated, *sorted(
            lines, key=lambda line: (line.startswith("from"), line))])
        needed = "\n".join(map(self.need, self.needed.items()))
        parts = [imports, needed, "\n".join(self.values), *self.definitions, "\n".join(self.rules), body]
        text = "\n\n\n".join([part for part in parts if part]) + "\n"
        try:
            compile(text, "<module>", "exec", dont_inherit=True)
        except SyntaxError as error:
            raise self.refused("a function", f"{error.msg} when it stands alone") from None
        self.check_imports(text)
        return text

    def check_imports(self, text: str) -> None:
        """Refuse functions that import what a module must not need, when they are called."""
        for node in ast.walk(ast.parse(text)) if self.standalone else ():
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [
                node.module or "."] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name.partition(".")[0] not in (*_FREE, "__future__"):
                    raise self.refused(f"`{name}`", "a function imports it")

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
            self.refuse(name)
        self.bound[name] = value
        value = value.__wrapped__ if isinstance(value, CACHED) and self.home(value, module, path) is None else value
        if isinstance(value, ModuleType):
            self.imports.append(self.of_module(name, value))
        elif (home := self.home(value, module, path)) is not None:
            self.parts.setdefault(home, []).append(path if path == name else f"{path} as {name}")
        elif isinstance(value, (FunctionType, type)):
            self.include(name, value)
        elif hasattr(type(value), "__tangent2_declared__"):
            self.declare(name, value)
        else:
            self.give(name, value)

    def declare(self, name: str, function: Any) -> None:
        """Print a function and the rule that is its derivative; where nothing of ours may be imported it alone."""
        known, place = self.declared.setdefault(id(function), (name, self.rules))
        if known != name:
            place.append(f"{name} = {known}")
            return
        plain, made = function.__wrapped__, name
        how, options, rule = function.__tangent2_declared__
        if isinstance(plain, FunctionType):
            self.include(name, plain)
        else:
            made = self.named(f"{name}_plain", plain)
        self.declared[id(function)] = name, self.definitions
        if self.standalone or not rule:
            self.definitions += [f"{name} = {made}"] * (made != name)
            return
        self.definitions.append(f"{name} = {self.function(type(function))}({', '.join([made, *options])})")
        parts = [self.named(f"{name}_{suffix}", part) for suffix, part in rule.items()]
        self.rules.append(f"{name}.{how}({', '.join(parts)})")

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

    def include(self, name: str, value: FunctionType | type) -> None:
        """Print a function or a class with all that it reads."""
        home = value.__module__ or ""
        ours = isinstance(value, FunctionType) and is_foreign(value) and home.startswith(f"{_OWN}.")
        if ours and not home.startswith(_READABLE):
            raise self.refused(f"`{name}`", "it is part of the compiler, which cannot be written into a module")
        piece = class_included(value, partial(self.refused, f"`{name}`")) if isinstance(value, type) else \
            function_included(value, name, self.free)
        self.annotated |= piece.annotated()
        if piece.name != name and self.is_taken(piece.name, value) and piece.name not in piece.reads():
            piece = replace(piece, text=_renamed(piece.text, piece.name, name), name=name)
        alone = piece.name != name and self.is_taken(piece.name, value)     # it calls itself by a name of another
        if not alone:
            self.bound.setdefault(piece.name, value)
        taken = self.bind_reads(piece)
        self.definitions.append(f"# From {home}\n{piece.text}" if home.startswith(f"{_OWN}.") else piece.text)
        if alone or taken:
            made = self.free(f"make_{piece.name}")
            self.bound[made] = piece
            self.definitions[-1] = piece.inside(made, tuple(taken)) or self.refuse(piece.name)
            self.definitions.append(f"{name} = {made}({', '.join(taken.values())})")
        elif piece.name != name:
            self.definitions.append(f"{name} = {piece.name}")
        for key, held in piece.changed.items():
            self.give(f"{name}.{key}", held, True)

    def is_taken(self, name: str, value: Any) -> bool:
        """Whether a name stands for something else."""
        asked = self.asked.get(name, (value,))[0]
        return name in self.made or self.bound.get(name, value) is not value or asked is not value

    def bind_reads(self, piece: Included) -> dict[str, str]:
        """Bind what a function or class reads; the names that stand for other things here, and names in their place."""
        places = ((piece.given, None), (piece.cells, None), (piece.space, piece.space.get("__name__")))
        taken: dict[str, tuple[Any, Any]] = {}
        for each in sorted(piece.reads() - {piece.name}):
            found = next(((space[each], module) for space, module in places if each in space), None)
            if found is not None and self.is_taken(each, found[0]):
                taken[each] = found
            elif found is not None:
                self.bind(each, *found, each)
            elif not hasattr(builtins, each):
                raise self.refused(f"`{piece.name}`", f"it reads `{each}`, which is not at hand")
        names = {}
        for each, (value, module) in taken.items():
            names[each] = self.free(each)
            self.bind(names[each], value, module, each)
        return names

    def refuse(self, name: str) -> NoReturn:
        raise self.refused(f"`{name}`", "two things have this name")

    def give(self, name: str, value: Any, after: bool = False) -> None:
        """Print a value: plain ones before all definitions unless they come `after`, others after what they need."""
        named: list[str] = []

        def note(part: Any) -> str:
            named.append(self.named(name, part))
            return named[-1]
        try:
            text = literal(value, self.numpy, note)
        except Unprintable as error:
            raise self.refused(f"`{name}`", f"it is {error}") from None
        if not named and not after:
            self.values.append(assignment(name, text))
        elif text != name:
            self.definitions.append(assignment(name, text))

    def default(self, hint: str, value: Any) -> str | None:
        """The text of a default: a constant, or a name that is bound for anything else; None if it has no text."""
        if isinstance(value, (type(None), bool, int, float, complex, str)) and type(value).__module__ == "builtins":
            return literal(value, self.numpy)
        name = self.free(hint)
        try:
            if isinstance(value, (FunctionType, type, BuiltinFunctionType, np.ufunc)):
                return self.function(value)
            self.bind_or_refuse(name, value, None, name)
        except TangentError:
            self.bound.pop(name, None)
            return None
        return name

    def named(self, hint: str, value: Any) -> str:
        """The name of something that has no literal, which is bound for it: a function, a class, an object."""
        if isinstance(value, MethodType):
            return f"{self.named(hint, value.__self__)}.{value.__func__.__name__}"
        if isinstance(value, (FunctionType, type, BuiltinFunctionType, np.ufunc)) or hasattr(
                type(value), "__tangent2_declared__"):
            return self.function(value, hint)
        if isinstance(value, partial):
            return self.call(partial, [self.named(hint, value.func), *map(self.part(hint), value.args)], value.keywords)
        if isinstance(value, np.dtype) and value.kind in "biufcSU":
            return self.call(np.dtype, [repr(value.str)], {})
        if isinstance(value, TypeVar):
            return self.call(TypeVar, [repr(value.__name__)], {})
        if isinstance(value, np.vectorize):
            given = {name: getattr(value, name) for name in ("otypes", "excluded", "cache", "signature")}
            return self.call(np.vectorize, [self.named(hint, value.pyfunc)], {k: v for k, v in given.items() if v})
        if id(value) not in self.objects:
            if not _is_bare(type(value)):
                raise Unprintable(f"an object of type {type(value).__name__}")
            name = hint if self.bound.get(hint) is value else self.free(hint)
            self.bound[name] = value
            self.objects[id(value)] = name
            self.make(name, value)
        return self.objects[id(value)]

    def part(self, hint: str) -> Callable[[Any], str]:
        """What gives the text of a value."""
        return lambda value: literal(value, self.numpy, partial(self.named, hint))

    def call(self, maker: Any, args: list[str], named: dict[str, Any]) -> str:
        """The text of the call that makes a value."""
        parts = [*args, *[f"{name}={self.part(name)(value)}" for name, value in named.items()]]
        return f"{self.function(maker)}({', '.join(parts)})"

    def function(self, value: Any, hint: str = "fn") -> str:
        """The name of a function or class that something refers to; a lambda is called like `hint`."""
        for known, bound in self.bound.items():
            if bound is value:
                return known
        for known, (asked, home, path) in self.asked.items():
            if asked is value:
                self.bind_or_refuse(known, value, home, path)
                return known
        own = hint if getattr(value, "__name__", "") == "<lambda>" else function_name(value)
        if getattr(builtins, own, None) is value and own not in self.made:
            return own
        name = self.free(own)
        self.bind_or_refuse(name, value, getattr(value, "__module__", None), getattr(value, "__qualname__", own))
        return name

    def free(self, hint: str) -> str:
        """A name like this that nothing has."""
        return unique(identifier(hint), {*self.bound, *self.made, *self.asked, *dir(builtins)})

    def make(self, name: str, value: Any) -> None:
        """Print an object: it is made without its `__init__`, then given what it holds, which may hold it."""
        self.definitions.append(f"{name} = object.__new__({self.function(type(value))})")
        first = len(self.definitions)
        lines = []
        for key, held in attributes(value).items():
            text = self.part(f"{name}_{key}")(held)
            plain = key.isidentifier() and not is_frozen(type(value))
            lines.append(f"{name}.{key} = {text}" if plain else f"object.__setattr__({name}, {key!r}, {text})")
        together = [self.definitions.pop()] if len(self.definitions) == first else []
        self.definitions.append("\n".join([*together, *lines]))

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
        advice = (f"{how} includes functions, classes and their objects, numbers, strings, small arrays and containers;"
                  " pass anything else as an argument, or write the file beside the user's module without "
                  "--standalone: then it is imported")
        return UnsupportedError(f"{what} cannot be part of the module: {why}", construct="emit", advice=advice)


def _same_file(one: Any, other: Any) -> bool:
    return isinstance(one, str) and Path(one).resolve() == Path(other).resolve()


def _renamed(text: str, own: str, name: str) -> str:
    return re.sub(rf"^((async )?def|class) {own}\b", rf"\1 {name}", text, count=1, flags=re.MULTILINE)


def _is_bare(cls: type) -> bool:
    """Whether the objects of a class are attributes and nothing else."""
    return is_user_class(cls) and all(base is object or base.__flags__ & _HEAP for base in cls.__mro__)
