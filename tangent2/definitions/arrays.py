"""Arrays as they are wanted: checked, of a dtype, without an imaginary part that is next to nothing."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.asarray_chkfinite)
def asarray_chkfinite(a: Any, dtype: Any = None) -> Any:
    values = np.asarray(a, dtype=dtype)
    if not np.all(np.isfinite(values)):
        raise ValueError("array must not contain infs or NaNs")
    return values


@defines(np.require)
def require(a: Any, dtype: Any = None) -> Any:
    return np.asarray(a, dtype=dtype)


@defines(np.astype)
def astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


@defines(np.real_if_close)
def real_if_close(a: Any, tol: Any = 100) -> Any:
    values = np.asarray(a)
    if not np.iscomplexobj(values):
        return values
    limit = tol * np.finfo(values.dtype).eps if tol > 1 else tol
    if np.all(np.abs(values.imag) < limit):
        return values.real
    return values
