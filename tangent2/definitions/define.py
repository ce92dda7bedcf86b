"""Declaring what a function of NumPy is, in terms of others.

A definition takes the arguments that it says it takes, under NumPy's names for them; others are refused where it is
called.  What it is given as a literal (`axis=0`, `mode="edge"`) is a constant in it.  Where a function has a rule that
goes for some of its options, a definition may complete it.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from types import FunctionType
from typing import Any, TypeVar

_MODULES = ("arrays", "axes", "histograms", "lines", "matrices", "orders", "paddings", "pieces", "polynomials", "sets",
            "slopes", "spectra", "statistics", "ufuncs")
_OF_MODULES = {"statistics": "samples", "scipy.special._logsumexp": "special"}  # what is imported where the user did
_F = TypeVar("_F", bound=Callable[..., Any])
Completion = tuple[FunctionType, Mapping[str, tuple[Any, ...]]]
OPTIONS = (bool, int, str, type(None))          # literals of these types are constants in a definition
_defined: dict[Any, FunctionType] = {}
_methods: dict[str, FunctionType] = {}
_completed: dict[Any, Completion] = {}


def defines(*functions: Any) -> Callable[[_F], _F]:
    """Declare what a function of NumPy is.

    >>> import numpy as np
    >>> definition_of(np.ediff1d).__name__, definition_of(np.sin)
    ('ediff1d', None)
    """
    def declare(definition: _F) -> _F:
        _defined.update(dict.fromkeys(functions, definition))
        return definition
    return declare


def defines_method(name: str) -> Callable[[_F], _F]:
    """Declare what a method of arrays is, a function of the array and the arguments."""
    def declare(definition: _F) -> _F:
        _methods[name] = definition         # type: ignore[assignment]
        return definition
    return declare


def definition_of_method(name: str) -> FunctionType | None:
    """What a method of arrays is; None of those that have a rule, or none.

    >>> definition_of_method("compress").__name__, definition_of_method("sum")
    ('compressed', None)
    """
    definitions()
    return _methods.get(name)


def completes(function: Any, **ruled: tuple[Any, ...]) -> Callable[[_F], _F]:
    """Declare what a function of NumPy is where its rule does not go: one of these parameters is given another literal.

    >>> import numpy as np
    >>> definition, ruled = completion_of(np.convolve)
    >>> definition.__name__, ruled
    ('convolve', {'mode': ('full',)})
    """
    def declare(definition: _F) -> _F:
        _completed[function] = definition, ruled        # type: ignore[assignment]
        return definition
    return declare


def completion_of(function: Any) -> Completion | None:
    """What a function is that has a rule, beyond that, and the literals (or their types) that are left to the rule."""
    definitions()
    try:
        return _completed.get(function)
    except TypeError:
        return None


def definition_of(function: Any) -> FunctionType | None:
    """The definition of a function of NumPy, or of one of these here; None of those that have a rule, or none."""
    if isinstance(function, FunctionType) and is_within(function.__globals__):
        return function
    module = _OF_MODULES.get(getattr(function, "__module__", None) or "")
    if module is not None:
        import_module(f"{__package__}.{module}")
    try:
        return definitions().get(function)
    except TypeError:       # it is no function at all
        return None


def is_within(names: Mapping[str, Any]) -> bool:
    """Whether these are the globals of definitions: what they call of NumPy is NumPy's own."""
    return str(names.get("__name__")).startswith(f"{__package__}.")


@lru_cache(None)
def definitions() -> Mapping[Any, FunctionType]:
    """All definitions, by what they define."""
    for name in _MODULES:
        import_module(f"{__package__}.{name}")
    return _defined


def completed() -> Mapping[Any, Completion]:
    """All that is declared beside rules, by what it completes."""
    definitions()
    return _completed
