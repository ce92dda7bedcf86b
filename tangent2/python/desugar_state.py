"""The state of desugaring one function, and the tables by which it finds what rewrites calls, names and statements.

What a call means is decided by the object that its name stands for outside of the function; names of the function
itself, and of those around it, are never taken for it.
"""
from __future__ import annotations

import copy
import importlib
import types
from collections.abc import Callable, Container, Mapping
from typing import Any

import gast
import numpy as np

from tangent2.core.objects import has_method
from tangent2.python.lower_names import parameters, scan, target_names
from tangent2.python.parts import walk
from tangent2.runtime import sequences
from tangent2.runtime.attempts import caught, entered, held, instance, iterable, left, unfailing
from tangent2.runtime.inserting import inserted

UNKNOWN = object()
PRELUDE: dict[str, Any] = {f"?{fn.__name__}": fn for fn in sequences.READ}      # names under which lowering finds them
PRELUDE.update({f"?{fn.__name__}": fn for fn in (
    caught, entered, held, inserted, instance, iterable, left, unfailing, list, tuple, dict, set, zip, len, abs,
    isinstance, hasattr, range, KeyError, np.concatenate, np.column_stack, np.atleast_1d, np.arange, np.asarray)})
Lookup = Callable[[str], Any]
_MODULES = ("operator", "_operator", "functools", "_functools", "itertools")


def build(text: str, place: Any, *meant: str, **parts: Any) -> Any:
    """An expression from its text, in which names are replaced by nodes, at the place of another.

    What the text itself binds is bound to no name of the nodes, unless that is `meant`.

    >>> x = gast.parse("a + b").body[0].value
    >>> gast.unparse(build("f(X, X)", x, X=x))
    'f(a + b, a + b)'
    >>> gast.unparse(build("lambda a: a * X", x, X=x)), gast.unparse(build("lambda a: a * X", x, "a", X=x))
    ('lambda a_: a_ * (a + b)', 'lambda a: a * (a + b)')
    """
    node = gast.parse(text.replace("?", "__p_")).body[0].value
    bound = _bound(node) - {*meant, *parts}
    if bound:
        taken = {n.id for part in parts.values() for n in walk(part) if isinstance(n, gast.Name)}
        for name in bound & taken:
            _rename(node, name, free_name(name, taken | bound))
    located(node, place)
    return _Filling(parts).visit(node)


def once(made: Any) -> tuple[Any, Callable[[Any], Any]]:
    """An expression whose text is to run several times, or later: a name of its own, if it calls something.

    The second result has that name bound before another expression, which is evaluated once, and now.

    >>> f, x = gast.parse("make(k)").body[0].value, gast.parse("x").body[0].value
    >>> name, before = once(f)
    >>> gast.unparse(before(build("(F(v) for v in X)", x, "v", F=name, X=x))).replace("?", "")
    '((once#1.0 := make(k)), (once#1.0(v) for v in x))[-1]'
    """
    own = walk(made) if not isinstance(made, gast.Lambda) else [
        n for d in (*made.args.defaults, *made.args.kw_defaults) if d is not None for n in walk(d)]
    if not any(isinstance(n, (gast.Call, gast.NamedExpr)) for n in own):
        return made, lambda whole: whole
    name = f"?once#{made.lineno}.{made.col_offset}"

    def before(whole: Any) -> Any:
        target = gast.copy_location(gast.Name(name, gast.Store(), None, None), made)
        return build("((H := F), X)[-1]", made, H=target, F=made, X=whole)
    return gast.copy_location(gast.Name(name, gast.Load(), None, None), made), before


def free_name(name: str, taken: Container[str]) -> str:
    """A name like this one that is not taken."""
    return name if name not in taken else free_name(name + "_", taken)


def _bound(node: Any) -> set[str]:
    """The names that lambdas and comprehensions bind."""
    places = [n.args if isinstance(n, gast.Lambda) else n.target for n in walk(node)
              if isinstance(n, (gast.Lambda, gast.comprehension))]
    return {n.id for place in places for n in walk(place) if isinstance(n, gast.Name)
            and not isinstance(n.ctx, gast.Load)}


def _rename(node: Any, name: str, other: str) -> None:
    for n in walk(node):
        if isinstance(n, gast.Name) and n.id == name:
            n.id = other


def located(node: Any, place: Any) -> Any:
    """Give a node, and all in it, the place of another."""
    for part in walk(node):
        gast.copy_location(part, place)
    return node


class _Filling(gast.NodeTransformer):
    def __init__(self, parts: dict[str, Any]) -> None:
        self.parts = parts

    def visit_Name(self, node: Any) -> Any:
        if node.id.startswith("__p_"):
            node.id = "?" + node.id[4:]
            return node
        found = self.parts.get(node.id)
        return node if found is None else copy.deepcopy(found)


class Desugaring(gast.NodeTransformer):
    """`scopes`: names of the functions and comprehensions around; `consumed`: nodes that are used up at once."""

    def __init__(self, lookup: Lookup, recognise: Callable[[Any], Any] = lambda obj: None,
                 provide: Callable[[str, Any], None] = lambda name, obj: None,
                 space: Mapping[Any, Any] = types.MappingProxyType({})) -> None:
        self.lookup, self.recognise, self.provide, self.space = lookup, recognise, provide, space
        self.function: Any = None
        self.inlined: list[Any] = []        # functions whose text was put into this one
        self.taken: set[str] = set()        # names given to what was put into the function
        self.scopes: list[dict[str, Any]] = []
        self.consumed: dict[int, Any] = {}       # by identity; kept, so that no other node gets it

    # ---- what names are ----

    def is_method(self, name: str) -> bool:
        """Whether a class of the user's has a method of a name."""
        return has_method(self.space, name)

    def resolve(self, node: Any) -> Any:
        """The object an expression is known to be, or `UNKNOWN`."""
        if isinstance(node, gast.Name):
            for scope in reversed(self.scopes):
                if node.id in scope:
                    return scope[node.id]
            return self.lookup(node.id)
        if isinstance(node, gast.Attribute):
            base = self.resolve(node.value)
            if isinstance(base, (types.ModuleType, type, np.ufunc)):
                return getattr(base, node.attr, UNKNOWN)
        return UNKNOWN

    def has_rule(self, obj: Any) -> bool:
        """Whether somebody declared a rule for what would be rewritten."""
        return getattr(obj, "__module__", None) in _MODULES and self.recognise(obj) is not None

    def _function(self, node: Any) -> Any:
        outer, self.function = self.function, node
        for start in STARTS:
            node = start(self, node)
        body = node.body if isinstance(node.body, list) else []
        names = dict.fromkeys([p.id for p in parameters(node.args)], UNKNOWN)
        names.update(dict.fromkeys(scan(body).bound, UNKNOWN))
        names.update(_imported(body))
        for known in KNOWN:
            names.update(known(body))
        if getattr(node, "decorator_list", None):
            node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
        self.scopes.append(names)
        if body:
            node.body = self.block(body)
        else:
            node.body = self.visit(node.body)
        self.scopes.pop()
        self.function = outer
        return node

    visit_FunctionDef = visit_Lambda = _function

    def block(self, stmts: list[Any]) -> list[Any]:
        """The statements that some become."""
        found: list[Any] = []
        for stmt in stmts:
            rule = STATEMENTS.get(type(stmt))
            new = None if rule is None else rule(self, stmt)
            if new is not None:
                found += new
                continue
            self._consume(stmt)
            for field in ("body", "orelse", "finalbody"):
                if isinstance(getattr(stmt, field, None), list) and not isinstance(stmt, gast.FunctionDef):
                    setattr(stmt, field, self.block(getattr(stmt, field)))
            found.append(self._parts(stmt) if not isinstance(stmt, gast.FunctionDef) else self.visit(stmt))
        return found

    def _parts(self, stmt: Any) -> Any:
        """Visit the expressions of a statement."""
        for field in stmt._fields:
            part = getattr(stmt, field, None)
            if isinstance(part, gast.AST):
                setattr(stmt, field, self.visit(part))
            elif isinstance(part, list) and field not in ("body", "orelse", "finalbody"):
                setattr(stmt, field, [self.visit(p) if isinstance(p, gast.AST) else p for p in part])
        value = getattr(stmt, "value", None)
        if isinstance(value, gast.GeneratorExp) and isinstance(stmt, gast.Assign) and not isinstance(
                stmt.targets[0], gast.Name):
            stmt.value = gast.copy_location(gast.ListComp(value.elt, value.generators), value)
        return stmt

    def _consume(self, stmt: Any) -> None:
        if isinstance(stmt, gast.For):
            self.use_up(stmt.iter)
        elif isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Tuple, gast.List)):
            self.use_up(stmt.value)

    def use_up(self, *nodes: Any) -> None:
        """Note that nodes are used up at once."""
        self.consumed.update((id(node), node) for node in nodes)

    # ---- expressions ----

    def visit_Starred(self, node: Any) -> Any:
        self.use_up(node.value)
        value = node.value
        if isinstance(value, gast.GeneratorExp):
            node.value = gast.copy_location(gast.ListComp(value.elt, value.generators), value)
        return self.generic_visit(node)

    def _comprehension(self, node: Any) -> Any:
        if (made := TURNS[1](self, node)) is not None:
            return self.visit(made)
        names: dict[str, Any] = {}
        for k, generator in enumerate(node.generators):
            self.use_up(generator.iter)
            if k == 0:
                generator.iter = self.visit(generator.iter)
            names.update(dict.fromkeys(target_names(generator.target), UNKNOWN))
        self.scopes.append(names)
        for k, generator in enumerate(node.generators):
            if k:
                generator.iter = self.visit(generator.iter)
            generator.ifs = [self.visit(c) for c in generator.ifs]
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                setattr(node, field, self.visit(getattr(node, field)))
        self.scopes.pop()
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Dict(self, node: Any) -> Any:
        """`{**d, "a": x}` is `d | {"a": x}`."""
        node = self.generic_visit(node)
        if None not in node.keys:
            return node
        parts: list[Any] = []
        for key, value in zip(node.keys, node.values):
            if key is None:
                parts.append(value)
            elif parts and isinstance(parts[-1], gast.Dict) and getattr(parts[-1], "grown", False):
                parts[-1].keys.append(key)
                parts[-1].values.append(value)
            else:
                parts.append(gast.copy_location(gast.Dict([key], [value]), node))
                parts[-1].grown = True
        whole = parts[0] if len(parts) > 1 else build("?dict(X)", node, X=parts[0])
        for part in parts[1:]:
            whole = gast.copy_location(gast.BinOp(whole, gast.BitOr(), part), node)
        return whole

    def visit_Steps(self, node: Any) -> Any:
        node.body, node.value = self.block(node.body), self.visit(node.value)
        return node

    def visit_Call(self, node: Any) -> Any:
        made = TURNS[0](self, node)
        return CALLS[0](self, node) if made is None else self.visit(made)

    def _name(self, node: Any) -> Any:
        return VALUES[0](self, node)

    def visit_Name(self, node: Any) -> Any:
        return self._name(node) if isinstance(node.ctx, gast.Load) else node

    def visit_Subscript(self, node: Any) -> Any:
        found = next((new for rule in SUBSCRIPTS if (new := rule(self, node)) is not None), None)
        return self.generic_visit(node) if found is None else self.visit(found)

    def visit_Attribute(self, node: Any) -> Any:
        new = self._name(node) if isinstance(node.ctx, gast.Load) else node
        return self.generic_visit(node) if new is node else new


Rewrite = Callable[[Desugaring, Any], Any]
CALLS: list[Rewrite] = []           # of calls, and of names that are not called
VALUES: list[Rewrite] = []
SUBSCRIPTS: list[Rewrite] = []
MAPPINGS: dict[Any, Rewrite] = {}       # what `map` and its like are as generator expressions
TURNS: list[Rewrite] = []           # of calls that take items one by one, and of comprehensions
STARTS: list[Rewrite] = []          # of functions, before their scope is known
KNOWN: list[Callable[[list[Any]], dict[str, Any]]] = []     # what names in a body are known to be
STATEMENTS: dict[type, Callable[[Desugaring, Any], list[Any] | None]] = {}


def _imported(body: list[Any]) -> dict[str, Any]:
    """Modules, and what is in them, that a function imports itself under names it binds once."""
    found: dict[str, Any] = {}
    count: dict[str, int] = {}
    for node in (n for stmt in body for n in walk(stmt)):
        if isinstance(node, (gast.Import, gast.ImportFrom)) and not getattr(node, "level", 0):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                found[name] = _import(node, alias)
        elif isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            count[node.id] = 1
    return {name: value for name, value in found.items() if name not in count}


def _import(node: Any, alias: Any) -> Any:
    try:
        if isinstance(node, gast.ImportFrom):
            return getattr(importlib.import_module(node.module), alias.name, UNKNOWN)
        return importlib.import_module(alias.name if alias.asname else alias.name.split(".")[0])
    except ImportError:
        return UNKNOWN
