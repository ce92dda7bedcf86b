"""Values that may be objects of classes among others (`Lost`): what only their class could answer is refused.

Such an object is a tuple that stands for it when the code runs.  Its attributes are read by name, and it is handed on;
but it has no methods, and its length, items and truth are none of its class.
"""
from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NoReturn

from tangent2.analysis.concrete import classes_named
from tangent2.analysis.expansion import is_outside
from tangent2.analysis.special_names import BINARY, COMPARED, UNARY, reflected
from tangent2.core import prims
from tangent2.core.kinds import Lost, NoneKind, Number, Str
from tangent2.core.lostkinds import Classes, held_classes, own_classes
from tangent2.core.objects import MISSING, member, written_member
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Const, For, If, Op, Origin, Value, While
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

Rule = Callable[[Op, "Facts"], None]
_ITERATED, _TRUTH = ("__iter__", "__getitem__"), ("__bool__", "__len__")
_ADVICE = "ask for it where its class is known, as on each path for itself; give objects all attributes in `__init__`"


def refuse_lost(op: Op, facts: Facts) -> None:
    """Refuse an operation that asks what may be an object for something that its class defines."""
    if any(_is_lost(a, facts) for a in op.args):
        builtin = _BUILTINS.get(op.prim.name) if op.prim.spelling[0] == "builtin" else None
        (_RULES.get(op.prim) or builtin or _unknown)(op, facts)


def refuse_tested(stmt: If | While, asked: Atom, facts: Facts) -> None:
    """The same of what decides a branch or a loop."""
    if _is_lost(asked, facts):
        _truth(Op((), prims.TRUTH, (asked,), (), None, stmt.origin), facts)


def refuse_run_over(stmt: For, facts: Facts) -> None:
    """The same of what a loop runs over."""
    if _is_lost(stmt.iter, facts):
        _unless_unwritten(stmt.origin, own_classes(facts.kind(stmt.iter)), _ITERATED)


def _is_lost(atom: Atom, facts: Facts) -> bool:
    return isinstance(atom, Value) and type(facts.kinds.get(atom)) is Lost and not is_outside(facts, atom)


def _own(op: Op, facts: Facts, place: int = 0) -> Classes:
    """The classes that an operand may be an object of, where its kind does not tell which."""
    return _told(own_classes(facts.kind(op.args[place]))) if _is_lost(op.args[place], facts) else frozenset()


def _told(classes: Classes) -> Classes:
    """Classes but that of `NotImplemented`, of which only the truth is asked."""
    return classes - {type(NotImplemented)}


def _unless_unwritten(origin: Origin | None, classes: Classes, names: Iterable[str]) -> None:
    for cls in sorted(classes, key=_name):
        for name in names:
            if written_member(cls, name) is not None:
                _refuse(origin, cls, f"`{name}`")


def _refuse(origin: Origin | None, cls: type, what: str) -> NoReturn:
    raise UnsupportedError(f"a value may be an object of class `{cls.__name__}`, or something else, and {what} depends "
                           "on which it is", origin=origin, construct=what.strip("`"), advice=_ADVICE)


def _name(cls: type) -> str:
    return cls.__qualname__


# --- what operations ask for -----------------------------------------------------------------------------------------


def _asks(*names: str) -> Rule:
    """Operations that look up methods of these names on their first operand; others are only handed on."""
    return lambda op, facts: _unless_unwritten(op.origin, _own(op, facts), names)


def _handed_on(op: Op, facts: Facts) -> None:
    """An operation that does not look into its operands."""


def _unknown(op: Op, facts: Facts) -> None:
    """Any other operation must not be given such a value, nor what holds one."""
    for kind in [facts.kind(a) for a in op.args if _is_lost(a, facts)]:
        for cls in sorted(_told(own_classes(kind) | held_classes(kind)), key=_name):
            what = op.static.text.strip() if op.prim is prims.VERBATIM else op.prim.name
            _refuse(op.origin, cls, f"`{what}`")


def _truth(op: Op, facts: Facts) -> None:
    kind = facts.kind(op.args[0])
    _unless_unwritten(op.origin, own_classes(kind), _TRUTH)
    if isinstance(kind, Lost) and kind.bare:       # an empty tuple, which is false, stands for it
        _refuse(op.origin, min(kind.classes, key=_name), "its truth")


def _items(op: Op, facts: Facts) -> None:
    """`base[index]`: the base may have items of its own; an object is no index of anything else."""
    _unless_unwritten(op.origin, _own(op, facts), ("__getitem__",))
    for k in range(1, len(op.args)):
        if op.prim is prims.GETITEM or k < len(op.args) - 1:
            _no_operand(op, facts, k)


def _stored(op: Op, facts: Facts) -> None:
    _items(op, facts)
    _unless_unwritten(op.origin, _own(op, facts), ("__setitem__",))


def _no_operand(op: Op, facts: Facts, place: int) -> None:
    _unless_none(op, _own(op, facts, place))


def _operator(op: Op, facts: Facts) -> None:
    name = BINARY[op.static if op.prim in (prims.INPLACE, prims.INPLACE_PART) else op.prim]
    for k in range(len(op.args)):
        _unless_unwritten(op.origin, _own(op, facts, k), (name, reflected(name), f"__i{name[2:]}"))


def _compared(op: Op, facts: Facts) -> None:
    """`a < b`; equal are only those that say so, or the same one: tuples that stand for them may be equal, too."""
    for k in (0, 1):
        _unless_unwritten(op.origin, _own(op, facts, k), COMPARED[op.prim])
        other = facts.kind(op.args[1 - k])
        if op.prim in (prims.EQ, prims.NE) and not isinstance(other, (Number, Str, NoneKind)):
            _no_operand(op, facts, k)
            if _is_lost(op.args[k], facts):
                _unless_none(op, held_classes(facts.kind(op.args[k])))


def _unless_none(op: Op, classes: Classes) -> None:
    for cls in sorted(_told(classes), key=_name):
        _refuse(op.origin, cls, f"`{op.prim.spelling[-1] if op.prim.spelling[0] == 'compare' else op.prim.name}`")


def _identity(op: Op, facts: Facts) -> None:
    if not any(isinstance(a, Const) for a in op.args):
        _no_operand(op, facts, 0)
        _no_operand(op, facts, 1)


def _contains(op: Op, facts: Facts) -> None:
    """`key in base`: the base may be asked, or its elements whether they are equal."""
    _unless_unwritten(op.origin, _own(op, facts, 1), ("__contains__", *_ITERATED))
    _no_operand(op, facts, 0)
    if _is_lost(op.args[1], facts):
        held = held_classes(facts.kind(op.args[1]))
        _unless_unwritten(op.origin, held, ("__eq__",))
        if held and not isinstance(facts.kind(op.args[0]), (Number, Str)):
            _refuse(op.origin, min(held, key=_name), "`in`")


def _attribute(op: Op, facts: Facts) -> None:
    """An attribute that objects have themselves is read by its name; methods and properties are their class's."""
    for cls in sorted(_own(op, facts), key=_name):
        if _is_of_class(cls, str(op.static)):
            _refuse(op.origin, cls, f"`.{op.static}`")


def _is_of_class(cls: type, name: str) -> bool:
    """Whether what objects of a class have under a name is the class's, or may be that of the tuples for them."""
    held = member(cls, name)
    if name in getattr(cls, "__dataclass_fields__", ()) or isinstance(held, types.MemberDescriptorType):
        return False
    return held is not MISSING or name.startswith("__")


def _asked_by_name(op: Op, facts: Facts) -> None:
    """`hasattr` and `getattr` with a default: tuples have names of their own, too."""
    _attribute(op, facts)
    if hasattr(tuple, str(op.static)):
        _no_operand(op, facts, 0)


def _method(op: Op, facts: Facts) -> None:
    name = str(op.static)
    if name in ("copy.copy", "copy.deepcopy", "dataclasses.replace", "dataclasses.asdict", "dataclasses.astuple"):
        return _unknown(op, facts)
    return _attribute(op, facts)


def _called(op: Op, facts: Facts) -> None:
    _unless_unwritten(op.origin, _own(op, facts), ("__call__",))


def _is_instance(op: Op, facts: Facts) -> None:
    """`isinstance(x, cls)`: neither the object, nor the tuple for it, is of a class that has nothing to do with it."""
    classes = classes_named(op.args[1], facts) if len(op.args) == 2 else None
    for cls in sorted(_own(op, facts), key=_name):
        if classes is None or issubclass(cls, classes) or issubclass(tuple, classes):
            _refuse(op.origin, cls, "`isinstance`")


def _of_elements(*names: str) -> Rule:
    """Functions that run over their operand, and ask its elements for these methods; none: they are handed on."""
    def rule(op: Op, facts: Facts) -> None:
        for k, atom in enumerate(op.args):
            _unless_unwritten(op.origin, _own(op, facts, k), _ITERATED)
            if names and _is_lost(atom, facts):
                _unless_unwritten(op.origin, held_classes(facts.kind(atom)), names)
    return rule


_RULES: dict[Prim, Rule] = {
    **dict.fromkeys(BINARY, _operator), **{prim: _asks(name) for prim, name in UNARY.items()},
    prims.INPLACE: _operator, prims.INPLACE_PART: _operator, **dict.fromkeys(COMPARED, _compared),
    prims.IS: _identity, prims.IS_NOT: _identity, prims.IN: _contains, prims.NOT_IN: _contains,
    prims.TRUTH: _truth, prims.NOT: _truth, prims.GETITEM: _items, prims.SETITEM: _stored,
    **dict.fromkeys(prims.UPDATES.values(), _stored), prims.UNPACK: _asks(*_ITERATED), prims.PUSH: _asks("append"),
    prims.POP: _asks("pop"),
    prims.ATTRIBUTE: _attribute, prims.HASATTR: _asked_by_name, prims.GETATTR: _asked_by_name,
    prims.METHOD: _method, prims.CHANGE: _method, prims.APPLY: _called,
    **dict.fromkeys((prims.TUPLE, prims.LIST, prims.DICT, prims.NEW, prims.MAKE, prims.CLOSURE, prims.DERIVE,
                     prims.SETATTR, prims.SETTLE, prims.BECOME, prims.COPY, prims.SAME, prims.ASKED, prims.LATE,
                     prims.CAUGHT, prims.CAPTURED, prims.LABEL), _handed_on),
}
_BUILTINS: dict[str, Rule] = {
    "len": _asks("__len__"), "bool": _truth, "abs": _asks("__abs__"), "round": _asks("__round__"),
    **dict.fromkeys(("float", "int", "complex"), _asks("__float__", "__int__", "__index__", "__complex__")),
    **dict.fromkeys(("list", "tuple", "zip", "enumerate", "reversed"), _of_elements()),
    "sum": _of_elements("__add__", "__radd__"), "any": _of_elements(*_TRUTH), "all": _of_elements(*_TRUTH),
    "isinstance": _is_instance,
}
