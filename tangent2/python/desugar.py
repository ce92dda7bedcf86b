"""Desugaring: calls and statements that others express, rewritten in the syntax tree before anything is lowered."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangent2.python import desugar_blocks, desugar_calls, desugar_lifting, desugar_match, desugar_try, desugar_with
from tangent2.python.desugar_once import move_to_use
from tangent2.python.desugar_state import Desugaring, Lookup

RULES = (desugar_blocks, desugar_calls, desugar_lifting, desugar_match, desugar_try, desugar_with)


def desugar(node: Any, lookup: Lookup, recognise: Callable[[Any], Any] = lambda obj: None) -> Any:
    """A function without what is expressed by others; `lookup(name)` gives what a name is outside of it.

    `recognise`: the primitive that an object is, with which it is left as it is.

    >>> import gast, operator
    >>> f = gast.parse("def f(x): return operator.mul(x, 2)").body[0]
    >>> gast.unparse(desugar(f, {"operator": operator}.get)).splitlines()[1]
    '    return x * 2'
    """
    rewriting = Desugaring(lookup, recognise)
    move_to_use(node, rewriting)
    return rewriting.visit(node)
