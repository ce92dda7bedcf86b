"""Expressions in a `try` block, part by part: what each computes is named, in the order of Python's."""
from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import gast

from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_patterns import is_taken_apart
from tangent2.python.desugar_risks import changes

New = Callable[[str], str]
Risky = Callable[[Any], bool]


def is_method_that_changes(node: Any) -> bool:
    """Whether a node is a call of a method that changes its object."""
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and changes(
        gast.Call(node.func, [], []))


def changed_first(stmt: Any, new: Callable[[str], str], risky: Callable[[Any], bool]) -> list[Any] | None:
    """A statement in which something is changed and more is computed, one by one in the order of Python's; None if it
    is no such.

    >>> stmt = gast.parse("s = f(x) + np.sum(xs.pop())").body[0]
    >>> names = iter("pq")
    >>> for s in changed_first(stmt, lambda title: next(names), lambda node: True): print(gast.unparse(s).strip())
    p = f(x)
    q = xs.pop()
    s = p + np.sum(q)
    """
    value = getattr(stmt, "value", None)
    if value is None or not changes(value) or not risky(value) or not isinstance(
            stmt, (gast.Assign, gast.AnnAssign, gast.Expr, gast.Return, gast.AugAssign)) or isinstance(
                getattr(stmt, "target", None), (gast.Subscript, gast.Attribute)):
        return None
    apart = is_taken_apart(stmt)
    before: list[Any] = []
    if apart and is_method_that_changes(value):
        value = _named(value, new, before)
    elif not _in_turn(value := copy.deepcopy(value), new, before):
        return None
    last = copy.copy(stmt)
    last.value = value
    return [located_new(s, stmt) for s in (*before, last)]


def _in_turn(node: Any, new: Callable[[str], str], before: list[Any]) -> bool:
    """Give names to what an expression computes up to its first change, and put what binds them before it."""
    slots = _slots(node)
    at = next((k for k, (part, _) in enumerate(slots) if changes(part)), None)
    if at is None:
        return False
    for k, (part, put) in enumerate(slots[:at]):
        if not _is_still(part) and not (k == 0 and isinstance(node, gast.Call) and _is_named(part)):
            put(_named(part, new, before))
    part, put = slots[at]
    if not _in_turn(part, new, before) and is_method_that_changes(part):
        put(_named(part, new, before))
    return bool(before)


def _slots(node: Any) -> list[tuple[Any, Callable[[Any], None]]]:
    """The parts of an expression that are always computed, in their order, and what puts something else there."""
    fields = _ORDER.get(type(node), ())
    found: list[tuple[Any, Callable[[Any], None]]] = []
    for field in fields:
        held = getattr(node, field)
        for k, part in enumerate((held[:1] if field == "comparators" else held) if isinstance(held, list) else [held]):
            if isinstance(part, (gast.keyword, gast.Starred)):
                found.append((part.value, partial(setattr, part, "value")))
            else:
                found.append((part, partial(held.__setitem__, k) if isinstance(held, list) else partial(
                    setattr, node, field)))
    return found


_ORDER: dict[type, tuple[str, ...]] = {
    gast.Call: ("func", "args", "keywords"), gast.BinOp: ("left", "right"), gast.UnaryOp: ("operand",),
    gast.Subscript: ("value", "slice"), gast.Attribute: ("value",), gast.Tuple: ("elts",), gast.List: ("elts",),
    gast.Compare: ("left", "comparators"),
}


def _is_still(node: Any) -> bool:
    """Whether nothing that is done to objects changes what an expression means."""
    return isinstance(node, (gast.Constant, gast.Name, gast.Lambda))


def _is_named(func: Any) -> bool:
    """Whether a function, or a method, is read by names alone."""
    return isinstance(func, gast.Name) or isinstance(func, gast.Attribute) and _is_named(func.value)


def _named(node: Any, new: Callable[[str], str], before: list[Any]) -> Any:
    name = new("item")
    before.append(gast.Assign([gast.Name(name, gast.Store(), None, None)], node, None))
    return gast.Name(name, gast.Load(), None, None)


def given_first(call: Any, new: New, risky: Risky, is_lazy: Risky) -> tuple[list[Any], Any]:
    """What a call is given that may raise, and all before it, as assignments; and the call of their names.

    `is_lazy`: of an argument that computes nothing yet, but is given something itself.

    >>> call, names = gast.parse("enumerate(zip(f(x), y))").body[0].value, iter("pq")
    >>> lazy = lambda node: getattr(getattr(node, "func", None), "id", "") == "zip"
    >>> before, now = given_first(call, lambda title: next(names), lambda node: isinstance(node, gast.Call), lazy)
    >>> [gast.unparse(s).strip() for s in before], gast.unparse(now)
    (['p = f(x)'], 'enumerate(zip(p, y))')
    """
    before: list[Any] = []
    call = copy.deepcopy(call)
    _give(call, new, risky, is_lazy, before)
    return [located_new(s, call) for s in before], call


def _give(call: Any, new: New, risky: Risky, is_lazy: Risky, before: list[Any]) -> None:
    if isinstance(call, gast.GeneratorExp):
        first = call.generators[0]
        slots: list[tuple[Any, Callable[[Any], None]]] = [(first.iter, partial(setattr, first, "iter"))]
    else:
        slots = _slots(call)[1:]
    last = max([k for k, (part, _) in enumerate(slots) if risky(part) or is_lazy(part)], default=-1)
    for part, put in slots[:last + 1]:
        if is_lazy(part):
            _give(part, new, risky, is_lazy, before)
        elif not _is_still(part):
            put(_named(part, new, before))
