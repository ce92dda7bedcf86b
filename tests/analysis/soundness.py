"""Whether values have the kinds that were inferred for them: the evaluator's environment is watched while it runs."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.core import evaluate as evaluator
from tangent2.core.kinds import (
    NOT_ONE, Array, Bottom, Dict, FunctionKind, Iterator, Kind, List, NoneKind, Number, Range, Sliced, Str, Sym, Tuple,
    Unknown,
)
from tangent2.core.operations import shallow_copy
from tangent2.core.syntax import Typed, Value
from tests.harness.kinds_hold import is_dtype


class Unsound(AssertionError):
    """A value that is not of its kind."""


class Watch(dict[Any, Any]):
    """An environment that compares what is bound with its kind; symbols of extents are bound on first sight."""

    def __init__(self, typed: Typed, args: tuple[Any, ...]) -> None:
        super().__init__()
        self.kinds = typed.kinds
        self.extents: dict[Sym, int] = {}
        self.update(zip(typed.function.params, args))

    def __setitem__(self, key: Value, value: Any) -> None:
        super().__setitem__(key, value)
        kind = self.kinds[key]
        if not isinstance(value, evaluator._Unbound) and not self.fits(value, kind):
            raise Unsound(f"{key!r} is {value!r} ({type(value).__name__}), not {kind}; {self.extents}")

    def update(self, pairs: Any) -> None:      # type: ignore[override]
        for key, value in pairs:
            self[key] = value

    def fits(self, value: Any, kind: Kind) -> bool:
        """Whether a value is of a kind."""
        if value is None or isinstance(kind, Unknown):
            return True
        test = _TESTS.get(type(kind))
        return test(self, value, kind) if test is not None else True

    def extent(self, n: int, dim: Any) -> bool:
        if isinstance(dim, int):
            return n == dim
        if dim == NOT_ONE:
            return n != 1
        if isinstance(dim, Sym):
            return n != 1 and self.extents.setdefault(dim, n) == n
        if isinstance(dim, Sliced) and dim.slice is None and isinstance(dim.base, Sym) and dim.base in self.extents:
            return n == max(self.extents[dim.base] - dim.less, 0)
        return True


def _number(watch: Watch, value: Any, kind: Number) -> bool:
    if kind.weak and type(value) not in (bool, int, float, complex):
        return False
    return isinstance(value, (bool, int, float, complex, np.generic)) and is_dtype(kind.dtype, value)


def _array(watch: Watch, value: Any, kind: Array) -> bool:
    if kind.shape is None and isinstance(value, (int, float, complex, np.generic)):
        return is_dtype(kind.dtype, value)
    if type(value) is not np.ndarray or not is_dtype(kind.dtype, value):
        return False
    return kind.shape is None or len(kind.shape) == value.ndim and all(map(watch.extent, value.shape, kind.shape))


def _items(watch: Watch, value: Any, kind: Dict) -> bool:
    if type(value) is not dict:
        return False
    known = dict(kind.items or dict.fromkeys(value, kind.elt))
    return value.keys() == known.keys() and all(watch.fits(v, known[k]) for k, v in value.items())


_TESTS: dict[type[Kind], Any] = {
    Number: _number, Array: _array, Dict: _items,
    Tuple: lambda w, v, k: type(v) is tuple and len(v) == len(k.elts) and all(map(w.fits, v, k.elts)),
    List: lambda w, v, k: type(v) is list and all(w.fits(item, k.elt) for item in v),
    Range: lambda w, v, k: type(v) is range, Str: lambda w, v, k: type(v) is str, NoneKind: lambda w, v, k: False,
    Bottom: lambda w, v, k: False, FunctionKind: lambda w, v, k: callable(v), Iterator: lambda w, v, k: True,
}


def run(typed: Typed, args: tuple[Any, ...]) -> Any:
    """Evaluate a function, every value compared with its kind; gives the result."""
    frame = evaluator._Frame(Watch(typed, args), shallow_copy)
    left = evaluator._region(frame, typed.function.body)
    value = left.vals[0]
    if not Watch(Typed(typed.function, {}, typed.result), ()).fits(value, typed.result):
        raise Unsound(f"the result is {value!r}, not {typed.result}")
    return value
