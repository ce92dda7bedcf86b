"""Expressions that are statements and then a value, and what named iterators read: nodes that only desugaring makes."""
from __future__ import annotations

from typing import Any

from tangent2.core.syntax import Atom
from tangent2.python.lower_late import mark, reads_of
from tangent2.python.lower_liveness import Liveness
from tangent2.python.lower_names import reads, scan
from tangent2.python.lower_state import Lowering, expression, statement
from tangent2.python.steps import Refusal, Steps, Watch


@expression(Steps)
def steps(L: Lowering, node: Any, hint: str | None) -> Atom:
    """Statements, after which all names of the function may be read, and the value."""
    live, around, origin = L.live, L.statement, L.origin
    outer = (frozenset(scan(node.body).touched) | frozenset(L.env)) - node.own
    L.live = Liveness(node.body, outer | reads(node.value))
    L.block(node.body)
    L.live, L.statement, L.origin = live, around, origin
    found = L.expr(node.value, hint)
    for name in node.own:
        L.env.pop(name, None)
    return found


@expression(Refusal)
def refusal(L: Lowering, node: Any, hint: str | None) -> Atom:
    """What cannot be."""
    L.refuse(node, node.reason, node.advice, "iterator")


@statement(Watch)
def watch(L: Lowering, node: Any) -> None:
    """Note what an iterator reads where it is made, and ask whether that is unchanged where items are taken."""
    if node.value is not None:
        L.unit.watched[node.key] = [reads_of(L, node.value)]
    mark(L, L.unit.watched[node.key], node.value is None)
