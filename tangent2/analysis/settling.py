"""Kinds that a loop changes: how they settle."""
from __future__ import annotations

from tangent2.core.dims import forget
from tangent2.core.kinds import UNKNOWN, Kind, Number
from tangent2.core.syntax import For, While, inner_bindings
from tangent2.core.walk import bound
from tangent2.core.widening import widen

ROUNDS, LIMIT = 3, 8        # after ROUNDS walks of a loop changing extents are given up, after LIMIT changing kinds


def as_next_turn(stmt: For | While, kind: Kind) -> Kind:
    """A kind as the next iteration sees it: extents computed from values of this one say nothing there."""
    return kind if type(kind) is Number else forget(kind, lambda: {*inner_bindings(stmt), *bound(stmt.body)})


def given_up(before: Kind, now: Kind, turn: int) -> Kind:
    """The kind with which the next walk of a loop begins."""
    if before == now or turn < ROUNDS:
        return now
    return widen(before, now) if turn < LIMIT else UNKNOWN
