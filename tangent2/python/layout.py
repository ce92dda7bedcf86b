"""What the emitter is told about a function: what is printed inside its reader, and how variables are called.

The decisions are made by `optimise/arrange.py`; the emitter only carries them out.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tangent2.core.kinds import Kind
from tangent2.core.syntax import Function, Op, Stmt, Value


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """How one function is printed.

    inline: values that have no variable: the statement that makes each is printed inside its reader.
    whole: statements printed as one expression: `If` (conditional, `and`, `or`), `For` (comprehension), `While` (its
        condition is one), and the unpacking of a loop's target (`for a, b in`).
    names: the variable of every other value; versions of one variable share a name.
    unread: values whose variable nobody reads.
    bound: values that take None on paths that give them no value, because an assignment copies them nevertheless.
    nested: the layouts of nested functions, by the operation that makes the closure.
    """

    function: Function
    inline: Mapping[Value, Stmt]
    whole: frozenset[Stmt]
    names: Mapping[Value, str]
    unread: frozenset[Value]
    kinds: Mapping[Value, Kind]
    bound: frozenset[Value] = frozenset()
    nested: Mapping[Op, Layout] = field(default_factory=dict)
