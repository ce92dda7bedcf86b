"""Calls of what transforms made as calls of plain parameters, each given by its place: what `jit` compiles."""
from __future__ import annotations

from typing import Any

from tangent2.api import completed, parameter_names, positions
from tangent2.errors import ArgumentError, UnsupportedError
from tangent2.jacobians import HessianProduct, Jacobian, hvp
from tangent2.names import function_name, signature_of
from tangent2.python.read import place_of
from tangent2.records import lowered
from tangent2.structures import conform
from tangent2.vectorising import Vmap

Row = tuple[Any, tuple[Any, ...]]
Known = dict[Any, Any]


def takes_more(made: Any) -> bool:
    """Whether calls of something may mean more than their arguments by place and name do."""
    return isinstance(made, (Vmap, HessianProduct, Jacobian))


def checks_values(made: Any) -> bool:
    """Whether a call of something is checked by what its text does not tell, so that each call has to be looked at."""
    return isinstance(made, HessianProduct)


def in_a_row(made: Any, args: tuple[Any, ...], kwargs: dict[str, Any], known: Known) -> Row | None:
    """The function of plain parameters that a call is one of, and its arguments; None if the call is a mistake.

    made: what is called, for which `takes_more`.  known: what was found before.  Raises `TangentError` where there is
    no such function, or the call is a mistake.

    >>> from tangent2 import vmap
    >>> in_a_row(vmap(lambda x, n=2: x ** n), (3.0,), {}, {})[1]
    (3.0, 2)
    """
    if isinstance(made, Vmap):
        return _lanes(made, args, kwargs, known)
    if isinstance(made, HessianProduct):
        return _direction(made, args, kwargs, known)
    fn, flat = completed(made._fn, args, kwargs)
    if fn is made._fn:
        return made, tuple(flat)
    if fn not in known:
        known[fn] = Jacobian(fn, made._argnums, made._has_aux, made._sweep, made.__name__, made._what)
        known[fn]._by = made._by
    return known[fn], tuple(flat)


def _lanes(made: Vmap, args: tuple[Any, ...], kwargs: dict[str, Any], known: Known) -> Row:
    """Arguments by name are mapped, defaults are not: one axis for each parameter says so."""
    if not kwargs and len(args) == len(signature_of(made).parameters) and made not in known:
        known[made] = made._in if isinstance(made._in, tuple) else (made._in,) * len(args)
    fn, flat, request = made._asked(args, kwargs)
    if any(p.kind is p.KEYWORD_ONLY for p in signature_of(fn).parameters.values()):
        raise UnsupportedError(f"`{function_name(fn)}` takes arguments by name only, of which each call maps others",
                               origin=place_of(fn), construct="vmap", advice="let them be given by place")
    if fn is made._fn and known.get(made) == request.axes:
        return made, flat
    key = fn, request.axes
    if key not in known:
        known[key] = Vmap(fn, 0, 0)
        known[key]._in, known[key]._out, known[key]._by = request.axes, made._out, made._by
    return known[key], flat


def _direction(made: HessianProduct, args: tuple[Any, ...], kwargs: dict[str, Any], known: Known) -> Row | None:
    """The direction comes after the arguments, with what is left to defaults; it has to be like what it is one of."""
    f, argnums = made.__wrapped__, made._argnums
    if not args:
        return None
    fn, flat = completed(f, args[:-1], kwargs)
    wrt = positions(parameter_names(fn), argnums, function_name(f), f)
    single = not isinstance(argnums, (tuple, list))
    parts = (args[-1],) if single else args[-1]
    if not isinstance(parts, (tuple, list)) or len(parts) != len(wrt):
        return None
    try:
        parts = [conform(lowered(part), lowered(flat[k]), "direction", "argument", "hvp", f)
                 for k, part in zip(wrt, parts)]
    except ArgumentError:
        return None
    if fn is not f and fn not in known:
        known[fn] = hvp(fn, argnums)
    last = [p.kind is p.KEYWORD_ONLY for p in signature_of(fn).parameters.values()]
    at = last.index(True) if True in last else len(last)
    return known.get(fn, made), (*flat[:at], parts[0] if single else tuple(parts), *flat[at:])
