"""Calls that other expressions mean: those of `operator`, `functools`, `itertools`, `map`, `filter`, `max` by key."""
from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tangent2.python.desugar_state import CALLS, MAPPINGS, UNKNOWN, VALUES, Desugaring, build, once
from tangent2.python.desugar_endless import bounded, zipped_whole
from tangent2.python.desugar_dispatch import dispatched_call, is_dispatched
from tangent2.python.desugar_generators import mark
from tangent2.python.giving_late import note
from tangent2.python.desugar_itertools import TOOLS
from tangent2.python.desugar_partial import partial_call, partial_lambda, partial_value
from tangent2.python.desugar_pieces import piecewise
from tangent2.python.desugar_ufuncs import UFUNCS, of_dtype
from tangent2.python.desugar_vectorize import called_at_once, vectorized, vectorized_call
from tangent2.python.fence import CONSUMERS, ITERATORS
from tangent2.python.operators import as_expression, as_lambda
from tangent2.python.parts import walk

_EATERS = (*CONSUMERS, math.fsum, math.prod, functools.reduce, reversed, next)
_ITERTOOLS = tuple(v for v in vars(itertools).values() if isinstance(v, type))


def call(D: Desugaring, node: Any) -> Any:
    """What a call becomes."""
    node = called_at_once(D, _partials(D, node))
    obj = D.resolve(node.func)
    if any(obj is eater for eater in _EATERS) or any(obj is tool for tool in _ITERTOOLS) \
            or obj == itertools.chain.from_iterable:
        D.use_up(*node.args)
    if any(obj is eater for eater in _EATERS) and node.args and _is_view(node.args[0]):
        node.args[0] = build("[v for v in X]", node.args[0], X=node.args[0])
    args = [D.visit(a) for a in node.args]
    keywords = [gast.keyword(k.arg, D.visit(k.value)) for k in node.keywords]
    func = node.func if obj is not UNKNOWN else D.visit(node.func)
    new = gast.copy_location(gast.Call(func, args, keywords), node)
    new.attempt = getattr(node, "attempt", None)
    if id(node) in D.consumed:
        D.use_up(new)
    refused = mark(D, new, obj)
    if refused is not None:
        return refused
    note(D, new, obj)
    return _getter(D, new) if obj is UNKNOWN else rewritten(D, new, obj)


def _partials(D: Desugaring, node: Any) -> Any:
    """`partial(f, a, k=b)(c)` is `f(a, c, k=b)`."""
    while isinstance(node.func, gast.Call) and D.resolve(node.func.func) is functools.partial and node.func.args:
        fn, *given = node.func.args
        named = {k.arg for k in node.keywords}
        held = [k for k in node.func.keywords if k.arg is None or k.arg not in named]
        node = gast.copy_location(gast.Call(fn, [*given, *node.args], [*held, *node.keywords]), node)
    return node


def _is_view(node: Any) -> bool:
    """Whether an expression is `d.values()` or `d.items()`."""
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and not node.args \
        and not node.keywords and node.func.attr in ("values", "items")


def rewritten(D: Desugaring, node: Any, obj: Any) -> Any:
    """What a call of a known object becomes."""
    if D.has_rule(obj):
        return node
    if (spelled := as_expression(obj, node)) is not None:
        return spelled
    try:
        rule = _RULES.get(obj)
    except TypeError:       # not hashable
        return node
    if is_dispatched(obj):
        found = dispatched_call(D, node, obj)
        return node if found is None else found
    if isinstance(obj, functools.partial):
        return partial_call(D, node, obj)
    if isinstance(obj, np.vectorize):
        return vectorized_call(D, node, obj) or node
    if isinstance(obj, np.ufunc):
        return of_dtype(D, node) or node
    if isinstance(obj, operator.itemgetter):
        return _items(node, node.args[0], [gast.Constant(k, None) for k in obj.__reduce__()[1]])
    found = None if rule is None else rule(D, node)
    return node if found is None else _listed(D, found)


def _listed(D: Desugaring, node: Any) -> Any:
    """The iterators among the arguments of a function that we read are lists."""
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id[0] == "?":
        for k, arg in enumerate(node.args):
            if isinstance(arg, gast.GeneratorExp):
                node.args[k] = gast.copy_location(gast.ListComp(arg.elt, arg.generators), arg)
            elif isinstance(arg, gast.Call) and any(D.resolve(arg.func) is each for each in ITERATORS) \
                    or hasattr(arg, "endless"):
                node.args[k] = build("?list(X)", arg, X=arg)
    return node


def value(D: Desugaring, node: Any) -> Any:
    """What a name becomes that is not called here: functions of `operator` are lambdas."""
    obj = D.resolve(node)
    if obj is UNKNOWN or D.has_rule(obj) or isinstance(obj, (int, float, str, list, dict, type)) or not callable(obj):
        return node
    if (text := as_lambda(obj)) is not None:
        return build(text, node)
    return partial_value(D, node, obj) if isinstance(obj, functools.partial) else node


def _getter(D: Desugaring, node: Any) -> Any:
    """`itemgetter(1)(x)` and `methodcaller("sum")(x)`, whose inner call is a lambda by now."""
    func = node.func
    if isinstance(func, gast.Lambda) and len(node.args) == 1 == len(func.args.args) and not node.keywords \
            and getattr(func, "getter", False):
        return build_body(func, node.args[0])
    return node


def build_body(func: Any, arg: Any) -> Any:
    """The body of a lambda of one parameter for an argument that is a name; else the call."""
    if isinstance(arg, gast.Name):
        return build(gast.unparse(func.body), func, **{func.args.args[0].id: arg})
    return gast.copy_location(gast.Call(func, [arg], []), func)


def _items(node: Any, base: Any, keys: list[Any]) -> Any:
    parts = [build("A[B]", node, A=base, B=gast.copy_location(k, node)) for k in keys]
    return parts[0] if len(parts) == 1 else gast.copy_location(gast.Tuple(parts, gast.Load()), node)


def _itemgetter(D: Desugaring, node: Any) -> Any:
    if not all(isinstance(a, gast.Constant) for a in node.args) or node.keywords:
        return None
    made = build("lambda v: v", node)
    made.body = _items(node, made.body, node.args)
    made.getter = True
    return made


def _methodcaller(D: Desugaring, node: Any) -> Any:
    first = node.args[0] if node.args else None
    if not isinstance(first, gast.Constant) or any(k.arg is None for k in node.keywords) or any(
            isinstance(a, gast.Starred) for a in node.args):
        return None
    if any(isinstance(n, gast.Call) for a in (*node.args, *node.keywords) for n in walk(a)):
        return None
    given = [f"A{k}" for k in range(1, len(node.args))] + [f"{k.arg}=K{n}" for n, k in enumerate(node.keywords)]
    parts = {f"A{k}": a for k, a in enumerate(node.args)} | {f"K{n}": k.value for n, k in enumerate(node.keywords)}
    made = build(f"lambda v: v.{first.value}({', '.join(given)})", node, **parts)
    made.getter = all(isinstance(a, gast.Constant) for a in (*node.args, *[k.value for k in node.keywords]))
    return made


def _getattr(D: Desugaring, node: Any) -> Any:
    """`getattr(x, "name")`; with a default, where `hasattr` tells."""
    if len(node.args) == 3 and not node.keywords and isinstance(node.args[0], gast.Name) and isinstance(
            node.args[1], gast.Constant) and isinstance(node.args[1].value, str) and not any(
                isinstance(n, gast.Call) for n in walk(node.args[2])):     # it is evaluated in any case
        there = gast.copy_location(gast.Attribute(node.args[0], node.args[1].value, gast.Load()), node)
        return build("A if ?hasattr(X, N) else D", node, A=D.visit(there), X=node.args[0], N=node.args[1],
                     D=node.args[2])
    if len(node.args) != 2 or node.keywords or not isinstance(node.args[1], gast.Constant):
        return None
    return D.visit(gast.copy_location(gast.Attribute(node.args[0], node.args[1].value, gast.Load()), node))


# --- map and filter -------------------------------------------------------------------------------------------------

Rule = Callable[[Desugaring, Any], Any]


def _plain(rule: Rule) -> Rule:
    """A rule for calls without stars."""
    def only(D: Desugaring, node: Any) -> Any:
        if any(isinstance(a, gast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            return None
        return rule(D, node)
    return only


def _consumed(rule: Rule) -> Rule:
    """A rule for iterators: only where they are used up at once."""
    return _plain(lambda D, node: rule(D, node) if id(node) in D.consumed else None)


def applied(fn: Any, count: int, place: Any) -> tuple[Any, list[str]] | None:
    """The call of a function on new names, and these names; of a lambda its body on its own."""
    plain = isinstance(fn, gast.Lambda) and not (
        fn.args.vararg or fn.args.kwarg or fn.args.kwonlyargs or fn.args.defaults or fn.args.posonlyargs)
    if plain and len(fn.args.args) == count and not any(isinstance(n, gast.NamedExpr) for n in walk(fn.body)):
        return fn.body, [p.id for p in fn.args.args]
    taken = {n.id for n in walk(fn) if isinstance(n, gast.Name)}
    names = [n for n in (*"vwuvst", "v0", "v1", "v2", "v3") if n not in taken][:count]
    return build(f"F({', '.join(names)})", place, F=fn), names


def _map(D: Desugaring, node: Any) -> Any:
    if len(node.args) < 2 or node.keywords:
        return None
    fn, *lists = node.args
    fn, before = once(fn)
    lists[0] = before(lists[0])
    obj = D.resolve(fn)
    body, names = applied(fn, len(lists), node)  # type: ignore[misc]
    if isinstance(body, gast.Call) and body.func is not fn and obj is not UNKNOWN:
        body = rewritten(D, body, obj)
    if len(names) == 1:
        return build(f"(E for {names[0]} in X)", node, *names, E=body, X=lists[0])
    zipped = build("?zip()", node)
    zipped.args = lists
    zipped = bounded(D, zipped) or zipped
    return build(f"(E for {', '.join(names)} in X)", node, *names, E=body, X=zipped)


def _starmap(D: Desugaring, node: Any) -> Any:
    fn, before = once(node.args[0])
    items = before(node.args[1])
    if isinstance(fn, gast.Lambda) and len(fn.args.args) > 1:
        body, names = applied(fn, len(fn.args.args), node)  # type: ignore[misc]
        return build(f"(E for {', '.join(names)} in X)", node, *names, E=body, X=items)
    return build("(F(*v) for v in X)", node, F=fn, X=items)


def _filter(D: Desugaring, node: Any) -> Any:
    if len(node.args) != 2 or node.keywords:
        return None
    fn, items = node.args
    if isinstance(fn, gast.Constant) and fn.value is None:
        return build("(v for v in X if v)", node, X=items)
    fn, before = once(fn)
    items = before(items)
    body, names = applied(fn, 1, node)  # type: ignore[misc]
    return build(f"({names[0]} for {names[0]} in X if E)", node, *names, E=body, X=items)


# --- keys and defaults ----------------------------------------------------------------------------------------------

def _named(node: Any) -> dict[str, Any]:
    return {k.arg: k.value for k in node.keywords}


def _readable(D: Desugaring, fn: Any) -> bool:
    """Whether a key may be called by what we read: a lambda, a function of the user's or of NumPy, a local one."""
    obj = D.resolve(fn)
    return isinstance(fn, gast.Lambda) or obj is abs or isinstance(obj, type(len.__class__)) is False and (
        obj is UNKNOWN and isinstance(fn, gast.Name) or hasattr(obj, "__code__") or type(obj).__module__ == "numpy")


def _sorted(D: Desugaring, node: Any) -> Any:
    named = _named(node)
    if len(node.args) != 1 or "key" not in named or not _readable(D, named["key"]):
        return None
    reverse = named.get("reverse", gast.copy_location(gast.Constant(False, None), node))
    return build("?sorted_by(X, K, R)", node, X=node.args[0], K=named["key"], R=reverse)


def _extreme(name: str) -> Callable[[Desugaring, Any], Any]:
    def rule(D: Desugaring, node: Any) -> Any:
        named = _named(node)
        if not named or set(named) - {"key", "default"} or any(isinstance(a, gast.Starred) for a in node.args):
            return None
        many = len(node.args) > 1
        items = gast.copy_location(gast.List(node.args, gast.Load()), node) if many else node.args[0]
        if set(named) == {"default"}:
            return build(f"?{name}_or(X, D)", node, X=items, D=named["default"])
        if set(named) == {"key"} and _readable(D, named["key"]):
            return build(f"?{name}_by(X, K)", node, X=items, K=named["key"])
        return None
    return rule


def _reduce(D: Desugaring, node: Any) -> Any:
    if node.keywords or len(node.args) not in (2, 3):
        return None
    fn, items, *rest = node.args
    if rest:
        return build("?reduce_from(F, X, S)", node, F=fn, X=items, S=rest[0])
    return build("?reduce(F, X)", node, F=fn, X=items)


def _dict(D: Desugaring, node: Any) -> Any:
    """`dict(a=x, b=y)` is a display, of pairs made on the spot too; to what else is given, names are merged."""
    if len(node.args) > 1 or not (node.args or node.keywords) or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    keys = [k.arg and gast.copy_location(gast.Constant(k.arg, None), node) for k in node.keywords]
    values = [k.value for k in node.keywords]
    if node.args and not keys:
        return _dict_of(node.args[0], node)
    if node.args:
        keys, values = [None, *keys], [_dict_of(node.args[0], node), *values]
    made = gast.copy_location(gast.Dict(keys, values), node)
    return D.visit(made) if None in keys else made


def _dict_of(items: Any, node: Any) -> Any:
    """`dict(items)`."""
    pairs: list[Any] = items.elts if isinstance(items, (gast.List, gast.Tuple)) else \
        [items.elt] if isinstance(items, (gast.GeneratorExp, gast.ListComp)) else [None]
    if not all(isinstance(pair, gast.Tuple) and len(pair.elts) == 2 for pair in pairs):
        return build("?dict(X)", node, X=items)
    if isinstance(items, (gast.List, gast.Tuple)):
        return gast.copy_location(gast.Dict([p.elts[0] for p in pairs], [p.elts[1] for p in pairs]), node)
    return gast.copy_location(gast.DictComp(*pairs[0].elts, items.generators), node)


def _next(D: Desugaring, node: Any) -> Any:
    items, *default = node.args
    if isinstance(items, gast.Call) and D.resolve(items.func) is iter and len(items.args) == 1:
        items = build("[v for v in X]", items, X=items.args[0])
    if not isinstance(items, (gast.GeneratorExp, gast.ListComp)):
        return None
    items = gast.copy_location(gast.ListComp(items.elt, items.generators), items)
    items.first_only = len(items.generators) == 1       # what follows is not evaluated
    if default:
        return build("?first_or(X, D)", node, X=items, D=default[0])
    return build("?first(X)", node, X=items)


def _ndindex(D: Desugaring, node: Any) -> Any:
    """`np.ndindex(*shape)` is `np.ndindex(shape)`."""
    star = len(node.args) == 1 and isinstance(node.args[0], gast.Starred) and not node.keywords
    return gast.copy_location(gast.Call(node.func, [node.args[0].value], []), node) if star else None


_RULES: dict[Any, Callable[[Desugaring, Any], Any]] = {
    functools.reduce: _plain(_reduce), map: _consumed(_map), filter: _consumed(_filter), sorted: _plain(_sorted),
    max: _extreme("max"), min: _extreme("min"), operator.itemgetter: _itemgetter, zip: zipped_whole,
    operator.methodcaller: _methodcaller, getattr: _getattr, functools.partial: partial_lambda, next: _plain(_next),
    np.ndindex: _ndindex, np.piecewise: piecewise, np.vectorize: vectorized,
    dict: _dict, itertools.starmap: _consumed(_starmap),
    **{tool: _consumed(rule) for tool, rule in TOOLS.items()}, **UFUNCS,
}
MAPPINGS.update({map: _map, filter: _filter, itertools.starmap: _starmap})
CALLS.append(call)
VALUES.append(value)
