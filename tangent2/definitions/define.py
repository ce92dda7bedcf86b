"""Declaring what a function of NumPy is, in terms of others.

A definition takes the arguments that it says it takes, under NumPy's names for them; others are refused where it is
called.  What it is given as a literal (`axis=0`, `mode="edge"`) is a constant in it.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from types import FunctionType
from typing import Any, TypeVar

_MODULES = ("axes", "lines", "matrices", "orders", "pieces", "polynomials", "spectra", "statistics")
_F = TypeVar("_F", bound=Callable[..., Any])
_defined: dict[Any, FunctionType] = {}


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


def definition_of(function: Any) -> FunctionType | None:
    """The definition of a function of NumPy, or of one of these here; None of those that have a rule, or none."""
    if isinstance(function, FunctionType) and is_within(function.__globals__):
        return function
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
