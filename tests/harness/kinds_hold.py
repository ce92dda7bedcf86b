"""Whether values are of the kinds that inference gave them: the evaluator looks at each of them."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tangent2.core import evaluate as evaluation
from tangent2.core.dtypes import narrowest, widest
from tangent2.core.kinds import (
    Array, Bottom, Derived, Dict, Dim, FunctionKind, Kind, List, NoneKind, Number, Object, Sliced, Str, Sym, Tuple,
)
from tangent2.core.syntax import Typed, Value

Extents = dict[Any, int]


class Untrue(AssertionError):
    """A value is not of its kind."""


def evaluate_checked(typed: Typed, args: tuple[Any, ...]) -> Any:
    """The result of a core, each of whose values is of its kind; raises `Untrue` otherwise."""
    with _watched(typed.kinds):
        return evaluation.evaluate(typed.function, args)


@contextmanager
def _watched(kinds: dict[Value, Kind]) -> Iterator[None]:
    plain = evaluation._Frame
    extents: Extents = {}

    class Frame(plain):     # type: ignore[misc, valid-type]
        def __init__(self, env: dict[Value, Any], own: Any) -> None:
            super().__init__(_Env(kinds, extents), own)
            self.env.update(env)
    evaluation._Frame = Frame  # type: ignore[misc]
    try:
        yield
    finally:
        evaluation._Frame = plain  # type: ignore[misc]


class _Env(dict):  # type: ignore[type-arg]
    """What names stand for; those of other functions have kinds of their own, and are not looked at."""

    def __init__(self, kinds: dict[Value, Kind], extents: Extents) -> None:
        super().__init__()
        self.kinds, self.extents = kinds, extents

    def __setitem__(self, value: Value, found: Any) -> None:
        kind = self.kinds.get(value)
        if kind is not None and found is not evaluation._UNBOUND and (why := misfit(kind, found, self.extents)):
            raise Untrue(f"{value} is taken to be {kind}, but {why}: {found!r}")
        super().__setitem__(value, found)

    def update(self, pairs: Any = (), **named: Any) -> None:
        for value, found in dict(pairs).items():
            self[value] = found


def misfit(kind: Kind, found: Any, extents: Extents) -> str:
    """Why a value is not of a kind; nothing if it is.

    >>> misfit(Number("float64"), 2.0, {}), misfit(Array("float64", (2,)), np.ones(3), {})
    ('', 'it has shape (3,)')
    """
    if found is None:       # what is not bound on a path, or made by an attempt that failed
        return ""
    if isinstance(kind, Bottom):
        return "it is there"
    if isinstance(kind, Number):
        return _number(kind, found)
    if isinstance(kind, Array):
        return _array(kind, found, extents)
    if isinstance(kind, Tuple):
        if kind.record is not None and kind.record.is_object and not isinstance(found, tuple):
            return ""       # an object of the user's, given as it is
        row = tuple if kind.record is not None else (tuple, list)       # a list of objects of several classes, too
        if not isinstance(found, row) or len(found) != len(kind.elts):
            return "it is no tuple of so many"
        return next(filter(None, [misfit(k, v, {}) for k, v in zip(kind.elts, found)]), "")
    if isinstance(kind, List):
        if not isinstance(found, list):
            return "it is no list"
        if kind.length is not None and kind.length != len(found):
            return f"it has {len(found)} elements"
        return next(filter(None, [misfit(kind.elt, v, {}) for v in found]), "")
    if isinstance(kind, Dict):
        return _dict(kind, found)
    if isinstance(kind, NoneKind):
        return "" if found is None else "it is not None"
    if isinstance(kind, Str):
        return "" if isinstance(found, str) else "it is no text"
    if isinstance(kind, FunctionKind):
        return "" if callable(found) else "it cannot be called"
    return "it is a number" if isinstance(kind, Object) and isinstance(found, (float, complex)) else ""


def is_dtype(dtype: str | None, value: Any) -> bool:
    """Whether a number or an array is of a dtype, or of one between the ends of an open one; None says nothing."""
    found = np.asarray(value).dtype.name
    if dtype is None or "|" not in dtype:
        return dtype is None or dtype == found
    return bool(np.can_cast(narrowest(dtype), found)) and bool(np.can_cast(found, widest(dtype)))


def _number(kind: Number, found: Any) -> str:
    if not isinstance(found, (bool, int, float, complex, np.generic)):
        return "it is no number"
    if not is_dtype(kind.dtype, found):
        return f"its dtype is {np.asarray(found).dtype}"
    return "it is one of NumPy" if kind.weak and isinstance(found, np.generic) and not isinstance(
        found, (np.float64, np.complex128, np.bool_, np.int64)) else ""


def _array(kind: Array, found: Any, extents: Extents) -> str:
    if not isinstance(found, (np.ndarray, bool, int, float, complex, np.generic)):
        return "it is no array"
    shape = np.shape(found)
    if not is_dtype(kind.dtype, found):
        return f"its dtype is {np.asarray(found).dtype}"
    if kind.shape is None:
        return "it has no axes" if kind.solid and not shape else ""
    fits = len(shape) == len(kind.shape) and all(_is_extent(d, n, extents) for d, n in zip(kind.shape, shape))
    return "" if fits else f"it has shape {shape}"


def _is_extent(dim: Dim, size: int, extents: Extents) -> bool:
    """Whether an extent may be so long; what equal ones are is noted."""
    if isinstance(dim, int):
        return dim == size
    if isinstance(dim, Sym) and dim.index == -1:
        return size != 1
    if isinstance(dim, Sym):
        return extents.setdefault(dim, size) == size
    if isinstance(dim, Sliced) and isinstance(dim.base, Sym) and dim.base in extents and dim.slice is None:
        return size == max(extents[dim.base] - dim.less, 0)
    return isinstance(dim, (Derived, Sliced)) or dim is None


def _dict(kind: Dict, found: Any) -> str:
    if not isinstance(found, dict):
        return "" if kind.cls is not None else "it is no dict"
    if kind.items is None:
        return next(filter(None, [misfit(kind.elt, v, {}) for v in found.values()]), "")
    if set(dict(kind.items)) != set(found):
        return f"its keys are {list(found)}"
    return next(filter(None, [misfit(k, found[key], {}) for key, k in kind.items]), "")
