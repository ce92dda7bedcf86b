"""`linearize`: the value of a function, and the linear map that its tangents are."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangent2.api import check_callable, completed
from tangent2.cache import compiled
from tangent2.core.kinds import is_inexact
from tangent2.core.valuekinds import kind_of_value
from tangent2.errors import ArgumentError
from tangent2.inside import called_inside, linearize_callee
from tangent2.names import function_name
from tangent2.python.read import place_of
from tangent2.records import is_left_out, lowered, raised, whole_of
from tangent2.requests import linear_request
from tangent2.runtime.trees import zero_like
from tangent2.structures import conform, is_still, shape_of


def linearize(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f`, and the linear map from tangents of the arguments to that of the value: `(out, f_lin)`.

    primals: the arguments.  `f_lin` takes one tangent for each (None or 0 for what is no float), and may be called
    many times: it is the transpose of the pullback, so what that would save is computed once, here.  Of a function of
    complex numbers, one with blocks of `insert_grad_of`, or one that has tangents but no pullback, `f_lin` runs `f`
    with its tangents each time, as it does where `linearize` is called by code that is differentiated itself.
    has_aux: `f` returns `(out, aux)`, and the result is `(out, f_lin, aux)`.
    Raises `ArgumentError` for tangents of other number, structure or shape than the arguments.

    >>> import numpy as np
    >>> import tangent2
    >>> out, f_lin = tangent2.linearize(lambda x: np.sum(x ** 2), np.array([1.0, 2.0]))
    >>> float(out), float(f_lin(np.array([1.0, 0.0]))), float(f_lin(np.array([0.0, 1.0])))
    (5.0, 2.0, 4.0)
    """
    check_callable(f)
    fn, args = completed(f, primals)
    args, given = lowered(tuple(args)), len(primals)
    active = tuple([k < given and is_inexact(kind_of_value(a)) for k, a in enumerate(args)])
    out, push = compiled(fn, linear_request(active, has_aux), args).function(*args)
    whole = whole_of(fn, primals, out)
    value, low = (whole[0], out[0]) if has_aux else (whole, out)
    likes, zeros = tuple(map(shape_of, args[:given])), zero_like(low)

    def f_lin(*tangents: Any) -> Any:
        """The tangent of the value, from those of the arguments."""
        if len(tangents) != given:
            raise ArgumentError(f"the linear map of `{function_name(f)}` got {len(tangents)} tangents for {given} "
                                "primals", origin=place_of(f), construct="linearize",
                                advice="give one tangent for each primal")
        dots = [_dot(d, like, on, k, f) for k, (d, like, on) in enumerate(zip(lowered(tangents), likes, active))]
        found = push(*[d for d, on in zip(dots, active) if on])
        return raised(value, zeros if found is None else found)
    return (value, f_lin, whole[1]) if has_aux else (value, f_lin)


called_inside(linearize, "f *primals", linearize_callee)


def _dot(tangent: Any, like: Any, is_active: bool, k: int, f: Any) -> Any:
    """A tangent in the structure and dtypes of its primal; what is no float has none."""
    if is_active:
        return zero_like(like) if is_left_out(like, tangent) else conform(
            tangent, like, "tangent", "primal", "linearize", f)
    if not is_still(tangent):
        raise ArgumentError(f"primal {k} of `{function_name(f)}` is no float, so it has no tangent", origin=place_of(f),
                            construct="linearize", advice="give a float (1.0, not 1), or None as its tangent")
    return None
