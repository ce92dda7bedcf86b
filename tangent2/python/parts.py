"""The parts of a syntax tree: its nodes but for contexts and operators, which say nothing that is asked about names."""
from __future__ import annotations

from typing import Any

import gast

_LEAVES = frozenset(("ctx", "op", "ops", "id", "attr", "kind", "type_comment"))


_known: dict[type, tuple[str, ...]] = {gast.Constant: ()}


def _fields(cls: Any) -> tuple[str, ...]:
    """The fields of a class of nodes that may hold nodes."""
    if cls not in _known:
        _known[cls] = tuple([f for f in cls._fields if f not in _LEAVES])
    return _known[cls]


def children(node: Any) -> list[Any]:
    """The direct child nodes, in order.

    >>> [type(n).__name__ for n in children(gast.parse("a[0] + f(b)").body[0].value)]
    ['Subscript', 'Call']
    """
    found: list[Any] = []
    for field in _fields(type(node)):
        part = getattr(node, field, None)
        if isinstance(part, list):
            found += [item for item in part if isinstance(item, gast.AST)]
        elif isinstance(part, gast.AST):
            found.append(part)
    return found


def walk(node: Any) -> list[Any]:
    """A node and all below it, the nearer ones first.

    >>> [type(n).__name__ for n in walk(gast.parse("a[0] + b").body[0].value)]
    ['BinOp', 'Subscript', 'Name', 'Name', 'Constant']
    """
    found = [node]
    for part in found:      # which grows meanwhile
        found += children(part)
    return found
