"""What primitives do to values: one table of small functions, for the evaluator and for folding constants."""
from __future__ import annotations

import ast
import builtins
import copy
import importlib
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import gast
import numpy as np

from tangent2.core import prims
from tangent2.core.objects import stand_in
from tangent2.core.prims import Prim
from tangent2.core.syntax import IndexSpec
from tangent2.runtime.trees import deep_copy

Own = Callable[[Any], Any]
"""What an update writes to, for a base: a copy of it, or itself."""

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "@": operator.matmul, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
}
_INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv, "//": operator.ifloordiv,
    "%": operator.imod, "**": operator.ipow, "@": operator.imatmul, "&": operator.iand, "|": operator.ior,
    "^": operator.ixor, "<<": operator.ilshift, ">>": operator.irshift,
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "is": operator.is_, "is not": operator.is_not, "in": lambda x, y: x in y, "not in": lambda x, y: x not in y,
}
_UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_,
}


def shallow_copy(value: Any) -> Any:
    """A copy of an array or container, anything else itself."""
    return copy.copy(value) if isinstance(value, (np.ndarray, list, dict, set)) else value


def apply(prim: Prim, static: Any, args: list[Any], kw: dict[str, Any], own: Own = shallow_copy) -> Any:
    """What a primitive gives for operands: one result, or a tuple for `pop` and `unpack`."""
    special = _SPECIAL.get(prim)
    if special is not None:
        return special(own, static, args, kw)
    how, *what = prim.spelling
    if prim.obj is None or how in _SPELLED:
        return _SPELLED[how](what, args, kw)
    return prim.obj(*args, **kw)


def _path(what: list[str]) -> Any:
    return reduce(getattr, what[1].split("."), importlib.import_module(what[0]))


_SPELLED: dict[str, Callable[[list[str], list[Any], dict[str, Any]], Any]] = {
    "binary": lambda what, args, kw: _BINARY[what[0]](*args),
    "unary": lambda what, args, kw: _UNARY[what[0].strip()](*args),
    "compare": lambda what, args, kw: _COMPARE[what[0]](*args),
    "call": lambda what, args, kw: _path(what)(*args, **kw),
    "builtin": lambda what, args, kw: getattr(builtins, what[0])(*args, **kw),
    "method": lambda what, args, kw: getattr(args[0], what[0])(*args[1:], **kw),
    "attribute": lambda what, args, kw: getattr(args[0], what[0]),
}


def index_of(spec: IndexSpec, atoms: list[Any]) -> Any:
    """The Python index that a spec and its operands stand for.

    >>> from tangent2.core.syntax import SliceSpec
    >>> index_of(IndexSpec((None, SliceSpec(lower=True)), True), [0, 1])
    (0, slice(1, None, None))
    """
    rest = iter(atoms)
    items = [next(rest) if item is None else slice(*[next(rest) if part else None
                                                     for part in (item.lower, item.upper, item.step)])
             for item in spec.items]
    return tuple(items) if spec.is_tuple or len(items) != 1 else items[0]


def _getitem(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
    return args[0][index_of(static, args[1:])]


def _update(change: Callable[[Any, Any, Any], None]) -> Callable[..., Any]:
    """An update of one part: `change(base, index, value)` on a copy of the base."""
    def special(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
        base = own(args[0])
        change(base, index_of(static, args[1:-1]), args[-1])
        return base
    return special


def _item_update(sign: str) -> Callable[..., Any]:
    """`base[index] op= value`; an element of a container is a thing of its own, part of an array is not."""
    def special(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
        base, index = own(args[0]), index_of(static, args[1:-1])
        part = base[index] if isinstance(base, np.ndarray) else own(base[index])
        base[index] = _INPLACE[sign](part, args[-1])
        return base
    return special


def _inplace(own: Own, static: Prim, args: list[Any], kw: dict[str, Any]) -> Any:
    return _INPLACE[static.spelling[1]](own(args[0]), args[1])


def _push(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
    stack = own(args[0])
    stack.append(args[1])
    return stack


def _pop(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
    stack = own(args[0])
    top = stack.pop()
    return stack, top


def _change(own: Own, static: str, args: list[Any], kw: dict[str, Any]) -> Any:
    base = own(args[0])
    return base, getattr(base, {"del": "__delitem__"}.get(static, static))(*args[1:], **kw)


def _unpack(own: Own, static: tuple[int, bool, int], args: list[Any], kw: dict[str, Any]) -> Any:
    before, starred, after = static
    items = list(args[0])
    if len(items) < before + after or (not starred and len(items) > before + after):
        raise ValueError(f"cannot unpack {len(items)} values into {before + after}")
    if not starred:
        return tuple(items)
    end = len(items) - after
    return (*items[:before], items[before:end], *items[end:])


def _tuple(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
    """A tuple; one that stands for an object tells its class."""
    return stand_in(static.cls, static.names)(*args) if static is not None and static.is_object else tuple(args)


def _dict(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
    return dict(zip(args[::2], args[1::2])) if static is None else dict(zip(static, args))


def _attribute(own: Own, static: str, args: list[Any], kw: dict[str, Any]) -> Any:
    return getattr(args[0], static)


def _method(own: Own, static: str, args: list[Any], kw: dict[str, Any]) -> Any:
    return getattr(own(args[0]), static)(*args[1:], **kw)


def _apply(own: Own, static: Any, args: list[Any], kw: dict[str, Any]) -> Any:
    return args[0](*map(deep_copy, args[1:]), **{key: deep_copy(value) for key, value in kw.items()})


def _verbatim(own: Own, static: prims.Template, args: list[Any], kw: dict[str, Any]) -> Any:
    """Run the text; names that are no holes are builtins."""
    names = {f"${i}": deep_copy(arg) for i, arg in enumerate(args)}
    node = gast.gast_to_ast(static.node)
    if isinstance(node, ast.expr):
        return eval(compile(ast.fix_missing_locations(ast.Expression(node)), "<verbatim>", "eval"), names)
    exec(compile(ast.fix_missing_locations(ast.Module([node], [])), "<verbatim>", "exec"), names)
    return None


_SPECIAL: dict[Prim, Callable[..., Any]] = {
    prims.GETITEM: _getitem,
    prims.SETITEM: _update(operator.setitem), prims.SETTLE: _update(operator.setitem),
    **{prim: _item_update(sign) for sign, prim in prims.UPDATES.items()},
    prims.AT_ADD: _update(np.add.at),
    prims.INPLACE: _inplace,
    prims.INPLACE_PART: _inplace,
    prims.ACCUMULATE: _inplace,
    prims.TUPLE: _tuple,
    prims.LIST: lambda own, static, args, kw: list(args),
    prims.SET: lambda own, static, args, kw: set(args),
    prims.DICT: _dict,
    prims.TAPE: lambda own, static, args, kw: [],
    prims.PUSH: _push,
    prims.POP: _pop,
    prims.CHANGE: _change,
    prims.BECOME: lambda own, static, args, kw: args[1],
    prims.UNPACK: _unpack,
    prims.READ: lambda own, static, args, kw: static.read(),
    prims.ATTRIBUTE: _attribute,
    prims.METHOD: _method,
    prims.APPLY: _apply,
    prims.VERBATIM: _verbatim,
    prims.COPY: lambda own, static, args, kw: shallow_copy(args[0]),
    prims.OF_CLASS: lambda own, static, args, kw: type(args[0]).__name__ in [cls.__name__ for cls in static],
    prims.AS_CLASS: lambda own, static, args, kw: args[0],
    prims.EXTENT: lambda own, static, args, kw: np.shape(args[0])[static],
}
