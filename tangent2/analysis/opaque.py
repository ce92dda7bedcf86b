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


# What is called for what it does to its argument, and so not to be given a copy; and what to write instead.
_FOR_ITS_EFFECT = {
    "shuffle": "use `permutation` of a generator of NumPy's, or `random.sample(x, len(x))`, which give a new one",
    **dict.fromkeys(("heapify", "heappush", "heappop", "heappushpop", "heapreplace"),
                    "do this outside, or keep a list, and use `min(xs)` and `xs.remove(...)`"),
    **dict.fromkeys(("insort", "insort_left", "insort_right"), "use `sorted([*xs, v])`, which gives a new list"),
}


def instead_of(op: Op) -> str:
    """What to do where code that nobody knows is given something that is read afterwards."""
    func = getattr(getattr(op.static, "node", None), "func", None)
    name = op.static if isinstance(op.static, str) else getattr(func, "attr", getattr(func, "id", None))
    return _FOR_ITS_EFFECT.get(name or "", "give it a copy, or do this outside")


def is_opaque(op: Op, kind: Callable[[Atom], Kind]) -> bool:
    """Whether an operation runs code that nobody knows."""
    if op.prim is prims.VERBATIM:
        return bool(op.static.opaque) and not op.static.pure
    if op.prim is prims.METHOD:
        return isinstance(kind(op.args[0]), _CLASSLESS)
    return op.prim is prims.APPLY
