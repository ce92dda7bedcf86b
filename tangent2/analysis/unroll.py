"""Loops over displays of functions: `for f in [np.sin, layer]` is its body for each of them."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Union

from tangent2.analysis.choices import is_function
from tangent2.analysis.factories import followed
from tangent2.core import prims
from tangent2.core.syntax import (
    Atom, Call, Const, For, Function, Op, Region, Stmt, Value, While, operands, regions, walk,
)
from tangent2.core.walk import map_regions, may_leave, renew, substitute


_READING = frozenset({"zip", "enumerate", "reversed", "len", "getitem", "unpack", "range"})
_VIEWS = frozenset({"items", "values", "keys", "get"})
Item = Union[Atom, "tuple[Item, ...]"]


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
    state = _Unrolling(followed(function.body), _handed_on(function.body))
    body = state.region(function.body)
    return function if body is function.body else replace(function, body=substitute(body, state.became))


@dataclass
class _Unrolling:
    """`functions`: values that surely are functions; `displays`: what displays in sight hold.

    `handed_on`: values that others may have changed when they are looped over.
    """

    called: set[Atom]
    handed_on: set[Atom]
    functions: set[Atom] = field(default_factory=set)
    displays: dict[Value, tuple[Item, ...]] = field(default_factory=dict)
    dicts: dict[Value, tuple[tuple[Atom, Atom], ...]] = field(default_factory=dict)
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
        elif op.prim is prims.TUPLE or op.prim is prims.LIST and op.out not in self.handed_on:
            self.displays[op.out] = op.args
        elif op.prim is prims.DICT and op.static is not None and op.out not in self.handed_on:
            self.dicts[op.out] = tuple(zip(map(Const, op.static), op.args))
        elif (rows := self.rows(op)) is not None:
            self.displays[op.out] = rows
        return op

    def rows(self, op: Op) -> tuple[Item, ...] | None:
        """What `zip`, `enumerate` and `items` of displays in sight give."""
        known = [self.displays.get(a) for a in op.args]     # type: ignore[arg-type]
        if op.prim is prims.METHOD:
            pairs = self.dicts.get(op.args[0], ())      # type: ignore[arg-type]
            return {"items": pairs, "values": tuple([v for _, v in pairs])}.get(op.static) or None
        if op.prim.name == "zip" and op.args and not op.kw and all(k is not None for k in known):
            return tuple(zip(*known))
        if op.prim.name == "enumerate" and len(op.args) == 1 and known[0] is not None:
            return tuple([(Const(k), v) for k, v in enumerate(known[0])])
        return None

    def is_over_functions(self, stmt: For) -> bool:
        items = self.displays.get(stmt.iter, ())      # type: ignore[arg-type]
        if stmt.target not in self.called or not items or may_leave(stmt.body):
            return False
        if isinstance(items[0], tuple) and not only_unpacked(stmt.body, stmt.target, len(items[0])):
            return False
        return all(self.is_function(item) for item in items)

    def is_function(self, item: Item) -> bool:
        """Whether an item is a function, or has one among its parts."""
        if isinstance(item, tuple):
            return any(map(self.is_function, item))
        return self.became.get(item, item) in self.functions        # type: ignore[arg-type]

    def unrolled(self, stmt: For) -> list[Stmt]:
        """The body for each of the functions, one after the other."""
        found: list[Stmt] = []
        vals = stmt.init
        for item in self.displays[stmt.iter]:       # type: ignore[index]
            taken = stmt.body
            mapping: dict[Value, Atom] = dict(zip(stmt.params, vals))
            if isinstance(item, tuple):
                first, *rest = taken.stmts
                mapping.update(zip(first.outs, item))       # type: ignore[arg-type]
                taken = Region(tuple(rest), taken.exit)
            else:
                mapping[stmt.target] = item
            body = renew(taken, mapping)
            self.called |= followed(body)
            found += self.region(body).stmts
            vals = body.exit.vals
        self.became.update(zip(stmt.outs, vals))
        return found


def _handed_on(body: Region) -> set[Atom]:
    """The values that functions capture or are given, that stand in others, or that are written to."""
    found: set[Atom] = set()
    for stmt in walk(body):
        if isinstance(stmt, Op) and (stmt.prim.name in _READING or stmt.prim is prims.METHOD and stmt.static in _VIEWS):
            continue
        found.update(stmt.args if isinstance(stmt, (Op, Call)) else ())
        found.update(stmt.init if isinstance(stmt, (For, While)) else ())
        found.update([a for region in regions(stmt) for a in region.exit.vals])
    return found


def only_unpacked(body: Region, target: Value, count: int) -> bool:
    """Whether a body starts by taking the target apart into so many, and reads it nowhere else."""
    first: Any = body.stmts[0] if body.stmts else None
    if not isinstance(first, Op) or first.prim is not prims.UNPACK or first.args != (target,):
        return False
    reads = sum(a is target for s in walk(body) for a in operands(s))
    reads += sum(a is target for s in walk(body) for r in regions(s) for a in r.exit.vals)
    return first.static == (count, False, 0) and reads == 1 and all(a is not target for a in body.exit.vals)
