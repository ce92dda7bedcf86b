"""Take functions through lowering and resolution, checked after each step and compared with Python."""
from __future__ import annotations

import copy
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.analysis.soundness import run
from tangent2.analysis.hindsight import InHindsight
from tangent2.analysis.lookups import Lookups
from tangent2.analysis.resolved import resolved
from tangent2.core.check import check
from tangent2.core.dims import canonical
from tangent2.core.kinds import BOTTOM, OBJECT, FunctionKind, Kind
from tangent2.core.syntax import Callee, Function, Typed
from tangent2.core.valuekinds import signature
from tangent2.python.lower import lower
from tangent2.rules.declare import recognise_prim


class Program:
    """What stands in for the pipeline: callees by function, results of recursive calls by iteration."""

    def __init__(self) -> None:
        self.callees: dict[Any, Callee] = {}
        self.typed: dict[Any, Typed] = {}
        self.results: dict[Any, Kind] = {}
        self.running: set[Any] = set()
        self.lookups = Lookups(function_kind=self.function_kind, closure=self.closure, callee=self.made)

    def recognise(self, obj: Any) -> Any:
        """The primitive or the callee that an object is."""
        prim = recognise_prim(obj)
        return self.callee(obj) if prim is None and isinstance(obj, types.FunctionType) else prim

    def callee(self, fn: Any) -> Callee:
        if fn.__code__ not in self.callees:
            self.callees[fn.__code__] = Callee(fn.__code__, fn.__name__, lambda kinds: self.core(fn, kinds), fn)
        return self.callees[fn.__code__]

    def closure(self, function: Function) -> Callee:
        return self.made(function, function.name, lambda kinds: self.compile(function, kinds))

    def made(self, key: Any, name: str, core: Any) -> Callee:
        """A callee that has no Python function; its cores are kept."""
        def kept(kinds: tuple[Kind, ...]) -> Typed:
            if (key, kinds) not in self.typed:
                self.typed[key, kinds] = core(kinds)
            return self.typed[key, kinds]
        return Callee(key, name, kept)

    def function_kind(self, fn: Any) -> Kind:
        found = self.recognise(fn)
        return OBJECT if found is None else FunctionKind(found)

    def core(self, fn: Any, kinds: tuple[Kind, ...]) -> Typed:
        key = fn.__code__, kinds
        if key not in self.typed:
            self.typed[key] = self.compile(lower(fn, self.recognise), kinds)
        return self.typed[key]

    def summary(self, callee: Callee, kinds: tuple[Kind, ...]) -> Kind:
        key = callee.key, kinds
        if key in self.running:
            return self.results.get(key, BOTTOM)
        self.running.add(key)
        try:
            while True:
                found = callee.core(kinds).result
                before, self.results[key] = self.results.get(key), found
                if before is not None and canonical((before,))[0] == canonical((found,))[0]:
                    return found
                self.typed = {k: v for k, v in self.typed.items() if k[0] is not callee.key}
        finally:
            self.running.discard(key)

    def compile(self, function: Function, kinds: tuple[Kind, ...], exact: bool = False) -> Typed:
        """The resolved core under kinds, checked; nothing is inferred again in hindsight."""
        check(function)
        try:
            typed = resolved(function, kinds, self.summary, self.lookups, exact)
        except InHindsight as seen:
            raise seen.refusal from None
        check(typed.function, typed.kinds, resolved=True)
        return typed


def resolve(fn: Callable[..., Any], *args: Any) -> Typed:
    """The resolved core of a function for example arguments."""
    program = Program()
    return program.compile(lower(fn, program.recognise), signature(args, program.function_kind), exact=True)


def same(a: Any, b: Any) -> bool:
    """Whether two results are equal, of the same types."""
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return np.shape(a) == np.shape(b) and bool(np.all(np.asarray(a) == np.asarray(b)))


def agree(fn: Callable[..., Any], *args: Any) -> Typed:
    """Resolve a function and compare what its core gives with what Python gives."""
    typed = resolve(fn, *args)
    wanted = fn(*copy.deepcopy(args))
    found = run(typed, copy.deepcopy(args))
    assert same(wanted, found), (wanted, found)
    return typed
