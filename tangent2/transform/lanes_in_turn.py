"""What is computed for one lane after the other: `np.stack([f(x_k, y) for x_k in x])`; slower, never wrong."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tangent2.core import prims
from tangent2.core.build import Builder, close
from tangent2.core.kinds import NOT_ONE, OWN_MANY, Array, Derived, Kind, List, Number, Sliced
from tangent2.core.layouts import CannotBatch, Layout
from tangent2.core.syntax import Atom, For, Op, Value
from tangent2.rules.declare import by_name

if TYPE_CHECKING:
    from tangent2.transform.batch import Sweep


def one_by_one(sweep: Sweep, op: Op) -> Atom:
    """A primitive without a batching rule."""
    kind = sweep.kind(op.out)
    if isinstance(kind, Array) and not (kind.shape is not None and all(
            d is not None and is_common(d, sweep.layout) for d in kind.shape)):
        raise CannotBatch("an array may have another shape in some lanes than in others", op.origin)
    arrays = all(sweep.layout(a) is False or sweep.layout(a) is True for a in op.args)
    if len(op.outs) > 1 or not isinstance(kind, (Number, Array)) or op.prim.effect != "pure" or not arrays \
            or sweep.masks.now is not None:
        raise CannotBatch(f"`{op.prim.name}` is not known to work for all lanes at once", op.origin)
    mapped = [k for k, a in enumerate(op.args) if sweep.layout(a) is True]
    wide = [sweep.atom(op.args[k]) for k in mapped]
    kinds = [sweep.kind(op.args[k]) for k in mapped]

    def each(rows: list[Value]) -> Value:
        args = list(map(sweep.atom, op.args))
        for k, row in zip(mapped, rows):
            args[k] = row
        return sweep.build.op(op.prim, *args, kw=op.kw, static=op.static)
    return stacked(sweep.build, in_turn(sweep.build, wide, kinds, kind, each), kind)


def in_turn(build: Builder, wide: list[Atom], kinds: list[Kind], kind: Kind,
            each: Callable[[list[Value]], Value]) -> Value:
    """The list of the results for the lanes: `each` emits one, of the rows of what is mapped; `kinds`: of those."""
    count = build.op(by_name("len"), wide[0])
    return repeated(build, count, kind, lambda at: each([row(build, atom, own, at) for atom, own in zip(wide, kinds)]))


def is_common(dim: Any, layout: Callable[[Atom], Layout]) -> bool:
    """Whether an extent is surely the same in all lanes."""
    if isinstance(dim, Sliced):
        return is_common(dim.base, layout) and all(is_common(d, layout) for d in dim.slice or ())
    if isinstance(dim, Derived):
        kind, *given = dim.how
        return kind not in ("own", OWN_MANY) and all(is_common(d, layout) for d in given if not isinstance(d, str))
    if isinstance(dim, Value):
        return layout(dim) is not True
    return dim is None or dim != NOT_ONE


def row(build: Builder, atom: Atom, kind: Kind, at: Value) -> Value:
    """An element, of a known kind."""
    found = build.getitem(atom, at)
    build.kinds[found] = kind
    return found


def repeated(build: Builder, count: Atom, kind: Kind | None, each: Callable[[Value], Atom]) -> Value:
    """A list of what `each` makes of the numbers below a count; `kind`: of an element, if that is known."""
    numbers, target = build.op(by_name("range"), count), build.value(Number("int64"))
    start = build.op(prims.LIST)
    with build.region() as stmts:
        found = each(target)
        if kind is not None and isinstance(found, Value):
            build.kinds[found] = kind
        own = List(build.kind(found))
        param, out = build.value(own), build.value(own)
        grown = build.op(prims.PUSH, param, found)
    build.kinds[start] = own
    build.add(For((out,), target, numbers, (param,), (start,), close(stmts, (grown,)), build.origin))
    return out


def stacked(build: Builder, results: Value, kind: Kind) -> Value:
    """The results of the lanes, one behind the other."""
    return build.op(by_name("np.array" if isinstance(kind, Number) else "np.stack"), results)

