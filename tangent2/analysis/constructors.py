"""Calls of classes: a new object and its `__init__`; of dataclasses and named tuples, what Python writes for them."""
from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import Expansion, Making
from tangent2.core import prims
from tangent2.core.kinds import FunctionKind, Record
from tangent2.core.objects import is_named_tuple, is_user_class, member, redefined_of_tuples, variables_of
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Call, Callee, Const, Op, Value
from tangent2.errors import UnsupportedError
from tangent2.python.lower_binding import Default, Signature, bind
from tangent2.python.lower_outside import constant_default

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def constructed(op: Op, facts: Facts) -> Expansion:
    """The statements that the call of a class is."""
    cls = op.static
    if is_named_tuple(cls):
        return _named_tuple(op, cls)
    if _is_own(cls, "__new__") or _is_own(type(cls), "__call__"):
        raise UnsupportedError(f"class `{cls.__name__}` makes its objects itself (`__new__`)", origin=op.origin,
                               construct="`__new__`", advice="do this in `__init__`, or outside")
    for name in ("__init__", "__new__", "__post_init__"):
        facts.lookups.member(cls, name)
    op, kept = _without_variables(op, cls)
    if _is_generated(cls):
        return _dataclass(op, facts, cls, kept)
    made = Making(op.origin)
    record = made.record(cls, kept)
    new = made.op(prims.NEW, *[kept[n] for n in record.names], static=record, hint=op.out.hint)
    done = Op((op.out, Value()), prims.CHANGE, (new, *op.args), op.kw, "__init__", op.origin)
    return Expansion((*made.stmts, done), op.outs)


def _without_variables(op: Op, cls: Any) -> tuple[Op, dict[str, Atom]]:
    """The call of a class as it was written, and the variables around a class that its object keeps."""
    names = variables_of(cls)
    if not names:
        return op, {}
    given = dict(op.keywords)
    if not given.keys() >= set(names):
        raise UnsupportedError(f"class `{cls.__name__}` reads variables of the function around it, and is called by "
                               "another name", origin=op.origin, construct="class inside a function",
                               advice="call it by its own name, or give its methods what they read as arguments")
    rest = {name: atom for name, atom in op.keywords if name not in names}
    return replace(op, args=(*op.positional, *rest.values()), kw=tuple(rest)), {n: given[n] for n in names}


def _is_own(cls: type, name: str) -> bool:
    """Whether a class of the user's defines a method."""
    return any(name in vars(base) for base in cls.__mro__ if is_user_class(base) or isinstance(base, _Meta))


class _Meta(type):
    pass


def _bound(op: Op, made: Making, signature: Signature) -> list[Atom]:
    count = len(op.args) - len(op.kw)
    return bind(made, None, signature, list(op.args[:count]), list(op.keywords))        # type: ignore[arg-type]


def _named_tuple(op: Op, cls: Any) -> Expansion:
    if not cls.__new__.__module__.startswith("namedtuple_"):
        raise UnsupportedError(f"class `{cls.__name__}` makes its tuples itself (`__new__`)", origin=op.origin,
                               construct="`__new__`", advice="make them by a function")
    if (name := redefined_of_tuples(cls)) is not None:
        raise UnsupportedError(f"class `{cls.__name__}` of tuples with names has a `{name}` of its own",
                               origin=op.origin, construct=f"`{name}`",
                               advice="make it a dataclass, or give the method another name")
    made = Making(op.origin)
    defaults: dict[str, Default] = {name: _constant(cls, name, value) for name, value in cls._field_defaults.items()}
    atoms = _bound(op, made, Signature(cls.__name__, cls._fields, defaults=defaults))
    out = Op(op.outs, prims.TUPLE, tuple(atoms), (), Record(cls, cls._fields), op.origin)
    return Expansion((*made.stmts, out), op.outs)


def _constant(cls: Any, name: str, value: Any) -> Default:
    return lambda L: constant_default(L, cls, name, value)


def _is_generated(cls: Any) -> bool:
    """Whether the `__init__` of a class is the one that `dataclass` writes."""
    init = member(cls, "__init__")
    code = getattr(init, "__code__", None)
    return dataclasses.is_dataclass(cls) and code is not None and code.co_filename == "<string>"


def _dataclass(op: Op, facts: Facts, cls: Any, kept: dict[str, Atom]) -> Expansion:
    """The fields in a row, and `__post_init__`; `kept`: what else its objects keep."""
    made = Making(op.origin)
    fields = [f for f in cls.__dataclass_fields__.values() if f._field_type.name != "_FIELD_CLASSVAR"]
    given = [f for f in fields if f.init]
    first, named = [f for f in given if not f.kw_only], [f for f in given if f.kw_only]
    defaults = {f.name: _default(facts, cls, f) for f in fields if _has_default(f)}
    shape = Signature(cls.__name__, tuple([f.name for f in first]), keyword=tuple([f.name for f in named]),
                      defaults={f.name: defaults[f.name] for f in given if f.name in defaults})
    found = dict(zip([f.name for f in (*first, *named)], _bound(op, made, shape)))
    for f in fields:
        if not f.init and f.name in defaults:
            found[f.name] = defaults[f.name](made)      # type: ignore[arg-type]
    extra = [found.pop(f.name) for f in fields if f._field_type.name == "_FIELD_INITVAR"]
    found.update(kept)
    record = made.record(cls, found)
    if member(cls, "__post_init__") is None or not hasattr(cls, "__post_init__"):
        made.add(Op(op.outs, prims.NEW, tuple([found[n] for n in record.names]), (), record, op.origin))
        return Expansion(tuple(made.stmts), op.outs)
    new = made.op(prims.NEW, *[found[n] for n in record.names], static=record, hint=op.out.hint)
    done = Op((op.out, Value()), prims.CHANGE, (new, *extra), (), "__post_init__", op.origin)
    return Expansion((*made.stmts, done), op.outs)


def _has_default(f: Any) -> bool:
    return f.default is not dataclasses.MISSING or f.default_factory is not dataclasses.MISSING


def _default(facts: Facts, cls: Any, f: Any) -> Default:
    """The default of a field, made anew by its factory if it has one."""
    if f.default is not dataclasses.MISSING:
        return _constant(cls, f.name, f.default)

    def make(L: Any) -> Atom:
        factory = f.default_factory
        if factory in (list, dict):
            return L.op(prims.LIST) if factory is list else L.op(prims.DICT, static=())
        if is_user_class(factory):
            return L.op(prims.MAKE, static=factory)
        target = facts.lookups.function_kind(factory)
        if isinstance(target, FunctionKind) and isinstance(target.callee, Callee):
            out = Value(f.name)
            L.stmts.append(Call((out,), target.callee, (), L.origin))
            return out
        if isinstance(target, FunctionKind) and isinstance(target.callee, Prim):
            return L.op(target.callee)
        L.refuse(None, f"the factory of the field `{f.name}` is not followed", "use a function or a lambda", "field")
        return Const(None)
    return make
