"""Trees of numbers and arrays: copies, directions, inner products."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tangent2.core.objects import attributes, bare, is_user_class

Tree = Any      # float | ndarray | tuple | list | dict of trees


def copied(tree: Tree) -> Tree:
    """A copy that shares no memory; what is no container or array stays itself."""
    return mapped(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, tree)


def mapped(f: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """`f` on each leaf of a tree, and on the leaves of other trees of the same structure."""
    if isinstance(tree, (tuple, list)):
        items = [mapped(f, *parts) for parts in zip(tree, *others)]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    if isinstance(tree, dict):
        return {key: mapped(f, item, *(other[key] for other in others)) for key, item in tree.items()}
    if is_user_class(type(tree)):
        held = attributes(tree)
        new = {name: mapped(f, held[name], *(getattr(other, name) for other in others))
               for name in held if any(map(is_active, leaves(held[name])))}
        return bare(type(tree), {name: new.get(name, kept(item)) for name, item in held.items()})
    return f(tree, *others)


def kept(item: Any) -> Any:
    """A copy of what an object holds that has no derivative."""
    return type(item)(item) if isinstance(item, (list, dict)) else item


def leaves(tree: Tree) -> list[Any]:
    if isinstance(tree, (tuple, list)):
        return [leaf for item in tree for leaf in leaves(item)]
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in leaves(item)]
    if is_user_class(type(tree)):       # attributes that are no floats stay what they are
        return [leaf for _, item in sorted(attributes(tree).items()) for leaf in leaves(item) if is_active(leaf)]
    return [tree]


def is_active(leaf: Any) -> bool:
    """Whether a derivative with respect to a leaf makes sense."""
    return isinstance(leaf, float) or (hasattr(leaf, "dtype") and np.issubdtype(leaf.dtype, np.inexact))


def active(args: tuple[Tree, ...]) -> tuple[int, ...]:
    """The positions of the arguments all of whose leaves are inexact numbers."""
    return tuple(i for i, arg in enumerate(args) if leaves(arg) and all(map(is_active, leaves(arg))))


def inner(a: Tree, b: Tree) -> float:
    """The inner product of two trees of the same structure; a wrong structure or shape is an error."""
    total = 0.0
    xs, ys = leaves(a), leaves(b)
    assert len(xs) == len(ys), f"{len(xs)} leaves against {len(ys)}"
    for x, y in zip(xs, ys):
        assert np.shape(x) == np.shape(y), f"shape {np.shape(x)} against {np.shape(y)}"
        total += float(np.sum(np.asarray(x) * np.asarray(y)))
    return total


def moved(tree: Tree, direction: Tree, step: float) -> Tree:
    """`tree + step * direction`."""
    return mapped(lambda x, d: x + step * d, tree, direction)


def random_like(rng: np.random.Generator, tree: Tree) -> Tree:
    """A tree of normal numbers of the same structure and shapes."""
    return mapped(lambda x: rng.standard_normal(x.shape) if isinstance(x, np.ndarray) else float(rng.standard_normal()),
                  tree)


def same(a: Tree, b: Tree) -> bool:
    """Whether two trees are equal to the last bit."""
    return len(leaves(a)) == len(leaves(b)) and all(
        np.array_equal(np.asarray(x), np.asarray(y), equal_nan=True) if is_active(x) else np.array_equal(x, y)
        for x, y in zip(leaves(a), leaves(b)))


def shares_memory(a: Tree, b: Tree) -> bool:
    return any(np.shares_memory(x, y) for x in leaves(a) for y in leaves(b)
               if isinstance(x, np.ndarray) and isinstance(y, np.ndarray))


def finite(tree: Tree, bound: float = 1e8) -> bool:
    return all(bool(np.all(np.abs(np.asarray(leaf)) < bound)) for leaf in leaves(tree) if is_active(leaf))
