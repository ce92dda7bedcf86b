"""The kinds of expressions in emitted text: which are arrays, of how many axes, and which are numbers."""
from __future__ import annotations

import ast
from collections.abc import Mapping

from tangent2.core.kinds import UNKNOWN, Array, Kind, Number, Tuple

FLAT = frozenset({
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh",
    "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "sqrt", "square", "abs", "absolute", "negative", "maximum",
    "minimum", "arctan2", "hypot",
})                                              # of NumPy: element by element, a float of floats
_LIKE = frozenset({"zeros_like", "ones_like", "full_like", "copy"})
_ORDER = {"bool": 0, "int64": 1, "float64": 2}
_WHOLE = (ast.FloorDiv, ast.Mod, ast.Add, ast.Sub, ast.Mult, ast.Pow)


class Ranks:
    """The kinds of expressions, from those of the variables; `numpy`: what NumPy is called.

    >>> ranks = Ranks({"x": Array("float64", (None,)), "n": Number("int64")}, "np")
    >>> kind = lambda text: ranks.of(ast.parse(text, mode="eval").body)
    >>> kind("2 * np.sin(x[1:]) - n"), kind("x[n] * 2"), kind("n / 2"), kind("y + x")
    (Array(dtype='float64', shape=(None,)), Number(dtype='float64', weak=False), Number(dtype='float64', weak=True), \
Unknown())
    """

    def __init__(self, names: Mapping[str, Kind], numpy: str) -> None:
        self.names, self.numpy = dict(names), numpy

    def of(self, node: ast.expr) -> Kind:
        """The kind of an expression: a number, an array or a tuple, or unknown."""
        if isinstance(node, ast.Constant):
            return Number(type(node.value).__name__.replace("int", "int64").replace("float", "float64")) \
                if type(node.value) in (int, float, bool) else UNKNOWN
        if isinstance(node, ast.Name):
            return self.names.get(node.id, UNKNOWN)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.UnaryOp):
            return self.of(node.operand) if isinstance(node.op, (ast.USub, ast.UAdd)) else UNKNOWN
        if isinstance(node, ast.Subscript):
            return self._part(self.of(node.value), node.slice)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        return self._call(node) if isinstance(node, ast.Call) else UNKNOWN

    def flat(self, node: ast.expr) -> str | None:
        """The function of NumPy that an expression calls, if that works element by element."""
        name = self.called(node)
        plain = isinstance(node, ast.Call) and not node.keywords and not any(
            isinstance(a, ast.Starred) for a in node.args)
        return name if name in FLAT and plain else None

    def unbroadcast(self, node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
        """What is summed to the shape of what, if that is all that an expression does."""
        plain = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "unbroadcast"
        return (node.args[0], node.args[1]) if plain and node.func.id not in self.names else None  # type: ignore

    def called(self, node: ast.expr) -> str | None:
        """The name of the function of NumPy that an expression calls."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(
                node.func.value, ast.Name) and node.func.value.id == self.numpy and self.numpy not in self.names:
            return node.func.attr
        return None

    def _binary(self, node: ast.BinOp) -> Kind:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(node.op, ast.MatMult):
            return product(left, right)
        dtype = None
        if isinstance(left, (Number, Array)) and isinstance(right, (Number, Array)):
            dtype = _widest(left.dtype, right.dtype)
        if dtype is None or not isinstance(node.op, (*_WHOLE, ast.Div)):
            return UNKNOWN
        return together("float64" if isinstance(node.op, ast.Div) else "int64" if dtype == "bool" else dtype,
                        left, right)

    def _part(self, whole: Kind, index: ast.expr) -> Kind:
        if isinstance(whole, Tuple):
            known = isinstance(index, ast.Constant) and type(index.value) is int and 0 <= index.value < len(whole.elts)
            return whole.elts[index.value] if known else UNKNOWN        # type: ignore[attr-defined]
        rank = rank_of(whole)
        if not rank:
            return UNKNOWN
        for each in index.elts if isinstance(index, ast.Tuple) else [index]:
            if isinstance(each, ast.Slice):
                continue
            kind = self.of(each)
            if not isinstance(kind, Number) or kind.dtype != "int64":
                return UNKNOWN
            rank -= 1
        return array(whole.dtype, rank) if rank >= 0 else UNKNOWN       # type: ignore[attr-defined]

    def _attribute(self, node: ast.Attribute) -> Kind:
        whole = self.of(node.value)
        if not isinstance(whole, Array):
            return UNKNOWN
        return whole if node.attr == "T" else Number("int64") if node.attr in ("size", "ndim") else UNKNOWN

    def _call(self, node: ast.Call) -> Kind:
        args = [self.of(a) for a in node.args]
        if self.unbroadcast(node) is not None:
            return args[1] if rank_of(args[1]) else UNKNOWN
        name = self.called(node)
        if self.flat(node) and args and all(isinstance(a, (Number, Array)) for a in args):
            kind = together("float64", *args)
            return kind if rank_of(kind) else Number("float64", False)
        if name in _LIKE and args and not node.keywords:
            return args[0] if rank_of(args[0]) else UNKNOWN
        if name == "sum" and len(args) == 1 and not node.keywords and rank_of(args[0]):
            return Number(args[0].dtype, False)     # type: ignore[attr-defined]
        if name == "outer" and len(args) == 2:
            return array("float64", 2) if _are_floats(args) else UNKNOWN
        if name == "dot" and len(args) == 2:
            return product(*args)
        if isinstance(node.func, ast.Name) and node.func.id == "len":
            return Number("int64")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not args and not node.keywords:
            return self.of(node.func.value) if isinstance(self.of(node.func.value), Array) else UNKNOWN
        return UNKNOWN


def array(dtype: str | None, rank: int) -> Kind:
    """An array of so many axes; without axes a number of NumPy's."""
    return Array(dtype, (None,) * rank) if rank else Number(dtype or "", False) if dtype else UNKNOWN


def rank_of(kind: Kind) -> int | None:
    """How many axes an array has, 0 of a number; None if it is not known."""
    return kind.rank if isinstance(kind, Array) else 0 if isinstance(kind, Number) else None


def together(dtype: str, *kinds: Kind) -> Kind:
    """What an operation element by element makes of numbers and arrays."""
    ranks = [rank_of(kind) for kind in kinds]
    if None in ranks:
        return UNKNOWN
    rank = max(r for r in ranks if r is not None)
    weak = all(isinstance(kind, Number) and kind.weak for kind in kinds)
    return array(dtype, rank) if rank else Number(dtype, weak)


def product(left: Kind, right: Kind) -> Kind:
    """What `@` makes of two arrays of floats of at most two axes."""
    if not _are_floats([left, right]) or rank_of(left) not in (1, 2) or rank_of(right) not in (1, 2):
        return UNKNOWN
    return array("float64", (rank_of(left) or 0) + (rank_of(right) or 0) - 2)


def _are_floats(kinds: list[Kind]) -> bool:
    return all(isinstance(kind, Array) and kind.dtype == "float64" for kind in kinds)


def _widest(one: str | None, other: str | None) -> str | None:
    return max(one, other, key=_ORDER.__getitem__) if one in _ORDER and other in _ORDER else None
