"""`with` over objects of the user's classes: `__enter__` and `__exit__` around a block that reaches its end."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from tangent2.core.objects import MISSING, is_user_class, member
from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_state import Desugaring, build

_FUNCTIONS = (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)


def managed(D: Desugaring, node: Any) -> list[Any] | None:
    """The statements that a `with` over calls of the user's classes is; None if it is another one.

    >>> import textwrap
    >>> class Scope:
    ...     __module__ = "model"
    ...     def __enter__(self): return self
    ...     def __exit__(self, *args): pass
    >>> f = gast.parse("def f(x):\\n with Scope(x) as s:\\n  y = s.k").body[0]
    >>> for s in managed(Desugaring({"Scope": Scope}.get), f.body[0]): print(gast.unparse(s).strip())
    ?manager#2.6 = Scope(x)
    s = ?manager#2.6.__enter__()
    y = s.k
    ?manager#2.6.__exit__(None, None, None)
    """
    if not all(_is_own(D, item.context_expr) for item in node.items):
        return None
    body = node.body
    if any(_leaves(body[:-1])) or not isinstance(body[-1], gast.Return) and any(_leaves(body[-1:])):
        return None
    for item in reversed(node.items):
        body = _around(item, body, node)
    return body


def _is_own(D: Desugaring, node: Any) -> bool:
    cls: Any = D.resolve(node.func) if isinstance(node, gast.Call) else None
    return is_user_class(cls) and member(cls, "__enter__") is not MISSING and member(cls, "__exit__") is not MISSING


def _leaves(stmts: list[Any], in_loop: bool = False) -> Iterator[bool]:
    """Whether the statements of a block may leave it before its end."""
    for stmt in stmts:
        if isinstance(stmt, _FUNCTIONS):
            continue
        leaves = isinstance(stmt, (gast.Break, gast.Continue)) and not in_loop
        yield leaves or isinstance(stmt, (gast.Return, gast.Raise))
        inner = in_loop or isinstance(stmt, (gast.For, gast.While))
        for name in ("body", "orelse", "finalbody"):
            yield from _leaves(getattr(stmt, name, None) or [], inner)


def _around(item: Any, body: list[Any], place: Any) -> list[Any]:
    expr = item.context_expr
    name = f"?manager#{expr.lineno}.{expr.col_offset}"
    load = gast.Name(name, gast.Load(), None, None)

    def store(target: Any, value: Any) -> Any:
        return gast.copy_location(gast.Assign([target], value, None), place)
    made = store(gast.Name(name, gast.Store(), None, None), expr)
    entered = build("M.__enter__()", expr, M=load)
    first = gast.copy_location(gast.Expr(entered), place) if item.optional_vars is None else store(
        item.optional_vars, entered)
    left = gast.copy_location(gast.Expr(build("M.__exit__(None, None, None)", expr, M=load)), place)
    if not isinstance(body[-1], gast.Return):
        return [located_new(s, expr) if s is made else s for s in (made, first, *body, left)]
    result = f"?result#{expr.lineno}.{expr.col_offset}"
    value = body[-1].value or gast.Constant(None, None)
    kept = store(gast.Name(result, gast.Store(), None, None), value)
    back = gast.copy_location(gast.Return(gast.Name(result, gast.Load(), None, None)), body[-1])
    return [located_new(s, expr) for s in (made, first)] + [*body[:-1], located_new(kept, expr), left,
                                                             located_new(back, expr)]
