"""A list whose elements a loop stores one by one, all of them, begins as `[None] * n`, not as arrays of zeros.

Nothing reads an element before it is stored.  This comes late: in what may be differentiated again the list begins as
zeros, and has one kind of elements.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Kind, List, Number
from tangent2.core.syntax import ONE_ITEM, Atom, Const, For, Op, Region, Stmt, Typed, Value, walk
from tangent2.core.walk import count_uses, map_regions, may_leave
from tangent2.rules.declare import by_name


def leave_blank(typed: Typed) -> Typed:
    """Zeros that a loop replaces, all of them, are not made.

    >>> from tangent2.core.kinds import FLOAT, INT, Array, List, Range
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return, Yield
    >>> x, xs, n, r, i, z, p, q, out = map(Value, ("x", "xs", "n", "r", "i", "z", "p", "q", "out"))
    >>> body = Region((Op((q,), prims.SETITEM, (p, i, x), static=ONE_ITEM),), Yield((q,)))
    >>> stmts = Op((n,), by_name("len"), (xs,)), Op((z,), by_name("zero_like"), (xs,)), \\
    ...     Op((r,), by_name("range"), (n,)), For((out,), i, r, (p,), (z,), body)
    >>> lists = dict.fromkeys((xs, z, p, q, out), List(Array("float64", (None,))))
    >>> before = Typed(Function("f", (x, xs), Region(stmts, Return((out,)))), {**lists, x: lists[z].elt}, lists[z])
    >>> print(show(leave_blank(before).function))
    def f(x.0, xs.1):
        n.2 = len(xs.1)
        t.3 = list(None)
        z.4 = mul(t.3, n.2)
        r.5 = range(n.2)
        out.9 = for i.7 in r.5 carrying (p.6 := z.4):
            q.8 = p.6 with [i.7] := x.0
            yield q.8
        return out.9
    """
    body = typed.function.body
    made = {s.out: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}
    zeros = by_name("zero_like")
    if not any(op.prim is zeros and isinstance(typed.kinds.get(op.out), List) for op in made.values()):
        return typed
    filled = _Filled(made, count_uses(body), typed.kinds)
    lengths = {start: length for loop in walk(body) if isinstance(loop, For)
               for start, length in filled.by(loop).items()}
    if not lengths:
        return typed
    kinds = dict(typed.kinds)
    return Typed(replace(typed.function, body=_blank(body, lengths, kinds)), kinds, typed.result)


def _blank(region: Region, lengths: Mapping[Value, Atom], kinds: dict[Value, Kind]) -> Region:
    stmts: list[Stmt] = []
    for stmt in region.stmts:
        length = lengths.get(stmt.out) if isinstance(stmt, Op) and len(stmt.outs) == 1 else None
        if length is None:
            stmts.append(map_regions(stmt, lambda r: _blank(r, lengths, kinds)))
            continue
        build = Builder(kinds)
        one = build.op(prims.LIST, Const(None))
        stmts += [*build.stmts, Op(stmt.outs, prims.MUL, (one, length))]
    return Region(tuple(stmts), region.exit)


@dataclass(frozen=True, slots=True)
class _Filled:
    """The lists that loops fill, with their lengths."""

    made: Mapping[Value, Op]
    uses: Mapping[Value, int]
    kinds: Mapping[Value, Kind]

    def by(self, loop: For) -> dict[Value, Atom]:
        length = self.length(loop.iter)
        if not isinstance(length, Value) or may_leave(loop.body):
            return {}
        return {start: length for k, start in enumerate(loop.init)
                if isinstance(start, Value) and self.is_blank(start, length) and self.is_stored(loop, k)}

    def is_blank(self, start: Value, length: Value) -> bool:
        """Whether a value is zeros of a list so long, read by the loop only."""
        zeros, kind, counted = self.made.get(start), self.kinds.get(start), self.made.get(length)
        return zeros is not None and zeros.prim is by_name("zero_like") and self.uses[start] == 1 \
            and isinstance(kind, List) and not kind.tape and not isinstance(kind.elt, Number) \
            and counted is not None and counted.prim is by_name("len") and counted.args == zeros.args

    def is_stored(self, loop: For, k: int) -> bool:
        """Whether each iteration stores the element of its index, and does nothing else with the list."""
        store = self.made.get(loop.body.exit.vals[k])  # type: ignore[arg-type]
        return store is not None and store.prim is prims.SETITEM and store.static == ONE_ITEM \
            and store.args[:2] == (loop.params[k], loop.target) and self.uses[loop.params[k]] == 1 \
            and self.uses[store.out] == 1 and any(s is store for s in loop.body.stmts)

    def length(self, iterated: Atom) -> Atom | None:
        """The `n` of `range(n)` and of `range(n - 1, -1, -1)`."""
        op = self.op(iterated, "range")
        if op is None or op.kw:
            return None
        if len(op.args) == 1:
            return op.args[0]
        last = self.op(op.args[0], "sub")
        turned = op.args[1:] == (Const(-1), Const(-1))
        return last.args[0] if turned and last is not None and last.args[1] == Const(1) else None

    def op(self, atom: Atom, name: str) -> Op | None:
        found = self.made.get(atom) if isinstance(atom, Value) else None
        return found if found is not None and found.prim.name == name else None
