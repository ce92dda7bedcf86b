"""Functions with `*args` and `**kwargs` at the transforms: each call has a fixed number of arguments, so each is known.

A `Spread` is such a function for one number of positional and one choice of keyword arguments.
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tangent2.attached import attached
from tangent2.names import signature_of
from tangent2.analysis.spread import spread
from tangent2.core.syntax import Callee
from tangent2.decorating import Made
from tangent2.errors import ArgumentError, UnsupportedError
from tangent2.python.read import place_of
from tangent2.requests import is_primitive

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler

_STAR, _NAMED = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD


def is_variadic(fn: Any) -> bool:
    """Whether a function takes any number of arguments.

    >>> is_variadic(lambda *xs: xs), is_variadic(lambda x: x)
    (True, False)
    """
    if not (inspect.isfunction(fn) or hasattr(fn, "__wrapped__")) or is_primitive(fn):
        return False
    try:
        return any(p.kind in (_STAR, _NAMED) for p in signature_of(fn).parameters.values())
    except (TypeError, ValueError):
        return False


def fixed_names(fn: Callable[..., Any]) -> list[str]:
    """The names of the parameters before any star."""
    names: list[str] = []
    for p in signature_of(fn).parameters.values():
        if p.kind in (_STAR, _NAMED):
            break
        names.append(p.name)
    return names


def wrapped_names(fn: Callable[..., Any]) -> tuple[str, ...] | None:
    """The names of the parameters of what a wrapper of `*args, **kwargs` wraps; None if it is no such, or wraps a
    function that can be called with more or fewer arguments.

    >>> import functools
    >>> def g(x, y): return x * y
    >>> wrapped_names(functools.wraps(g)(lambda *args, **kwargs: g(*args, **kwargs))), wrapped_names(lambda *args: 0)
    (('x', 'y'), None)
    """
    if not hasattr(fn, "__wrapped__") or {p.kind for p in signature_of(fn).parameters.values()} - {_STAR, _NAMED}:
        return None
    try:
        inner = inspect.signature(fn)
    except (TypeError, ValueError):
        return None
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY
    fixed = all(p.kind in kinds and p.default is p.empty for p in inner.parameters.values())
    return tuple(inner.parameters) if fixed else None


class Spread:
    """A variadic function as one of `count` star arguments and the keyword arguments `names`."""

    def __init__(self, fn: Callable[..., Any], count: int, names: tuple[str, ...]) -> None:
        self.fn, self.count, self.names = fn, count, names
        self.kinds = [p.kind for p in signature_of(fn).parameters.values()]
        functools.update_wrapper(self, fn, updated=())
        vars(self).pop("__wrapped__")       # its signature is another one
        self.__globals__ = getattr(inspect.unwrap(fn), "__globals__", {})
        self.__signature__ = inspect.Signature(list(self._parameters()))
        self.__tangent2_made__ = ("spread", count, names), fn       # see `anew`

    def _parameters(self) -> Any:
        told = wrapped_names(self.fn)
        for p in signature_of(self.fn).parameters.values():
            names = [p.name]
            if p.kind is _STAR and told is not None and len(told) == self.count:
                names = list(told)
            elif p.kind is _STAR:
                names = [f"{p.name}_{k}" for k in range(self.count)]
            elif p.kind is _NAMED:
                names = list(self.names)
            yield from (inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names)

    def __call__(self, *flat: Any) -> Any:
        given = list(flat)
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for p in signature_of(self.fn).parameters.values():
            if p.kind is _STAR:
                args += [given.pop(0) for _ in range(self.count)]
            elif p.kind is _NAMED:
                kwargs.update((name, given.pop(0)) for name in self.names)
            elif p.kind is inspect.Parameter.KEYWORD_ONLY:
                kwargs[p.name] = given.pop(0)
            else:
                args.append(given.pop(0))
        return self.fn(*args, **kwargs)

    def _callee(self, compiler: Compiler, live: bool) -> Callee:
        inner = getattr(self.fn, "__tangent2_spread__", None)
        if inner is not None:       # a derivative of a variadic function
            made = inner(self.count, self.names)
            return made.__tangent2_live__(compiler) if live else made.__tangent2_callee__(compiler)
        star, named = [self.kinds.index(k) if k in self.kinds else None for k in (_STAR, _NAMED)]
        return compiler.rewritten(("spread", self.fn, self.count, self.names), self.fn,  # type: ignore[arg-type]
                                  lambda f: spread(f, star, self.count, named, self.names), live)

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, False)

    def __tangent2_live__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, True)


def spread_out(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Spread, tuple[Any, ...]]:
    """A variadic function for the arguments of a call, and those in a row, defaults filled in."""
    try:
        bound = signature_of(fn).bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(f"call of `{getattr(fn, '__name__', 'fn')}`: {error}", origin=place_of(fn),
                            construct="call", advice=f"its parameters are {signature_of(fn)}") from None
    bound.apply_defaults()
    flat: list[Any] = []
    count, names = 0, ()
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is _STAR:
            count = len(value)
            flat += value
        elif kind is _NAMED:
            names = tuple(value)
            flat += value.values()
        else:
            flat.append(value)
    return spread_of(fn, count, names), tuple(flat)


def spread_of(fn: Callable[..., Any], count: int, names: tuple[str, ...]) -> Spread:
    """The one `Spread` of a function for so many arguments."""
    table = attached(fn, "__tangent2_spreads__")
    if (count, names) not in table:
        table[count, names] = Spread(fn, count, names)
    found: Spread = table[count, names]
    return found


def wrapped_spread(fn: Callable[..., Any]) -> Spread | None:
    """A wrapper as a function of the arguments of what it wraps; None if it is none, or these are not fixed."""
    told = wrapped_names(fn)
    return None if told is None else spread_of(fn, len(told), ())


class Variadic(Made):
    """A transform of a variadic function: `make` gives it for each `Spread`, when that is called.

    `whole` gives it for the function as it is, whose star arguments are one tuple: for calls in user code.
    """

    def __init__(self, fn: Callable[..., Any], make: Callable[[Any], Any], whole: Callable[[], Any], name: str,
                 doc: str) -> None:
        self._fn, self._make, self._whole = fn, make, whole
        self._made: dict[Any, Any] = {}
        self.present(fn, name, doc)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        found, flat = spread_out(self._fn, args, kwargs)
        return self.__tangent2_spread__(found.count, found.names)(*flat)

    def __tangent2_spread__(self, count: int, names: tuple[str, ...]) -> Any:
        key = count, names
        if key not in self._made:
            self._made[key] = self._make(spread_of(self._fn, count, names))
        return self._made[key]

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return self._whole().__tangent2_callee__(compiler)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module for these arguments."""
        if not args and not kwargs:
            raise UnsupportedError(f"the text of `{self.__name__}` depends on how many arguments there are",
                                   origin=place_of(self._fn), construct="source", advice="give example arguments")
        found, flat = spread_out(self._fn, args, kwargs)
        return str(self.__tangent2_spread__(found.count, found.names).source(*flat))
