"""`with` over objects of the user's classes: `__enter__` and `__exit__` around a block, however that is left."""
from __future__ import annotations

import copy
import types
from collections.abc import Iterator
from typing import Any

import gast

from tangent2.core.objects import MISSING, is_user_class, member
from tangent2.errors import TangentError
from tangent2.python.desugar_exits import Leaving, load, store
from tangent2.python.desugar_generators import located_new, own_parts
from tangent2.python.desugar_state import Desugaring, build
from tangent2.python.parts import walk
from tangent2.python.read import read

_FUNCTIONS = (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)


def managed(D: Desugaring, node: Any, tried: bool = False) -> list[Any] | None:
    """The statements that a `with` over calls of the user's classes is; None if it is another one.

    `tried`: it stands in a `try` block, so that exceptions do not surely leave the function.

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
    for item in reversed(node.items):
        swallows = _swallows(_class_of(D, item.context_expr))
        body = _guarded(item, body, node, swallows) if tried or swallows else _around(item, body, node)
        tried = tried or swallows
    return body


def _class_of(D: Desugaring, node: Any) -> Any:
    """The class whose call makes a manager, which may have a name; None for others."""
    if isinstance(node, gast.Name):
        node = _bound_to(D, node.id)
    return D.resolve(node.func) if isinstance(node, gast.Call) else None


def _bound_to(D: Desugaring, name: str) -> Any:
    """What a name of the function is bound to, if that is one expression."""
    stmts = [n for n in own_parts(D.function) if isinstance(n, gast.Assign)]
    found = [n.value for n in stmts if len(n.targets) == 1 and getattr(n.targets[0], "id", None) == name]
    every = [n for n in walk(D.function) if isinstance(n, gast.Name) and n.id == name]
    return found[0] if len(found) == 1 and sum(not isinstance(n.ctx, gast.Load) for n in every) == 1 else None


def _is_own(D: Desugaring, node: Any) -> bool:
    cls = _class_of(D, node)
    return is_user_class(cls) and member(cls, "__enter__") is not MISSING and member(cls, "__exit__") is not MISSING


def _swallows(cls: Any) -> bool:
    """Whether `__exit__` may say that an exception is dealt with."""
    exit = member(cls, "__exit__")
    try:
        parts = own_parts(read(exit).node) if isinstance(exit, types.FunctionType) else None
    except TangentError:
        parts = None
    return parts is None or any(
        isinstance(n, gast.Return) and n.value is not None and not (
            isinstance(n.value, gast.Constant) and not n.value.value) for n in parts)


def _leaves(stmts: list[Any], in_loop: bool = False) -> Iterator[bool]:
    """Whether the statements of a block may leave it before its end."""
    for stmt in stmts:
        if isinstance(stmt, _FUNCTIONS):
            continue
        leaves = isinstance(stmt, (gast.Break, gast.Continue)) and not in_loop
        yield leaves or isinstance(stmt, gast.Return)
        inner = in_loop or isinstance(stmt, (gast.For, gast.While))
        for name in ("body", "orelse", "finalbody"):
            yield from _leaves(getattr(stmt, name, None) or [], inner)


def _entering(item: Any, place: Any) -> tuple[list[Any], Any]:
    """What makes and enters a manager, and a read of it."""
    expr = item.context_expr
    name = expr.id if isinstance(expr, gast.Name) else f"?manager#{expr.lineno}.{expr.col_offset}"
    entered = build("M.__enter__()", expr, M=load(name))
    first = gast.Expr(entered) if item.optional_vars is None else gast.Assign([item.optional_vars], entered, None)
    made = [] if isinstance(expr, gast.Name) else [located_new(gast.copy_location(store(name, expr), place), expr)]
    return [*made, gast.copy_location(first, place)], located_new(load(name), expr)


def _names(expr: Any) -> Any:
    """What gives names of our own, for the values that are handed back."""
    numbers = iter(range(1000))
    return lambda title: f"?{title}#{expr.lineno}.{expr.col_offset}" + (f".{k}" if (k := next(numbers)) else "")


def _around(item: Any, body: list[Any], place: Any) -> list[Any]:
    """A block that no exception leaves but that of the function as a whole."""
    first, manager = _entering(item, place)
    expr = item.context_expr
    left = gast.copy_location(gast.Expr(build("M.__exit__(None, None, None)", expr, M=manager)), place)
    if any(_leaves(body)):
        ends = isinstance(body[-1], (gast.Return, gast.Break, gast.Continue))
        body = [located_new(s, expr) for s in Leaving([left], _names(expr)).block(body)]
        return [*first, *body, *([] if ends else [copy.deepcopy(left)])]
    return [*first, *body, left]


def _guarded(item: Any, body: list[Any], place: Any, swallows: bool) -> list[Any]:
    """A block whose exceptions `__exit__` is told of."""
    first, manager = _entering(item, place)
    expr = item.context_expr
    left = gast.copy_location(gast.Expr(build("M.__exit__(None, None, None)", expr, M=manager)), place)
    name = f"?failed#{expr.lineno}.{expr.col_offset}"
    told = build("M.__exit__(type(E), E, None)", expr, M=manager, E=load(name))
    again = gast.Raise(load(name), None)
    answer = [gast.If(gast.UnaryOp(gast.Not(), told), [again], [])] if swallows else [gast.Expr(told), again]
    handler = gast.ExceptHandler(load("BaseException"), gast.Name(name, gast.Store(), None, None), answer)
    body = Leaving([left], _names(expr)).block(body)
    made = gast.Try(body, [handler], [copy.deepcopy(left)], [])
    return [*first, gast.copy_location(located_new(made, expr), place)]
