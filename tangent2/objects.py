"""Methods of objects, and partials, at the transforms: what is bound is read where it stands, as what is captured."""
from __future__ import annotations

import functools
import inspect
import types
from dataclasses import dataclass, replace
from types import CellType
from typing import Any

from tangent2.core import prims
from tangent2.core.objects import is_user_class
from tangent2.core.prims import Captured, cell_reader
from tangent2.core.syntax import Function, Op, Region, Value
from tangent2.names import signature_of

_BY_POSITION = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD


@dataclass(frozen=True, eq=False)
class Bound:
    """A function of Python whose first arguments are given, in cells: the object of a method, those of a partial."""

    function: types.FunctionType
    cells: tuple[CellType, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from others, while it lives: the identity of what it holds."""
        return "filled", self.function, *[id(cell.cell_contents) for cell in self.cells]


def bound_of(fn: Any) -> Bound | None:
    """What a method, an object that can be called, or a partial of these or of a function is; None for anything else.

    >>> import operator
    >>> bound_of(functools.partial(bound_of, 3.0)).cells[0].cell_contents, bound_of(operator.add), bound_of(bound_of)
    (3.0, None, None)
    """
    if isinstance(fn, functools.partial):
        inner = Bound(fn.func, ()) if isinstance(fn.func, types.FunctionType) else bound_of(fn.func)
        return None if inner is None else _given(inner, fn.args, tuple(fn.keywords))
    method = _method_of(fn)
    return None if method is None else Bound(method.__func__, (CellType(method.__self__),))


def _given(inner: Bound, args: tuple[Any, ...], names: tuple[str, ...]) -> Bound | None:
    """A function that is given more; what it is given by name stays a parameter, whose default that is."""
    parameters = list(signature_of(inner.function).parameters.values())
    first = parameters[len(inner.cells):len(inner.cells) + len(args)]
    named = {p.name for p in parameters if p.kind in (_BY_POSITION[1], inspect.Parameter.KEYWORD_ONLY)}
    if len(first) < len(args) or any(p.kind not in _BY_POSITION for p in first) or not named.issuperset(names):
        return None
    return Bound(inner.function, (*inner.cells, *map(CellType, args)))


def _method_of(fn: Any) -> Any:
    """The bound method that a method, or an object that can be called, is."""
    if isinstance(fn, types.MethodType):
        owner = fn.__self__ if isinstance(fn.__self__, type) else type(fn.__self__)
        return fn if isinstance(fn.__func__, types.FunctionType) and is_user_class(owner) else None
    called = types.MethodType(type(fn).__call__, fn) if is_user_class(type(fn)) and callable(fn) else None
    return called if isinstance(called, types.MethodType) and isinstance(called.__func__, types.FunctionType) else None


def of_cells(function: Function, cells: tuple[CellType, ...]) -> Function:
    """The core of a function whose first arguments are read from cells."""
    reads = tuple([_read(param, cell, function) for param, cell in zip(function.params, cells)])
    body = Region((*reads, *function.body.stmts), function.body.exit)
    return replace(function, params=function.params[len(cells):], body=body)


def _read(param: Value, cell: CellType, function: Function) -> Op:
    name = param.hint or "self"
    return Op((param,), prims.READ, (), (), Captured(name, cell, cell_reader(name, cell), "cell"), function.origin)
