"""Generators: a loop over one is the body of that, with the loop's in the place of `yield`; else it is a list."""
from __future__ import annotations

import copy
import inspect
import types
from typing import Any

import gast

from tangent2.errors import TangentError
from tangent2.python.desugar_state import KNOWN, STARTS, Desugaring, build, located
from tangent2.python.fence import draws
from tangent2.python.lower_names import free_names, parameters, scan
from tangent2.python.parts import children, walk
from tangent2.python.read import read
from tangent2.python.steps import refusal

_ITEMS = "?items"
_FUNCTIONS = (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)
_LOOPS = (gast.For, gast.While)
_BARRED = (gast.Return, gast.YieldFrom, gast.Try, gast.With, gast.Nonlocal, gast.Global)


class Generator:
    """A generator function that is known: its syntax tree, and whether it is defined in the function at hand."""

    def __init__(self, node: Any, inner: bool) -> None:
        self.node, self.inner = node, inner


class Several:
    """One of several generator functions, or of other things, that a name stands for."""


def own_parts(node: Any) -> list[Any]:
    """All nodes of a function that are not of functions inside of it."""
    found: list[Any] = []
    pending = list(node.body) if isinstance(node.body, list) else [node.body]
    while pending:
        part = pending.pop()
        found.append(part)
        if not isinstance(part, _FUNCTIONS):
            pending += children(part)
    return found


def is_generator(node: Any) -> bool:
    """Whether a function yields."""
    return any(isinstance(n, (gast.Yield, gast.YieldFrom)) for n in own_parts(node))


def generator_of(obj: Any) -> Generator | None:
    """What a call of an object would run, if that is a generator."""
    if isinstance(obj, Generator):
        return obj
    if not isinstance(obj, types.FunctionType) or not inspect.isgeneratorfunction(obj):
        return None
    try:
        return Generator(read(obj).node, False)
    except TangentError:
        return None


def as_list(node: Any) -> Any:
    """A generator function as one that returns the list of what it yields.

    >>> f = gast.parse("def f(x):\\n for v in x:\\n  yield v * v").body[0]
    >>> print(gast.unparse(as_list(f)).replace("?", ""))
    def f(x):
        items = []
        for v in x:
            items.append(v * v)
        return items
    """
    body = _Appending().block(node.body)
    items = gast.Name(_ITEMS, gast.Store(), None, None)
    first = located(gast.Assign([items], gast.List([], gast.Load()), None), node.body[0])
    last = located(gast.Return(gast.Name(_ITEMS, gast.Load(), None, None)), node.body[-1])
    node.body = [first, *body, last]
    return node


class _Appending(gast.NodeTransformer):
    """Statements that yield, as ones that append; others that yield are left, and refused later."""

    def block(self, stmts: list[Any]) -> list[Any]:
        return [self.visit(s) for s in stmts]

    def _function(self, node: Any) -> Any:
        return node

    visit_FunctionDef = visit_Lambda = visit_AsyncFunctionDef = _function

    def visit_Expr(self, node: Any) -> Any:
        value = node.value
        if isinstance(value, gast.Yield):
            item = value.value or gast.Constant(None, None)
            return located_new(gast.Expr(build("?items.append(X)", node, X=item)), node)
        if isinstance(value, gast.YieldFrom):
            each = gast.Name("?each", gast.Store(), None, None)
            push = gast.Expr(build("?items.append(?each)", node))
            return located_new(gast.For(each, value.value, [located_new(push, node)], [], None), node)
        return node

    def visit_Return(self, node: Any) -> Any:
        if node.value is None:
            node.value = gast.copy_location(gast.Name(_ITEMS, gast.Load(), None, None), node)
        return node


def located_new(node: Any, place: Any) -> Any:
    """Give the nodes that have no place yet that of another."""
    for part in walk(node):
        if getattr(part, "lineno", None) is None:
            gast.copy_location(part, place)
    return node


# --- loops over generators ------------------------------------------------------------------------------------------

def inlined_here(D: Desugaring, loop: Any) -> list[Any] | None:
    """The same as `inlined`, under names that the function at hand does not have."""
    taken = {n.id for n in walk(D.function) if isinstance(n, gast.Name)} | set(D.taken)
    found = inlined(D, loop, taken)
    D.taken |= taken if found is not None else set()
    return found


def inlined(D: Desugaring, loop: Any, taken: set[str]) -> list[Any] | None:
    """A loop over a generator as the body of that, where it has one `yield` and the exits of the loop fit."""
    call = loop.iter
    found = generator_of(D.resolve(call.func)) if isinstance(call, gast.Call) else None
    if found is None or loop.orelse or call.keywords or any(isinstance(a, gast.Starred) for a in call.args):
        return None
    if not found.inner and not same_names(D, D.resolve(call.func), found.node):
        return None
    if not found.inner:
        D.inlined.append(D.resolve(call.func))
    node = copy.deepcopy(found.node)
    values = _values(node, call)
    if values is None or not _fits(node, loop.body):
        return None
    names = [p.id for p in parameters(node.args)]
    own = {*names, *scan(node.body).bound}
    new = {name: fresh_name(name, taken) for name in own}
    for part in walk(node):
        if isinstance(part, gast.Name) and part.id in new:
            part.id = new[part.id]
        elif isinstance(part, gast.FunctionDef) and part.name in new:
            part.name = new[part.name]
    start = [located_new(gast.Assign([gast.Name(new[n], gast.Store(), None, None)], v, None), loop.iter)
             for n, v in zip(names, values)]
    body = [s for s in node.body if not isinstance(s, gast.Expr) or not isinstance(s.value, gast.Constant)]
    stmts = start + [_Placing(loop).visit(s) for s in body]
    if not found.inner:     # errors point to where the loop stands, whose file is the one that is lowered
        for stmt in stmts[len(start):]:
            _relocate(stmt, loop)
    return [p for s in stmts for p in (s if isinstance(s, list) else [s])]


def _relocate(node: Any, loop: Any) -> None:
    kept = {id(n) for s in (*loop.body, loop.target) for n in walk(s)}
    for part in walk(node):
        if id(part) not in kept:
            gast.copy_location(part, loop.iter)


def fresh_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def same_names(D: Desugaring, fn: Any, node: Any) -> bool:
    """Whether the free names of a generator mean the same where it is called."""
    if fn.__closure__:
        return False
    free = free_names(node)
    return not any(name in scope for name in free for scope in D.scopes) and all(
        D.lookup(name) is fn.__globals__.get(name, D.lookup(name)) for name in free)


def _values(node: Any, call: Any) -> list[Any] | None:
    args = node.args
    if args.vararg or args.kwarg or args.kwonlyargs:
        return None
    count = len(args.posonlyargs) + len(args.args)
    missing = count - len(call.args)
    if missing < 0 or missing > len(args.defaults):
        return None
    defaults = args.defaults[len(args.defaults) - missing:] if missing else []
    if not all(isinstance(d, gast.Constant) for d in defaults):
        return None
    return [*call.args, *defaults]


def _fits(node: Any, body: list[Any]) -> bool:
    """Whether the body of a loop may stand for the only `yield` of a generator."""
    parts = own_parts(node)
    yields = [n for n in parts if isinstance(n, gast.Yield)]
    if len(yields) != 1 or any(isinstance(n, _BARRED) for n in parts):
        return False
    path = _path(node.body, yields[0])
    if path is None:
        return False
    loops = [block[k] for block, k in path if isinstance(block[k], _LOOPS)]
    leaves = exits(body)
    if gast.Break in leaves and (len(loops) != 1 or path[0][1] != len(path[0][0]) - 1 or loops[0].orelse):
        return False
    inside = path[-1:] if not loops else path[[block[k] for block, k in path].index(loops[-1]) + 1:]
    return gast.Continue not in leaves or bool(loops) and all(k == len(block) - 1 for block, k in inside)


def _path(block: list[Any], wanted: Any) -> list[tuple[list[Any], int]] | None:
    """The blocks, and the places in them, that lead to the statement which is a `yield`."""
    for k, stmt in enumerate(block):
        if isinstance(stmt, gast.Expr) and stmt.value is wanted:
            return [(block, k)]
        for field in ("body", "orelse"):
            inner = getattr(stmt, field, None)
            if isinstance(inner, list) and not isinstance(stmt, _FUNCTIONS):
                found = _path(inner, wanted)
                if found is not None:
                    return [(block, k), *found]
    return None


def exits(body: list[Any]) -> set[type]:
    """How a body leaves the loop around it: `break`, `continue`."""
    found: set[type] = set()
    for stmt in body:
        if isinstance(stmt, (gast.Break, gast.Continue)):
            found.add(type(stmt))
        elif isinstance(stmt, _LOOPS):
            found |= exits(stmt.orelse)
        elif not isinstance(stmt, _FUNCTIONS):
            for field in ("body", "orelse", "finalbody"):
                if isinstance(getattr(stmt, field, None), list):
                    found |= exits(getattr(stmt, field))
            for case in (*getattr(stmt, "cases", ()), *getattr(stmt, "handlers", ())):
                found |= exits(case.body)
    return found


class _Placing(gast.NodeTransformer):
    """Puts the target and the body of a loop in the place of `yield`."""

    def __init__(self, loop: Any) -> None:
        self.loop = loop

    def _function(self, node: Any) -> Any:
        return node

    visit_FunctionDef = visit_Lambda = _function

    def visit_Expr(self, node: Any) -> Any:
        if not isinstance(node.value, gast.Yield):
            return node
        value = node.value.value or gast.copy_location(gast.Constant(None, None), node)
        return [gast.copy_location(gast.Assign([self.loop.target], value, None), self.loop.iter), *self.loop.body]


def endless(node: Any) -> bool:
    """Whether a generator surely has no end of its own."""
    parts = own_parts(node)
    return not any(isinstance(n, gast.Return) for n in parts) and any(
        isinstance(n, gast.While) and isinstance(n.test, gast.Constant) and n.test.value
        and gast.Break not in exits(n.body) for n in parts)


def mark(D: Desugaring, call: Any, obj: Any) -> Any:
    """Note at a call of a generator what it reads while it runs, and whether it has an end; a refusal, or None."""
    if isinstance(obj, Several):
        return refusal(f"`{gast.unparse(call.func).strip()}` is a generator, and gets another meaning",
                       "give each generator a name of its own", call)
    found = generator_of(obj)
    if found is not None:
        call.lazy = free_names(found.node) if found.inner else frozenset()
        call.endless = endless(found.node)
        call.draws = draws(found.node.body)
    return None


def _listed(D: Desugaring, node: Any) -> Any:
    return as_list(node) if is_generator(node) else node


def _known(body: list[Any]) -> dict[str, Any]:
    """The generators that a body defines, in its blocks too; of a name with several meanings it is not known which."""
    parts = [part for stmt in body for part in (stmt, *_inside(stmt))]
    defined = [p for p in parts if isinstance(p, gast.FunctionDef) and is_generator(p)]
    bound = [n.id for n in parts if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)]
    bound += [p.name for p in parts if isinstance(p, (gast.FunctionDef, gast.ClassDef))]
    return {d.name: Generator(copy.deepcopy(d), True) if bound.count(d.name) == 1 else Several() for d in defined}


def _inside(node: Any) -> list[Any]:
    """The nodes of a statement that are not of functions or classes in it."""
    if isinstance(node, (*_FUNCTIONS, gast.ClassDef)):
        return []
    return [each for child in children(node) for each in (child, *_inside(child))]


STARTS.append(_listed)
KNOWN.append(_known)
