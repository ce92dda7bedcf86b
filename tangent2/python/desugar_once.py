"""Iterators that get a name and are used up once: the expression is moved to where that happens."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.python.desugar_state import Desugaring
from tangent2.python.lower_names import free_names, reads, scan
from tangent2.python.parts import walk

_NESTED = (gast.FunctionDef, gast.Lambda)
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


def move_to_use(node: Any, D: Desugaring) -> None:
    """Move the iterators of a function, and of those in it, to the one place where each is read.

    >>> f = gast.parse("def f(x):\\n g = (v * v for v in x)\\n return sum(g)").body[0]
    >>> move_to_use(f, Desugaring(lambda name: None))
    >>> gast.unparse(f).splitlines()[1].strip()
    'return sum((v * v for v in x))'
    """
    if not isinstance(node.body, list):
        return
    names = [n for stmt in node.body for n in walk(stmt) if isinstance(n, gast.Name)]
    loads: dict[str, int] = {}
    stores: dict[str, int] = {}
    for name in names:
        table = loads if isinstance(name.ctx, gast.Load) else stores
        table[name.id] = table.get(name.id, 0) + 1
    once = {n for n in loads if loads[n] == 1 and stores.get(n) == 1}
    _block(node.body, once, D)


def _block(stmts: list[Any], once: set[str], D: Desugaring) -> None:
    for stmt in stmts:
        if isinstance(stmt, gast.FunctionDef):
            move_to_use(stmt, D)
            continue
        for field in ("body", "orelse"):
            if isinstance(getattr(stmt, field, None), list):
                _block(getattr(stmt, field), once, D)
    k = 0
    while k < len(stmts):
        if _is_iterator(stmts[k], once, D) and _moved(stmts, k):
            del stmts[k]
        else:
            k += 1


def _is_iterator(stmt: Any, once: set[str], D: Desugaring) -> bool:
    if not (isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name)):
        return False
    value = stmt.value
    if stmt.targets[0].id not in once:
        return False
    if not isinstance(value, (gast.GeneratorExp, gast.Call)):
        return False
    at_once = [value.generators[0].iter] if isinstance(value, gast.GeneratorExp) else value.args
    if any(isinstance(n, gast.Call) and isinstance(n.func, gast.Attribute) for a in at_once for n in walk(a)):
        return False        # who knows what it changes: it is not moved
    if isinstance(value, gast.GeneratorExp):
        return True
    obj = D.lookup(value.func.id) if isinstance(value, gast.Call) and isinstance(value.func, gast.Name) else None
    return obj is not None and any(obj is each for each in (map, filter, zip, enumerate, reversed))


def _moved(stmts: list[Any], k: int) -> bool:
    """Put the iterator in the place of its name, if nothing that it reads may change until it is used up."""
    name, value = stmts[k].targets[0].id, stmts[k].value
    free = _free(value)
    at_once = [value.generators[0].iter] if isinstance(value, gast.GeneratorExp) else value.args
    computed = not all(isinstance(a, (gast.Name, gast.Attribute, gast.Lambda)) for a in at_once)
    for later in stmts[k + 1:]:
        found = _place(later, name)
        if found is not None:
            if free & frozenset(scan([later]).touched):
                return False
            holder, field, at = found
            if at is None:
                setattr(holder, field, value)
            else:
                getattr(holder, field)[at] = value
            return True
        if computed and scan([later]).changed:      # by another name, perhaps
            return False
        if name in reads(later) or free & frozenset(scan([later]).touched) or isinstance(later, gast.FunctionDef):
            return False
    return False


def _free(value: Any) -> frozenset[str]:
    found = reads(value)
    for part in walk(value):
        if isinstance(part, gast.Lambda):
            found |= free_names(part)
    return found


def _place(stmt: Any, name: str) -> tuple[Any, str, int | None] | None:
    """Where an expression that a statement evaluates once reads a name."""
    heads = [stmt] if not isinstance(getattr(stmt, "body", None), list) else []
    if isinstance(stmt, gast.For):
        if isinstance(stmt.iter, gast.Name) and stmt.iter.id == name:
            return stmt, "iter", None
        heads = [stmt.iter]
    return next((f for f in (_find(h, name) for h in heads) if f is not None), None)


def _find(node: Any, name: str) -> tuple[Any, str, int | None] | None:
    if isinstance(node, _COMPREHENSIONS):       # what the first loop runs over is evaluated once
        return _find_in(node.generators[0], name, ("iter",))
    return _find_in(node, name, node._fields)


def _find_in(node: Any, name: str, fields: tuple[str, ...]) -> tuple[Any, str, int | None] | None:
    for field in fields:
        part = getattr(node, field, None)
        items = part if isinstance(part, list) else [part]
        for k, item in enumerate(items):
            if isinstance(item, gast.Name) and item.id == name and isinstance(item.ctx, gast.Load):
                return node, field, k if isinstance(part, list) else None
            if isinstance(item, gast.AST) and not isinstance(item, _NESTED):
                found = _find(item, name)
                if found is not None:
                    return found
    return None
