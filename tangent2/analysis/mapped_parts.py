"""Which parts of containers are others in each lane, of what is read from them, and of what is attempted."""
from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from tangent2.core import prims
from tangent2.core.indexing import index_items
from tangent2.core.kinds import Array, Dict, FunctionKind, Iterator, Kind, List, Number, Tuple
from tangent2.core.layouts import (
    ATTEMPTED, MASKED, PASSING, CannotBatch, Each, Layout, Parts, each, element, joined, parts, whole,
)
from tangent2.core.syntax import Atom, Callee, Const, Op, Stmt, Value

if TYPE_CHECKING:
    from tangent2.analysis.mapped import Walker


def item_layout(kind: Kind, layout: Layout) -> Layout:
    """The layout of what a loop over a value binds: of dicts the keys, which are the same in all lanes."""
    if isinstance(kind, Dict):
        return False
    return layout if isinstance(kind, Array) else element(layout)


def _tuple(walker: Walker, op: Op) -> None:
    walker.grow(op.out, parts(map(walker.of, op.args)))
    layout = walker.of(op.out)
    for k, arg in enumerate(op.args):
        walker.grow_container(arg, element(layout, k))


def _list(walker: Walker, op: Op) -> None:
    if isinstance(walker.kind(op.out), Tuple):
        _tuple(walker, op)
        return
    for arg in op.args:
        walker.grow(op.out, each(walker.of(arg)))
    for arg in op.args:
        walker.grow_container(arg, element(walker.of(op.out)))


def _dict(walker: Walker, op: Op) -> None:
    kind = walker.kind(op.out)
    values = op.args if op.static is not None else op.args[1::2]
    if isinstance(kind, Dict) and kind.items is not None and op.static is not None:
        by_key = dict(zip(op.static, map(walker.of, values)))
        walker.grow(op.out, parts([by_key.get(key, False) for key, _ in kind.items]))
        return
    for value in values:
        walker.grow(op.out, each(walker.of(value)))


def _part(walker: Walker, op: Op) -> None:
    base, kind = walker.of(op.args[0]), walker.kind(op.args[0])
    index = op.args[1:]
    if any(walker.of(a) is not False for a in index):
        if not isinstance(kind, Array):
            raise CannotBatch("an element of a container is taken at another place in each lane", op.origin)
        walker.grow(op.out, True)
        return
    found = part_layout(kind, base, op)
    walker.grow(op.out, found)
    if not isinstance(walker.kind(op.out), (Number, Array)):
        walker.grow(op.args[0], _around(kind, op, walker.of(op.out)))


def part_layout(kind: Kind, base: Layout, op: Op) -> Layout:
    """The layout of a part of a value."""
    if isinstance(base, bool):
        return base
    item = index_items(op)[0]
    if isinstance(item, tuple):
        if isinstance(base, Each):
            return base
        bounds = [b.value if isinstance(b, Const) else b for b in item]
        return parts(base.elts[slice(*bounds)]) if all(b is None or type(b) is int for b in bounds) else _mixed(base)
    return element(base, place(kind, item))


def _mixed(base: Parts) -> Layout:
    raise CannotBatch("parts of a tuple are taken between places that are computed")


def place(kind: Kind, item: Atom) -> int | None:
    """The number of an element of a tuple, or of a dict whose keys are known."""
    if not isinstance(item, Const):
        return None
    if isinstance(kind, Dict) and kind.items is not None:
        keys = [key for key, _ in kind.items]
        return keys.index(item.value) if item.value in keys else None
    return item.value if type(item.value) is int else None


def _around(kind: Kind, op: Op, layout: Layout) -> Layout:
    """The layout of a container of which a part has a layout."""
    item = index_items(op)[0]
    if isinstance(item, tuple) or layout is False:
        return layout if isinstance(kind, List) else False
    if isinstance(kind, (List, Iterator)) or isinstance(kind, Dict) and kind.items is None:
        return each(layout)
    at, count = place(kind, item), _count(kind)
    if at is None or count is None:
        return False
    return parts([layout if k == at % count else False for k in range(count)])


def _count(kind: Kind) -> int | None:
    if isinstance(kind, Tuple):
        return len(kind.elts)
    return len(kind.items) if isinstance(kind, Dict) and kind.items is not None else None


def _store(walker: Walker, op: Op) -> None:
    base, *index, value = op.args
    kind = walker.kind(base)
    if isinstance(kind, Array):
        if walker.under or any(walker.of(a) is not False for a in op.args):
            walker.grow(op.out, True)
        return
    if any(walker.of(a) is not False for a in index):
        raise CannotBatch("an element of a container is changed at a place that is another one in each lane", op.origin)
    if walker.under and isinstance(kind, Dict) and place(kind, index[0]) is None:
        raise CannotBatch("a dict may get a key in some lanes only", op.origin)
    stored = whole(walker.kind(value)) if walker.under else walker.of(value)
    walker.grow(op.out, _around(walker.kind(op.out), op, stored))
    walker.level(base, op.out)
    walker.grow_container(value, part_layout(walker.kind(op.out), walker.of(op.out), op))


def _push(walker: Walker, op: Op) -> None:
    if walker.under:
        raise CannotBatch("lists grow to other lengths in each lane", op.origin)
    base, value = op.args
    walker.grow(op.out, each(walker.of(value)))
    walker.level(base, op.out)
    walker.grow_container(value, element(walker.of(op.out)))


def _pop(walker: Walker, op: Op) -> None:
    if walker.under and walker.of(op.args[0]) is not False:
        raise CannotBatch("lists shrink to other lengths in each lane", op.origin)
    walker.level(op.args[0], op.outs[0])
    walker.grow(op.outs[1], element(walker.of(op.args[0])))


def _unpack(walker: Walker, op: Op) -> None:
    layout, kind = walker.of(op.args[0]), walker.kind(op.args[0])
    before, starred, after = op.static
    if isinstance(kind, Array):
        for out in op.outs:
            walker.grow(out, layout)
        return
    for k, out in enumerate(op.outs):
        if starred and k == before:
            inner = layout if isinstance(layout, (bool, Each)) else each(element(parts(
                layout.elts[before:len(layout.elts) - after])))
            walker.grow(out, inner)
        else:
            at = k if not starred or k < before else k - len(op.outs)
            walker.grow(out, element(layout, at) if isinstance(layout, Parts) else element(layout))


def _become(walker: Walker, op: Op) -> None:
    walker.level(op.out, *op.args[:2])


def _accumulate(walker: Walker, op: Op) -> None:
    if isinstance(walker.kind(op.out), (Number, Array)):
        walker.plain(op)
    else:
        walker.grow(op.out, joined(walker.of(op.args[0]), walker.of(op.args[1])))
        walker.level(op.out, *op.args)


def _joined(walker: Walker, op: Op) -> None:
    """`+` and `*`, which join lists and tuples."""
    kind = walker.kind(op.out)
    if isinstance(kind, List):
        lists = [a for a in op.args if isinstance(walker.kind(a), List)]
        for each_ in lists:
            walker.grow(op.out, walker.of(each_))
        walker.level(op.out, *lists)
    elif isinstance(kind, Tuple) and op.prim is prims.ADD:
        kinds = [walker.kind(a) for a in op.args]
        elts = [element(walker.of(a), k) for a, own in zip(op.args, kinds) for k in range(_count(own) or 0)]
        walker.grow(op.out, parts(elts) if len(elts) == len(kind.elts) else False)
    else:
        walker.plain(op)


def _same(walker: Walker, op: Op) -> None:
    walker.grow(op.out, walker.of(op.args[0]))
    walker.level(op.out, op.args[0])


def _zeros(walker: Walker, op: Op) -> None:
    """Zeros like a value: what they become later on is nothing to that."""
    walker.grow(op.out, walker.of(op.args[0]))


def _closure(walker: Walker, op: Op) -> None:
    kind = walker.kind(op.out)
    if isinstance(kind, FunctionKind) and len(kind.captured) == len(op.args):
        walker.grow(op.out, parts(map(walker.of, op.args)))
    elif any(walker.of(a) is not False for a in op.args):
        raise CannotBatch("which function this is, is not known before the code runs", op.origin)


def _captured(walker: Walker, op: Op) -> None:
    layout = walker.of(op.args[0])
    if layout is not False:
        kept = not isinstance(walker.kind(op.args[0]), FunctionKind)      # then it tells first which function it is
        walker.grow(op.out, element(layout, op.static[1] + kept))


def _sequences(walker: Walker, op: Op) -> None:
    """`zip`, `enumerate`, `reversed`, `list`: over elements, or over the rows of an array."""
    layouts = [item_layout(walker.kind(a), walker.of(a)) for a in op.args]
    if not any(layouts):
        return
    kind, name = walker.kind(op.out), op.prim.name
    if name in ("zip", "zip_longest"):
        walker.grow(op.out, each(parts(layouts)))
    elif name == "enumerate":
        walker.grow(op.out, each(parts([False, layouts[0]])))
    elif isinstance(kind, Tuple):
        layout = walker.of(op.args[0])
        walker.grow(op.out, layout if isinstance(layout, Parts) else parts([layouts[0]] * len(kind.elts)))
    else:
        walker.grow(op.out, each(layouts[0]))


def _range(walker: Walker, op: Op) -> None:
    """A range with an end that is another one in each lane; a downward one, with a start."""
    mapped = [k for k, a in enumerate(op.args) if walker.of(a) is not False]
    if not mapped:
        return
    step = op.args[2].value if len(op.args) == 3 and isinstance(op.args[2], Const) else 1 if len(op.args) < 3 else 0
    ends = [0] if len(op.args) == 1 else [1] if step > 0 else [0]
    if mapped != ends or step == 0 or step < -1:
        raise CannotBatch("a range has other bounds in each lane", op.origin)
    walker.grow(op.out, True)


def _items(walker: Walker, op: Op) -> None:
    """Views of dicts."""
    layout = walker.of(op.args[0])
    if layout is False or op.prim.name == ".keys":
        return
    walker.grow(op.out, each(parts([False, element(layout)]) if op.prim.name == ".items" else element(layout)))


def _caught(walker: Walker, op: Op) -> None:
    """What is attempted raises in all lanes or in none; or in none, for else lanes go one by one."""
    given = tuple(map(walker.of, op.args[1:]))
    if not any(given):
        return
    what, passing = op.static.what, id(op) in walker.found.agreed
    if not isinstance(what, Callee) or op.static.errors or op.static.floats or op.static.carries and not passing:
        raise CannotBatch("one lane may raise what is caught, and another may not", op.origin)
    how = (MASKED if walker.under else walker.agreeing * (passing or catches_no_more(walker.made, op.args[0]))) | (
        PASSING if passing else ATTEMPTED) | walker.last
    result = walker.summary(what, tuple(map(walker.kind, op.args[1:])), given, how)[1]
    walker.grow(op.out, parts([False, result]))


def catches_no_more(made: Mapping[Value, Stmt], classes: Atom) -> bool:
    """Whether a handler surely catches exceptions only, and not what ends a program or tells that lanes differ."""
    if isinstance(classes, Const):
        return isinstance(classes.value, type) and issubclass(classes.value, Exception)
    op = made.get(classes) if isinstance(classes, Value) else None
    if isinstance(op, Op) and op.prim is prims.TUPLE:
        return all(catches_no_more(made, a) for a in op.args)
    if not isinstance(op, Op) or op.prim is not prims.READ:
        return False
    with suppress(Exception):       # a name that is not bound, or an attribute that is not there
        known = getattr(builtins, op.static.name, None) if op.static.where == "builtin" else op.static.read()
        return isinstance(known, type) and issubclass(known, Exception)
    return False


def _opaque(walker: Walker, op: Op) -> None:
    if any(walker.of(a) is not False for a in op.args):
        raise CannotBatch("code of which nothing is known is given what is another thing in each lane", op.origin)


Grow = Callable[["Walker", Op], None]


class _Table(dict[object, Grow]):
    """By primitive, or by the name of one that the tables of rules declare."""

    def get(self, prim: prims.Prim, default: Grow) -> Grow:  # type: ignore[override]
        return dict.get(self, prim) or dict.get(self, prim.name) or default


_GROWING: dict[object, Grow] = {
    prims.TUPLE: _tuple, prims.LIST: _list, prims.NEW: _tuple, prims.DICT: _dict, prims.SET: _opaque,
    prims.GETITEM: _part, prims.UNPACK: _unpack, prims.PUSH: _push, prims.POP: _pop, prims.TAPE: lambda w, op: None,
    **dict.fromkeys((prims.SETITEM, prims.SETTLE, prims.AT_ADD, *prims.UPDATES.values()), _store),
    prims.BECOME: _become, prims.ACCUMULATE: _accumulate, prims.INPLACE: _accumulate,
    prims.CLOSURE: _closure, prims.CAPTURED: _captured, prims.AS_CLASS: _same, prims.DERIVE: _closure,
    prims.CAUGHT: _caught,
    **dict.fromkeys((prims.APPLY, prims.VERBATIM, prims.METHOD, prims.ATTRIBUTE, prims.CHANGE,
                     prims.GETATTR, prims.SETATTR), _opaque),
    **dict.fromkeys(("deep_copy", "stop_gradient", "zero_filled"), _same), "zero_like": _zeros,
    **dict.fromkeys(("add_trees", "or_zero"), _accumulate), prims.ADD: _joined, prims.MUL: _joined,
    **dict.fromkeys(("zip", "enumerate", "reversed", "list", "tuple", "iter"), _sequences),
    **dict.fromkeys((".items", ".values", ".keys"), _items), "range": _range,
}
LAYOUTS = _Table(_GROWING)
