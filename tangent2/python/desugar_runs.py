"""Loops over iterators that compute their items in turn, as loops over what these run over."""
from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import gast

from tangent2.python.acting import acts
from tangent2.python.desugar_generators import exits, located_new
from tangent2.python.desugar_state import MAPPINGS, Desugaring, build
from tangent2.python.desugar_turns import END, Made, generated, in_turn, is_endless, is_late, may_stop
from tangent2.python.lower_names import scan
from tangent2.python.steps import refusal


def unrolled(D: Desugaring, loop: Any) -> list[Any] | None:
    """The statements that a loop over an iterator is; None if it is left as it is.

    >>> loop = gast.parse("for t in (v * v for v in x): s += t").body[0]
    >>> D = Desugaring({}.get)
    >>> D.function, D.scopes = gast.parse("def f(x): pass").body[0], [{}]
    >>> print(gast.unparse(unrolled(D, loop)[0]).strip())
    for v in x:
        t = v * v
        s += t
    """
    call = loop.iter
    if isinstance(call, gast.GeneratorExp):
        return _expression(D, loop)
    if not isinstance(call, gast.Call) or any(isinstance(a, gast.Starred) for a in call.args):
        return None
    obj = D.resolve(call.func)
    if any(obj is each for each in MAPPINGS):
        return _expression(D, loop)
    rule = next((r for each, r in _RULES.items() if obj is each), None)
    found = None if rule is None else rule(D, loop)
    if found is None and is_endless(D, call) and any(obj is each for each in _LISTED):
        loop.iter = refusal("a loop runs over what has no end, in a form that is not supported", END, call)
    return found


def _expression(D: Desugaring, loop: Any) -> list[Any] | None:
    """A loop over a generator expression, or what `map` and its like give."""
    own = generated(D, loop.iter)
    levels = len(own.generators)
    if any(g.is_async for g in own.generators) or levels > 1 and (loop.orelse or gast.Break in exits(loop.body)):
        return None
    made = Made(D, loop)
    body = made.loop(own, lambda own: [_assigned(loop.target, own.elt, loop), *loop.body])
    body[0].orelse = loop.orelse
    return body


def _assigned(target: Any, value: Any, place: Any) -> Any:
    return located_new(gast.Assign([target], value, None), place)


def _is_changing(D: Desugaring, loop: Any) -> bool:
    """Whether the body of a loop may change what an iterator reads."""
    return bool(scan(loop.body).changed) or acts(D, *loop.body)


def _enumerate(D: Desugaring, loop: Any) -> list[Any] | None:
    call = loop.iter
    given: list[Any] = [*call.args, *[k.value for k in call.keywords]]
    items, start = given[0], given[1:]
    if len(start) > 1 or not isinstance(loop.target, gast.Tuple) or len(loop.target.elts) != 2:
        return None
    if not (may_stop(D, items) or is_late(D, items) and _is_changing(D, loop)):
        return None
    made = Made(D, loop)
    count = made.name("count")
    place, item = loop.target.elts
    body = [_assigned(place, made.load(count), loop), made.store(count, build("K + 1", loop, K=made.load(count)))]
    first = made.store(count, start[0] if start else "0")
    return [first, located_new(gast.For(item, items, [*body, *loop.body], loop.orelse, None), loop)]


def _takewhile(D: Desugaring, loop: Any) -> list[Any] | None:
    if loop.orelse or len(loop.iter.args) != 2 or not isinstance(loop.iter.args[0], (gast.Lambda, gast.Name)):
        return None
    holds, items = loop.iter.args
    if not (may_stop(D, items, holds) or is_late(D, items) and _is_changing(D, loop)):
        return None
    made = Made(D, loop)
    item = made.name("item")
    stop = made.test("not P(V)", [made.leave()], P=holds, V=made.load(item))
    body = [stop, _assigned(loop.target, made.load(item), loop), *loop.body]
    return [located_new(gast.For(gast.Name(item, gast.Store(), None, None), items, body, [], None), loop)]


def _islice(D: Desugaring, loop: Any) -> list[Any] | None:
    """`islice(items, n)`: after the last of them nothing is taken any more."""
    if loop.orelse or len(loop.iter.args) != 2 or gast.Continue in exits(loop.body):
        return None
    items, bound = loop.iter.args
    if not (may_stop(D, items) or is_late(D, items) and _is_changing(D, loop)):
        return None
    made = Made(D, loop)
    count, stop = made.name("count"), made.name("stop")
    loads = {"K": made.load(count), "N": made.load(stop)}
    body = [made.store(count, build("K + 1", loop, **loads)), *loop.body,
            made.test("K >= N", [made.leave()], **loads)]
    run = gast.For(loop.target, items, body, [], None)
    return [made.store(count, "0"), made.store(stop, bound), made.test("N > 0", [located_new(run, loop)], **loads)]


def _repeat(D: Desugaring, loop: Any) -> list[Any] | None:
    if len(loop.iter.args) != 1 or loop.iter.keywords:
        return None
    made = Made(D, loop)
    value = made.name("value")
    body = [_assigned(loop.target, made.load(value), loop), *loop.body]
    run = gast.While(gast.Constant(True, None), body, loop.orelse)
    return [made.store(value, loop.iter.args[0]), located_new(run, loop)]


def _cycle(D: Desugaring, loop: Any) -> list[Any] | None:
    if len(loop.iter.args) != 1 or in_turn(D, loop.iter.args[0]) and acts(D, loop.iter.args[0]):
        return None
    made = Made(D, loop)
    items, count = made.name("items"), made.name("count")
    loads = {"X": made.load(items), "K": made.load(count)}
    body = [_assigned(loop.target, build("X[K % ?len(X)]", loop, **loads), loop),
            made.store(count, build("K + 1", loop, **loads)), *loop.body]
    run = gast.While(build("?len(X) > 0", loop, **loads), body, loop.orelse)
    return [made.store(items, build("?list(X)", loop, X=loop.iter.args[0])), made.store(count, "0"),
            located_new(run, loop)]


_RULES: dict[Any, Callable[[Desugaring, Any], list[Any] | None]] = {
    enumerate: _enumerate, itertools.takewhile: _takewhile, itertools.islice: _islice, itertools.repeat: _repeat,
    itertools.cycle: _cycle}
_LISTED = (enumerate, zip, itertools.chain, itertools.accumulate, itertools.cycle, itertools.filterfalse,
           itertools.dropwhile, itertools.repeat)
