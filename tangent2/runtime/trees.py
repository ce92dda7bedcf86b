"""Adjoints and tangents of structures: their zeros, their sums, and arrays taken apart into lists."""
from __future__ import annotations

import functools
from types import FunctionType
from typing import Any

import numpy as np

from tangent2.runtime.shapes import cast_like, unbroadcast


def zero_like(tree: Any) -> Any:
    """The zero tangent (and adjoint) of a value: the same structure; None for what has no derivative.

    >>> zero_like([1.5, (np.ones(2), "a")])
    [0.0, (array([0., 0.]), None)]
    """
    if isinstance(tree, np.ndarray):
        return np.zeros(tree.shape, tree.dtype if tree.dtype.kind in "fc" else float)
    if isinstance(tree, (list, range)):
        return [zero_like(item) for item in tree]
    if isinstance(tree, tuple):
        return _zero_tuple(tree)
    if isinstance(tree, dict):
        return {key: zero_like(item) for key, item in tree.items()}
    if isinstance(tree, np.generic):
        return tree.dtype.type(0) if tree.dtype.kind in "fc" else 0.0
    return 0.0 if isinstance(tree, (int, float, complex)) else None


def _zero_tuple(tree: Any) -> Any:
    """The zero of a tuple; of what a deep recursion saved, a tuple in a tuple, the innermost one first."""
    chain, places = [tree], []
    while (inner := [k for k, item in enumerate(chain[-1]) if isinstance(item, tuple)]):
        places.append(inner[-1])
        chain.append(chain[-1][inner[-1]])
    found: Any = tuple(map(zero_like, chain[-1]))
    for outer, place in zip(reversed(chain[:-1]), reversed(places)):
        found = tuple([found if k == place else zero_like(item) for k, item in enumerate(outer)])
    return found


def zero_item(base: Any, key: Any, value: Any) -> Any:
    """The zero adjoint of `base[key]`, and of the value that is stored there where the key is new.

    >>> zero_item({"a": [1.0]}, "a", 2.0), zero_item({"a": [1.0]}, "b", 2.0)
    ([0.0], 0.0)
    """
    return zero_like(value if isinstance(base, dict) and key not in base else base[key])


def add_trees(a: Any, b: Any) -> Any:
    """The sum of two tangents (or adjoints) of one value; None is zero.

    >>> add_trees([1.0, (2.0, None)], [0.5, (1.0, None)])
    [1.5, (3.0, None)]
    """
    if a is None or b is None:
        return a if b is None else b
    if isinstance(a, list):
        return [add_trees(x, y) for x, y in zip(a, b, strict=True)]
    if isinstance(a, tuple):
        return tuple([add_trees(x, y) for x, y in zip(a, b, strict=True)])
    if isinstance(a, dict):
        return {key: add_trees(a.get(key), b.get(key)) for key in {**a, **b}}
    return a + b


def zero_filled(like: Any) -> Any:
    """Zeros like a list that began as one of None: where nothing was put yet a number, to which anything adds.

    >>> zero_filled([None, np.ones(2)])
    [0.0, array([0., 0.])]
    """
    if isinstance(like, list):
        return [0.0 if item is None else zero_filled(item) for item in like]
    return zero_like(like)


def or_zero(bar_: Any, like: Any) -> Any:
    """An adjoint, or the zero adjoint of `like` where there is none.

    >>> or_zero(None, np.ones(2)), or_zero(3.0, 1.5)
    (array([0., 0.]), 3.0)
    """
    return zero_like(like) if bar_ is None else bar_


def splat_like(g: Any, like: Any) -> Any:
    """The adjoint of a value all whose numbers have the adjoint `g`.

    >>> splat_like(2.0, [1.5, {"a": np.ones(2)}, ("b", 3)])
    [2.0, {'a': array([2., 2.])}, (None, 2.0)]
    """
    if isinstance(like, np.ndarray):
        full = zero_like(like)
        full[...] = cast_like(g, like)
        return full
    if isinstance(like, (list, range)):
        return [splat_like(g, item) for item in like]
    if isinstance(like, tuple):
        return tuple([splat_like(g, item) for item in like])
    if isinstance(like, dict):
        return {key: splat_like(g, item) for key, item in like.items()}
    return cast_like(g, like) if isinstance(like, (int, float, complex, np.generic)) else None


def each_like(g: Any, like: Any) -> Any:
    """The adjoints of the items of a list or tuple, given that of their sum.

    >>> each_like(np.ones(2), [np.zeros(2), 3.0])
    [array([1., 1.]), np.float64(2.0)]
    """
    sums = [unbroadcast(g, item) for item in like]
    found = [np.array(each) if isinstance(each, np.ndarray) else each for each in sums]
    return tuple(found) if isinstance(like, tuple) else found


def sum_each(rows: Any, g: Any) -> Any:
    """The transpose of `each_like`.

    >>> sum_each([np.ones(2), 3.0], np.ones(2))
    array([4., 4.])
    """
    total = zero_like(g)
    for row in rows:
        total = total + row
    return total


def sum_leaves(tree: Any) -> Any:
    """The sum of all numbers in a tree; None is zero: the transpose of `splat_like`.

    >>> sum_leaves([1.0, {"a": 2.0}, (None, 3.0)])
    6.0
    """
    if isinstance(tree, np.ndarray):
        return np.sum(tree)
    if isinstance(tree, dict):
        return sum([sum_leaves(item) for item in tree.values()], 0.0)
    if isinstance(tree, (list, tuple)):
        return sum([sum_leaves(item) for item in tree], 0.0)
    return 0.0 if tree is None else tree


def deep_copy(tree: Any) -> Any:
    """A copy of an array or container with all it holds; anything else itself.

    >>> a = [np.zeros(2), (1.0, {})]
    >>> b = deep_copy(a)
    >>> b, b[0] is a[0], b[1][1] is a[1][1]
    ([array([0., 0.]), (1.0, {})], False, False)
    """
    if isinstance(tree, np.ndarray):
        return tree.copy()
    if isinstance(tree, (list, set)) or type(tree) is tuple:
        return type(tree)(map(deep_copy, tree))
    if isinstance(tree, dict):
        return {key: deep_copy(item) for key, item in tree.items()}
    if isinstance(tree, tuple):         # with names
        return type(tree)(*map(deep_copy, tree))
    return tree


def number_zeros(dots: Any) -> list[Any]:
    """The tangents of what `enumerate` gives: indices have none.

    >>> number_zeros([1.0, 2.0])
    [(0.0, 1.0), (0.0, 2.0)]
    """
    return [(0.0, dot) for dot in dots]


def rows_like(g: Any, like: Any) -> Any:
    """The rows of an array, in the structure of the (nested) list or tuple that the array was made of.

    >>> rows_like(np.array([[1.0, 2.0], [3.0, 4.0]]), [(0, 0), (0, 0)])
    [(np.float64(1.0), np.float64(2.0)), (np.float64(3.0), np.float64(4.0))]
    """
    if isinstance(like, list):
        return [rows_like(row, item) for row, item in zip(g, like, strict=True)]
    if isinstance(like, tuple):
        return tuple([rows_like(row, item) for row, item in zip(g, like, strict=True)])
    return cast_like(g, like)


def sum_repeats(g: Any, like: Any) -> Any:
    """The adjoint of `like` in `like * n`, given that of the repeated sequence.

    >>> sum_repeats([1.0, 2.0, 3.0, 4.0], [0.0, 0.0])
    [4.0, 6.0]
    """
    size = len(like)
    sums = [g[k] if len(g) else zero_like(like[k]) for k in range(size)]
    for k in range(size, len(g)):
        sums[k % size] = add_trees(sums[k % size], g[k])
    return tuple(sums) if isinstance(like, tuple) else sums


def repeat_like(x: Any, like: Any) -> Any:
    """`x` repeated to the length of `like`: the transpose of `sum_repeats`."""
    return x * (len(like) // len(x)) if len(x) else x


def stop_gradient(x: Any) -> Any:
    """`x` itself; no derivative flows through it.  Of a function: one through which none flows.

    >>> import tangent2
    >>> tangent2.grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    >>> @stop_gradient
    ... def weight(x):
    ...     return x ** 2
    >>> tangent2.grad(lambda x: x * weight(x))(3.0)
    9.0
    """
    return _stopped(x) if isinstance(x, FunctionType) else x


def _stopped(f: FunctionType) -> Any:
    @functools.wraps(f)
    def stopped(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)
    vars(stopped).update(__tangent2_callee__=lambda compiler: compiler.constant(stopped), __tangent2_same__=f)
    return stopped
