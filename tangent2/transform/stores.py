"""Adjoints of stores: what was stored gets what its place is due, and the place gets a zero.

The zero of an element of a list has the shape of what was there before.  Where the element that replaces it surely has
that shape, it is as good; else the forward sweep reads the old element before the store, so that not the whole list has
to be kept for it.
"""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core import prims
from tangent2.core.dims import same_shape
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Tuple, Unknown
from tangent2.core.prims import Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Const, IndexSpec, Op, SliceSpec, Value
from tangent2.rules.declare import by_name
from tangent2.rules.simplify import make
from tangent2.transform.forward_ops import refuse
from tangent2.transform.sweep import Sweep

_UP_TO, _FROM, _BETWEEN = [IndexSpec((SliceSpec(*bounds),)) for bounds in ((False, True), (True, False), (True, True))]


def may_repeat(sweep: Sweep, base: Atom, index: tuple[Atom, ...]) -> bool:
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


def is_element(op: Op) -> bool:
    return op.static.items == (None,) and not op.static.is_tuple


def _stored(sweep: Sweep, op: Op) -> tuple[Atom, tuple[Atom, ...], Atom, Atom] | None:
    """Base, index, value and the adjoint of the new version, of an update that has one."""
    g = sweep.take_dense(op.out)
    spliced = op.prim is prims.SETITEM and (op.static.items in _STRETCHES or _is_stepped(op))
    if g is not None and isinstance(sweep.kind(op.args[0]), (List, Dict)) and not is_element(op) and not spliced:
        refuse(op, "stores a slice of a list, which may change its length", "store the elements one by one")
    if isinstance(g, Const):        # of an array without axes; a number cannot be written to
        g = sweep.build.op(by_name("np.asarray"), g)
    return None if g is None else (op.args[0], op.args[1:-1], op.args[-1], g)


def _is_stepped(op: Op) -> bool:
    """Whether an index is a slice with a step: what is stored there has as many elements."""
    return len(op.static.items) == 1 and isinstance(op.static.items[0], SliceSpec) and op.static.items[0].step


def _read(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...]) -> Value:
    if is_scalar(sweep.kind(op.args[0])):
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


def setitem(sweep: Sweep, op: Op) -> None:
    parts = _stored(sweep, op)
    if parts is None:
        return
    base, index, value, g = parts
    if isinstance(sweep.kind(base), List) and op.static.items in _STRETCHES:
        _spliced(sweep, op, g)
        return
    if value in sweep.active:
        sweep.credit(value, _fit_stored(sweep, _winning(sweep, op, base, index, g), base, value))
    if base in sweep.active and not is_scalar(sweep.kind(base)):
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
    if not isinstance(kind, Array) and not _holds_number(sweep, op, base, index, value):
        blank = _blank(sweep, op, base, index, value, g)
    return sweep.build.op(prims.SETITEM, g, *index, blank, static=op.static)


def _blank(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...], value: Atom, g: Atom) -> Atom:
    """The zero adjoint of what a store to a container replaced."""
    build, kind = sweep.build, sweep.kind(base)
    if is_element(op) and not isinstance(kind, List):
        return build.op(by_name("zero_item"), base, *index, value)
    before = Op((Value(),), prims.GETITEM, (base, *index), (), op.static, op.origin)
    build.kinds[before.out] = old = build.kinds_of(before, sweep.kind)[0]
    if isinstance(sweep.kind(value), Array) and (op.out in sweep.restored or old == sweep.kind(value)
                                                 and same_shape(old, old) is True):
        part = _read(sweep, op, g, index)
        return build.op(by_name("np.zeros_like" if isinstance(sweep.kind(part), Array) else "zero_like"), part)
    if is_element(op):
        sweep.before.append(before)
        return sweep.zero(before.out)
    return sweep.zero(_read(sweep, op, base, index))


def _holds_number(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...], value: Atom) -> bool:
    """Whether what a part of a container was before, and is, are numbers."""
    read = Op((Value(),), prims.GETITEM, (base, *index), (), op.static)
    return isinstance(sweep.kind(value), Number) and isinstance(sweep.build.kinds_of(read, sweep.kind)[0], Number)


def _winning(sweep: Sweep, op: Op, base: Atom, index: tuple[Atom, ...], g: Atom) -> Atom:
    """What a store passes back; where an index repeats, only the last value stored counts."""
    read = _read(sweep, op, g, index)
    if not may_repeat(sweep, base, index):
        return read
    return sweep.build.op(by_name("credit_last"), read, whole_index(sweep, op.static, index), g)


def whole_index(sweep: Sweep, spec: IndexSpec, index: tuple[Atom, ...]) -> Atom:
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


def is_scalar(kind: Kind) -> bool:
    """Whether an array has no axes: an adjoint of it may be a number, which cannot be written to."""
    return isinstance(kind, Array) and kind.shape == ()


def additem(sign: Prim | None) -> Callable[[Sweep, Op], None]:
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


def scaled(sweep: Sweep, op: Op) -> None:
    """`base[index] *= value` and `/=`."""
    parts = _stored(sweep, op)
    if parts is None:
        return
    base, index, value, g = parts
    if may_repeat(sweep, base, index):
        refuse(op, "updates through an index array, which may repeat", "update in a loop, or with a slice or a mask")
    build = sweep.build
    if value in sweep.active:
        factor: Atom = make(build, prims.MUL, _read(sweep, op, g, index), _read(sweep, op, base, index))
        if op.prim is prims.DIVITEM:
            factor = make(build, prims.NEG, make(build, prims.DIV, factor, make(build, prims.POW, value, Const(2))))
        sweep.credit(value, _fit_stored(sweep, factor, base, value))
    if base in sweep.active and is_scalar(sweep.kind(base)):
        whole = make(build, prims.MUL if op.prim is prims.MULITEM else prims.DIV, g, value)
        sweep.credit(base, sweep.fit(whole, base))
    elif base in sweep.active:
        sweep.credit(base, build.op(op.prim, g, *index, value, static=op.static))
