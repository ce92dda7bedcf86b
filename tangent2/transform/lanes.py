"""A function called once for each lane, and what it gives put together: the fallback of the batch transform."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Dim, Kind, List, Number, Tuple
from tangent2.core.layouts import CannotBatch, Each, Layout, Parts, batched
from tangent2.core.syntax import Atom, Callee, Const, Function, Region, Return, Typed, Value
from tangent2.rules.declare import by_name
from tangent2.transform.lanes_in_turn import in_turn, repeated, row


def called_in_turn(callee: Callee, typed: Typed, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...],
                   result: Layout | None, size: Dim, name: str) -> Typed:
    """The function that calls another one for each lane; `kinds`, `typed`: of one lane.

    >>> from tangent2.core.kinds import FLOAT, Sym
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Op
    >>> x, y = Value("x"), Value("y")
    >>> f = Typed(Function("f", (x,), Region((Op((y,), prims.NEG, (x,)),), Return((y,)))), {x: FLOAT, y: FLOAT}, FLOAT)
    >>> made = called_in_turn(Callee("f", "f", lambda kinds: f), f, (FLOAT,), (True,), True, Sym(0), "vmap_f")
    >>> print(show(made.function))
    def vmap_f(x.0):
        t.1 = len(x.0)
        t.2 = range(t.1)
        t.3 = list()
        t.9 = for t.5 in t.2 carrying (t.4 := t.3):
            t.6 = x.0[t.5]
            t.7 = call f(t.6)
            t.8 = push t.4 <- t.7
            yield t.8
        t.10 = np.array(t.9)
        return t.10
    """
    build = Builder()
    build.origin = typed.function.origin
    params = [build.value(batched(kind, layout, size), p.hint, True)
              for p, kind, layout in zip(typed.function.params, kinds, layouts)]
    results = _results(build, callee, params, kinds, layouts, typed.result)
    out = together(build, results, typed.result, result, size)
    made = Function(name, tuple(params), Region(tuple(build.stmts), Return((out,))), typed.function.origin,
                    by_rows=typed.function.by_rows, apart=typed.function.derived_apart)
    return Typed(made, build.kinds, build.kind(out))


def _results(build: Builder, callee: Callee, params: list[Value], kinds: tuple[Kind, ...], layouts: tuple[Layout, ...],
             kind: Kind) -> Value:
    """The list of what the callee gives for each lane."""
    mapped = [k for k, layout in enumerate(layouts) if layout is not False]

    def call(lanes: list[Value]) -> Value:
        args: list[Atom] = list(params)
        for k, own in zip(mapped, lanes):
            args[k] = own
        return build.call(callee, tuple(args), kind)
    if all(layouts[k] is True for k in mapped):
        wide: list[Atom] = [params[k] for k in mapped]
        return in_turn(build, wide, [kinds[k] for k in mapped], kind, call)
    first = next(params[k] for k in mapped)
    count = counted(build, first, kinds[mapped[0]], layouts[mapped[0]])

    def taken(at: Value) -> Value:
        return call([part_of_lane(build, params[k], kinds[k], layouts[k], at) for k in mapped])
    return repeated(build, count, kind, taken)


def counted(build: Builder, atom: Atom, kind: Kind, layout: Layout) -> Atom:
    """How many lanes a value is for."""
    while layout is not True:
        if isinstance(layout, Parts):
            k, layout = next((k, part) for k, part in enumerate(layout.elts) if part is not False)
            key, kind = _items(kind)[k]
            atom = build.getitem(atom, Const(key))
        elif isinstance(layout, Each):
            atom, kind, layout = build.getitem(atom, Const(0)), getattr(kind, "elt", kind), layout.elt
    return build.op(by_name("len"), atom)


def _items(kind: Kind) -> list[tuple[object, Kind]]:
    if isinstance(kind, Tuple):
        return list(enumerate(kind.elts))
    if isinstance(kind, Dict) and kind.items is not None:
        return list(kind.items)
    raise CannotBatch("what an argument holds is not known before the code runs")


def rebuilt(build: Builder, atom: Atom, kind: Kind, layout: Layout, leaf: Callable[[Atom, Kind], Atom]) -> Atom:
    """A value with `leaf` of those of its parts that are mapped; `kind`: of one lane."""
    if layout is False:
        return atom
    if layout is True:
        return leaf(atom, kind)
    if isinstance(layout, Parts):
        items = _items(kind)
        parts = [rebuilt(build, build.getitem(atom, Const(key)), own, part, leaf)
                 for (key, own), part in zip(items, layout.elts)]
        if isinstance(kind, Dict):
            return build.op(prims.DICT, *parts, static=tuple([key for key, _ in items]))
        return build.op(prims.TUPLE, *parts, static=kind.record if isinstance(kind, Tuple) else None)
    if isinstance(kind, List) and isinstance(layout, Each):
        inner = layout.elt
        return comprehension(build, atom, lambda item: rebuilt(build, item, kind.elt, inner, leaf))
    raise CannotBatch("what an argument holds is not known before the code runs")


def comprehension(build: Builder, source: Atom, each: Callable[[Value], Atom]) -> Value:
    """A list of something made of each element of a list."""
    kind = build.kind(source)
    elt = kind.elt if isinstance(kind, List) else kind
    return repeated(build, build.op(by_name("len"), source), None, lambda at: each(row(build, source, elt, at)))


def part_of_lane(build: Builder, atom: Atom, kind: Kind, layout: Layout, at: Atom) -> Value:
    """What a value is in one lane."""
    def leaf(atom: Atom, kind: Kind) -> Value:
        found = build.getitem(atom, at)
        build.kinds[found] = kind
        return found
    found = rebuilt(build, atom, kind, layout, leaf)
    assert isinstance(found, Value)
    return found


def together(build: Builder, results: Value, kind: Kind, layout: Layout | None, size: Dim) -> Atom:
    """The results of the lanes, put together part by part; `kind`: of one of them.  `layout`: None if not known."""
    if layout is None:
        return build.op(by_name("lanes_together"), results)
    if layout is False:
        return build.getitem(results, Const(-1))
    if isinstance(kind, (Number, Array)):
        found = build.op(by_name("np.array" if isinstance(kind, Number) else "np.stack"), results)
        build.kinds[found] = batched(kind, True, size)
        return found
    if isinstance(layout, Parts):
        items = _items(kind)
        parts = []
        for (key, own), part in zip(items, layout.elts):
            column = comprehension(build, results, lambda item, key=key: build.getitem(item, Const(key)))   # type: ignore[misc]
            build.kinds[column] = List(own)
            parts.append(together(build, column, own, part, size))
        if isinstance(kind, Dict):
            return build.op(prims.DICT, *parts, static=tuple([key for key, _ in items]))
        return build.op(prims.TUPLE, *parts, static=kind.record if isinstance(kind, Tuple) else None)
    if isinstance(kind, List) and isinstance(layout, Each):
        inner, elt = layout.elt, kind.elt
        columns = build.op(by_name("across"), results)
        return comprehension(build, columns, lambda column: together(build, column, elt, inner, size))
    raise CannotBatch("what the function returns cannot be put together")

