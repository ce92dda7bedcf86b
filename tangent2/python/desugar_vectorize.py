"""`np.vectorize` with its function written out: called for every element."""
from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tangent2.python.desugar_partial import parameters
from tangent2.python.desugar_state import Desugaring, build, free_name, once
from tangent2.python.parts import walk
from tangent2.runtime.each import EACH


def vectorized(D: Desugaring, node: Any) -> Any:
    """`np.vectorize(f)` as a value: a lambda of as many arguments as `f` has; None for options that are not known.

    >>> node = gast.parse("np.vectorize(lambda a, b: a * b)").body[0].value
    >>> gast.unparse(vectorized(Desugaring({}.get), node)).replace("?", "")
    'lambda a0, a1: each2(lambda a, b: a * b, False, a0, a1)'
    """
    if not _is_plain(node):
        return None
    fn = node.args[0]
    known = parameters(D.resolve(fn))
    if isinstance(fn, gast.Lambda):
        count = len(fn.args.args) - len(fn.args.defaults)
    else:
        count = 1 if known is None else len(known[0]) - len(known[1])
    if not 0 < count <= len(EACH):
        return None
    taken = {n.id for n in walk(node) if isinstance(n, gast.Name)}
    names = [free_name(f"a{k}", taken) for k in range(count)]
    fn, before = once(fn)
    made = build(f"lambda {', '.join(names)}: A", node)
    made.body = _each(node, fn, _dtype(node), [build(name, node) for name in names])
    return before(made)


def called_at_once(D: Desugaring, node: Any) -> Any:
    """`np.vectorize(f)(x, y)`; the call itself if it is another one."""
    made = node.func
    if not isinstance(made, gast.Call) or D.resolve(made.func) is not np.vectorize or not _is_plain(made) \
            or not _takes(node):
        return node
    return _each(node, made.args[0], _dtype(made), node.args)


def vectorized_call(D: Desugaring, node: Any, obj: Any) -> Any:
    """The call of a known one, `@np.vectorize` before a function; None if it cannot be written out."""
    plain = not obj.excluded and obj.signature is None and not obj.cache
    if not plain or not _takes(node) or len(obj.otypes or "d") != 1:
        return None
    dtype = gast.Constant(np.dtype(obj.otypes[0]).name, None) if obj.otypes else None
    return _each(node, build("P.pyfunc", node, P=node.func), dtype, node.args)


def _is_plain(node: Any) -> bool:
    """Whether a call of `np.vectorize` gives a function and one type at most."""
    types = [k.value for k in node.keywords if k.arg == "otypes"]
    one = all(isinstance(t, (gast.List, gast.Tuple)) and len(t.elts) == 1 for t in types)
    known = all(k.arg in ("otypes", "doc") for k in node.keywords)
    return len(node.args) == 1 and not isinstance(node.args[0], gast.Starred) and one and known


def _takes(node: Any) -> bool:
    plain = not node.keywords and not any(isinstance(a, gast.Starred) for a in node.args)
    return plain and 0 < len(node.args) <= len(EACH)


def _dtype(node: Any) -> Any:
    types = [k.value.elts[0] for k in node.keywords if k.arg == "otypes"]
    return types[0] if types else None


def _each(node: Any, fn: Any, dtype: Any, args: list[Any]) -> Any:
    made = build(f"?each{len(args)}()", node)
    made.args = [fn, gast.copy_location(gast.Constant(dtype is not None, None), node), *args]
    return made if dtype is None else build("?asarray(A, dtype=D)", node, A=made, D=dtype)
