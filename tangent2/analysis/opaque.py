"""Code that nobody knows: it may write to the arrays and containers that it is given, now or later."""
from __future__ import annotations

from collections.abc import Callable, Container

from tangent2.core import prims
from tangent2.core.kinds import Array, Dict, Iterator, Kind, List, Object, Tuple, Unknown
from tangent2.core.syntax import Atom, Op

UNKNOWN_CODE = {prims.VERBATIM: 0, prims.METHOD: 1, prims.APPLY: 1}     # from which operand on: not the object itself
_MEMORY = (Array, List, Dict, Tuple, Iterator)
_CLASSLESS = (Object, Unknown)


def exposed(op: Op, kind: Callable[[Atom], Kind]) -> tuple[int, ...]:
    """The positions of the operands that an operation may write to although it is no update.

    >>> from tangent2.core.syntax import Value
    >>> rng, u = Value("rng"), Value("u")
    >>> op = Op((Value(),), prims.METHOD, (rng, u), static="get")
    >>> exposed(op, {rng: Object(), u: Array()}.get), exposed(op, {rng: Array(), u: Array()}.get)
    ((1,), ())
    """
    first = UNKNOWN_CODE.get(op.prim)
    if first is None or not is_opaque(op, kind):
        return ()
    return tuple([k for k, a in enumerate(op.args) if k >= first and isinstance(kind(a), _MEMORY)])


def given_unknown(op: Op, kind: Callable[[Atom], Kind], values: Container[Atom]) -> Atom | None:
    """An operand among `values` that an operation may write to if it is no number, which is not known."""
    first = UNKNOWN_CODE.get(op.prim)
    if first is None or not is_opaque(op, kind):
        return None
    return next((a for a in op.args[first:] if a in values and isinstance(kind(a), Unknown)), None)


def is_opaque(op: Op, kind: Callable[[Atom], Kind]) -> bool:
    """Whether an operation runs code that nobody knows."""
    if op.prim is prims.VERBATIM:
        return bool(op.static.opaque) and not op.static.pure
    if op.prim is prims.METHOD:
        return isinstance(kind(op.args[0]), _CLASSLESS)
    return op.prim is prims.APPLY
