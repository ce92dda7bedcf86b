"""Calls of `itertools` that are used up at once, as lists: displays, comprehensions, functions that we read."""
from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import gast

from tangent2.python.desugar_state import Desugaring, build
from tangent2.python.parts import walk


def _chain(D: Desugaring, node: Any) -> Any:
    stars = [gast.copy_location(gast.Starred(a, gast.Load()), a) for a in node.args]
    return None if node.keywords else gast.copy_location(gast.List(stars, gast.Load()), node)


def _chain_of(D: Desugaring, node: Any) -> Any:
    return build("[v for row in X for v in row]", node, X=node.args[0]) if len(node.args) == 1 else None


def _product(D: Desugaring, node: Any) -> Any:
    named = {k.arg: k.value for k in node.keywords}
    args = node.args
    if set(named) == {"repeat"} and len(args) == 1 and isinstance(named["repeat"], gast.Constant) and not any(
            isinstance(n, gast.Call) for n in walk(args[0])):
        args, named = args * named["repeat"].value, {}
    if named or len(args) not in (2, 3):
        return None
    return build(f"?product{len(args)}({', '.join('XYZ'[:len(args)])})", node, **dict(zip("XYZ", args)))


def _choices(name: str) -> Callable[[Desugaring, Any], Any]:
    def rule(D: Desugaring, node: Any) -> Any:
        if node.keywords or not 1 <= len(node.args) <= 2:
            return None
        none = gast.copy_location(gast.Constant(None, None), node)
        items, count = (*node.args, none)[:2]
        if isinstance(count, gast.Constant) and count.value == 2 and name != "combinations_with_replacement":
            return build(f"?{name}2(X)", node, X=items)
        return build(f"?{name}(X, N)", node, X=items, N=count)
    return rule


def _accumulate(D: Desugaring, node: Any) -> Any:
    named = {k.arg: k.value for k in node.keywords}
    items, *rest = node.args
    function = rest[0] if rest else named.get("func")
    if isinstance(function, gast.Constant) and function.value is None:
        function = None
    if "initial" in named:
        function = build("lambda a, b: a + b", node) if function is None else function
        return build("?accumulate_from(X, F, S)", node, X=items, F=function, S=named["initial"])
    if function is not None:
        return build("?accumulate_by(X, F)", node, X=items, F=function)
    return build("?accumulate(X)", node, X=items)


def _islice(D: Desugaring, node: Any) -> Any:
    items, *bounds = node.args
    if node.keywords or not 1 <= len(bounds) <= 3 or any(_negative(b) for b in bounds):
        return None
    inner = items.func if isinstance(items, gast.Call) else None
    if inner is not None and D.resolve(inner) is itertools.cycle and len(bounds) < 3:
        whole = build("?cycled(X, N)", node, X=items.args[0], N=bounds[-1])
        return whole if len(bounds) == 1 else build("X[A:]", node, X=whole, A=bounds[0])
    texts = [":A", "A:B", "A:B:C"]
    return build(f"?list(X)[{texts[len(bounds) - 1]}]", node, X=items, **dict(zip("ABC", bounds)))


def _negative(node: Any) -> bool:
    return isinstance(node, gast.UnaryOp)


def _repeat(D: Desugaring, node: Any) -> Any:
    named = {k.arg: k.value for k in node.keywords}
    count = node.args[1] if len(node.args) == 2 else named.get("times")
    return None if count is None else build("?repeated(X, N)", node, X=node.args[0], N=count)


def _zip_longest(D: Desugaring, node: Any) -> Any:
    named = {k.arg: k.value for k in node.keywords}
    if len(node.args) != 2:
        return None
    fill = named.get("fillvalue", gast.copy_location(gast.Constant(None, None), node))
    return build("?zip_longest2(X, Y, F)", node, X=node.args[0], Y=node.args[1], F=fill)


def _groupby(D: Desugaring, node: Any) -> Any:
    """Groups are used up before the next one begins, so they may be lists."""
    key = node.args[1] if len(node.args) == 2 else next((k.value for k in node.keywords if k.arg == "key"), None)
    if key is None or isinstance(key, gast.Constant):
        key = build("lambda v: v", node)
    return build("?grouped_by(X, K)", node, X=node.args[0], K=key)


def _of_those(text: str) -> Callable[[Desugaring, Any], Any]:
    def rule(D: Desugaring, node: Any) -> Any:
        return build(text, node, X=node.args[0], Y=node.args[1]) if len(node.args) == 2 else None
    return rule


def _filterfalse(D: Desugaring, node: Any) -> Any:
    function, items = node.args
    if isinstance(function, gast.Constant) and function.value is None:
        return build("[v for v in X if not v]", node, X=items)
    return build("?filterfalse(F, X)", node, F=function, X=items)


def _two(text: str) -> Callable[[Desugaring, Any], Any]:
    def rule(D: Desugaring, node: Any) -> Any:
        return build(text, node, **dict(zip("XY", node.args)))
    return rule


TOOLS: dict[Any, Callable[[Desugaring, Any], Any]] = {
    itertools.chain: _chain, itertools.chain.from_iterable: _chain_of, itertools.product: _product,
    itertools.combinations: _choices("combinations"), itertools.permutations: _choices("permutations"),
    itertools.combinations_with_replacement: _choices("combinations_with_replacement"),
    itertools.accumulate: _accumulate, itertools.islice: _islice, itertools.repeat: _repeat,
    itertools.zip_longest: _zip_longest, itertools.takewhile: _two("?takewhile(X, Y)"),
    itertools.dropwhile: _two("?dropwhile(X, Y)"), itertools.groupby: _groupby,
    itertools.filterfalse: _filterfalse, itertools.compress: _of_those("[v for v, k in ?zip(X, Y) if k]"),
}
if hasattr(itertools, "pairwise"):
    TOOLS[itertools.pairwise] = _two("?pairwise(X)")
_LAZY = ("chain", "from_iterable", "accumulate", "islice", "zip_longest", "takewhile", "dropwhile", "pairwise")


def _lazy(rule: Callable[[Desugaring, Any], Any]) -> Callable[[Desugaring, Any], Any]:
    """A rule whose result Python would compute while it is used up."""
    def marked(D: Desugaring, node: Any) -> Any:
        found = rule(D, node)
        if found is not None:
            found.lazy = frozenset()
        return found
    return marked


TOOLS.update({tool: _lazy(rule) for tool, rule in TOOLS.items() if tool.__name__ in _LAZY})
