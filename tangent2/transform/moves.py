"""Adjoints of primitives that move values about: reading and writing parts, lists, tuples, dicts, copies."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core import prims
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Object, Tuple, is_inexact
from tangent2.core.prims import Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Const, IndexSpec, Op, SliceSpec, Stmt, Value
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.transform.by_rule import by_rule
from tangent2.transform.forward_ops import check_unknown_code, refuse
from tangent2.transform.stores import additem, is_element, is_scalar, may_repeat, scaled, setitem, whole_index
from tangent2.transform.sweep import Sweep


def reverse_op(sweep: Sweep, op: Op) -> list[Stmt]:
    """Emit the reverse of an operation; the forward sweep keeps it as it is, after what is to be read before it."""
    check_unknown_code(op, sweep.kind, sweep.active)
    if not sweep.active.isdisjoint(op.outs):
        _MOVES.get(op.prim, by_rule)(sweep, op)
    before, sweep.before = sweep.before, []
    return [*before, op]


def _getitem(sweep: Sweep, op: Op) -> None:
    g, base, kind = sweep.take_dense(op.out), op.args[0], sweep.kind(op.args[0])
    if g is not None and isinstance(kind, Object):
        refuse(op)
    if g is None or not isinstance(base, Value) or base not in sweep.active:
        return
    if isinstance(kind, Tuple):
        _tuple_item(sweep, op, base, kind, g)
    elif isinstance(kind, (Array, List, Dict)):
        if is_scalar(kind):
            sweep.credit(base, sweep.fit(g, base))
            return
        repeats = isinstance(kind, Array) and may_repeat(sweep, base, op.args[1:])
        whole = isinstance(kind, (List, Dict)) and not (is_element(op) and _is_number_or_array(kind.elt))
        sweep.scope.credit_item(base, op.args[1:], op.static, g, repeats, whole)
    elif len(op.args) == 2 and is_element(op):
        sweep.credit(base, sweep.build.op(by_name("item_adjoint"), g, base, op.args[1]))
    elif len(op.static.items) == 1 and not op.static.is_tuple:      # a slice, of an array or of a sequence
        taken = whole_index(sweep, op.static, op.args[1:])
        sweep.credit(base, sweep.build.op(by_name("item_adjoint"), g, base, taken))
    else:
        made = sweep.build.op(by_name("zero_like"), base)
        sweep.credit(base, sweep.build.op(prims.AT_ADD, made, *op.args[1:], g, static=op.static))


def _is_number_or_array(kind: Kind) -> bool:
    return isinstance(tangent_kind(kind), (Number, Array))


def _tuple_item(sweep: Sweep, op: Op, base: Value, kind: Tuple, g: Atom) -> None:
    index = op.args[1] if len(op.args) == 2 and is_element(op) else None
    if isinstance(index, Const) and isinstance(index.value, int):
        sweep.scope.credit_part(base, index.value % len(kind.elts), g)
    elif index is not None:
        sweep.credit(base, sweep.build.op(by_name("item_adjoint"), g, base, index))
    elif (places := _places(op, len(kind.elts))) is not None:
        for place, part in zip(places, sweep.unpacked(g, Tuple(tuple([tangent_kind(kind.elts[k]) for k in places])))):
            if part != Const(None) and is_inexact(kind.elts[place]):
                sweep.scope.credit_part(base, place, part)
    else:
        taken = whole_index(sweep, op.static, op.args[1:])
        sweep.credit(base, sweep.build.op(by_name("item_adjoint"), g, base, taken))


def _places(op: Op, count: int) -> range | None:
    """Which elements of a tuple a slice takes, if its bounds are literal."""
    spec, bounds = op.static.items[0], iter(op.args[1:])
    if not isinstance(spec, SliceSpec) or not all(isinstance(a, Const) for a in op.args[1:]):
        return None
    lower, upper, step = [next(bounds).value if there else None      # type: ignore[union-attr]
                          for there in (spec.lower, spec.upper, spec.step)]
    return range(count)[lower:upper:step]


def _unpack(sweep: Sweep, op: Op) -> None:
    base, kind = op.args[0], sweep.kind(op.args[0])
    found = [sweep.take_dense(v) for v in op.outs]
    if not isinstance(base, Value) or base not in sweep.active:
        return
    before, starred, after = op.static
    if isinstance(kind, Dict) or starred and not isinstance(kind, (Array, List, Tuple)):
        refuse(op, "unpacks something of unknown kind with a star", "take the parts by index")
    if isinstance(kind, (Array, List)):
        whole = isinstance(kind, List) and not _is_number_or_array(kind.elt)
        for k, g in enumerate(found):
            if g is not None and starred and k == before:
                _rest(sweep, base, op.static, g)
            elif g is not None:
                at = Const(k if not starred or k < before else k - before - 1 - after)
                sweep.scope.credit_item(base, (at,), ONE_ITEM, g, False, whole)
    elif isinstance(kind, Tuple):
        for k, g in enumerate(found):
            if g is not None:
                _tuple_part(sweep, op, base, kind, k, g)
    elif any(g is not None for g in found):
        parts = [sweep.zero(v) if g is None else g for v, g in zip(op.outs, found)]
        whole_bar = sweep.build.op(prims.TUPLE, *parts)
        sweep.credit(base, sweep.build.op(by_name("structure_like"), whole_bar, base))


def _rest(sweep: Sweep, base: Value, static: tuple[int, bool, int], g: Atom) -> None:
    """What `*rest` of an array or a list is due is due to that slice of it."""
    before, _, after = static
    spec = IndexSpec((SliceSpec(lower=True, upper=after > 0),))
    index = (Const(before), Const(-after)) if after else (Const(before),)
    is_list = isinstance(sweep.kind(base), List)
    g = g if is_list else sweep.build.op(by_name("np.array"), g)
    sweep.scope.credit_item(base, index, spec, g, False, is_list)


def _tuple_part(sweep: Sweep, op: Op, base: Value, kind: Tuple, k: int, g: Atom) -> None:
    """What the k-th target of a tuple that is unpacked is due."""
    before, starred, after = op.static
    count = len(kind.elts) - before - after
    if not starred or k < before:
        sweep.scope.credit_part(base, k, g)
    elif k > before:
        sweep.scope.credit_part(base, k - 1 + count, g)
    else:
        for j in range(count):
            part = sweep.build.op(prims.GETITEM, g, Const(j), static=ONE_ITEM)
            if is_inexact(kind.elts[before + j]):
                sweep.build.kinds[part] = tangent_kind(kind.elts[before + j])
                sweep.scope.credit_part(base, before + j, part)


def _accumulate(sweep: Sweep, op: Op) -> None:
    """`x op= e`, an array of the shape of `x`: as the operation itself."""
    by_rule(sweep, Op(op.outs, op.static, op.args, (), None, op.origin))


def _of_item(sweep: Sweep, g: Splat, item: Atom) -> Atom | Splat:
    """The adjoint of an item of a list all whose items have the same: a number for all elements, or that of a sum."""
    if not isinstance(sweep.kind(g.atom), Number):
        return sweep.fit(g.atom, item, True)
    return g.atom if isinstance(sweep.kind(item), Number) else g


def _push(sweep: Sweep, op: Op) -> None:
    g, (stack, value) = sweep.take(op.out), op.args
    if g is None:
        return
    if isinstance(g, Splat):
        sweep.credit(value, _of_item(sweep, g, value))
        sweep.credit(stack, g)
        return
    hint = f"{value.hint}_bar" if isinstance(value, Value) and value.hint else None
    list_kind = sweep.bar_kind(stack)
    rest, top = sweep.build.ops(prims.POP, (g,), hints=((None, False), (hint, bool(hint) and value.user)))  # type: ignore[union-attr]
    sweep.build.kinds[top] = sweep.bar_kind(value)
    if isinstance(stack, Value):
        sweep.build.kinds[rest] = list_kind
        if stack in sweep.active:
            sweep.credit(stack, rest)
    sweep.credit(value, top)


def _pop(sweep: Sweep, op: Op) -> None:
    stack, (after, value) = op.args[0], op.outs
    rest, g = sweep.take_dense(after), sweep.take_dense(value)
    if rest is None and g is None:
        return
    if g is None:
        g = sweep.zero(value)
    if rest is None:
        rest = sweep.zero(after)
    sweep.credit(stack, sweep.build.op(prims.PUSH, rest, g))


def _tuple(sweep: Sweep, op: Op) -> None:
    g = sweep.take(op.out)
    if isinstance(g, Splat):
        for a in op.args:
            sweep.credit(a, _of_item(sweep, g, a))
    elif g is not None:
        for a, c in zip(op.args, sweep.unpacked(g, Tuple(tuple(map(sweep.bar_kind, op.args))))):
            if c != Const(None):
                known = isinstance(sweep.kind(a), (Array, Number)) and isinstance(sweep.kind(c), (Array, Number))
                sweep.credit(a, sweep.cast(c, a) if known and a in sweep.active else c)


def _dict(sweep: Sweep, op: Op) -> None:
    g = sweep.take_dense(op.out)
    if g is None:
        return
    if op.static is None:
        pairs = list(zip(op.args[::2], op.args[1::2]))
    else:
        pairs = [(Const(key), a) for key, a in zip(op.static, op.args)]
    for key, a in pairs:
        if a in sweep.active:
            part = sweep.build.op(prims.GETITEM, g, key, static=ONE_ITEM)
            sweep.build.kinds[part] = sweep.bar_kind(a)
            sweep.credit(a, part)


def _copy(sweep: Sweep, op: Op) -> None:
    g = sweep.take(op.out)
    if g is not None:
        sweep.credit(op.args[0], g)


def _inactive(sweep: Sweep, op: Op) -> None:
    """A function value: its captures get their adjoints where it is called."""


def _iterator(sweep: Sweep, op: Op) -> None:
    refuse(op, "is iterated over although its kind is not known, or is kept as a value")


def _kind_of_elements(kind: Kind) -> Kind | None:
    return kind.elt if isinstance(kind, (List, Dict)) else None


_MOVES: dict[Prim, Callable[[Sweep, Op], None]] = {
    prims.GETITEM: _getitem, prims.UNPACK: _unpack, prims.SETITEM: setitem,
    prims.ADDITEM: additem(None), prims.AT_ADD: additem(None), prims.SUBITEM: additem(prims.NEG),
    prims.MULITEM: scaled, prims.DIVITEM: scaled, prims.ACCUMULATE: _accumulate,
    prims.PUSH: _push, prims.POP: _pop, prims.TUPLE: _tuple, prims.LIST: _tuple, prims.DICT: _dict,
    prims.COPY: _copy, prims.AS_CLASS: _copy, prims.CLOSURE: _inactive, prims.DERIVE: _inactive,
}
