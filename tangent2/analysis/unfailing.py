"""Methods that change containers raise nothing in a `try` block; a method of the user's, or another argument, might."""
from __future__ import annotations

from typing import TYPE_CHECKING

from tangent2.analysis.expansion import Expansion, class_of
from tangent2.core.kinds import Array, Bottom, Dict, Iterator, Kind, List, Number, Range, Str, Tuple, widest
from tangent2.core.syntax import Op
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def unfailing(op: Op, facts: Facts) -> Expansion:
    """Nothing, where the method `op.static` raises nothing; else what may raise is refused.

    `op` has the arguments of the method behind its object where some would raise.
    """
    base, name = facts.kind(op.args[0]), op.static
    if class_of(base) is not None:
        raise UnsupportedError(f"a method `{name}` of class `{class_of(base).__name__}` is called in a `try` block: it "
                               "may change its object, and raise", origin=op.origin, construct="`try`",
                               advice="call it before, or let it return what it could not do")
    if len(op.args) > 1 and not _fits(name, base, [facts.kind(a) for a in op.args[1:]]) or (
            name == "sort" and not _is_ordered(base)):
        raise UnsupportedError(f"`.{name}(...)` with arguments of these kinds may raise in a `try` block",
                               origin=op.origin, construct="`try`", advice="compute what may raise before")
    return Expansion((), ())


def _fits(name: str, base: Kind, args: list[Kind]) -> bool:
    """Whether a method of a list or dict takes such arguments."""
    if any(isinstance(k, Bottom) for k in (base, *args)):
        return True
    if name == "insert":
        return _is_key(args[0]) and not isinstance(args[0], Str)
    if name == "setdefault":
        return _is_key(args[0])
    if name == "update":
        return all(isinstance(k, Dict) and class_of(k) is None for k in args)
    return name == "extend" and all(_is_row(k) for k in args)


def _is_row(kind: Kind) -> bool:
    """Whether a value surely has elements."""
    return isinstance(kind, (List, Tuple, Range, Str, Iterator)) or isinstance(kind, Dict) and class_of(kind) is None \
        or isinstance(kind, Array) and bool(kind.shape)


def _is_key(kind: Kind) -> bool:
    return isinstance(kind, Str) or isinstance(kind, Number) and widest(kind.dtype) in ("int64", "bool")


def _is_ordered(base: Kind) -> bool:
    """Whether the elements of a list can be compared; an empty one has none."""
    return isinstance(base, (Bottom, Array)) or isinstance(base, List) and isinstance(base.elt, (Number, Str, Bottom))
