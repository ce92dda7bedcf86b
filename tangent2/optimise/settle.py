"""Parts changed in place: `y = x[1:]; y[0] *= 3.0` changes `x`, so that nothing has to be put back.

In the core a part is taken, changed, and put back.  Where the part is a view, it is changed in its place: putting it
back becomes an operation that prints nothing.  What may be an argument is copied before the view is made.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tangent2.analysis.buffers import Facts, analyse
from tangent2.analysis.callee_memory import CallFacts
from tangent2.analysis.nodes import OUTSIDE
from tangent2.analysis.returned import call_facts
from tangent2.core import prims
from tangent2.core.kinds import Array, Kind, List, Tuple
from tangent2.core.syntax import Callee, Op, Region, Stmt, Typed, Value, walk
from tangent2.core.walk import map_atoms, map_exit, map_regions

_CHANGES = frozenset({prims.SETITEM, prims.SETTLE, prims.AT_ADD, prims.ACCUMULATE, prims.INPLACE,
                      *prims.UPDATES.values()})


def settle_views(typed: Typed) -> Typed:
    """Parts that are changed and put back are views that are changed.

    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Const, Function, IndexSpec, Return, SliceSpec
    >>> x, y, w, z = Value("x"), Value("y"), Value("y"), Value("x")
    >>> one, rest = IndexSpec((None,)), IndexSpec((SliceSpec(lower=True),))
    >>> ops = (Op((y,), prims.GETITEM, (x, Const(1)), static=rest),
    ...        Op((w,), prims.SETITEM, (y, Const(0), Const(2.0)), static=one),
    ...        Op((z,), prims.SETITEM, (x, Const(1), w), static=rest))
    >>> kind = Array("float64", (None,))
    >>> f = Typed(Function("f", (x,), Region(ops, Return((z,)))), dict.fromkeys((x, y, w, z), kind), kind)
    >>> print(show(settle_views(f).function))
    def f(x.0):
        x.1 = copy(x.0)
        y.2 = x.1[1:]
        y.3 = y.2 with [0] := 2.0
        x.4 = x.1 with [1:] == y.3
        return x.4
    """
    body = typed.function.body
    ops = {s.outs[0]: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}
    if not any(_taken(op, ops, typed.kinds) for op in ops.values()):
        return typed
    facts = analyse(typed, settled_facts)
    found = _Settling(dict(typed.kinds), ops, facts)
    return Typed(replace(typed.function, body=found.region(body)), found.kinds, typed.result)


def settled_facts(callee: Callee, kinds: tuple[Kind, ...]) -> CallFacts:
    """What a caller must know of a callee's memory, whose parts are changed in their places."""
    return call_facts(callee, kinds, form=settle_views)


def shares_memory(forward: Typed) -> bool:
    """Whether what a function gives may share memory with arguments, captured values or itself."""
    facts = settled_facts(Callee(forward, forward.function.name, lambda _: forward), ())
    return facts.sources is None or facts.shared or any(where or outer for where, outer in facts.sources.values())


def unsettle(typed: Typed) -> Typed:
    """Put back what no longer is a view of its base: a copy of it was made."""
    body = typed.function.body
    ops = {s.outs[0]: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}
    broken = {op for op in ops.values() if op.prim is prims.SETTLE and _taken(op, ops, typed.kinds) is None}
    if not broken:
        return typed

    def region(r: Region) -> Region:
        return Region(tuple([replace(s, prim=prims.SETITEM) if s in broken and isinstance(s, Op) else
                             map_regions(s, region) for s in r.stmts]), r.exit)
    return replace(typed, function=replace(typed.function, body=region(body)))


def _taken(op: Op, ops: Mapping[Value, Op], kinds: Mapping[Value, Kind]) -> Op | None:
    """The operation that took the part which an operation puts back, if the part was changed in place since."""
    if op.prim not in (prims.SETITEM, prims.SETTLE) or not isinstance(kinds.get(op.args[0]), Array):  # type: ignore[arg-type]
        return None
    if any(isinstance(kinds.get(a), (Array, List, Tuple)) for a in op.args[1:-1]):  # type: ignore[arg-type]
        return None
    made = ops.get(op.args[-1])  # type: ignore[arg-type]
    if made is None or made.prim not in _CHANGES or not isinstance(kinds.get(made.out), Array):
        return None
    while made is not None and made.prim in _CHANGES:
        made = ops.get(made.args[0])  # type: ignore[arg-type]
    same = made is not None and made.prim is prims.GETITEM and made.args == op.args[:-1] and made.static == op.static
    return made if same else None


@dataclass
class _Settling:
    """The rewriting of one function; `copied`: what stands for a base that was copied, from its view on."""

    kinds: dict[Value, Kind]
    ops: Mapping[Value, Op]
    facts: Facts
    copied: dict[Value, Value] = field(default_factory=dict)

    def region(self, region: Region) -> Region:
        here = {s: k for k, s in enumerate(region.stmts)}
        settled, views = set(), set()
        for op in region.stmts:
            taken = _taken(op, self.ops, self.kinds) if isinstance(op, Op) else None
            if taken is not None and taken in here and self.in_line(op, taken, here):  # type: ignore[arg-type]
                settled.add(op)
                views.add(taken)
        outer, self.copied = self.copied, dict(self.copied)
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            if stmt in views and isinstance(stmt, Op):
                stmts += self.own(stmt)
            new = map_atoms(stmt, lambda a: self.copied.get(a, a), self.region)  # type: ignore[arg-type]
            stmts.append(replace(new, prim=prims.SETTLE) if stmt in settled and isinstance(new, Op) else new)
        exit = map_exit(region.exit, lambda a: self.copied.get(a, a))  # type: ignore[arg-type]
        self.copied = outer
        return Region(tuple(stmts), exit)

    def in_line(self, op: Op, taken: Op, here: Mapping[Stmt, int]) -> bool:
        """Whether all that changes the part stands in the region."""
        made = self.ops[op.args[-1]]  # type: ignore[index]
        while made is not taken:
            if made not in here:
                return False
            made = self.ops[made.args[0]]  # type: ignore[index]
        return True

    def own(self, view: Op) -> list[Stmt]:
        """A copy of the base of a view, if it may not be written to."""
        base = view.args[0]
        assert isinstance(base, Value)
        if base in self.copied or not self.facts.related(self.facts.all(base)) & OUTSIDE:
            return []
        self.copied[base] = fresh = Value(base.hint, base.user)
        self.kinds[fresh] = self.kinds[base]
        return [Op((fresh,), prims.COPY, (base,), origin=view.origin)]
