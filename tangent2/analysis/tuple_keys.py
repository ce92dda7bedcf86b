"""`d[i, j]` of a dict: one key, which is a tuple, where an array would take two indices."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.kinds import Dict
from tangent2.core.syntax import ONE_ITEM, Op, Value

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

_STORES = frozenset({prims.SETITEM, *prims.UPDATES.values()})


def with_tuple_key(op: Op, facts: Facts) -> Expansion | None:
    """A subscript of a dict by several items, as one by a tuple of them; None for any other operation."""
    if op.prim is not prims.GETITEM and op.prim not in _STORES or not isinstance(facts.kind(op.args[0]), Dict):
        return None
    if len(op.static.items) < 2 or any(item is not None for item in op.static.items):
        return None
    key, end = Value(), -1 if op.prim in _STORES else None
    made = Op((key,), prims.TUPLE, op.args[1:end], (), None, op.origin)
    value = op.args[-1:] if end else ()
    return Expansion((made, replace(op, args=(op.args[0], key, *value), static=ONE_ITEM)), op.outs)
