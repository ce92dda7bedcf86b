"""Laws that save passes over arrays: common factors, literals and signs outside of sums, nothing broadcast twice."""
from __future__ import annotations

from functools import cache
from typing import Any

from tangent2.core.dims import same_shape
from tangent2.core.kinding import kinds_of
from tangent2.core.kinds import Array, Kind, Number, Unknown, is_inexact
from tangent2.core.prims import DIV, MUL, NEG, SUB, Prim
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.optimise.rewrite import Scope, literal
from tangent2.rules.declare import by_name

Term = tuple[Prim, tuple[Atom, ...]]


def common_factor(scope: Scope, op: Op) -> Term | None:
    """a * b + a * c is a * (b + c);  a * b - a * c is a * (b - c)."""
    x, y = op.args
    first, second = scope.take(x, MUL), scope.take(y, MUL)
    if first is None or second is None or x is y or not is_smooth(scope, op.out):
        return None
    for i, j in (0, 0), (1, 1), (0, 1), (1, 0):
        a, b, c = first[i], first[1 - i], second[1 - j]
        if isinstance(a, Value) and a is second[j] and _may_meet(scope.kind(b), scope.kind(c)):
            scope.drop(x)
            scope.drop(y)
            return MUL, (a, scope.new(op.prim, b, c, hold=(a,)))
    return None


def _may_meet(b: Kind, c: Kind) -> bool:
    """Whether the sum and the difference of two factors are exact: small whole numbers may wrap round."""
    if not all(isinstance(k, (Number, Array)) and k.dtype is not None for k in (b, c)):
        return False
    return is_inexact(b) or is_inexact(c) or {b.dtype, c.dtype} == {"bool", "int64"}  # type: ignore[attr-defined]


def literal_quotient(scope: Scope, op: Op) -> Term | None:
    """c * x / d is (c / d) * x where d is a power of two."""
    x, d = op.args[0], literal(op.args[1])
    if d not in _POWERS or not is_smooth(scope, op.out):
        return None
    found = scope.split(x)
    return None if found is None else (MUL, (Const(found[0] / d), found[1]))


def common_literal(scope: Scope, op: Op) -> Term | None:
    """c * x / (d * y) is (c / d) * x / y where d is a power of two."""
    args = scope.take(op.args[1], MUL)
    d = literal(args[0]) if args is not None else None
    if args is None or d not in _POWERS or not is_smooth(scope, op.out):
        return None
    found = scope.holding(args[1:], lambda: scope.split(op.args[0]))
    if found is None:
        return None
    scope.drop(op.args[1])
    c = found[0] / d
    return DIV, (found[1] if c == 1 else scope.new(MUL, Const(c), found[1], hold=args[1:]), args[1])


def turned_difference_over(scope: Scope, op: Op) -> Term | None:
    """-1.0 * (a - b) / c is (b - a) / c, where the difference is of whole numbers (of floats it is a negation)."""
    product, c = op.args
    args = scope.take(product, MUL)
    if args is None or literal(args[0]) != -1:
        return None

    def turned(difference: Atom) -> tuple[Atom, ...] | None:
        terms = scope.take(difference, SUB)
        if terms is None or not _may_meet(*map(scope.kind, terms)):
            return None
        quotient = Op(op.outs, DIV, (difference, c))
        return terms[::-1] if kinds_of(quotient, scope.kind)[0] == scope.kind(op.out) else None
    terms = scope.holding((c,), lambda: scope.inside(product, args[1], turned))
    if terms is None:
        return None
    scope.drop(args[1])
    return DIV, (scope.new(SUB, *terms, hold=(c,)), c)


_POWERS = frozenset([2.0 ** k for k in range(-9, 10)])


def broadcast_anyway(scope: Scope, op: Op) -> Any:
    """np.broadcast_to(a, x.shape) * x and np.full_like(x, a) * x are a * x."""
    for i in (0, 1):
        wide, other = op.args[i], op.args[1 - i]
        narrow = _narrow(scope, wide, other)
        if narrow is None:
            continue
        args = (narrow, other) if i == 0 else (other, narrow)
        if kinds_of(Op(op.outs, op.prim, args), scope.kind)[0] != scope.kind(op.out):
            continue
        if any(scope.take(wide, prim) for prim in _widening()):
            scope.drop(wide)
        return op.prim, args
    return None


def broadcast_inside(scope: Scope, op: Op) -> Term | None:
    """x * (np.full_like(x, a) * b) is x * (a * b)."""
    for i in (0, 1):
        other, product = op.args[i], op.args[1 - i]
        factors = scope.take(product, MUL)
        if factors is None or other is product:
            continue
        for j in (0, 1):
            narrow = _narrow(scope, factors[j], other)
            if narrow is not None and same_shape(scope.kind(other), scope.kind(op.out)) \
                    and _one_dtype(scope, narrow, other, *factors):
                scope.drop(product)
                return MUL, (other, scope.new(MUL, narrow, factors[1 - j], hold=(other,)))
    return None


def _one_dtype(scope: Scope, *atoms: Atom) -> bool:
    dtypes = {getattr(scope.kind(a), "dtype", None) for a in atoms}
    return len(dtypes) == 1 and None not in dtypes


def _narrow(scope: Scope, wide: Atom, other: Atom) -> Atom | None:
    """What was spread over the shape that another value has."""
    to, full = _widening()
    same = same_shape(scope.kind(wide), scope.kind(other)) is True
    spread = scope.made_by(wide, to)
    if spread is not None and len(spread) == 2:
        return spread[0] if same or scope.made_by(spread[1], by_name(".shape")) == (other,) else None
    filled = scope.made_by(wide, full)
    return filled[1] if filled is not None and len(filled) == 2 and (same or filled[0] is other) else None


@cache
def _widening() -> tuple[Prim, Prim]:
    return by_name("np.broadcast_to"), by_name("np.full_like")


def literal_to_smaller(scope: Scope, op: Op) -> Term | None:
    """c * x * y is c * y * x where y is smaller than x."""
    product, y = op.args
    args = scope.take(product, MUL)
    if args is None or literal(args[0]) is None or not is_smooth(scope, op.out):
        return None
    if not is_smaller(scope.kind(y), scope.kind(args[1])):
        return None
    scope.drop(product)
    return MUL, (scope.new(MUL, args[0], y, hold=args[1:]), args[1])


def is_smaller(a: Kind, b: Kind) -> bool:
    """Whether a value surely has fewer elements than another one, with which it broadcasts.

    >>> from tangent2.core.kinds import FLOAT, Sym
    >>> n, m = Sym(0), Sym(1)
    >>> is_smaller(FLOAT, Array("float64", (n,))), is_smaller(Array("float64", (n, 1)), Array("float64", (n, m)))
    (True, True)
    """
    if isinstance(a, Number):
        return isinstance(b, Array)
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.shape is None or b.shape is None:
        return False
    if len(a.shape) != len(b.shape):
        return len(a.shape) < len(b.shape)
    ones = [(m == 1, n == 1) for m, n in zip(a.shape, b.shape)]
    return (True, False) in ones and (False, True) not in ones


def outside_of_sum(scope: Scope, op: Op) -> Term | None:
    """np.sum(-x) is -np.sum(x);  np.sum(c * x) is c * np.sum(x); but not of what is added to an initial value."""
    if "initial" in op.kw or len(op.positional) > 2:
        return None
    if not is_smooth(scope, op.out) or not isinstance(scope.kind(op.args[0]), Array):
        return None
    rest = op.args[1:]
    plain = scope.holding(rest, lambda: scope.positive(op.args[0]))
    if plain is not None:
        return NEG, (scope.new(op.prim, plain, *rest, kw=op.kw),)
    found = scope.holding(rest, lambda: scope.split(op.args[0]))
    return None if found is None else (MUL, (Const(found[0]), scope.new(op.prim, found[1], *rest, kw=op.kw)))


def is_smooth(scope: Scope, atom: Atom) -> bool:
    """Whether a value is a float number or array (or not known, which tool-made arithmetic takes for one)."""
    kind = scope.kind(atom)
    return isinstance(kind, (Number, Array, Unknown)) and is_inexact(kind)
