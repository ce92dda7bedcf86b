"""The cache: compiled derivatives by function, request and kinds of arguments; and the guards that keep it true.

A guard remembers what the functions that were compiled read from outside: functions and modules by identity, data by
kind (values are read anew when they change).
"""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from tangent2.core.kinds import UNKNOWN, Dict, Kind, List, Tuple, has_record, is_inexact
from tangent2.core.valuekinds import fast_key, signature
from tangent2.pipeline import Compiler
from tangent2.python.emit import Emitted
from tangent2.python.load import load, namespace_of
from tangent2.requests import Request, callee_of, generic_first
from tangent2.runtime.trees import deep_copy
from tangent2.switches import current

LOCK = threading.RLock()
_TABLE: WeakKeyDictionary[Any, dict[Any, Entry]] = WeakKeyDictionary()
_STABLE = ("numpy", "math", "builtins", "scipy", "tangent2")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Captures:
    """What one loaded module reads from outside: `space` holds the values it saw."""

    emitted: Emitted
    space: dict[str, Any]

    def current(self) -> bool:
        """Bring values up to date; False if the kind of one changed."""
        for name, captured in self.emitted.captured.items():
            old, new = self.space[name], captured.read()
            if old is new and not isinstance(new, (list, dict)):
                continue
            if fast_key((old,)) != fast_key((new,)):
                return False
            self.space[name] = new
        return True


@dataclass(frozen=True, slots=True)
class Entry:
    """A compiled derivative: call `function` if `current()`."""

    function: Callable[..., Any]
    guards: tuple[tuple[dict[str, Any], str, Any], ...]
    cells: tuple[tuple[Any, Any], ...]
    captures: tuple[Captures, ...]
    modules: tuple[Emitted, ...]
    plain: bool = True      # no argument has a class that its gradient has to get

    def current(self) -> bool:
        """Whether what was compiled still is what the user's names mean."""
        for names, name, value in self.guards:
            if names.get(name, _MISSING) is not value:
                return False
        for cell, value in self.cells:
            if cell.cell_contents is not value:
                return False
        for captures in self.captures:
            if not captures.current():
                return False
        return True


def lookup_key(args: tuple[Any, ...]) -> Any:
    """What arguments are looked up by: their kinds; functions by identity."""
    return fast_key(args, id)


def compiled(fn: Any, request: Request, args: tuple[Any, ...]) -> Entry:
    """The compiled derivative for arguments of these kinds, made if there is none that is still true."""
    key = request, current(), lookup_key(args)
    try:
        table = _TABLE.setdefault(fn, {})
    except TypeError:
        table = {}
    entry = table.get(key)
    if entry is not None and entry.current():
        return entry
    with LOCK:
        entry = table[key] = _compile(fn, request, args)
    return entry


def _compile(fn: Any, request: Request, args: tuple[Any, ...]) -> Entry:
    compiler = Compiler()
    kinds = signature(args, compiler.function_kind)
    if compiler.switches.generic:
        compiler, made = generic_first(tuple(map(_generic, kinds)), partial(_fresh, fn, request))
    else:
        made = _made(compiler, fn, request, kinds)
    function, modules, spaces = made
    captures = tuple([Captures(e, s) for e, s in zip(modules, spaces) if e.captured])
    data = {c.name for e in modules for c in e.captured.values()}
    guards, cells = _guards(compiler.functions, data)
    return Entry(function, guards, cells, captures, modules, not any(map(has_record, kinds)))


def _generic(kind: Kind) -> Kind:
    """A kind of which nothing is known but what it holds."""
    if isinstance(kind, Tuple):
        return replace(kind, elts=tuple(map(_generic, kind.elts)))
    if isinstance(kind, List):
        return replace(kind, elt=_generic(kind.elt))
    if isinstance(kind, Dict):
        items = None if kind.items is None else tuple([(key, _generic(k)) for key, k in kind.items])
        return replace(kind, items=items, elt=_generic(kind.elt))
    return UNKNOWN if is_inexact(kind) else kind


def _fresh(fn: Any, request: Request, kinds: tuple[Kind, ...]) -> tuple[Compiler, Any]:
    compiler = Compiler()
    return compiler, _made(compiler, fn, request, kinds)


def _made(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Any:
    """The function of a request for arguments of these kinds, its modules and their namespaces."""
    if request.transform == "vjp":
        return _pullback(compiler, fn, request, kinds)
    emitted = request.text(compiler, fn, kinds, not compiler.switches.generic)
    space = namespace_of(emitted)
    return load(emitted, space), (emitted,), (space,)


def _pullback(compiler: Compiler, fn: Any, request: Request, kinds: Any) -> Any:
    """`vjp`: a function that gives the value and a pullback closed over what it needs."""
    wrt = tuple([k for k, on in enumerate(request.active) if on])
    callee = callee_of(compiler, fn, not compiler.switches.generic)
    forward, backward, made = compiler.halves(callee, kinds, wrt)
    modules = [m for m in (forward, backward) if m is not None]
    spaces = [namespace_of(m) for m in modules]
    loaded = [load(m, s) for m, s in zip(modules, spaces)]
    pull = loaded[-1]
    run = loaded[0] if forward is not None else fn
    saves, count = forward is not None, len(kinds)

    def both(*args: Any) -> Any:
        out, saved = run(*args) if saves else (run(*args), None)
        held = [deep_copy(args[k]) for k in made.params]     # the caller may change them before the pullback is called
        held += [deep_copy(out)] if made.takes_result else []
        held += [saved] if saves else []

        def pullback(out_bar: Any) -> tuple[Any, ...]:
            if not wrt:
                return (None,) * count
            found = pull(*held, out_bar)
            found = (found,) if len(wrt) == 1 else found
            at = dict(zip(wrt, found))
            return tuple([at.get(k) for k in range(count)])
        return out, pullback
    return both, tuple(modules), tuple(spaces)


def _guards(functions: list[FunctionType], data: set[str]) -> tuple[Any, Any]:
    """What is looked at before each call: names of functions and modules, and closure cells that hold functions."""
    found: dict[tuple[int, str], tuple[dict[str, Any], str, Any]] = {}
    cells = []
    for fn in functions:
        names = _names(fn.__code__)
        space = fn.__globals__
        for name in names & space.keys():
            value = space[name]
            if isinstance(value, ModuleType):
                if value.__name__.partition(".")[0] not in _STABLE:
                    inner = vars(value)
                    for each in names & inner.keys():
                        found[id(inner), each] = (inner, each, inner[each])
            elif name not in data and callable(value):
                found[id(space), name] = (space, name, value)
        for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or ()):
            if name not in data:
                cells.append((cell, cell.cell_contents))
    return tuple(found.values()), tuple(cells)


def _names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for const in code.co_consts:
        if isinstance(const, CodeType):
            names |= _names(const)
    return names
