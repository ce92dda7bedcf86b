"""Writes that might cut what they write: into what may be an array of whole numbers, which drops the fractions.

Where the dtype of an array is known, so is whether a derivative flows through what is written to it.  Where it is open
until the code runs (`np.array([0 if c else x])`), the text looks, and refuses what would be cut.
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.dtypes import narrowest, widest
from tangent2.core.kinds import Array, Kind, List, Number, Object, Tuple, Unknown, is_inexact
from tangent2.core.syntax import Atom, Op, Region, Stmt, Typed, Value, walk
from tangent2.core.walk import map_regions
from tangent2.rules.apply import flow_positions, has_rule
from tangent2.rules.declare import by_name

_WRITES = frozenset({prims.SETITEM, *prims.UPDATES.values()})
_DTYPE = Object("dtype")        # one of which nothing is known


def guard_writes(typed: Typed, varied: frozenset[Value]) -> Typed:
    """The function with a look at arrays of open dtype wherever values that vary are written to them.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import ONE_ITEM, Const, Function, Return
    >>> x, a, b = Value("x", True), Value("a", True), Value("b", True)
    >>> write = Op((b,), prims.SETITEM, (a, Const(0), x), static=ONE_ITEM)
    >>> f = Typed(Function("f", (x, a), Region((write,), Return((b,)))), {x: FLOAT, a: Array(None, (2,))}, Array())
    >>> print(show(guard_writes(f, frozenset({x, b})).function))
    def f(x.0, a.1):
        t.2 = uncut(x.0, a.1)
        b.3 = a.1 with [0] := t.2
        return b.3
    """
    guard = _Guard(Builder(dict(typed.kinds)), varied)
    if not any(isinstance(s, Op) and guard.places(s) for s in walk(typed.function.body)):
        return typed
    body = guard.region(typed.function.body)
    return Typed(replace(typed.function, body=body), guard.build.kinds, typed.result)


class _Guard:
    """The kinds of what is made, and which values vary."""

    def __init__(self, build: Builder, varied: frozenset[Value]) -> None:
        self.build, self.varied = build, varied

    def region(self, region: Region) -> Region:
        with self.build.region() as stmts:
            for stmt in region.stmts:
                self.build.add(self.guarded(stmt) if isinstance(stmt, Op) else map_regions(stmt, self.region))
        return Region(tuple(stmts), region.exit)

    def guarded(self, op: Op) -> Stmt:
        places = self.places(op)
        args = [self.build.op(by_name("uncut"), a, places[k]) if k in places else a for k, a in enumerate(op.args)]
        return replace(op, args=tuple(args)) if places else op

    def places(self, op: Op) -> dict[int, Atom]:
        """What varies and may be cut, by its position: the array, or the dtype, that decides."""
        if op.prim in _WRITES:
            found = {len(op.args) - 1: op.args[0]} if is_open(self.build.kind(op.args[0])) else {}
        elif op.prim.name == "np.full_like" and "dtype" not in op.kw:
            found = {1: op.args[0]} if is_open(self.build.kind(op.args[0])) else {}
        elif "dtype" in op.prim.params and has_rule(op.prim):
            dtypes = [a for a in op.args if isinstance(a, Value) and is_open(self.build.kind(a))
                      and isinstance(self.build.kind(a), Object)]
            found = dict.fromkeys(flow_positions(op), dtypes[0]) if dtypes else {}
        else:
            found = {}
        return {k: place for k, place in found.items() if op.args[k] in self.varied and self.may_be_cut(op.args[k])}

    def may_be_cut(self, atom: Atom) -> bool:
        kind = self.build.kind(atom)
        return isinstance(kind, (Number, Array, List, Tuple, Unknown)) and is_inexact(kind)


def is_open(kind: Kind) -> bool:
    """Whether an array, or what is given as a dtype, may be of whole numbers, or of real ones, or of complex ones."""
    if isinstance(kind, Object):
        return kind == _DTYPE or kind.cls.startswith("dtype ") and "|" in kind.cls
    if isinstance(kind, Array):
        return kind.dtype is None or widest(kind.dtype)[0] != narrowest(kind.dtype)[0]
    return isinstance(kind, Unknown)
