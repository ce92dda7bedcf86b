"""Attributes of objects: read, written, asked for by name; what a class holds for all of its objects."""
from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import (
    FIELD, Expansion, Making, bound_key, class_of, find, is_outside, read_class, read_member, refuse,
)
from tangent2.analysis.object_calls import called
from tangent2.core import prims
from tangent2.core.kinds import Array, Class, Dict, FunctionKind, Tuple
from tangent2.core.objects import MISSING, PLAIN, is_frozen, is_user_class
from tangent2.core.prims import Inherited
from tangent2.core.syntax import ONE_ITEM, Atom, Callee, Const, Op, Value
from tangent2.rules.declare import by_name

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def _attribute(op: Op, facts: Facts) -> Expansion | None:
    base, name = op.args[0], op.static
    kind = facts.kind(base)
    cls = class_of(kind)
    if cls is None:
        return None
    if name == "__class__":
        return Expansion((read_class(cls, op.out, op),), op.outs)
    if isinstance(kind, Class):
        return _of_class(op, facts, cls, cls.__name__ if name == "__name__" else facts.lookups.member(cls, name))
    _refuse_insides(op)
    raw = find(facts, cls, name)
    _refuse_descriptor(op, raw)
    if isinstance(raw, property):
        return called(op, facts, raw.fget, (base,))
    names = dict(kind.items or ()) if isinstance(kind, Dict) else cls._fields
    if name in names and not isinstance(name, Inherited):
        if isinstance(kind, Tuple):
            return None
        if name in getattr(kind, "partial", ()) and raw is not MISSING:
            refuse(op, f"whether `{name}` is the object's own or that of its class depends on the path taken",
                   "give it a value in `__init__`", f".{name}")
        if is_outside(facts, base):
            facts.lookups.followed.add(cls)
        return Expansion((Op(op.outs, prims.GETITEM, (base, Const(name)), (), FIELD, op.origin),), op.outs)
    if isinstance(raw, functools.cached_property):
        facts.lookups.cached.add(cls)
        _refuse_cached(op, facts, cls)
        return called(op, facts, raw.func, (base,))
    if raw is MISSING:
        refuse(op, f"objects of class `{cls.__name__}` have no attribute `{name}` here",
               "give it a value in `__init__`", f".{name}")
    return _of_class(op, facts, cls, raw, base)


def _of_class(op: Op, facts: Facts, cls: Any, raw: Any, base: Atom | None = None) -> Expansion:
    """An attribute that a class holds: a constant, or a method that is handed on."""
    if raw is MISSING:
        refuse(op, f"class `{cls.__name__}` has no attribute `{op.static}`", "define it in the class", f".{op.static}")
    if type(raw) in PLAIN:
        return Expansion((), (Const(raw),))
    fn = getattr(raw, "__func__", raw)
    target = facts.lookups.function_kind(fn) if callable(fn) else None
    if isinstance(target, FunctionKind) and isinstance(target.callee, Callee):
        if isinstance(raw, staticmethod) or base is None and not isinstance(raw, classmethod):
            return Expansion((read_member(cls, op.static, op.out, op),), op.outs)
        made = Making(op.origin)
        own = made.add(read_class(cls, Value(), op)) if isinstance(raw, classmethod) else base
        callee = target.callee
        bound = facts.lookups.callee(bound_key(callee.key), callee.name, callee.core)
        return Expansion((*made.stmts, Op(op.outs, prims.CLOSURE, (own,), (), bound, op.origin)), op.outs)  # type: ignore[arg-type]
    return Expansion((read_member(cls, op.static, op.out, op),), op.outs)


def _hasattr(op: Op, facts: Facts) -> Expansion:
    return Expansion((_asked(op),), (Const(_has(op, facts)),))


def _asked(op: Op) -> Op:
    return Op((), prims.ASKED, op.args[:1], (), None, op.origin)


def _has(op: Op, facts: Facts) -> bool:
    kind = facts.kind(op.args[0])
    own = op.static in dict(kind.items or ()) if isinstance(kind, Dict) else False
    if op.static in getattr(kind, "partial", ()):
        refuse(op, f"whether an object has the attribute `{op.static}` depends on the path taken",
               "give it a value, such as None, in `__init__`")
    return own or find(facts, class_of(kind), op.static) is not MISSING or hasattr(object, op.static)


def _getattr(op: Op, facts: Facts) -> Expansion:
    """`getattr(obj, "name", default)`."""
    if not _has(op, facts):
        return Expansion((_asked(op),), (op.args[1],))
    return Expansion((Op(op.outs, prims.ATTRIBUTE, op.args[:1], (), op.static, op.origin),), op.outs)


def _setattr(op: Op, facts: Facts) -> Expansion | None:
    base, value = op.args
    kind = facts.kind(base)
    if isinstance(kind, Array):
        return _set_of_array(op, facts)
    if not isinstance(kind, Dict) or kind.cls is None:
        return None
    _refuse_insides(op)
    if any(_is_same_read(facts, op, value)):        # what was read there, and not changed since
        return Expansion((), (base,))
    raw = find(facts, kind.cls, op.static)
    _refuse_descriptor(op, raw)
    if isinstance(raw, property):
        if raw.fset is None:
            refuse(op, f"`{op.static}` of class `{kind.cls.__name__}` is a property without a setter",
                   "assign to what it is computed from", f".{op.static}")
        made = Op((op.out, Value()), prims.CHANGE, op.args, (), Inherited.of(op.static, raw.fset, True), op.origin)
        return Expansion((made,), op.outs)
    inside = op.origin is not None and op.origin.function in ("__init__", "__post_init__")
    if not inside:
        facts.lookups.changed.add(kind.cls)
        _refuse_cached(op, facts, kind.cls)
    if is_frozen(kind.cls) and op.origin is not None and not inside:
        refuse(op, f"an object of the frozen class `{kind.cls.__name__}` is written to",
               "make a new one: `dataclasses.replace(obj, name=value)`", f".{op.static}")
    return Expansion((Op(op.outs, prims.SETITEM, (base, Const(str(op.static)), value), (), FIELD, op.origin),), op.outs)


def _refuse_insides(op: Op) -> None:
    """The attributes and the class of an object are changed by their names only."""
    if op.static == "__dict__" or op.prim is prims.SETATTR and op.static == "__class__":
        refuse(op, f"`{op.static}` of an object is not followed", "read and write its attributes by their names: "
               "`obj.name`, `getattr(obj, 'name')`, `setattr(obj, 'name', value)`", f".{op.static}")


def _refuse_cached(op: Op, facts: Facts, cls: Any) -> None:
    """A cached property keeps what it was computed from; here it is computed again each time."""
    if cls in facts.lookups.cached & facts.lookups.changed:
        refuse(op, f"objects of class `{cls.__name__}` have a cached property, and their attributes change",
               "make it a plain property, or do not change the object", f".{op.static}")


def _refuse_descriptor(op: Op, raw: Any) -> None:
    if is_user_class(type(raw)) and (hasattr(raw, "__get__") or hasattr(raw, "__set__")):
        refuse(op, f"`{op.static}` is a descriptor of class `{type(raw).__name__}`, which is not followed",
               "make it a property", f".{op.static}")


def _set_of_array(op: Op, facts: Facts) -> Expansion:
    """`x.flat = v` writes the elements of `v` in their order, again and again."""
    base, value = op.args
    if op.static != "flat":
        refuse(op, "assignment to an attribute of an array is not supported", _INSTEAD.get(
            op.static, "write to its elements"), "attribute assignment")
    made = Making(op.origin)
    if isinstance(facts.kind(value), Array):
        count = made.op(by_name("np.size"), value)
        turns = made.op(prims.MOD, made.op(by_name("np.arange"), made.op(by_name("np.size"), base)), count)
        again = made.op(prims.GETITEM, made.op(by_name("np.ravel"), value), turns, static=ONE_ITEM)
        value = made.op(by_name("np.reshape"), again, made.op(by_name("np.shape"), base))
    write = Op(op.outs, prims.SETITEM, (base, Const(...), value), (), ONE_ITEM, op.origin)
    return Expansion((*made.stmts, write), op.outs)


_INSTEAD = {"shape": "write `x = x.reshape(...)`", "base": "write to the array itself, by its own name"}


def _is_same_read(facts: Facts, op: Op, value: Atom) -> Iterator[bool]:
    made = facts.defs.get(value) if isinstance(value, Value) else None
    yield made is not None and made.prim is prims.GETITEM and made.static is FIELD and made.args[0] is op.args[0] \
        and made.args[1] == Const(str(op.static))


RULES: dict[Any, Any] = {
    prims.ATTRIBUTE: _attribute, prims.HASATTR: _hasattr, prims.GETATTR: _getattr, prims.SETATTR: _setattr}
