"""Common subexpressions: what the tool computes again is read from where it was computed first, maybe by the user.

Values are numbered, so that equal expressions are found whatever their parts are called; `a * b` and `b * a` are equal.
Only what is worth a name is shared: calls, arithmetic on arrays, arithmetic on numbers of two operations or more, and
whatever has a name of the user's already.  Reading parts, extents and views stay where they are (sharing them would
keep memory alive for nothing), and so do values that are updated, merged or put into containers, since sharing those
would cost a copy.
"""
from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import UNKNOWN, Array, Number
from tangent2.core.syntax import Atom, Const, For, Function, Op, Region, Stmt, Typed, Value, While, walk
from tangent2.core.syntax import regions as inner_regions
from tangent2.core.walk import follow, map_atoms, map_exit


def share_common(typed: Typed, fixed: frozenset[Value] = frozenset()) -> Typed:
    """Compute equal pure expressions once; operations that bind values in `fixed` (the user's own) stay.

    >>> from tangent2.core.kinds import Array
    >>> from tangent2.core.syntax import Return
    >>> x, a, b, c = map(Value, "xabc")
    >>> ops = Op((a,), prims.MUL, (x, x)), Op((b,), prims.MUL, (x, x)), Op((c,), prims.ADD, (a, b))
    >>> f = Function("f", (x,), Region(ops, Return((c,))))                                    # x * x + x * x
    >>> after = share_common(Typed(f, dict.fromkeys((x, a, b, c), Array()), Array()))
    >>> after.function.body.stmts[-1].args == (a, a)                                          # t = x * x; t + t
    True
    """
    run = _Run(typed, fixed)
    body = run.region(typed.function.body)
    if not run.became:
        return typed
    return Typed(replace(typed.function, body=body), typed.kinds, typed.result)


def _kept_apart(function: Function) -> set[Atom]:
    """Values whose memory is written or handed on."""
    found: set[Atom] = set()
    for stmt in walk(function.body):
        if isinstance(stmt, Op) and stmt.prim.update:
            found.update(stmt.args if stmt.prim in (prims.PUSH, prims.SETITEM) else stmt.args[:1])
        elif isinstance(stmt, Op) and stmt.prim in _HOLDERS:
            found.update(stmt.args)
        elif isinstance(stmt, (For, While)):
            found.update(stmt.init)
        for region in inner_regions(stmt):
            if not isinstance(stmt, While) or region is stmt.body:
                found.update(region.exit.vals)
    found.update(function.body.exit.vals)
    return found


_HOLDERS = frozenset({prims.TUPLE, prims.LIST, prims.DICT, prims.SET, prims.CLOSURE})
_NEVER = _HOLDERS | {prims.TAPE, prims.COPY, prims.GETITEM, prims.EXTENT, prims.READ, prims.UNPACK, prims.ATTRIBUTE,
                     prims.METHOD, prims.APPLY, prims.VERBATIM}
_COMMUTE = frozenset({prims.ADD, prims.MUL})
_MAKES = frozenset({"zeros", "ones", "zeros_like", "ones_like", "empty", "full", "full_like", "zero_like", "len",
                    "range"})


class _Run:
    """What is available at the place reached: by key, and what values have been replaced by."""

    def __init__(self, typed: Typed, fixed: frozenset[Value]) -> None:
        self.kinds = typed.kinds
        self.fixed = fixed
        self.apart = _kept_apart(typed.function)
        self.became: dict[Value, Atom] = {}
        self.atom = follow(self.became)
        self.same: dict[Value, Value] = {}              # a value equal to it, shared or not
        self.available: dict[Hashable, list[Value]] = {}    # values by key, the first computed first
        self.weight: dict[Value, int] = {}              # operations to compute a value from what is named

    def region(self, region: Region) -> Region:
        mine: list[Hashable] = []
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            if isinstance(stmt, Op):
                op = self.op(stmt, mine)
                if op is not None:
                    stmts.append(op)
            elif inner_regions(stmt):
                stmts.append(map_atoms(stmt, self.atom, self.region))
            else:
                stmts.append(map_atoms(stmt, self.atom, self.region) if self.became else stmt)
        new = Region(tuple(stmts), map_exit(region.exit, self.atom))
        for key in mine:
            self.available[key].pop()
        return new

    def op(self, op: Op, mine: list[Hashable]) -> Op | None:
        """The operation as it stays, or None if its value is there already."""
        if self.became and not self.became.keys().isdisjoint(op.args):
            op = replace(op, args=tuple([self.atom(a) for a in op.args]))
        prim = op.prim
        if prim in _NEVER or prim.update or prim.effect != "pure" or prim.result != "fresh":
            return op
        if prim.spelling[-1] in _MAKES:
            return op
        key = self.key(op)
        found = self.available.setdefault(key, [])
        if found:
            self.same[op.out] = self.same.get(found[0], found[0])
            if op.out not in self.fixed:
                for first in found:
                    if self.worth(op, first):
                        self.became[op.out] = first
                        return None
        self.weight[op.out] = 1 + sum(self.weight.get(a, 0) for a in op.args if isinstance(a, Value) and not a.user)
        found.append(op.out)
        mine.append(key)
        return op

    def key(self, op: Op) -> Hashable:
        args: list[Hashable] = [self.same.get(a, a) if isinstance(a, Value) else a for a in op.args]
        if op.prim in _COMMUTE and isinstance(self.kinds.get(op.out), (Number, Array)):
            args.sort(key=_rank)
        return op.prim, tuple(args), op.kw, op.static if isinstance(op.static, Hashable) else id(op.static)

    def worth(self, op: Op, first: Value) -> bool:
        """Whether a value is to be read from `first` rather than computed again."""
        if op.out.user and not first.user:
            return False
        if isinstance(self.kinds.get(op.out, UNKNOWN), Number):
            return first.user or op.prim.spelling[0] in ("call", "object") or self.heavy(op)
        return op.out not in self.apart and first not in self.apart

    def heavy(self, op: Op) -> bool:
        return any(self.weight.get(a, 0) for a in op.args if isinstance(a, Value) and not a.user)


def _rank(atom: Hashable) -> tuple[int, str | int]:
    return (0, repr(atom)) if isinstance(atom, Const) else (1, id(atom))
