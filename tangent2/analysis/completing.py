"""Calls that a definition stands for once kinds are known: of methods of arrays, and where no rule goes."""
from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING

import numpy as np

from tangent2.analysis.binding import bind_python
from tangent2.core.kinding import as_array
from tangent2.core.kinds import Array, Kind, Number
from tangent2.core.syntax import Atom, Call, Op
from tangent2.definitions.define import completion_of, definition_of_method
from tangent2.python.lower_definitions import literals_of

if TYPE_CHECKING:
    from tangent2.analysis.lookups import Lookups


def of_method(op: Op, lookups: Lookups) -> Call | None:
    """The call of the definition of a method of arrays."""
    definition = definition_of_method(op.static)
    return None if definition is None else _call(op, definition, lookups)


def completed(op: Op, kind: Callable[[Atom], Kind], lookups: Lookups) -> Call | None:
    """The call of the definition that completes the rule of `np.gradient`, where that does not go."""
    found = None if _along_one_axis(op, kind) else completion_of(np.gradient)
    return None if found is None else _call(op, found[0], lookups)


def _along_one_axis(op: Op, kind: Callable[[Atom], Kind]) -> bool:
    own, named = as_array(kind(op.args[0])), dict(op.keywords)
    axis = named.pop("axis", None)
    number = all(isinstance(kind(spacing), Number) for spacing in op.positional[1:]) and len(op.positional) < 3
    one = isinstance(kind(axis), Number) if axis is not None else isinstance(own, Array) and own.rank == 1
    return number and one and not named


def _call(op: Op, definition: FunctionType, lookups: Lookups) -> Call | None:
    """A call of a definition; what is given as a literal is a constant in it."""
    args = bind_python(definition, op.positional, dict(op.keywords))
    if args is None or lookups.given is None:
        return None
    literals, rest = literals_of(args)
    return Call((op.out,), lookups.given(definition, literals), rest, op.origin)
