"""Operators, subscripts and built-in functions of objects: calls of the methods that Python looks up for them."""
from __future__ import annotations

import types
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import FIELD, Expansion, Making, class_of, dunder, read_class, refuse
from tangent2.analysis.late import items_of
from tangent2.analysis.lost import refuse_run_over
from tangent2.analysis.own_classes import ask_class
from tangent2.analysis.special_names import BINARY, COMPARED, UNARY, reflected
from tangent2.analysis.truth import truth
from tangent2.core import prims
from tangent2.core.kinds import (
    NOT_IMPLEMENTED, Array, Class, Dict, Iterator, Kind, List, Number, Tuple, Unknown, variants,
)
from tangent2.core.objectkinds import are_mixed
from tangent2.core.objects import MISSING, has_methods, member, written_member
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Const, For, Op, SliceSpec, Value
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts



def _operand_class(facts: Facts, atom: Atom) -> Any:
    """The class of an object, or of a tuple with names that has methods."""
    kind = facts.kind(atom)
    if isinstance(kind, Class) or isinstance(kind, Tuple) and not (
            kind.record is not None and has_methods(kind.record.cls)):
        return None
    return class_of(kind)


def _has(facts: Facts, cls: Any, name: str) -> bool:
    """Whether a class has a method that the user wrote."""
    return cls is not None and written_member(cls, name, facts.lookups.member) is not None


def _are_tuples(op: Op, facts: Facts) -> bool:
    """Whether no operand is an object: tuples with names do what all tuples do, where their class says nothing."""
    return not any(isinstance(facts.kind(a), Dict) and class_of(facts.kind(a)) is not None for a in op.args)


def _binary(op: Op, facts: Facts, prim: Prim | None = None, out: Value | None = None) -> Expansion | None:
    """`a + b` where one is an object."""
    a, b = op.args
    name = BINARY[prim or op.prim]
    mine, other = _operand_class(facts, a), _operand_class(facts, b)
    if mine is None and other is None:
        return None
    turned = reflected(name)
    first, last = _has(facts, mine, name), _has(facts, other, turned)
    if first and last and mine is not other and issubclass(other, mine) and member(mine, turned) is not member(
            other, turned):
        first = False
    if first:
        return dunder(op, name, (a, b))
    if last and mine is not other and _is_asked(facts.kind(a), other):
        return dunder(op, turned, (b, a))
    if not last and _are_tuples(op, facts):
        return None
    sign = (prim or op.prim).spelling[1]
    who = mine if mine is not None else other
    refuse(op, f"`{sign}` between these operands is not defined by class `{who.__name__}` in a way that is followed",
           f"define `{name}` in the class of the left operand, or call a method")


def refuse_unanswered(op: Op, facts: Facts) -> None:
    """An operator whose method gives `NotImplemented`: which one Python asks then is not followed."""
    asked = op.prim in BINARY or op.prim in COMPARED or op.prim in (prims.INPLACE, prims.INPLACE_PART)
    if asked and facts.kinds.get(op.outs[0]) == NOT_IMPLEMENTED:
        sign = (op.static if op.prim in (prims.INPLACE, prims.INPLACE_PART) else op.prim).spelling[1]
        refuse(op, f"the method for `{sign}` gives `NotImplemented` for these operands, and what Python asks then is "
               "not followed", "call a method by its name")


def _is_asked(left: Kind, cls: Any) -> bool:
    """Whether an object on the right is asked: not by arrays; by NumPy's scalars, unless it is a sequence."""
    if isinstance(left, (Array, Unknown)) or isinstance(left, Number) and not left.weak and _is_sequence(cls):
        return _defers(cls)
    return True


def _is_sequence(cls: Any) -> bool:
    """Whether NumPy makes arrays of the objects of a class."""
    return hasattr(cls, "__len__") and hasattr(cls, "__getitem__") or any(
        getattr(cls, name, None) is not None for name in _OF_ARRAYS)


_OF_ARRAYS = ("__array__", "__array_ufunc__", "__array_interface__", "__array_struct__")


def _defers(cls: Any) -> bool:
    """Whether NumPy leaves an operator to the objects of a class."""
    return getattr(cls, "__array_ufunc__", 0) is None or getattr(cls, "__array_priority__", 0) > 0


def _inplace(op: Op, facts: Facts) -> Expansion | None:
    """`a += b` of an object."""
    cls = _operand_class(facts, op.args[0])
    if cls is not None:
        name = "__i" + BINARY[op.static][2:]
        if _has(facts, cls, name):
            new, out = Value(), Value(op.out.hint, op.out.user)
            return Expansion((Op((new, out), prims.CHANGE, op.args, (), name, op.origin),), (out,))
    return _binary(op, facts, op.static)


def _unary(op: Op, facts: Facts) -> Expansion | None:
    cls = _operand_class(facts, op.args[0])
    return None if cls is None else dunder(op, UNARY[op.prim], op.args)


def _compared(op: Op, facts: Facts) -> Expansion | None:
    """`a < b` and the like; a dataclass compares its fields in a row."""
    a, b = op.args
    mine, other = _operand_class(facts, a), _operand_class(facts, b)
    ask_class(op, facts, *[kind for kind in (facts.kind(a), facts.kind(b)) if isinstance(kind, Class)])
    if mine is None and other is None:
        return None
    name, turned = COMPARED[op.prim]
    asked = [(mine, (a, b), name), (other, (b, a), turned)]
    if mine is not None and other is not None and mine is not other and issubclass(other, mine):
        asked.reverse()     # the more special class is asked first
    for cls, args, word in asked:
        raw = MISSING if cls is None else facts.lookups.member(cls, word)
        if isinstance(raw, types.FunctionType) and "<string>" not in raw.__code__.co_filename:
            return dunder(op, word, args) if mine is not None else _of_right(op, facts, word, other)
    if mine is other and getattr(mine, "__dataclass_params__", None) is not None and mine.__dataclass_params__.eq:
        ask_class(op, facts, facts.kind(a))
        made = Making(op.origin)
        names = [n for n, f in mine.__dataclass_fields__.items() if f.compare]
        rows = [made.op(prims.TUPLE, *[made.op(prims.GETITEM, x, Const(n), static=FIELD) for n in names])
                for x in (a, b)]
        return Expansion((*made.stmts, Op(op.outs, op.prim, tuple(rows), (), None, op.origin)), op.outs)
    own = mine is not None and isinstance(facts.lookups.member(mine, "__eq__"), types.FunctionType)
    if op.prim is prims.NE and own:
        equal = Value()
        return Expansion((Op((equal,), prims.EQ, op.args, (), None, op.origin),
                          Op(op.outs, prims.NOT, (equal,), (), None, op.origin)), op.outs)
    if _are_tuples(op, facts):
        return None
    refuse(op, f"objects of class `{(mine or other).__name__}` are compared, which does not say how",
           f"define `{name}` in the class, or compare attributes")


def _of_right(op: Op, facts: Facts, name: str, cls: Any) -> Expansion:
    """`2.0 < obj`: of NumPy's scalars only the truth of what the object says is left."""
    left = facts.kind(op.args[0])
    if not _is_asked(left, cls):
        refuse(op, f"an array or a scalar of NumPy is compared with an object of class `{cls.__name__}`",
               f"call `{name}` of the object")
    if not isinstance(left, Number) or left.weak:
        return dunder(op, name, op.args[::-1])
    found = Value()
    return Expansion((Op((found,), prims.METHOD, op.args[::-1], (), name, op.origin),
                      Op(op.outs, prims.TRUTH, (found,), (), None, op.origin)), op.outs)


def _getitem(op: Op, facts: Facts) -> Expansion | None:
    kind = facts.kind(op.args[0])
    if op.static is FIELD:
        _refuse_missing(op, kind)
    if op.static is FIELD or not isinstance(kind, Dict) or kind.cls is None:
        return _by_object(op, facts, len(op.args))
    made, index = _index(op, op.args[1:])
    call = Op(op.outs, prims.METHOD, (op.args[0], index), (), "__getitem__", op.origin)
    return Expansion((*made.stmts, call), op.outs)


def _by_object(op: Op, facts: Facts, end: int) -> Expansion | None:
    """`xs[obj]`, whose indices are the operands up to `end`: Python asks an object which number it is."""
    made, args = Making(op.origin), list(op.args)
    for k in range(1, end):
        cls = _operand_class(facts, args[k])
        if cls is not None and not isinstance(facts.kind(op.args[0]), Dict):
            if facts.lookups.member(cls, "__index__") is MISSING:
                refuse(op, f"an object of class `{cls.__name__}` is an index", "use a number that it holds")
            args[k] = made.op(prims.METHOD, args[k], static="__index__")
    return Expansion((*made.stmts, replace(op, args=tuple(args))), op.outs) if made.stmts else None


def _refuse_missing(op: Op, kind: Kind) -> None:
    """An attribute is read that is assigned on another path only: Python may raise `AttributeError` here."""
    name = op.args[1].value if isinstance(op.args[1], Const) else None
    if isinstance(kind, Dict) and name in kind.partial:
        refuse(op, f"objects of class `{kind.cls.__name__}` may have no attribute `{name}` here: it is assigned on "
               "another path only", "give it a value in `__init__`", f".{name}")


def _index(op: Op, atoms: tuple[Atom, ...]) -> tuple[Making, Atom]:
    """The one operand of a subscript."""
    made, rest = Making(op.origin), list(atoms)
    items: list[Atom] = []
    for item in op.static.items:
        if isinstance(item, SliceSpec):
            bounds = [rest.pop(0) if has else Const(None) for has in (item.lower, item.upper, item.step)]
            items.append(made.op(prims.SLICE, *bounds))
        else:
            items.append(rest.pop(0))
    return made, made.op(prims.TUPLE, *items) if op.static.is_tuple else items[0]


def _setitem(op: Op, facts: Facts) -> Expansion | None:
    """`obj[i] = v`, and `obj[i] += v`."""
    kind = facts.kind(op.args[0])
    if op.static is FIELD or not isinstance(kind, Dict) or kind.cls is None:
        return _by_object(op, facts, len(op.args) - 1)
    made, index = _index(op, op.args[1:-1])
    value = op.args[-1]
    sign = _SIGNED.get(op.prim)
    if sign is not None:
        value = made.op(sign, made.op(prims.METHOD, op.args[0], index, static="__getitem__"), value)
    change = Op((op.out, Value()), prims.CHANGE, (op.args[0], index, value), (), "__setitem__", op.origin)
    return Expansion((*made.stmts, change), op.outs)


def _contains(op: Op, facts: Facts) -> Expansion | None:
    cls = _operand_class(facts, op.args[1])
    if cls is None or isinstance(facts.kind(op.args[1]), Tuple) and not _has(facts, cls, "__contains__"):
        return None
    found = Value()
    stmts = (Op((found,), prims.METHOD, (op.args[1], op.args[0]), (), "__contains__", op.origin),
             Op(op.outs, prims.TRUTH if op.prim is prims.IN else prims.NOT, (found,), (), None, op.origin))
    return Expansion(stmts, op.outs)


def _pushed(op: Op, facts: Facts) -> Expansion | None:
    """`obj.append(v)`."""
    kind = facts.kind(op.args[0])
    if not isinstance(kind, Dict) or kind.cls is None:
        return None
    return Expansion((Op((op.out, Value()), prims.CHANGE, op.args, (), "append", op.origin),), op.outs)


def appended(op: Op, facts: Facts) -> Expansion | None:
    """`xs.append(v)` where what it gives is read: None, but for objects of the user's."""
    if op.prim is not prims.CHANGE or op.static != "append" or len(op.args) != 2 or op.kw \
            or class_of(facts.kind(op.args[0])) is not None:
        return None
    return Expansion((Op(op.outs[:1], prims.PUSH, op.args, (), None, op.origin),), (op.outs[0], Const(None)))


def _popped(op: Op, facts: Facts) -> Expansion | None:
    kind = facts.kind(op.args[0])
    if not isinstance(kind, Dict) or kind.cls is None:
        return None
    return Expansion((Op(op.outs, prims.CHANGE, op.args, (), "pop", op.origin),), op.outs)


def _unpacked(op: Op, facts: Facts) -> Expansion | None:
    if not isinstance(facts.kind(op.args[0]), Dict):
        return None
    items = Value()
    return Expansion((Op((items,), prims.METHOD, op.args, (), "__iter__", op.origin),
                      replace(op, args=(items,))), op.outs)


def _builtin(name: str) -> Any:
    def rule(op: Op, facts: Facts) -> Expansion | None:
        kind = facts.kind(op.args[0])
        asked = isinstance(kind, Dict) and kind.cls is not None or isinstance(kind, Tuple) and _has(
            facts, _operand_class(facts, op.args[0]), name)
        return dunder(op, name, op.args, op.kw) if asked else None
    return rule


def refuse_iterator(cls: type, facts: Facts, origin: Any) -> None:
    """An object that is its own iterator ends by an exception, which is not followed."""
    if facts.lookups.member(cls, "__next__") is not MISSING:
        raise UnsupportedError(f"a `{cls.__name__}` is its own iterator, by `__next__`", origin=origin,
                               construct="__next__", advice="write `__iter__` as a generator that yields each item")


def run_over(stmt: For, facts: Facts) -> Expansion | None:
    """What a loop over an object runs over; None for anything else."""
    refuse_run_over(stmt, facts)
    kind = facts.kind(stmt.iter)
    for cls in variants(kind):
        refuse_iterator(cls, facts, stmt.origin)
    if not isinstance(kind, Dict) or kind.cls is None:
        return None
    found: Expansion = facts.made.setdefault((stmt,), items_of(stmt))
    return found


def _iterated(op: Op, facts: Facts) -> Expansion | None:
    """`list(obj)`, `sum(obj)`; objects of several classes stay in the row in which they stand."""
    kind = facts.kind(op.args[0])
    if op.prim.name in ("list", "tuple") and isinstance(kind, Tuple) and are_mixed(kind.elts):
        return Expansion((), op.args[:1])
    stmts: list[Op] = []
    args = list(op.args)
    for k, atom in enumerate(op.args[:None if op.prim.name == "zip" else 1]):
        own = facts.kind(atom)
        if not isinstance(own, Dict) or own.cls is None:
            continue
        refuse_iterator(own.cls, facts, op.origin)
        args[k] = items = Value()
        stmts.append(Op((items,), prims.METHOD, (atom,), (), "__iter__", op.origin))
    return Expansion((*stmts, replace(op, args=tuple(args))), op.outs) if stmts else None


def _extreme(op: Op, facts: Facts) -> Expansion | None:
    """`max(obj)` of the items of an object; of several operands, they are compared."""
    return _iterated(op, facts) if len(op.positional) == 1 else None


def _type(op: Op, facts: Facts) -> Expansion | None:
    """`type(obj)`: the class that the kind tells."""
    kind = facts.kind(op.args[0])
    if len(op.args) != 1 or not isinstance(kind, Dict) or kind.cls is None or kind.optional:
        return None
    return Expansion((read_class(kind.cls, op.out, op),), op.outs)


def _backwards(op: Op, facts: Facts) -> Expansion | None:
    kind = facts.kind(op.args[0])
    if isinstance(kind, Dict) and kind.cls is not None:
        refuse(op, f"`reversed` of an object of class `{kind.cls.__name__}` is not followed",
               "write `reversed(list(obj))`")
    return None


_SIGNED = {prims.ADDITEM: prims.ADD, prims.SUBITEM: prims.SUB, prims.MULITEM: prims.MUL, prims.DIVITEM: prims.DIV}
INDEXED = frozenset({prims.GETITEM, prims.SETITEM, *_SIGNED})


RULES: dict[Prim, Any] = {
    **dict.fromkeys(BINARY, _binary), **dict.fromkeys(UNARY, _unary), **dict.fromkeys(COMPARED, _compared),
    prims.INPLACE: _inplace, prims.INPLACE_PART: _inplace, prims.GETITEM: _getitem, prims.SETITEM: _setitem,
    **dict.fromkeys(_SIGNED, _setitem), prims.IN: _contains, prims.NOT_IN: _contains, prims.PUSH: _pushed,
    prims.POP: _popped, prims.UNPACK: _unpacked, prims.TRUTH: truth, prims.NOT: truth,
}
BUILTINS: dict[str, Any] = {
    "len": _builtin("__len__"), "abs": _builtin("__abs__"), "float": _builtin("__float__"),
    "int": _builtin("__int__"), "round": _builtin("__round__"), "bool": truth,
    **dict.fromkeys(("list", "tuple", "sum", "enumerate", "sorted", "zip", "any", "all"), _iterated),
    **dict.fromkeys(("max", "min"), _extreme), "reversed": _backwards, "type": _type,
}


def refuse_elements(op: Op, kind: Kind) -> None:
    """`sum` and `any` of tuples with names that have operators or a truth of their own."""
    elements = kind.elts if isinstance(kind, Tuple) else (kind.elt,) if isinstance(kind, (List, Iterator)) else ()
    for cls in [class_of(each) for each in elements if isinstance(each, Tuple)]:
        for name in OF_ELEMENTS.get(op.prim.name, ()):
            if cls is not None and written_member(cls, name) is not None:
                refuse(op, f"`{op.prim.name}` of tuples of class `{cls.__name__}`, which has `{name}`, is not followed",
                       "write the loop")


OF_ELEMENTS = {"sum": ("__add__", "__radd__"), "any": ("__bool__",), "all": ("__bool__",)}
