"""The methods that Python looks up for operators and comparisons."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.prims import Prim

BINARY: dict[Prim, str] = {
    prims.ADD: "__add__", prims.SUB: "__sub__", prims.MUL: "__mul__", prims.DIV: "__truediv__",
    prims.FLOORDIV: "__floordiv__", prims.MOD: "__mod__", prims.POW: "__pow__", prims.MATMUL: "__matmul__",
    prims.BITAND: "__and__", prims.BITOR: "__or__", prims.BITXOR: "__xor__", prims.LSHIFT: "__lshift__",
    prims.RSHIFT: "__rshift__",
}
UNARY: dict[Prim, str] = {prims.NEG: "__neg__", prims.POS: "__pos__", prims.INVERT: "__invert__"}
COMPARED: dict[Prim, tuple[str, str]] = {      # of the left operand, of the right one
    prims.EQ: ("__eq__", "__eq__"), prims.NE: ("__ne__", "__ne__"), prims.LT: ("__lt__", "__gt__"),
    prims.LE: ("__le__", "__ge__"), prims.GT: ("__gt__", "__lt__"), prims.GE: ("__ge__", "__le__")}


def reflected(name: str) -> str:
    """The method that the right operand is asked for.

    >>> reflected("__add__")
    '__radd__'
    """
    return f"__r{name[2:]}"
