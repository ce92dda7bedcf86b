"""Tangents and adjoints that a caller gives are held against the value they belong to: structure, shape, numbers."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from tangent2.errors import ArgumentError
from tangent2.names import function_name
from tangent2.python.read import place_of


def shape_of(value: Any) -> Any:
    """What is remembered of a value to check its adjoint later: zeros of its structure, without its memory.

    >>> shape_of([2.5, ("a", np.ones((2, 3)))])
    [0.0, ('a', array([[0., 0., 0.],
           [0., 0., 0.]]))]
    """
    if isinstance(value, np.ndarray):
        return np.broadcast_to(np.zeros((), value.dtype), value.shape) if value.dtype.kind in "biufc" else value
    if type(value) in (tuple, list):
        return type(value)(map(shape_of, value))
    if hasattr(value, "__tangent2_class__"):
        return type(value)(*map(shape_of, value))
    if type(value) is dict:
        return {key: shape_of(item) for key, item in value.items()}
    return type(value)(0) if isinstance(value, (float, np.inexact)) else value


def same_shapes(value: Any, bar: Any) -> bool:
    """Whether the arrays of an adjoint have the shapes of those of its value.

    >>> same_shapes([np.ones(2)], [np.ones(2)]), same_shapes({"a": np.ones(2)}, {"a": np.ones(3)})
    (True, False)
    """
    if type(bar) is np.ndarray:
        return type(value) is not np.ndarray or value.shape == bar.shape
    if type(bar) is dict:
        return all(same_shapes(value[key], part) for key, part in bar.items())
    if isinstance(bar, (list, tuple)):
        return all(map(same_shapes, value, bar))
    return True


def is_turned_complex(value: Any, bar: Any) -> bool:
    """Whether a part of an adjoint is complex that is one of a Python float.

    >>> is_turned_complex([1.0, 2.0], [1.0, 2j]), is_turned_complex((1j,), (1j,))
    (True, False)
    """
    if type(bar) is dict:
        return any(is_turned_complex(value[key], part) for key, part in bar.items())
    if isinstance(bar, (list, tuple)):
        return any(map(is_turned_complex, value, bar))
    return type(bar) is complex and isinstance(value, float)


def check_gradients(fn: Any, values: Sequence[Any], gradients: Sequence[Any], args: Sequence[Any]) -> None:
    """Raise where gradients cannot be those of a function in its arguments `values`; `args`: all of them."""
    name = function_name(fn)
    if is_turned_complex(tuple(values), tuple(gradients)):
        raise ArgumentError(f"the gradient of `{name}` is complex here: a power of a negative number",
                            origin=place_of(fn), construct="grad",
                            advice="give a number of its domain, or an array, of which such powers are nan")
    if not all(map(same_shapes, values, gradients)):
        fn(*args)           # raises what the function itself has to say of them
        raise ArgumentError(f"the shapes of the arguments of `{name}` do not fit together", origin=place_of(fn),
                            construct="call", advice="call the function itself first")


def is_still(tangent: Any) -> bool:
    """Whether a tangent is none, as it has to be of what is no float: None or zero in every part.

    >>> is_still((None, 0, [0.0])), is_still(1.0)
    (True, False)
    """
    if isinstance(tangent, (list, tuple)):
        return all(map(is_still, tangent))
    if isinstance(tangent, dict):
        return all(map(is_still, tangent.values()))
    if isinstance(tangent, (np.ndarray, np.generic)) and tangent.dtype.kind not in "biufc":
        return tangent.dtype.kind == "V"        # the dtype of JAX's tangents of integers holds nothing
    return tangent is None or isinstance(tangent, (int, float, complex, np.generic, np.ndarray)) and not np.any(tangent)


def conform(given: Any, like: Any, what: str, of: str, construct: str, fn: Any = None) -> Any:
    """What was given as the tangent (or adjoint) of a value, in the structure and the dtypes of that value.

    `what` and `of` name them in errors, `fn` is the user's function.

    >>> conform([1, np.ones(2)], [2.5, np.zeros(2)], "tangent", "primal", "jvp")
    [1.0, array([1., 1.])]
    >>> conform(np.ones(3), np.zeros(2), "tangent", "primal", "jvp")
    Traceback (most recent call last):
    ...
    tangent2.errors.ArgumentError: a tangent of shape (3,) for a primal of shape (2,)
      advice: give a tangent of the same structure and shapes
    """
    what, of = _one(what), _one(of)

    def bad(reason: str) -> NoReturn:
        raise ArgumentError(reason, origin=place_of(fn), construct=construct,
                            advice=f"give {what} of the same structure and shapes")

    def walk(g: Any, x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            if not isinstance(g, (list, tuple)) or len(g) != len(x):
                bad(f"{what} {_spoken(g)} for {of} {_spoken(x)}")
            kept = hasattr(x, "__tangent2_class__")
            items = [None if kept and _is_kept(a, b) else walk(a, b) for a, b in zip(g, x)]
            return items if isinstance(x, list) else tuple(items)
        if isinstance(x, dict):
            if not isinstance(g, dict) or g.keys() != x.keys():
                bad(f"{what} {_spoken(g)} for {of} {_spoken(x)}")
            return {key: walk(g[key], item) for key, item in x.items()}
        if isinstance(x, (str, type(None))) and not is_still(g):
            bad(f"{what} {_spoken(g)} for {of} {_spoken(x)}")
        return leaf(g, x) if isinstance(x, (int, float, complex, np.ndarray, np.generic)) else g

    def leaf(g: Any, x: Any) -> Any:
        inexact = isinstance(x, (float, complex, np.inexact)) or isinstance(x, np.ndarray) and x.dtype.kind in "fc"
        if g is None and not inexact:
            return None
        if not inexact and not is_still(g):
            bad(f"{what} that is not zero for {of} {_spoken(x)}, no float")
        try:
            found = np.asarray(g)
        except ValueError:
            bad(f"{what} {_spoken(g)} for {of} {_spoken(x)}")
        real = isinstance(x, (int, float)) or getattr(x, "dtype", np.dtype(complex)).kind != "c"
        if found.dtype.kind not in ("biuf" if real else "biufc"):
            what_is = f"of dtype {found.dtype}" if isinstance(g, np.ndarray) else _spoken(g)
            bad(f"{what} {what_is} for {of} {_spoken(x)}")
        if found.shape != np.shape(x):
            bad(f"{what} of shape {found.shape} for {of} of shape {np.shape(x)}")
        if isinstance(x, np.ndarray) and inexact:
            return found.astype(x.dtype, copy=False)
        if not inexact or type(g) is type(x) or isinstance(g, float) and type(x) is float:
            return g
        return x.__class__(found[()])
    if isinstance(given, np.ndarray) and isinstance(like, np.ndarray) and given.dtype == like.dtype \
            and given.shape == like.shape or type(given) is float is type(like):
        return given
    return walk(given, like)


def _is_kept(given: Any, like: Any) -> bool:
    """Whether an attribute that has no derivative was given as it is."""
    if isinstance(like, (float, complex, np.inexact, list, tuple, dict)) or isinstance(
            like, np.ndarray) and like.dtype.kind in "fc":
        return False
    return given is like or isinstance(like, (int, str)) and given == like


def _spoken(value: Any) -> str:
    """What is said of a value in messages.

    >>> _spoken([1.0, 2.0]), _spoken({"a": 1.0}), _spoken(np.ones(2)), _spoken("a")
    ('that is a list of 2', "that is a dict of 'a'", 'of shape (2,)', 'that is a str')
    """
    if isinstance(value, dict):
        return f"that is a dict of {', '.join(map(repr, value))}"
    if isinstance(value, (list, tuple)):
        return f"that is {_one(type(value).__name__)} of {len(value)}"
    if value is None:
        return "that is None"
    if isinstance(value, np.ndarray):
        return f"of shape {value.shape}" if value.dtype.kind in "biufc" else f"of dtype {value.dtype}"
    return f"that is {_one(type(value).__name__)}"


def _one(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
