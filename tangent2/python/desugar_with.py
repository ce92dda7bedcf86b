"""`with`: managers that are known are opened; of others the entry and the exit are kept as effects."""
from __future__ import annotations

import contextlib
import copy
import types
import warnings
from typing import Any

import gast
import numpy as np

from tangent2.errors import TangentError
from tangent2.python.desugar_exits import LEAVES, Leaving, load, store
from tangent2.python.desugar_generators import located_new, own_parts, same_names
from tangent2.python.desugar_inserting import inserting
from tangent2.python.desugar_managers import managed
from tangent2.python.desugar_state import STATEMENTS, UNKNOWN, Desugaring
from tangent2.python.desugar_try import WITH
from tangent2.python.fence import makes_errors
from tangent2.python.lower_names import parameters, scan
from tangent2.python.parts import walk
from tangent2.python.read import read
from tangent2.runtime.inserting import insert_grad_of


def with_statement(D: Desugaring, node: Any) -> list[Any] | None:
    """A `with` statement as what it holds."""
    found = managed(D, node) or opened(D, node, None)
    return None if found is None else D.block(found)


def opened(D: Desugaring, node: Any, caught: bool | None) -> list[Any] | None:
    """The statements of a `with`; `caught`: floating-point errors are caught around it; None: nothing is.

    None if a manager cannot be opened.
    """
    own = managed(D, node, tried=True) if caught is not None else None
    if own is not None:
        return own
    item = node.items[0]
    if len(node.items) > 1:
        inner = gast.copy_location(gast.With(node.items[1:], node.body), node)
        node = gast.copy_location(gast.With([item], [inner]), node)
    manager = item.context_expr
    obj = D.resolve(manager.func) if isinstance(manager, gast.Call) else UNKNOWN
    rule = next((rule for known, rule in _RULES if obj is known), None)
    if rule is None and isinstance(obj, types.FunctionType) and hasattr(obj, "__wrapped__"):
        rule = _generator
    found = (rule or _entered)(D, node, item, caught)
    return None if found is None else [located_new(s, node) for s in found or [gast.Pass()]]


# --- managers that are known ------------------------------------------------------------------------------------------

def _errstate(D: Desugaring, node: Any, item: Any, caught: bool | None) -> list[Any] | None:
    """`np.errstate`: errors that are raised are those of the function itself, not of its derivative."""
    options = {k.arg: getattr(k.value, "value", None) for k in item.context_expr.keywords}
    if item.context_expr.args or not all(isinstance(v, str) for v in options.values()) or item.optional_vars:
        return None
    for part in (n for s in node.body for n in walk(s)):
        part.errors = {**getattr(part, "errors", {}), **options}
    if "raise" not in options.values() or caught:
        return list(node.body)
    name = f"?failed#e{node.lineno}.{node.col_offset}"
    handler = gast.ExceptHandler(_known(D, "FloatingPointError"), gast.Name(name, gast.Store(), None, None),
                                 [gast.Raise(load(name), None)])
    return [gast.Try(node.body, [handler], [], [])]


def _known(D: Desugaring, name: str) -> Any:
    return load(name)


def _nothing(D: Desugaring, node: Any, item: Any, caught: bool | None) -> list[Any] | None:
    """`nullcontext(x)`."""
    call = item.context_expr
    given = call.args[0] if call.args else gast.Constant(None, None)
    if call.keywords:
        return None
    first = [] if item.optional_vars is None else [gast.Assign([item.optional_vars], given, None)]
    return [*first, *node.body]


def _quiet(D: Desugaring, node: Any, item: Any, caught: bool | None) -> list[Any] | None:
    """`warnings.catch_warnings()`: the derivative computes other things, and warns of what it likes."""
    if item.optional_vars is not None or item.context_expr.args or item.context_expr.keywords:
        return None
    inside = [n for s in node.body for n in walk(s) if _sets_filter(D, n)]
    if any(n not in node.body or makes_errors(warnings.simplefilter, n.value) for n in inside):
        return None
    return [s for s in node.body if not _sets_filter(D, s)]


def _sets_filter(D: Desugaring, stmt: Any) -> bool:
    obj = D.resolve(stmt.value.func) if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call) else None
    return obj is warnings.simplefilter or obj is warnings.filterwarnings


def _suppress(D: Desugaring, node: Any, item: Any, caught: bool | None) -> list[Any] | None:
    """`suppress(E)`: a handler that does nothing."""
    classes = item.context_expr.args
    if item.context_expr.keywords or item.optional_vars is not None or any(
            isinstance(c, gast.Starred) for c in classes):
        return None
    if not classes:
        return list(node.body)
    kind = classes[0] if len(classes) == 1 else gast.Tuple(classes, gast.Load())
    return [gast.Try(node.body, [gast.ExceptHandler(kind, None, [gast.Pass()])], [], [])]


_RULES: tuple[tuple[Any, Any], ...] = (
    (np.errstate, _errstate), (contextlib.nullcontext, _nothing), (warnings.catch_warnings, _quiet),
    (contextlib.suppress, _suppress), (insert_grad_of, inserting),
)


def _entered(D: Desugaring, node: Any, item: Any, caught: bool | None) -> list[Any] | None:
    """Another manager: it is entered, and left at each exit, and when the function is left by an exception."""
    guard = f"?guard#{node.lineno}.{node.col_offset}"
    first = [store(guard, gast.Call(load("?entered"), [item.context_expr], []))]
    if item.optional_vars is not None:
        first.append(gast.Assign([item.optional_vars], gast.Call(load("?held"), [load(guard)], []), None))
    last = [gast.Expr(gast.Call(load("?left"), [load(guard)], []))]
    if caught is not None:
        return [*first, gast.Try(node.body, [], [], last)]
    names = (f"{guard}.{k}" for k in range(1000))
    return [*first, *Leaving(last, lambda title: f"?{title}#w{next(names)[1:]}").block(node.body), *copy.deepcopy(last)]


# --- managers made of generators --------------------------------------------------------------------------------------

def _generator(D: Desugaring, node: Any, item: Any, caught: bool | None) -> list[Any] | None:
    """A function decorated with `contextmanager`: its body, with what `with` holds in the place of `yield`."""
    obj = D.resolve(item.context_expr.func)
    found = _body_of(D, obj, item.context_expr)
    if found is None:
        return None
    start, body = found
    yields = [n for s in body for n in walk(s) if isinstance(n, (gast.Yield, gast.YieldFrom))]
    if len(yields) != 1 or not isinstance(yields[0], gast.Yield):
        return None
    value = yields[0].value or gast.Constant(None, None)
    first = [] if item.optional_vars is None else [gast.Assign([item.optional_vars], value, None)]
    held = _Held(yields[0], [*first, *node.body])
    made = held.block(body)
    leaves = any(isinstance(n, LEAVES) for s in node.body for n in walk(s))
    if not held.done or leaves and held.followed:
        return None
    return [*start, *made]


def _body_of(D: Desugaring, obj: Any, call: Any) -> tuple[list[Any], list[Any]] | None:
    """What binds the parameters of a function, and its body, under names of its own."""
    fn = obj.__wrapped__
    if not isinstance(fn, types.FunctionType) or call.keywords or fn.__closure__:
        return None
    try:
        made = copy.deepcopy(read(fn).node)
    except TangentError:
        return None
    params = [p.id for p in parameters(made.args)]
    if len(call.args) != len(params) or any(isinstance(a, gast.Starred) for a in call.args) or any(
            isinstance(n, gast.Return) for n in own_parts(made)):
        return None
    if not same_names(D, fn, made):
        return None
    D.inlined.append(fn)
    own = {*params, *scan(made.body).bound}
    for part in (n for s in made.body for n in walk(s)):
        if isinstance(part, gast.Name) and part.id in own:
            part.id = f"?{part.id}#w{call.lineno}.{call.col_offset}"
        gast.copy_location(part, call)
    start = [store(f"?{p}#w{call.lineno}.{call.col_offset}", a) for p, a in zip(params, call.args)]
    body = [s for s in made.body if not (isinstance(s, gast.Expr) and isinstance(s.value, gast.Constant))]
    return start, body


class _Held:
    """Puts statements in the place of `yield`; `followed`: something comes after it that is no `finally`."""

    def __init__(self, node: Any, stmts: list[Any]) -> None:
        self.node, self.stmts = node, stmts
        self.done = self.followed = False

    def block(self, stmts: list[Any]) -> list[Any]:
        found: list[Any] = []
        for k, stmt in enumerate(stmts):
            if isinstance(stmt, gast.Expr) and stmt.value is self.node:
                self.done = True
                self.followed = self.followed or k + 1 < len(stmts)
                found += self.stmts
            else:
                if isinstance(stmt, (gast.Try, gast.If, gast.With)):
                    before = self.done
                    for part in ("body", "orelse"):
                        if hasattr(stmt, part):
                            setattr(stmt, part, self.block(getattr(stmt, part)))
                    self.followed |= self.done and not before and (k + 1 < len(stmts) or bool(getattr(
                        stmt, "orelse", None)))
                found.append(stmt)
        return found


STATEMENTS[gast.With] = with_statement
WITH.append(opened)
