"""Functions that make functions with a state, and other names of functions: both put in sight of the calls.

`count = counter(k)`, where `counter` defines and returns a function that assigns by `nonlocal`, is the body of
`counter` under names of its own.  `g = f` for a function defined here is `f` itself.
"""
from __future__ import annotations

import copy
import types
from typing import Any

import gast

from tangent2.errors import TangentError
from tangent2.python.desugar_generators import fresh_name, located_new, own_parts, same_names
from tangent2.python.desugar_state import STARTS, Desugaring
from tangent2.python.lower_names import parameters, scan
from tangent2.python.parts import walk
from tangent2.python.read import read


def makers(D: Desugaring, node: Any) -> Any:
    """A function in which functions with a state are made in sight."""
    if not isinstance(node.body, list):
        return node
    taken = {n.id for n in walk(node) if isinstance(n, gast.Name)} | set(D.taken)
    names: dict[str, str] = {}
    node.body = _block(D, node, node.body, taken, names)
    D.taken |= set(names.values())
    if names:
        node.body = [s for s in node.body if not _is_done(node, s)]
    names.update(_others(node))
    if names:
        _Naming(names).generic_visit(node)
    return node


def _is_done(node: Any, stmt: Any) -> bool:
    """Whether a statement defines a maker that nobody calls any more."""
    if not isinstance(stmt, gast.FunctionDef) or stmt.decorator_list or not _keeps_state(stmt):
        return False
    given = all(isinstance(d, gast.Constant) for d in (*stmt.args.defaults, *stmt.args.kw_defaults) if d is not None)
    return given and not any(isinstance(n, gast.Name) and n.id == stmt.name for n in walk(node))


def _block(D: Desugaring, node: Any, stmts: list[Any], taken: set[str], names: dict[str, str]) -> list[Any]:
    found: list[Any] = []
    for stmt in stmts:
        made = None
        parts = _apart(stmt)
        several = [_made(D, node, each, taken, names) for each in parts]
        made = several[-1]
        if all(each is None for each in several):
            parts, several = [stmt], [None]
        for each, body in zip(parts, several):
            found += [each] if body is None else body
        if made is None and not isinstance(stmt, gast.FunctionDef):
            for part in ("body", "orelse"):
                if isinstance(getattr(stmt, part, None), list):
                    setattr(stmt, part, _block(D, node, getattr(stmt, part), taken, names))
    return found


def _apart(stmt: Any) -> list[Any]:
    """`a, b = f(x), f(y)` as two assignments, where no target is read."""
    if not isinstance(stmt, gast.Assign) or len(stmt.targets) != 1 or not isinstance(stmt.targets[0], gast.Tuple) \
            or not isinstance(stmt.value, gast.Tuple) or len(stmt.targets[0].elts) != len(stmt.value.elts):
        return [stmt]
    targets, values = stmt.targets[0].elts, stmt.value.elts
    plain = all(isinstance(t, gast.Name) for t in targets) and all(isinstance(v, gast.Call) for v in values)
    bound = {getattr(t, "id", None) for t in targets}
    if not plain or any(isinstance(n, gast.Name) and n.id in bound for v in values for n in walk(v)):
        return [stmt]
    return [gast.copy_location(gast.Assign([t], v, None), stmt) for t, v in zip(targets, values)]


def _made(D: Desugaring, node: Any, stmt: Any, taken: set[str], names: dict[str, str]) -> list[Any] | None:
    """The body of a maker in the place of its call; `names`: what names of functions are now."""
    if not isinstance(stmt, gast.Assign) or len(stmt.targets) != 1 or not isinstance(stmt.value, gast.Call):
        return None
    targets = stmt.targets[0].elts if isinstance(stmt.targets[0], gast.Tuple) else stmt.targets
    if not all(isinstance(t, gast.Name) and _bound_once(node, t.id) for t in targets):
        return None
    maker = _maker(D, node, stmt.value)
    if maker is None:
        return None
    results = maker.body[-1].value
    given = [n.id for n in (results.elts if isinstance(results, gast.Tuple) else [results])]
    if len(given) != len(targets):
        return None
    params = [p.id for p in parameters(maker.args)]
    new = {name: fresh_name(name, taken) for name in dict.fromkeys((*params, *scan(maker.body).bound))}
    body = [_Naming(new).visit(s) for s in maker.body[:-1]]
    names.update({t.id: new[n] for t, n in zip(targets, given)})
    values = zip(params, _arguments(maker, stmt.value) or ())
    start = [gast.Assign([gast.Name(new[p], gast.Store(), None, None)], v, None) for p, v in values]
    for part in (n for s in body for n in walk(s)):
        gast.copy_location(part, stmt)
    return [located_new(s, stmt) for s in (*start, *body)]


def _bound_once(node: Any, name: str) -> bool:
    return sum(isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load)
               for n in walk(node)) == 1


def _arguments(maker: Any, call: Any) -> list[Any] | None:
    """The values of all parameters, in order."""
    args = maker.args
    if args.vararg or args.kwarg or args.kwonlyargs or any(isinstance(a, gast.Starred) for a in call.args):
        return None
    names = [p.id for p in parameters(args)]
    given = dict(zip(names, call.args))
    given.update({k.arg: k.value for k in call.keywords})
    for name, default in zip(names[len(names) - len(args.defaults):], args.defaults):
        if isinstance(default, gast.Constant):
            given.setdefault(name, default)
    fits = len(call.args) + len(call.keywords) <= len(names) and set(given) == set(names)
    return [given[n] for n in names] if fits else None


def _maker(D: Desugaring, node: Any, call: Any) -> Any:
    """The function that a call runs, if it defines and returns functions that assign by `nonlocal`."""
    found = None
    obj = D.resolve(call.func)
    local = [n for n in node.body if isinstance(n, gast.FunctionDef) and n.name == getattr(call.func, "id", None)]
    if len(local) == 1 and sum(isinstance(n, gast.Name) and n.id == local[0].name and not isinstance(
            n.ctx, gast.Load) for n in walk(node)) == 0:
        found = copy.deepcopy(local[0])
    elif not local and isinstance(obj, types.FunctionType):
        try:
            found = copy.deepcopy(read(obj).node)
        except TangentError:
            return None
        if not isinstance(found.body, list) or not same_names(D, obj, found):
            return None
        D.inlined.append(obj)
    if found is None or found.decorator_list or _arguments(found, call) is None:
        return None
    return found if _keeps_state(found) else None


def _keeps_state(maker: Any) -> bool:
    *rest, last = maker.body
    results = getattr(last, "value", None) if isinstance(last, gast.Return) else None
    results = results.elts if isinstance(results, gast.Tuple) else [results]
    inner = {s.name: s for s in rest if isinstance(s, gast.FunctionDef)}
    if not all(isinstance(r, gast.Name) and r.id in inner for r in results):
        return False
    exits = any(isinstance(n, (gast.Return, gast.Yield, gast.YieldFrom)) for n in own_parts(maker) if n is not last)
    return not exits and any(isinstance(n, gast.Nonlocal) for s in inner.values() for n in walk(s))


def _others(node: Any) -> dict[str, str]:
    """Other names of functions that are defined here: `g = f`, both bound once."""
    inner = {s.name for s in node.body if isinstance(s, gast.FunctionDef) and not s.decorator_list}
    params = {p.id for p in parameters(node.args)}
    found: dict[str, str] = {}
    for stmt in list(node.body):
        if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name) \
                and isinstance(stmt.value, gast.Name) and stmt.value.id in inner - params:
            name = stmt.targets[0].id
            defined = sum(isinstance(n, gast.FunctionDef) and n.name == stmt.value.id for n in walk(node))
            again = any(isinstance(n, gast.Name) and n.id == stmt.value.id and not isinstance(n.ctx, gast.Load)
                        for n in walk(node))
            if _bound_once(node, name) and defined == 1 and not again and name not in params:
                found[name] = stmt.value.id
                node.body.remove(stmt)
    return found


class _Naming(gast.NodeTransformer):
    """Other names for what a function binds, in the functions inside of it as well."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: Any) -> Any:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_Nonlocal(self, node: Any) -> Any:
        node.names = [self.names.get(n, n) for n in node.names]
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        node.name = self.names.get(node.name, node.name)
        return self._inside(node)

    def visit_Lambda(self, node: Any) -> Any:
        return self._inside(node)

    def _inside(self, node: Any) -> Any:
        body = node.body if isinstance(node.body, list) else []
        declared = {n for s in body for part in walk(s) if isinstance(part, gast.Nonlocal) for n in part.names}
        own = {p.id for p in parameters(node.args)} | (set(scan(body).bound) - declared)
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
        inner = _Naming({old: new for old, new in self.names.items() if old not in own})
        node.body = [inner.visit(s) for s in body] if body else inner.visit(node.body)
        return node


STARTS.insert(0, makers)
