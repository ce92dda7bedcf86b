"""Arguments of NumPy's functions by name: what rules call them, and which of them stand in front."""
from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")
_RENAMED = {"a_min": "min", "a_max": "max", "newshape": "shape", "correction": "ddof"}
_FIRST = frozenset({"a", "x", "m", "arr", "ary", "v", "array", "A", "y", "f", "seq"})


def parameter(name: str, params: tuple[str, ...]) -> str:
    """What a rule calls the argument that NumPy calls `name`.

    >>> parameter("a", ("x", "axis")), parameter("axis", ("x", "axis")), parameter("where", ("x", "axis"))
    ('x', 'axis', 'where')
    """
    if name in params:
        return name
    if _RENAMED.get(name) in params:
        return _RENAMED[name]
    return params[0] if name in _FIRST and params else name


def in_front(function: Any, positional: Sequence[T], keywords: Sequence[tuple[str, T]],
             ) -> tuple[list[T], list[tuple[str, T]]]:
    """The arguments of a call, those that a function must have in front and in its own order: rules rely on that.

    >>> import numpy as np
    >>> in_front(np.transpose, [], [("axes", (1, 0)), ("a", "x")])
    (['x'], [('axes', (1, 0))])
    """
    front, given = list(positional), dict(keywords)
    if not keywords or len(given) < len(keywords):
        return front, list(keywords)
    for name in _needed(function)[len(front):]:
        if name not in given:
            break
        front.append(given.pop(name))
    return front, list(given.items())


@lru_cache(None)
def _needed(function: Any) -> tuple[str, ...]:
    """The names of the parameters that have no default."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple([p.name for p in found if p.kind in plain and p.default is p.empty])
