"""Calls of a value that is one of several functions: it is asked which, and each is called by its own name."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.functions import home_of
from tangent2.core.kinds import Functions
from tangent2.core.prims import Captured
from tangent2.core.syntax import If, Op, Region, Stmt, Value, Yield

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def dispatched(op: Op, facts: Facts, kind: Functions) -> Expansion:
    """`f(x)`, where `f` is `np.sin` or `np.cos`, as a branch for each of them.

    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> from tangent2.rules.declare import recognise_prim
    >>> f, x, y = map(Value, "f x y".split())
    >>> kind = Functions("function", frozenset(map(recognise_prim, (np.sin, np.cos))))
    >>> found = dispatched(Op((y,), prims.APPLY, (f, x)), SimpleNamespace(made={}), kind)
    >>> print(show(Function("g", (f, x), Region(found.stmts, Return((y,))))))
    def g(f.0, x.1):
        t.2 = read numpy.cos
        t.3 = read numpy.sin
        t.4 = is(f.0, t.2)
        y.7 = if t.4:
            y.5 = apply(t.2, x.1)
            yield y.5
        else:
            y.6 = apply(t.3, x.1)
            yield y.6
        return y.7
    """
    found: Expansion = facts.made.setdefault((op, kind), _branches(op, kind))
    return found


def _branches(op: Op, kind: Functions) -> Expansion:
    captured = sorted(map(_captured, kind.callees), key=lambda each: each.name)
    reads = [Op((Value(),), prims.READ, (), (), each, op.origin) for each in captured]
    return Expansion((*reads, *_chain(op, [read.out for read in reads])), op.outs)


def _chain(op: Op, functions: list[Value]) -> tuple[Stmt, ...]:
    """The call of the first function if the value is that one, else of one of the others."""
    first, *rest = functions
    if not rest:
        return (replace(op, args=(first, *op.args[1:])),)
    is_first = Op((Value(),), prims.IS, (op.args[0], first), (), None, op.origin)
    sides = [_side(op, [first]), _side(op, rest)]
    return is_first, If(op.outs, is_first.out, sides[0], sides[1], op.origin)


def _side(op: Op, functions: list[Value]) -> Region:
    out = Value(op.out.hint, op.out.user)
    return Region(_chain(replace(op, outs=(out,)), functions), Yield((out,)))


def _captured(callee: Any) -> Captured:
    home = home_of(callee)
    assert home is not None
    owner, name, where = home
    return Captured(name, owner, (lambda: owner[name]) if where == "global" else (lambda: callee.obj), where)
