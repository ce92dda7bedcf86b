"""Methods that change a container and get a name, or are handed on: their calls name the container again."""
from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import gast
import numpy as np

from tangent2.python.desugar_state import Desugaring, build
from tangent2.python.lower_names import root_name, scan
from tangent2.python.parts import walk

CHANGING = frozenset((
    "append", "pop", "insert", "extend", "remove", "reverse", "sort", "clear", "update", "setdefault", "popitem",
    "fill", "put", "partition", "appendleft", "popleft", "extendleft", "rotate", "add", "discard"))
_NAMED = CHANGING | {"get", "index", "count", "dot"}
_OF_ONE = ("append", "extend", "remove", "appendleft", "extendleft", "add", "discard", "update")
_FUNCTIONS = (gast.FunctionDef, gast.Lambda)
_TYPES = (list, dict, set, np.ndarray)


def name_containers(node: Any, D: Desugaring, is_method: Callable[[str], bool] = lambda name: False) -> None:
    r"""Write calls of `put = xs.append` and of `list.append` as calls of `xs.append`, and `f(xs.append)` with a lambda.

    Names that are methods of the user's own classes are left to those: what an object is, is not known here.

    >>> f = gast.parse("def f(v, xs):\n put = xs.append\n put(v)\n list.append(xs, v)\n each(xs.append, v)").body[0]
    >>> name_containers(f, Desugaring({"list": list}.get))
    >>> [gast.unparse(s) for s in f.body]
    ['xs.append(v)', 'xs.append(v)', 'each(lambda v: xs.append(v), v)']
    """
    if isinstance(node.body, list):
        _block(node.body, node, is_method("sort"))
    nodes, of_one = walk(node), [name for name in _OF_ONE if not is_method(name)]
    own = {n.id for n in nodes if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    inside = own.union([n.name for n in nodes if isinstance(n, gast.FunctionDef)])

    def handed(a: Any) -> Any:
        of_module = isinstance(a, gast.Attribute) and root_name(a) not in own and isinstance(
            D.resolve(a.value), ModuleType)
        return a if of_module else _handed(a, of_one)       # `operator.add` is no method of a set
    for part in nodes:
        if isinstance(part, gast.Call):
            _of_type(part, own, D)
            _list_first(part, of_one, inside)
            part.args = [handed(a) for a in part.args]
            for keyword in part.keywords:
                keyword.value = handed(keyword.value)


def _list_first(call: Any, of_one: list[str], inside: set[str]) -> None:
    """`xs.extend(v for v in ys)` is that of a list, where the generator cannot see how `xs` grows."""
    func, args = call.func, call.args
    if not isinstance(func, gast.Attribute) or func.attr != "extend" or func.attr not in of_one or len(args) != 1 or (
            not isinstance(args[0], gast.GeneratorExp)):
        return
    parts = walk(args[0])
    called = {root_name(n.func) for n in parts if isinstance(n, gast.Call)}
    if not called & inside and root_name(func) not in {n.id for n in parts if isinstance(n, gast.Name)}:
        call.args = [gast.copy_location(gast.ListComp(args[0].elt, args[0].generators), args[0])]
        call.args[0].late = True


def _of_type(call: Any, own: set[str], D: Desugaring) -> None:
    """`list.append(xs, v)` is `xs.append(v)`."""
    func = call.func
    if isinstance(func, gast.Attribute) and func.attr in CHANGING and root_name(func) not in own and any(
            D.resolve(func.value) is t for t in _TYPES) and call.args and not isinstance(call.args[0], gast.Starred):
        call.func = build(f"X.{func.attr}", func, X=call.args[0])
        del call.args[0]


def _block(stmts: list[Any], function: Any, own_sort: bool) -> None:
    for stmt in stmts:
        inner = stmt if isinstance(stmt, gast.FunctionDef) else function
        for field in ("body", "orelse", "finalbody"):
            if isinstance(getattr(stmt, field, None), list):
                _block(getattr(stmt, field), inner, own_sort)
    stmts[:] = stmts if own_sort else map(_sorted_by_key, stmts)
    k = 0
    while k < len(stmts):
        if _is_method(stmts[k]) and (calls := _calls(stmts[k], stmts[k + 1:], function)) is not None:
            method, owner = stmts[k].value, _owner(stmts[k].value, function)
            for call in calls:
                call.func = build(f"{owner}.{method.attr}", call.func)
            stmts[k:k + 1] = [] if isinstance(method.value, gast.Name) else [
                gast.copy_location(gast.Assign([_stored(owner)], method.value, None), stmts[k])]
        else:
            k += 1


def _sorted_by_key(stmt: Any) -> Any:
    """`xs.sort(key=f)` is `xs[:] = sorted(xs, key=f)`."""
    call = stmt.value if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call) else None
    if call is None or call.args or not isinstance(call.func, gast.Attribute) or call.func.attr != "sort" or (
            not _is_path(call.func.value)) or "key" not in {k.arg for k in call.keywords}:
        return stmt
    place, value = build("X[:]", stmt, X=call.func.value), build("sorted(X)", stmt, X=call.func.value)
    place.ctx, value.keywords = gast.Store(), call.keywords
    return gast.copy_location(gast.Assign([place], value, None), stmt)


def _owner(method: Any, function: Any) -> str:
    """The name that calls of a method name: that of its container, or a new one for an attribute."""
    if isinstance(method.value, gast.Name):
        return str(method.value.id)
    name, taken = method.value.attr, {n.id for n in walk(function) if isinstance(n, gast.Name)}
    while name in taken:
        name += "_"
    return str(name)


def _stored(name: str) -> Any:
    return gast.Name(name, gast.Store(), None, None)


def _is_method(stmt: Any) -> bool:
    """Whether a statement gives a method of a named container a name."""
    return isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name) and (
        isinstance(stmt.value, gast.Attribute) and stmt.value.attr in _NAMED and _is_path(stmt.value.value))


def _is_path(node: Any) -> bool:
    """Whether an expression is a name, or an attribute of one."""
    return isinstance(node, gast.Name) or isinstance(node, gast.Attribute) and _is_path(node.value)


def _calls(stmt: Any, later: list[Any], function: Any) -> list[Any] | None:
    """The calls of the method that a statement names; None if it may be another one, or is not only called."""
    name, owner = stmt.targets[0].id, getattr(stmt.value.value, "id", None)
    nodes = walk(function)
    uses = [n for n in nodes if isinstance(n, gast.Name) and n.id == name]
    calls = [n for s in later for n in walk(s) if isinstance(n, gast.Call) and getattr(n.func, "id", "") == name]
    changed = any(isinstance(n, gast.Attribute) and n.attr == stmt.value.attr and not isinstance(n.ctx, gast.Load)
                  for n in nodes)
    outer = any(isinstance(n, (gast.Global, gast.Nonlocal)) and {name, owner} & {*n.names} for n in nodes)
    if not calls or changed or outer or len(uses) != len(calls) + 1 or owner in scan(later).bound:
        return None
    bound = sum(n.id == owner and not isinstance(n.ctx, gast.Load) for n in nodes if isinstance(n, gast.Name))
    return calls if bound < 2 or not _is_inside(name, later) else None      # a function may be called later on


def _is_inside(name: str, stmts: list[Any]) -> bool:
    """Whether functions that statements define read a name."""
    return any(isinstance(f, _FUNCTIONS) and name in {getattr(n, "id", "") for n in walk(f)}
               for s in stmts for f in walk(s))


def _handed(node: Any, of_one: list[str]) -> Any:
    if not isinstance(node, gast.Attribute) or node.attr not in of_one or not _is_path(node.value):
        return node
    name = "v_" if any(getattr(n, "id", "") == "v" for n in walk(node)) else "v"
    return build(f"lambda {name}: X.{node.attr}({name})", node, X=node.value)
