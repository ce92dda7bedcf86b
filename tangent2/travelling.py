"""Functions that travel as text: pickled, one without a name by which another process finds it is read again there."""
from __future__ import annotations

import functools
import sys
from types import FunctionType
from typing import Any

from tangent2.complete import Module
from tangent2.errors import UnsupportedError
from tangent2.names import function_name
from tangent2.python.load import module_of_text
from tangent2.repeating import MARK, is_repeated
from tangent2.rules.declare import recognise_prim


def standing_at(module: str, path: str) -> Any:
    """What stands under a name in a module; None if nothing does.

    >>> standing_at("tangent2.travelling", "standing_at") is standing_at
    True
    """
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def portable(fn: Any) -> Any:
    """What is pickled in the place of a function, and becomes that function, or one like it, when it is read.

    fn: a function, or anything that can be called.  Raises `TangentError` where it has neither a name nor a text.

    >>> import pickle
    >>> pickle.loads(pickle.dumps(portable(lambda x: 2 * x)))(3)
    6
    """
    if isinstance(fn, functools.partial):
        return _Partial(fn)
    return _Traveller(fn) if isinstance(fn, FunctionType) and not _is_found(fn) else fn


def _is_found(value: Any) -> bool:
    """Whether a function or class is pickled by its name."""
    module = getattr(value, "__module__", None)
    return isinstance(module, str) and standing_at(module, value.__qualname__) is value


class _Traveller:
    """Stands for a function while it is pickled."""

    def __init__(self, fn: FunctionType) -> None:
        self.fn = fn

    def __reduce__(self) -> Any:
        luggage = _Luggage()
        name = function_name(self.fn)
        luggage.bind(name, self.fn, None, name)
        return arrived, (luggage.text(""), name, luggage.given)


class _Partial:
    """Stands for a partial while it is pickled."""

    def __init__(self, fn: functools.partial[Any]) -> None:
        self.fn = fn

    def __reduce__(self) -> Any:
        return partial_again, (portable(self.fn.func), tuple(map(portable, self.fn.args)), self.fn.keywords)


def partial_again(fn: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """A partial from its parts."""
    return functools.partial(fn, *args, **named)


class _Luggage(Module):
    """The text of a function, with all that it reads: what has a name is found by it, values are pickled."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, Any] = {}

    def include(self, name: str, value: FunctionType | type) -> None:
        """Print what has no name by which it is found."""
        if _is_found(value):
            self.given[name] = value
        elif isinstance(value, FunctionType) and recognise_prim(value) is not None:
            raise UnsupportedError(f"`{name}` has a rule of yours, which does not travel with it", construct="pickle",
                                   advice="define the function and its rule at the top of a module")
        else:
            super().include(name, value)
            if isinstance(value, FunctionType) and is_repeated(value):
                self.definitions.append(f"{name}.{MARK} = True")

    def declare(self, name: str, function: Any) -> None:
        """A function with a rule of its own travels as it is."""
        self.give(name, function)

    def give(self, name: str, value: Any, after: bool = False) -> None:
        """Values travel as they are."""
        held = self.free(name.replace(".", "_")) if after else name
        self.given[held] = value
        if after:       # an attribute of a class that travels as text
            self.bound[held] = value
            self.definitions.append(f"{name} = {held}")


def arrived(text: str, name: str, given: dict[str, Any]) -> Any:
    """A function from its text, and the values that the text reads."""
    return module_of_text(text, name, given)[name]
