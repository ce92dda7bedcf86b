"""Algebra for reading: the laws by which tool-made arithmetic is rewritten, in one table.

Exact laws (up to the sign of zero): factors of one, double negation, signs moved to where they vanish, `0.0 + x`,
literals first, literals merged, `a * b + b * a`.  Inexact in the last digit, and therefore only for code that the user
did not write: `c / y * b` is `c * b / y`, `c * (a / b)` is `c * a / b`, a literal factor moves to the front.  Never
`0 * x`: it may be nan, and it has a shape.

A law may take an operand apart only if that is unnamed, read once, and made in the same region; its statement goes.
"""
from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from tangent2.core.kinds import Array, List, Number, Tuple
from tangent2.core.prims import (
    ACCUMULATE, ADD, ADDITEM, DIV, GETITEM, MATMUL, MUL, NE, NEG, POW, SETITEM, SUB, SUBITEM, TUPLE, Prim,
)
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op, Typed, Value
from tangent2.names import is_derived
from tangent2.optimise.bounds import less_true, never_zero
from tangent2.optimise.factors import (
    broadcast_anyway, broadcast_inside, common_factor, common_literal, is_smaller, is_smooth, literal_quotient,
    literal_to_smaller, outside_of_sum, turned_difference_over,
)
from tangent2.optimise.rewrite import Laws, Rewriting, Scope, literal
from tangent2.rules.declare import by_name

Term = tuple[Prim, tuple[Atom, ...]]


def apply_laws(typed: Typed, fixed: frozenset[Value] = frozenset()) -> Typed:
    """Rewrite arithmetic by the laws; the operations that bind values in `fixed` (the user's own) stay as they are.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import Function, Region, Return
    >>> x, y, a, b, c = map(Value, "xyabc")
    >>> ops = Op((a,), DIV, (Const(1.0), y)), Op((b,), MUL, (a, Const(2.0))), Op((c,), MUL, (b, x))
    >>> f = Function("f", (x, y), Region(ops, Return((c,))))                        # 1.0 / y * 2.0 * x
    >>> from tangent2.core.show import show
    >>> print(show(apply_laws(Typed(f, dict.fromkeys((x, y, a, b, c), FLOAT), FLOAT)).function))
    def f(x.0, y.1):
        t.2 = mul(2.0, x.0)
        c.3 = div(t.2, y.1)
        return c.3
    """
    run = Rewriting(typed, fixed, _laws())
    body = run.region(typed.function.body)
    if not run.changed:
        return typed
    return Typed(replace(typed.function, body=body), run.kinds, typed.result)


# The laws: each takes the scope and an operation, and gives an atom, (primitive, operands[, static]), or None.


def _unit(scope: Scope, op: Op) -> Atom | None:
    x, y = op.args
    for one, other in ((y, x), (x, y)) if op.prim is MUL else ((y, x),):
        if literal(one) == 1 and _alike(scope, other, op.out):
            return other
    return None


def _alike(scope: Scope, value: Atom, out: Value) -> bool:
    """Whether a result of a value and a literal is of the value's kind; numbers of Python stay what they are."""
    own, kind = scope.kind(value), scope.kind(out)
    return own == kind or isinstance(own, Number) and isinstance(kind, Number) and own.dtype == kind.dtype == "float64"


def _zero(scope: Scope, op: Op) -> Atom | None:
    x, y = op.args
    for zero, other in ((y, x), (x, y)) if op.prim is ADD else ((y, x),):
        if literal(zero) == 0 and _alike(scope, other, op.out):
            return other
    return None


def _minus_one(scope: Scope, op: Op) -> Term | None:
    x, y = op.args
    return (NEG, (y,)) if literal(x) == -1 and scope.kind(y) == scope.kind(op.out) else None


def _folded(scope: Scope, op: Op) -> Atom | None:
    x, y = map(literal, op.args)
    if x is not None and y is not None:
        value = x * y if op.prim is MUL else x + y if op.prim is ADD else x - y
        return Const(value) if abs(value) < 1e300 else None
    return None


def _number_first(scope: Scope, op: Op) -> Term | None:
    x, y = op.args
    return (MUL, (y, x)) if literal(y) is not None and literal(x) is None else None


def _merged(scope: Scope, op: Op) -> Term | None:
    """c * (d * x) is (c * d) * x;  x * (c * y) is c * x * y."""
    x, y = op.args
    c = literal(x)
    if not is_smooth(scope, op.out):
        return None
    found = scope.holding((x,), lambda: scope.split(y))
    if found is None:
        return None
    if c is not None:
        return MUL, (Const(c * found[0]), found[1])
    return MUL, (Const(found[0]), scope.new(MUL, *_cheap_first(scope, x, found[1])))


def _cheap_first(scope: Scope, x: Atom, y: Atom) -> tuple[Atom, Atom]:
    """Numbers before arrays, small arrays before large ones: the literal meets what has fewer elements."""
    return (y, x) if is_smaller(scope.kind(y), scope.kind(x)) else (x, y)


def _flat(scope: Scope, op: Op) -> Term | None:
    """c * (a * b) is c * a * b;  c * (a / b) is c * a / b."""
    x, y = op.args
    if literal(x) is None or not is_smooth(scope, op.out):
        return None
    for prim in (MUL, DIV):
        args = scope.take(y, prim)
        if args is not None:
            a, b = _cheap_first(scope, *args) if prim is MUL else args
            scope.drop(y)
            return prim, (scope.new(MUL, x, a, hold=(b,)), b)
    return None


def _over(scope: Scope, op: Op) -> Term | None:
    """c / y * b and b * (c / y) are c * b / y."""
    for quotient, other in (op.args, op.args[::-1]):
        args = scope.take(quotient, DIV)
        if args is not None and literal(args[0]) is not None and is_smooth(scope, op.out):
            scope.drop(quotient)
            return DIV, (scope.new(MUL, args[0], other, hold=args[1:]), args[1])
    return None


def _sign_out(scope: Scope, op: Op) -> Term | None:
    """-a * b, a * -b, -a / b, a / -b are the negative of a product or quotient without sign."""
    for i in (0, 1):
        inner = scope.take(op.args[i], NEG)
        if inner is not None:
            scope.drop(op.args[i])
            a, b = (inner[0], op.args[1]) if i == 0 else (op.args[0], inner[0])
            return NEG, (scope.new(op.prim, a, b),)
    return None


def _double_negation(scope: Scope, op: Op) -> Atom | None:
    inner = scope.made_by(op.args[0], NEG)
    if inner is not None:
        if scope.take(op.args[0], NEG):
            scope.drop(op.args[0])
        return inner[0]
    return Const(-op.args[0].value) if literal(op.args[0]) is not None else None  # type: ignore[union-attr]


def _signed_term(scope: Scope, op: Op) -> Term | None:
    """a + -b is a - b;  -a + b is b - a;  a - -b is a + b."""
    a, b = op.args
    if literal(a) is not None and literal(b) is not None:
        return None
    plain = scope.holding((a,), lambda: scope.positive(b))
    if plain is not None:
        return (SUB if op.prim is ADD else ADD), (a, plain)
    if op.prim is ADD and literal(a) is None:
        plain = scope.holding((b,), lambda: scope.positive(a))
        if plain is not None:
            return SUB, (b, plain)
    return None


def _twice(scope: Scope, op: Op) -> Term | None:
    """x + x, a * b + b * a, z + a * b + b * a."""
    x, y = op.args
    if not is_smooth(scope, op.out):
        return None
    if x == y and isinstance(x, Value):
        return MUL, (Const(2.0), x)
    if _same_product(scope, x, y):
        scope.drop(y)
        return MUL, (Const(2.0), x)
    return _twice_more(scope, ADD, x, y)


def _twice_less(scope: Scope, op: Op) -> Term | None:
    """z - a * b - b * a."""
    return _twice_more(scope, SUB, *op.args) if is_smooth(scope, op.out) else None


def _twice_more(scope: Scope, prim: Prim, x: Atom, y: Atom) -> Term | None:
    args = scope.take(x, prim)
    if args is None:
        return None
    z, last = args
    if last == y and isinstance(y, Value) or scope.inside(x, last, lambda a: _same_product(scope, a, y) or None):
        scope.drop(x if last == y else y)
        return prim, (z, scope.new(MUL, Const(2.0), last, hold=(z,)))
    return None


def _turned_difference(scope: Scope, op: Op) -> Term | None:
    """-(a - b) is b - a; where they are equal the zero has another sign."""
    args = scope.take(op.args[0], SUB)
    if args is None:
        return None
    scope.drop(op.args[0])
    return SUB, args[::-1]


def _same_product(scope: Scope, x: Atom, y: Atom) -> bool:
    a, b = scope.take(x, MUL), scope.take(y, MUL)
    return a is not None and b is not None and x is not y and (a == b or a == b[::-1])


def _there_and_back(scope: Scope, op: Op) -> Atom | Term | None:
    """(n - c) + d and (n + c) - d for whole numbers."""
    n, d = op.args[0], literal(op.args[1])
    if type(d) is not int or not _whole(scope, op.out):
        return None
    for prim, sign in ((ADD, 1), (SUB, -1)):
        args = scope.made_by(n, prim)
        c = literal(args[1]) if args is not None else None
        if args is not None and type(c) is int and _whole(scope, args[0]):
            total = sign * c + (d if op.prim is ADD else -d)
            if total == 0:
                return args[0]
            return (ADD, (args[0], Const(total))) if total > 0 else (SUB, (args[0], Const(-total)))
    return None


def _whole(scope: Scope, atom: Atom) -> bool:
    kind = scope.kind(atom)
    return isinstance(kind, Number) and kind.dtype == "int64" and kind.weak


def _signed_update(scope: Scope, op: Op) -> Any:
    """x[i] += -v is x[i] -= v, and the other way round; `x += -v` likewise."""
    plus = op.static is ADD if op.prim is ACCUMULATE else op.prim is ADDITEM
    if op.prim is ACCUMULATE and op.static not in (ADD, SUB):
        return None
    plain = scope.holding(op.args[:-1], lambda: scope.positive(op.args[-1]))
    if plain is None:
        return None
    args = (*op.args[:-1], plain)
    if op.prim is ACCUMULATE:
        return ACCUMULATE, args, SUB if plus else ADD
    return (SUBITEM if plus else ADDITEM), args


def _added_to_zero(scope: Scope, op: Op) -> Any:
    """`x[i] = 0; x[i] += v` is `x[i] = v`."""
    base = op.args[0]
    made = scope.alone(base) if isinstance(base, Value) else None
    if made is None or made.prim is not SETITEM or made.static != op.static or made.args[1:-1] != op.args[1:-1] \
            or literal(made.args[-1]) != 0 or not isinstance(scope.kind(base), Array):
        return None
    if any(isinstance(scope.kind(a), (Array, List, Tuple)) for a in op.args[1:-1]):     # may name a place twice
        return None
    scope.discard(made)
    return SETITEM, (made.args[0], *op.args[1:]), op.static


def _put_back(scope: Scope, op: Op) -> Atom | None:
    """`x[i] = x[i]` is nothing."""
    base, value = op.args[0], op.args[-1]
    read = scope.made_by(value, GETITEM)
    if read != op.args[:-1] or scope.run.known[value].static != op.static:      # type: ignore[index]
        return None
    return base if isinstance(scope.kind(base), Array) else None


def _turned_back(scope: Scope, op: Op) -> Atom | None:
    """x.T.T is x."""
    inner = scope.made_by(op.args[0], op.prim)
    if inner is not None and scope.take(op.args[0], op.prim):
        scope.drop(op.args[0])
    return None if inner is None else inner[0]


def _turned_product(scope: Scope, op: Op) -> Term | None:
    """(a.T @ b).T is b.T @ a;  (a @ b.T).T is b @ a.T, for matrices."""
    factors = scope.take(op.args[0], MATMUL)
    if factors is None or not all(_is_matrix(scope.kind(a)) for a in factors):
        return None
    a, b = factors
    plain = [scope.made_by(x, op.prim) for x in factors]
    if plain == [None, None]:
        return None
    scope.drop(op.args[0])
    left = plain[1][0] if plain[1] else scope.new(op.prim, b, hold=(a,))
    right = plain[0][0] if plain[0] else scope.new(op.prim, a, hold=(left,))
    for factor in factors:
        if scope.take(factor, op.prim):
            scope.drop(factor)
    return MATMUL, (left, right)


def _part(scope: Scope, op: Op) -> Atom | None:
    """(a, b)[1] is b, of tuples that the tool made."""
    base = op.args[0]
    if not isinstance(base, Value) or base.user and not is_derived(base.hint):
        return None
    made = scope.run.known.get(base)
    if made is None or made.prim is not TUPLE or made.static is not None or op.static != ONE_ITEM:
        return None
    k = literal(op.args[1])
    return made.args[k] if type(k) is int and -len(made.args) <= k < len(made.args) else None


def _is_matrix(kind: Any) -> bool:
    return isinstance(kind, Array) and kind.shape is not None and len(kind.shape) == 2


@cache
def _laws() -> Laws:
    """The laws of arithmetic, and those of a primitive that is declared in a table of rules."""
    return {**LAWS, by_name("np.sum"): (("np.sum(c * x) is c * np.sum(x)", outside_of_sum),),
            by_name(".T"): (("x.T.T", _turned_back), ("(a.T @ b).T is b.T @ a", _turned_product))}


_PLAIN = "np.broadcast_to(a, x.shape) * x is a * x", broadcast_anyway
LAWS: Laws = {
    MUL: (("literals fold", _folded), ("1 * x, x * 1", _unit), ("x * c is c * x", _number_first),
          ("-1 * x", _minus_one), ("-a * b is -(a * b)", _sign_out), ("c / y * b is c * b / y", _over),
          _PLAIN, ("x * (np.full_like(x, a) * b) is x * (a * b)", broadcast_inside),
          ("x * (c * y) is c * x * y", _merged), ("c * x * y is c * y * x", literal_to_smaller),
          ("c * (a * b) is c * a * b, c * (a / b) is c * a / b", _flat)),
    DIV: (("x / 1", _unit), ("-a / b is -(a / b)", _sign_out), _PLAIN,
          ("c * x / d is (c / d) * x", literal_quotient), ("c * x / (d * y) is (c / d) * x / y", common_literal),
          ("-1.0 * (a - b) / c is (b - a) / c", turned_difference_over)),
    POW: (("x ** 1", _unit),),
    GETITEM: (("(a, b)[1] is b", _part),),
    SETITEM: (("x[i] = x[i] is nothing", _put_back),),
    NEG: (("--x", _double_negation), ("-(a - b) is b - a", _turned_difference)),
    ADD: (("literals fold", _folded), ("0 + x, x + 0", _zero), ("(n - 1) + 1", _there_and_back),
          ("a + -b is a - b", _signed_term), ("x + x, a * b + b * a", _twice), _PLAIN,
          ("a * b + a * c is a * (b + c)", common_factor)),
    NE: (("i + 1 != 0 where i >= 0", never_zero),),
    SUB: (("literals fold", _folded), ("x - 0", _zero), ("n - True", less_true), ("(n + 1) - 1", _there_and_back),
          ("a - -b is a + b", _signed_term), ("z - a * b - b * a", _twice_less), _PLAIN,
          ("a * b - a * c is a * (b - c)", common_factor)),
    ADDITEM: (("x[i] += -v is x[i] -= v", _signed_update), ("x[i] = 0; x[i] += v is x[i] = v", _added_to_zero)),
    SUBITEM: (("x[i] -= -v is x[i] += v", _signed_update),),
    ACCUMULATE: (("x += -v is x -= v", _signed_update),),
}
