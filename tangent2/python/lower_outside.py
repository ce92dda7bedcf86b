"""Names from outside of the function: globals, closure cells, builtins, attributes of modules."""
from __future__ import annotations

import ast
import types
from collections import Counter
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import gast
import numpy as np

from tangent2.core import prims
from tangent2.core.objects import is_user_class
from tangent2.core.prims import Captured, Prim
from tangent2.core.syntax import Atom, Const, Undef, Value
from tangent2.python.lower_state import MISSING, Lowering, expression
from tangent2.python.parts import walk

_STATIC = (types.ModuleType, type, np.ufunc)    # what holds functions under fixed names
_READING = ("items", "keys", "values", "get")
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type(np.sum))
_PLAIN = (type(None), bool, type(Ellipsis))
_DATA = (int, float, complex, str, bytes, list, tuple, dict, set, np.ndarray, np.generic, types.FunctionType,
         type(None))


@expression(gast.Name)
def name(L: Lowering, node: Any, hint: str | None = None) -> Atom:
    """The value of a name."""
    atom = L.env.get(node.id)
    if atom is not None and not isinstance(atom, Undef):
        return atom
    if atom is not None or node.id in L.locals:
        L.refuse(node, f"`{node.id}` is read where it is not bound", f"bind `{node.id}` before it is read")
    return read(L, node, outside(L, node)[0])


def read_attribute(L: Lowering, node: Any, hint: str | None = None) -> Atom:
    """An attribute: of a module or an object outside, read as one dotted name; else of a value."""
    found = static(L, node)
    if found is MISSING:
        found = _state(L, node)
    of_object = isinstance(found, types.MethodType) and is_user_class(type(found.__self__))
    if found is not MISSING and not of_object:
        return read(L, node, found)
    if node.attr == "__dict__":
        L.refuse(node, "`__dict__` is read", "name the attribute, `obj.x`, or use `getattr` and `setattr`")
    return L.op(prims.ATTRIBUTE, L.expr(node.value), static=private(L, node.attr), hint=hint)


def private(L: Lowering, name: str) -> str:
    """The name of an attribute as Python keeps it: in a method, one that starts with two underscores is its class's."""
    if not name.startswith("__") or name.endswith("__") or L.unit.owner is None:
        return name
    return f"_{L.unit.owner.lstrip('_')}{name}"


def outside(L: Lowering, node: Any) -> tuple[Any, str, Any]:
    """The value of a name that is not the function's own, where it is kept, and its owner."""
    unit = L.unit
    if node.id in unit.cells:
        cell = unit.cells[node.id]
        try:
            return cell.cell_contents, "cell", cell
        except ValueError:
            L.refuse(node, f"`{node.id}` has no value yet", f"bind `{node.id}` before the derivative is asked for")
    if node.id in unit.globals:
        return unit.globals[node.id], "global", unit.globals
    if node.id in unit.builtins:
        return unit.builtins[node.id], "builtin", unit.builtins
    L.refuse(node, f"`{node.id}` is not defined", f"define or import `{node.id}` before the derivative is asked for")


def is_outside(L: Lowering, name: str) -> bool:
    """Whether a name is not the function's own."""
    return name not in L.env and name not in L.locals


def static(L: Lowering, node: Any) -> Any:
    """The object an expression is known to be: a name from outside, an attribute of a module or class; or `MISSING`."""
    if isinstance(node, gast.Name):
        atom = L.env.get(node.id)
        if isinstance(atom, Value):
            return L.unit.known.get(atom, MISSING)
        return outside(L, node)[0] if atom is None and node.id not in L.locals else MISSING
    if isinstance(node, gast.Attribute):
        base = static(L, node.value)
        if isinstance(base, _STATIC) or isinstance(base, partial) and node.attr == "func":
            return getattr(base, node.attr, MISSING)
    if isinstance(node, gast.Call):
        return _transformed(L, node)
    return MISSING


def _transformed(L: Lowering, node: Any) -> Any:
    """A transform applied to what is known: `grad(f)`, `grad(f, argnums=(0, 1))`; else `MISSING`."""
    transform = static(L, node.func)
    if not getattr(transform, "__tangent2_transform__", False):
        return MISSING
    args = [literal(L, each) for each in node.args]
    options = {each.arg: literal(L, each.value) for each in node.keywords}
    if None in options or MISSING in (*args, *options.values()):
        return MISSING
    return transform(*args, **options)


def literal(L: Lowering, node: Any) -> Any:
    """A literal, or an object that is known."""
    try:
        return ast.literal_eval(gast.gast_to_ast(node))
    except (ValueError, TypeError):
        return static(L, node)


def _state(L: Lowering, node: Any) -> Any:
    """An attribute of an object outside which is no number, array or container; or `MISSING`."""
    root = _root(node)
    if not isinstance(root, gast.Name) or not is_outside(L, root.id):
        return MISSING
    base = static(L, node.value)
    base = _state(L, node.value) if base is MISSING and isinstance(node.value, gast.Attribute) else base
    if base is MISSING or isinstance(base, _DATA) or not hasattr(base, "__dict__"):
        return MISSING
    return getattr(base, node.attr, MISSING)


def is_function(L: Lowering, value: Value) -> bool:
    """Whether a value surely is a function: one defined inside, or read from outside."""
    return value in L.unit.closures or isinstance(L.unit.known.get(value), _FUNCTIONS)


def is_private(L: Lowering, node: Any) -> bool:
    """Whether a display is only read by its one name: no call that it is given to may change what it holds."""
    return isinstance(node, gast.Name) and node.id in _private_names(L.node)


@lru_cache(maxsize=16)
def _private_names(function: Any) -> frozenset[str]:
    """The names of a function that are only read by a subscript, in a loop, or by a method that changes nothing."""
    fine: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for part in walk(function):
        inner = getattr(part, "value", None) if isinstance(part, (gast.Subscript, gast.Attribute, gast.keyword)) else \
            getattr(part, "iter", None)
        if isinstance(inner, gast.Name) and (not isinstance(part, gast.Attribute) or part.attr in _READING) and (
                not isinstance(part, gast.keyword) or part.arg is None):
            fine[inner.id] += 1
        if isinstance(part, gast.Name) and isinstance(part.ctx, gast.Load):
            read[part.id] += 1
    return frozenset([name for name, count in read.items() if fine[name] == count]) - _stored_inside(function)


def _stored_inside(function: Any) -> set[str]:
    """The names of what functions inside of a function store into."""
    functions = [part for part in walk(function) if isinstance(part, (gast.FunctionDef, gast.Lambda))]
    return {part.value.id for inner in functions if inner is not function for part in walk(inner)
            if isinstance(part, gast.Subscript) and not isinstance(part.ctx, gast.Load)
            and isinstance(part.value, gast.Name)}


def opaque(L: Lowering, node: Any) -> bool:
    """Whether an expression is an object outside (no number, array, container or function): its methods are its own."""
    found = static(L, node)
    if found is MISSING and isinstance(node, gast.Attribute):
        found = _state(L, node)
    return found is not MISSING and not isinstance(found, _DATA) and not is_user_class(type(found))


def _root(node: Any) -> Any:
    while isinstance(node, gast.Attribute):
        node = node.value
    return node


def _dotted(node: Any) -> str:
    return node.id if isinstance(node, gast.Name) else f"{_dotted(node.value)}.{node.attr}"


def read(L: Lowering, node: Any, value: Any) -> Atom:
    """Read a (dotted) name from outside when the function runs; `value` is what it is now."""
    module = static(L, node.value) if isinstance(node, gast.Attribute) else None
    if isinstance(module, types.ModuleType) and isinstance(value, _PLAIN):
        return Const(value)
    if isinstance(module, types.ModuleType) or not is_outside(L, _root(node).id):
        where, owner = "module", module
    else:
        _, where, owner = outside(L, _root(node))
    return _emit(L, Captured(_dotted(node), owner, _reader(node, where, owner), where), value)


def _emit(L: Lowering, captured: Captured, value: Any) -> Value:
    out = L.op(prims.READ, static=captured)
    if callable(value) or isinstance(value, types.ModuleType):
        L.unit.known[out], L.unit.reads[out] = value, captured
    return out


def reread(L: Lowering, value: Value) -> Value:
    """Read a module or function, known already, in a function inside."""
    return _emit(L, L.unit.reads[value], L.unit.known[value])


def _reader(node: Any, where: str, owner: Any) -> Callable[[], Any]:
    """The function that reads a name now."""
    if where == "module":
        name = node.attr
        return lambda: getattr(owner, name)
    if where == "cell":
        return prims.cell_reader(_dotted(node), owner)
    key, *path = _dotted(node).split(".")

    def now() -> Any:
        found = owner[key]
        for name in path:
            found = getattr(found, name)
        return found
    return now


def constant_default(L: Lowering, owner: Any, name: str, value: Any) -> Atom:
    """The default of a parameter of a user function: a literal, or read from the function."""
    if is_plain_default(value):
        return Const(value)
    title = f"{getattr(owner, '__name__', 'function')}.{name}"
    return L.op(prims.READ, static=Captured(title, owner, lambda: value, "default"))


def is_plain_default(value: Any) -> bool:
    """Whether a default is printed as a literal."""
    return type(value) in (int, float, complex, str, bytes, bool, type(None))


def bind_module(L: Lowering, name: str, value: Any) -> None:
    """Bind a name to a module, or to what a module holds, that the function imports itself."""
    L.env[name] = _emit(L, Captured(name, value, lambda: value, "import"), value)


def calls_unknown(L: Lowering, node: Any) -> bool:
    """Whether an expression calls what may change its arguments, or what it captures: anything but a primitive."""
    called = [static(L, n.func) for n in walk(node) if isinstance(n, gast.Call)]
    return any(obj is MISSING or not isinstance(L.unit.recognise(obj), Prim) for obj in called)
