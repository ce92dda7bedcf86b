"""What an attempted call may raise: of some functions it is sure that they return."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core import prims
from tangent2.core.dims import same_shape
from tangent2.core.kinds import UNKNOWN, Array, Kind, List, NoneKind, Number, Str, Tuple
from tangent2.core.prims import Attempt
from tangent2.core.syntax import Atom, Const, If, Op, Raise, Region, SliceSpec, Typed, Value, Yield


def surely_returns(core: Typed, attempt: Attempt) -> bool:
    """Whether a function raises nothing that is caught: it only does arithmetic that all numbers, and arrays of one
    shape, have.

    Division and powers of numbers may raise; nothing that is done to numbers and arrays raises classes of the user's.
    """
    if attempt.only_own:
        return _go_on(core.function.body, core.kinds, _is_numeric)
    return not attempt.errors and not attempt.floats and _go_on(core.function.body, core.kinds, _is_sure)


def _go_on(body: Region, kinds: dict[Value, Kind], sure: Callable[[Op, dict[Value, Kind]], bool]) -> bool:
    """Whether all operations in a region are sure, and so are those in its branches, which lead to its end."""
    return not isinstance(body.exit, Raise) and all(
        s.prim in _NEUTRAL or sure(s, kinds) if isinstance(s, Op) else
        isinstance(s, If) and isinstance(kinds.get(s.cond), Number) and all(    # type: ignore[arg-type]
            isinstance(r.exit, Yield) and _go_on(r, kinds, sure) for r in (s.then, s.orelse)) for s in body.stmts)


def _is_sure(op: Op, kinds: dict[Value, Kind]) -> bool:
    """Whether an operation on such operands raises nothing."""
    return (op.prim in _SURE or _is_ufunc(op)) and _of_numbers(op, kinds) or _takes_items(op, kinds) or _is_slice(
        op, kinds)


def _is_slice(op: Op, kinds: dict[Value, Kind]) -> bool:
    """Whether an operation takes a slice, of which there is always one, however short."""
    if op.prim is not prims.GETITEM or not all(isinstance(i, SliceSpec) for i in op.static.items):
        return False
    base = kinds.get(op.args[0], UNKNOWN) if isinstance(op.args[0], Value) else UNKNOWN
    axes = (base.rank or 1) * base.has_axes if isinstance(base, Array) else isinstance(base, (List, Str))
    given = iter(op.args[1:])
    bounds = [(next(given), name == "step") for item in op.static.items for name in ("lower", "upper", "step")
              if getattr(item, name)]
    return len(op.static.items) <= axes and all(_is_whole(atom, is_step, kinds) for atom, is_step in bounds)


def _is_whole(bound: Atom, is_step: bool, kinds: dict[Value, Kind]) -> bool:
    """Whether a bound of a slice surely is a whole number, and a step not 0."""
    if isinstance(bound, Const):
        return bound.value is None or type(bound.value) is int and not (is_step and bound.value == 0)
    kind = kinds.get(bound) if isinstance(bound, Value) else None
    return not is_step and isinstance(kind, Number) and kind.dtype == "int64"


def _takes_items(op: Op, kinds: dict[Value, Kind]) -> bool:
    """Whether an operation asks for the number of items, or whether there are any, where there are; or takes a tuple
    apart that has as many as that.
    """
    kind = kinds.get(op.args[0], UNKNOWN) if op.args and isinstance(op.args[0], Value) else UNKNOWN
    if op.prim is prims.UNPACK:
        return isinstance(kind, Tuple) and op.static[1:] == (False, 0) and len(kind.elts) == op.static[0]
    has_items = isinstance(kind, (List, Tuple, Str)) or isinstance(kind, Array) and bool(kind.shape)
    return has_items and op.prim.spelling in (("builtin", "len"), ("call", "tangent2.runtime.attempts", "iterable"))


def _is_numeric(op: Op, kinds: dict[Value, Kind]) -> bool:
    """Whether an operation is one on numbers, arrays, and lists of them, that calls nothing of the user's."""
    how, *home = op.prim.spelling
    own = op.prim in _SURE or op.prim is prims.GETITEM
    known = own or how not in ("special", "object", "call") or home[:1] in (["numpy"], ["math"])
    return known and op.prim.effect == "pure" and all(
        _is_plain(kinds[a]) for a in op.args if isinstance(a, Value))


def _is_plain(kind: Kind) -> bool:
    if isinstance(kind, Tuple):
        return all(map(_is_plain, kind.elts))
    return isinstance(kind, (Number, Array, Str, NoneKind)) or isinstance(kind, List) and _is_plain(kind.elt)


def _is_ufunc(op: Op) -> bool:
    """Whether an operation is a function of NumPy of one number or array, element by element."""
    return op.prim.elementwise and op.prim.spelling[:2] == ("call", "numpy") and len(op.args) == 1


_NEUTRAL = frozenset({prims.LIST, prims.TUPLE, prims.IS, prims.IS_NOT})
_SURE = frozenset({prims.ADD, prims.SUB, prims.MUL, prims.NEG, prims.POS, prims.TUPLE, prims.LT, prims.LE, prims.GT,
                   prims.GE, prims.EQ, prims.NE})


def _of_numbers(op: Op, kinds: dict[Value, Kind]) -> bool:
    found = [kinds[a] for a in op.args if isinstance(a, Value)]
    if all(isinstance(k, Number) for k in found):
        return True
    arrays = [k for k in found if isinstance(k, Array)]
    return op.prim is prims.TUPLE or len(arrays) + sum(isinstance(k, Number) for k in found) == len(found) and (
        len(arrays) == 1 or same_shape(arrays[0], arrays[1]) is True)
