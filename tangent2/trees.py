"""Pytrees: nested tuples, lists, dicts, None, namedtuples, dataclasses and registered classes; all else is a leaf."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tangent2.errors import ArgumentError

Flatten = Callable[[Any], tuple[Iterable[Any], Any]]
Unflatten = Callable[[Any, Iterable[Any]], Any]
_NODES: dict[type, tuple[Flatten, Unflatten]] = {}
_OWN = (tuple, list, dict, type(None), int, float, complex, bool, str, np.ndarray)


@dataclass(frozen=True)
class TreeDef:
    """The structure of a pytree without its leaves; `node` is None for a leaf."""

    node: type | None
    aux: Any = None
    children: tuple[TreeDef, ...] = ()

    @property
    def num_leaves(self) -> int:
        """How many leaves a tree of this structure has."""
        return 1 if self.node is None else sum([child.num_leaves for child in self.children])


_LEAF = TreeDef(None)


def register_pytree_node(cls: type, flatten: Flatten, unflatten: Unflatten) -> None:
    """Make the objects of a class nodes of pytrees.

    flatten: gives `(children, aux)` of an object.  unflatten: makes an object of `aux` and children.

    >>> class Pair:
    ...     def __init__(self, a, b):
    ...         self.a, self.b = a, b
    >>> register_pytree_node(Pair, lambda p: ((p.a, p.b), None), lambda aux, parts: Pair(*parts))
    >>> tree_map(lambda x: 2 * x, Pair(1, 2)).b
    4
    """
    if not isinstance(cls, type):
        raise ArgumentError(f"{cls!r} is no class", construct="register_pytree_node",
                            advice="write register_pytree_node(cls, flatten, unflatten)")
    if cls in _OWN:
        raise ArgumentError(f"{cls.__name__} has its meaning in trees already", construct="register_pytree_node",
                            advice="register a class of your own")
    if cls in _NODES:
        raise ArgumentError(f"{cls.__name__} is registered already", construct="register_pytree_node",
                            advice="register each class once")
    _NODES[cls] = flatten, unflatten


def is_registered(cls: type) -> bool:
    """Whether a class was registered as a node."""
    return cls in _NODES


def rebuilt(tree: Any, children: list[Any]) -> Any:
    """A node like another one with other children."""
    found = parts_of(tree)
    assert found is not None
    return _built(TreeDef(type(tree), found[1]), children)


def parts_of(tree: Any) -> tuple[tuple[Any, ...], Any] | None:
    """The children and the rest of a node; None for a leaf."""
    cls = type(tree)
    if cls in _NODES:
        found = _NODES[cls][0](tree)
        if not isinstance(found, (tuple, list)) or len(found) != 2 or not isinstance(found[0], Iterable):
            raise ArgumentError(f"flatten of {cls.__name__} gives no pair of children and auxiliary data",
                                construct="register_pytree_node", advice="return ((child, ...), aux)")
        return tuple(found[0]), found[1]
    if tree is None:
        return (), None
    if cls is dict:
        keys = sorted(tree) if all(type(k) is type(next(iter(tree))) for k in tree) else list(tree)
        return tuple([tree[k] for k in keys]), tuple(keys)
    if isinstance(tree, (tuple, list)):
        return tuple(tree), None
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        names = tuple([f.name for f in dataclasses.fields(tree)])
        return tuple([getattr(tree, name) for name in names]), names
    return None


def _built(tree: TreeDef, children: list[Any]) -> Any:
    cls = tree.node
    assert cls is not None
    if cls in _NODES:
        return _NODES[cls][1](tree.aux, tuple(children))
    if cls is type(None):
        return None
    if cls is dict:
        return dict(zip(tree.aux, children))
    if hasattr(cls, "_fields"):
        return cls(*children)
    return cls(**dict(zip(tree.aux, children))) if dataclasses.is_dataclass(cls) else cls(children)


def tree_flatten(tree: Any) -> tuple[list[Any], TreeDef]:
    """The leaves of a tree, and its structure; dicts in the order of their keys.

    >>> leaves, structure = tree_flatten({"b": (1.0, None), "a": [2.0]})
    >>> leaves, tree_unflatten(structure, leaves)
    ([2.0, 1.0], {'a': [2.0], 'b': (1.0, None)})
    """
    found = parts_of(tree)
    if found is None:
        return [tree], _LEAF
    leaves: list[Any] = []
    defs = []
    for child in found[0]:
        more, structure = tree_flatten(child)
        leaves += more
        defs.append(structure)
    return leaves, TreeDef(type(tree), found[1], tuple(defs))


def tree_unflatten(structure: TreeDef, leaves: Iterable[Any]) -> Any:
    """A tree of a structure with these leaves."""
    if not isinstance(structure, TreeDef):
        raise ArgumentError(f"the first argument is a structure, not a {type(structure).__name__}",
                            construct="tree_unflatten", advice="write tree_unflatten(structure, leaves)")
    rest = iter(leaves)

    def build(tree: TreeDef) -> Any:
        return next(rest) if tree.node is None else _built(tree, [build(child) for child in tree.children])
    try:
        made = build(structure)
    except StopIteration:
        raise ArgumentError("there are too few leaves for this structure", construct="tree_unflatten",
                            advice=f"it has {structure.num_leaves}") from None
    if next(rest, _LEAF) is not _LEAF:
        raise ArgumentError("there are too many leaves for this structure", construct="tree_unflatten",
                            advice=f"it has {structure.num_leaves}")
    return made


def tree_map(f: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """`f` of each leaf of a tree, and of the leaves of other trees of the same structure.

    >>> tree_map(lambda x, y: x - 0.1 * y, {"w": 1.0, "b": (2.0,)}, {"w": 10.0, "b": (20.0,)})
    {'b': (0.0,), 'w': 0.0}
    """
    leaves, structure = tree_flatten(tree)
    others = []
    for other in rest:
        more, own = tree_flatten(other)
        if own != structure:
            raise ArgumentError("the trees differ in structure", construct="tree_map",
                                advice="give trees of the same nesting and keys")
        others.append(more)
    return tree_unflatten(structure, [f(*each) for each in zip(leaves, *others)])


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of a tree."""
    return tree_flatten(tree)[0]
