"""Operators, subscripts and built-in functions of objects: calls of the methods that Python looks up for them."""
from __future__ import annotations

import types
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import FIELD, Expansion, Making, class_of, dunder, refuse
from tangent2.analysis.truth import truth
from tangent2.core import prims
from tangent2.core.kinds import Array, Class, Dict, Tuple
from tangent2.core.objectkinds import are_mixed
from tangent2.core.objects import MISSING, member
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Const, Op, SliceSpec, Value
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts



def _operand_class(facts: Facts, atom: Atom) -> Any:
    kind = facts.kind(atom)
    return None if isinstance(kind, Class) or isinstance(kind, Tuple) and not _has_own(kind) else class_of(kind)


def _has_own(kind: Tuple) -> bool:
    """Whether a class of tuples with names has operators of its own."""
    return kind.record is not None and any(
        "__add__" in vars(base) or "__mul__" in vars(base) or "__sub__" in vars(base)
        for base in kind.record.cls.__mro__ if base is not tuple)


def _binary(op: Op, facts: Facts, prim: Prim | None = None, out: Value | None = None) -> Expansion | None:
    """`a + b` where one is an object."""
    a, b = op.args
    name = _NAMES[prim or op.prim]
    mine, other = _operand_class(facts, a), _operand_class(facts, b)
    if mine is None and other is None:
        return None
    turned = f"__r{name[2:]}"
    first = mine is not None and facts.lookups.member(mine, name) is not MISSING
    last = other is not None and facts.lookups.member(other, turned) is not MISSING
    if first and last and mine is not other and issubclass(other, mine) and member(mine, turned) is not member(
            other, turned):
        first = False
    if first:
        return dunder(op, name, (a, b))
    if last and not (isinstance(facts.kind(a), Array) and not _defers(other)) and mine is not other:
        return dunder(op, turned, (b, a))
    sign = (prim or op.prim).spelling[1]
    who = mine if mine is not None else other
    refuse(op, f"`{sign}` between these operands is not defined by class `{who.__name__}` in a way that is followed",
           f"define `{name}` in the class of the left operand, or call a method")


def _defers(cls: Any) -> bool:
    """Whether NumPy's arrays leave an operator to the objects of a class."""
    return getattr(cls, "__array_ufunc__", 0) is None or getattr(cls, "__array_priority__", 0) > 0


def _inplace(op: Op, facts: Facts) -> Expansion | None:
    """`a += b` of an object."""
    cls = _operand_class(facts, op.args[0])
    if cls is not None:
        name = "__i" + _NAMES[op.static][2:]
        if facts.lookups.member(cls, name) is not MISSING:
            new, out = Value(), Value(op.out.hint, op.out.user)
            return Expansion((Op((new, out), prims.CHANGE, op.args, (), name, op.origin),), (out,))
    return _binary(op, facts, op.static)


def _unary(op: Op, facts: Facts) -> Expansion | None:
    cls = _operand_class(facts, op.args[0])
    return None if cls is None else dunder(op, _UNARY[op.prim], op.args)


def _compared(op: Op, facts: Facts) -> Expansion | None:
    """`a < b` and the like; a dataclass compares its fields in a row."""
    a, b = op.args
    mine, other = _operand_class(facts, a), _operand_class(facts, b)
    if mine is None and other is None:
        return None
    name, turned = _COMPARED[op.prim]
    for cls, args, word in ((mine, (a, b), name), (other, (b, a), turned)):
        raw = MISSING if cls is None else facts.lookups.member(cls, word)
        if isinstance(raw, types.FunctionType) and "<string>" not in raw.__code__.co_filename:
            return dunder(op, word, args)
    if mine is other and getattr(mine, "__dataclass_params__", None) is not None and mine.__dataclass_params__.eq:
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
    refuse(op, f"objects of class `{(mine or other).__name__}` are compared, which does not say how",
           f"define `{name}` in the class, or compare attributes")


def _getitem(op: Op, facts: Facts) -> Expansion | None:
    kind = facts.kind(op.args[0])
    if op.static is FIELD or not isinstance(kind, Dict) or kind.cls is None:
        return None
    made, index = _index(op, op.args[1:])
    call = Op(op.outs, prims.METHOD, (op.args[0], index), (), "__getitem__", op.origin)
    return Expansion((*made.stmts, call), op.outs)


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
        return None
    made, index = _index(op, op.args[1:-1])
    value = op.args[-1]
    sign = _SIGNED.get(op.prim)
    if sign is not None:
        value = made.op(sign, made.op(prims.METHOD, op.args[0], index, static="__getitem__"), value)
    change = Op((op.out, Value()), prims.CHANGE, (op.args[0], index, value), (), "__setitem__", op.origin)
    return Expansion((*made.stmts, change), op.outs)


def _contains(op: Op, facts: Facts) -> Expansion | None:
    cls = _operand_class(facts, op.args[1])
    if cls is None or isinstance(facts.kind(op.args[1]), Tuple):
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
        return dunder(op, name, op.args, op.kw) if isinstance(kind, Dict) and kind.cls is not None else None
    return rule


def refuse_iterator(cls: type, facts: Facts, origin: Any) -> None:
    """An object that is its own iterator ends by an exception, which is not followed."""
    if facts.lookups.member(cls, "__next__") is not MISSING:
        raise UnsupportedError(f"a `{cls.__name__}` is its own iterator, by `__next__`", origin=origin,
                               construct="__next__", advice="write `__iter__` as a generator that yields each item")


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


def _backwards(op: Op, facts: Facts) -> Expansion | None:
    kind = facts.kind(op.args[0])
    if isinstance(kind, Dict) and kind.cls is not None:
        refuse(op, f"`reversed` of an object of class `{kind.cls.__name__}` is not followed",
               "write `reversed(list(obj))`")
    return None


_NAMES: dict[Prim, str] = {
    prims.ADD: "__add__", prims.SUB: "__sub__", prims.MUL: "__mul__", prims.DIV: "__truediv__",
    prims.FLOORDIV: "__floordiv__", prims.MOD: "__mod__", prims.POW: "__pow__", prims.MATMUL: "__matmul__",
    prims.BITAND: "__and__", prims.BITOR: "__or__", prims.BITXOR: "__xor__", prims.LSHIFT: "__lshift__",
    prims.RSHIFT: "__rshift__",
}
_UNARY = {prims.NEG: "__neg__", prims.POS: "__pos__", prims.INVERT: "__invert__"}
_COMPARED = {prims.EQ: ("__eq__", "__eq__"), prims.NE: ("__ne__", "__ne__"), prims.LT: ("__lt__", "__gt__"),
             prims.LE: ("__le__", "__ge__"), prims.GT: ("__gt__", "__lt__"), prims.GE: ("__ge__", "__le__")}
_SIGNED = {prims.ADDITEM: prims.ADD, prims.SUBITEM: prims.SUB, prims.MULITEM: prims.MUL, prims.DIVITEM: prims.DIV}


RULES: dict[Prim, Any] = {
    **dict.fromkeys(_NAMES, _binary), **dict.fromkeys(_UNARY, _unary), **dict.fromkeys(_COMPARED, _compared),
    prims.INPLACE: _inplace, prims.INPLACE_PART: _inplace, prims.GETITEM: _getitem, prims.SETITEM: _setitem,
    **dict.fromkeys(_SIGNED, _setitem), prims.IN: _contains, prims.NOT_IN: _contains, prims.PUSH: _pushed,
    prims.POP: _popped, prims.UNPACK: _unpacked, prims.TRUTH: truth, prims.NOT: truth,
}
BUILTINS: dict[str, Any] = {
    "len": _builtin("__len__"), "abs": _builtin("__abs__"), "float": _builtin("__float__"),
    "int": _builtin("__int__"), "round": _builtin("__round__"), "bool": truth,
    **dict.fromkeys(("list", "tuple", "sum", "enumerate", "sorted", "zip", "any", "all"), _iterated),
    **dict.fromkeys(("max", "min"), _extreme), "reversed": _backwards,
}
