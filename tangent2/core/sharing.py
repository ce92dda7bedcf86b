"""What the result of an operation shares with its operands: as its primitive says, unless its arguments say more."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core.kinds import Kind
from tangent2.core.syntax import Atom, Const, Op

_COPYING = frozenset({"np.array", ".astype", "np.meshgrid"})       # unless they are told not to


def shares(op: Op, kind_of: Callable[[Atom], Kind]) -> str:
    """The `result` of a primitive (see `Prim`), for an operation at hand.

    >>> from tangent2.core.kinds import Array
    >>> from tangent2.core.prims import Prim
    >>> from tangent2.core.syntax import Value
    >>> array, x = Prim("np.array", ("call", "numpy", "array")), Value("x")
    >>> shares(Op((Value(),), array, (x,)), lambda atom: Array())
    'fresh'
    >>> shares(Op((Value(),), array, (x, Const(None)), ("copy",)), lambda atom: Array())
    'same'
    """
    name, how = op.prim.name, op.prim.result
    if name in _COPYING:
        return how if dict(op.keywords).get("copy", Const(True)) == Const(True) else "same"
    if name == "np.einsum":         # of one operand without a sum: a view
        return how if len(op.positional) > 2 or _sums(op.args[0]) else "same"
    if name == "np.diag":           # of a vector: a new matrix
        return "fresh" if getattr(kind_of(op.args[0]), "rank", None) == 1 else how
    if name in (".conj", ".conjugate"):         # of real numbers: the array itself
        dtype = getattr(kind_of(op.args[0]), "dtype", None)
        return "fresh" if dtype is not None and dtype.startswith("complex") else how
    return how


def _sums(subscripts: Atom) -> bool:
    """Whether subscripts, written out, surely sum over an index."""
    if not isinstance(subscripts, Const) or not isinstance(subscripts.value, str):
        return False
    given, arrow, left = subscripts.value.replace(" ", "").partition("->")
    return bool(set(given) - set(left)) if arrow else any(given.count(c) > 1 for c in given if c != ".")
