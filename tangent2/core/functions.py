"""Where functions that are values can be read by a name of their own, so that it can be asked which one a value is."""
from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from functools import reduce
from types import FunctionType
from typing import Any, NamedTuple


class Home(NamedTuple):
    """The owner of a function, its name there, and what sort of place that is, as `Captured` has them."""

    owner: Any
    name: str
    where: str


def home_of(callee: Any) -> Home | None:
    """Where the function of a callee can be read; None if it has no name of its own.

    >>> import numpy as np
    >>> from tangent2.rules.declare import recognise_prim
    >>> home_of(recognise_prim(np.linalg.norm))[1:], home_of(recognise_prim(abs))[1:]
    (('numpy.linalg.norm', 'module'), ('abs', 'builtin'))
    """
    spelling: tuple[str, ...] = getattr(callee, "spelling", ("",))
    function: Any = getattr(callee, "python", None)
    if spelling[0] == "builtin":
        return Home(vars(builtins), spelling[1], "builtin")
    if spelling[0] == "call":
        module = sys.modules.get(spelling[1])
        known = _part(module, spelling[2]) is callee.obj
        return Home(module, f"{spelling[1]}.{spelling[2]}", "module") if known else None
    plain = function if getattr(callee, "rule", None) is None else getattr(function, "__wrapped__", None)
    if isinstance(plain, FunctionType) and not plain.__closure__:
        name = _name_in(plain.__globals__, function)
        return None if name is None else Home(plain.__globals__, name, "global")
    return None


def label_of(callee: Any) -> str:
    """What tells a function that is defined inside another one from its like: its name, or the place of a lambda."""
    origin = getattr(callee.key, "origin", None)
    return f"lambda {origin.line}:{origin.column}" if callee.name == "fn" and origin is not None else str(callee.name)


def _part(module: Any, path: str) -> Any:
    return reduce(lambda found, name: getattr(found, name, None), path.split("."), module)


def _name_in(names: Mapping[str, Any], function: Any) -> str | None:
    """The name that a module has for a function: its own, or that of a lambda."""
    own: str = function.__name__
    if names.get(own) is function:
        return own
    return next((name for name, value in names.items() if value is function), None)
