"""Desugaring: calls and statements that others express, rewritten in the syntax tree before anything is lowered."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tangent2.python import (
    desugar_blocks, desugar_calls, desugar_chosen, desugar_collections, desugar_iterators, desugar_joined,
    desugar_lifting, desugar_makers, desugar_match, desugar_try, desugar_types, desugar_with,
)
from tangent2.python.desugar_bound import name_containers
from tangent2.python.desugar_late import bind_late
from tangent2.python.desugar_once import move_to_use
from tangent2.python.desugar_state import Desugaring, Lookup

RULES = (
    desugar_blocks, desugar_calls, desugar_chosen, desugar_collections, desugar_iterators, desugar_joined,
    desugar_lifting, desugar_makers, desugar_match, desugar_try, desugar_types, desugar_with)


def desugar(node: Any, lookup: Lookup, recognise: Callable[[Any], Any] = lambda obj: None,
            provide: Callable[[str, Any], None] = lambda name, obj: None, inlined: list[Any] | None = None,
            space: Mapping[Any, Any] = MappingProxyType({})) -> Any:
    """A function without what is expressed by others; `lookup(name)` gives what a name is outside of it.

    `recognise`: the primitive that an object is, with which it is left as it is.  `provide` gives an object a name.
    Functions whose text is put into this one are added to `inlined`.  `space`: the names of its module.

    >>> import gast, operator
    >>> f = gast.parse("def f(x): return operator.mul(x, 2)").body[0]
    >>> gast.unparse(desugar(f, {"operator": operator}.get)).splitlines()[1]
    '    return x * 2'
    """
    rewriting = Desugaring(lookup, recognise, provide, space)
    rewriting.inlined = [] if inlined is None else inlined
    bind_late(node, rewriting)
    name_containers(node, rewriting, rewriting.is_method)
    move_to_use(node, rewriting)
    return rewriting.visit(node)
