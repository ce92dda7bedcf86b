"""`np.piecewise` with its conditions and functions written out."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.python.desugar_state import Desugaring, build
from tangent2.runtime.pieces import PIECES


def piecewise(D: Desugaring, node: Any) -> Any:
    """A call of one of `PIECES`; None if it is not known which function goes with which condition.

    >>> node = gast.parse("np.piecewise(x, [x < 0], [f, 1.0])").body[0].value
    >>> gast.unparse(piecewise(Desugaring({}.get), node)).replace("?", "")
    'pieces1(x, x < 0, f, 1.0)'
    """
    if len(node.args) != 3 or node.keywords or not isinstance(node.args[2], (gast.List, gast.Tuple)):
        return None
    x, given, functions = node.args[0], node.args[1], node.args[2].elts
    conditions = given.elts if isinstance(given, (gast.List, gast.Tuple)) else [given]
    sure = isinstance(given, (gast.List, gast.Tuple, gast.Compare))
    count = len(conditions)
    parts = (*conditions, *functions)
    if not sure or not 0 < count <= len(PIECES) or any(isinstance(part, gast.Starred) for part in parts):
        return None
    if len(functions) == count:
        parts = (*parts, gast.copy_location(gast.Constant(0.0, None), node))
    elif len(functions) != count + 1:
        return None
    call = build(f"?pieces{count}(X)", node, X=x)
    call.args += parts
    return call
