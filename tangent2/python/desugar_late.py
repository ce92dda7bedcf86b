"""Late binding: what a function inside captured and another value may take its place, is given at each of its calls.

Such a function is kept, in a list or elsewhere, and nobody knows which calls are its own: so each call of a function
value is given these names as they are then, under names of ours, and only a function that has them as parameters takes
them (`analysis/late_names.py`).  In a comprehension all functions see the last item.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from tangent2.core.latebinding import late
from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_state import Desugaring, build
from tangent2.python.lower_functions import may_follow, sites_of
from tangent2.python.lower_names import NameSet, free_names, parameters, scan, target_names
from tangent2.python.parts import children, walk

_FUNCTIONS = (gast.FunctionDef, gast.Lambda)
_KEEPING = frozenset({"append", "insert", "add", "setdefault"})


def bind_late(node: Any, D: Desugaring) -> None:
    """Let the functions inside that are kept be given what gets another value after they are made.

    >>> text = "def f(x):\\n fs = []\\n for k in range(3): fs.append(lambda v: v * k)\\n return fs[0](x)"
    >>> f = gast.parse(text).body[0]
    >>> bind_late(f, Desugaring(lambda name: None))
    >>> print(gast.unparse(f).replace("?", "").replace("#", "_"))
    def f(x):
        fs = []
        for k in range(3):
            fs.append(lambda v, *, k_late: v * k_late)
        return fs[0](x, k_late=k)
    """
    if not isinstance(node.body, list):
        return
    _Items(D).block(node.body)
    kept: dict[str, list[Any]] = {}
    own = {p.id for p in parameters(node.args)} | set(scan(node.body).bound)
    names = {part.name for part, _ in _own_parts(node, frozenset()) if isinstance(part, gast.FunctionDef)}
    for function, around in _kept(node):
        for key in _rebound(node, function, own - around - names):
            kept.setdefault(key, []).append(function)
    for key, functions in kept.items():
        for function in functions:
            _open(function, key)
    _give(node, kept, own)


# ------------------------------------------------------------------------------------------------- which functions


def _kept(node: Any) -> list[tuple[Any, NameSet]]:
    """The functions inside that live on in a container or an attribute, by themselves or by their names.

    With each, the names that comprehensions around it bind.
    """
    names: dict[str, tuple[Any, NameSet]] = {}
    found: dict[int, tuple[Any, NameSet]] = {}
    parts = list(_own_parts(node, frozenset()))
    for part, around in parts:
        if isinstance(part, gast.FunctionDef) and not part.decorator_list:
            names[part.name] = part, around
        elif isinstance(part, gast.Assign) and isinstance(part.value, gast.Lambda) and len(part.targets) == 1 \
                and isinstance(part.targets[0], gast.Name):
            names[part.targets[0].id] = part.value, around
    for part, around in parts:
        inner = around | _targets(part)
        for each in _keeps(part):
            function, own = names.get(each.id, (None, around)) if isinstance(each, gast.Name) else (each, inner)
            if isinstance(function, _FUNCTIONS):
                found[id(function)] = function, own
    return list(found.values())


def _targets(node: Any) -> NameSet:
    """The names that a comprehension or a lambda binds."""
    if isinstance(node, gast.Lambda):
        return frozenset([p.id for p in parameters(node.args)])
    return frozenset([n for each in getattr(node, "generators", ()) for n in target_names(each.target)])


def _keeps(node: Any) -> Iterator[Any]:
    """The expressions whose value a container or an attribute holds from now on."""
    if isinstance(node, gast.Set) or isinstance(node, (gast.List, gast.Tuple)) and isinstance(node.ctx, gast.Load):
        yield from node.elts
    elif isinstance(node, gast.Dict):
        yield from node.values
    elif isinstance(node, (gast.ListComp, gast.SetComp, gast.GeneratorExp)):
        yield node.elt
    elif isinstance(node, gast.DictComp):
        yield node.value
    elif isinstance(node, gast.Assign) and not isinstance(node.targets[0], gast.Name):
        yield node.value
    elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in _KEEPING:
        yield from node.args


def _rebound(node: Any, function: Any, own: set[str]) -> list[str]:
    """What a function captured that may get another value later, and that it does not change itself."""
    args, facts = function.args, scan(function.body if isinstance(function.body, list) else [function.body])
    taken = {n.id for n in walk(function) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    nested = any(isinstance(n, (*_FUNCTIONS, gast.Nonlocal)) for n in walk(function) if n is not function)
    if args.vararg or args.kwarg or nested:
        return []
    free = (free_names(function) & own) - taken - set(facts.given) - set(facts.stored)
    return sorted(key for key in free if any(may_follow(site, function) for site in _sites(node, key)))


def _sites(node: Any, key: str) -> list[Any]:
    """The statements that give a name another value, or write to what it stands for by another name."""
    copied = scan(node.body).copied
    others, pending = {key}, [key]
    while pending:
        name = pending.pop()
        found = {new for new, old in copied if old == name} | {old for new, old in copied if new == name}
        pending += found - others
        others |= found
    return sites_of(node.body, key) + [site for name in others - {key} for site in sites_of(node.body, name, True)]


def _open(function: Any, key: str) -> None:
    """Give a function a parameter for a name that it captured."""
    name = late(key)
    body = function.body if isinstance(function.body, list) else [function.body]
    for part in body:
        for n in walk(part):
            if isinstance(n, gast.Name) and n.id == key:
                n.id = name
    function.args.kwonlyargs.append(located_new(gast.Name(name, gast.Param(), None, None), function))
    function.args.kw_defaults.append(None)


# ----------------------------------------------------------------------------------------------------- their calls


def _give(node: Any, kept: dict[str, list[Any]], own: set[str]) -> None:
    """Hand the names to each call, after one of the functions is made, of a function that is no name from outside."""
    for call, loops, around in list(_calls(node.body, (), frozenset())) if kept else ():
        starred = any(isinstance(a, gast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        outside = isinstance(call.func, gast.Name) and call.func.id not in own | around
        if starred or outside or isinstance(call.func, gast.Attribute):
            continue
        for key, functions in kept.items():
            if key not in around and any(may_follow((call, loops), function) for function in functions):
                value = located_new(gast.Name(key, gast.Load(), None, None), call)
                call.keywords.append(located_new(gast.keyword(late(key), value), call))


def _calls(stmts: list[Any], loops: tuple[Any, ...], around: NameSet) -> Iterator[tuple[Any, tuple[Any, ...], NameSet]]:
    """The calls of a function itself, and of lambdas that are used up at once: each with the loops around it, and with
    the names that comprehensions and lambdas around it bind.
    """
    for node in stmts:
        if isinstance(node, _FUNCTIONS):
            continue
        outer = (*loops, node) if isinstance(node, (gast.For, gast.While)) else loops
        if isinstance(node, gast.Call):
            yield node, loops, around
            for each in node.args if not list(_keeps(node)) else ():
                if isinstance(each, gast.Lambda):
                    yield from _calls([each.body], loops, around | _targets(each))
        yield from _calls(list(children(node)), outer, around | _targets(node))


def _own_parts(node: Any, around: NameSet) -> Iterator[tuple[Any, NameSet]]:
    """The parts of a function that belong to no function inside of it, and these functions; see `_calls`."""
    for child in children(node):
        yield child, around
        if not isinstance(child, _FUNCTIONS):
            yield from _own_parts(child, around | _targets(child))


# --------------------------------------------------------------------------------------------------- comprehensions


class _Items:
    """Comprehensions that make functions of their item: the items are listed first, and the last is what all see."""

    def __init__(self, D: Desugaring) -> None:
        self.D = D

    def block(self, stmts: list[Any]) -> None:
        for k in reversed(range(len(stmts))):
            stmt = stmts[k]
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(stmt, field, None)
                if isinstance(inner, list) and not isinstance(stmt, _FUNCTIONS):
                    self.block(inner)
            if isinstance(stmt, (gast.Assign, gast.Return)):
                stmts[k:k] = self.listed(stmt.value)

    def listed(self, made: Any) -> list[Any]:
        """The statement that lists the items, if all functions of a comprehension see the last one."""
        if not isinstance(made, gast.ListComp) or len(made.generators) != 1:
            return []
        each = made.generators[0]
        if not isinstance(each.target, gast.Name):
            return []
        key = each.target.id
        functions = [f for f in (made.elt, *_keeps(made.elt)) if isinstance(f, gast.Lambda) and key in free_names(f)
                     and not any(isinstance(n, _FUNCTIONS) for n in walk(f.body))]
        if not functions:
            return []
        name = f"?items#{made.lineno}.{made.col_offset}"
        items = located_new(gast.Name(name, gast.Load(), None, None), each.iter)
        for function in functions:
            function.body = _Last(key, name).visit(function.body)
        target, each.iter = gast.Name(name, gast.Store(), None, None), build("?list(X)", each.iter, X=each.iter)
        listed = gast.Assign([target], each.iter, None)
        each.iter = items
        return [located_new(listed, made)]


class _Last(gast.NodeTransformer):
    """Reads of the last item in the place of those of a name."""

    def __init__(self, key: str, items: str) -> None:
        self.key, self.items = key, items

    def visit_Name(self, node: Any) -> Any:
        if node.id != self.key:
            return node
        return build("X[-1]", node, X=gast.Name(self.items, gast.Load(), None, None))
