"""What is remembered of a function stands on the function, and goes with it: it may hold what the function captures."""
from __future__ import annotations

import weakref
from typing import Any


class Attached(dict[Any, Any]):
    """A table that stands on one function; `functools.wraps` may copy it to another, of which it tells nothing."""

    def __init__(self, fn: Any) -> None:
        super().__init__()
        self.of = weakref.ref(fn)

    def __reduce__(self) -> Any:
        return dict, ()


def attached(fn: Any, name: str) -> dict[Any, Any]:
    """The table of a name that stands on a function, or on another object with attributes.

    >>> def f(): ...
    >>> attached(f, "__seen__")["k"] = 1
    >>> g = lambda: None
    >>> vars(g).update(vars(f))
    >>> attached(f, "__seen__"), attached(g, "__seen__")
    ({'k': 1}, {})
    """
    found = vars(fn).get(name)
    if type(found) is Attached and found.of() is fn:
        return found
    made = vars(fn)[name] = Attached(fn)
    return made


def own_attributes(fn: Any) -> dict[str, Any]:
    """The attributes of a function, but for what is remembered of it.

    >>> def f(): ...
    >>> attached(f, "__seen__")["k"] = 1
    >>> own_attributes(f)
    {}
    """
    return {name: value for name, value in vars(fn).items() if type(value) is not Attached}
