"""What changes its object in a `try` block: it is not attempted, for it must raise nothing that is caught.

Whether a method changes a container, or is one of a class of the user's, is known only by kind: the statement is kept,
and `unfailing(object, name, ...)` before it is asked about it when kinds are known (`analysis/unfailing.py`).
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_in_order import is_method_that_changes
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
    if not is_method_that_changes(value) or any(map(risks.expression, _given(value))) or any(
            isinstance(n, gast.Call) for n in walk(value.func.value)):
        refuse(stmt, SPLIT, ADVICE)
    return located_new(gast.Expr(_question(stmt, value, risks, refuse)), value)


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
