"""Calls with arguments that share memory, to one of which the callee writes: another function takes the memory once.

`swap(a[i], a[j])` becomes a call of a function of `a`, `i` and `j` that takes the two parts itself and then does what
`swap` does.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union

from tangent2.analysis.aliases import Cell, Place, View, cells
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Call, Const, Function, Op, Region, Value
from tangent2.core.walk import renew

Operand = Union[int, Const]     # one of the new parameters, or a literal


@dataclass(frozen=True)
class Part:
    """What a parameter of the callee is: views, one of the other, of a new parameter."""

    base: int
    views: tuple[tuple[Prim, tuple[Operand, ...], tuple[str, ...], object], ...] = ()


Plan = tuple[Part, ...]


def overlap(places: list[Place | None], writes: tuple[int, ...], apart: Callable[[Place, Place], bool]) -> bool:
    """Whether an argument that a callee writes to is, or has a part in common with, another; `apart`: surely not."""
    return any(_meet(a := places[j], b := places[k]) and not apart(a, b)        # type: ignore[arg-type]
               for k in writes for j in range(len(places)) if j != k)


def planned(call: Call, places: list[Place | None], writes: tuple[int, ...],
            content: Mapping[Cell, Atom],
            place_of: Callable[[Any], Place | None]) -> tuple[Plan, tuple[Atom, ...]] | None:
    """What each parameter of a callee is of new ones, and the arguments for these; None if that is not known.

    content: of each cell, by a value that names it.
    """
    shared = {k for k in writes for j in range(len(places)) if j != k and _meet(places[j], places[k])}
    shared |= {j for k in shared for j in range(len(places)) if _meet(places[j], places[k])}
    args: list[Atom] = []
    plan: list[Part] = []
    for k, (arg, place) in enumerate(zip(call.args, places)):
        mine = [j for j in shared if _meet(places[j], place)] if k in shared else []
        if all(places[j] == place for j in mine):
            first = call.args[min(mine)] if mine else arg
            plan.append(Part(_position(args, first, not mine)))
            continue
        chain = list(_chain(place))
        root = chain[-1].base if chain else place
        if not isinstance(root, Cell) or place_of(content.get(root)) != root:
            return None
        base = _position(args, content[root], False)
        views = [(v.op.prim, tuple([a if isinstance(a, Const) else _position(args, a, False) for a in v.op.args[1:]]),
                  v.op.kw, v.op.static) for v in reversed(chain)]
        plan.append(Part(base, tuple(views)))
    return tuple(plan), tuple(args)


def _meet(a: Place | None, b: Place | None) -> bool:
    return a is not None and b is not None and not set(cells(a)).isdisjoint(cells(b))


def _chain(place: Place | None) -> Iterator[View]:
    while isinstance(place, View):
        yield place
        place = place.base


def _position(args: list[Atom], arg: Atom, alone: bool) -> int:
    if alone or arg not in args:
        args.append(arg)
        return len(args) - 1
    return args.index(arg)


def together(function: Function, plan: Plan, names: tuple[str | None, ...]) -> Function:
    """The function that takes shared memory once; `names`: of its parameters.

    >>> from tangent2.core import prims
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import IndexSpec, Return
    >>> a, b, c = Value("a"), Value("b"), Value("c")
    >>> write = Op((c,), prims.SETITEM, (a, Const(0), b), static=IndexSpec((None,)))
    >>> f = Function("f", (a, b), Region((write,), Return((Const(None),))))
    >>> plan = Part(0), Part(0, ((prims.GETITEM, (1,), (), IndexSpec((None,))),))
    >>> print(show(together(f, plan, ("a", "i"))))
    def f(a.0, i.1):
        b.2 = a.0[i.1]
        c.3 = a.0 with [0] := b.2
        return None
    """
    params = [Value(name, name is not None) for name in names]
    stmts: list[Op] = []
    mapping: dict[Value, Atom] = {}
    for param, part in zip(function.params, plan):
        made: Value = params[part.base]
        for k, (prim, operands, kw, static) in enumerate(part.views):
            last = k == len(part.views) - 1
            out = Value(param.hint, param.user) if last else Value()
            own = [params[a] if isinstance(a, int) else a for a in operands]
            stmts.append(Op((out,), prim, (made, *own), kw, static, function.origin))
            made = out
        mapping[param] = made
    body = renew(function.body, mapping)
    return Function(function.name, tuple(params), Region((*stmts, *body.stmts), body.exit), function.origin)
