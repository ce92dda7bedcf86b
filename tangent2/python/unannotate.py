"""Annotated assignments as plain ones: what a name is said to be changes nothing."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.python.parts import walk

_BLOCKS = "body", "orelse", "finalbody"


def unannotate(node: Any) -> Any:
    """The function it is given, in which `a: kind = value` has become `a = value`.

    >>> f = gast.parse("def f(x: float):\\n    a: float = x * x\\n    b: int\\n    return a")
    >>> print(gast.unparse(unannotate(f)).strip())
    def f(x: float):
        a = x * x
        b: int
        return a
    """
    for part in walk(node):
        for field in _BLOCKS:
            stmts = getattr(part, field, None)
            if isinstance(stmts, list) and any(isinstance(s, gast.AnnAssign) for s in stmts):
                setattr(part, field, list(map(_plain, stmts)))
    return node


def _plain(stmt: Any) -> Any:
    if not isinstance(stmt, gast.AnnAssign) or stmt.value is None:
        return stmt
    return gast.copy_location(gast.Assign([stmt.target], stmt.value, None), stmt)
