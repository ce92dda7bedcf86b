"""A function called for each lane of a batch by Python itself: where no text can be made for all of them."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tangent2.errors import TangentError
from tangent2.transform.axes import Axes, ByKey
from tangent2.trees import tree_flatten, tree_unflatten


def lane_of(arg: Any, axes: Axes, k: int) -> Any:
    """What an argument is for lane `k`; `axes`: which axis counts the lanes, in its structure.

    >>> lane_of({"w": np.eye(2), "b": 3.0}, ByKey((("w", 1), ("b", None))), 0)
    {'w': array([1., 0.]), 'b': 3.0}
    """
    if axes is None:
        return arg
    if isinstance(arg, dict):
        table = dict(axes.items) if isinstance(axes, ByKey) else dict.fromkeys(arg, axes)
        return {key: lane_of(each, table[key], k) for key, each in arg.items()}
    if isinstance(arg, (tuple, list)):
        inner = axes if isinstance(axes, tuple) else (axes,) * len(arg)
        parts = [lane_of(each, own, k) for each, own in zip(arg, inner)]
        return parts if type(arg) is list else type(arg)(*parts) if hasattr(arg, "_fields") else type(arg)(parts)
    return np.moveaxis(arg, axes, 0)[k]     # type: ignore[arg-type]


def lane_by_lane(f: Callable[..., Any], args: tuple[Any, ...], axes: tuple[Axes, ...], out_axis: Axes, count: int,
                 refusal: TangentError) -> Any:
    """The results of a function for `count` lanes, stacked along an axis.

    Raises the refusal of the text for all lanes where it is not known how results of lanes become one.

    >>> from tangent2.errors import UnsupportedError
    >>> lane_by_lane(lambda x: (x, -x), (np.arange(2.0),), (0,), 0, 2, UnsupportedError("no text"))
    (array([0., 1.]), array([-0., -1.]))
    """
    if isinstance(out_axis, (tuple, ByKey)) or not count:
        raise refusal
    results = [f(*[lane_of(arg, own, k) for arg, own in zip(args, axes)]) for k in range(count)]
    flat = [tree_flatten(result) for result in results]
    if any(structure != flat[0][1] for _, structure in flat):
        raise refusal
    columns = list(zip(*[leaves for leaves, _ in flat]))
    if out_axis is None or not all(map(_stacks, columns)):
        raise refusal
    return tree_unflatten(flat[0][1], [np.stack(column, axis=out_axis) for column in columns])


def _stacks(leaves: tuple[Any, ...]) -> bool:
    """Whether results of lanes are numbers or arrays of one shape."""
    return all(isinstance(leaf, (np.ndarray, np.generic, float, int, complex)) for leaf in leaves) and len(
        set(map(np.shape, leaves))) == 1
