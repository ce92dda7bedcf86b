"""NumPy's promotion of dtypes, and the dtypes that operations make of those of their operands."""
from __future__ import annotations

from functools import lru_cache

import numpy as np

from tangent2.core.dtypes import at_both_ends, narrowest, opened, widest
from tangent2.core.kinds import Array, Kind, Number

_SAMPLES = {"bool": False, "int64": 0, "float64": 0.0, "complex128": 0j}


@lru_cache(maxsize=1024)
def _promote(a: str, a_weak: bool, b: str, b_weak: bool) -> str:
    if "|" in a or "|" in b:
        wide, narrow = [_promote(end(a), a_weak, end(b), b_weak) for end in (widest, narrowest)]
        return opened(wide, narrow)
    if a_weak and b_weak:
        return np.result_type(np.dtype(a), np.dtype(b)).name
    one, other = [_SAMPLES[d] if weak and d in _SAMPLES else np.dtype(d) for d, weak in ((a, a_weak), (b, b_weak))]
    return np.result_type(one, other).name


def promote(*kinds: Kind) -> tuple[str | None, bool]:
    """The dtype numbers and arrays have together (None if unknown), and whether it is still weak: all Python numbers.

    >>> from tangent2.core.kinds import FLOAT, INT
    >>> promote(FLOAT, INT), promote(Array("float32"), FLOAT), promote(Array("int64"), FLOAT)
    (('float64', True), ('float32', False), ('float64', False))
    >>> promote(Number("float64|int64"), INT), promote(Number("float64|int64"), Array("float32"))
    (('float64|int64', True), ('float32', False))
    """
    dtype, weak = None, True
    for k, kind in enumerate(kinds):
        own, own_weak = _dtype(kind)
        if own is None:
            return None, False
        if k == 0:
            dtype, weak = own, own_weak
        elif own != dtype or own_weak != weak:
            dtype, weak = _promote(dtype or own, weak, own, own_weak), weak and own_weak
    return dtype, weak


def _dtype(kind: Kind) -> tuple[str | None, bool]:
    if isinstance(kind, Number):
        return kind.dtype, kind.weak
    return (kind.dtype, False) if isinstance(kind, Array) else (None, False)


_NARROW = {"bool": "float16", "int8": "float16", "uint8": "float16", "int16": "float32", "uint16": "float32"}


@at_both_ends
def inexact(dtype: str | None) -> str | None:
    """The dtype that `np.sin` and its like give for operands of a dtype.

    >>> inexact("int64"), inexact("float32"), inexact("int16")
    ('float64', 'float32', 'float32')
    >>> inexact("float64|int64"), quotient("int64|bool"), integral("int64|bool")
    ('float64', 'float64', 'int64')
    """
    if dtype is None or dtype[0] in "fcl":
        return dtype
    return _NARROW.get(dtype, "float64")


@at_both_ends
def quotient(dtype: str | None) -> str | None:
    """Of `/`: integers give floats."""
    return "float64" if dtype is not None and dtype[0] not in "fcl" else dtype


@at_both_ends
def integral(dtype: str | None) -> str | None:
    """Of Python numbers: `True + True` is an int."""
    return "int64" if dtype == "bool" else dtype


@at_both_ends
def counted(dtype: str | None) -> str | None:
    """Of NumPy's booleans under `//`, `%` and `**`."""
    return "int8" if dtype == "bool" else dtype


def boolean(dtype: str | None) -> str | None:
    """Of comparisons."""
    return "bool"


def keep(dtype: str | None) -> str | None:
    """Of operations that leave the dtype alone."""
    return dtype
