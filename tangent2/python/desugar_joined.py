"""`np.r_[...]` and `np.c_[...]`: calls of the functions that join arrays."""
from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tangent2.python.desugar_state import SUBSCRIPTS, Desugaring, build

_JOINED: tuple[tuple[Any, str, str], ...] = (
    (np.r_, "?concatenate([])", "?atleast_1d(X)"), (np.c_, "?column_stack([])", "X"))


def joined(D: Desugaring, node: Any) -> Any:
    """What a subscript joins, as a call; None for any other subscript, and for those that say how to join in a string.

    >>> node = gast.parse("r[x, 0:3]").body[0].value
    >>> gast.unparse(joined(Desugaring({"r": np.r_}.get), node))
    '?concatenate([?atleast_1d(x), ?atleast_1d(?arange(0, 3))])'
    """
    if not isinstance(node.ctx, gast.Load) or not isinstance(node.value, (gast.Name, gast.Attribute)):
        return None
    obj = D.resolve(node.value)
    found = next((row for row in _JOINED if row[0] is obj), None)
    parts = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
    items = [_item(part) for part in parts]
    if found is None or None in items:
        return None
    call = build(found[1], node)
    call.args[0].elts = [build(found[2], item, X=item) for item in items]
    return call


def _item(part: Any) -> Any:
    """An array or a number as it is, a slice as a range; None for what says how to join."""
    if isinstance(part, gast.Starred) or isinstance(part, gast.Constant) and isinstance(part.value, str):
        return None
    if not isinstance(part, gast.Slice):
        return part
    step = part.step
    if part.upper is None or isinstance(step, gast.Constant) and isinstance(step.value, complex):
        return None
    zero, one = [gast.copy_location(gast.Constant(k, None), part.upper) for k in (0, 1)]
    text = "?arange(A, B)" if step is None else "?arange(A, B, C)"
    return build(text, part.upper, A=part.lower or zero, B=part.upper, C=step or one)


SUBSCRIPTS.append(joined)
