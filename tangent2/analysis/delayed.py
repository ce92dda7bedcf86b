"""Arrays that are put into a list and written to afterwards are put there once, as they are at the end.

Renewal puts such an array back at each write, `rows[-1] = row`.  Where nothing reads the list in between, all but the
last are left out, loops and branches carry the array alone, and what remains is the `append` itself.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tangent2.analysis.aliases import Cell, Place
from tangent2.core import prims
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Break, Const, Continue, For, Function, If, Op, Region, Stmt, Value, While, Yield, operands, regions,
    walk,
)
from tangent2.core.walk import map_regions


def delay(function: Function, follows: Collection[Value], places: Mapping[Value, Place]) -> Function:
    """The function in which arrays are appended when they are filled; `follows`: lists in which one was put back.

    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Return
    >>> rows, more, row, full, last = map(Value, ("rows", "rows", "row", "row", "rows"))
    >>> body = (Op((more,), prims.PUSH, (rows, row)),
    ...         Op((full,), prims.SETITEM, (row, Const(0), Const(1.0)), static=ONE_ITEM),
    ...         Op((last,), prims.SETITEM, (more, Const(-1), full), static=ONE_ITEM))
    >>> f = Function("f", (rows, row), Region(body, Return((last,))))
    >>> print(show(delay(f, {last}, {})))
    def f(rows.0, row.1):
        row.2 = row.1 with [0] := 1.0
        rows.3 = push rows.0 <- row.2
        return rows.3
    """
    if not follows:
        return function
    run = _Delay(set(follows), places, Counter(_read(function.body)))
    body = run.region(function.body)
    return replace(function, body=body)


def _read(region: Region) -> Iterator[Atom]:
    for stmt in (None, *walk(region)):
        inner = (region,) if stmt is None else regions(stmt)
        yield from () if stmt is None else operands(stmt)
        for r in inner:
            yield from r.exit.vals


class _Delay:
    """follows: lists in which their last element was put back; uses: how often each value is read."""

    def __init__(self, follows: set[Value], places: Mapping[Value, Place], uses: Counter[Atom]) -> None:
        self.follows = follows
        self.places = places
        self.uses = uses

    def region(self, region: Region) -> Region:
        made: dict[Atom, Op] = {}
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            for new in self.hoisted(map_regions(stmt, self.region)):
                op = self.merged(new, made, stmts)
                stmts.append(op)
                if isinstance(op, Op) and (op.prim is prims.PUSH or self.is_last(op)):
                    made[op.out] = op
        return replace(region, stmts=tuple(stmts))

    def is_last(self, stmt: Stmt | None) -> bool:
        """Whether the last element of a list is put back."""
        return isinstance(stmt, Op) and stmt.prim is prims.SETITEM and stmt.out in self.follows

    def merged(self, stmt: Stmt, made: Mapping[Atom, Op], stmts: list[Stmt]) -> Stmt:
        """What puts the last element back, with what did so before, or appended it."""
        if not isinstance(stmt, Op) or not self.is_last(stmt):
            return stmt
        before = made.get(stmt.args[0])
        if before is None or self.uses[stmt.args[0]] != 1:
            return stmt
        stmts.remove(before)
        self.uses.subtract(before.args)
        self.uses[before.args[0]] += 1
        return replace(before, outs=stmt.outs, args=(*before.args[:-1], stmt.args[-1]))

    def hoisted(self, stmt: Stmt) -> Iterator[Stmt]:
        """A loop or branch that carries the array alone, and what puts it into the list afterwards."""
        after: list[Op] = []
        while isinstance(stmt, (For, While, If)):
            found = self.in_branch(stmt) if isinstance(stmt, If) else self.in_loop(stmt)
            if found is None:
                break
            stmt, op = found
            self.follows.add(op.out)
            after.append(op)
        yield stmt
        yield from after

    def in_loop(self, loop: For | While) -> tuple[Stmt, Op] | None:
        exit = loop.body.exit
        if not isinstance(exit, Yield) or _leaves(loop.body):
            return None
        for k, param in enumerate(loop.params):
            last = self.put(loop.body, exit.vals[k], param)
            j = None if last is None or self.uses[param] != 1 else self.carried(last.args[-1], exit.vals, loop.params)
            if last is None or j is None:
                continue
            body = replace(loop.body, stmts=tuple([s for s in loop.body.stmts if s is not last]),
                           exit=Yield(_without(exit.vals, k)))
            self.uses.subtract((exit.vals[k], *last.args))
            new = replace(loop, outs=_without(loop.outs, k), params=_without(loop.params, k),
                          init=_without(loop.init, k), body=body)
            return new, self.op(last, loop.outs[k], loop.init[k], loop.outs[j])
        return None

    def in_branch(self, stmt: If) -> tuple[Stmt, Op] | None:
        arms = stmt.then, stmt.orelse
        if not all(isinstance(arm.exit, Yield) for arm in arms):
            return None
        for k, out in enumerate(stmt.outs):
            lasts = [self.put(arm, arm.exit.vals[k]) for arm in arms]
            last = lasts[0] or lasts[1]
            if last is None or any(arm.exit.vals[k] != last.args[0] if own is None else own.args[0] != last.args[0]
                                   for own, arm in zip(lasts, arms)):
                continue
            rows = [arm.exit.vals for arm in arms]
            side = 0 if lasts[0] is not None else 1
            j = self.carried(last.args[-1], rows[side], stmt.outs)
            if j is None or any(own is not None and own.args[-1] is not vals[j] for own, vals in zip(lasts, rows)):
                continue
            if self.place(rows[1 - side][j]) != self.place(last.args[-1]):
                continue
            made = [replace(arm, stmts=tuple([s for s in arm.stmts if s is not own]),
                            exit=Yield(_without(arm.exit.vals, k))) for own, arm in zip(lasts, arms)]
            for own, arm in zip(lasts, arms):
                self.uses.subtract((arm.exit.vals[k], *(own.args if own is not None else ())))
            self.uses[last.args[0]] += 1
            new = replace(stmt, outs=_without(stmt.outs, k), then=made[0], orelse=made[1])
            return new, self.op(last, out, last.args[0], stmt.outs[j])
        return None

    def put(self, region: Region, atom: Atom, base: Atom | None = None) -> Op | None:
        """What puts the last element back into a list that a region hands on, and nothing else reads."""
        found = next((s for s in region.stmts if atom in s.outs), None)
        if not isinstance(found, Op) or not self.is_last(found) or self.uses[atom] != 1:
            return None
        return found if base is None or found.args[0] is base else None

    def carried(self, row: Atom, vals: tuple[Atom, ...], names: tuple[Value, ...]) -> int | None:
        """Where an array is handed on, by a name that surely is the same memory."""
        place = self.place(row)
        return next((j for j, (val, name) in enumerate(zip(vals, names))
                     if val is row and isinstance(place, Cell) and self.place(name) == place), None)

    def place(self, atom: Atom) -> Place | None:
        return self.places.get(atom) if isinstance(atom, Value) else None

    def op(self, last: Op, out: Value, base: Atom, row: Atom) -> Op:
        self.uses[row] += 1
        return Op((out,), prims.SETITEM, (base, Const(-1), row), (), ONE_ITEM, last.origin)


def _without(parts: tuple[Any, ...], k: int) -> tuple[Any, ...]:
    return parts[:k] + parts[k + 1:]


def _leaves(region: Region) -> bool:
    """Whether some path in the body of a loop leaves its turn early."""
    return any(isinstance(r.exit, (Break, Continue)) for s in walk(region) if isinstance(s, If) for r in regions(s))
