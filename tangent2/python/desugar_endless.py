"""Iterators without an end, `cycle`, `repeat` and `count`, beside something that has one: as many items of them."""
from __future__ import annotations

import copy
import itertools
from typing import Any

import gast

from tangent2.python.desugar_state import Desugaring, build, once


def zipped_whole(D: Desugaring, node: Any) -> Any:
    """`zip(*rows)`; what has no end, as `count()`, is as long as a list beside it."""
    if len(node.args) == 1 and isinstance(node.args[0], gast.Starred) and not node.keywords:
        return build("?transposed(X)", node, X=node.args[0].value)
    strict = [k.value for k in node.keywords if k.arg == "strict" and isinstance(k.value, gast.Constant)]
    if len(strict) == len(node.keywords) == 1:
        return node if strict[0].value else gast.copy_location(gast.Call(node.func, node.args, []), node)
    return bounded(D, node)


def bounded(D: Desugaring, node: Any) -> Any:
    """What runs beside something with an end, with as many items of what has none; None if all have one, or none has.

    >>> node = gast.parse("zip(x, cycle(y))").body[0].value
    >>> from tangent2.python.desugar_state import UNKNOWN
    >>> names = {"cycle": itertools.cycle, "zip": zip}
    >>> gast.unparse(bounded(Desugaring(lambda name: names.get(name, UNKNOWN)), node))
    'zip(x, ?cycled(y, ?len(x)))'
    """
    ends = [_endless(D, a) for a in node.args]
    sized = [a for a, e in zip(node.args, ends) if e is None]
    if all(e is None for e in ends) or not sized or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    again = _may_be_read_twice(D, sized[0])
    first, before = (sized[0], None) if again else once(build("?list(X)", sized[0], X=sized[0]))
    length = build("?len(X)", node, X=first)
    new = copy.copy(node)
    new.args = [first if a is sized[0] else a if e is None else build(e[0], a, **e[1], N=length)
                for a, e in zip(node.args, ends)]
    return new if before is None else before(build("?list(X)", node, X=new))


def _may_be_read_twice(D: Desugaring, node: Any) -> bool:
    """Whether an expression gives the same items when it is evaluated again, for its length."""
    if isinstance(node, gast.Call) and D.resolve(node.func) is range:
        return all(isinstance(a, (gast.Name, gast.Constant)) for a in node.args)
    return isinstance(node, (gast.Name, gast.List, gast.ListComp))


def _endless(D: Desugaring, node: Any) -> tuple[str, dict[str, Any]] | None:
    obj = D.resolve(node.func) if isinstance(node, gast.Call) else None
    if obj is itertools.repeat and len(node.args) == 1:
        return "?repeated(V, N)", {"V": node.args[0]}
    if obj is itertools.cycle:
        return "?cycled(V, N)", {"V": node.args[0]}
    if obj is itertools.count:
        one = gast.copy_location(gast.Constant(1, None), node)
        zero = gast.copy_location(gast.Constant(0, None), node)
        start, step = (*node.args, *(zero, one)[len(node.args):])[:2]
        return "?counted(A, B, N)", {"A": start, "B": step}
    return None
