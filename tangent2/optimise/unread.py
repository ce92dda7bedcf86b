"""Zeros are not stored where nobody reads again: `u_bar[t + 1] = 0.0` in a loop that goes down and has read that.

The adjoint of an element goes to zero when the element is written to, for what used the old element before that.  In a
recurrence there was nothing before: later iterations read at smaller indices, and after the loop only the first element
is read.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.kinds import Array, Kind
from tangent2.core.syntax import ONE_ITEM, Atom, Const, For, Op, Region, Stmt, Typed, Value, walk
from tangent2.core.walk import count_uses, map_regions, may_leave, substitute, used_by
from tangent2.rules.declare import by_name

_CHANGES = frozenset(prims.UPDATES.values())
_ACCESSES = frozenset({prims.GETITEM, prims.SETITEM, *_CHANGES})


def leave_zeros(typed: Typed) -> Typed:
    """Zeros that nobody reads are not stored.

    >>> from tangent2.core.kinds import FLOAT, INT, Range, Sym
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return, Yield
    >>> n, r, t, i, g, z, p, q, s, out, x = [Value(h) for h in "n r t i g u_bar u_bar u_bar u_bar u_bar x_bar".split()]
    >>> ops = (Op((i,), prims.ADD, (t, Const(1))), Op((g,), prims.GETITEM, (p, i), static=ONE_ITEM),
    ...        Op((q,), prims.SETITEM, (p, i, Const(0.0)), static=ONE_ITEM),
    ...        Op((s,), prims.ADDITEM, (q, t, g), static=ONE_ITEM))
    >>> loop = For((out,), t, r, (p,), (z,), Region(ops, Yield((s,))))
    >>> stmts = (Op((r,), by_name("range"), (n, Const(-1), Const(-1))), loop,
    ...          Op((x,), prims.GETITEM, (out, Const(0)), static=ONE_ITEM))
    >>> kinds = {**dict.fromkeys((z, p, q, s, out), Array("float64", (Sym(0),))), n: INT, t: INT, i: INT, r: Range()}
    >>> before = Typed(Function("f", (z, n), Region(stmts, Return((x,)))), {**kinds, g: FLOAT, x: FLOAT}, FLOAT)
    >>> print(show(leave_zeros(before).function))
    def f(u_bar.0, n.1):
        r.2 = range(n.1, -1, -1)
        u_bar.8 = for t.4 in r.2 carrying (u_bar.3 := u_bar.0):
            i.5 = add(t.4, 1)
            g.6 = u_bar.3[i.5]
            u_bar.7 = u_bar.3 with [t.4] += g.6
            yield u_bar.7
        x_bar.9 = u_bar.8[0]
        return x_bar.9
    """
    body = typed.function.body
    found = _Finder({s.out: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}, typed.kinds,
                    count_uses(body), _reads(body))
    stores = [op for loop in walk(body) if isinstance(loop, For) for op in found.unread(loop)]
    if not stores:
        return typed
    gone = {id(op) for op in stores}
    body = substitute(_without(body, gone), {op.out: op.args[0] for op in stores})
    return replace(typed, function=replace(typed.function, body=body))


def _without(region: Region, gone: set[int]) -> Region:
    return Region(tuple([map_regions(s, lambda r: _without(r, gone)) for s in region.stmts if id(s) not in gone]),
                  region.exit)


def _reads(body: Region) -> dict[Value, list[Op]]:
    """The elements that are read of values, by these values."""
    found: dict[Value, list[Op]] = {}
    for stmt in walk(body):
        if isinstance(stmt, Op) and stmt.prim is prims.GETITEM and isinstance(stmt.args[0], Value):
            found.setdefault(stmt.args[0], []).append(stmt)
    return found


@dataclass(frozen=True)
class _Finder:
    made: Mapping[Value, Op]
    kinds: Mapping[Value, Kind]
    uses: Mapping[Value, int]
    reads: Mapping[Value, list[Op]]

    def unread(self, loop: For) -> list[Op]:
        """The stores of zeros in a loop that nobody reads."""
        turn = self.turn(loop)
        if turn is None or may_leave(loop.body):
            return []
        return [op for k, param in enumerate(loop.params) if isinstance(self.kinds.get(param), Array)
                for op in self.of(loop, k, *turn)]

    def turn(self, loop: For) -> tuple[int, int] | None:
        """The step of a loop over a range, and the least index, if that is known not to be negative."""
        op = self.made.get(loop.iter) if isinstance(loop.iter, Value) else None
        if op is None or op.prim is not by_name("range") or op.kw:
            return None
        bounds = [a.value if isinstance(a, Const) and type(a.value) is int else None for a in op.args]
        if len(bounds) == 3 and bounds[2] == -1:
            return None if bounds[1] is None else (-1, bounds[1] + 1)
        start = 0 if len(bounds) == 1 else bounds[0]
        return None if start is None or len(bounds) == 3 else (1, start)

    def of(self, loop: For, k: int, step: int, least: int) -> list[Op]:
        """Those in one of the arrays that a loop carries."""
        ops = self.accesses(loop, k)
        places = [self.offset(op.args[1], loop.target) for op in ops or ()]
        last = self.last_read(loop.outs[k])
        if not ops or last is None or any(at is None or at + least < 0 for at in places):
            return []
        found = []
        for n, (op, at) in enumerate(zip(ops, places)):
            if at is None or op.prim is not prims.SETITEM or op.args[2] != Const(0.0) or at + least <= last:
                continue
            again = [other for other, later in zip(places, ops) if later.prim is not prims.SETITEM and other is not None
                     and (at - other) * step > 0]
            now = [later for other, later in zip(places[n + 1:], ops[n + 1:])
                   if other == at and later.prim is not prims.SETITEM]
            found += [] if again or now else [op]
        return found

    def accesses(self, loop: For, k: int) -> list[Op] | None:
        """All that reads and writes what a loop carries, if that is elements, one by one, in the body itself."""
        versions, found = {loop.params[k]}, []
        for stmt in loop.body.stmts:
            if versions.isdisjoint(used_by(stmt)):
                continue
            if not _is_access(stmt, versions):
                return None
            assert isinstance(stmt, Op)
            found.append(stmt)
            if stmt.prim is not prims.GETITEM:
                versions.add(stmt.out)
        ends = [n for n, v in enumerate(loop.body.exit.vals) if v in versions]
        return found if ends == [k] else None

    def offset(self, atom: Atom, target: Value) -> int | None:
        """The `c` of an index that is the loop's plus `c`."""
        if atom is target:
            return 0
        op = self.made.get(atom) if isinstance(atom, Value) else None
        if op is None or op.prim not in (prims.ADD, prims.SUB) or op.args[0] is not target:
            return None
        shift = op.args[1]
        if not isinstance(shift, Const) or type(shift.value) is not int:
            return None
        return int(shift.value) * (1 if op.prim is prims.ADD else -1)

    def last_read(self, out: Value) -> int | None:
        """The greatest index that is read after the loop, -1 if nothing is; None if more may be read."""
        reads = self.reads.get(out, [])
        if len(reads) != self.uses.get(out, 0):
            return None
        found = [op.args[1].value if op.static == ONE_ITEM and isinstance(op.args[1], Const) else None for op in reads]
        known = [at for at in found if type(at) is int and at >= 0]
        return max(known, default=-1) if len(known) == len(found) else None


def _is_access(stmt: Stmt, versions: set[Value]) -> bool:
    """Whether a statement reads or writes one element, and does nothing else with the array."""
    return isinstance(stmt, Op) and stmt.prim in _ACCESSES and stmt.static == ONE_ITEM \
        and stmt.args[0] in versions and versions.isdisjoint(stmt.args[1:])
