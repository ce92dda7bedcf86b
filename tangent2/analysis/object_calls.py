"""Calls of methods: found on the class of their object, put in place or called; copies of objects."""
from __future__ import annotations

import functools
import types
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import FIELD, Expansion, Making, class_of, dunder, find, is_outside, read_class, refuse
from tangent2.analysis.inlining import inlined
from tangent2.core import prims
from tangent2.core.dims import canonical
from tangent2.core.kinds import Array, Class, Dict, FunctionKind, Kind, List, NoneKind, Number, Str, Tuple, Unknown
from tangent2.core.objectkinds import frozen
from tangent2.core.objects import MISSING, written_member
from tangent2.core.prims import Inherited, Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Call, Const, Op, Value
from tangent2.core.widening import bounded
from tangent2.python.lower_binding import bind, signature
from tangent2.python.lower_verbatim import method_template
from tangent2.rules.declare import by_name

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def _method(op: Op, facts: Facts) -> Expansion | None:
    """A call of a method that gives no new version of its object."""
    return _call_method(op, facts, op.out, None)


def _change(op: Op, facts: Facts) -> Expansion | None:
    """A call of a method that may change its object."""
    return _call_method(op, facts, op.outs[1], op.outs[0])


def _call_method(op: Op, facts: Facts, out: Value, new: Value | None) -> Expansion | None:
    base, name = op.args[0], op.static
    kind = facts.kind(base)
    cls = class_of(kind)
    if cls is None:
        return None
    results: tuple[Atom, ...] = (out,) if new is None else (base, out)
    if isinstance(name, Inherited) and isinstance(name.cls, types.FunctionType):     # the setter of a property
        return called(op, facts, name.cls, op.args, (), out, new)
    if name == "__class__":
        return Expansion((Op((out,), prims.MAKE, op.args[1:], op.kw, cls, op.origin),), results)
    special = _SPECIAL.get(str(name))
    if special is not None and (special is not _asdict or isinstance(kind, Tuple)):
        made = special(op, facts, kind, out)
        if made is not None:
            return Expansion(made, results)
    fields = dict(kind.items or ()) if isinstance(kind, Dict) else ()
    if name in fields and not isinstance(name, Inherited):
        return _call_field(op, facts, out, new)
    raw = find(facts, cls, name)
    if name == "__init__" and (raw is object.__init__ or raw is MISSING):
        return Expansion((), (base, Const(None)) if new is not None else (Const(None),))
    if raw is MISSING:
        refuse(op, f"objects of class `{cls.__name__}` have no method `{name}`", "define it in the class", f".{name}")
    if isinstance(raw, (property, functools.cached_property)):
        part = Value()
        stmts = (Op((part,), prims.ATTRIBUTE, (base,), (), name, op.origin),
                 Op((out,), prims.APPLY, (part, *op.args[1:]), op.kw, None, op.origin))
        return Expansion(stmts, results)
    if isinstance(raw, staticmethod) or isinstance(kind, Class) and not isinstance(raw, classmethod):
        return _with(called(op, facts, getattr(raw, "__func__", raw), op.args[1:], op.kw, out), results, out)
    if isinstance(raw, classmethod):
        own = read_class(cls, Value(), op)
        found = called(op, facts, raw.__func__, (own.out, *op.args[1:]), op.kw, out)
        return _with(Expansion((own, *found.stmts), found.results), results, out)
    return called(op, facts, raw, op.args, op.kw, out, new)


def _with(found: Expansion, results: tuple[Atom, ...], out: Value) -> Expansion:
    """An expansion of one result among others."""
    return Expansion(found.stmts, tuple([found.results[0] if r is out else r for r in results]))


def _call_field(op: Op, facts: Facts, out: Value, new: Value | None) -> Expansion:
    """`self.f(x)` where `f` is an attribute: a function, or an object that is called."""
    base, name = op.args[0], Const(str(op.static))
    part = Value()
    read = Op((part,), prims.GETITEM, (base, name), (), FIELD, op.origin)
    kind = dict(facts.kind(base).items)[op.static]  # type: ignore[attr-defined]
    if class_of(kind) is None or new is None or isinstance(kind, Class):
        call = Op((out,), prims.APPLY, (part, *op.args[1:]), op.kw, None, op.origin)
        return Expansion((read, call), (out,) if new is None else (base, out))
    changed = Value()
    call = Op((changed, out), prims.CHANGE, (part, *op.args[1:]), op.kw, "__call__", op.origin)
    put = Op((new,), prims.SETATTR, (base, changed), (), op.static, op.origin)
    return Expansion((read, call, put), (new, out))


def called(op: Op, facts: Facts, fn: Any, args: tuple[Atom, ...], kw: tuple[str, ...] = (), out: Value | None = None,
            new: Value | None = None) -> Expansion:
    """The call of a function of a class with arguments, the object first; `new`: what is to be its new version."""
    out = op.out if out is None else out
    target = facts.lookups.function_kind(fn)
    if not isinstance(target, FunctionKind):
        name = getattr(fn, "__qualname__", op.static)
        refuse(op, f"`{name}` is no function whose source is read", "write it as a plain method", str(op.static))
    making = Making(op.origin)
    count = len(args) - len(kw)
    atoms = tuple(bind(making, None, signature(fn), list(args[:count]), list(zip(kw, args[count:]))))  # type: ignore[arg-type]
    results: tuple[Atom, ...] = (out,) if new is None else (args[0], out)
    if isinstance(target.callee, Prim):
        return Expansion((*making.stmts, Op((out,), target.callee, args, kw, None, op.origin)), results)
    call = Call((out,), target.callee, atoms, op.origin)
    if new is None and op.prim is prims.METHOD and is_outside(facts, op.args[0]):
        if (kept := _kept(op, facts, call, out)) is not None:
            return kept
    for stmt in making.stmts:
        facts.run(stmt)
    if new is None or not _writes_first(facts, call):
        return Expansion((*making.stmts, call), results)
    found = inlined(call, new, facts, op)
    if found is None:
        found = _given_back(call, new, facts)
    return Expansion((*making.stmts, *found.stmts), found.results)


def _kept(op: Op, facts: Facts, call: Call, out: Value) -> Expansion | None:
    """A method that changes an object outside stays a call of it; None for one that only reads it, and is followed."""
    cls = class_of(facts.kind(op.args[0]))
    if not isinstance(facts.kind(op.args[0]), Dict):
        return None
    changes = _writes_first(facts, call)
    (facts.lookups.told if changes else facts.lookups.followed).add(cls)
    if cls in facts.lookups.told and cls in facts.lookups.followed:
        refuse(op, f"an object of class `{cls.__name__}` from outside is changed, and read by its methods",
               "make it an argument, or make it inside the function")
    if not changes:
        return None
    made = facts.defs[op.args[0]]  # type: ignore[index]
    if made.prim is not prims.READ:
        refuse(op, f"`{op.static}` changes an object outside", "make it an argument, or make it inside the function")
    own = replace(made, outs=(Value(),), static=replace(made.static, opaque=True), origin=op.origin)
    template = method_template(str(op.static), len(op.args) - len(op.kw) - 1, op.kw)
    kept = Op((out,), prims.VERBATIM, (own.out, *op.args[1:]), (), template, op.origin)
    return Expansion((own, kept), (out,))


def _writes_first(facts: Facts, call: Call) -> bool:
    kinds = canonical(tuple([frozen(bounded(facts.kind(a))) for a in call.args]))[0]
    return 0 in facts.done(call.callee, kinds).writes


def _given_back(call: Call, new: Value, facts: Facts) -> Expansion:
    """The call of a method that gives its object, as it is then, beside its result."""
    pair, now = Value(), Value(new.hint)
    final = facts.final(call.callee, (0,))
    stmts = (Call((pair,), final, call.args, call.origin),
             Op((call.out, now), prims.UNPACK, (pair,), (), (2, False, 0), call.origin),
             Op((new,), prims.BECOME, (call.args[0], now), (), None, call.origin))
    return Expansion(stmts, (new, call.out))


def _apply(op: Op, facts: Facts) -> Expansion | None:
    kind = facts.kind(op.args[0])
    if isinstance(op.static, prims.Spread):     # its arguments are given one by one first
        return None
    if isinstance(kind, Class):
        return Expansion((Op(op.outs, prims.MAKE, op.args[1:], op.kw, kind.cls, op.origin),), op.outs)
    tuples = isinstance(kind, Tuple) and kind.record is not None and written_member(kind.record.cls, "__call__")
    return dunder(op, "__call__", op.args, op.kw) if tuples or isinstance(kind, Dict) and kind.cls is not None else None


# --- copies of some sort ----------------------------------------------------------------------------------------------


def _replaced(op: Op, facts: Facts, kind: Kind, out: Value) -> tuple[Any, ...]:
    """`dataclasses.replace(obj, name=value)`: the class is called again."""
    cls, given = class_of(kind), dict(op.keywords)
    made = Making(op.origin)
    for name, each in getattr(cls, "__dataclass_fields__", {}).items():
        if each.init and name not in given and each._field_type.name == "_FIELD":
            given[name] = made.op(prims.GETITEM, op.args[0], Const(name), static=FIELD)
    return (*made.stmts, Op((out,), prims.MAKE, tuple(given.values()), tuple(given), cls, op.origin))


def _replaced_tuple(op: Op, facts: Facts, kind: Kind, out: Value) -> tuple[Any, ...] | None:
    if not isinstance(kind, Tuple) or kind.record is None:
        return None
    given, made = dict(op.keywords), Making(op.origin)
    parts = [given[name] if name in given else made.op(prims.GETITEM, op.args[0], Const(k), static=ONE_ITEM)
             for k, name in enumerate(kind.record.names)]
    return (*made.stmts, Op((out,), prims.TUPLE, tuple(parts), (), kind.record, op.origin))


def _asdict(op: Op, facts: Facts, kind: Kind, out: Value) -> tuple[Any, ...] | None:
    if not isinstance(kind, Tuple) or kind.record is None:
        return None
    made = Making(op.origin)
    parts = [made.op(prims.GETITEM, op.args[0], Const(k), static=ONE_ITEM) for k in range(len(kind.elts))]
    return (*made.stmts, Op((out,), prims.DICT, tuple(parts), (), kind.record.names, op.origin))


def copy_of(op: Op, kind: Kind) -> Expansion | None:
    """`copy.copy(x)` and `copy.deepcopy(x)` of what is no object."""
    if isinstance(kind, (Number, Str, NoneKind)) or isinstance(kind, Tuple) and op.static == "copy.copy":
        return Expansion((), (op.args[0],))
    if not isinstance(kind, (Array, List, Dict, Tuple)):
        return None
    whole = op.static == "copy.deepcopy" and not isinstance(kind, Array)
    if whole:
        _refuse_objects(op, kind)
    prim = by_name("deep_copy") if whole else prims.COPY
    return Expansion((Op(op.outs, prim, op.args, (), None, op.origin),), op.outs)


def _copied(op: Op, facts: Facts, kind: Kind, out: Value) -> tuple[Any, ...] | None:
    if isinstance(kind, Dict):
        made = Making(op.origin)
        names = [name for name, _ in kind.items or ()]
        parts = [made.op(prims.GETITEM, op.args[0], Const(name), static=FIELD) for name in names]
        if op.static == "copy.deepcopy":
            parts = _copied_together(made, parts)
        return (*made.stmts, Op((out,), prims.NEW, tuple(parts), (), made.record(kind.cls, names), op.origin))
    return None


def _copied_together(made: Making, parts: list[Value]) -> list[Value]:
    """Copies of values, in which what is one object stays one."""
    outs = tuple([Value() for _ in parts])
    if outs:
        whole = made.op(by_name("deep_copy"), made.op(prims.TUPLE, *parts))
        made.add(Op(outs, prims.UNPACK, (whole,), (), (len(outs), False, 0), made.origin))
    return list(outs)


def _as_plain(op: Op, facts: Facts, kind: Kind, out: Value) -> tuple[Any, ...] | None:
    """`dataclasses.asdict(obj)` and `astuple(obj)`: fields that are dataclasses likewise, others copied."""
    cls = class_of(kind)
    fields = getattr(cls, "__dataclass_fields__", {})
    names = [name for name, f in fields.items() if f._field_type.name == "_FIELD"]
    if not isinstance(kind, Dict) or not names or len(op.args) > 1:
        return None
    made = Making(op.origin)
    parts: list[Atom] = []
    for name in names:
        held = dict(kind.items or ())[name]
        part = made.op(prims.GETITEM, op.args[0], Const(name), static=FIELD)
        if class_of(held) is not None and isinstance(held, Dict):
            part = made.op(prims.METHOD, part, static=op.static)
        elif not isinstance(held, (Number, Str, NoneKind)):
            _refuse_objects(op, held)
            part = made.op(by_name("deep_copy"), part)
        parts.append(part)
    display, static = (prims.TUPLE, None) if op.static == "dataclasses.astuple" else (prims.DICT, tuple(names))
    return (*made.stmts, Op((out,), display, tuple(parts), (), static, op.origin))


def _refuse_objects(op: Op, kind: Kind) -> None:
    inner = list(kind.elts) if isinstance(kind, Tuple) else [kind.elt] if isinstance(kind, (List, Dict)) else []
    if isinstance(kind, Dict) and kind.items is not None:
        inner = [each for _, each in kind.items]
    if class_of(kind) is not None or isinstance(kind, Unknown):
        refuse(op, f"`{str(op.static)}` of an object that holds others in a list, tuple or dict is not followed",
               "write out the dict or the tuple", str(op.static))
    for each in inner:
        _refuse_objects(op, each)


_SPECIAL: dict[str, Any] = {"dataclasses.replace": _replaced, "_replace": _replaced_tuple, "_asdict": _asdict,
                            "copy.copy": _copied, "copy.deepcopy": _copied,
                            "dataclasses.asdict": _as_plain, "dataclasses.astuple": _as_plain}


RULES: dict[Any, Any] = {prims.METHOD: _method, prims.CHANGE: _change, prims.APPLY: _apply}
