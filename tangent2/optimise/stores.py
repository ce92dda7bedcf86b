"""What is added to a part that is still zero is stored there: `x_bar[i] = e`, not `x_bar[i] += e`.

A part of an adjoint is still zero if all that was written before went to other parts: to other literal indices, or by
earlier iterations of a loop over a range, each of which writes at its own index.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from tangent2.core import prims
from tangent2.core.kinds import Array, Kind, List, Number, Tuple
from tangent2.core.prims import Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Const, For, Op, Region, Stmt, Typed, Value, walk
from tangent2.core.walk import count_uses, map_regions, may_leave
from tangent2.rules.declare import by_name

_WRITES = frozenset({prims.SETITEM, prims.ADDITEM, prims.SUBITEM})


def store_first(typed: Typed) -> Typed:
    """Additions to what is zero become stores.

    >>> from tangent2.core.kinds import FLOAT, INT, Sym, Range
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return, Yield
    >>> x, n, r, i, z, out = [Value(h) for h in "x n r i x_bar x_bar".split()]
    >>> p, q = Value("x_bar", True), Value("x_bar", True)
    >>> body = Region((Op((q,), prims.ADDITEM, (p, i, Const(2.0)), static=ONE_ITEM),), Yield((q,)))
    >>> stmts = Op((z,), by_name("np.zeros_like"), (x,)), Op((r,), by_name("range"), (n,)), \\
    ...     For((out,), i, r, (p,), (z,), body)
    >>> kinds = {**dict.fromkeys((x, z, p, q, out), Array("float64", (Sym(0),))), n: INT, i: INT, r: Range()}
    >>> before = Typed(Function("f", (x, n), Region(stmts, Return((out,)))), kinds, kinds[x])
    >>> print(show(store_first(before).function))
    def f(x.0, n.1):
        x_bar.2 = np.zeros_like(x.0)
        r.3 = range(n.1)
        x_bar.7 = for i.5 in r.3 carrying (x_bar.4 := x_bar.2):
            x_bar.6 = x_bar.4 with [i.5] := 2.0
            yield x_bar.6
        return x_bar.7
    """
    body = typed.function.body
    if not any(isinstance(s, Op) and s.prim in _zeros() for s in walk(body)):
        return typed
    found = _Finder(typed.kinds, _definitions(body), count_uses(body))
    changes: dict[int, Op | None] = {}
    for stmt in walk(body):
        if isinstance(stmt, Op):
            changes.update(found.change(stmt))
    if not changes:
        return typed
    return replace(typed, function=replace(typed.function, body=_changed(body, changes)))


def _changed(region: Region, changes: Mapping[int, Op | None]) -> Region:
    stmts = [changes.get(id(s), s) for s in region.stmts]
    return Region(tuple([map_regions(s, lambda r: _changed(r, changes)) for s in stmts if s is not None]), region.exit)


Definition = Stmt | tuple[For, int]       # a statement, or the loop that carries it and in which place


def _definitions(body: Region) -> dict[Value, Definition]:
    found: dict[Value, Definition] = {}
    for stmt in walk(body):
        found.update(dict.fromkeys(stmt.outs, stmt))
        if isinstance(stmt, For):
            found.update({p: (stmt, k) for k, p in enumerate(stmt.params)})
    return found


@dataclass(frozen=True, slots=True)
class _Finder:
    kinds: Mapping[Value, Kind]
    made: Mapping[Value, Definition]
    uses: Mapping[Value, int]

    def op(self, atom: Atom) -> Op | None:
        """The operation that makes a value."""
        made = self.made.get(atom) if isinstance(atom, Value) else None
        return made if isinstance(made, Op) else None

    def change(self, op: Op) -> dict[int, Op | None]:
        """What becomes of an addition, and of what only it reads."""
        if op.prim is prims.ADDITEM and self.fills(op.args[-1], op.args[0]) and self.is_zero(op.args[0], op):
            return {id(op): replace(op, prim=prims.SETITEM)}
        added = self.added(op)
        if added is None or not self.is_zero(op.args[0], op):
            return {}
        old, total, rest = added
        return {id(op): replace(op, args=(*op.args[:-1], rest)), id(old): None, id(total): None}

    def added(self, op: Op) -> tuple[Op, Op, Atom] | None:
        """Of `x[i] := add_trees(x[i], c)`: the reading of the old part, the sum, and `c`."""
        total = self.op(op.args[-1]) if op.prim is prims.SETITEM else None
        if total is None or total.prim is not by_name("add_trees") or self.uses[total.out] != 1:
            return None
        old = self.op(total.args[0])
        if old is None or old.prim is not prims.GETITEM or old.args != op.args[:-1] or old.static != op.static \
                or self.uses[old.out] != 1 or not self.whole(total.args[1], self.kinds.get(old.out)):
            return None
        return old, total, total.args[1]

    def fills(self, value: Atom, base: Atom) -> bool:
        """Whether a value that is stored in a container gives what adding it to zeros there gives."""
        kind = self.kinds.get(base)  # type: ignore[arg-type]
        if isinstance(kind, Array):
            mine = self.kinds.get(value) if isinstance(value, Value) else Number()
            return isinstance(mine, (Number, Array)) and mine.dtype is not None
        return isinstance(kind, List) and self.whole(value, kind.elt)

    def whole(self, value: Atom, kind: Kind | None) -> bool:
        """Whether an adjoint surely has all parts that one of this kind has, none of them None."""
        if isinstance(value, Const):
            return isinstance(kind, Number) and kind.dtype == "float64" and type(value.value) is float
        made, mine = self.made.get(value), self.kinds.get(value)  # type: ignore[arg-type]
        if isinstance(kind, Tuple):
            return isinstance(made, Op) and made.prim is prims.TUPLE and len(made.args) == len(kind.elts) \
                and all(map(self.whole, made.args, kind.elts))
        if isinstance(kind, List):
            return isinstance(made, For) and mine == kind and self.summed(made, made.outs.index(value))
        if isinstance(kind, Number):
            return isinstance(mine, Number) and mine.dtype == kind.dtype and _computed(made)
        return isinstance(kind, Array) and isinstance(mine, Array) and _computed(made) and mine.dtype == kind.dtype \
            and mine.dtype is not None and mine.shape is not None and kind.shape is not None \
            and len(mine.shape) == len(kind.shape) and 1 not in (*mine.shape, *kind.shape)

    def summed(self, loop: For, at: int) -> bool:
        """Whether a loop starts from zeros, and adds to elements or stores whole ones."""
        start, kind = self.op(loop.init[at]), self.kinds.get(loop.params[at])
        if start is None or start.prim not in _zeros() or not isinstance(kind, List) or may_leave(loop.body):
            return False
        chain = self.chain(loop, at)
        return chain is not None and all(
            self.added(op) is not None or op.prim is prims.SETITEM and op.static == ONE_ITEM
            and self.whole(op.args[-1], kind.elt) for op in chain)

    def is_zero(self, base: Atom, op: Op) -> bool:
        """Whether the part of `base` that an operation writes to is surely zero."""
        while isinstance(base, Value):
            made = self.made.get(base)
            if isinstance(made, tuple):
                return self.is_untouched(*made, op)
            if not isinstance(made, Op):
                return False
            if made.prim in _zeros():
                return True
            if made.prim not in _WRITES or not _apart(made, op):
                return False
            base = made.args[0]
        return False

    def is_untouched(self, loop: For, at: int, op: Op) -> bool:
        """Whether all iterations of a loop write at their own index only, beginning with zeros."""
        start = self.op(loop.init[at])
        if start is None or start.prim not in _zeros() or not self.is_distinct(loop.iter) or may_leave(loop.body):
            return False
        if op.static != ONE_ITEM or op.args[1] is not loop.target:
            return False
        chain = self.chain(loop, at)
        return chain is not None and all(c.static == ONE_ITEM and c.args[1] is loop.target for c in chain)

    def chain(self, loop: For, at: int) -> list[Op] | None:
        """The writes of one iteration to what a loop carries, if that is all that becomes of it."""
        found: list[Op] = []
        value = loop.body.exit.vals[at]
        while value is not loop.params[at]:
            made = self.op(value)
            if made is None or made.prim not in _WRITES:
                return None
            found.append(made)
            value = made.args[0]
        return found

    def is_distinct(self, iterated: Atom) -> bool:
        """Whether a range surely gives no two indices of one element: none is negative."""
        op = self.op(iterated)
        if op is None or op.prim is not by_name("range") or op.kw:
            return False
        bounds = [a.value if isinstance(a, Const) else None for a in op.args]
        if len(bounds) == 3:
            return bounds[1:] == [-1, -1]
        return len(bounds) == 1 or type(bounds[0]) is int and bounds[0] >= 0


def _computed(made: Definition | None) -> bool:
    """Whether a value is the result of arithmetic, which is never None."""
    return isinstance(made, Op) and (made.prim.elementwise or made.prim is prims.MATMUL
                                     or made.prim in (by_name("np.sum"), by_name("np.outer"), by_name("np.dot")))


def _apart(a: Op, b: Op) -> bool:
    """Whether two writes go to different parts whatever the length is.

    >>> last = Op((Value(),), prims.SETITEM, (Value(), Const(-1), Const(0.0)), static=ONE_ITEM)
    >>> from tangent2.core.syntax import IndexSpec, SliceSpec
    >>> rest = replace(last, static=IndexSpec((SliceSpec(upper=True),)))
    >>> _apart(last, rest), _apart(last, last)
    (True, False)
    """
    first, second = _stretch(a), _stretch(b)
    if first is None or second is None:
        return False
    return _before(first[1], second[0]) or _before(second[1], first[0])


def _before(end: int | None, start: int | None) -> bool:
    return end is not None and start is not None and (end < 0) == (start < 0) and end <= start


def _stretch(op: Op) -> tuple[int | None, int | None] | None:
    """Where a write with literal bounds starts and ends, both counted from the front or both from the back."""
    spec, index = op.static, op.args[1:-1]
    if spec.is_tuple or len(spec.items) != 1 or not all(isinstance(a, Const) and type(a.value) is int for a in index):
        return None
    found = [a.value for a in index]  # type: ignore[union-attr]
    item = spec.items[0]
    if item is None:
        return found[0], None if found[0] == -1 else found[0] + 1
    if item.step:
        return None
    return found.pop(0) if item.lower else None, found[0] if item.upper else None


@cache
def _zeros() -> frozenset[Prim]:
    return frozenset(map(by_name, ("zero_like", "np.zeros_like")))
