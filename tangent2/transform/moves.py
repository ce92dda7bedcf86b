"""Adjoints of primitives that move values about: reading and writing parts, lists, tuples, dicts, copies."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core import prims
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Object, Tuple, Unknown, is_inexact
from tangent2.core.prims import Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Const, IndexSpec, Op, SliceSpec, Stmt, Value
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.rules.simplify import make
from tangent2.transform.by_rule import by_rule
from tangent2.transform.forward_ops import check_unknown_code, refuse
from tangent2.transform.sweep import Sweep

_UP_TO, _FROM, _BETWEEN = [IndexSpec((SliceSpec(*bounds),)) for bounds in ((False, True), (True, False), (True, True))]


def reverse_op(sweep: Sweep, op: Op) -> list[Stmt]:
    """Emit the reverse of an operation; the forward sweep keeps it as it is."""
    check_unknown_code(op, sweep.kind, sweep.active)
    if not sweep.active.isdisjoint(op.outs):
        _MOVES.get(op.prim, by_rule)(sweep, op)
    return [op]


def _may_repeat(sweep: Sweep, base: Atom, index: tuple[Atom, ...]) -> bool:
    """Whether an index may name an element more than once: it holds an array or a list that is not a mask."""
    if isinstance(sweep.kind(base), (Dict, List, Tuple)):
        return False
    for atom in index:
        kind = sweep.kind(atom)
        if isinstance(kind, Array) and kind.dtype == "bool":
            continue
        if not isinstance(kind, Number) and not isinstance(atom, Const):
            return True
    return False


def _getitem(sweep: Sweep, op: Op) -> None:
    g, base, kind = sweep.take_dense(op.out), op.args[0], sweep.kind(op.args[0])
    if g is not None and isinstance(kind, Object):
        refuse(op)
    if g is None or not isinstance(base, Value) or base not in sweep.active:
        return
    if isinstance(kind, Tuple):
        _tuple_item(sweep, op, base, kind, g)
    elif isinstance(kind, (Array, List, Dict)):
        if _is_scalar(kind):
            sweep.credit(base, sweep.fit(g, base))
            return
        repeats = isinstance(kind, Array) and _may_repeat(sweep, base, op.args[1:])
        whole = isinstance(kind, (List, Dict)) and not (_is_element(op) and _is_number_or_array(kind.elt))
        sweep.scope.credit_item(base, op.args[1:], op.static, g, repeats, whole)
    elif len(op.args) == 2 and _is_element(op):
        sweep.credit(base, sweep.build.op(by_name("item_adjoint"), g, base, op.args[1]))
    elif len(op.static.items) == 1 and not op.static.is_tuple:      # a slice, of an array or of a sequence
        whole_index = _whole_index(sweep, op.static, op.args[1:])
        sweep.credit(base, sweep.build.op(by_name("item_adjoint"), g, base, whole_index))
    else:
        made = sweep.build.op(by_name("zero_like"), base)
        sweep.credit(base, sweep.build.op(prims.AT_ADD, made, *op.args[1:], g, static=op.static))


def _is_number_or_array(kind: Kind) -> bool:
    return isinstance(tangent_kind(kind), (Number, Array))


def _is_element(op: Op) -> bool:
    return op.static.items == (None,) and not op.static.is_tuple


def _tuple_item(sweep: Sweep, op: Op, base: Value, kind: Tuple, g: Atom) -> None:
    index = op.args[1] if len(op.args) == 2 and _is_element(op) else None
    if isinstance(index, Const) and isinstance(index.value, int):
        sweep.scope.credit_part(base, index.value % len(kind.elts), g)
    elif index is not None:
        sweep.credit(base, sweep.build.op(by_name("item_adjoint"), g, base, index))
    elif (places := _places(op, len(kind.elts))) is not None:
        for place, part in zip(places, sweep.unpacked(g, Tuple(tuple([tangent_kind(kind.elts[k]) for k in places])))):
            if part != Const(None) and is_inexact(kind.elts[place]):
                sweep.scope.credit_part(base, place, part)
    else:
        taken = _whole_index(sweep, op.static, op.args[1:])
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


def _stored(sweep: Sweep, op: Op) -> tuple[Atom, tuple[Atom, ...], Atom, Atom] | None:
    """Base, index, value and the adjoint of the new version, of an update that has one."""
    g = sweep.take_dense(op.out)
    spliced = op.prim is prims.SETITEM and (op.static.items in _STRETCHES or _is_stepped(op))
    if g is not None and isinstance(sweep.kind(op.args[0]), (List, Dict)) and not _is_element(op) and not spliced:
        refuse(op, "stores a slice of a list, which may change its length", "store the elements one by one")
    if isinstance(g, Const):        # of an array without axes; a number cannot be written to
        g = sweep.build.op(by_name("np.asarray"), g)
    return None if g is None else (op.args[0], op.args[1:-1], op.args[-1], g)


def _is_stepped(op: Op) -> bool:
    """Whether an index is a slice with a step: what is stored there has as many elements."""
    return len(op.static.items) == 1 and isinstance(op.static.items[0], SliceSpec) and op.static.items[0].step


def _read(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...]) -> Value:
    if _is_scalar(sweep.kind(op.args[0])):
        base = sweep.build.op(by_name("np.asarray"), base)
    return sweep.build.op(prims.GETITEM, base, *index, static=op.static)


_STRETCHES = tuple([(SliceSpec(lower, upper),) for lower in (False, True) for upper in (False, True)])


def _spliced(sweep: Sweep, op: Op, g: Atom) -> None:
    """`base[a:b] = value` of a list, whose length may change."""
    build, base, value = sweep.build, op.args[0], op.args[-1]
    if not isinstance(sweep.kind(value), List):
        refuse(op, "stores what is no list to a slice of a list")
    start: Atom = Const(0)
    if op.static.items[0].lower:
        start = build.op(by_name("len"), build.op(prims.GETITEM, base, op.args[1], static=_UP_TO))
    stop = make(build, prims.ADD, start, build.op(by_name("len"), value))
    if value in sweep.active:
        sweep.credit(value, build.op(prims.GETITEM, g, start, stop, static=_BETWEEN))
    if base in sweep.active:
        blank = sweep.zero(_read(sweep, op, base, op.args[1:-1]))
        head, tail = [build.op(prims.GETITEM, g, at, static=spec) for at, spec in ((start, _UP_TO), (stop, _FROM))]
        sweep.credit(base, build.op(prims.ADD, build.op(prims.ADD, head, blank), tail))


def _setitem(sweep: Sweep, op: Op) -> None:
    parts = _stored(sweep, op)
    if parts is None:
        return
    base, index, value, g = parts
    if isinstance(sweep.kind(base), List) and op.static.items in _STRETCHES:
        _spliced(sweep, op, g)
        return
    if value in sweep.active:
        sweep.credit(value, _fit_stored(sweep, _winning(sweep, op, base, index, g), base, value))
    if base in sweep.active and not _is_scalar(sweep.kind(base)):
        sweep.credit(base, _without(sweep, op, base, index, value, g))


def _fit_stored(sweep: Sweep, c: Atom, base: Atom, value: Atom) -> Atom:
    """The adjoint of a stored value, which may have been broadcast if it was stored in what may be an array."""
    open_ = isinstance(sweep.kind(base), (Unknown, Array, List, Dict)) and isinstance(sweep.kind(value), Unknown)
    return sweep.build.op(by_name("as_stored"), c, value) if open_ else sweep.fit(c, value)


def _without(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...], value: Atom, g: Atom) -> Atom:
    """The adjoint of a container of which a part was replaced: that of the new one, with a zero there."""
    kind = sweep.kind(base)
    if isinstance(kind, Dict) and not (isinstance(index[0], Const) and index[0].value in dict(kind.items or ())):
        return sweep.build.op(by_name("unstored"), g, base, index[0])       # the key may be new
    blank: Atom = Const(0.0)
    if op.out in sweep.restored and isinstance(sweep.kind(value), Array) and not isinstance(kind, Array):
        # the same array as before: its adjoint has its shape
        blank = sweep.build.op(by_name("zero_like"), _read(sweep, op, g, index))
    elif not isinstance(kind, Array) and not _holds_number(sweep, op, base, index, value):
        keyed = not isinstance(kind, List) and _is_element(op)
        blank = sweep.build.op(by_name("zero_item"), base, *index, value) if keyed \
            else sweep.zero(_read(sweep, op, base, index))
    return sweep.build.op(prims.SETITEM, g, *index, blank, static=op.static)


def _holds_number(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...], value: Atom) -> bool:
    """Whether what a part of a container was before, and is, are numbers."""
    read = Op((Value(),), prims.GETITEM, (base, *index), (), op.static)
    return isinstance(sweep.kind(value), Number) and isinstance(sweep.build.kinds_of(read, sweep.kind)[0], Number)


def _winning(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...], g: Atom) -> Atom:
    """What a store passes back; where an index repeats, only the last value stored counts."""
    read = _read(sweep, op, g, index)
    if not _may_repeat(sweep, base, index):
        return read
    return sweep.build.op(by_name("credit_last"), read, _whole_index(sweep, op.static, index), g)


def _whole_index(sweep: Sweep, spec: IndexSpec, index: tuple[Atom, ...]) -> Atom:
    """An index as one value."""
    if spec == ONE_ITEM:
        return index[0]
    atoms, parts = iter(index), []
    for each in spec.items:
        if each is None:
            parts.append(next(atoms))
        else:
            bounds = [next(atoms) if there else Const(None) for there in (each.lower, each.upper, each.step)]
            parts.append(sweep.build.op(prims.SLICE, *bounds))
    if len(parts) == 1 and not spec.is_tuple:
        return parts[0]
    return sweep.build.op(prims.TUPLE, *parts)


def _is_scalar(kind: Kind) -> bool:
    """Whether an array has no axes: an adjoint of it may be a number, which cannot be written to."""
    return isinstance(kind, Array) and kind.shape == ()


def _additem(sign: Prim | None) -> Callable[[Sweep, Op], None]:
    def reverse(sweep: Sweep, op: Op) -> None:
        parts = _stored(sweep, op)
        if parts is None:
            return
        base, index, value, g = parts
        if value in sweep.active:
            read = _read(sweep, op, g, index) if op.prim is prims.AT_ADD else _winning(sweep, op, base, index, g)
            found = make(sweep.build, prims.NEG, read) if sign else read
            sweep.credit(value, _fit_stored(sweep, found, base, value))
        sweep.credit(base, g)
    return reverse


def _scaled(sweep: Sweep, op: Op) -> None:
    """`base[index] *= value` and `/=`."""
    parts = _stored(sweep, op)
    if parts is None:
        return
    base, index, value, g = parts
    if _may_repeat(sweep, base, index):
        refuse(op, "updates through an index array, which may repeat", "update in a loop, or with a slice or a mask")
    build = sweep.build
    if value in sweep.active:
        factor: Atom = make(build, prims.MUL, _read(sweep, op, g, index), _read(sweep, op, base, index))
        if op.prim is prims.DIVITEM:
            factor = make(build, prims.NEG, make(build, prims.DIV, factor, make(build, prims.POW, value, Const(2))))
        sweep.credit(value, _fit_stored(sweep, factor, base, value))
    if base in sweep.active and _is_scalar(sweep.kind(base)):
        whole = make(build, prims.MUL if op.prim is prims.MULITEM else prims.DIV, g, value)
        sweep.credit(base, sweep.fit(whole, base))
    elif base in sweep.active:
        sweep.credit(base, build.op(op.prim, g, *index, value, static=op.static))


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
    prims.GETITEM: _getitem, prims.UNPACK: _unpack, prims.SETITEM: _setitem,
    prims.ADDITEM: _additem(None), prims.AT_ADD: _additem(None), prims.SUBITEM: _additem(prims.NEG),
    prims.MULITEM: _scaled, prims.DIVITEM: _scaled, prims.ACCUMULATE: _accumulate,
    prims.PUSH: _push, prims.POP: _pop, prims.TUPLE: _tuple, prims.LIST: _tuple, prims.DICT: _dict,
    prims.COPY: _copy, prims.AS_CLASS: _copy, prims.CLOSURE: _inactive, prims.DERIVE: _inactive,
}
