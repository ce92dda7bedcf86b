"""Arguments of calls of Python functions, in the order of their parameters."""
from __future__ import annotations

import inspect
from typing import Any

from tangent2.core.syntax import Atom, Const, Value
from tangent2.names import signature_of


def bind_python(function: Any, given: tuple[Atom, ...], named: dict[str, Atom]) -> tuple[Atom, ...] | None:
    """All arguments, defaults filled in; None if they do not bind, or one of them is no plain value.

    >>> bind_python(lambda x, n=2: x ** n, (Const(1.5),), {})
    (1.5, 2)
    """
    try:
        bound = signature_of(function).bind(*given, **named)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    found = []
    for name, value in bound.arguments.items():
        if bound.signature.parameters[name].kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            return None
        plain = isinstance(value, (Value, Const)) or type(value) in (int, float, complex, bool, str, type(None))
        if not plain:
            return None
        found.append(value if isinstance(value, (Value, Const)) else Const(value))
    return tuple(found)
