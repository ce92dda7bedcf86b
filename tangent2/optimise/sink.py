"""Adjoints that only one side of a branch has are handed on there, and not multiplied by zero on the other.

    if a <= d:                          if a <= d:
        x_bar = x                           x_bar = x
        a_bar = 0.0             ->      else:
    else:                                   x_bar = d * np.sign(x)
        x_bar = 0.0
        a_bar = d
    x_bar += a_bar * np.sign(x)
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import UNKNOWN, Array, Kind, Number
from tangent2.core.syntax import Atom, Const, If, Op, Region, Stmt, Typed, Value, Yield, regions, walk
from tangent2.core.walk import count_uses, map_regions, substitute
from tangent2.rules.declare import by_name

_SCALES = frozenset({prims.MUL, prims.DIV, prims.NEG})


def sink(typed: Typed) -> Typed:
    """Move products with what is zero on one side of a branch, and the sum they go into, to the other side.

    >>> from tangent2.core.kinds import BOOL, FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> x, c, p, a, t, r = [Value(h) for h in "xcpatr"]
    >>> stmts = (If((p, a), c, Region((), Yield((x, Const(0.0)))), Region((), Yield((Const(0.0), x)))),
    ...          Op((t,), prims.MUL, (a, x)), Op((r,), prims.ADD, (p, t)))
    >>> kinds = dict.fromkeys((x, p, a, t, r), FLOAT) | {c: BOOL}
    >>> print(show(sink(Typed(Function("f", (x, c), Region(stmts, Return((r,)))), kinds, FLOAT)).function).strip())
    def f(x.0, c.1):
        r.3 = if c.1:
            yield x.0
        else:
            t.2 = mul(x.0, x.0)
            yield t.2
        return r.3
    """
    body = typed.function.body
    if not any(isinstance(s, If) and len(s.outs) > 1 for s in walk(body)):
        return typed
    zeros = frozenset([s.out for s in walk(body) if isinstance(s, Op) and s.prim is by_name("np.zeros_like")])
    run = _Sinking(dict(typed.kinds), count_uses(body), zeros)
    new = run.region(body)
    return Typed(replace(typed.function, body=new), run.kinds, typed.result) if run.changed else typed


@dataclass
class _Sinking:
    """The kinds of values, how often they are read, and which are zero."""

    kinds: dict[Value, Kind]
    uses: Mapping[Value, int]
    zeros: frozenset[Atom]          # arrays of zeros
    changed: bool = False

    def region(self, region: Region) -> Region:
        stmts: tuple[Stmt, ...] = tuple([map_regions(s, self.region) if regions(s) else s for s in region.stmts])
        k = 0
        while k < len(stmts):
            found = self.branch(stmts, k)
            stmts, k = (stmts, k + 1) if found is None else (found, k)
        return Region(stmts, region.exit)

    def branch(self, stmts: tuple[Stmt, ...], at: int) -> tuple[Stmt, ...] | None:
        """The statements with one adjoint of a branch handed on inside it."""
        stmt = stmts[at]
        if not isinstance(stmt, If) or not all(isinstance(r.exit, Yield) for r in regions(stmt)):
            return None
        for k, out in enumerate(stmt.outs):
            zero = [_is_zero(r.exit.vals[k]) or r.exit.vals[k] in self.zeros for r in regions(stmt)]
            chain = self.chain(out, stmts[at + 1:], set(stmt.outs)) if sum(zero) == 1 else None
            made = None if chain is None else self.moved(stmt, k, zero[0], chain)
            if chain is not None and made is not None:
                self.changed = True
                return (*stmts[:at], made, *[s for s in stmts[at + 1:] if s not in chain])
        return None

    def chain(self, out: Value, rest: tuple[Stmt, ...], outs: set[Value]) -> list[Op] | None:
        """The operations from an adjoint to the sum it goes into, with those that only they read; the sum last."""
        later: dict[Value, Op] = {}
        stays = outs            # of the branch, and of what follows it and cannot be moved
        chain: list[Op] = []
        for stmt in rest:
            if isinstance(stmt, Op) and len(stmt.outs) == 1 and stmt.prim.effect == "pure" and not stmt.prim.update:
                later[stmt.out] = stmt
            else:
                stays = stays | set(stmt.outs)
            if not (isinstance(stmt, Op) and out in stmt.args):
                continue
            if self.uses.get(out) != 1 or stmt.out not in later or stmt.kw or not self.is_linear(stmt, out):
                return None
            is_sum = stmt.prim in (prims.ADD, prims.SUB)
            for other in [a for a in stmt.args if a is not out]:
                needed = [] if is_sum and other in outs else self.needed(other, later, stays)
                if needed is None or is_sum and needed:
                    return None
                chain += [op for op in needed if op not in chain]
            chain.append(stmt)
            if is_sum:
                return chain if len(chain) > 1 or isinstance(self.kinds.get(out), Array) else None
            out = stmt.out
        return None

    def is_linear(self, op: Op, out: Value) -> bool:
        if op.prim is prims.DIV or op.prim is prims.SUB:
            return op.args.index(out) == (0 if op.prim is prims.DIV else 1) and op.args[0] is not op.args[1]
        return op.prim in (*_SCALES, prims.ADD) and sum(a is out for a in op.args) == 1

    def needed(self, atom: Atom, later: Mapping[Value, Op], stays: set[Value]) -> list[Op] | None:
        """The operations after the branch that make an operand and nothing else needs; None if it must stay there."""
        if atom in stays:
            return None
        made = later.get(atom) if isinstance(atom, Value) else None
        if made is None:
            return []
        if self.uses.get(made.out) != 1:
            return None
        parts = [self.needed(a, later, stays) for a in made.args]
        return None if any(p is None for p in parts) else [*[op for p in parts for op in p or ()], made]

    def moved(self, stmt: If, k: int, in_then: bool, chain: list[Op]) -> If | None:
        """The branch that makes the sum."""
        total = chain[-1]
        base = next((a for a in total.args if a not in [stmt.outs[k], *[op.out for op in chain]]), None)
        if base is None:
            return None
        j = stmt.outs.index(base) if isinstance(base, Value) and base in stmt.outs else None
        if j is not None and self.uses.get(stmt.outs[j]) != 1:
            return None
        plain, busy = (stmt.then, stmt.orelse) if in_then else (stmt.orelse, stmt.then)
        held = base if j is None else plain.exit.vals[j]
        if not self.stands_for(held, total.out):
            return None
        given: dict[Value, Atom] = {stmt.outs[k]: busy.exit.vals[k]}
        if j is not None:
            given[stmt.outs[j]] = busy.exit.vals[j]
        inner, result = self.summed(chain, given, base)
        gone = {k} if j is None else {k, j}
        sides = [Region(r.stmts, Yield((*[v for i, v in enumerate(r.exit.vals) if i not in gone], last)))
                 for r, last in ((plain, held), (Region((*busy.stmts, *inner), busy.exit), result))]
        then, orelse = sides if in_then else sides[::-1]
        outs = (*[o for i, o in enumerate(stmt.outs) if i not in gone], total.out)
        return If(outs, stmt.cond, then, orelse, stmt.origin)

    def summed(self, chain: list[Op], given: dict[Value, Atom], base: Atom) -> tuple[tuple[Stmt, ...], Value]:
        """The operations of a chain in the branch, and what they give; nothing is added to zero."""
        total = chain[-1]
        stmts = substitute(Region(tuple(chain), Yield(())), given).stmts
        added = given.get(base, base) if isinstance(base, Value) else base
        other = next((a for a in stmts[-1].args if a is not added and isinstance(a, Value)), None)  # type: ignore[union-attr]
        is_whole = added in self.zeros and self.kinds.get(other) == self.kinds.get(total.out)  # type: ignore[arg-type]
        if (_is_zero(added) or is_whole) and total.prim is prims.ADD and other is not None:
            return stmts[:-1], other
        result = Value(total.out.hint, total.out.user)
        self.kinds[result] = self.kinds[total.out]
        last = stmts[-1]
        assert isinstance(last, Op)
        return (*stmts[:-1], replace(last, outs=(result,))), result

    def stands_for(self, atom: Atom, out: Value) -> bool:
        """Whether a value may be the result where nothing is added to it."""
        kind = self.kinds.get(out, UNKNOWN)
        own = self.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else kind_of_const(getattr(atom, "value", None))
        if isinstance(kind, Number) and isinstance(own, Number):
            return own.dtype == kind.dtype == "float64"     # of Python or of NumPy
        return own == kind and isinstance(atom, Value) and kind is not UNKNOWN


def _is_zero(atom: Atom) -> bool:
    return isinstance(atom, Const) and type(atom.value) is float and atom.value == 0.0
