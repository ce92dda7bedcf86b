"""Methods of NumPy's ufuncs: `np.add.reduce(x)` is `np.sum(x, axis=0)`, `np.multiply.outer(a, b)` a product."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tangent2.python.desugar_state import PRELUDE, Desugaring, build

_REDUCED = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
_RUNNING = {np.add: np.cumsum, np.multiply: np.cumprod}
_BROADCAST = (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.hypot, np.arctan2,
              np.logaddexp, np.equal, np.less, np.less_equal, np.greater, np.greater_equal)


def reduced(D: Desugaring, node: Any) -> Any:
    """A reduction along one axis, the first unless another is named; None for arguments given in other ways.

    >>> node = gast.parse("add.reduce(x)").body[0].value
    >>> gast.unparse(reduced(Desugaring({"add": np.add}.get), node))
    '?np_sum(x, axis=0)'
    """
    ufunc = D.resolve(node.func.value)
    table = _REDUCED if node.func.attr == "reduce" else _RUNNING
    named = {k.arg: k for k in node.keywords}
    if not 1 <= len(node.args) <= 2 or None in named or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    if len(node.args) == 2:
        named["axis"] = gast.keyword("axis", node.args[1])
    elif "axis" not in named:
        named = {"axis": gast.keyword("axis", gast.copy_location(gast.Constant(0, None), node)), **named}
    call = build(f"?np_{table[ufunc].__name__}(X)", node, X=node.args[0])
    call.keywords = list(named.values())
    return call


def outer(D: Desugaring, node: Any) -> Any:
    """Every element of one array with every element of another; None for further arguments."""
    if len(node.args) != 2 or node.keywords or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    return build("?outer_by(lambda a, b: F(a, b), A, B)", node, F=node.func.value, A=node.args[0], B=node.args[1])


def of_dtype(D: Desugaring, node: Any) -> Any:
    """`np.add(x, y, dtype=d)` is `np.add` of its operands as arrays of that dtype; None if there is no such option.

    >>> node = gast.parse("add(x, y, dtype=d)").body[0].value
    >>> gast.unparse(of_dtype(Desugaring({"add": np.add}.get), node)).replace("?", "")
    'add(asarray(x, dtype=d), asarray(y, dtype=d))'
    """
    dtype = next((k.value for k in node.keywords if k.arg == "dtype"), None)
    ufunc = D.resolve(node.func)
    plain = {"d->d", "dd->d"} & set(getattr(ufunc, "types", ()))
    if dtype is None or not plain or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    args = [build("?asarray(X, dtype=T)", a, X=a, T=dtype) for a in node.args[:ufunc.nin]] + node.args[ufunc.nin:]
    rest = [k for k in node.keywords if k.arg != "dtype"]
    return gast.copy_location(gast.Call(node.func, args, rest), node)


PRELUDE.update({f"?np_{f.__name__}": f for f in (*_REDUCED.values(), *_RUNNING.values())})
UFUNCS: dict[Any, Callable[[Desugaring, Any], Any]] = {
    **{ufunc.reduce: reduced for ufunc in _REDUCED}, **{ufunc.accumulate: reduced for ufunc in _RUNNING},
    **{ufunc.outer: outer for ufunc in _BROADCAST},
}
