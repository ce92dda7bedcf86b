"""Methods of objects at the transforms: the object is read where it stands, as what a function captures is."""
from __future__ import annotations

import types
from dataclasses import replace
from typing import Any

from tangent2.core import prims
from tangent2.core.objects import is_user_class
from tangent2.core.prims import Captured
from tangent2.core.syntax import Function, Op, Region


def method_of(fn: Any) -> Any:
    """The bound method that a method, or an object that can be called, is; None for anything else."""
    if isinstance(fn, types.MethodType):
        owner = fn.__self__ if isinstance(fn.__self__, type) else type(fn.__self__)
        return fn if isinstance(fn.__func__, types.FunctionType) and is_user_class(owner) else None
    called = types.MethodType(type(fn).__call__, fn) if is_user_class(type(fn)) and callable(fn) else None
    return called if isinstance(called, types.MethodType) and isinstance(called.__func__, types.FunctionType) else None


def of_object(function: Function, obj: Any) -> Function:
    """The core of a method whose object is one that is there."""
    first = function.params[0]
    name = first.hint or "self"
    space = {name: obj}
    read = Op((first,), prims.READ, (), (), Captured(name, space, lambda: space[name], "global"), function.origin)
    body = Region((read, *function.body.stmts), function.body.exit)
    return replace(function, params=function.params[1:], body=body)
