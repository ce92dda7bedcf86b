"""What an operation that was lowered before kinds were known really is: a primitive, a call, or a literal."""
from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from tangent2.analysis.binding import bind_python
from tangent2.analysis.completing import completed, of_method
from tangent2.analysis.container_methods import method_kind
from tangent2.analysis.instances import UNTOLD, is_instance, sample_of
from tangent2.analysis.named import RESULTS, place_of
from tangent2.analysis.returning import surely_returns
from tangent2.analysis.own_classes import ask_class
from tangent2.core import prims
from tangent2.core.dims import canonical
from tangent2.core.kinding import kind_of_captured
from tangent2.core.objects import home_of
from tangent2.core.kinds import (
    BOOL, BOTTOM, ERROR, NONE, OBJECT, UNKNOWN, Array, Bottom, Class, Closures, Dict, FunctionKind, Kind, List,
    NoneKind, Number, Str, Tuple, Unknown,
)
from tangent2.core.objectkinds import are_mixed, frozen, thawed
from tangent2.core.prims import BOUND, Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Call, Callee, Const, Function, Knot, Op, Value
from tangent2.core.widening import bounded
from tangent2.errors import UnsupportedError
from tangent2.runtime.attempts import iterable

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

Concrete = Union[Op, Call, Const, Kind]
"""The operation or literal it is; or, where it stays as it is, the kind of its result."""


def concrete(op: Op, facts: Facts) -> Concrete:
    """What an operation is under the kinds of its operands: for primitives named in `CONCRETE`."""
    return _TABLE[op.prim.name](op, facts)


# --------------------------------------------------------------------------------------------- attributes and methods


def _attribute(op: Op, facts: Facts) -> Concrete:
    base = facts.kind(op.args[0])
    if isinstance(base, Bottom):
        return BOTTOM
    at = place_of(op.static, op.args[0], base, facts.defs)
    if at is not None:
        return Op(op.outs, prims.GETITEM, (op.args[0], Const(at)), (), ONE_ITEM, op.origin)
    if op.static == "flat" and isinstance(base, Array):
        return Op(op.outs, facts.lookups.prim(np.ravel), op.args, (), None, op.origin)
    prim = facts.lookups.attribute(op.static) if isinstance(base, (Array, Number, Unknown)) else None
    if prim is None:
        return UNKNOWN
    found = Op(op.outs, prim, op.args, (), None, op.origin)
    return _TABLE[prim.name](found, facts) if prim.name in _TABLE else found


def _method(op: Op, facts: Facts) -> Concrete:
    base = facts.kind(op.args[0])
    if isinstance(base, Bottom):
        return BOTTOM
    if op.static == "view" and len(op.args) == 1 and isinstance(base, Array):
        return Op(op.outs, prims.GETITEM, (op.args[0], Const(...)), (), ONE_ITEM, op.origin)
    if isinstance(base, (Array, Number, Unknown)) or op.static == "copy" and isinstance(base, (List, Dict)):
        prim = facts.lookups.method(op.static)
        ordered = _ORDERED.get(prim.name) if prim is not None and _is_ordered(op) else None
        if prim is not None:
            prim = prim if ordered is None else facts.lookups.prim(ordered)
            return Op(op.outs, prim, op.args, op.kw, None, op.origin)
        if isinstance(base, Array) and (call := of_method(op, facts.lookups)) is not None:
            return call
    return method_kind(base, op, facts.kind)


_ORDERED = {"copy": np.copy, ".reshape": np.reshape}    # what methods are that are told an order


def _is_ordered(op: Op) -> bool:
    """Whether `x.copy(order)` or `x.reshape(shape, order=order)` is told in which order to store or read elements."""
    return "order" in op.kw and len(op.positional) <= 2 or op.static == "copy" and len(op.args) == 2


# ------------------------------------------------------------------------------------------------------ function values


def _read(op: Op, facts: Facts) -> Concrete:
    if op.static.opaque:
        return OBJECT
    return thawed(kind_of_captured(op.static, facts.lookups.function_kind))


def _closure(op: Op, facts: Facts) -> Concrete:
    static = op.static.core() if isinstance(op.static, Knot) else op.static
    if isinstance(static, Function):
        if facts.lookups.closure is None:
            return UNKNOWN
        static = facts.lookups.closure(static)
    return FunctionKind(static, tuple([facts.kind(a) for a in op.args]))


def _derive(op: Op, facts: Facts) -> Concrete:
    """A transform of a function that is known is a function that captures the same."""
    target = facts.kind(op.args[0])
    if isinstance(target, Bottom):
        return BOTTOM
    if not isinstance(target, FunctionKind) or facts.lookups.derive is None:
        return UNKNOWN
    return FunctionKind(facts.lookups.derive(op.static, target.callee, len(target.captured)), target.captured)


def _apply(op: Op, facts: Facts) -> Concrete:
    target = facts.kind(op.args[0])
    if isinstance(target, Bottom):
        return BOTTOM
    if not isinstance(target, FunctionKind) or is_part(op.args[0], facts):
        return UNKNOWN
    if isinstance(target.callee, Prim):
        return Op(op.outs, target.callee, op.args[1:], op.kw, None, op.origin)
    captured = captured_atoms(op.args[0], target, facts.defs)
    args = op.args[1:] if op.static == BOUND else bound_arguments(op, target.callee, len(target.captured))
    if captured is None or args is None:
        return UNKNOWN
    return Call((op.out,), target.callee, captured + args, op.origin)


def _caught(op: Op, facts: Facts) -> Concrete:
    """An attempt, before it is resolved: the exception, if any, and the result of the call."""
    call = attempted(op, facts)
    error = UNKNOWN if op.static.carries else ERROR
    if call is None:
        return Tuple((error, UNKNOWN))
    result = facts.call_kind(call)
    kinds = canonical(tuple([frozen(bounded(facts.kind(a))) for a in call.args]))[0]
    safe = surely_returns(call.callee.core(kinds), op.static)
    return Tuple((NONE if safe else error, result))


def attempted(op: Op, facts: Facts) -> Call | None:
    """The call that is attempted: of a function defined on the spot, with what it captured."""
    closure = op.args[0]
    target = facts.kind(closure)
    if op.static.what is not None or not isinstance(target, FunctionKind) or isinstance(target.callee, Prim):
        return None
    captured = captured_atoms(closure, target, facts.defs)
    return None if captured is None else Call((op.out,), target.callee, captured, op.origin)


def is_part(atom: Atom, facts: Facts) -> bool:
    """Whether a function is taken from a list or dict made here: a call that it was given to may have changed that."""
    made = facts.defs.get(atom) if isinstance(atom, Value) else None
    if made is None or made.prim is not prims.GETITEM:
        return False
    base = facts.defs.get(made.args[0]) if isinstance(made.args[0], Value) else None
    return base is not None and base.prim in (prims.LIST, prims.DICT)


def captured_atoms(atom: Atom, target: FunctionKind, defs: dict[Value, Op]) -> tuple[Atom, ...] | None:
    """What a function value captured, where it was made in sight; None if that is not known."""
    if not target.captured:
        return ()
    made = defs.get(atom) if isinstance(atom, Value) else None
    if made is not None and made.prim is prims.DERIVE:
        return captured_atoms(made.args[0], target, defs)
    return made.args if made is not None and made.prim is prims.CLOSURE else None


def bound_arguments(op: Op, callee: Callee, captured: int) -> tuple[Atom, ...] | None:
    """The arguments of a call in the order of the callee's parameters, defaults filled in; None if they do not bind."""
    given = op.positional[1:]
    if isinstance(callee.key, Function):
        named = dict(op.keywords)
        late = callee.key.late
        names = [*[p.hint or "" for p in callee.key.params[:len(callee.key.params) - len(late)]], *late]
        rest = [named.pop(name, None) for name in names[captured + len(given):]]
        found = tuple([a for a in rest if a is not None])
        fits = not named and len(found) == len(rest) and captured + len(given + found) == len(callee.key.params)
        return given + found if fits else None
    if callee.python is None:
        return None if op.kw else given
    return bind_python(callee.python, given, dict(op.keywords))


# ------------------------------------------------------------------------------------------- questions kinds can answer


def _isinstance(op: Op, facts: Facts) -> Concrete:
    classes = classes_named(op.args[1], facts) if len(op.args) == 2 else None
    base = facts.kind(op.args[0])
    if any(home_of(cls) is not None for cls in _flat(classes)):
        ask_class(op, facts, base)
    if isinstance(base, Tuple) and are_mixed(base.elts) and is_instance(Tuple(), classes) is not is_instance(
            List(BOTTOM), classes):
        raise UnsupportedError("whether objects of several classes stand in a list or in a tuple is not followed",
                               origin=op.origin, construct="isinstance", advice="ask for the class of an element")
    if facts.lookups.hindsight.rows and isinstance(base, List) and isinstance(base.elt, Dict) and is_instance(
            Tuple(), classes) is not is_instance(List(BOTTOM), classes):
        raise UnsupportedError("whether objects stand in a list or in a tuple is not followed where these are changed",
                               origin=op.origin, construct="isinstance", advice="ask for the class of an element")
    found = is_instance(base, classes)
    if found and isinstance(base, (FunctionKind, Closures)) and not is_instance(NONE, classes) \
            and may_be_none(op.args[0], facts):
        return _is_there(op)
    if found is None or may_be_none(op.args[0], facts) and found is not is_instance(NONE, classes):
        return BOOL
    return Const(found)


def _flat(classes: Any) -> list[type]:
    """The classes of the second argument of `isinstance`."""
    if isinstance(classes, tuple):
        return [cls for each in classes for cls in _flat(each)]
    return [classes] if isinstance(classes, type) else []


def _contains(op: Op, facts: Facts) -> Concrete:
    """Whether a dict of which all keys are known has one."""
    key, base = op.args[0], facts.kind(op.args[1])
    if isinstance(base, Bottom):
        return BOTTOM
    if not isinstance(base, Dict) or base.cls is not None or base.items is None or base.optional \
            or not isinstance(key, Const):
        return BOOL
    return Const((key.value in dict(base.items)) is (op.prim is prims.IN))


def _hasattr(op: Op, facts: Facts) -> Concrete:
    """Whether numbers, arrays and containers have an attribute of a name."""
    sample = sample_of(facts.kind(op.args[0]))
    if sample is UNTOLD:
        return BOOL
    found = hasattr(sample, op.static)
    return BOOL if may_be_none(op.args[0], facts) and found is not hasattr(None, op.static) else Const(found)


def classes_named(atom: Atom, facts: Facts) -> Any:
    """The class, or the tuple of classes, that `isinstance` is given; None if that is not known."""
    if isinstance(kind := facts.kind(atom), Class):
        return kind.cls
    op = facts.defs.get(atom) if isinstance(atom, Value) else None
    if op is None:
        return None
    if op.prim is prims.READ:
        try:
            return op.static.read()
        except Exception:
            return None
    if op.prim is prims.TUPLE:
        parts = tuple([classes_named(a, facts) for a in op.args])
        return None if None in parts else parts
    return None


def may_be_none(atom: Atom, facts: Facts) -> bool:
    """Whether a value may be None although its kind is another: `None` joins with any kind to that kind."""
    if isinstance(atom, Const):
        return atom.value is None
    kind = facts.kind(atom)
    if isinstance(kind, Dict) and kind.cls is not None:
        return kind.optional
    return atom not in facts.sure


def _len(op: Op, facts: Facts) -> Concrete:
    base = facts.kind(op.args[0]) if op.args else UNKNOWN
    if isinstance(base, Tuple) and not op.kw:
        return Const(len(base.elts))
    return op


def _iterable(op: Op, facts: Facts) -> Concrete:
    """Whether a loop can run over a list is not asked of it, whatever it holds."""
    return Const(None) if isinstance(facts.kind(op.args[0]), List) and op.prim.obj is iterable else op


def _ndim(op: Op, facts: Facts) -> Concrete:
    base = facts.kind(op.args[0])
    if isinstance(base, Number):
        return Const(0)
    return Const(base.rank) if isinstance(base, Array) and base.rank is not None else op


def _identity(op: Op, facts: Facts) -> Concrete:
    """`x is None` and `x is not None`."""
    a, b = op.args
    ask_class(op, facts, *[kind for kind in map(facts.kind, op.args) if isinstance(kind, Class)])
    if isinstance(a, Const) and not isinstance(b, Const):
        a, b = b, a
    if not (isinstance(b, Const) and b.value is None):
        return BOOL
    kind = facts.kind(a)
    if isinstance(kind, NoneKind):
        return Const(op.prim is prims.IS)
    opaque = isinstance(kind, (Unknown, Bottom))
    return BOOL if opaque or may_be_none(a, facts) else Const(op.prim is prims.IS_NOT)


def _getattr(op: Op, facts: Facts) -> Concrete:
    """`getattr(x, "name", default)`, where it is known whether there is such a name."""
    kind = facts.kind(op.args[0])
    if isinstance(kind, Array) and kind.is_array and hasattr(np.ndarray, op.static):
        return _attribute(Op(op.outs, prims.ATTRIBUTE, op.args[:1], (), op.static, op.origin), facts)
    return UNKNOWN


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}
_DECIDED = (int, bool, str, type(None))


def _comparison(op: Op, facts: Facts) -> Concrete:
    a, b = facts.const(op.args[0]), facts.const(op.args[1])
    if a is not None and b is not None and type(a.value) in _DECIDED and type(b.value) in _DECIDED:
        try:
            return Const(_OPERATORS[op.prim.name](a.value, b.value))
        except TypeError:
            return op
    return op


def _is_there(op: Op) -> Op:
    return Op(op.outs, prims.IS_NOT, (op.args[0], Const(None)), (), None, op.origin)


def _callable(op: Op, facts: Facts) -> Concrete:
    kind = facts.kind(op.args[0])
    if isinstance(kind, (FunctionKind, Closures)) and may_be_none(op.args[0], facts):
        return _is_there(op)
    known = isinstance(kind, (FunctionKind, Closures, Number, Array, List, Tuple, Str, NoneKind))
    return Const(isinstance(kind, (FunctionKind, Closures))) if known else op


def _gradient(op: Op, facts: Facts) -> Concrete:
    return completed(op, facts.kind, facts.lookups) or op


def _not(op: Op, facts: Facts) -> Concrete:
    known = facts.const(op.args[0])
    return op if known is None else Const(not known.value)


def _truth(op: Op, facts: Facts) -> Concrete:
    known = facts.const(op.args[0])
    return op if known is None else Const(bool(known.value))


_TABLE: dict[str, Callable[[Op, Any], Concrete]] = {
    prims.ATTRIBUTE.name: _attribute, prims.METHOD.name: _method, prims.READ.name: _read, prims.CLOSURE.name: _closure,
    prims.DERIVE.name: _derive, prims.HASATTR.name: _hasattr, prims.GETATTR.name: _getattr,
    prims.APPLY.name: _apply, prims.CAUGHT.name: _caught, "isinstance": _isinstance, "len": _len, "np.ndim": _ndim,
    "iterable": _iterable,
    ".ndim": _ndim, prims.IS.name: _identity, prims.IS_NOT.name: _identity, prims.NOT.name: _not,
    prims.TRUTH.name: _truth, "bool": _truth,
    prims.IN.name: _contains, prims.NOT_IN.name: _contains,
    "callable": _callable, "np.gradient": _gradient, **dict.fromkeys(_OPERATORS, _comparison),
}
CONCRETE = frozenset(_TABLE)
REMEMBERED = RESULTS.keys() | {"tuple", "list", "dict", "getitem", "range", "enumerate", "zip", "reversed", "sorted",
                               "of_class", "as_class"}
