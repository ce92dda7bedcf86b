"""Which values depend on the active parameters in a way a derivative can flow through (varied values)."""
from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from tangent2.core.kinds import UNKNOWN, Array, Dict, FunctionKind, Iterator, Kind, List, Number, Tuple, is_inexact
from tangent2.core.syntax import Atom, Break, Call, Continue, For, If, Op, Origin, Region, Stmt, Typed, Value
from tangent2.core.syntax import While, Yield, inner_bindings, walk
from tangent2.errors import UnsupportedError
from tangent2.rules.apply import flow_positions


def varied(typed: Typed, active_params: tuple[bool, ...]) -> frozenset[Value]:
    """The values that vary with the parameters marked active; values of exact kinds never do.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT, INT
    >>> from tangent2.core.syntax import Const, Function, Return
    >>> x, n, a, b = Value("x"), Value("n"), Value("a"), Value("b")
    >>> ops = Op((a,), prims.MUL, (x, n)), Op((b,), prims.ADD, (n, Const(1)))
    >>> f = Function("f", (x, n), Region(ops, Return((a,))))
    >>> kinds = {x: FLOAT, n: INT, a: FLOAT, b: INT}
    >>> sorted(v.hint for v in varied(Typed(f, kinds, FLOAT), (True, True)))
    ['a', 'x']
    """
    walker = _Walker(typed.kinds)
    for param, active in zip(typed.function.params, active_params):
        if active:
            walker.mark(param)
    walker.region(typed.function.body, None)
    return frozenset(walker.found)


class _Walker:
    """Marks values in order of execution; loops are walked until nothing new is marked."""

    def __init__(self, kinds: dict[Value, Kind]) -> None:
        self.kinds = kinds
        self.found: set[Value] = set()

    def mark(self, value: Value) -> None:
        if is_inexact(self.kinds.get(value, UNKNOWN)):
            self.found.add(value)

    def mark_from(self, targets: tuple[Value, ...], atoms: tuple[Atom, ...]) -> None:
        for target, atom in zip(targets, atoms):
            if atom in self.found:
                self.mark(target)

    def region(self, region: Region, loop: For | While | None) -> None:
        for stmt in region.stmts:
            self.stmt(stmt, loop)
        if loop is not None and isinstance(region.exit, Break):
            self.mark_from(loop.outs, region.exit.vals)
        elif loop is not None and isinstance(region.exit, Continue):
            self.mark_from(loop.params, region.exit.vals)

    def stmt(self, stmt: Stmt, loop: For | While | None) -> None:
        if isinstance(stmt, Op):
            if not self.found.isdisjoint(stmt.args) and any(stmt.args[k] in self.found for k in flow_positions(stmt)):
                for out in stmt.outs:
                    self.mark(out)
        elif isinstance(stmt, Call):
            if not self.found.isdisjoint(stmt.args):
                self.mark(stmt.out)
        elif isinstance(stmt, If):
            for region in (stmt.then, stmt.orelse):
                self.region(region, loop)
                if isinstance(region.exit, Yield):
                    self.mark_from(stmt.outs, region.exit.vals)
        elif isinstance(stmt, (For, While)):
            self.loop(stmt)

    def loop(self, loop: For | While) -> None:
        self.mark_from(loop.params, loop.init)
        if isinstance(loop, For) and loop.iter in self.found:
            self.mark(loop.target)
        before = -1
        while before != len(self.found):
            before = len(self.found)
            self.region(loop.body, loop)
            if isinstance(loop.body.exit, Yield):
                self.mark_from(loop.params, loop.body.exit.vals)
        if isinstance(loop, While):
            self.region(loop.cond, None)
        self.mark_from(loop.outs, loop.params)


def refuse_complex(typed: Typed, active: Collection[Value]) -> None:
    """Raise if a derivative would flow through complex numbers: rules are those of functions of real ones."""
    if not any(_complex(typed.kinds.get(v, UNKNOWN)) for v in active):
        return
    for param in typed.function.params:
        if param in active and _complex(typed.kinds.get(param, UNKNOWN)):
            _refuse_complex(f"argument `{param.hint}`", typed.function.origin)
    for stmt in walk(typed.function.body):
        for v in (*stmt.outs, *inner_bindings(stmt)):
            if v in active and _complex(typed.kinds.get(v, UNKNOWN)):
                _refuse_complex(f"`{v.hint}`" if v.hint else "a value here", getattr(stmt, "origin", None))


def _refuse_complex(what: str, origin: Origin | None) -> NoReturn:
    raise UnsupportedError(f"{what} is complex, and a derivative flows through it", origin=origin, construct="complex",
                           advice="compute with the real and the imaginary part, each an array of its own")


def _complex(kind: Kind) -> bool:
    if isinstance(kind, (Number, Array)):
        return kind.dtype is not None and kind.dtype.startswith("complex")
    if isinstance(kind, Tuple):
        return any(map(_complex, kind.elts))
    if isinstance(kind, FunctionKind):
        return any(map(_complex, kind.captured))
    return isinstance(kind, (List, Iterator, Dict)) and _complex(kind.elt)
