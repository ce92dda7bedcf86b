"""Loops over displays of functions: `for f in [np.sin, layer]` is its body for each of them."""
from __future__ import annotations

from dataclasses import dataclass, field, replace

from tangent2.analysis.choices import is_function
from tangent2.analysis.factories import followed
from tangent2.core import prims
from tangent2.core.syntax import Atom, For, Function, Op, Region, Stmt, Value, regions
from tangent2.core.walk import map_regions, may_leave, renew, substitute


def unroll_functions(function: Function) -> Function:
    """A function without loops over displays of functions, in which each is called in sight of where it is made.

    >>> x, f, g, fs, p, q, y, z = map(Value, "x f g fs p q y z".split())
    >>> from tangent2.core.syntax import Yield
    >>> inner = Function("inner", (x,), Region((), Yield((x,))))
    >>> ops = [Op((v,), prims.CLOSURE, (), static=inner) for v in (f, g)] + [Op((fs,), prims.LIST, (f, g))]
    >>> loop = For((z,), q, fs, (p,), (x,), Region((Op((y,), prims.APPLY, (q, p)),), Yield((y,))))
    >>> [s.prim for s in unroll_functions(Function("f", (x,), Region((*ops, loop), Yield((z,))))).body.stmts]
    [closure, closure, list, apply, apply]
    """
    state = _Unrolling(followed(function.body))
    body = state.region(function.body)
    return function if body is function.body else replace(function, body=substitute(body, state.became))


@dataclass
class _Unrolling:
    """`functions`: values that surely are functions; `displays`: what displays in sight hold."""

    called: set[Atom]
    functions: set[Atom] = field(default_factory=set)
    displays: dict[Value, tuple[Atom, ...]] = field(default_factory=dict)
    became: dict[Value, Atom] = field(default_factory=dict)

    def region(self, region: Region) -> Region:
        stmts = [new for stmt in region.stmts for new in self.stmt(stmt)]
        same = len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
        return region if same else Region(tuple(stmts), region.exit)

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        if isinstance(stmt, Op):
            return [self.op(stmt)]
        if isinstance(stmt, For) and self.is_over_functions(stmt):
            return self.unrolled(stmt)
        new = map_regions(stmt, self.region)
        return [stmt if all(a is b for a, b in zip(regions(new), regions(stmt))) else new]

    def op(self, op: Op) -> Op:
        if op.prim is prims.CLOSURE and isinstance(op.static, Function):
            inner = unroll_functions(op.static)
            op = op if inner is op.static else replace(op, static=inner)
        if op.prim is prims.CLOSURE or op.prim is prims.READ and is_function(op):
            self.functions.add(op.out)
        elif op.prim in (prims.LIST, prims.TUPLE):
            self.displays[op.out] = op.args
        return op

    def is_over_functions(self, stmt: For) -> bool:
        items = self.displays.get(stmt.iter, ())      # type: ignore[arg-type]
        return stmt.target in self.called and bool(items) and not may_leave(stmt.body) and all(
            self.became.get(a, a) in self.functions for a in items)     # type: ignore[arg-type]

    def unrolled(self, stmt: For) -> list[Stmt]:
        """The body for each of the functions, one after the other."""
        found: list[Stmt] = []
        vals = stmt.init
        for item in self.displays[stmt.iter]:       # type: ignore[index]
            body = renew(stmt.body, {stmt.target: item, **dict(zip(stmt.params, vals))})
            self.called |= followed(body)
            found += self.region(body).stmts
            vals = body.exit.vals
        self.became.update(zip(stmt.outs, vals))
        return found
