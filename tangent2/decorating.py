"""Transforms as decorators: `@grad`, `@grad(argnums=1)`; and what the things they make have in common."""
from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from types import FunctionType, MethodType
from typing import Any

from tangent2.names import is_of_numba, without_partials
from tangent2.python.load import module_of_text


class _Later:
    """Stands for the function that a decorator with options is handed afterwards."""

    def __repr__(self) -> str:
        return "f"


LATER: Any = _Later()


class Decorator:
    """A transform with its options, waiting for the function.

    >>> from tangent2 import grad
    >>> grad(argnums=1)
    grad(argnums=1)
    >>> grad(argnums=1)(lambda x, y: x * y ** 2)(3.0, 2.0)
    12.0
    """

    def __init__(self, transform: Callable[..., Any], given: dict[str, Any]) -> None:
        self.transform = transform
        defaults = inspect.signature(transform).parameters
        self.options = {name: value for name, value in given.items() if value is not defaults[name].default}

    def __call__(self, f: Callable[..., Any]) -> Any:
        return self.transform(f, **self.options)

    def __repr__(self) -> str:
        options = ", ".join([f"{name}={value!r}" for name, value in self.options.items()])
        return f"{self.transform.__name__}({options})"


class Made:
    """A function that a transform made of another: presents itself, and is bound in a class like any function."""

    __name__: str
    __wrapped__: Callable[..., Any]

    def present(self, fn: Callable[..., Any], name: str, what: str) -> None:
        """Take the name, and what else is known of the function; `what` it is, in a sentence."""
        functools.update_wrapper(self, fn, assigned=("__module__",), updated=())
        self.__name__ = self.__qualname__ = name
        self._what = what
        own = getattr(without_partials(fn), "__doc__", None) if not isinstance(fn, Made) else None
        self.__doc__ = f"{what}\n\n{inspect.cleandoc(own)}" if own else what
        self.__wrapped__ = fn

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self.__name__}: {self._what}>"

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module."""
        raise NotImplementedError

    def __reduce__(self) -> Any:
        """By name where it has one, else as a transform of a function; of one without a name, as text."""
        fn, name = self.__wrapped__, getattr(self.__wrapped__, "__qualname__", "")
        if standing_at(self.__module__, name) is self:       # the name of the function that was decorated
            return name
        if isinstance(fn, FunctionType) and standing_at(fn.__module__, name) is not fn:
            return read_again, (self.__name__, self.source(), self._what)
        return made_again, (self._by[0], fn, self._by[1])

    _by: tuple[Callable[..., Any], dict[str, Any]]
    _what: str


class Read(Made):
    """A derivative that came as text: of a function without a name, or from another process."""

    def __init__(self, name: str, text: str, what: str) -> None:
        self.text = text
        self.present(module_of_text(text, name, {})[name], name, what)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """Its text."""
        return self.text

    def __reduce__(self) -> Any:
        return read_again, (self.__name__, self.text, self._what)


def read_again(name: str, text: str, what: str) -> Read:
    """A derivative from its text."""
    return Read(name, text, what)


def made_again(transform: Callable[..., Any], fn: Callable[..., Any], options: dict[str, Any]) -> Any:
    """A derivative from the transform that made it."""
    return transform(fn, **options)


def made_by(made: Any, transform: Callable[..., Any], **options: Any) -> Any:
    """Note how a derivative was made; that of what is compiled is compiled as well."""
    made._by = transform, options
    compiled = transform.__name__ != "jit" and is_compiled(made.__wrapped__)
    return import_module("tangent2.jits").jit(made) if compiled else made


def is_compiled(fn: Any) -> bool:
    """Whether a function is one that Numba compiles, or was made of one by transforms."""
    while fn is not None and not is_of_numba(fn) and not getattr(fn, "__tangent2_jitted__", False):
        fn = getattr(fn, "__wrapped__", None)
    return fn is not None


def standing_at(module: str, path: str) -> Any:
    """What stands under a name in a module."""
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found
