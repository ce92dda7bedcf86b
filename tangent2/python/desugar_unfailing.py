"""What changes its object in a `try` block: it is not attempted, for it must raise nothing that is caught.

Whether a method changes a container, or is one of a class of the user's, is known only by kind: the statement is kept,
and `unfailing(object, name, ...)` before it is asked about it when kinds are known (`analysis/unfailing.py`).
"""
from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import gast

from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_patterns import is_taken_apart
from tangent2.python.desugar_risks import Risks, changes
from tangent2.python.desugar_state import build
from tangent2.python.parts import walk

_NOTHING = frozenset({"append", "clear", "reverse"})
_BY_KIND = frozenset({"extend", "update", "insert", "setdefault", "sort"})
_RAISED: dict[str, tuple[type, ...]] = {
    "remove": (ValueError, KeyError), "popitem": (KeyError,), "pop": (), **dict.fromkeys(_NOTHING, ()),
    **dict.fromkeys(_BY_KIND, (TypeError, ValueError)),
}
SPLIT = "a value is changed, and what may raise is computed, in one expression of a `try` block"
ADVICE = "bind what the method gives to a name first, on a line of its own"

Refuse = Callable[[Any, str, str], Any]


def asked(stmt: Any, risks: Risks, refuse: Refuse) -> Any:
    """The question about a simple statement that changes an object; None if it changes none, or cannot fail."""
    if any(map(changes, getattr(stmt, "targets", ()))):
        refuse(stmt, SPLIT, ADVICE)
    value = getattr(stmt, "value", None)
    if value is None or not changes(value) or not risks.expression(value) or risks.is_users(value):
        return None
    if not _is_method(value) or any(map(risks.expression, _given(value))) or any(
            isinstance(n, gast.Call) for n in walk(value.func.value)):
        refuse(stmt, SPLIT, ADVICE)
    return located_new(gast.Expr(_question(stmt, value, risks, refuse)), value)


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
    if apart and _is_method(value):
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
    if not _in_turn(part, new, before) and _is_method(part):
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


def _given(call: Any) -> list[Any]:
    return [*call.args, *(k.value for k in call.keywords)]


def _question(stmt: Any, call: Any, risks: Risks, refuse: Refuse) -> Any:
    """`unfailing(xs, "extend", ys)`: with the arguments, where these decide whether it raises what is caught."""
    name = call.func.attr
    question = build("?unfailing(A, B)", call, A=call.func.value, B=gast.Constant(name, None))
    raised = _RAISED.get(name, (Exception,))
    if raised and risks.meets(*raised):
        if name not in _BY_KIND or call.keywords and name != "update":
            refuse(stmt, f"`.{name}(...)` may raise in a `try` block, and is not attempted there",
                   "ask before whether it can be done")
        question.args += call.args
    return question


def _is_method(node: Any) -> bool:
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and changes(
        gast.Call(node.func, [], []))
