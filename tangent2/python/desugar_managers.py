"""`with` over objects of the user's classes: `__enter__`, and `__exit__` at the end of a block and at its exits."""
from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import gast

from tangent2.core.objects import MISSING, is_user_class, member
from tangent2.python.desugar_exits import Leaving
from tangent2.python.desugar_generators import located_new, own_parts
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
    if any(_raises(body)):
        return None
    for item in reversed(node.items):
        body = _around(item, body, node)
    return body


def _is_own(D: Desugaring, node: Any) -> bool:
    if isinstance(node, gast.Name):
        node = _bound_to(D, node.id)
    cls: Any = D.resolve(node.func) if isinstance(node, gast.Call) else None
    return is_user_class(cls) and member(cls, "__enter__") is not MISSING and member(cls, "__exit__") is not MISSING


def _bound_to(D: Desugaring, name: str) -> Any:
    """What a name of the function is bound to, if that is one expression."""
    stmts = [n for n in own_parts(D.function) if isinstance(n, gast.Assign)]
    found = [n.value for n in stmts if len(n.targets) == 1 and getattr(n.targets[0], "id", None) == name]
    every = [n for n in gast.walk(D.function) if isinstance(n, gast.Name) and n.id == name]
    return found[0] if len(found) == 1 and sum(not isinstance(n.ctx, gast.Load) for n in every) == 1 else None


def _raises(stmts: list[Any]) -> Iterator[bool]:
    """Whether the statements of a block may raise themselves: `__exit__` would be told of it."""
    for stmt in stmts:
        if isinstance(stmt, _FUNCTIONS):
            continue
        yield isinstance(stmt, gast.Raise)
        for name in ("body", "orelse", "finalbody"):
            yield from _raises(getattr(stmt, name, None) or [])


def _around(item: Any, body: list[Any], place: Any) -> list[Any]:
    expr = item.context_expr
    name = expr.id if isinstance(expr, gast.Name) else f"?manager#{expr.lineno}.{expr.col_offset}"
    load = gast.Name(name, gast.Load(), None, None)

    def store(target: Any, value: Any) -> Any:
        return gast.copy_location(gast.Assign([target], value, None), place)
    made = store(gast.Name(name, gast.Store(), None, None), expr)
    entered = build("M.__enter__()", expr, M=load)
    first = gast.copy_location(gast.Expr(entered), place) if item.optional_vars is None else store(
        item.optional_vars, entered)
    left = gast.copy_location(gast.Expr(build("M.__exit__(None, None, None)", expr, M=load)), place)
    names = (f"{expr.lineno}.{expr.col_offset}.{k}" for k in range(1000))
    ends = isinstance(body[-1], (gast.Return, gast.Break, gast.Continue))
    body = Leaving([left], lambda title: f"?{title}#{next(names)}").block(body)
    start = [first] if isinstance(expr, gast.Name) else [made, first]
    return [located_new(s, expr) for s in (*start, *body, *([] if ends else [copy.deepcopy(left)]))]
