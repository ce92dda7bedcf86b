"""Compilers that are kept: what was found out about a function for one derivative serves the next.

The Hessian of a function is made of its gradient, and all its derivatives of its core.  A compiler stands on its
function, for arguments of the same kinds, and is used again as long as all that it read is what it was; the last few
are kept.
"""
from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from types import FunctionType
from typing import Any

from tangent2.attached import attached
from tangent2.core.kinds import Kind
from tangent2.core.valuekinds import signature
from tangent2.guards import guards_of
from tangent2.pipeline import Compiler

_PLACE = "__tangent2_compilers__"
_MOST = 16
_ORDER: OrderedDict[Any, weakref.ref[FunctionType]] = OrderedDict()     # those that are kept, the last used at the end
Kept = tuple[Compiler, Callable[[], bool]]


def compiler_for(fn: Any, args: tuple[Any, ...]) -> tuple[Compiler, tuple[Kind, ...]]:
    """A compiler for a function and arguments at hand, and their kinds; nobody else finds it until it is kept."""
    compiler = Compiler()
    kinds = signature(args, compiler.function_kind)
    place = _place(fn)
    if place is None or compiler.switches.generic or compiler.callees:     # kinds hold functions of this compiler
        return compiler, kinds
    found: Kept | None = attached(place, _PLACE).pop((compiler.switches, kinds), None)
    return (found[0] if found is not None and found[1]() else compiler), kinds


def keep(fn: Any, compiler: Compiler, kinds: tuple[Kind, ...]) -> None:
    """Keep a compiler whose work on a request was done; not where its memos depend on what was asked first."""
    place = _place(fn)
    if place is None or compiler.switches.generic or compiler.recursive or compiler.bound:
        return
    cores = (*compiler.lowered.values(), *compiler.nested)
    guards = guards_of(compiler.functions, cores, (), (), compiler.members)
    key = compiler.switches, kinds
    attached(place, _PLACE)[key] = compiler, guards.conditions(()).when_asked()
    _ORDER[id(place), key] = weakref.ref(place)
    _ORDER.move_to_end((id(place), key))
    while len(_ORDER) > _MOST:
        (_, last), ref = _ORDER.popitem(False)
        owner = ref()
        if owner is not None:
            attached(owner, _PLACE).pop(last, None)


def _place(fn: Any) -> FunctionType | None:
    """The user's function that derivatives are of."""
    while hasattr(fn, "__tangent2_request__"):
        fn = fn.__wrapped__
    return fn if type(fn) is FunctionType else None
