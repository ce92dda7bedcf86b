"""Loops: `for`, `while`, their `else`, `break` and `continue`; and comprehensions, which are loops that append."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.syntax import (
    ONE_ITEM, UNDEF, Atom, Break, Const, Continue, Exit, For, Region, Value, While, Yield,
)
from tangent2.python.fence import draws
from tangent2.python.lower_branches import Branch, branch, join, nothing, test
from tangent2.python.lower_late import captured, is_late, late_reads, mark, with_parts_taken
from tangent2.python.lower_names import Scan, scan, target_names
from tangent2.python.lower_outside import calls_unknown, is_outside
from tangent2.python.lower_state import Loop, Lowering, expression, hint_of, same, statement, title_of
from tangent2.python.lower_targets import assign
from tangent2.python.parts import walk

Run = Callable[[], "Exit | None"]


def carried(L: Lowering, found: Scan, live: frozenset[str] | None) -> list[tuple[str, ...]]:
    """The names a loop carries, by first assignment; names that are one object and stay so are one group.

    A name is carried if the body gives it a new value, directly or through another name of the same object, and
    it is read in a later iteration or after the loop.
    """
    names = [n for n in _with_aliases(L, found) if not is_outside(L, n) and (live is None or n in live)]
    groups: dict[Any, list[str]] = {}
    for name in names:
        atom = L.env.get(name)
        alone = name in found.bound or not isinstance(atom, Value)
        groups.setdefault(name if alone else atom, []).append(name)
    return [tuple(group) for group in groups.values()]


def _with_aliases(L: Lowering, found: Scan) -> dict[str, None]:
    """The names a body touches, and those that may be other names of an object it changes."""
    changed = dict(found.changed)
    pending = list(changed)
    while pending:
        name = pending.pop()
        atom = L.env.get(name)
        others = [n for n, a in L.env.items() if a is atom and isinstance(atom, Value)]
        others += [new for new, old in found.copied if old == name] + [old for new, old in found.copied if new == name]
        for other in others:
            if other not in changed:
                changed[other] = None
                pending.append(other)
    return found.touched | changed


def _vals(L: Lowering, groups: list[tuple[str, ...]], node: Any) -> tuple[Atom, ...]:
    """What the carried names are bound to here."""
    vals = []
    for group in groups:
        atoms = [L.env[name] for name in group if name in L.env]
        if any(not same(a, atoms[0]) for a in atoms):
            L.refuse(node, f"`{group[0]}` and `{group[1]}` are one object in some iterations only",
                     f"copy before the loop: `{group[1]} = {group[1]}.copy()`")
        vals.append(atoms[0] if atoms else UNDEF)
    return tuple(vals)


class _Open:
    """A loop while its regions are lowered."""

    def __init__(self, L: Lowering, node: Any, groups: list[tuple[str, ...]], flag: str | None = None) -> None:
        self.L, self.node, self.groups, self.frame, self.origin = L, node, groups, Loop(groups, flag), L.origin
        self.init = _vals(L, groups, node)
        self.params = tuple([self._value(group) for group in groups])

    def _value(self, group: tuple[str, ...]) -> Value:
        title = title_of(group[0])
        return Value(title, title is not None and group[0] != self.frame.flag)

    def region(self, run: Run) -> Branch:
        """Lower a region in which carried names are the params."""
        def start() -> Exit | None:
            for group, param in zip(self.groups, self.params):
                self.L.env.update(dict.fromkeys(group, param))
            return run()
        return branch(self.L, start)

    def body(self, run: Run) -> Region:
        """Lower the body; its end yields the carried names."""
        def whole() -> Exit | None:
            exit = run()
            return Yield(_vals(self.L, self.groups, self.node)) if exit is None else exit
        self.L.loops.append(self.frame)
        try:
            done = self.region(whole)
        finally:
            self.L.loops.pop()
        assert done.exit is not None
        return Region(tuple(done.stmts), done.exit)

    def close(self, names: Any) -> tuple[Value, ...]:
        """After the loop: carried names are its results, the others that it binds are unbound."""
        outs = tuple([self._value(group) for group in self.groups])
        for name in names:
            self.L.env.pop(name, None)
        for group, out in zip(self.groups, outs):
            self.L.env.update(dict.fromkeys(group, out))
        return outs


def for_loop(L: Lowering, node: Any, target: Any, iter: Atom, groups: list[tuple[str, ...]], names: Any, run: Run,
             flag: str | None = None) -> None:
    """Emit a `For`; `names`: all that the loop binds."""
    loop = _Open(L, node, groups, flag)
    item = Value(hint_of(target), isinstance(target, gast.Name))

    def body() -> Exit | None:
        assign(L, target, item)
        return run()
    region = loop.body(body)
    outs = loop.close(names)
    L.stmts.append(For(outs, item, iter, loop.params, loop.init, region, loop.origin))


@statement(gast.For)
def for_statement(L: Lowering, node: Any) -> Exit | None:
    """`for ... else`."""
    found = scan(node.body, node.target)
    source = with_parts_taken(L, node.iter)
    check_late = _watched(L, source)
    iter = _iterable(L, source, found, draws(node.body))
    flag = _flag(L, node)
    groups = carried(L, found, L.live.header[id(node)]) + ([(flag,)] if flag else [])

    def run() -> Exit | None:
        check_late()
        return L.block(node.body)
    for_loop(L, node, node.target, iter, groups, found.touched, run, flag)
    return _else(L, node, flag)


def _watched(L: Lowering, iter: Any) -> Callable[[], None]:
    """Note what is read of generators before they are listed; the result notes it again, at the begin of each turn."""
    late = list(late_reads(L, iter))
    mark(L, late, False)
    return lambda: mark(L, late, True)


def _iterable(L: Lowering, node: Any, body: Scan, drawing: bool) -> Atom:
    """What a loop runs over.  What Python computes while the loop runs, we compute before it."""
    if any(getattr(n, "draws", False) for n in walk(node)) and drawing:
        L.refuse(node, "a generator and the loop over it both draw random numbers",
                 "make a list before the loop, or draw in one of them only", "yield")
    late = [n for n in walk(node) if is_late(L, n)]
    if late:
        names = frozenset().union(*map(captured, late))
        for name in sorted(names & frozenset(body.given)):
            L.refuse(node, f"`{name}` changes while the loop runs, and with it what the loop runs over",
                     "make a list before the loop")
    L.transient.add(id(node))
    return _listed(L, node)


def _listed(L: Lowering, node: Any) -> Atom:
    return list_comprehension(L, node, None) if isinstance(node, gast.GeneratorExp) else L.expr(node)


@statement(gast.While)
def while_statement(L: Lowering, node: Any) -> Exit | None:
    """`while ... else`; a condition that binds names, or may change what they hold, is tested in the body."""
    in_test, found = scan([node.test]), scan([node.test, *node.body])
    flag = _flag(L, node)
    groups = carried(L, found, L.live.header[id(node)]) + ([(flag,)] if flag else [])
    loop = _Open(L, node, groups, flag)
    if in_test.given or calls_unknown(L, node.test):
        cond, body = Region((), Yield((Const(True),))), loop.body(lambda: _tested(L, node))
    else:
        cond, body = _condition(L, loop, node), loop.body(lambda: L.block(node.body))
    outs = loop.close(found.touched)
    L.stmts.append(While(outs, loop.params, loop.init, cond, body, loop.origin))
    return _else(L, node, flag)


def _condition(L: Lowering, loop: _Open, node: Any) -> Region:
    L.reading += 1
    done = loop.region(lambda: Yield((test(L, node.test),)))
    L.reading -= 1
    assert done.exit is not None
    return Region(tuple(done.stmts), done.exit)


def _tested(L: Lowering, node: Any) -> Exit | None:
    """The body of a loop that tests its condition itself and runs out by a break."""
    cond = test(L, node.test)
    out = branch(L, lambda: Break(_vals(L, L.loops[-1].groups, node)))
    exit = join(L, cond, branch(L, nothing), out)
    return exit if exit is not None else L.block(node.body)


def _flag(L: Lowering, node: Any) -> str | None:
    """Bind the name that tells whether the loop ran out, where that must be known."""
    if not node.orelse or not any(map(_breaks, node.body)):
        return None
    name = f"?completed#{len(L.loops)}"
    L.env[name] = Const(True)
    return name


def _breaks(node: Any) -> bool:
    """Whether a statement may break the loop around it."""
    if isinstance(node, (gast.For, gast.While)):
        return any(map(_breaks, node.orelse))
    if isinstance(node, gast.If):
        return any(map(_breaks, node.body)) or any(map(_breaks, node.orelse))
    return isinstance(node, gast.Break)


def _else(L: Lowering, node: Any, flag: str | None) -> Exit | None:
    if flag is None:
        return L.block(node.orelse)
    ran_out = L.env.pop(flag)
    return join(L, ran_out, branch(L, lambda: L.block(node.orelse)), branch(L, nothing), L.live.after[id(node)])


@statement(gast.Break)
def break_statement(L: Lowering, node: Any) -> Exit | None:
    """`break`: the carried names are the results of the loop."""
    if L.loops[-1].flag is not None:
        L.env[L.loops[-1].flag] = Const(False)
    return Break(_vals(L, L.loops[-1].groups, node))


@statement(gast.Continue)
def continue_statement(L: Lowering, node: Any) -> Exit | None:
    """`continue`: the carried names are the next params."""
    return Continue(_vals(L, L.loops[-1].groups, node))


# --- comprehensions ---------------------------------------------------------------------------------------------------


@expression(gast.ListComp)
def list_comprehension(L: Lowering, node: Any, hint: str | None) -> Atom:
    """A list that a loop appends to; also of a generator that is consumed at once."""
    name = f"?{hint or ''}#{len(L.scoped)}.{node.col_offset}.{node.lineno}"
    while name in L.env:        # what is made of one place may nest
        name += "."
    L.env[name] = L.op(prims.LIST, hint=hint)

    def push() -> Exit | None:
        value = L.expr(node.elt)
        L.env[name] = L.op(prims.PUSH, L.env[name], value, hint=hint)
        return Break(_vals(L, L.loops[-1].groups, node)) if getattr(node, "first_only", False) else None
    _comprehension(L, node, name, push)
    out = L.env.pop(name)
    return out


@expression(gast.DictComp)
def dict_comprehension(L: Lowering, node: Any, hint: str | None) -> Atom:
    """A dict that a loop stores to."""
    name = f"?{hint or ''}#{len(L.scoped)}.{node.col_offset}.{node.lineno}"
    while name in L.env:
        name += "."
    L.env[name] = L.op(prims.DICT, static=(), hint=hint)

    def store() -> Exit | None:
        key, value = L.atoms((node.key, node.value))
        L.env[name] = L.op(prims.SETITEM, L.env[name], key, value, static=ONE_ITEM, hint=hint)
        return None
    _comprehension(L, node, name, store)
    return L.env.pop(name)


def any_or_all(L: Lowering, node: Any, conjunction: bool) -> Atom:
    """`any(... for ...)` and `all(... for ...)`, which stop at the element that decides."""
    name = f"?#{len(L.scoped)}.{node.col_offset}.{node.lineno}"
    L.env[name] = Const(conjunction)

    def decide() -> Exit | None:
        cond = test(L, node.elt)

        def stop() -> Exit | None:
            L.env[name] = Const(not conjunction)
            return Break(_vals(L, L.loops[-1].groups, node))
        sides = branch(L, nothing), branch(L, stop)
        return join(L, cond, *(sides if conjunction else sides[::-1]))
    _comprehension(L, node, name, decide)
    return L.env.pop(name)


def _comprehension(L: Lowering, node: Any, result: str, innermost: Run) -> None:
    """The loops of a comprehension, in a scope of their own; `result` is the name that the innermost body changes."""
    targets = [list(target_names(g.target)) for g in node.generators]
    inner = {name for names in targets for name in names}
    parts = [getattr(node, f) for f in ("elt", "key", "value") if hasattr(node, f)]
    found = scan([*parts, *node.generators])
    if any(g.is_async for g in node.generators):
        L.refuse(node, "`async for` is not supported", "use a plain loop")
    found.touched[result] = found.bound[result] = None
    hidden = {name: L.env[name] for name in inner if name in L.env}
    depth, start = len(L.scoped), len(L.updated)
    _level(L, node, _Nest(targets, found, innermost), 0)
    del L.scoped[depth:]
    for name in inner:
        L.env.pop(name, None)
    for name, atom in hidden.items():
        if any(atom is old for old in L.updated[start:]):
            L.refuse(node, f"`{name}` is hidden in a comprehension and written to under another name",
                     "rename the target of the comprehension")
        L.env[name] = atom


@dataclass(frozen=True)
class _Nest:
    """The loops of one comprehension: their targets, what all of them touch, the innermost body."""

    targets: list[list[str]]
    found: Scan
    innermost: Run


def _level(L: Lowering, node: Any, nest: _Nest, k: int) -> Exit | None:
    """The loop number `k` of a comprehension and those in it; it carries the targets of outer ones that change."""
    if k == len(node.generators):
        return nest.innermost()
    generator = node.generators[k]
    L.transient.add(id(generator.iter))
    check_late = _watched(L, generator.iter)
    iter = _listed(L, generator.iter)
    L.scoped += nest.targets[k]
    own = {name for names in nest.targets[k:] for name in names}
    groups = [tuple([n for n in group if n not in own]) for group in carried(L, nest.found, None)]
    names = [*own, *(n for n in nest.found.touched if n not in own)]

    def body() -> Exit | None:
        check_late()
        return _filtered(L, generator.ifs, lambda: _level(L, node, nest, k + 1))
    for_loop(L, node, generator.target, iter, [g for g in groups if g], names, body)
    return None


def _filtered(L: Lowering, conditions: list[Any], run: Run) -> Exit | None:
    """Run under all the conditions of one `for` of a comprehension."""
    if not conditions:
        return run()
    cond = test(L, conditions[0])
    return join(L, cond, branch(L, lambda: _filtered(L, conditions[1:], run)), branch(L, nothing))
