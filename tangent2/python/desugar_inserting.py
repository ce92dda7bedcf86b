"""`with insert_grad_of(x) as dx:`: the block becomes a function, through which the adjoint of `x` goes."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.python.desugar_exits import load, store
from tangent2.python.desugar_generators import located_new, own_parts
from tangent2.python.desugar_state import Desugaring
from tangent2.python.steps import refusal
from tangent2.runtime.inserting import insert_grad_of

_LEAVING = (gast.Return, gast.Yield, gast.YieldFrom, gast.Await, gast.Global, gast.Nonlocal)


def inserting(D: Desugaring, node: Any, item: Any, caught: bool | None) -> list[Any]:
    """The function that the block is, and `x` anew."""
    call, target = item.context_expr, item.optional_vars
    own = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if not isinstance(own, gast.Name) or not isinstance(target, gast.Name):
        return _refused(node, "`insert_grad_of` takes the name of a value, and gives its adjoint a name",
                        "write `with insert_grad_of(x) as dx:`")
    inner = own_parts(gast.FunctionDef("block", None, node.body, [], None, None, []))
    if any(isinstance(n, gast.With) and _inserts(D, n) for n in inner):
        return _refused(node, "blocks of `insert_grad_of` stand in one another", "write one after the other")
    if any(isinstance(n, _LEAVING) for n in inner) or _leaves(node.body):
        return _refused(node, "a block of `insert_grad_of` runs in the reverse sweep, where nothing is to be left",
                        "let it run to its end")
    name = f"insert {target.id}"        # which no name of the user's is
    param = gast.Name(target.id, gast.Param(), None, None)
    args = gast.arguments([param], [], None, [], [], None, [])
    made = gast.FunctionDef(name, args, [*node.body, gast.Return(load(target.id))], [], None, None, [])
    again = store(own.id, gast.Call(load("?inserted"), [load(name), load(own.id)], []))
    return [located_new(made, node), located_new(again, node)]


def _refused(node: Any, reason: str, advice: str) -> list[Any]:
    return [located_new(gast.Expr(refusal(reason, advice, node)), node)]


def _inserts(D: Desugaring, node: Any) -> bool:
    return any(isinstance(i.context_expr, gast.Call) and D.resolve(i.context_expr.func) is insert_grad_of
               for i in node.items)


def _leaves(stmts: list[Any]) -> bool:
    """Whether a `break` or `continue` leads out of statements."""
    for stmt in stmts:
        if isinstance(stmt, (gast.Break, gast.Continue)):
            return True
        parts = ("orelse",) if isinstance(stmt, (gast.For, gast.While)) else ("body", "orelse", "finalbody")
        if not isinstance(stmt, (gast.FunctionDef, gast.ClassDef)) and any(
                _leaves(getattr(stmt, part, [])) for part in parts):
            return True
    return False
