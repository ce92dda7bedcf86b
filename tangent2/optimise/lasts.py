"""What a loop computes for its next iteration is left out in the last one, where it is costly and nobody reads it.

Typically it is the adjoint of what enters the first layer, which is asked for no derivative.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from tangent2.core import prims
from tangent2.core.kinds import BOOL, Kind
from tangent2.core.prims import Prim
from tangent2.core.syntax import UNDEF, Const, For, If, Op, Region, Stmt, Typed, Value, Yield, walk
from tangent2.core.walk import count_uses, map_regions, may_leave, values
from tangent2.rules.declare import by_name


def leave_out_last(typed: Typed) -> Typed:
    """Products of matrices for an iteration that does not come are not computed.

    >>> from tangent2.core.kinds import INT, Array, Range, Sym
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> w, n, r, i, out, s, s1, s2 = [Value(h) for h in "w n r i out s s s".split()]
    >>> p, q, out2 = Value("x_bar", True), Value("x_bar", True), Value("x_bar", True)
    >>> ops = Op((s2,), prims.MUL, (i, p)), Op((q,), prims.MATMUL, (p, w))
    >>> loop = For((out2, out), i, r, (p, s1), (w, w), Region(ops, Yield((q, s2))))
    >>> stmts = Op((r,), by_name("range"), (n, Const(-1), Const(-1))), loop
    >>> kinds = {**dict.fromkeys((w, p, q, out, out2, s1, s2), Array("float64", (Sym(0), Sym(0)))), n: INT, i: INT}
    >>> before = Typed(Function("f", (w, n), Region(stmts, Return((out,)))), {**kinds, r: Range()}, kinds[w])
    >>> print(show(leave_out_last(before).function))
    def f(w.0, n.1):
        r.2 = range(n.1, -1, -1)
        x_bar.10, out.11 = for i.5 in r.2 carrying (x_bar.3 := w.0, s.4 := w.0):
            s.6 = mul(i.5, x_bar.3)
            t.7 = gt(i.5, 0)
            x_bar.9 = if t.7:
                x_bar.8 = matmul(x_bar.3, w.0)
                yield x_bar.8
            else:
                yield undef
            yield x_bar.9, s.6
        return out.11
    """
    body = typed.function.body
    loops = [s for s in walk(body) if isinstance(s, For)]
    if not any(isinstance(s, Op) and s.prim in _costly() for loop in loops for s in loop.body.stmts):
        return typed
    uses, kinds = count_uses(body), dict(typed.kinds)
    made = {s.out: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}

    def region(r: Region) -> Region:
        return Region(tuple([_guarded(map_regions(s, region), made, uses, kinds) for s in r.stmts]), r.exit)
    return Typed(replace(typed.function, body=region(body)), kinds, typed.result)


def _guarded(loop: Stmt, made: Mapping[Value, Op], uses: Mapping[Value, int], kinds: dict[Value, Kind]) -> Stmt:
    """A loop that counts down to 0, with a branch around what its last iteration need not compute."""
    if not isinstance(loop, For) or not uses.get(loop.target) or not _counts_down(made.get(loop.iter)):  # type: ignore[arg-type]
        return loop
    unread = [k for k, out in enumerate(loop.outs) if not uses.get(out)]
    spare = _spare(loop, unread, uses)
    if may_leave(loop.body) or not any(op.prim in _costly() for op in spare):
        return loop
    mine = {op.out for op in spare}
    places = [k for k in unread if loop.body.exit.vals[k] in mine]
    cond, outs = Value(), {k: Value(loop.params[k].hint, loop.params[k].user) for k in places}
    kinds.update({cond: BOOL, **{v: kinds[loop.outs[k]] for k, v in outs.items()}})
    vals = tuple([loop.body.exit.vals[k] for k in places])
    origin = spare[-1].origin
    branch = If(tuple(outs.values()), cond, Region(tuple(spare), Yield(vals)),
                Region((), Yield((UNDEF,) * len(vals))), origin)
    rest = [s for s in loop.body.stmts if s not in spare]
    stmts = (*rest, Op((cond,), prims.GT, (loop.target, Const(0)), origin=origin), branch)
    exit = Yield(tuple([outs.get(k, v) for k, v in enumerate(loop.body.exit.vals)]))
    return replace(loop, body=Region(stmts, exit))


def _counts_down(op: Op | None) -> bool:
    return op is not None and op.prim is by_name("range") and not op.kw and op.args[1:] == (Const(-1), Const(-1))


def _spare(loop: For, unread: list[int], uses: Mapping[Value, int]) -> list[Op]:
    """The operations of a body that only serve what is carried in these places, in order."""
    found: list[Op] = []
    reads = Counter(values([loop.body.exit.vals[k] for k in unread]))
    for stmt in reversed(loop.body.stmts):
        if isinstance(stmt, Op) and len(stmt.outs) == 1 and stmt.prim.effect == "pure" and not stmt.prim.update \
                and 0 < uses.get(stmt.out, 0) == reads[stmt.out]:
            found.append(stmt)
            reads.update(values(stmt.args))
    return found[::-1]


@cache
def _costly() -> frozenset[Prim]:
    return frozenset([prims.MATMUL, *map(by_name, ("np.dot", "np.matmul", "np.einsum", "np.tensordot", "np.outer"))])
