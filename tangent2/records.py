"""Objects with fields at the transforms: dataclasses and registered classes stand in as named tuples, and come back.

Compiled code reads fields by name; gradients have the class of the argument.
"""
from __future__ import annotations

import dataclasses
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from tangent2.errors import ArgumentError
from tangent2.trees import is_registered, parts_of, rebuilt

_PLAIN = (float, int, bool, complex, str, type(None), np.ndarray)
_STAND_INS: dict[Any, Any] = {}


def lowered(arg: Any) -> Any:
    """An argument with named tuples in the place of dataclasses and registered objects; itself if it holds none.

    >>> @dataclasses.dataclass
    ... class Line:
    ...     slope: float
    ...     offset: float
    >>> lowered(Line(2.0, 1.0))
    Line(slope=2.0, offset=1.0)
    >>> raised(Line(2.0, 1.0), (0.5, 0.0)).slope
    0.5
    """
    cls = type(arg)
    if cls in _PLAIN:
        return arg
    found = parts_of(arg) if is_registered(cls) or dataclasses.is_dataclass(arg) else None
    if found is not None:
        children, aux = found
        return _stand_in(arg, children, aux)(*map(lowered, children))
    if cls is tuple or cls is list:
        items = list(map(lowered, arg))
        return arg if all(a is b for a, b in zip(items, arg)) else cls(items)
    if isinstance(arg, tuple) and hasattr(cls, "_fields"):
        items = list(map(lowered, arg))
        return arg if all(a is b for a, b in zip(items, arg)) else cls(*items)
    if cls is dict:
        new = {key: lowered(item) for key, item in arg.items()}
        return arg if all(new[key] is item for key, item in arg.items()) else new
    return arg


def _stand_in(arg: Any, children: tuple[Any, ...], aux: Any) -> Callable[..., Any]:
    """The named tuple that stands for an object: its fields are the attributes that hold its children."""
    cls = type(arg)
    if is_registered(cls):
        own = {id(value): name for name, value in getattr(arg, "__dict__", {}).items()}
        names = tuple([own.get(id(child), "") for child in children])
        if "" in names or len(set(names)) != len(names):
            raise ArgumentError(f"the parts of a {cls.__name__} are not all attributes of it", construct=cls.__name__,
                                advice="let flatten give attributes of the object, or use a dataclass")
    else:
        names = aux
    key = cls, names
    if key not in _STAND_INS:
        _STAND_INS[key] = namedtuple(cls.__name__, names)
    return _STAND_INS[key]


def tuple_note(name: str, arg: Any) -> str:
    """What the text of a derivative says of an argument whose gradient it gives as a tuple.

    >>> tuple_note("line", namedtuple("Line", "slope offset")(2.0, 1.0)), tuple_note("x", 2.0)
    ('# the gradient in `line`, of class Line, is a tuple: slope, offset\\n', '')
    """
    fields = getattr(lowered(arg), "_fields", None)
    if fields is None:
        return ""
    return f"# the gradient in `{name}`, of class {type(arg).__name__}, is a tuple: {', '.join(fields)}\n"


def raised(arg: Any, bar: Any) -> Any:
    """An adjoint (or tangent) of an argument in the classes of that; parts without a derivative are None."""
    cls = type(arg)
    if cls in _PLAIN or bar is None:
        return bar
    found = parts_of(arg)
    if found is None:
        return bar
    children, _ = found
    if isinstance(bar, dict):
        return {key: raised(item, bar[key]) for key, item in arg.items()}
    new = [raised(child, part) for child, part in zip(children, bar)]
    return rebuilt(arg, new)
