"""What the analyses of kinds are handed: who stands for a Python object, an attribute, a method, a function value."""
from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from tangent2.analysis.callee_memory import CallFacts
from tangent2.analysis.hindsight import Hindsight
from tangent2.analysis.known import Known
from tangent2.core import objects
from tangent2.core.kinding import kind_of_const, kinds_of
from tangent2.core.kinds import OBJECT, Kind
from tangent2.core.prims import Prim, Transform
from tangent2.core.syntax import Atom, Callee, Function, Op, Typed
from tangent2.rules import declare

Summary = Callable[[Callee, tuple[Kind, ...]], Kind]
Core = Callable[[tuple[Kind, ...]], Typed]
Compile = Callable[[Function, tuple[Kind, ...]], Typed]


@dataclass(frozen=True)
class Lookups:
    """`recognise(obj)`, `method(name)` and `attribute(name)` give primitives, or None.

    function_kind: the kind of a live function (`FunctionKind`, or `OBJECT` if there is nothing to know).
    closure: the callee that a nested function becomes; None if calls of nested functions stay opaque.
    derive: the callee of a transform of another one, which takes so many captured values first.
    given: the callee of a definition that is given literals at some positions.
    callee: makes the callee of a function that is made here; should keep its cores.
    source: the core of a user function before kinds were known; None for functions that the compiler makes.
    kinds_of: the kinds of the results of an operation.
    followed: the classes of objects outside whose methods were read; told: of those whose methods are called as they
    are, for they change the object.
    cached: the classes whose cached properties were read; changed: those of objects whose attributes change.
    asked: classes defined inside of functions of which it was asked which they are; left: those whose objects leave.
    done: what callees do to their arguments, as far as that was asked for; assumed: of those that are being looked at;
    used: which of these assumptions something was made of.  made(): what there is now; forget(it): all else.
    settled: the kinds under which a callee is known.
    member: what a class has under a name.  giving: a user function that returns its first parameter beside its result.
    hindsight: what was found when all was made before.
    memory: what is known of the memory of a callee's result; None: found from its core each time it is asked for.
    """

    recognise: Callable[[Any], Prim | None] = declare.recognise_prim
    method: Callable[[str], Prim | None] = declare.method
    attribute: Callable[[str], Prim | None] = declare.attribute
    function_kind: Callable[[Any], Kind] = lambda obj: OBJECT
    closure: Callable[[Function], Callee] | None = None
    derive: Callable[[Transform, Callee | Prim, int], Callee] | None = None
    given: Callable[[FunctionType, tuple[tuple[int, type, Any], ...]], Callee] | None = None
    callee: Callable[[Hashable, str, Core], Callee] = Callee
    source: Callable[[Callee, tuple[Kind, ...]], Function | None] = (
        lambda callee, kinds: callee.key if isinstance(callee.key, Function) else None)
    kinds_of: Callable[[Op, Callable[[Atom], Kind]], tuple[Kind, ...]] = kinds_of
    member: Callable[[type, str], Any] = objects.member
    giving: Callable[[Callee], Function | None] = lambda callee: None
    followed: set[Any] = field(default_factory=set)
    told: set[Any] = field(default_factory=set)
    cached: set[Any] = field(default_factory=set)
    changed: set[Any] = field(default_factory=set)
    asked: set[Any] = field(default_factory=set)
    left: set[Any] = field(default_factory=set)
    done: dict[Any, Known] = field(default_factory=dict)
    assumed: dict[Any, Known] = field(default_factory=dict)
    used: set[Any] = field(default_factory=set)
    made: Callable[[], Any] = lambda: None
    settled: Callable[[Any, tuple[Kind, ...]], tuple[Kind, ...]] = lambda key, kinds: kinds
    forget: Callable[[Any], None] = lambda before: None
    hindsight: Hindsight = field(default_factory=Hindsight)
    memory: Callable[[Callee, tuple[Kind, ...]], CallFacts] | None = None

    def default(self, cls: type, name: str) -> Kind | None:
        """The kind of the constant that a class has under a name; None if it has none."""
        raw = self.member(cls, name)
        return kind_of_const(raw) if type(raw) in objects.PLAIN else None

    def prim(self, obj: Any) -> Prim:
        """The primitive of an object that surely has one."""
        found = self.recognise(obj)
        assert found is not None, obj
        return found


def closing(compile: Compile) -> Callable[[Function], Callee]:
    """Make callees of nested functions: one for each core function; its cores, made by `compile`, are kept."""
    made: dict[Function, Callee] = {}
    typed: dict[tuple[Function, tuple[Kind, ...]], Typed] = {}

    def core(function: Function, kinds: tuple[Kind, ...]) -> Typed:
        key = function, kinds
        if key not in typed:
            typed[key] = compile(function, kinds)
        return typed[key]

    def closure(function: Function) -> Callee:
        if function not in made:
            made[function] = Callee(function, function.name, lambda kinds: core(function, kinds))
        return made[function]
    return closure


def only_core(callee: Callee, kinds: tuple[Kind, ...]) -> Kind:
    """The plainest summary: the result kind of the callee's core; for callees that do not recurse."""
    return callee.core(kinds).result
