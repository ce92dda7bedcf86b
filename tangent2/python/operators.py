"""The functions of `operator`, as the expressions that they stand for."""
from __future__ import annotations

import operator
from types import BuiltinFunctionType
from typing import Any

import gast

from tangent2.python.desugar_state import build

_BINARY: dict[Any, str] = {
    operator.add: "A + B", operator.sub: "A - B", operator.mul: "A * B", operator.truediv: "A / B",
    operator.floordiv: "A // B", operator.mod: "A % B", operator.pow: "A ** B", operator.matmul: "A @ B",
    operator.getitem: "A[B]", operator.lt: "A < B", operator.le: "A <= B", operator.gt: "A > B",
    operator.ge: "A >= B", operator.eq: "A == B", operator.ne: "A != B", operator.is_: "A is B",
    operator.is_not: "A is not B", operator.and_: "A & B", operator.or_: "A | B", operator.xor: "A ^ B",
    operator.concat: "A + B", operator.lshift: "A << B", operator.rshift: "A >> B",
}
_UNARY: dict[Any, str] = {operator.neg: "-A", operator.pos: "+A", operator.not_: "not A", operator.abs: "?abs(A)",
                          operator.inv: "~A", operator.invert: "~A"}


def is_operator(obj: Any) -> bool:
    """Whether an object is a function of `operator` that is known.

    >>> is_operator(operator.mul), is_operator([])
    (True, False)
    """
    return isinstance(obj, BuiltinFunctionType) and (obj in _BINARY or obj in _UNARY)


def as_expression(obj: Any, node: Any) -> Any:
    """The call of a function of `operator`, written with its sign; None of others, or with other arguments."""
    if not is_operator(obj) or node.keywords or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    text = (_UNARY if len(node.args) == 1 else _BINARY if len(node.args) == 2 else {}).get(obj)
    return None if text is None else build(text, node, **dict(zip("AB", node.args)))


def as_lambda(obj: Any) -> str | None:
    """The text of a lambda that does the same.

    >>> as_lambda(operator.sub)
    'lambda a, b: a - b'
    """
    if not is_operator(obj):
        return None
    if obj in _BINARY:
        return f"lambda a, b: {_BINARY[obj].replace('A', 'a').replace('B', 'b')}"
    return f"lambda a: {_UNARY[obj].replace('A', 'a')}"
