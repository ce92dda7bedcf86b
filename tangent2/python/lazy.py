"""Which methods of the user's compute while somebody runs over their result: generators, and what hands one on."""
from __future__ import annotations

import inspect
import types
from functools import lru_cache
from typing import Any

import gast

from tangent2.core.objects import member
from tangent2.errors import TangentError
from tangent2.python.parts import walk
from tangent2.python.read import read


def is_lazy(cls: type, method: str) -> bool:
    """Whether a method of a class computes its items when they are asked for.

    >>> class Rows:
    ...     def __iter__(self): yield 1
    >>> is_lazy(Rows, "__iter__"), is_lazy(Rows, "total")
    (True, False)
    """
    found = member(cls, method)
    return isinstance(found, types.FunctionType) and _is_lazy(found)


@lru_cache(maxsize=256)
def _is_lazy(fn: types.FunctionType) -> bool:
    return inspect.isgeneratorfunction(fn) or fn.__name__ == "__iter__" and _hands_on(fn)


def _hands_on(fn: types.FunctionType) -> bool:
    """Whether a method gives an iterator that computes, and not that of a container."""
    try:
        node = read(fn).node
    except TangentError:
        return False
    given = [n.value for n in walk(node) if isinstance(n, gast.Return)]
    return any(isinstance(v, gast.GeneratorExp) or isinstance(v, gast.Call) and not is_of_container(v) for v in given)


def is_of_container(value: Any) -> bool:
    """Whether a call is `iter(self.items)`, of a name or a part of one."""
    return isinstance(value, gast.Call) and getattr(value.func, "id", "") == "iter" and len(value.args) == 1 \
        and isinstance(value.args[0], (gast.Name, gast.Attribute, gast.Subscript))
