"""Functions called with fewer arguments than they have parameters: the others are bound to their defaults."""
from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any, NoReturn

from tangent2.names import signature_of
from tangent2.core import prims
from tangent2.core.kinds import Bottom, Kind, List, Tuple, Unknown, variants
from tangent2.core.prims import Captured
from tangent2.core.syntax import Atom, Const, Function, Op, Region, Value
from tangent2.core.walk import renew_function, substitute
from tangent2.errors import ArgumentError
from tangent2.python.lower_outside import is_plain_default

_MANY = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD


def completed(function: Function, fn: Any, kinds: tuple[Kind, ...]) -> Function:
    """The core function that takes arguments of these kinds by position.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Return
    >>> def power(x, n=2): ...
    >>> x, n = Value("x"), Value("n")
    >>> print(show(completed(Function("power", (x, n), Region((), Return((n,)))), power, (FLOAT,))))
    def power(x.0):
        return 2
    """
    count = len(kinds)
    parameters = list(signature_of(fn).parameters.values())
    for parameter, kind in zip(parameters, kinds):
        row = isinstance(kind, List) and bool(variants(kind.elt))       # of objects, see `Hindsight`
        if parameter.kind in _MANY[:1] and not row and not isinstance(kind, (Tuple, Unknown, Bottom)):
            _refuse(fn, "too many arguments are given by position")
    if count == len(function.params):
        return function
    if count > len(function.params):
        _refuse(fn, "too many arguments are given")
    function = renew_function(function)[0]
    made: list[Op] = []
    mapping: dict[Value, Atom] = {}
    for value, parameter in zip(function.params[count:], parameters[count:]):
        found = _bound(fn, parameter, value)
        mapping[value] = found if isinstance(found, Const) else value
        made += [found] if isinstance(found, Op) else []
    body = substitute(function.body, {v: a for v, a in mapping.items() if a is not v})
    return replace(function, params=function.params[:count], body=Region((*made, *body.stmts), body.exit))


def _bound(fn: Any, parameter: inspect.Parameter, value: Value) -> Const | Op:
    """The default of a parameter: a literal, or what makes it."""
    if parameter.kind in _MANY:
        prim, empty = (prims.TUPLE, None) if parameter.kind is _MANY[0] else (prims.DICT, ())
        return Op((value,), prim, static=empty)
    default = parameter.default
    if default is inspect.Parameter.empty:
        _refuse(fn, f"`{parameter.name}` is missing")
    if is_plain_default(default):
        return Const(default)
    title = f"{fn.__name__}.{parameter.name}"
    return Op((value,), prims.READ, static=Captured(title, fn, lambda: default, "default"))


def _refuse(fn: Any, problem: str) -> NoReturn:
    raise ArgumentError(f"call of `{fn.__name__}`: {problem}", construct=fn.__name__,
                        advice=f"look at the parameters of `{fn.__name__}`")
