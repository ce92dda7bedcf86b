"""Classes of tuples that stand for objects, where attributes have names that named tuples do not allow."""
from __future__ import annotations

from operator import itemgetter
from typing import Any


def record(name: str, fields: str) -> Any:
    """A class of tuples whose elements have names, of which some start with an underscore.

    >>> Line = record("Line", "slope _offset")
    >>> Line(2.0, 1.0)._offset
    1.0
    """
    names = tuple(fields.split())

    def new(cls: Any, *parts: Any) -> Any:
        return tuple.__new__(cls, parts)
    parts: dict[str, Any] = {each: property(itemgetter(k)) for k, each in enumerate(names)}
    return type(name, (tuple,), {"__slots__": (), "_fields": names, "__new__": new, **parts})
