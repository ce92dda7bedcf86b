"""What is given as `dtype=`: the dtype it stands for, or why there is no derivative."""
from __future__ import annotations

from typing import NoReturn

import numpy as np

from tangent2.core.kinds import Array, Kind, List, NoneKind, Number, Object, Str, Tuple, Unknown
from tangent2.core.syntax import Atom, Const, Op
from tangent2.errors import UnsupportedError

_OBJECTS = Object("dtype object")


def dtype_of(op: Op, atom: Atom, kind: Kind, default: str | None) -> str | None:
    """The dtype that an atom given as `dtype=` stands for; None if unknown.

    Refuses what is known only when the code runs: no derivative flows through integers, and nobody could tell.
    """
    if isinstance(atom, Const):
        if atom.value is None:
            return default
        if not isinstance(atom.value, str):
            return None
        found = np.dtype(atom.value)
        return _of_objects(op) if found.hasobject or found.names else found.name
    if isinstance(kind, (List, Tuple)) or kind == _OBJECTS:
        _of_objects(op)
    if isinstance(kind, (Str, Unknown, Number, Array)):
        raise UnsupportedError("which dtype this is, is known only when the code runs", origin=op.origin,
                               construct="dtype", advice="write it out: dtype=np.float64")
    if isinstance(kind, Object) and kind.cls.startswith("dtype "):
        return kind.cls[6:]
    return default if isinstance(kind, NoneKind) else None


def _of_objects(op: Op) -> NoReturn:
    raise UnsupportedError("arrays of objects and arrays with fields are not differentiated", origin=op.origin,
                           construct="dtype", advice="use a list, a dict, or one array of numbers for each field")
