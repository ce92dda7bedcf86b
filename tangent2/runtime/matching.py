"""What a derivative that the user wrote gives is held against the value it belongs to, where kinds did not tell."""
from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tangent2.runtime.shapes import cast_like
from tangent2.runtime.trees import zero_like


def matching(found: Any, like: Any, rule: str) -> Any:
    """The adjoint (or tangent) of a value that `rule` gives, in the dtype of the value; zeros for None.

    Raises TypeError if it has not the structure and the shapes of the value.

    >>> matching((1, None), (2.5, np.ones(2)), "f_bwd")
    (1.0, array([0., 0.]))
    >>> matching(np.ones(3), np.ones(2), "f_bwd")
    Traceback (most recent call last):
    ...
    TypeError: `f_bwd` gives a derivative of shape (3,) for a value of shape (2,)
    """
    if found is None:
        return zero_like(like)
    if isinstance(like, (list, tuple)):
        if not isinstance(found, (list, tuple)) or len(found) != len(like):
            _differ(rule, found, like)
        parts = [matching(part, own, rule) for part, own in zip(found, like)]
        return parts if isinstance(like, list) else tuple(parts)
    if isinstance(like, dict):
        if not isinstance(found, dict) or found.keys() != like.keys():
            _differ(rule, found, like)
        return {key: matching(found[key], own, rule) for key, own in like.items()}
    if not isinstance(like, (int, float, complex, np.ndarray, np.generic)):
        return None
    return _number(found, like, rule)


def checked_by(dot: Any, found: Any, like: Any, rule: str) -> Any:
    """The tangent of a value, if the adjoint that `rule` gives has its form; raises TypeError if not.

    >>> checked_by(1.0, 3.0, 2.5, "f_bwd")
    1.0
    """
    matching(found, like, rule)
    return dot


def _number(found: Any, like: Any, rule: str) -> Any:
    """That of a number or an array."""
    if isinstance(found, (list, tuple, dict, str)):
        _differ(rule, found, like)
    if np.shape(found) != np.shape(like):
        raise TypeError(f"`{rule}` gives a derivative of shape {np.shape(found)} for a value of shape {np.shape(like)}")
    if np.iscomplexobj(found) and not np.iscomplexobj(like):
        raise TypeError(f"`{rule}` gives a complex derivative for a real value")
    if np.asarray(like).dtype.kind not in "fc":
        return zero_like(like)
    if isinstance(like, np.ndarray):
        return np.asarray(found, like.dtype)
    return cast_like(found, like)


def _differ(rule: str, found: Any, like: Any) -> NoReturn:
    raise TypeError(f"`{rule}` gives {_spoken(found)} as the derivative of {_spoken(like)}")


def _spoken(value: Any) -> str:
    """What is said of a value in messages."""
    if isinstance(value, dict):
        return f"a dict of {', '.join(map(repr, value))}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"a value of {type(value).__name__}"
