"""Adjoints of elements that a loop credits once: what is zero still is stored, not added to.

The reverse sweep of `for W, b in params:` adds to one element of the adjoint of `params` after the other, each of
which is zero when its turn comes.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import Array, Kind, Number, Tuple
from tangent2.core.syntax import Const, For, IndexSpec, Op, Region, Stmt, Typed, Value, Yield, walk
from tangent2.core.walk import count_uses, map_regions

_PLAIN = IndexSpec((None,))


def store_first_credits(typed: Typed) -> Typed:
    """Store what a loop over distinct indices adds to elements of structures that were zero before it.

    >>> from tangent2.core.kinds import FLOAT, INT, OBJECT, List
    >>> from tangent2.core.prims import Prim
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> from tangent2.rules.declare import by_name
    >>> xs, n, r, i, z, p, old, c, total, new, out = [Value(h) for h in "xs n r i z p old c total new out".split()]
    >>> pair = Tuple((FLOAT, FLOAT))
    >>> body = Region((Op((old,), prims.GETITEM, (p, i), static=_PLAIN), Op((c,), prims.TUPLE, (n, n)),
    ...                Op((total,), by_name("add_trees"), (old, c)),
    ...                Op((new,), prims.SETITEM, (p, i, total), static=_PLAIN)), Yield((new,)))
    >>> stmts = (Op((r,), by_name("range"), (n,)), Op((z,), by_name("zero_like"), (xs,)),
    ...          For((out,), i, r, (p,), (z,), body))
    >>> kinds = {xs: List(pair), n: FLOAT, r: OBJECT, i: INT, c: pair, old: pair, total: pair}
    >>> kinds.update(dict.fromkeys((z, p, new, out), List(pair)))
    >>> print(show(store_first_credits(Typed(Function("f", (xs, n), Region(stmts, Return((out,)))), kinds,
    ...                                      List(pair))).function).strip())
    def f(xs.0, n.1):
        r.2 = range(n.1)
        z.3 = zero_like(xs.0)
        out.9 = for i.5 in r.2 carrying (p.4 := z.3):
            old.6 = p.4[i.5]
            c.7 = tuple(n.1, n.1)
            new.8 = p.4 with [i.5] := c.7
            yield new.8
        return out.9
    """
    body = typed.function.body
    if not any(isinstance(s, Op) and s.prim.name == "add_trees" for s in walk(body)):
        return typed
    defs = {s.out: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}
    new = _region(body, defs, typed.kinds, count_uses(body))
    return typed if new is body else replace(typed, function=replace(typed.function, body=new))


def _region(region: Region, defs: Mapping[Value, Op], kinds: Mapping[Value, Kind], uses: Mapping[Value, int]) -> Region:
    stmts: list[Stmt] = []
    for stmt in region.stmts:
        stmt = map_regions(stmt, lambda r: _region(r, defs, kinds, uses))
        if isinstance(stmt, For) and _is_range(stmt, defs) and isinstance(stmt.body.exit, Yield):
            for param, init, val in zip(stmt.params, stmt.init, stmt.body.exit.vals):
                start = defs.get(init) if isinstance(init, Value) else None
                if start is not None and start.prim.name == "zero_like" and uses.get(param) == 2:
                    stmt = _stored(stmt, param, val, defs, kinds, uses)
        stmts.append(stmt)
    same = all(a is b for a, b in zip(stmts, region.stmts))
    return region if same else Region(tuple(stmts), region.exit)


def _is_range(stmt: For, defs: Mapping[Value, Op]) -> bool:
    """Whether a loop takes an index of a range once, from zero on: `range(n)`, or `range(n - 1, -1, -1)`."""
    made = defs.get(stmt.iter) if isinstance(stmt.iter, Value) else None
    if made is None or made.prim.spelling != ("builtin", "range"):
        return False
    return len(made.args) == 1 or made.args[1:] == (Const(-1), Const(-1))


def _stored(stmt: For, param: Value, val: object, defs: Mapping[Value, Op], kinds: Mapping[Value, Kind],
            uses: Mapping[Value, int]) -> For:
    """The loop that stores what it added to an element, if that is all that becomes of the structure."""
    store = defs.get(val) if isinstance(val, Value) else None
    if store is None or store not in stmt.body.stmts or store.prim is not prims.SETITEM or store.static != _PLAIN \
            or store.args[:2] != (param, stmt.target) or uses.get(store.out) != 1:
        return stmt
    total = defs.get(store.args[2]) if isinstance(store.args[2], Value) else None
    if total is None or total.prim.name != "add_trees" or uses.get(total.out) != 1:
        return stmt
    old, credit = total.args
    read = defs.get(old) if isinstance(old, Value) else None
    if read is None or read.prim is not prims.GETITEM or read.static != _PLAIN or uses.get(read.out) != 1 \
            or read.args != (param, stmt.target) or not _is_whole(credit, defs, kinds):
        return stmt
    stmts = tuple([replace(s, args=(param, stmt.target, credit)) if s is store else s for s in stmt.body.stmts
                   if s is not total])
    return replace(stmt, body=Region(stmts, stmt.body.exit))


def _is_whole(credit: object, defs: Mapping[Value, Op], kinds: Mapping[Value, Kind]) -> bool:
    """Whether an adjoint is a tuple whose elements are all there, as numbers and arrays."""
    made = defs.get(credit) if isinstance(credit, Value) else None
    if made is None or made.prim is not prims.TUPLE or not isinstance(kinds.get(made.out), Tuple):
        return False
    return all(isinstance(a, Value) and isinstance(kinds.get(a), (Array, Number)) or a == Const(0.0) for a in made.args)
