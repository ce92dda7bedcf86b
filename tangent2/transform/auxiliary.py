"""Functions that return auxiliary data beside their value: no derivative flows through it, it is handed on as it is.

It is stopped before a transform, so that nothing is made of it there (zero times infinity is no zero), and is itself
again afterwards.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import UNKNOWN, Array, Kind, Number, Tuple, Unknown
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op, Region, Return, Stmt, Typed, Value, walk
from tangent2.core.walk import map_regions, substitute
from tangent2.rules.declare import by_name

_AUX = "aux"        # static of what stops it


def stopped(typed: Typed, aux: bool = True) -> Typed:
    """A function that returns a pair, of the second part of which nothing has a derivative; unless `aux`, itself.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function
    >>> x, y = Value("x", True), Value("y", True)
    >>> f = Function("f", (x,), Region((Op((y,), prims.TUPLE, (x, x)),), Return((y,))))
    >>> print(show(stopped(Typed(f, {x: FLOAT, y: Tuple((FLOAT, FLOAT))}, Tuple((FLOAT, FLOAT)))).function))
    def f(x.0):
        y.1 = tuple(x.0, x.0)
        t.2 = stop_gradient['aux'](x.0)
        t.3 = tuple(x.0, t.2)
        return t.3
    """
    if not aux or not isinstance(typed.result, Tuple) or len(typed.result.elts) != 2:
        return typed
    kinds = dict(typed.kinds)
    body = _at_returns(typed.function.body, _stop, kinds)
    return Typed(replace(typed.function, body=body), kinds, typed.result)


def resumed(typed: Typed) -> Typed:
    """What was made of a stopped function, with the auxiliary data itself."""
    stops = by_name("stop_gradient")
    found: dict[Value, Atom] = {s.out: s.args[0] for s in walk(typed.function.body)
                                if isinstance(s, Op) and s.prim is stops and s.static == _AUX}
    body = _without(substitute(typed.function.body, found), found) if found else typed.function.body
    return replace(typed, function=replace(typed.function, body=body))


def handed_on(typed: Typed) -> Typed:
    """From the tangent function of a stopped function: one that returns `(out, out_dot, aux)`."""
    kinds = dict(typed.kinds)
    body = _at_returns(typed.function.body, _three, kinds)
    pair, pair_dot = [_elements(k) for k in _elements(typed.result)]
    return resumed(Typed(replace(typed.function, body=body), kinds, Tuple((pair[0], pair_dot[0], pair[1]))))


def first_of(typed: Typed) -> Typed:
    """A function that returns the first part of the pair that another one returns."""
    kinds = dict(typed.kinds)
    body = _at_returns(typed.function.body, lambda build, whole: _part(build, whole, 0), kinds)
    return Typed(replace(typed.function, body=body), kinds, _elements(typed.result)[0])


def summed(typed: Typed, refuse: Callable[[Kind], Kind]) -> Typed:
    """A function that returns the sum of the array that another one returns; `refuse`: the kind of any other result."""
    kinds = dict(typed.kinds)
    if isinstance(typed.result, Number):
        return typed
    kind = typed.result if isinstance(typed.result, (Array, Unknown)) else refuse(typed.result)
    total: list[Kind] = []

    def add_up(build: Builder, whole: Atom) -> Atom:
        out = build.op(by_name("np.sum"), whole)
        total.append(build.kind(out))
        return out
    body = _at_returns(typed.function.body, add_up, kinds)
    same = total and all(each == total[0] for each in total) and not isinstance(kind, Unknown)
    return Typed(replace(typed.function, body=body), kinds, total[0] if same else UNKNOWN)


def _stop(build: Builder, whole: Atom) -> Atom:
    aux = build.op(by_name("stop_gradient"), _part(build, whole, 1), static=_AUX)
    return build.op(prims.TUPLE, _part(build, whole, 0), aux)


def _three(build: Builder, both: Atom) -> Atom:
    whole, dot = _part(build, both, 0), _part(build, both, 1)
    return build.op(prims.TUPLE, _part(build, whole, 0), _part(build, dot, 0), _part(build, whole, 1))


def _elements(kind: Kind) -> tuple[Kind, ...]:
    return kind.elts if isinstance(kind, Tuple) and len(kind.elts) == 2 else (UNKNOWN, UNKNOWN)


def _at_returns(region: Region, result: Callable[[Builder, Atom], Atom], kinds: dict[Value, Kind]) -> Region:
    """A region with another result where it returns one."""
    stmts: list[Stmt] = [map_regions(s, lambda inner: _at_returns(inner, result, kinds)) for s in region.stmts]
    if not isinstance(region.exit, Return):
        return Region(tuple(stmts), region.exit)
    build = Builder(kinds)
    build.known = {v: s for s in region.stmts if isinstance(s, Op) for v in s.outs}
    out = result(build, region.exit.vals[0])
    return Region((*stmts, *build.stmts), Return((out,)))


def _part(build: Builder, whole: Atom, k: int) -> Atom:
    """A part of a tuple; that of a display as it is."""
    made = build.known.get(whole) if isinstance(whole, Value) else None
    if made is not None and made.prim is prims.TUPLE and made.static is None:
        return made.args[k]
    return build.op(prims.GETITEM, whole, Const(k), static=ONE_ITEM)


def _without(region: Region, outs: dict[Value, Atom]) -> Region:
    """A region without the operations that give these values."""
    stmts = [map_regions(s, lambda inner: _without(inner, outs)) for s in region.stmts
             if not (isinstance(s, Op) and s.outs and s.out in outs)]
    return Region(tuple(stmts), region.exit)
