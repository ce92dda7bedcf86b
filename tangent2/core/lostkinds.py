"""Kinds of values of which nothing is known but whose objects they may be, or hold: what remains of a class.

An object that is joined with something else, a number or an object of another class, has no kind of its own any more.
At run time it is still the tuple that stands for it, which knows nothing of what its class defines: so the class is
told on, and `analysis/lost.py` refuses what only the class could answer.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable

from tangent2.core import prims
from tangent2.core.kinds import (
    UNKNOWN, Array, Dict, Kind, Lost, Number, Tuple, Unknown, held_classes, is_bare, is_inexact, own_classes,
)
from tangent2.core.syntax import Atom, Const, Op

Classes = frozenset[type]
_PARTS = frozenset({prims.GETITEM, prims.ATTRIBUTE, prims.UNPACK})
_SEQUENCES = frozenset({prims.ADD, prims.MUL, prims.INPLACE, prims.INPLACE_PART})     # lists have these, too


def lost(*kinds: Kind) -> Kind:
    """What is known of a value of which a kind was known, or several, that is given up.

    >>> from tangent2.core.kinds import FLOAT, object_kind
    >>> class Line: pass
    >>> [cls.__name__ for cls in lost(object_kind(Line, {"slope": FLOAT})).classes], lost(FLOAT)
    (['Line'], Unknown())
    """
    return _kind(_union(map(own_classes, kinds)), _union(map(held_classes, kinds)), any(map(is_bare, kinds)))


def _kind(own: Classes, held: Classes, bare: bool = True) -> Kind:
    return Lost(own, held, bare and bool(own)) if own or held else UNKNOWN


def _union(found: Iterable[Classes]) -> Classes:
    return frozenset[type]().union(*found)


def may_hold(kind: Kind) -> bool:
    """Whether a value may be an object with methods, or a tuple with names that has some, or hold one."""
    return bool(own_classes(kind) or held_classes(kind))


def told_on(op: Op, kinds: tuple[Kind, ...], kind: Callable[[Atom], Kind]) -> tuple[Kind, ...]:
    """The kinds of results, where of those that are unknown it is told what the operands may be, or hold.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import Value
    >>> class Line: pass
    >>> read = Op((Value(),), prims.GETITEM, (Value("x"),))
    >>> told_on(read, (UNKNOWN,), lambda a: Lost(frozenset({Line}), frozenset()))
    (Unknown(),)
    """
    if not any(type(each) is Unknown for each in kinds):
        return kinds
    given = [kind(a) for a in op.args]
    own, held = _union(map(own_classes, given)), _union(map(held_classes, given))
    if not own and not held:
        return kinds
    if op.prim in _PARTS and _is_known(op, given[0]):
        return kinds
    if op.prim in _PARTS:
        found = _kind(held_classes(given[0]), held_classes(given[0]))
    elif op.prim is prims.POP:
        found, kinds = _kind(held_classes(given[0]), held_classes(given[0])), (lost(given[0]), kinds[1])
    elif op.prim in _SEQUENCES:
        found = UNKNOWN if any(map(_is_number, given)) else _kind(frozenset(), held)
    elif op.prim.elementwise:
        found = UNKNOWN
    elif op.prim.update:
        found = _kind(own_classes(given[0]), own | held)
    else:
        found = _kind(own | held, own | held)
    return tuple([found if type(each) is Unknown else each for each in kinds])


def _is_known(op: Op, base: Kind) -> bool:
    """Whether what is read has a kind of its own, and not that of all the elements."""
    if isinstance(base, Tuple):
        return op.prim is prims.UNPACK or isinstance(op.args[1], Const)
    return isinstance(base, Dict) and base.items is not None and op.prim is prims.GETITEM and isinstance(
        op.args[1], Const)


def _is_number(kind: Kind) -> bool:
    """Whether only numbers and arrays are added to a value of a kind, or multiplied by it."""
    return isinstance(kind, Array) or isinstance(kind, Number) and is_inexact(kind)
