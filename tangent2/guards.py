"""Guards: what the functions that were compiled had read from outside, and whether it still is so.

Functions, classes and modules are remembered by identity, the functions read also by their code and defaults; data by
kind.  Where data is read by the emitted text its value is brought up to date; kinds of the rest decided its shape.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from tangent2.conditions import Conditions
from tangent2.anew import Anew, Known, key_of
from tangent2.core import prims
from tangent2.core.objects import package_of
from tangent2.core.prims import Captured
from tangent2.core.syntax import Function, Knot, Op, walk
from tangent2.python.emit import Emitted
from tangent2.rules.declare import generation

_STABLE = ("numpy", "math", "builtins", "scipy", "tangent2")
_MISSING = object()


Captures = dict[str, tuple[Captured, Any]]      # what a module reads from outside, by its name there, with keys


def renewed(captures: Captures, space: dict[str, Any]) -> bool:
    """Bring the values in the namespace of a module up to date; False if the kind of one changed."""
    for name, (captured, key) in captures.items():
        new = captured.read()
        if key_of(new) != key:
            return False
        space[name] = new
    return True


@dataclass(frozen=True, slots=True)
class Guards:
    """All that is looked at before each call.

    names: (namespace, name, object).  cells: (cell, object).  functions: (function, code, defaults, keyword defaults).
    reads: (what is read, key) of data that the text does not read.  captures: of data that it reads, by module.
    registries: (function that dispatches, key).  rules: how often rules had been declared.
    """

    names: tuple[tuple[Mapping[str, Any], str, Any], ...]
    cells: tuple[tuple[Any, Any], ...]
    functions: tuple[Known, ...]
    reads: tuple[tuple[Captured, Any], ...]
    registries: tuple[tuple[Any, Any], ...]
    captures: tuple[Captures, ...]
    rules: int

    def moved(self, anew: Anew) -> Guards:
        """The guards of another function of the same code."""
        cells = tuple([(anew.cell(cell), anew.function(value)) for cell, value in self.cells])
        functions = tuple(map(anew.known, self.functions))
        reads = tuple([(anew.captured(captured), key) for captured, key in self.reads])
        captures = tuple([{name: (anew.captured(captured), key) for name, (captured, key) in each.items()}
                          for each in self.captures])
        return replace(self, cells=cells, functions=functions, reads=reads, captures=captures)

    def conditions(self, spaces: Iterable[dict[str, Any]]) -> Conditions:
        """Those under which what was compiled still is what the user's names mean; `spaces`: of the modules."""
        found = Conditions()
        found.add("{}() == {}", generation, self.rules)
        for names, name, value in self.names:
            found.add("{1} not in {0}" if value is _MISSING else "{}[{}] is {}", names, name, value)
        for fn, code, defaults, options in self.functions:
            found.add("{}.__code__ is {}", fn, code)
            if defaults is not None:        # where there were none, calls give all arguments
                found.add("{}.__defaults__ is {}", fn, defaults)
            if options is not None:
                found.add("{}({}.__kwdefaults__, {})", _same, fn, options)
        for cell, value in self.cells:
            found.add("{}.cell_contents is {}", cell, value)
        for captured, key in self.reads:
            found.add("{}({}()) == {}", key_of, captured.read, key)
        for function, key in self.registries:
            found.add("{}({}({})) == {}", key_of, _registered, function, key)
        for captures, space in zip(self.captures, spaces):
            if captures:
                found.add("{}({}, {})", renewed, captures, space)
        return found


def _same(now: dict[str, Any] | None, before: dict[str, Any]) -> bool:
    """Whether keyword defaults are the same objects still."""
    if now is None:
        return False
    return len(now) == len(before) and all(now.get(name, _MISSING) is value for name, value in before.items())


def guards_of(functions: list[FunctionType], cores: Iterable[Function], modules: tuple[Emitted, ...],
              spaces: Iterable[dict[str, Any]], members: Iterable[tuple[type, str]] = ()) -> Guards:
    """The guards of a derivative: of the user's functions that were read, their cores, and the emitted modules."""
    captures = tuple([{name: (captured, key_of(space[name])) for name, captured in module.captured.items()}
                      for module, space in zip(modules, spaces)])
    data = {c.name for e in modules for c in e.captured.values()}
    reads = {(c.name, id(c.owner)): c for core in cores for c in _reads(core) if c.name not in data}
    names = _Names()
    for cls, name in members:
        names.member(cls, name)
    cells = []
    for fn in functions:
        names.of(fn, data)
        cells += _cells(fn, data, {id(c.owner) for c in reads.values()})
    known = tuple([(fn, fn.__code__, fn.__defaults__, None if fn.__kwdefaults__ is None else dict(fn.__kwdefaults__))
                   for fn in functions])
    return Guards(tuple(names.found.values()), tuple(cells), known,
                  tuple([(c, key_of(c.read())) for c in reads.values()]),
                  tuple([(value, key_of(_registered(value))) for _, _, value in names.found.values()
                         if hasattr(value, "registry")]), captures, generation())


def _registered(function: Any) -> tuple[Any, ...]:
    """The implementations of a function that dispatches."""
    return tuple(getattr(function, "registry", {}).values())


def _reads(core: Function, seen: set[Knot] | None = None) -> Iterator[Captured]:
    """The data that a core reads from outside; what stable modules hold does not change."""
    seen = set() if seen is None else seen
    for stmt in walk(core.body):
        if not isinstance(stmt, Op):
            continue
        if stmt.prim is prims.READ and stmt.static.where not in ("default", "import", "builtin") \
                and not _is_stable(stmt.static.owner):
            yield stmt.static
        elif stmt.prim is prims.CLOSURE:
            if not isinstance(stmt.static, Knot):
                yield from _reads(getattr(stmt.static, "function", stmt.static), seen)
            elif stmt.static not in seen:
                seen.add(stmt.static)
                yield from _reads(stmt.static.core(), seen)


def _is_stable(obj: Any) -> bool:
    package = obj.__name__.partition(".")[0] if isinstance(obj, ModuleType) else package_of(obj)
    return isinstance(obj, (ModuleType, type)) and package in _STABLE


class _Names:
    """The names of functions, classes and modules that functions use, and where they are kept."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], tuple[Mapping[str, Any], str, Any]] = {}
        self.seen: set[tuple[int, int]] = set()

    def of(self, fn: FunctionType, data: set[str]) -> None:
        names, space = _names(fn.__code__), fn.__globals__
        for name in names:
            if name not in space:
                if name in getattr(fn, "__builtins__", ()):
                    self.found[id(space), name] = (space, name, _MISSING)
                continue
            value = space[name]
            if isinstance(value, (ModuleType, type)) or name not in data and callable(value):
                self.found[id(space), name] = (space, name, value)
            self.inside(value, names)
        for cell in fn.__closure__ or ():
            self.inside(getattr(cell, "cell_contents", None), names)

    def member(self, cls: type, name: str) -> None:
        """What a class has under a name, or has not; of an object with a rule that rule."""
        for base in cls.__mro__[:-1] if isinstance(cls, type) else (cls,):
            self.found[id(base), name] = (vars(base), name, vars(base).get(name, _MISSING))
            if name in vars(base):
                return

    def inside(self, value: Any, names: set[str]) -> None:
        """What is read of a module or class, of the modules and classes in it, and so on."""
        if not isinstance(value, (ModuleType, type)) or _is_stable(value) or (id(value), id(names)) in self.seen:
            return
        self.seen.add((id(value), id(names)))
        if isinstance(value, ModuleType):
            for name in names & vars(value).keys():
                self.found[id(value), name] = (vars(value), name, vars(value)[name])
                self.inside(vars(value)[name], names)
            return
        for name in names:
            kept = next((k for k, base in enumerate(value.__mro__) if name in vars(base)), None)
            if kept is None or not hasattr(vars(value.__mro__[kept])[name], "__get__"):
                continue
            for base in value.__mro__[:kept + 1]:
                self.found[id(base), name] = (vars(base), name, vars(base).get(name, _MISSING))


def _cells(fn: FunctionType, data: set[str], keyed: set[int]) -> list[tuple[Any, Any]]:
    """The cells of a function with what they hold, but for data that the text reads, and arrays guarded by kind."""
    cells = []
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or ()):
        try:
            if name not in data and not (type(cell.cell_contents) is np.ndarray and id(cell) in keyed):
                cells.append((cell, cell.cell_contents))
        except ValueError:      # empty: what reads it was refused, or it is not read
            continue
    return cells


def _names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for const in code.co_consts:
        if isinstance(const, CodeType):
            names |= _names(const)
    return names
