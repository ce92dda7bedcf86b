"""Transforms as decorators: `@grad`, `@grad(argnums=1)`; and what the things they make have in common."""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tangent2.names import is_of_numba, without_partials
from tangent2.travelling import portable, standing_at


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
        return self if instance is None else Method(self, instance)

    def __repr__(self) -> str:
        return f"<{self.__name__}: {self._what}>"

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module."""
        raise NotImplementedError

    def show(self, *args: Any, **kwargs: Any) -> None:
        """Print what `source` gives."""
        print(self.source(*args, **kwargs), end="")

    def __reduce__(self) -> Any:
        """By name where it has one, else as a transform of a function, which travels as text if it has no name."""
        fn, name = self.__wrapped__, getattr(self.__wrapped__, "__qualname__", "")
        if standing_at(self.__module__, name) is self:       # the name of the function that was decorated
            return name
        return made_again, (self._by[0], portable(fn), self._by[1])

    def __copy__(self) -> Any:
        return self         # as functions are copied

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    @property
    def __tangent2_made__(self) -> tuple[Any, Any]:
        """How it was made, equal for all that are made so, and of what."""
        transform, options = self._by
        given = [(name, tuple(v) if isinstance(v, list) else v) for name, v in options.items()]
        return (transform, *given), self.__wrapped__

    _by: tuple[Callable[..., Any], dict[str, Any]]
    _what: str


class Method:
    """A derivative that stands in a class, read from an object, which is its first argument."""

    def __init__(self, made: Made, instance: Any) -> None:
        self.__func__, self.__self__ = made, instance
        functools.update_wrapper(self, made, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__func__(self.__self__, *args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        whole = inspect.signature(self.__func__)
        return whole.replace(parameters=list(whole.parameters.values())[1:])

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module, for the object and these arguments; the generic one without any."""
        given = (self.__self__, *args) if args or kwargs else ()
        return self.__func__.source(*given, **kwargs)

    def show(self, *args: Any, **kwargs: Any) -> None:
        """Print what `source` gives."""
        print(self.source(*args, **kwargs), end="")

    def __eq__(self, other: Any) -> bool:
        return type(other) is Method and (other.__func__, id(other.__self__)) == (self.__func__, id(self.__self__))

    def __hash__(self) -> int:
        return hash((self.__func__, id(self.__self__)))

    def __repr__(self) -> str:
        return f"<{self.__func__!r} of {self.__self__!r}>"

    def __reduce__(self) -> Any:
        return Method, (self.__func__, self.__self__)


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

