"""Iterators that have a name: a list and the number of items that were taken.

`it = iter(xs)` is `it = list(xs)` and `at = 0`; `next(it)` reads `it[at]` and counts, `for v in it` runs over
`it[at:]`.  All uses of the name must be of that kind.
"""
from __future__ import annotations

import itertools
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import gast

from tangent2.python.desugar_generators import generator_of, is_generator, located_new, own_parts
from tangent2.python.desugar_state import STARTS, Desugaring, build
from tangent2.python.desugar_turns import TAKERS
from tangent2.python.fence import ITERATORS
from tangent2.python.lazy import is_of_container
from tangent2.python.lower_functions import may_follow, sites_of
from tangent2.python.lower_late import captured
from tangent2.python.lower_names import free_names, parameters, reads, scan
from tangent2.python.parts import children, walk
from tangent2.python.steps import Steps, watch

_SCOPES = (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)
_DELAYED = (gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp, gast.IfExp, gast.BoolOp)
_LISTED = (list, tuple, set, frozenset, sum, min, max, any, all, sorted, dict)


@dataclass
class Named:
    """An iterator with a name: `form` is `list`, `cycle` or `count`; `items` what its name is bound to instead."""

    name: str
    form: str
    binding: Any
    items: Any
    uses: int = 0

    @property
    def at(self) -> str:
        return f"?at#{self.name}"

    def parts(self) -> dict[str, Any]:
        return {"X": gast.Name(self.name, gast.Load(), None, None), "K": gast.Name(self.at, gast.Load(), None, None)}


def iterators(D: Desugaring, node: Any) -> Any:
    """A function whose named iterators are lists."""
    if not isinstance(node.body, list):
        return node
    facts = scan(node.body)
    if not {"next", "iter"}.isdisjoint(facts.bound):
        return node
    changed = {name for name in facts.changed if name in facts.bound or not isinstance(D.lookup(name), ModuleType)}
    found = {}
    for part in own_parts(node):
        if isinstance(part, gast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], gast.Name):
            named = _source(D, node, part)
            if named is not None and _understood(D, node, named, changed):
                found[named.name] = named
    if found:
        node.body = _Rewriting(D, found).block(node.body)
    return node


def _source(D: Desugaring, node: Any, stmt: Any) -> Named | None:
    """The iterator that an assignment gives a name."""
    value, name = stmt.value, stmt.targets[0].id
    if isinstance(value, gast.GeneratorExp):
        return Named(name, "list", stmt, gast.copy_location(gast.ListComp(value.elt, value.generators), value))
    if not isinstance(value, gast.Call) or any(isinstance(a, gast.Starred) for a in value.args):
        return None
    obj = D.resolve(value.func)
    if obj is iter and len(value.args) == 1 and not value.keywords:
        inner = gast.copy_location(gast.Assign(stmt.targets, value.args[0], None), stmt)
        found = _source(D, node, inner) or Named(name, "list", stmt, build("?list(X)", value, X=value.args[0]))
        found.binding = stmt
        return found
    if obj is itertools.count and not value.keywords:
        return Named(name, "count", stmt, value.args)
    if obj is itertools.cycle:
        return Named(name, "cycle", stmt, build("?list(X)", value, X=value.args[0]))
    local = [n for n in own_parts(node) if isinstance(n, gast.FunctionDef) and n.name == getattr(
        value.func, "id", None)]
    if any(obj is each for each in ITERATORS):
        return Named(name, "list", stmt, build("[v for v in X]", value, X=value))
    if generator_of(obj) is not None or any(map(is_generator, local)):
        return Named(name, "list", stmt, build("?list(X)", value, X=value))
    return None


def _understood(D: Desugaring, node: Any, named: Named, changed: set[str]) -> bool:
    """Whether a name is bound once, nothing that it runs over changes, and every use takes items in plain sight."""
    every = [n for n in walk(node) if isinstance(n, gast.Name) and n.id == named.name]
    if sum(not isinstance(n.ctx, gast.Load) for n in every) != 1 or named.name in {
            p.id for p in parameters(node.args)} or reads(named.binding.value) & changed or not _is_near(node, named):
        return False
    if any(may_follow(site, named.binding) for key in _late_names(node, named.binding.value)
           for site in sites_of(node.body, key)):
        return False
    known: set[int] = set()
    for stmt in (p for p in own_parts(node) if isinstance(p, gast.stmt)):
        groups: list[bool] = []
        for head in _heads(stmt):
            groups += _collect(D, head, named, known, False)
        if isinstance(stmt, gast.For) and _is(stmt.iter, named):
            known.add(id(stmt.iter))
        if isinstance(stmt, gast.Assign) and _is(stmt.value, named) and isinstance(stmt.targets[0], gast.Tuple):
            known.add(id(stmt.value))
        if len(groups) > 1 and True in groups:      # what is left for the second of them depends on the first
            return False
    loads = [n for n in every if isinstance(n.ctx, gast.Load)]
    named.uses = max(len(loads), 1 if _is_run_over_once(node, named) else 2)
    takes = any(isinstance(n, gast.Call) and D.resolve(n.func) is next for n in own_parts(node))
    return all(id(n) in known for n in loads) and (takes or len(loads) > 1 or D.resolve(
        getattr(named.binding.value, "func", None)) is iter) and bool(loads)


def _is_run_over_once(node: Any, named: Named) -> bool:
    """Whether a loop over a name stands in the block in which it is bound: it is not begun again."""
    blocks = [getattr(p, f, None) for p in [node, *own_parts(node)] for f in ("body", "orelse", "finalbody")]
    return any(isinstance(b, list) and any(s is named.binding for s in b) and any(
        isinstance(s, gast.For) and _is(s.iter, named) for s in b) for b in blocks)


def _late_names(node: Any, value: Any) -> frozenset[str]:
    """The names that an iterator looks up when its items are taken."""
    called = getattr(getattr(value, "func", None), "id", None)
    inner = [free_names(n) for n in own_parts(node) if isinstance(n, gast.FunctionDef) and n.name == called]
    lazy = [captured(n) for n in walk(value) if isinstance(n, gast.GeneratorExp)]
    lambdas = [free_names(n) for n in walk(value) if isinstance(n, gast.Lambda)]
    return frozenset().union(*inner, *lazy, *lambdas)


def _is_taken(D: Desugaring, node: Any, obj: Any, named: Named) -> bool:
    """Whether a call is `any(... for v in it)`, or `all` or `next` of the like, which leaves what it did not take."""
    return any(obj is each for each in (any, all, next)) and bool(node.args) and not node.keywords and isinstance(
        node.args[0], gast.GeneratorExp) and _is(node.args[0].generators[0].iter, named)


def _is_near(node: Any, named: Named) -> bool:
    """Whether all uses of a name stand in the block in which it is bound, or in one of those that it holds."""
    for part in [node, *own_parts(node)]:
        for field in ("body", "orelse", "finalbody"):
            block = getattr(part, field, None)
            if isinstance(block, list) and any(stmt is named.binding for stmt in block):
                inside = [n for stmt in block for n in walk(stmt) if isinstance(n, gast.Name) and n.id == named.name]
                return len(inside) == sum(isinstance(n, gast.Name) and n.id == named.name for n in walk(node))
    return False


def _is(node: Any, named: Named) -> bool:
    return isinstance(node, gast.Name) and node.id == named.name


def _heads(stmt: Any) -> list[Any]:
    """The expressions that a statement evaluates itself, once."""
    if isinstance(stmt, (gast.If, gast.While)):
        return [stmt.test]
    if isinstance(stmt, gast.For):
        return [stmt.iter]
    if isinstance(stmt, (*_SCOPES, gast.Try, gast.With)):
        return []
    return list(children(stmt))


def _collect(D: Desugaring, node: Any, named: Named, known: set[int], delayed: bool) -> list[bool]:
    """Note the uses of a name that are understood; gives for each of them whether it takes all items."""
    groups: list[bool] = []
    if isinstance(node, gast.Call):
        obj = D.resolve(node.func)
        if obj is next and node.args and _is(node.args[0], named) and not delayed:
            known.add(id(node.args[0]))
            groups.append(False)
        elif named.form == "list" and not delayed and _is_taken(D, node, obj, named):
            known.add(id(node.args[0].generators[0].iter))
            groups.append(False)
        elif named.form == "list" and not delayed and (any(obj is c for c in _LISTED) or obj is zip and all(
                _is(a, named) for a in node.args)):
            args = [a.generators[0].iter if isinstance(a, gast.GeneratorExp) else a for a in node.args]
            taken = [id(a) for a in args if _is(a, named)]
            known.update(taken)
            groups += [True] if taken else []
    if named.form == "list" and not delayed:
        comprehension = isinstance(node, (gast.ListComp, gast.SetComp, gast.DictComp))
        whole = node.generators[0].iter if comprehension else node.value if isinstance(node, gast.Starred) else None
        if _is(whole, named):
            known.add(id(whole))
            groups.append(True)
    inside = delayed or isinstance(node, _DELAYED)
    for child in children(node):
        groups += _collect(D, child, named, known, inside)
    return groups


class _Rewriting(gast.NodeTransformer):
    """Statements in which iterators are lists."""

    def __init__(self, D: Desugaring, found: dict[str, Named]) -> None:
        self.D, self.found = D, found
        self.taken: dict[str, int] = {}         # by the statement at hand: items that must be there
        self.emptied: dict[str, None] = {}
        self.known: dict[str, int] = {}         # how many items were taken, where that is known
        self.depth = 0

    def block(self, stmts: list[Any]) -> list[Any]:
        self.depth += 1
        found = [located_new(new, stmt) for stmt in stmts for new in self.statement(stmt)]
        self.depth -= 1
        return found

    def statement(self, stmt: Any) -> list[Any]:
        if isinstance(stmt, _SCOPES):
            return [stmt]
        for named in self.found.values():
            if stmt is named.binding:
                return self.bound(stmt, named)
        if self.depth > 1 or isinstance(stmt, (gast.If, gast.While, gast.For, gast.Try, gast.With)):
            self.forget(stmt, frozenset())
        self.forget(stmt, self.plain(stmt))
        watches = self.watches(stmt)
        before, after = self.heads(stmt)
        for part in ("body", "orelse", "finalbody"):
            if isinstance(getattr(stmt, part, None), list):
                setattr(stmt, part, self.block(getattr(stmt, part)))
        for handler in getattr(stmt, "handlers", ()):
            handler.body = self.block(handler.body)
        if isinstance(stmt, gast.While) and before:     # each turn asks anew
            stop = gast.If(gast.UnaryOp(gast.Not(), stmt.test), [gast.Break()], [])
            stmt = gast.copy_location(gast.While(gast.Constant(True, None), [*before, stop, *stmt.body], stmt.orelse),
                                      stmt)
            return [located_new(stmt, stmt)]
        if isinstance(stmt, gast.For) and isinstance(stmt.iter, gast.Name) and stmt.iter.id in self.found:
            return self.loop(stmt, self.found[stmt.iter.id])
        if isinstance(stmt, gast.While):
            stmt.body, watches = [*watches, *stmt.body], []
        return [*watches, *before, stmt, *after]

    def watches(self, stmt: Any) -> list[Any]:
        """The questions whether what the iterators that a statement takes items of were made of is as it was then."""
        heads = [] if isinstance(stmt, gast.For) and isinstance(stmt.iter, gast.Name) else _heads(stmt)
        used = dict.fromkeys(n.id for head in heads for n in walk(head) if isinstance(n, gast.Name))
        return [watch(name, None, stmt) for name in used if name in self.found]

    def forget(self, stmt: Any, plain: frozenset[int]) -> None:
        """A statement that may run several times, or not at all, takes who knows how many items."""
        for part in walk(stmt):
            if isinstance(part, gast.Name) and id(part) not in plain:
                self.known.pop(part.id, None)

    def plain(self, stmt: Any) -> frozenset[int]:
        """The names in calls of `next` without a default."""
        return frozenset([id(n.args[0]) for n in walk(stmt) if isinstance(n, gast.Call) and len(n.args) == 1
                          and self.D.resolve(n.func) is next])

    def heads(self, stmt: Any) -> tuple[list[Any], list[Any]]:
        """Rewrite what a statement evaluates; what must hold before, and what is so after it."""
        outer = self.taken, self.emptied
        self.taken, self.emptied = {}, {}
        loops = isinstance(stmt, gast.For) and isinstance(stmt.iter, gast.Name)
        fields = ("test",) if isinstance(stmt, (gast.If, gast.While)) else ("iter",) if isinstance(stmt, gast.For) \
            else () if isinstance(stmt, (gast.Try, gast.With)) else stmt._fields
        for name in fields if not loops else ():
            part = getattr(stmt, name, None)
            if isinstance(part, list):
                setattr(stmt, name, [self.visit(p) if isinstance(p, gast.AST) else p for p in part])
            elif isinstance(part, gast.AST):
                setattr(stmt, name, self.visit(part))
        before = []
        for name, count in self.taken.items():
            named = self.found[name]
            there = self.known.get(name, 0)
            test = build(f"?len(X) < {there}" if name in self.known else f"?len(X) < K + {count}", stmt,
                         **named.parts())
            before.append(gast.If(test, [gast.Raise(gast.Name("StopIteration", gast.Load(), None, None), None)], []))
        after = [self.store(self.found[name], "?len(X)", stmt) for name in self.emptied]
        after += [self.store(self.found[n], str(self.known[n]), stmt) for n in self.taken if n in self.known]
        self.taken, self.emptied = outer
        return [located_new(s, stmt) for s in before], after

    def store(self, named: Named, text: str, place: Any) -> Any:
        target = gast.Name(named.at, gast.Store(), None, None)
        return located_new(gast.Assign([target], build(text, place, **named.parts()), None), place)

    def bound(self, stmt: Any, named: Named) -> list[Any]:
        items: Any = named.items
        if named.form == "count":
            missing = [gast.Constant(0, None), gast.Constant(1, None)][len(items):]
            items = gast.Tuple([*items, *missing], gast.Load())
        if self.depth == 1 and named.form == "list":
            self.known[named.name] = 0
        made = [located_new(gast.Assign(stmt.targets, items, None), stmt), self.store(named, "0", stmt)]
        return [watch(named.name, stmt.value, stmt), *made, watch(named.name, None, stmt)]

    def loop(self, stmt: Any, named: Named) -> list[Any]:
        inside = any(_is(n, named) for s in stmt.body for n in walk(s)) or any(
            isinstance(n, gast.Name) and n.id == named.at for s in stmt.body for n in walk(s))
        count = self.store(named, "K + 1", stmt)
        if not inside:
            stmt.iter = build("X[K:]", stmt.iter, **named.parts())
            stmt.body = [watch(named.name, None, stmt), *([count] if named.uses > 1 else []), *stmt.body]
            return [stmt]
        test = build("K < ?len(X)", stmt, **named.parts())
        first = gast.Assign([stmt.target], build("X[K]", stmt, **named.parts()), None)
        body = [watch(named.name, None, stmt), located_new(first, stmt), count, *stmt.body]
        return [gast.copy_location(gast.While(test, body, stmt.orelse), stmt)]

    # ---- expressions ----

    def visit_Call(self, node: Any) -> Any:
        obj = self.D.resolve(node.func)
        first = node.args[0] if node.args else None
        named = self.found.get(first.id) if isinstance(first, gast.Name) else None
        if named is not None and obj is next:
            return self.next_item(node, named)
        if any(_is_taken(self.D, node, obj, each) for each in self.found.values()):
            return self.loops_of(TAKERS[obj](self.D, node))
        if named is not None and obj is zip and len(node.args) > 1:
            count = len(node.args)
            self.emptied[named.name] = None
            node.args = [build(f"X[K + {k}::{count}]", a, **named.parts()) for k, a in enumerate(node.args)]
            return node
        return self.generic_visit(node)

    def next_item(self, node: Any, named: Named) -> Any:
        target = gast.Name(named.at, gast.Store(), None, None)
        step = build("(H := K + 1) - 1", node, **named.parts())
        step.left.target = located_new(target, node)
        if named.form == "count":
            return build("X[0] + X[1] * S", node, S=step, **named.parts())
        if named.form == "cycle":
            return build("X[S % ?len(X)]", node, S=step, **named.parts())
        if len(node.args) == 1:
            self.taken[named.name] = self.taken.get(named.name, 0) + 1
            if named.name in self.known:
                self.known[named.name] += 1
                return build(f"X[{self.known[named.name] - 1}]", node, **named.parts())
            return build("X[S]", node, S=step, **named.parts())
        return build("X[S] if K < ?len(X) else D", node, S=step, D=self.visit(node.args[1]), **named.parts())

    def loops_of(self, made: Steps) -> Any:
        """The loop over an iterator that a call is."""
        made.body = self.block(made.body)
        return made

    def visit_Name(self, node: Any) -> Any:
        named = self.found.get(node.id) if isinstance(node.ctx, gast.Load) else None
        if named is None:
            return node
        self.emptied[named.name] = None
        return build("X[K:]", node, **named.parts())

    def visit_Lambda(self, node: Any) -> Any:
        return node


def given(D: Desugaring, node: Any) -> Any:
    """A method `__iter__` that returns an iterator, which its caller uses up: it returns the list of its items."""
    if getattr(node, "name", None) != "__iter__":
        return node
    for part in own_parts(node):
        if not isinstance(part, gast.Return) or part.value is None:
            continue
        value, obj = part.value, D.resolve(getattr(part.value, "func", None))
        if isinstance(value, gast.GeneratorExp):
            part.value = gast.copy_location(gast.ListComp(value.elt, value.generators), value)
        elif obj is iter and len(value.args) == 1 or any(obj is each for each in ITERATORS):
            items = value.args[0] if obj is iter else value
            part.value = items if is_of_container(value) else build("[v for v in X]", value, X=items)
    return node


STARTS.insert(0, iterators)
STARTS.insert(0, given)
