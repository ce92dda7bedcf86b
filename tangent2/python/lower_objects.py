"""Objects of the user's classes: calls of their methods, of `super()`, of classes; attributes by name.

What a method is shows when kinds are known.  Until then it may change its object, so a call gives a new version of it.
"""
from __future__ import annotations

import builtins
import copy
import dataclasses
import types
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.objects import is_named_tuple, is_user_class, member
from tangent2.core.prims import Inherited
from tangent2.core.syntax import Atom, Const, Value
from tangent2.python.fence import ORIGINS
from tangent2.python.lower_binding import MAPPING, Star, arguments
from tangent2.python.lower_names import is_part, parameters
from tangent2.python.lower_outside import is_outside, private, read_attribute, static
from tangent2.python.lower_state import MISSING, Lowering, expression
from tangent2.python.lower_targets import assign, open_place
from tangent2.python.lower_writes import changed


def on_object(L: Lowering, node: Any, obj: Any, hint: str | None) -> Atom | None:
    """A call of something known that concerns classes or objects; None if it is something else."""
    if isinstance(obj, type) and (is_user_class(obj) or is_named_tuple(obj)):
        atoms, names, spread = _arguments(L, node)
        if spread is not None:
            return L.op(prims.APPLY, L.expr(node.func), *atoms, kw=names, static=spread, hint=hint)
        return L.op(prims.MAKE, *atoms, kw=names, static=obj, hint=hint)
    if isinstance(obj, types.MethodType) and isinstance(node.func, gast.Attribute) and (
            is_user_class(obj.__self__) or is_user_class(type(obj.__self__)) or is_named_tuple(obj.__self__)):
        return method_call(L, node, node.func.value, private(L, node.func.attr), hint)
    rule = next((rule for known, rule in _BY_NAME if obj is known), None)
    if rule is not None:
        return rule(L, node, hint)
    return _of_base(L, node, obj, hint)


def _arguments(L: Lowering, node: Any, skipped: int = 0) -> tuple[list[Atom], tuple[str, ...], prims.Spread | None]:
    """The atoms of the arguments of a call after the first few, the names of the last ones; which are to be spread."""
    rest = gast.copy_location(gast.Call(node.func, node.args[skipped:], node.keywords), node)
    positional, keywords = arguments(L, rest)
    names = tuple([name for name, _ in keywords])
    stars = tuple([isinstance(a, Star) for a in positional])
    atoms = [a.atom if isinstance(a, Star) else a for a in positional]
    spread = prims.Spread(stars) if any(stars) or MAPPING in names else None
    return [*atoms, *(a for _, a in keywords)], names, spread


def method_call(L: Lowering, node: Any, base: Any, name: str, hint: str | None, skipped: int = 0) -> Atom:
    """Call a method of what an expression gives, which has a new version then if it is a name or part of one."""
    if not _may_write(L, base):
        obj, start = L.expr(base), len(L.updated)
        atoms, names, spread = _arguments(L, node, skipped)
        name = name if spread is None else prims.Starred.of(name, spread)
        if any(obj is old for old in L.updated[start:]):
            L.refuse(node, "a value is read and written to in one expression", "split it into two statements")
        return L.op(prims.METHOD, obj, *atoms, kw=names, static=name, hint=hint)
    place = open_place(L, base)
    atoms, names, spread = _arguments(L, node, skipped)
    name = name if spread is None else prims.Starred.of(name, spread)
    updated = len(L.updated)
    before = L.env.get(place.name) if place.name is not None else None
    result = changed(L, node, place, name, atoms, names)
    if before is not None and place.name is not None:
        L.versions[L.env[place.name]] = before
    del L.updated[updated:]     # most methods change nothing: `analysis/renew.py` sees to it that old versions are read
    if isinstance(result, Value) and hint is not None:
        return _named(L, result, hint)
    return result


def _named(L: Lowering, value: Value, hint: str) -> Value:
    """The result of the last change, under the name that it is bound to."""
    new = Value(hint, True)
    for k in range(len(L.stmts) - 1, -1, -1):
        op = L.stmts[k]
        if value in op.outs:
            L.stmts[k] = dataclasses.replace(op, outs=tuple([new if o is value else o for o in op.outs]))  # type: ignore[arg-type]
            return new
    return value


def _may_write(L: Lowering, base: Any) -> bool:
    """Whether an expression is a name of the function or part of it, where it can be written to."""
    if L.reading or not is_part(base):
        return False
    root = base
    while not isinstance(root, gast.Name):
        root = root.value
    return not is_outside(L, root.id) and root.id not in L.scoped


def class_of_value(L: Lowering, node: Any) -> Atom | None:
    """`type(x)` where it is called; None for another expression."""
    if not isinstance(node, gast.Call) or len(node.args) != 1 or node.keywords or static(L, node.func) is not type:
        return None
    return L.op(prims.ATTRIBUTE, L.expr(node.args[0]), static="__class__")


def super_call(L: Lowering, node: Any, hint: str | None) -> Atom | None:
    """`super().method(...)`; None if it is something else."""
    made = node.func.value
    if not isinstance(made, gast.Call) or static(L, made.func) is not builtins.super:
        return None
    base, cls = _super_of(L, made)
    return method_call(L, node, base, Inherited.of(private(L, node.func.attr), cls), hint)


@expression(gast.Attribute)
def attribute(L: Lowering, node: Any, hint: str | None = None) -> Atom:
    """An attribute: of what `super()` gives, of a module or an object outside, of a value."""
    made = node.value
    if node.attr in ORIGINS:
        L.refuse(node, f"`{node.attr}`: where an exception came from is not followed",
                 "decide by its class, or by what it was made of: `e.args`", "exception")
    if not isinstance(made, gast.Call) or static(L, made.func) is not builtins.super:
        return read_attribute(L, node, hint)
    base, cls = _super_of(L, made)
    return L.op(prims.ATTRIBUTE, L.expr(base), static=Inherited.of(private(L, node.attr), cls), hint=hint)


def _super_of(L: Lowering, made: Any) -> tuple[Any, type]:
    """The object and the class of `super()` or `super(C, self)`."""
    if len(made.args) == 2:
        cls = static(L, made.args[0])
        if isinstance(cls, type):
            return made.args[1], cls
    cell = L.unit.cells.get("__class__")
    params = parameters(L.node.args)
    if made.args or cell is None or not params:
        L.refuse(made, "`super` in this place is not supported", "call the function of the base class by its name",
                 "`super`")
    name = gast.copy_location(gast.Name(params[0].id, gast.Load(), None, None), made)
    return name, cell.cell_contents


def _of_base(L: Lowering, node: Any, obj: Any, hint: str | None) -> Atom | None:
    """`Base.method(self, ...)`: a method of a class, called on its first argument."""
    func = node.func
    if not isinstance(obj, types.FunctionType) or not isinstance(func, gast.Attribute) or not node.args:
        return None
    cls = static(L, func.value)
    if not is_user_class(cls) or isinstance(member(cls, func.attr), staticmethod) or not is_part(node.args[0]):
        return None
    return method_call(L, node, node.args[0], Inherited.of(private(L, func.attr), cls, True), hint, 1)


# --- attributes by name, copies ---------------------------------------------------------------------------------------

def _word(node: Any, count: tuple[int, ...]) -> str | None:
    """The literal name that a call of `getattr` and the like gives."""
    fits = not node.keywords and len(node.args) in count and isinstance(node.args[1], gast.Constant)
    return node.args[1].value if fits and isinstance(node.args[1].value, str) else None


def _getattr(L: Lowering, node: Any, hint: str | None) -> Atom | None:
    name = _word(node, (2, 3))
    if name is None or static(L, node.args[0]) is not MISSING and not is_user_class(type(static(L, node.args[0]))):
        return None
    if len(node.args) == 2:
        return L.expr(gast.copy_location(gast.Attribute(node.args[0], name, gast.Load()), node), hint)
    obj, default = L.atoms((node.args[0], node.args[2]))
    return L.op(prims.GETATTR, obj, default, static=name, hint=hint)


def _hasattr(L: Lowering, node: Any, hint: str | None) -> Atom | None:
    name = _word(node, (2,))
    return None if name is None else L.op(prims.HASATTR, L.expr(node.args[0]), static=name, hint=hint)


def _setattr(L: Lowering, node: Any, hint: str | None) -> Atom | None:
    if _word(node, (3,)) is None:
        L.refuse(node, "`setattr` with a name that is computed", "write the name: `obj.name = value`", "call")
    target = gast.copy_location(gast.Attribute(node.args[0], node.args[1].value, gast.Store()), node)
    assign(L, target, L.expr(node.args[2]))
    return Const(None)


def _copied(name: str) -> Any:
    def rule(L: Lowering, node: Any, hint: str | None) -> Atom | None:
        if not node.args or isinstance(node.args[0], gast.Starred):
            return None
        obj = L.expr(node.args[0])
        atoms, names, spread = _arguments(L, node, 1)
        if spread is not None:
            L.refuse(node, f"`{name}` with `*` or `**` is not supported", "name the arguments", "`*`")
        return L.op(prims.METHOD, obj, *atoms, kw=names, static=name, hint=hint)
    return rule


REPLACE, COPY, DEEPCOPY = "dataclasses.replace", "copy.copy", "copy.deepcopy"
ASDICT, ASTUPLE = "dataclasses.asdict", "dataclasses.astuple"
_BY_NAME: tuple[tuple[Any, Any], ...] = (
    (getattr, _getattr), (hasattr, _hasattr), (setattr, _setattr), (object.__setattr__, _setattr),
    (dataclasses.replace, _copied(REPLACE)), (copy.copy, _copied(COPY)), (copy.deepcopy, _copied(DEEPCOPY)),
    (dataclasses.asdict, _copied(ASDICT)), (dataclasses.astuple, _copied(ASTUPLE)),
)
