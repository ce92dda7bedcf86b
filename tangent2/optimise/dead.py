"""Dead code: statements, carried values and results that nothing needs go; effects, raises and exits stay.

Mark and sweep over the whole function, so a loop's carried value that only feeds itself is found dead in one go.
Roots are returns, raises and effects.  A statement that is kept keeps the statements around it, and a loop that is
kept keeps the branches that break or continue it.  Dropping a loop that might not end, or a NumPy call that might
raise, is allowed (DESIGN section 4); the user's own `raise` is never dropped.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from tangent2.core import prims
from tangent2.core.syntax import (
    Atom, Break, Call, Continue, Exit, For, If, Note, Op, Raise, Region, Return, Stmt, Typed, Value, While,
    Yield, operands, regions,
)

HasEffect = Callable[[Call], bool]
Loop = For | While
AnyAtom = TypeVar("AnyAtom", bound=Atom)


def drop_dead(typed: Typed, has_effect: HasEffect = lambda call: True) -> Typed:
    """Remove what neither the result nor an effect needs.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import Function
    >>> x, a, b = Value("x"), Value("a"), Value("b")
    >>> stmts = (Op((a,), prims.MUL, (x, x)), Op((b,), prims.NEG, (a,)))     # a = x * x; b = -a; return a
    >>> before = Function("f", (x,), Region(stmts, Return((a,))))
    >>> [s.prim for s in drop_dead(Typed(before, {}, FLOAT)).function.body.stmts]       # a = x * x; return a
    [mul]
    """
    body = drop_dead_in(typed.function.body, has_effect)
    if body is typed.function.body:
        return typed
    return Typed(replace(typed.function, body=body), typed.kinds, typed.result)


def drop_dead_in(body: Region, has_effect: HasEffect | None = lambda call: True) -> Region:
    """The same for one region; the values of its exit are all needed.

    `has_effect` is None where all that runs has run before: effects and raises go as well.
    """
    marks = _Marks(has_effect)
    marks.enter(body, None, None)
    for v in body.exit.vals:
        marks.need(v)
    marks.run()
    return _sweep(body, marks, None, None)


def contains_effect(region: Region, has_effect: HasEffect = lambda call: True) -> bool:
    """Whether running a region can be noticed other than through its values: effects and raises."""
    return isinstance(region.exit, Raise) or any(
        is_effect(s, has_effect) or any(contains_effect(r, has_effect) for r in regions(s)) for s in region.stmts)


def is_effect(stmt: Stmt, has_effect: HasEffect = lambda call: True) -> bool:
    """Whether a statement itself (what it holds not counted) must be kept whoever reads its results."""
    if isinstance(stmt, Op):
        if stmt.prim is prims.VERBATIM:
            return not stmt.static.pure
        return stmt.prim.effect != "pure" or stmt.prim is prims.METHOD
    return isinstance(stmt, Call) and has_effect(stmt)


class _Marks:
    """What is needed: values, statements by identity, and carried positions of loops."""

    def __init__(self, has_effect: HasEffect | None) -> None:
        self.has_effect = has_effect
        self.parent: dict[int, Stmt | None] = {}
        self.definition: dict[Value, tuple[Stmt, int]] = {}     # with the position of a carried value, -1 for a target
        self.ways: dict[int, list[tuple[Atom, ...]]] = {}       # loop -> values of its yield, breaks and continues
        self.guards: dict[int, list[Stmt]] = {}                 # loop -> innermost statements that break or continue it
        self.raised: dict[int, list[Atom]] = {}                 # what is raised in statements that no raise keeps
        self.kept: set[int] = set()
        self.values: set[Value] = set()
        self.positions: set[tuple[int, int]] = set()
        self.work: list[Atom] = []
        self.roots: list[Stmt] = []

    def enter(self, region: Region, parent: Stmt | None, loop: Loop | None) -> None:
        """Note definitions, parents, exits and roots of a region."""
        for stmt in region.stmts:
            self.parent[id(stmt)] = parent
            for k, v in enumerate(stmt.outs):
                self.definition[v] = stmt, k
            if isinstance(stmt, (For, While)):
                self._enter_loop(stmt)
            elif isinstance(stmt, If):
                self.enter(stmt.then, stmt, loop)
                self.enter(stmt.orelse, stmt, loop)
            elif self.has_effect is not None and is_effect(stmt, self.has_effect):
                self.roots.append(stmt)
        self._enter_exit(region.exit, parent, loop)

    def _enter_loop(self, stmt: Loop) -> None:
        self.ways[id(stmt)] = []
        if isinstance(stmt.body.exit, Yield) and len(stmt.body.exit.vals) == len(stmt.params):     # its end is reached
            self.ways[id(stmt)].append(stmt.body.exit.vals)
        self.guards[id(stmt)] = []
        for k, v in enumerate(stmt.params):
            self.definition[v] = stmt, k
        if isinstance(stmt, For):
            self.definition[stmt.target] = stmt, -1
        else:
            self.enter(stmt.cond, stmt, None)
        self.enter(stmt.body, stmt, stmt)

    def _enter_exit(self, exit: Exit, parent: Stmt | None, loop: Loop | None) -> None:
        if isinstance(exit, (Break, Continue)) and loop is not None:
            self.ways[id(loop)].append(exit.vals)
            if parent is not None and parent is not loop:
                self.guards[id(loop)].append(parent)
        elif isinstance(exit, Raise) and self.has_effect is None and parent is not None:
            self.raised.setdefault(id(parent), []).extend(exit.vals)
        elif isinstance(exit, (Return, Raise)):
            self.work += exit.vals
            if parent is not None:
                self.roots.append(parent)

    def need(self, atom: Atom) -> None:
        self.work.append(atom)

    def run(self) -> None:
        for stmt in self.roots:
            self._keep(stmt)
        while self.work:
            atom = self.work.pop()
            if isinstance(atom, Value) and atom not in self.values:
                self.values.add(atom)
                if atom in self.definition:
                    self._define(*self.definition[atom])

    def _define(self, stmt: Stmt, position: int) -> None:
        self._keep(stmt)
        if isinstance(stmt, If):
            for region in (stmt.then, stmt.orelse):
                if isinstance(region.exit, Yield) and position < len(region.exit.vals):
                    self.work.append(region.exit.vals[position])
        elif isinstance(stmt, (For, While)) and position >= 0 and (id(stmt), position) not in self.positions:
            self.positions.add((id(stmt), position))
            self.work.append(stmt.init[position])
            self.work += [vals[position] for vals in self.ways[id(stmt)]]

    def _keep(self, stmt: Stmt | None) -> None:
        while stmt is not None and id(stmt) not in self.kept:
            self.kept.add(id(stmt))
            self.work += self.raised.get(id(stmt), ())
            if isinstance(stmt, (Op, Call)):
                self.work += stmt.args
            elif isinstance(stmt, If):
                self.work.append(stmt.cond)
            elif isinstance(stmt, (For, While)):
                self.work += operands(stmt)[:1] if isinstance(stmt, For) else stmt.cond.exit.vals
                for guard in self.guards[id(stmt)]:
                    self._keep(guard)
            stmt = self.parent[id(stmt)]


def _sweep(region: Region, marks: _Marks, branch: If | None, loop: Loop | None) -> Region:
    stmts: list[Stmt] = []
    for stmt in region.stmts:
        if isinstance(stmt, Note) or id(stmt) in marks.kept:
            stmts.append(_sweep_stmt(stmt, marks, loop))
    exit = _sweep_exit(region.exit, marks, branch, loop)
    same = exit is region.exit and len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
    return region if same else Region(tuple(stmts), exit)


def _sweep_exit(exit: Exit, marks: _Marks, branch: If | None, loop: Loop | None) -> Exit:
    vals = exit.vals
    if isinstance(exit, Yield) and branch is not None:
        vals = tuple([a for v, a in zip(branch.outs, vals) if v in marks.values])
    elif loop is not None and isinstance(exit, (Yield, Break, Continue)):
        vals = _live(loop, exit.vals, marks)
    return exit if len(vals) == len(exit.vals) else type(exit)(vals)


def _live(loop: Loop, vals: tuple[AnyAtom, ...], marks: _Marks) -> tuple[AnyAtom, ...]:
    return tuple([a for k, a in enumerate(vals) if (id(loop), k) in marks.positions])


def _sweep_stmt(stmt: Stmt, marks: _Marks, loop: Loop | None) -> Stmt:
    if isinstance(stmt, If):
        then, orelse = _sweep(stmt.then, marks, stmt, loop), _sweep(stmt.orelse, marks, stmt, loop)
        outs = tuple([v for v in stmt.outs if v in marks.values])
        if then is stmt.then and orelse is stmt.orelse and len(outs) == len(stmt.outs):
            return stmt
        return If(outs, stmt.cond, then, orelse, stmt.origin)
    if not isinstance(stmt, (For, While)):
        return stmt
    body = _sweep(stmt.body, marks, None, stmt)
    outs, params = _live(stmt, stmt.outs, marks), _live(stmt, stmt.params, marks)
    init = _live(stmt, stmt.init, marks)
    if isinstance(stmt, For):
        if body is stmt.body and len(outs) == len(stmt.outs):
            return stmt
        return For(outs, stmt.target, stmt.iter, params, init, body, stmt.origin)
    cond = _sweep(stmt.cond, marks, None, None)
    if body is stmt.body and cond is stmt.cond and len(outs) == len(stmt.outs):
        return stmt
    return While(outs, params, init, cond, body, stmt.origin)
