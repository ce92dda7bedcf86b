"""Operations that move values about, for all lanes: containers hold what their elements became."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tangent2.analysis.mapped_parts import part_layout
from tangent2.core import prims
from tangent2.core.indexing import getitem_kind
from tangent2.core.kinds import Array, Dict, List, Number, Tuple, Unknown
from tangent2.core.layouts import CannotBatch, Layout, element
from tangent2.core.syntax import ONE_ITEM, Atom, Op, Value
from tangent2.rules.declare import by_name

if TYPE_CHECKING:
    from tangent2.transform.batch import Sweep

_BINARY = {update: prims.BINARY[sign] for sign, update in prims.UPDATES.items()} | {prims.AT_ADD: prims.ADD}

Emit = Callable[["Sweep", Op], Any]


def _elements(sweep: Sweep, op: Op, layouts: list[Layout]) -> list[Atom]:
    return [sweep.shaped(a, layout) for a, layout in zip(op.args, layouts)]


def _tuple(sweep: Sweep, op: Op) -> Atom:
    layout = sweep.facts.of(op.out)
    args = _elements(sweep, op, [element(layout, k) for k in range(len(op.args))])
    return sweep.build.op(op.prim, *args, static=op.static)


def _list(sweep: Sweep, op: Op) -> Atom:
    if isinstance(sweep.kind(op.out), Tuple):
        return _tuple(sweep, op)
    inner = element(sweep.facts.of(op.out))
    return sweep.build.op(op.prim, *_elements(sweep, op, [inner] * len(op.args)), static=op.static)


def _dict(sweep: Sweep, op: Op) -> Atom:
    kind, layout = sweep.kind(op.out), sweep.facts.of(op.out)
    if op.static is not None and isinstance(kind, Dict) and kind.items is not None:
        keys = [key for key, _ in kind.items]
        args = _elements(sweep, op, [element(layout, keys.index(key)) for key in op.static])
        return sweep.build.op(op.prim, *args, static=op.static)
    inner = element(layout)
    wanted = [inner] * len(op.args) if op.static is not None else [False, inner] * (len(op.args) // 2)
    return sweep.build.op(op.prim, *_elements(sweep, op, wanted), static=op.static)


def _same(sweep: Sweep, op: Op) -> Any:
    """The same of a container for all lanes."""
    return sweep.build.ops(op.prim, tuple(map(sweep.atom, op.args)), kw=op.kw, static=op.static,
                           hints=tuple([(v.hint, v.user) for v in op.outs]))


def _of_container(sweep: Sweep, op: Op) -> Any:
    """Reading parts: of a container; of arrays by rule."""
    if isinstance(sweep.kind(op.args[0]), (Array, Number)):
        return None
    base = sweep.atom(op.args[0])
    made = sweep.build.made.get(base) if isinstance(base, Value) else None
    at = getattr(op.args[-1], "value", None)
    known = made is not None and made.prim is prims.TUPLE and op.static == ONE_ITEM
    if known and made is not None and type(at) is int and at < len(made.args):
        return made.args[at]
    return _same(sweep, op)


def _levelled(sweep: Sweep, op: Op) -> Any:
    """Containers of one layout, leaf by leaf."""
    layout = sweep.facts.of(op.out)
    return sweep.build.op(op.prim, *[sweep.shaped(a, layout) for a in op.args])


def _store(sweep: Sweep, op: Op) -> Any:
    kind = sweep.kind(op.args[0])
    if isinstance(kind, Array):
        return None
    *before, value = op.args
    layout = part_layout(sweep.kind(op.out), sweep.facts.of(op.out), op)
    if op.prim is prims.SETITEM or layout is not True:
        return sweep.build.op(op.prim, *map(sweep.atom, before), sweep.shaped(value, layout), static=op.static)
    return sweep.build.op(prims.SETITEM, *map(sweep.atom, before), _updated(sweep, op), static=op.static)


def _updated(sweep: Sweep, op: Op) -> Atom:
    """What an update makes of a number or an array in a container: a new one, for nothing else may change with it."""
    read = Op((Value(),), prims.GETITEM, op.args[:-1], (), op.static)
    kind, value = getitem_kind(read, sweep.kind), op.args[-1]
    if isinstance(kind, Unknown) or isinstance(kind, Array) and kind.shape is None:
        raise CannotBatch("how many axes an array has is not known before the code runs")
    part = sweep.build.op(prims.GETITEM, *map(sweep.atom, op.args[:-1]), static=op.static)
    rank = len(kind.shape or ()) if isinstance(kind, Array) else 0
    if sweep.rank(value) > rank:
        raise CannotBatch("an array is added to a number in a container")
    new = sweep.build.op(_BINARY[op.prim], part, sweep.aligned(value, rank))
    mask = sweep.masks.now
    return new if mask is None else sweep.masks.choose(mask, new, part, kind, True)


def _push(sweep: Sweep, op: Op) -> Atom:
    base, value = op.args
    return sweep.build.op(op.prim, sweep.atom(base), sweep.shaped(value, element(sweep.facts.of(op.out))))


def _accumulate(sweep: Sweep, op: Op) -> Any:
    return None if isinstance(sweep.kind(op.out), (Number, Array)) else _same(sweep, op)


def _sequences(sweep: Sweep, op: Op) -> Atom:
    """Rows of arrays are those of all lanes."""
    return sweep.build.op(op.prim, *map(sweep.rows, op.args), kw=op.kw, static=op.static)


def _range(sweep: Sweep, op: Op) -> Atom:
    """The longest of the ranges of all lanes: an end or, downwards, a start is another one in each."""
    args = [sweep.build.op(by_name("np.max"), sweep.atom(a)) if sweep.layout(a) is True else sweep.atom(a)
            for a in op.args]
    return sweep.build.op(op.prim, *args)


def _joined_lists(sweep: Sweep, op: Op) -> Any:
    """`+` and `*` of lists and tuples."""
    kind = sweep.kind(op.out)
    if not isinstance(kind, (List, Tuple)):
        return None
    if isinstance(kind, Tuple):
        return sweep.build.op(op.prim, *map(sweep.atom, op.args))
    layout = sweep.facts.of(op.out)
    return sweep.build.op(op.prim, *[sweep.shaped(a, layout) if isinstance(sweep.kind(a), List) else sweep.atom(a)
                                     for a in op.args])


STRUCTURAL: dict[Any, Emit] = {
    **dict.fromkeys((prims.TUPLE, prims.NEW, prims.CLOSURE, prims.DERIVE), _tuple),
    prims.LIST: _list, prims.DICT: _dict,
    **dict.fromkeys((prims.GETITEM, prims.UNPACK), _of_container), prims.POP: _same, prims.PUSH: _push,
    prims.TAPE: _same, prims.CAUGHT: lambda sweep, op: sweep.attempt(op),
    **dict.fromkeys((prims.SETITEM, *prims.UPDATES.values(), prims.AT_ADD), _store), prims.BECOME: _same,
    prims.ACCUMULATE: _accumulate, prims.CAPTURED: _same, prims.AS_CLASS: _same, prims.ADD: _joined_lists,
    prims.MUL: _joined_lists,
    **dict.fromkeys(("zip", "enumerate", "reversed", "list", "tuple", "iter"), _sequences),
    **dict.fromkeys(("add_trees", "or_zero"), _levelled),
    "range": _range, **dict.fromkeys((".items", ".values", ".keys"), _same),
}
