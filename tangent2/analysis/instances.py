"""What Python says of all values of a kind: whether they are of a class, and a value that has their attributes."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.core.kinds import (
    Array, Class, Closures, Dict, FunctionKind, Kind, List, NoneKind, Number, Range, Str, Tuple,
)
from tangent2.core.prims import Prim

UNTOLD = object()       # where no value stands for all


_SAMPLES: dict[type[Kind], Any] = {
    NoneKind: None, Tuple: (), List: [], Dict: {}, Str: "", Range: range(0), Array: np.zeros(1),
}
_NUMBERS: dict[str, Any] = {"float64": 0.0, "int64": 0, "bool": False, "complex128": 0j}


def sample_of(kind: Kind) -> Any:
    """A value of a kind; `UNTOLD` if others of the kind may have other attributes.

    >>> sample_of(List(Str())), sample_of(Array(None, None)) is UNTOLD
    ([], True)
    """
    if isinstance(kind, Number):
        return _number(kind, UNTOLD)
    if isinstance(kind, Array) and kind.shape is None or isinstance(kind, Tuple) and kind.record is not None:
        return UNTOLD
    return _SAMPLES.get(type(kind), UNTOLD)


def _number(kind: Number, unknown: Any) -> Any:
    """A number of a kind; `unknown` if that may be of one class or another."""
    if kind.weak or "|" in kind.dtype:
        return _NUMBERS.get(kind.dtype, unknown)
    return np.dtype(kind.dtype).type(0)


def is_instance(kind: Kind, classes: Any) -> bool | None:
    """Whether values of a kind are of one of these classes; None if that is not known.

    >>> is_instance(Str(), (str, int)), is_instance(Number("float64", True), int), is_instance(Array(None, None), int)
    (True, False, None)
    """
    if classes is None:
        return None
    try:
        if isinstance(kind, Class):
            return isinstance(kind.cls, classes)
        if isinstance(kind, (FunctionKind, Closures)):
            return _is_function(kind, classes)
        named = kind.record if isinstance(kind, Tuple) else None
        own = kind.cls if isinstance(kind, Dict) else None if named is None else named.cls
        if own is not None:
            return issubclass(own, classes)
        if isinstance(kind, Number):
            sample = _number(kind, None)
            return None if sample is None else isinstance(sample, classes)
        if isinstance(kind, Array) and not kind.is_array:
            return None     # it may be a number
        return isinstance(_SAMPLES[type(kind)], classes) if type(kind) in _SAMPLES else None
    except TypeError:
        return None


def _is_function(kind: FunctionKind | Closures, classes: Any) -> bool | None:
    """Whether functions are of one of these classes; None if some are, and some are not."""
    callees = [f.callee for f in (kind.functions if isinstance(kind, Closures) else [kind])]
    objects = [c.obj if isinstance(c, Prim) else c.python or _is_function for c in callees]
    found = {isinstance(obj, classes) for obj in objects}
    return found.pop() if len(found) == 1 else None
