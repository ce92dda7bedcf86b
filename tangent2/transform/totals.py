"""Gradients in each lane as the gradient of one number: the sum over the lanes, none of which the others depend on.

Where the lanes of a loop leave it at different times, so would their sweeps back through it; the sweep back through the
loop of all lanes is one.
"""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Dim, Kind
from tangent2.core.layouts import CannotBatch, Layout, Parts, batched
from tangent2.core.syntax import Atom, Const, Function, Region, Return, Typed, Value
from tangent2.core.walk import renew
from tangent2.analysis.mapped import Mapped
from tangent2.rules.declare import by_name
from tangent2.transform.relayout import Relayout


def total_of_lanes(typed: Typed, layout: Layout, aux: bool, value: bool) -> Typed:
    """The sum of what a function gives for all lanes; `aux`: it gives a pair, of which the second is handed on.

    value: the values of the lanes are handed on as well.

    >>> from tangent2.core.kinds import Array, Sym
    >>> from tangent2.core.show import show
    >>> x = Value("x")
    >>> kind = Array("float64", (Sym(0),))
    >>> f = Typed(Function("f", (x,), Region((), Return((x,)))), {x: kind}, kind)
    >>> print(show(total_of_lanes(f, True, False, False).function))
    def f(x.0):
        t.1 = np.sum(x.0)
        return t.1
    """
    exit = typed.function.body.exit
    values = layout.elts[0] if aux and isinstance(layout, Parts) else layout
    if not isinstance(exit, Return) or values is not True:
        raise CannotBatch("the function gives the same number in all lanes", typed.function.origin)
    build = Builder(dict(typed.kinds))
    out: Atom = exit.vals[0]
    first = build.getitem(out, Const(0)) if aux else out
    found = build.op(by_name("np.sum"), first)
    if value or aux:
        other = out if value else build.getitem(out, Const(1))
        found = build.op(prims.TUPLE, found, other)
    body = Region((*typed.function.body.stmts, *build.stmts), Return((found,)))
    return Typed(replace(typed.function, body=body), build.kinds, build.kind(found))


def given_layouts(typed: Typed, kinds: tuple[Kind, ...], given: tuple[Layout, ...], wanted: tuple[Layout, ...],
                  size: Dim, value: bool, name: str) -> Typed:
    """A function of arguments of other layouts, which are repeated; `value`: (gradients, values) are exchanged."""
    build = Builder()
    old = typed.function
    params = [build.value(batched(kind, layout, size), p.hint, True)
              for p, kind, layout in zip(old.params, kinds, given)]
    lanes = Typed(Function(name, tuple(params), old.body, old.origin), dict(zip(params, kinds)), typed.result)
    laid = Relayout(build, lanes, Mapped(dict(zip(params, given))), size)
    laid.now.update(zip(params, params))
    mapping: dict[Value, Atom] = {p: laid.to_layout(new, kind, have, want) for p, new, kind, have, want in zip(
        old.params, params, kinds, given, wanted)}
    region = renew(old.body, mapping)
    for before, after in mapping.items():
        if isinstance(after, Value) and after not in build.kinds:
            build.kinds[after] = typed.kinds[before]
    if not isinstance(region.exit, Return):
        raise CannotBatch("the end of the function is not reached", old.origin)
    build.stmts += region.stmts
    out = region.exit.vals[0]
    if value:
        out = build.op(prims.TUPLE, build.getitem(out, Const(1)), build.getitem(out, Const(0)))
    kind = build.kind(out) if value else typed.result
    body = Region((*laid.prologue(tuple(params), given), *build.stmts), Return((out,)))
    return Typed(replace(old, name=name, params=tuple(params), body=body), build.kinds, kind)


