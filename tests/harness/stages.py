"""The first stages of the compiler driven by hand: lower, infer and resolve, tangent; for tests of single passes."""
from __future__ import annotations

from types import FunctionType
from typing import Any

from tangent2.analysis.lookups import Lookups, closing
from tangent2.analysis.resolve import resolved
from tangent2.core.check import check
from tangent2.core.kinds import BOTTOM, OBJECT, UNKNOWN, FunctionKind, Kind
from tangent2.core.syntax import Callee, Function, Typed
from tangent2.core.valuekinds import signature
from tangent2.python.lower import lower
from tangent2.rules.declare import recognise_prim
from tangent2.transform.forward import forward

_MOST_TURNS = 8


class Stages:
    """Callees for the functions of one module, with memos of their cores."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.callees: dict[Any, Callee] = {}
        self.lowered: dict[Any, Function] = {}
        self.cores: dict[tuple[Any, tuple[Kind, ...]], Typed] = {}
        self.results: dict[tuple[Any, tuple[Kind, ...]], Kind] = {}
        self.open: set[tuple[Any, tuple[Kind, ...]]] = set()
        self.tangents: dict[Any, Callee] = {}
        self.lookups = Lookups(function_kind=self.function_kind, closure=closing(self._compile))

    def recognise(self, obj: Any) -> Any:
        if isinstance(obj, FunctionType) and obj.__module__ == self.module:
            return self.callee(obj)
        return recognise_prim(obj)

    def callee(self, fn: FunctionType) -> Callee:
        if fn not in self.callees:
            self.callees[fn] = Callee(fn.__code__, fn.__name__, lambda kinds: self.typed(fn, kinds), fn)
        return self.callees[fn]

    def function_kind(self, obj: Any) -> Kind:
        found = self.recognise(obj)
        return FunctionKind(found) if isinstance(found, Callee) else OBJECT

    def lower(self, fn: FunctionType) -> Function:
        if fn not in self.lowered:
            self.lowered[fn] = check(lower(fn, self.recognise))
        return self.lowered[fn]

    def typed(self, fn: FunctionType, kinds: tuple[Kind, ...]) -> Typed:
        """The resolved core, checked."""
        key = fn, kinds
        if key not in self.cores:
            self.cores[key] = self._compile(self.lower(fn), kinds)
        return self.cores[key]

    def _compile(self, function: Function, kinds: tuple[Kind, ...]) -> Typed:
        typed = resolved(function, kinds, self.summary, self.lookups)
        check(typed.function, typed.kinds, resolved=True)
        return typed

    def summary(self, callee: Callee, kinds: tuple[Kind, ...]) -> Kind:
        """The kind of a callee's result; of a recursive one by a fixed point from the bottom."""
        key = callee.key, kinds
        if key in self.open or (key in self.results and not self.open):
            return self.results[key]
        self.results.setdefault(key, BOTTOM)
        self.open.add(key)
        try:
            for _ in range(_MOST_TURNS):
                self.cores.clear()
                found = callee.core(kinds).result
                if found == self.results[key]:
                    return found
                self.results[key] = found
            self.results[key] = UNKNOWN
            return UNKNOWN
        finally:
            self.open.discard(key)

    def tangent(self, callee: Callee, kinds: tuple[Kind, ...], active: tuple[bool, ...]) -> Callee:
        key = "tangent", callee.key, kinds, active
        if key not in self.tangents:
            made: list[Typed] = []

            def core(_: Any) -> Typed:
                if not made:
                    made.append(forward(callee.core(kinds), active, self.tangent))
                    check(made[0].function, made[0].kinds, resolved=True)
                return made[0]
            self.tangents[key] = Callee(key, f"jvp_{callee.name}", core)
        return self.tangents[key]


def stages_of(fn: FunctionType, args: tuple[Any, ...]) -> tuple[Stages, Typed]:
    """The resolved core of a function for the kinds of arguments."""
    stages = Stages(fn.__module__)
    return stages, stages.typed(fn, signature(args, stages.function_kind))


def tangent_of(fn: FunctionType, args: tuple[Any, ...], active: tuple[bool, ...]) -> Typed:
    """The tangent function, checked; it takes the tangents of the active arguments last and gives both results."""
    stages, typed = stages_of(fn, args)
    made = forward(typed, active, stages.tangent)
    check(made.function, made.kinds, resolved=True)
    return made

