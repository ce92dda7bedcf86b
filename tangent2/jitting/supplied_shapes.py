"""What Numba is supplied with of shapes: lanes of batches, directions of Jacobians, axes that move or are added.

Imported when something is compiled for the first time, for it needs Numba.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numba import types as numba_types

from tangent2.jitting.supplied import STUBS, made_of, supply
from tangent2.runtime import directions, elements, shapes, trees

types: Any = numba_types       # of which checkers know but a part


def _is_of_floats(*kinds: Any) -> bool:
    return all(isinstance(kind, types.Array) and kind.dtype == types.float64 for kind in kinds)


@supply(elements.same_lanes)
def _same_lanes(*sizes: Any) -> Any:
    given = ", ".join([f"x{k}" for k in range(len(sizes))])
    equal = " == ".join([f"x{k}" for k in range(len(sizes))]) if len(sizes) > 1 else "True"
    return made_of(f"def made({given}):\n    if not ({equal}):\n        raise ValueError('sizes differ')\n")


@supply(directions.unit_directions)
def _unit_directions(x: Any) -> Any:
    if not _is_of_floats(x):
        return None
    if x.ndim == 1:
        return lambda x: np.eye(x.size)
    return lambda x: np.eye(x.size).reshape((x.size,) + x.shape)


@supply(shapes.along_first)
def _along_first(x: Any, like: Any) -> Any:
    if not isinstance(x, types.Array) or not isinstance(like, types.Array) or x.ndim != 1:
        return None
    places = ", ".join([":", *["None"] * (like.ndim - 1)])
    return made_of(f"def made(x, like):\n    return x[{places}]\n")


@supply(shapes.broadcast_like)
def _broadcast_like(x: Any, like: Any) -> Any:
    if not _is_of_floats(like) or isinstance(x, types.Array) and not (_is_of_floats(x) and x.ndim <= like.ndim):
        return None
    if not isinstance(x, types.Array):
        return (lambda x, like: np.full(like.shape, x)) if isinstance(x, types.Float) else None

    def made(x: Any, like: Any) -> Any:
        if x.shape != like.shape[like.ndim - x.ndim:]:
            raise ValueError("shapes differ")
        out = np.empty(like.shape)
        out[:] = x
        return out
    return made


@supply(trees.or_zero)
def _or_zero(bar_: Any, like: Any) -> Any:
    if isinstance(bar_, types.NoneType):
        return lambda bar_, like: trees.zero_like(like)
    return None if isinstance(bar_, types.Optional) else lambda bar_, like: bar_


@supply(trees.splat_like)
def _splat_like(g: Any, like: Any) -> Any:
    if _is_of_floats(like) and isinstance(g, types.Float):
        return lambda g, like: np.full(like.shape, g)
    return (lambda g, like: g) if isinstance(like, types.Float) and isinstance(g, types.Float) else None


@supply(STUBS["moveaxis"], prefer_literal=True)
def _moveaxis(x: Any, source: Any, place: Any) -> Any:
    """An axis moved to another place: a view."""
    axes = [axis.literal_value for axis in (source, place) if isinstance(axis, types.IntegerLiteral)]
    if not isinstance(x, types.Array) or len(axes) < 2 or not all(-x.ndim <= axis < x.ndim for axis in axes):
        return None
    first, last = [axis % x.ndim for axis in axes]
    order = [axis for axis in range(x.ndim) if axis != first]
    order.insert(last, first)
    if order == list(range(x.ndim)):
        return lambda x, source, place: x
    return made_of(f"def made(x, source, place):\n    return x.transpose({tuple(order)})\n")


@supply(STUBS["array"])
def _array(parts: Any) -> Any:
    """`np.array(...)` of what may be arrays of one shape."""
    if isinstance(parts, types.List) and isinstance(parts.dtype, types.Array):
        return _stacked(parts.dtype, "parts")
    if isinstance(parts, types.BaseTuple) and all(isinstance(part, types.Array) for part in parts):
        return lambda parts: np.stack(parts)
    return lambda parts: np.array(parts)


@supply(STUBS["stack"], prefer_literal=True)
def _stack(parts: Any, axis: Any) -> Any:
    """`np.stack` of a list, along an axis that is written out."""
    if not isinstance(parts, types.List) or not isinstance(axis, types.IntegerLiteral):
        return None
    return _stacked(parts.dtype, "parts, axis", axis.literal_value)


def _stacked(each: Any, given: str, axis: int = 0) -> Any:
    """A function that makes one array of a list of arrays of one shape."""
    if not _is_of_floats(each) or each.ndim == 0 or not -each.ndim - 1 <= axis <= each.ndim:
        return None
    at = axis % (each.ndim + 1)
    extents = [f"parts[0].shape[{k}]" for k in range(each.ndim)]
    shape, place = ", ".join([*extents[:at], "len(parts)", *extents[at:]]), ", ".join([*[":"] * at, "k", "..."])
    return made_of(f"def made({given}):\n    if len(parts) == 0:\n        raise ValueError('no shape is known')\n"
                   f"    out = np.empty(({shape}))\n    for k in range(len(parts)):\n"
                   "        if parts[k].shape != parts[0].shape:\n            raise ValueError('shapes differ')\n"
                   f"        out[{place}] = parts[k]\n    return out\n")
