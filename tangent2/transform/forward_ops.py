"""Tangents of single operations: by rule, or part by part for those that move values about."""
from __future__ import annotations

import re
from collections.abc import Callable, Container
from typing import TYPE_CHECKING, NoReturn

from tangent2.analysis.activity import READS_TEXT, picks_by
from tangent2.analysis.opaque import given_unknown
from tangent2.core import prims
from tangent2.core.kinds import Array, Kind, List, Number, Str, Tuple, Unknown, is_inexact
from tangent2.core.prims import Prim, Template
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.errors import NoDerivativeError, UnsupportedError
from tangent2.rules import apply as rules
from tangent2.rules.declare import by_name
from tangent2.transform.forward_zeros import ITERATORS, conform, iterate

if TYPE_CHECKING:
    from tangent2.transform.forward import Sweep


APPLY_ADVICE = ("call each function by its own name: write `if` and `else` around the calls; define a function that "
                "another one returns where it is called")


def name_of(op: Op) -> str:
    """What an operation is called in messages."""
    if isinstance(op.static, Template):
        text = op.static.text
        for k, atom in enumerate(op.args if "$" in text else ()):     # a template's operands, by their names
            text = re.sub(rf"\${k}\b", getattr(atom, "hint", None) or ("..." if k else "object"), text)
        return text or "this expression"
    if isinstance(op.static, str):
        return f".{op.static}"
    return _SPOKEN.get(op.prim, op.prim.name)


_SPOKEN = {
    prims.GETITEM: "this subscript", prims.SETITEM: "this assignment", prims.UNPACK: "this assignment",
    prims.MULITEM: "`*=` here", prims.DIVITEM: "`/=` here", prims.ADDITEM: "`+=` here", prims.SUBITEM: "`-=` here",
}


def refuse(op: Op, why: str = "has no derivative rule", advice: str = "") -> NoReturn:
    """There is no derivative: say of what."""
    if op.prim is prims.APPLY:
        raise UnsupportedError("which function is called here is not known before the code runs", origin=op.origin,
                               construct="call", advice=APPLY_ADVICE)
    name = name_of(op)
    if isinstance(op.static, Template):
        advice = advice or op.static.advice
    advice = advice or f"write it with functions that have a rule, or keep active values out of {name}"
    raise NoDerivativeError(f"{name} {why}, and a derivative flows through it", origin=op.origin, construct=name,
                            advice=advice)


def check_unknown_code(op: Op, kind: Callable[[Atom], Kind], active: Container[Atom]) -> None:
    """Refuse code that nobody knows and that is given an active value of unknown kind: it may write to it."""
    given = given_unknown(op, kind, active)
    if isinstance(given, Value):
        raise UnsupportedError(f"`{given.hint or 'a value'}` is given to code that may change it", origin=op.origin,
                               construct=name_of(op), advice="give it a copy, or give example arguments")


def check_text(op: Op, kind: Callable[[Atom], Kind], active: Container[Atom]) -> None:
    """Refuse a number that varies because it is read from text that an active value was written into."""
    if op.prim.obj in READS_TEXT and isinstance(kind(op.args[0]), (Str, Unknown)) and op.args[0] not in active:
        refuse(op, "is given text that was made of an active value", "use the number itself, without making text of it")


def tangent_by_rule(sweep: Sweep, op: Op) -> None:
    """The tangent by the rule of the primitive."""
    check_text(op, sweep.build.kind, sweep.dots)
    positions = rules.flow_positions(op)
    dots: dict[int, Atom] = {
        k: sweep.dots[a] for k, a in enumerate(op.args) if k in positions and isinstance(a, Value) and a in sweep.dots}
    if not rules.has_rule(op.prim):
        _without_rule(sweep, op)
        return
    if isinstance(sweep.build.kind(op.out), (List, Tuple)):         # what is joined has tangents of all its parts
        parts = [(k, op.args[k], sweep.build.kind(op.args[k])) for k in positions]
        dots = {k: sweep.dot(part) for k, part, kind in parts if isinstance(kind, (List, Tuple)) or is_inexact(kind)}
    try:
        dot = rules.tangent(sweep.build, op, dots)
    except LookupError as error:
        refuse(op, f"cannot be differentiated here ({error.args[0]})")
    if dot is not None:
        sweep.bind(op.out, conform(sweep.build, dot, op, frozenset(dots)))


def _without_rule(sweep: Sweep, op: Op) -> None:
    if op.prim.obj in ITERATORS:
        _iterator(sweep, op)
    else:
        refuse(op)


def _same_of_tangents(sweep: Sweep, op: Op) -> None:
    """Containers: the same of the tangents of all operands."""
    sweep.bind(op.out, sweep.build.op(op.prim, *map(sweep.dot, op.args), static=op.static))


def _dict(sweep: Sweep, op: Op) -> None:
    args = [a if op.static is None and k % 2 == 0 else sweep.dot(a) for k, a in enumerate(op.args)]
    sweep.bind(op.out, sweep.build.op(op.prim, *args, static=op.static))


def _part(sweep: Sweep, op: Op) -> None:
    """Reading a part: the same part of the tangent."""
    if picks_by(op, sweep.build.kinds):
        refuse(op)
    sweep.bind(op.out, sweep.build.op(op.prim, sweep.dot(op.args[0]), *op.args[1:], kw=op.kw, static=op.static))


def _parts(sweep: Sweep, op: Op) -> None:
    """Several results: the same of the tangent, under the names of the results."""
    hints = tuple([(None if v.hint is None else f"{v.hint}_dot", v.user) for v in op.outs])
    found = sweep.build.ops(op.prim, (sweep.dot(op.args[0]),), static=op.static, hints=hints)
    sweep.dots.update((v, dot) for v, dot in zip(op.outs, found) if v in sweep.varied)


def _value_dot(sweep: Sweep, base: Atom, value: Atom) -> Atom:
    """The tangent of what is stored: into an array, zero is a number."""
    inactive = value not in sweep.dots
    return Const(0.0) if inactive and isinstance(sweep.build.kind(base), Array) else sweep.dot(value)


def _written(sweep: Sweep, base: Atom) -> Atom:
    """The tangent of an array that is written to; of one without axes it may be a number, which cannot be."""
    kind, dot = sweep.build.kind(base), sweep.dot(base)
    scalar = isinstance(kind, Array) and kind.shape == () or isinstance(dot, Const)
    return sweep.build.op(by_name("np.asarray"), dot) if scalar else dot


def _store(sweep: Sweep, op: Op) -> None:
    base, *index, value = op.args
    dot = sweep.build.op(op.prim, _written(sweep, base), *index, _value_dot(sweep, base, value), static=op.static)
    sweep.bind(op.out, dot)


def _add_part(sweep: Sweep, op: Op) -> None:
    """`x[i] += v`, `x[i] -= v`: the same of the tangents."""
    base, *index, value = op.args
    if value in sweep.dots or not _numeric(sweep, value):
        _store(sweep, op)
    else:
        sweep.bind(op.out, sweep.dot(base))


def _numeric(sweep: Sweep, atom: Atom) -> bool:
    return isinstance(sweep.build.kind(atom), (Array, Number))


def _scale_part(sweep: Sweep, op: Op) -> None:
    """`x[i] *= v`, `x[i] /= v`: the same of the tangent if the factor has none, else a store."""
    base, *index, value = op.args
    if value not in sweep.dots:
        sweep.bind(op.out, sweep.build.op(op.prim, _written(sweep, base), *index, value, static=op.static))
        return
    prim = prims.MUL if op.prim is prims.MULITEM else prims.DIV
    old = sweep.build.op(prims.GETITEM, base, *index, static=op.static)
    base_dot = _written(sweep, base)
    old_dot = sweep.build.op(prims.GETITEM, base_dot, *index, static=op.static)
    new = sweep.build.op(prim, old, value)
    made = Op((new,), prim, (old, value), origin=op.origin)
    dot = rules.tangent(sweep.build, made, {0: old_dot, 1: sweep.dot(value)})
    assert dot is not None
    sweep.bind(op.out, sweep.build.op(prims.SETITEM, base_dot, *index, dot, static=op.static))


def _accumulate(sweep: Sweep, op: Op) -> None:
    """`x += e` and its like on whole arrays."""
    base, value = op.args
    if op.static in (prims.ADD, prims.SUB):
        if value in sweep.dots or not _numeric(sweep, value):
            sweep.bind(op.out, sweep.build.op(op.prim, sweep.dot(base), sweep.dot(value), static=op.static))
        else:
            sweep.bind(op.out, sweep.dot(base))
        return
    binary = Op(op.outs, op.static, op.args, origin=op.origin)
    tangent_by_rule(sweep, binary)


def _iterator(sweep: Sweep, op: Op) -> None:
    """`zip`, `enumerate`, `reversed`: over the tangents of the elements."""
    sweep.bind(op.out, iterate(sweep.build, op, list(map(sweep.dot, op.args))))


def _closure(sweep: Sweep, op: Op) -> None:
    """The tangent of a function value: the tangents of what it captured."""
    sweep.bind(op.out, sweep.build.op(prims.TUPLE, *map(sweep.dot, op.args)))


def _opaque(sweep: Sweep, op: Op) -> None:
    """Text kept as it is: refused if its result is read."""
    if any(sweep.uses.get(out) for out in op.outs):
        refuse(op)


def _refused(sweep: Sweep, op: Op) -> None:
    refuse(op)


TANGENTS: dict[Prim, Callable[[Sweep, Op], None]] = {
    **dict.fromkeys((prims.TUPLE, prims.LIST, prims.PUSH), _same_of_tangents), prims.DICT: _dict,
    prims.GETITEM: _part, prims.UNPACK: _parts, prims.POP: _parts, prims.SETITEM: _store,
    **dict.fromkeys((prims.ADDITEM, prims.SUBITEM, prims.AT_ADD), _add_part),
    **dict.fromkeys((prims.MULITEM, prims.DIVITEM), _scale_part),
    **dict.fromkeys((prims.ACCUMULATE, prims.INPLACE), _accumulate),
    prims.AS_CLASS: lambda sweep, op: sweep.bind(op.out, sweep.dot(op.args[0])),
    prims.CLOSURE: _closure, prims.DERIVE: _closure, prims.VERBATIM: _opaque, prims.CAUGHT: _opaque,
    **dict.fromkeys((prims.METHOD, prims.ATTRIBUTE, prims.APPLY), _refused),
}
