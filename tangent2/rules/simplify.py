"""Exact simplifications at creation: units, signs and arithmetic on literals, so that they need not be folded later.

Nothing here changes a bit of any result: `1.0 * x` is `x`, `a + -b` is `a - b`; but never `0 * x` to `0`.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Number, Tuple, Unknown, is_inexact
from tangent2.core.prims import ADD, DIV, GETITEM, MATMUL, MUL, NEG, POW, SUB, Prim
from tangent2.core.syntax import Atom, Const, Op, Value


def make(build: Builder, prim: Prim, *args: Atom, kw: tuple[str, ...] = (), static: Any = None) -> Atom:
    """Emit `prim(*args)` unless it is exactly something simpler.

    >>> build, x = Builder(), Value("x")
    >>> make(build, MUL, Const(1.0), x) is x, make(build, NEG, Const(2.0)), build.stmts
    (True, -2.0, [])
    """
    simplify = _SIMPLER.get(prim)
    if prim is GETITEM:
        args = _row(build, args, static)
    elif prim.name == ".T" and (turned := _turned(build, args[0])) is not None:
        return turned
    elif simplify is not None and not kw:
        simpler = simplify(build, *args)
        if simpler is not None:
            return simpler
    return build.op(prim, *args, kw=kw, static=static)


def _turned(build: Builder, atom: Atom) -> Atom | None:
    """`a` if the atom is `a.T`."""
    op = maker(build, atom) or (build.known.get(atom) if isinstance(atom, Value) else None)
    return op.args[0] if op is not None and op.prim.name == ".T" else None


def _row(build: Builder, args: tuple[Atom, ...], static: Any) -> tuple[Atom, ...]:
    """One row of an array that was only just taken apart is read from the array itself."""
    return (flat_rows(build, args[0]), *args[1:]) if static.items == (None,) else args


def flat_rows(build: Builder, atom: Atom) -> Atom:
    """The array whose rows an atom is, if it was only just taken apart into numbers or arrays; else the atom."""
    op = maker(build, atom)
    if op is None or op.prim.name != "rows_like":
        return atom
    kind = build.kind(op.out)
    parts = kind.elts if isinstance(kind, Tuple) else (getattr(kind, "elt", None),)
    whole = build.kind(op.args[0])
    same = isinstance(whole, Array) and whole.dtype is not None and all(
        isinstance(k, (Number, Array)) and (k.dtype == whole.dtype or _takes(k, whole.dtype)) for k in parts)
    return op.args[0] if same else atom


def _takes(kind: Number | Array, dtype: str | None) -> bool:
    """Whether the adjoint of a number of this kind may have a dtype: one of Python's takes any that is real."""
    return isinstance(kind, Number) and kind.weak and dtype is not None and not dtype.startswith("c")


def maker(build: Builder, atom: Atom) -> Op | None:
    """The operation that made a value, if this builder emitted it."""
    return build.made.get(atom) if isinstance(atom, Value) else None


def negated(build: Builder, atom: Atom) -> Atom | None:
    """`a` if the atom is `-a`."""
    if isinstance(atom, Const):
        value = atom.value
        return Const(-value) if type(value) in (int, float) and (value < 0) else None
    op = maker(build, atom)
    return op.args[0] if op is not None and op.prim is NEG else None


def _number(atom: Atom) -> Any:
    """The literal number an atom is, else None."""
    if isinstance(atom, Const) and type(atom.value) in (int, float, complex):
        return atom.value
    return None


def _smooth(build: Builder, atom: Atom) -> bool:
    """Whether multiplying by the float 1.0 keeps the kind."""
    kind = build.kind(atom)
    return isinstance(kind, (Number, Array, Unknown)) and is_inexact(kind)


def _fold(a: Atom, b: Atom, function: Callable[[Any, Any], Any]) -> Const | None:
    x, y = _number(a), _number(b)
    if x is None or y is None:
        return None
    try:
        value = function(x, y)
    except (ArithmeticError, ValueError):
        return None
    finite = type(value) is not float or abs(value) < 1e300
    return Const(value) if finite and type(value) is not complex else None


def _mul(build: Builder, a: Atom, b: Atom) -> Atom | None:
    folded = _fold(a, b, lambda x, y: x * y)
    if folded is not None:
        return folded
    if _number(b) is not None and _number(a) is None:
        a, b = b, a             # literals stand first
        swapped = True
    else:
        swapped = False
    literal = _number(a)
    if literal is not None and _smooth(build, b):
        if literal == 1:
            return b
        if literal == -1:
            return make(build, NEG, b)
        merged = _merged(build, a, b)
        if merged is not None:
            return merged
    signed = _signed(build, MUL, a, b)
    if signed is not None or not swapped:
        return signed
    return make(build, MUL, a, b)


def _merged(build: Builder, a: Atom, b: Atom) -> Atom | None:
    """`2.0 * (c * x)` as one product: exact if one of the literals is a power of two."""
    op = maker(build, b)
    if op is None or op.prim is not MUL or not (_binary_power(a) or _binary_power(op.args[0])):
        return None
    folded = _fold(a, op.args[0], lambda x, y: x * y)
    return None if folded is None else make(build, MUL, folded, op.args[1])


def _binary_power(atom: Atom) -> bool:
    value = _number(atom)
    return type(value) is float and 1e-9 < abs(value) < 1e9 and math.frexp(abs(value))[0] == 0.5


def _div(build: Builder, a: Atom, b: Atom) -> Atom | None:
    literal = _number(b)
    if literal is not None and _smooth(build, a):
        if literal == 1:
            return a
        if literal == -1:
            return make(build, NEG, a)
    return _signed(build, DIV, a, b)


def _signed(build: Builder, prim: Prim, a: Atom, b: Atom) -> Atom | None:
    """Signs move out of products and quotients, where a sum can take them in."""
    plus_a = negated(build, a) if isinstance(a, Value) else None
    plus_b = negated(build, b) if isinstance(b, Value) else None
    if plus_a is None and plus_b is None:
        return None
    inner = make(build, prim, a if plus_a is None else plus_a, b if plus_b is None else plus_b)
    return inner if plus_a is not None and plus_b is not None else make(build, NEG, inner)


def _matmul(build: Builder, a: Atom, b: Atom) -> Atom | None:
    return _signed(build, MATMUL, a, b)


def _add(build: Builder, a: Atom, b: Atom) -> Atom | None:
    folded = _fold(a, b, lambda x, y: x + y)
    if folded is not None:
        return folded
    minus_b = negated(build, b)
    if minus_b is not None:
        return make(build, SUB, a, minus_b)
    minus_a = negated(build, a) if isinstance(a, Value) else None
    return make(build, SUB, b, minus_a) if minus_a is not None else None


def _sub(build: Builder, a: Atom, b: Atom) -> Atom | None:
    folded = _fold(a, b, lambda x, y: x - y)
    if folded is not None:
        return folded
    minus_b = negated(build, b)
    return make(build, ADD, a, minus_b) if minus_b is not None else None


def _neg(build: Builder, a: Atom) -> Atom | None:
    value = _number(a)
    if value is not None and value != 0:
        return Const(-value)
    op = maker(build, a)
    return op.args[0] if op is not None and op.prim is NEG else None


def _pow(build: Builder, a: Atom, b: Atom) -> Atom | None:
    return a if _number(b) == 1 and _smooth(build, a) else None


_SIMPLER: dict[Prim, Callable[..., Atom | None]] = {
    MUL: _mul, DIV: _div, MATMUL: _matmul, ADD: _add, SUB: _sub, NEG: _neg, POW: _pow,
}
