"""Calls of a value that is one of several functions: it is asked which, and each is called by its own name."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.functions import home_of, label_of
from tangent2.core.kinds import Closures, FunctionKind, Functions
from tangent2.core.prims import Captured
from tangent2.core.syntax import Const, If, Op, Region, Stmt, Value, Yield

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def dispatched(op: Op, facts: Facts, kind: Functions | Closures) -> Expansion:
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
    functions = kind.functions if isinstance(kind, Closures) else frozenset(map(FunctionKind, kind.callees))
    key = op, frozenset([each.callee for each in functions])
    found: Expansion = facts.made.setdefault(key, _branches(op, functions))
    return found


def _branches(op: Op, functions: frozenset[FunctionKind]) -> Expansion:
    named = [each.callee for each in functions if home_of(each.callee) is not None]
    captured = sorted(map(_captured, named), key=lambda each: each.name)
    reads = [Op((Value(),), prims.READ, (), (), each, op.origin) for each in captured]
    inside = sorted([each for each in functions if home_of(each.callee) is None], key=lambda f: str(label_of(f.callee)))
    return Expansion((*reads, *_chain(op, [read.out for read in reads], inside)), op.outs)


def _chain(op: Op, named: list[Value], inside: list[FunctionKind]) -> tuple[Stmt, ...]:
    """The call of the first function if the value is that one, else of one of the others.

    Functions with a name are told by identity; then the value is a tuple, and its label tells.
    """
    f = op.args[0]
    if len(named) + len(inside) == 1:
        return (replace(op, args=(named[0], *op.args[1:])),) if named else called_anew(op, inside[0])
    if named:
        test = Op((Value(),), prims.IS, (f, named[0]), (), None, op.origin)
        sides = _side(op, named[:1], []), _side(op, named[1:], inside)
        return test, If(op.outs, test.out, *sides, op.origin)
    label = Op((Value(),), prims.LABEL, (f,), (), None, op.origin)
    test = Op((Value(),), prims.EQ, (label.out, Const(label_of(inside[0].callee))), (), None, op.origin)
    return label, test, If(op.outs, test.out, _side(op, [], inside[:1]), _side(op, [], inside[1:]), op.origin)


def _side(op: Op, named: list[Value], inside: list[FunctionKind]) -> Region:
    out = Value(op.out.hint, op.out.user)
    return Region(_chain(replace(op, outs=(out,)), named, inside), Yield((out,)))


def called_anew(op: Op, kind: FunctionKind) -> tuple[Stmt, ...]:
    """The call of a function that is made anew, of what the one that is called captured."""
    parts = [Op((Value(),), prims.CAPTURED, (op.args[0],), (), (kind.callee, k), op.origin)
             for k in range(len(kind.captured))]
    own = Value(kind.callee.name)
    make = Op((own,), prims.CLOSURE, tuple([p.out for p in parts]), (), kind.callee, op.origin)
    return *parts, make, replace(op, args=(own, *op.args[1:]))


def _captured(callee: Any) -> Captured:
    home = home_of(callee)
    assert home is not None
    owner, name, where = home
    return Captured(name, owner, (lambda: owner[name]) if where == "global" else (lambda: callee.obj), where)
