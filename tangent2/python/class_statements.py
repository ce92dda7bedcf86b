"""What a class statement reads of the names around it: at once, where it is made, or later, in its methods."""
from __future__ import annotations

import collections
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from tangent2.python.lower_names import defaults, free_names, reads

_MAKERS = (collections.namedtuple, typing.NamedTuple)
_APART = ("staticmethod", "classmethod")


@dataclass(frozen=True)
class Outline:
    """What is read `early`: where the class is made; `late`: by its methods; `unbound`: by methods without object."""

    early: frozenset[str]
    late: frozenset[str]
    unbound: tuple[tuple[str, frozenset[str]], ...] = ()


def outline(stmt: Any) -> Outline:
    """What a class statement, or an assignment of a new class of tuples, reads.

    >>> text = "class L(B):\\n    k = 1.0\\n    def f(self, y=u): return y * s"
    >>> found = outline(gast.parse(text).body[0])
    >>> sorted(found.early), sorted(found.late)
    (['B', 'u'], ['s'])
    """
    if not isinstance(stmt, gast.ClassDef):
        return Outline(reads(stmt.value), frozenset())
    methods = [s for s in stmt.body if isinstance(s, gast.FunctionDef)]
    others = [s for s in stmt.body if not isinstance(s, gast.FunctionDef)]
    head = [*stmt.bases, *[k.value for k in stmt.keywords], *stmt.decorator_list, *others]
    for method in methods:
        head += [*defaults(method.args), *method.decorator_list]
    early = frozenset().union(*map(reads, head))
    late = frozenset().union(*map(free_names, methods))
    own = {m.name for m in methods}
    apart = [m for m in methods if any(isinstance(d, gast.Name) and d.id in _APART for d in m.decorator_list)]
    return Outline(early - own, late, tuple([(m.name, free_names(m)) for m in apart]))


def makes_tuples(stmt: Any, lookup: Callable[[str], Any]) -> bool:
    """Whether a statement binds a name to a new class of tuples with names: `P = namedtuple("P", "x y")`."""
    if not isinstance(stmt, gast.Assign) or len(stmt.targets) != 1 or not isinstance(stmt.targets[0], gast.Name) \
            or not isinstance(stmt.value, gast.Call):
        return False
    func = stmt.value.func
    if isinstance(func, gast.Attribute) and isinstance(func.value, gast.Name):
        made = getattr(lookup(func.value.id), func.attr, None)
    else:
        made = lookup(func.id) if isinstance(func, gast.Name) else None
    return any(made is maker for maker in _MAKERS)
