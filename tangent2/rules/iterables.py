"""Kinds of what Python's functions give that run over lists, tuples, arrays and iterators."""
from __future__ import annotations

from typing import Any

from tangent2.core.indexing import iterated
from tangent2.core.kinding import elementwise
from tangent2.core.kinds import INT, UNKNOWN, Array, Iterator, List, Number, Tuple, join, join_all
from tangent2.core.syntax import Op
from tangent2.rules.families import KindOf, same_dtype


def zipped(op: Op, kind: KindOf) -> Any:
    """`zip(...)`."""
    return Iterator(Tuple(tuple([iterated(kind(a)) for a in op.positional])))


def enumerated(op: Op, kind: KindOf) -> Any:
    """`enumerate(xs)`."""
    return Iterator(Tuple((INT, iterated(kind(op.args[0])))))


def reversed_kind(op: Op, kind: KindOf) -> Any:
    """`reversed(xs)`."""
    return Iterator(iterated(kind(op.args[0])))


def places(op: Op, kind: KindOf) -> Any:
    """`np.ndindex(shape)`, `np.ndindex(3, 4)`."""
    kinds = [kind(a) for a in op.args]
    if len(kinds) == 1 and isinstance(kinds[0], Tuple):
        kinds = list(kinds[0].elts)
    return Iterator(Tuple((INT,) * len(kinds)) if all(isinstance(own, Number) for own in kinds) else UNKNOWN)


def listed(op: Op, kind: KindOf) -> Any:
    """`list(xs)`."""
    return List(iterated(kind(op.args[0])) if op.args else join_all(()))


def tupled(op: Op, kind: KindOf) -> Any:
    """`tuple(xs)`."""
    own = kind(op.args[0]) if op.args else Tuple()
    if isinstance(own, List) and own.length is not None and own.length <= 64:
        return Tuple((own.elt,) * own.length)
    return own if isinstance(own, Tuple) else UNKNOWN


def element(op: Op, kind: KindOf) -> Any:
    """`max(xs)` of one sequence: an element; of several operands: one of them."""
    kinds = [kind(a) for a in op.positional]
    return iterated(kinds[0]) if len(kinds) == 1 else join_all(kinds)


def summed(op: Op, kind: KindOf) -> Any:
    """`sum(xs)`: the sum of the elements and of the start, which is 0, and all there is where there are no elements."""
    own = kind(op.args[0])
    parts = own.elts if isinstance(own, Tuple) else (iterated(own),)
    start = kind(op.args[1]) if len(op.args) > 1 else INT
    if not all(isinstance(part, (Number, Array)) for part in (*parts, start)):
        return UNKNOWN
    found = elementwise((*parts, start), same_dtype, numpy=False)
    some = isinstance(own, Tuple) or getattr(own, "length", None)
    return found if some or not isinstance(found, Number) or not isinstance(start, Number) else join(found, start)
