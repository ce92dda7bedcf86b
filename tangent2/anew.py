"""Functions made anew of the same code, as lambdas in a loop are: what was compiled for one serves the next.

An anatomy is what a function is made of: its code, the cells it captures from, and the functions made anew in these.
Two functions with equal keys differ in cells and functions only, which are moved from one to the other (`Anew`); what
the cells hold now is for the guards to tell.
"""
from __future__ import annotations

import functools
from collections.abc import Hashable
from dataclasses import dataclass, field
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

from tangent2.core.kinds import FunctionKind, Kind, Object
from tangent2.core.objects import is_user_class
from tangent2.core.prims import Captured
from tangent2.core.valuekinds import fast_key
from tangent2.objects import Bound, bound_of
from tangent2.repeating import is_repeated, other_attributes
from tangent2.rules.declare import recognise_prim

_PLAIN = frozenset({int, float, complex, str, bytes, bool, type(None)})
Known = tuple[FunctionType, CodeType, Any, Any]     # a function, its code and its defaults


def function_key(obj: Any) -> Kind:
    """What stands for a function in a key: the function itself, which thereby stays alive."""
    try:
        hash(obj)
    except TypeError:
        return Object(f"function {id(obj)}")
    return FunctionKind(obj)


def key_of(value: Any) -> Any:
    """The key of captured data: its kind, and the identity of the functions it holds."""
    return fast_key((value,), function_key)


@dataclass(frozen=True, eq=False)
class Anatomy:
    """`key` is the same for functions made anew; `cells` and `functions` are theirs, in one order."""

    key: Hashable
    cells: tuple[Any, ...]
    functions: tuple[Any, ...]

    def blank(self) -> Anatomy:
        """One of marks for cells and functions: what is kept must not keep alive what a function captured."""
        return Anatomy(self.key, tuple([object() for _ in self.cells]), tuple([object() for _ in self.functions]))


def anatomy(fn: Any, bound: Bound | None = None) -> Anatomy | None:
    """What a function, a derivative of one, a method or a partial is made of; None for what is only itself.

    `bound`: the cells of the method or the partial, new ones if they are not given.

    >>> a, b, c = [anatomy(lambda x: x * k) for k in (2.0, 3.0, None)]
    >>> a.key == b.key, len(a.cells), len(a.functions)
    (True, 1, 1)
    """
    state = _Looking(bound)
    try:
        key = state.root(fn)
        hash(key)
    except (TypeError, ValueError):
        return None
    if key is None or state.given is not None:      # another method than that which a derivative is asked of
        return None
    return Anatomy((key, state.defaults), tuple(state.cells), tuple(state.functions))


class _Itself:
    """An object as a key: equal to itself alone."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: Any) -> bool:
        return type(other) is _Itself and other.value is self.value


@dataclass
class _Looking:
    """The cells and functions that were met; `defaults` of the first count if it can be called by what it captures."""

    given: Bound | None
    cells: list[Any] = field(default_factory=list)
    functions: list[Any] = field(default_factory=list)
    defaults: tuple[Any, ...] = ()

    def root(self, fn: Any) -> Hashable:
        """The key of what a transform was given."""
        request = getattr(fn, "__tangent2_request__", None)
        if request is not None:
            inner = self.root(fn.__wrapped__)
            return None if inner is None else ("derivative", request, inner)
        made = getattr(fn, "__tangent2_made__", None)
        if made is not None:
            how, of = made
            inner = self.root(of)
            return None if inner is None else (how, inner)
        if type(fn) is FunctionType:
            return None if other_attributes(fn) or recognise_prim(fn) is not None else self.function(fn, True)
        if not isinstance(fn, (functools.partial, MethodType)) and not is_user_class(type(fn)):
            return None
        bound, self.given = self.given or bound_of(fn), None
        return None if bound is None else self.bound(bound)

    def bound(self, bound: Bound) -> Hashable:
        return "bound", self.value(bound.function), tuple(map(self.cell, bound.cells))

    def function(self, fn: FunctionType, is_root: bool = False) -> Hashable:
        """The key of a function made of code and cells alone; of another the function itself."""
        seen = next((k for k, other in enumerate(self.functions) if other is fn), None)
        if seen is not None:
            self.defaults = _defaults(self.functions[0])
            return "function", seen
        if other_attributes(fn) or not is_root and not _is_made_anew(fn) or recognise_prim(fn) is not None:
            return _Itself(fn)
        self.functions.append(fn)
        given = fn.__defaults__ is None, fn.__kwdefaults__ is None, () if is_root else _defaults(fn)
        cells = tuple(map(self.cell, fn.__closure__ or ()))
        return _Itself(fn.__code__), _Itself(fn.__globals__), is_repeated(fn), given, cells

    def cell(self, cell: CellType) -> Hashable:
        """The key of what a cell holds; of a cell that was met before, which it is."""
        seen = next((k for k, other in enumerate(self.cells) if other is cell), None)
        if seen is not None:
            return "cell", seen
        self.cells.append(cell)
        return self.value(cell.cell_contents)

    def value(self, value: Any) -> Hashable:
        if type(value) is FunctionType:
            return self.function(value)
        key: Hashable = key_of(value)
        return key


def _defaults(fn: FunctionType) -> tuple[Any, ...]:
    """The key of defaults: plain ones by class and value, others by identity."""
    values = (*(fn.__defaults__ or ()), *(part for item in (fn.__kwdefaults__ or {}).items() for part in item))
    return tuple([(type(v), repr(v)) if type(v) in _PLAIN else _Itself(v) for v in values])


def _is_made_anew(fn: FunctionType) -> bool:
    """Whether running the code around a function makes another one like it."""
    return "<locals>" in fn.__qualname__ or "<lambda>" in fn.__qualname__


class Anew:
    """From what one function is made of to what another one, with an equal key, is."""

    def __init__(self, old: Anatomy, new: Anatomy) -> None:
        self.held = old     # its parts stay alive, so identities tell them
        self.cells = {id(a): b for a, b in zip(old.cells, new.cells)}
        self.functions = {id(a): b for a, b in zip(old.functions, new.functions)}

    def cell(self, cell: Any) -> Any:
        return self.cells.get(id(cell), cell)

    def function(self, value: Any) -> Any:
        return self.functions.get(id(value), value)

    def captured(self, captured: Captured) -> Captured:
        return captured.moved(self.cells[id(captured.owner)]) if id(captured.owner) in self.cells else captured

    def known(self, known: Known) -> Known:
        """A function with its code and its own defaults: keys tell that those are equal where they matter."""
        fn = self.function(known[0])
        if fn is known[0]:
            return known
        if type(fn) is not FunctionType:        # a mark
            return fn, known[1], None, None
        return fn, known[1], fn.__defaults__, None if fn.__kwdefaults__ is None else dict(fn.__kwdefaults__)
