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
    """`functions`: values that surely are functions, `closures` those defined inside; `displays`: what they hold.

    `tuples`: those among the displays that nothing changes.  `handed_on`: values that others may have changed when
    they are looped over.
    """

    called: set[Atom]
    handed_on: set[Atom]
    functions: set[Atom] = field(default_factory=set)
    closures: set[Atom] = field(default_factory=set)
    tuples: dict[Item, tuple[Atom, ...]] = field(default_factory=dict)
    displays: dict[Value, tuple[Item, ...]] = field(default_factory=dict)
    dicts: dict[Value, tuple[tuple[Atom, Atom], ...]] = field(default_factory=dict)
    became: dict[Value, Atom] = field(default_factory=dict)

    def region(self, region: Region) -> Region:
        stmts = [new for stmt in region.stmts for new in self.stmt(stmt)]
        same = len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
        return region if same else Region(tuple(stmts), region.exit)

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        if isinstance(stmt, Op):
            return [] if self.is_taken_apart(stmt) else [self.op(stmt)]
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
            self.closures.update(op.outs if op.prim is prims.CLOSURE else ())
        elif op.prim is prims.TUPLE:
            self.displays[op.out] = self.tuples[op.out] = op.args
        elif op.prim is prims.LIST and op.out not in self.handed_on:
            self.displays[op.out] = op.args
        elif op.prim is prims.DICT and op.static is not None and op.out not in self.handed_on:
            self.dicts[op.out] = tuple(zip(map(Const, op.static), op.args))
        elif (rows := self.rows(op)) is not None:
            self.displays[op.out] = rows
        return op

    def rows(self, op: Op) -> tuple[Item, ...] | None:
        """What `zip`, `enumerate` and `items` of displays in sight give."""
        known = [self.displays.get(self.now(a)) for a in op.args]
        if op.prim is prims.METHOD:
            pairs = self.dicts.get(self.now(op.args[0]), ())
            return {"items": pairs, "values": tuple([v for _, v in pairs])}.get(op.static) or None
        if op.prim.name == "zip" and op.args and not op.kw and all(k is not None for k in known):
            return tuple(zip(*known))
        if op.prim.name == "enumerate" and len(op.args) == 1 and known[0] is not None:
            return tuple([(Const(k), v) for k, v in enumerate(known[0])])
        return None

    def is_taken_apart(self, op: Op) -> bool:
        """Whether an operation takes a tuple in sight that holds functions apart: its results are its parts."""
        parts = self.tuples.get(self.now(op.args[0]), ()) if op.prim is prims.UNPACK else ()
        if not parts or op.static != (len(parts), False, 0) or not any(map(self.is_function, parts)):
            return False
        self.became.update(zip(op.outs, parts))
        return True

    def is_over_functions(self, stmt: For) -> bool:
        items = self.displays.get(self.now(stmt.iter), ())
        if stmt.target not in self.called or not items or may_leave(stmt.body):
            return False
        if isinstance(items[0], tuple):
            return only_unpacked(stmt.body, stmt.target, len(items[0])) and all(map(self.is_function, items))
        if any(self.now(item) in self.tuples for item in items):
            return any(map(self.holds_closure, items))
        return all(map(self.is_function, items))

    def now(self, item: Any) -> Any:
        while isinstance(item, Value) and item in self.became:
            item = self.became[item]
        return item

    def is_function(self, item: Item) -> bool:
        """Whether an item is a function, or has one among its parts."""
        item = self.now(item)
        parts = item if isinstance(item, tuple) else self.tuples.get(item, ())
        return item in self.functions or any(map(self.is_function, parts))

    def holds_closure(self, item: Item) -> bool:
        """Whether a function defined inside, of which a loop could not tell the others apart, is part of an item."""
        item = self.now(item)
        return item in self.closures or any(map(self.holds_closure, self.tuples.get(item, ())))

    def unrolled(self, stmt: For) -> list[Stmt]:
        """The body for each of the functions, one after the other."""
        found: list[Stmt] = []
        vals = stmt.init
        for item in self.displays[self.now(stmt.iter)]:
            taken = stmt.body
            mapping: dict[Value, Atom] = dict(zip(stmt.params, vals))
            if isinstance(item, tuple):
                first, *rest = taken.stmts
                mapping.update(zip(first.outs, item))  # type: ignore[arg-type]
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
