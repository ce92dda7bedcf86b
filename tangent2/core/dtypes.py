"""Dtypes by name, and those that are open: `float64|int64` is that of what may be a float or a whole number."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np

INEXACT = frozenset({"float16", "float32", "float64", "complex64", "complex128",
                     np.dtype("longdouble").name, np.dtype("clongdouble").name})


def widest(dtype: str) -> str:
    """The widest that an open dtype may be.

    >>> widest("float64|int64"), narrowest("float64|int64"), widest("int64")
    ('float64', 'int64', 'int64')
    """
    return dtype.partition("|")[0]


def narrowest(dtype: str) -> str:
    """The narrowest that an open dtype may be."""
    return dtype.rpartition("|")[2]


def opened(wide: str, narrow: str) -> str:
    """The dtype of what may be of both, and of all that lie between."""
    return wide if wide == narrow else f"{wide}|{narrow}"


def join_dtypes(a: str | None, b: str | None) -> str | None:
    """The dtype of a value that is one or the other; None if they differ."""
    return a if a == b else None


def either_dtype(a: str, b: str) -> str:
    """The dtype of a number that is one of two.

    >>> either_dtype("int64", "float64"), either_dtype("float64|int64", "complex128")
    ('float64|int64', 'complex128|int64')
    """
    wide, narrow = max(widest(a), widest(b), key=_width), min(narrowest(a), narrowest(b), key=_width)
    return opened(wide, narrow)


def _width(dtype: str) -> tuple[int, int, str]:
    return ("b", "u", "i", "f", "c").index(dtype[0]), len(dtype), dtype


def at_both_ends(dtype_of: Callable[[str | None], str | None]) -> Callable[[str | None], str | None]:
    """What operations make of a dtype, also of one that is open: of the widest and of the narrowest it may be."""
    @wraps(dtype_of)
    def of_open(dtype: str | None) -> str | None:
        if dtype is None or "|" not in dtype:
            return dtype_of(dtype)
        wide, narrow = dtype_of(widest(dtype)), dtype_of(narrowest(dtype))
        return None if wide is None or narrow is None else opened(wide, narrow)
    return of_open
