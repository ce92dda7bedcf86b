"""Statements that others express: `with`, decorated functions, loops over generators and numbers without end."""
from __future__ import annotations

import functools
import importlib
import itertools
from typing import Any

import gast

from tangent2.python.desugar_state import STARTS, STATEMENTS, UNKNOWN, Desugaring, build
from tangent2.python.desugar_generators import inlined_here, located_new, own_parts
from tangent2.python.desugar_runs import unrolled
from tangent2.python.desugar_try import ATTEMPTS
from tangent2.python.lower_names import free_names, scan
from tangent2.python.parts import walk


def _while(D: Desugaring, node: Any) -> None:
    node.body = _to_the_end(node.body)


def _to_the_end(stmts: list[Any]) -> list[Any]:
    """The body of a loop without `continue` at its end, where the iteration is over anyway."""
    last = stmts[-1] if stmts else None
    if isinstance(last, gast.Continue):
        return stmts[:-1] or [gast.copy_location(gast.Pass(), last)]
    if isinstance(last, gast.If):
        last.body, last.orelse = _to_the_end(last.body), _to_the_end(last.orelse)
    return stmts


def _for(D: Desugaring, node: Any) -> list[Any] | None:
    node.body = _to_the_end(node.body)
    call = node.iter
    if (found := unrolled(D, node)) is not None:
        return D.block(found)
    if not isinstance(call, gast.Call):
        return None
    if D.resolve(call.func) is itertools.count and not call.keywords:
        return D.block(_counting(node))
    found = inlined_here(D, node)
    return None if found is None else D.block(found)


def _counting(node: Any) -> list[Any]:
    """`for i in count(start, step)`."""
    start, step = (*node.iter.args, gast.Constant(0, None), gast.Constant(1, None))[:2] if len(node.iter.args) != 1 \
        else (node.iter.args[0], gast.Constant(1, None))
    name = f"?count#{node.lineno}.{node.col_offset}"

    def store(name: str, value: Any) -> Any:
        return gast.Assign([gast.Name(name, gast.Store(), None, None)], value, None)
    load = gast.Name(name, gast.Load(), None, None)
    first = store(name, start)
    held = [] if isinstance(step, gast.Constant) else [store(name + "s", step)]
    step = step if not held else gast.Name(name + "s", gast.Load(), None, None)
    following = build("A + B", node.iter, A=load, B=located_new(step, node.iter))
    body = [gast.Assign([node.target], load, None), store(name, following), *node.body]
    loop = gast.While(gast.Constant(True, None), body, node.orelse)
    return [located_new(s, node.iter) for s in (first, *held, loop)]


def _imports(D: Desugaring, node: Any) -> list[Any] | None:
    """`try: import a` ... `except ImportError`: what happens now."""
    names = [D.resolve(h.type) if h.type is not None else Exception for h in node.handlers]
    if not all(isinstance(s, (gast.Import, gast.ImportFrom)) for s in node.body) or not names or not all(
            n in (ImportError, ModuleNotFoundError, Exception) for n in names) or node.handlers[0].name:
        return None
    try:
        for stmt in node.body:
            for alias in stmt.names:
                module = importlib.import_module(stmt.module if isinstance(stmt, gast.ImportFrom) else alias.name)
                if isinstance(stmt, gast.ImportFrom):
                    getattr(module, alias.name)
    except (ImportError, AttributeError):
        return D.block([*node.handlers[0].body, *node.finalbody])
    return D.block([*node.body, *node.orelse, *node.finalbody])


# --- decorated functions ----------------------------------------------------------------------------------------------

def _decorated(D: Desugaring, node: Any) -> list[Any] | None:
    """A function inside with decorators: they are called; caches and `wraps` change no number."""
    if not node.decorator_list:
        return None
    kept = [d for d in node.decorator_list if not _is_plain(D, d)]
    if not kept:
        node.decorator_list = []
        return [D.visit(node)]
    name, inner = node.name, _fresh(D, node.name)
    if name in free_names(node):
        return None         # it calls what the decorator makes of it
    node.name, node.decorator_list = inner, []
    value = gast.Name(inner, gast.Load(), None, None)
    for decorator in reversed(kept):
        value = gast.Call(decorator, [value], [])
    target = gast.Name(name, gast.Store(), None, None)
    assigned = located_new(gast.Assign([target], value, None), kept[0])
    D.scopes[-1][inner] = UNKNOWN
    return D.block([node, assigned])


def _stripped(D: Desugaring, node: Any) -> Any:
    """A function whose inner functions have no decorators that change no number."""
    body = node.body if isinstance(node.body, list) else []
    bound = scan(body).bound
    for part in own_parts(node):
        if isinstance(part, gast.FunctionDef):
            part.decorator_list = [d for d in part.decorator_list if not _is_plain(D, d)
                                   or any(isinstance(n, gast.Name) and n.id in bound for n in walk(
                                       d.func if isinstance(d, gast.Call) else d))]
    return node


STARTS.insert(0, _stripped)


def _fresh(D: Desugaring, name: str) -> str:
    taken = {n.id for n in walk(D.function) if isinstance(n, gast.Name)} | set(D.taken)
    new = name + "_"
    while new in taken:
        new += "_"
    D.taken.add(new)
    return new


def _is_plain(D: Desugaring, node: Any) -> bool:
    obj = D.resolve(node.func if isinstance(node, gast.Call) else node)
    return any(obj is each for each in (functools.lru_cache, functools.cache, functools.wraps))


STATEMENTS[gast.For] = _for
STATEMENTS[gast.While] = _while
STATEMENTS[gast.FunctionDef] = _decorated
ATTEMPTS.append(_imports)
