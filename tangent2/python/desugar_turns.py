"""Generators that do something while they run, or have no end: who takes their items is a loop, each in its turn.

What only computes may be listed before; this is written as what it means: `any(v > 0.5 for v in g(x, log))` is a loop
over `g(x, log)`, which becomes the body of `g`, and leaves it at the first such item.
"""
from __future__ import annotations

import copy
import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import gast

from tangent2.python.acting import acts
from tangent2.python.desugar_generators import endless as never_ends
from tangent2.python.desugar_generators import fresh_name, generator_of, located_new
from tangent2.python.desugar_state import MAPPINGS, TURNS, UNKNOWN, Desugaring, build
from tangent2.python.lower_names import reads, target_names
from tangent2.python.parts import walk
from tangent2.python.steps import Steps, refusal, steps

_MAPPING = (map, filter, itertools.starmap)
_OF_ALL = (enumerate, itertools.accumulate, itertools.dropwhile, itertools.filterfalse, itertools.takewhile,
           itertools.islice, itertools.chain, zip, getattr(itertools, "pairwise", zip), itertools.compress,
           itertools.zip_longest, itertools.groupby)
_USING_UP = (list, tuple, set, frozenset, sum, dict, sorted, max, min, math.prod, math.fsum)
NO_END = "a list is made of what has no end"
END = "take its items in a `for` loop with `break`, or by `itertools.islice`"


# ---------------------------------------------------------------------------------------------- what is computed late

def is_late(D: Desugaring, node: Any) -> bool:
    """Whether an expression gives an iterator that computes its items when they are taken."""
    if not isinstance(node, gast.Call):
        return isinstance(node, gast.GeneratorExp)
    obj = D.resolve(node.func)
    if any(obj is each for each in _MAPPING) or generator_of(obj) is not None or is_endless(D, node):
        return True
    return any(obj is each for each in _OF_ALL) and any(is_late(D, a) for a in node.args)


def is_endless(D: Desugaring, node: Any) -> bool:
    """Whether an iterator surely has no end of its own."""
    if isinstance(node, gast.GeneratorExp):
        return any(is_endless(D, g.iter) for g in node.generators)
    if not isinstance(node, gast.Call):
        return False
    obj, args = D.resolve(node.func), node.args
    if obj is itertools.count or obj is itertools.cycle or obj is itertools.repeat:
        return obj is not itertools.repeat or len(args) == 1 and not node.keywords
    if obj is map or obj is zip:
        items = args[obj is map:]
        return bool(items) and all(is_endless(D, a) for a in items)
    if obj is itertools.islice or obj is itertools.takewhile:
        return False
    if obj is filter or any(obj is each for each in (*_MAPPING, *_OF_ALL)):
        return any(is_endless(D, a) for a in args)
    found = generator_of(obj)
    return found is not None and never_ends(found.node)


def in_turn(D: Desugaring, node: Any, *around: Any) -> bool:
    """Whether the items of an expression are to be computed one by one, as something else happens between them."""
    return is_late(D, node) and (acts(D, node, *around) or is_endless(D, node))


def may_stop(D: Desugaring, node: Any, *around: Any) -> bool:
    """The same for who may stop early: a `while` loop of a generator may go on for long."""
    if in_turn(D, node, *around):
        return True
    calls = [n for n in walk(node) if isinstance(n, gast.Call)] if is_late(D, node) else []
    found = [generator_of(D.resolve(n.func)) for n in calls]
    return any(isinstance(n, gast.While) for g in found if g is not None for n in walk(g.node))


# ---------------------------------------------------------------------------------------------- loops in place of calls

class Made:
    """Statements in the making, which stand for an expression; names of their own."""

    def __init__(self, D: Desugaring, place: Any) -> None:
        self.D, self.place = D, place
        self.names: list[str] = []

    def name(self, title: str) -> str:
        number = self.D.made = getattr(self.D, "made", 0) + 1
        self.names.append(f"?{title}#s{number}")
        return self.names[-1]

    def load(self, name: str) -> Any:
        return gast.copy_location(gast.Name(name, gast.Load(), None, None), self.place)

    def store(self, name: str, value: Any) -> Any:
        value = build(value, self.place) if isinstance(value, str) else value
        return located_new(gast.Assign([gast.Name(name, gast.Store(), None, None)], value, None), self.place)

    def test(self, text: str, body: list[Any], **parts: Any) -> Any:
        return located_new(gast.If(build(text, self.place, **parts), body, []), self.place)

    def leave(self) -> Any:
        return gast.copy_location(gast.Break(), self.place)

    def steps(self, body: list[Any], value: Any) -> Steps:
        """The expression, to be visited."""
        return steps([located_new(s, self.place) for s in body], value, self.names, self.place)

    def loop(self, node: Any, innermost: Callable[[Any], list[Any]], stop: str | None = None) -> list[Any]:
        """The loops of a comprehension, whose targets get names that nothing else has; `stop` tells to leave all."""
        node = self.renamed(node)
        body = innermost(node)
        for k, each in reversed(list(enumerate(node.generators))):
            for condition in reversed(each.ifs):
                body = [located_new(gast.If(condition, body, []), self.place)]
            body = [located_new(gast.For(each.target, each.iter, body, [], None), self.place)]
            if stop is not None and k:
                body.append(self.test("S", [self.leave()], S=self.load(stop)))
        return body

    def renamed(self, node: Any) -> Any:
        """A comprehension with targets that no name of the function is."""
        D, first = self.D, node.generators[0].iter
        inside = _counted([node])
        taken = {n for n, count in _counted([D.function]).items() if count > inside.get(n, 0)} | set(D.taken)
        targets = dict.fromkeys(n for g in node.generators for n in target_names(g.target))
        new = {n: fresh_name(n, taken) for n in targets}
        D.taken |= set(new.values())
        for scope in D.scopes[-1:]:
            scope.update(dict.fromkeys(new.values(), UNKNOWN))
        self.names += new.values()
        node = copy.copy(node)
        node.generators = [copy.copy(g) for g in node.generators]
        node.generators[0].iter = gast.Constant(None, None)
        node = _Renaming(new).visit(copy.deepcopy(node))
        node.generators[0].iter = first
        return node


def _counted(nodes: list[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in (n for each in nodes for n in walk(each)):
        name = node.id if isinstance(node, gast.Name) else node.name if isinstance(node, gast.FunctionDef) else None
        if name is not None:
            found[name] = found.get(name, 0) + 1
    return found


class _Renaming(gast.NodeTransformer):
    def __init__(self, new: dict[str, str]) -> None:
        self.new = new

    def visit_Name(self, node: Any) -> Any:
        node.id = self.new.get(node.id, node.id)
        return node


def generated(D: Desugaring, node: Any) -> Any:
    """An iterator as a generator expression."""
    obj = D.resolve(node.func) if isinstance(node, gast.Call) else None
    if isinstance(node, gast.GeneratorExp):
        return node
    for mapping, rule in MAPPINGS.items():
        if obj is mapping and not node.keywords and not any(isinstance(a, gast.Starred) for a in node.args):
            return rule(D, node) or build("(v for v in X)", node, X=node)
    return build("(v for v in X)", node, X=node)


def comprehension(D: Desugaring, node: Any) -> Any:
    """A comprehension over what has its turns, as a loop; else None."""
    around = [getattr(node, f) for f in ("elt", "key", "value") if hasattr(node, f)]
    around += [c for g in node.generators for c in g.ifs]
    if getattr(node, "early", False) or isinstance(node, gast.GeneratorExp) or any(
            g.is_async for g in node.generators):
        return None
    if any(is_endless(D, g.iter) for g in node.generators):
        return refusal(NO_END, END, node)
    if not any(in_turn(D, g.iter, *around, *[o.iter for o in node.generators]) for g in node.generators):
        return None
    made = Made(D, node)
    found = made.name("found")
    whole = made.load(found)
    if isinstance(node, gast.DictComp):
        def stored(own: Any) -> list[Any]:
            return [gast.Assign([gast.Subscript(whole, own.key, gast.Store())], own.value, None)]
        return made.steps([made.store(found, "{}"), *made.loop(node, stored)], whole)
    body = made.loop(node, lambda own: [gast.Expr(build("X.append(V)", node, X=whole, V=own.elt))])
    value = whole if not isinstance(node, gast.SetComp) else build("{v for v in X}", node, X=whole)
    return made.steps([made.store(found, "[]"), *body], value)


# ------------------------------------------------------------------------------------------------------ who takes items

def _decided(conjunction: bool) -> Callable[[Desugaring, Any], Any]:
    """`any` and `all`."""
    def rule(D: Desugaring, node: Any) -> Any:
        if len(node.args) != 1:
            return None
        made = Made(D, node)
        left, found = made.name("left"), made.name("found")
        test = "not E" if conjunction else "E"
        body = made.loop(generated(D, node.args[0]), lambda own: [made.test(test, [
            made.store(left, "True"), made.store(found, str(not conjunction)), made.leave()], E=own.elt)], left)
        return made.steps([made.store(left, "False"), made.store(found, str(conjunction)), *body], made.load(found))
    return rule


def _next(D: Desugaring, node: Any) -> Any:
    """`next(items)`, and with a default, which is evaluated before."""
    made = Made(D, node)
    left, item = made.name("left"), made.name("item")
    body = made.loop(generated(D, node.args[0]), lambda own: [
        made.store(item, own.elt), made.store(left, "True"), made.leave()], left)
    if len(node.args) == 2:
        return made.steps([made.store(left, "False"), made.store(item, node.args[1]), *body], made.load(item))
    stop = gast.Raise(gast.Name("StopIteration", gast.Load(), None, None), None)
    missing = made.test("not L", [located_new(stop, node)], L=made.load(left))
    return made.steps([made.store(left, "False"), *body, missing], made.load(item))


def _takewhile(D: Desugaring, node: Any) -> Any:
    if len(node.args) != 2:
        return None
    made = Made(D, node)
    holds, left, found = made.name("holds"), made.name("left"), made.name("found")
    item = made.name("item")
    body = made.loop(generated(D, node.args[1]), lambda own: [
        made.store(item, own.elt),
        made.test("not P(V)", [made.store(left, "True"), made.leave()], P=_function(made, holds, node),
                  V=made.load(item)),
        gast.Expr(build("X.append(V)", node, X=made.load(found), V=made.load(item)))], left)
    first = _bound(made, holds, node)
    return made.steps([*first, made.store(left, "False"), made.store(found, "[]"), *body], made.load(found))


def _function(made: Made, name: str, node: Any) -> Any:
    """A function that is called often: a lambda or a name as it stands, else a name for it."""
    return node.args[0] if isinstance(node.args[0], (gast.Lambda, gast.Name)) else made.load(name)


def _bound(made: Made, name: str, node: Any) -> list[Any]:
    return [] if isinstance(node.args[0], (gast.Lambda, gast.Name)) else [made.store(name, node.args[0])]


def _islice(D: Desugaring, node: Any) -> Any:
    """`islice(items, n)`, which takes no more than it gives; and from the item number `a` on."""
    items, *bounds = node.args
    if not 1 <= len(bounds) <= 2:
        return None
    made = Made(D, node)
    left, found, count, stop = made.name("left"), made.name("found"), made.name("count"), made.name("stop")
    start = bounds[0] if len(bounds) == 2 else None
    if start is not None and not isinstance(start, gast.Constant) or isinstance(bounds[-1], gast.Constant) and (
            not isinstance(bounds[-1].value, int)):
        return None
    loads = {"X": made.load(found), "K": made.load(count), "N": made.load(stop)}

    def take(own: Any) -> list[Any]:
        push = gast.Expr(build("X.append(V)", node, V=own.elt, **loads))
        # the item is computed in any case
        taken = [push] if start is None else [made.store(made_item, own.elt), made.test(
            "K >= A", [gast.Expr(build("X.append(V)", node, V=made.load(made_item), **loads))], A=start, **loads)]
        return [*taken, made.store(count, build("K + 1", node, **loads)),
                made.test("K >= N", [made.store(left, "True"), made.leave()], **loads)]
    made_item = made.name("item")
    body = made.loop(generated(D, items), take, left)
    return made.steps([made.store(left, "False"), made.store(found, "[]"), made.store(count, "0"),
                       made.store(stop, bounds[-1]), made.test("N > 0", body, **loads)], made.load(found))


def _reduce(D: Desugaring, node: Any) -> Any:
    """`reduce(f, items, start)`."""
    if len(node.args) not in (2, 3):
        return None
    made = Made(D, node)
    name, total, first = made.name("function"), made.name("total"), made.name("first")
    following = "F(T, V)"
    parts = {"F": _function(made, name, node), "T": made.load(total)}

    def combine(own: Any) -> list[Any]:
        more = made.store(total, build(following, node, V=own.elt, **parts))
        if len(node.args) == 3:
            return [more]
        either = gast.If(made.load(first), [made.store(total, own.elt), made.store(first, "False")], [more])
        return [located_new(either, node)]
    start = [made.store(total, node.args[2])] if len(node.args) == 3 else [made.store(first, "True")]
    return made.steps([*_bound(made, name, node), *start, *made.loop(generated(D, node.args[1]), combine)],
                      made.load(total))


TAKERS: dict[Any, Callable[[Desugaring, Any], Any]] = {
    any: _decided(False), all: _decided(True), next: _next, itertools.takewhile: _takewhile,
    itertools.islice: _islice, functools.reduce: _reduce}


def taken(D: Desugaring, node: Any) -> Any:
    """A call that takes the items of an iterator in their turn, as a loop; else None.

    Those who take all of them, one after the other, are given a list, where something happens between two items.
    """
    obj = D.resolve(node.func)
    if obj is UNKNOWN or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    rule = next((r for taker, r in TAKERS.items() if obj is taker), None)
    if rule is not None:
        place = 1 if obj is itertools.takewhile or obj is functools.reduce else 0
        functions = [a for k, a in enumerate(node.args) if k != place]
        fits = not node.keywords and len(node.args) > place and may_stop(D, node.args[place], *functions)
        return rule(D, node) if fits else None
    if obj is zip:
        node.args = _bounded(D, node.args)
    if any(obj is each for each in _USING_UP):
        keys = [k.value for k in node.keywords if obj is not sorted and reads(k.value)]      # `sorted` lists first
        node.args = [_listed(D, arg, keys) if k == 0 else arg for k, arg in enumerate(node.args)]
    return None


def _listed(D: Desugaring, arg: Any, keys: list[Any]) -> Any:
    """What a call uses up, as a list that is made in turn, or before what the call itself computes: its `keys`."""
    if is_endless(D, arg):
        return refusal(NO_END, END, arg)
    if not in_turn(D, arg, *keys) or not keys and _gives_all(D, arg):
        return arg
    own = generated(D, arg)
    made = gast.copy_location(gast.ListComp(own.elt, own.generators), arg)
    made.early = bool(keys)
    if keys and acts(D, *keys):
        return refusal("a key does something while items are computed", "make a list of the items before", arg)
    return made


def _bounded(D: Desugaring, args: list[Any]) -> list[Any]:
    """What is run over side by side: of a generator without end as many items as the first of the others has."""
    sized = next((a for a in args if isinstance(a, (gast.Name, gast.List)) and not is_endless(D, a)), None)
    found: list[Any] = []
    for arg in args:
        obj = D.resolve(arg.func) if isinstance(arg, gast.Call) else None
        if not is_endless(D, arg) or obj in (itertools.count, itertools.cycle, itertools.repeat):
            found.append(arg)
        elif sized is None:
            found.append(refusal("it has no end, and nothing beside it tells how much of it is taken", END, arg))
        else:
            length = build("?len(X)", arg, X=sized)
            found.append(_islice(D, gast.copy_location(gast.Call(arg, [arg, length], []), arg)))
    return found


def _gives_all(D: Desugaring, node: Any) -> bool:
    """Whether an expression is the call of a generator, which runs to its end before anything else happens."""
    return isinstance(node, gast.Call) and generator_of(D.resolve(node.func)) is not None


TURNS.append(taken)
TURNS.append(comprehension)
