"""Arguments as Numba takes them and results as the text gives them: lists and dicts are tuples inside."""
from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache, partial
from types import FunctionType
from typing import Any

import numpy as np

from tangent2.core.kinds import Array, Dict, Kind, List, NoneKind, Number, Tuple
from tangent2.errors import UnsupportedError
from tangent2.jitting.spelling import field_of

Change = Callable[[Any], Any]
MOST = 64           # elements of a list that is made a tuple: each length is compiled anew
_NUMBERS = (float, int, bool, type(None), str, np.float64, np.int64, np.bool_)
_NUMPYS: dict[type, type] = {np.float64: float, np.int64: int, np.bool_: bool}
_OF_DTYPES: dict[str, type] = {"float64": np.float64, "int64": np.int64, "bool": np.bool_}


class NotTold(Exception):
    """A kind does not tell of what class the values are."""


def is_packed(arg: Any) -> bool:
    """Whether an argument can be given to Numba as it is."""
    return not isinstance(arg, (list, dict, FunctionType)) and (not isinstance(arg, tuple) or all(map(is_packed, arg)))


def packed(arg: Any) -> Any:
    """An argument in which tuples stand for lists and dicts.

    >>> packed({"w": [1.0, 2.0], "b": 3.0})
    of_w_b(k_w=(1.0, 2.0), k_b=3.0)
    """
    if isinstance(arg, (*_NUMBERS, np.ndarray)):
        return arg
    if isinstance(arg, tuple):
        parts = [packed(part) for part in arg]
        return type(arg)(*parts) if hasattr(arg, "_fields") else tuple(parts)
    if isinstance(arg, list):
        if not arg or len(arg) > MOST:
            raise UnsupportedError(f"a list of {len(arg)} is given", construct="jit")
        return tuple(map(packed, arg))
    if isinstance(arg, dict):
        return keyed(tuple(arg))(*map(packed, arg.values()))
    if isinstance(arg, FunctionType):       # the text for it does not call it, but may hand it on
        return None
    raise UnsupportedError(f"a {type(arg).__name__} is given", construct="jit")


@lru_cache(maxsize=256)
def keyed(keys: tuple[Any, ...]) -> Any:
    """The class of the tuples that stand for dicts of these keys."""
    made: Any = namedtuple("_".join(["of", *map(str, keys)]), list(map(field_of, keys)))  # type: ignore[misc]
    return made


def change_to(like: Any) -> Change | None:
    """What makes of a result of Numba's one of the classes of another result; None if it is as it has to be.

    >>> change_to((np.float64(1.0), [1.0]))((2.0, (3.0,)))
    (np.float64(2.0), [3.0])
    """
    cls = type(like)
    if cls in _NUMPYS:
        return partial(_numpys, cls)
    if cls is list:
        return partial(_as_list, change_to(like[0]) if like else None)
    if cls is dict:
        return partial(_as_dict, tuple(like), list(map(change_to, like.values())))
    return _of_parts(list(map(change_to, like)), cls) if isinstance(like, tuple) else None


def change_by(kind: Kind) -> Change | None:
    """The same, told from the kind of the result; raises `NotTold`."""
    if isinstance(kind, Number) and (kind.weak or kind.dtype in _OF_DTYPES):
        return None if kind.weak else partial(_numpys, _OF_DTYPES[kind.dtype])
    if isinstance(kind, Array) and kind.shape or isinstance(kind, NoneKind):
        return None
    if isinstance(kind, List):
        return partial(_as_list, change_by(kind.elt))
    if isinstance(kind, Tuple) and kind.record is None:
        return _of_parts(list(map(change_by, kind.elts)), tuple)
    if isinstance(kind, Dict) and kind.items is not None and kind.cls is None:
        return partial(_as_dict, tuple([key for key, _ in kind.items]), [change_by(k) for _, k in kind.items])
    raise NotTold(kind)


def _of_parts(changes: list[Change | None], cls: Any) -> Change | None:
    return partial(_as_tuple, changes, cls) if any(changes) or cls is not tuple else None


def _numpys(cls: Any, value: Any) -> Any:
    return cls(value) if type(value) is _NUMPYS[cls] else value


def _changed(change: Change | None, value: Any) -> Any:
    return value if change is None else change(value)


def _as_tuple(changes: list[Change | None], cls: Any, value: Any) -> Any:
    parts = [_changed(change, part) for change, part in zip(changes, value)]
    return tuple(parts) if cls is tuple else cls(*parts)


def _as_list(change: Change | None, value: Any) -> Any:
    return [_changed(change, part) for part in value]


def _as_dict(keys: tuple[Any, ...], changes: list[Change | None], value: Any) -> Any:
    return {key: _changed(change, part) for key, change, part in zip(keys, changes, value)}


def agrees(found: Any, expected: Any) -> bool:
    """Whether a result of compiled code is that of the text: structure, dtypes, shapes, numbers up to rounding.

    >>> agrees((np.ones(2), 1.0), (np.ones(2), 1.0 + 1e-12)), agrees(np.ones(2), np.ones(2, np.float32))
    (True, False)
    """
    if isinstance(expected, np.ndarray):
        return isinstance(found, np.ndarray) and found.dtype == expected.dtype and found.shape == expected.shape \
            and _close(found, expected)
    if isinstance(expected, (list, tuple, dict)):
        if type(found) is not type(expected) or len(found) != len(expected):
            return False
        if isinstance(expected, dict) and isinstance(found, dict):
            return found.keys() == expected.keys() and all(agrees(found[key], part) for key, part in expected.items())
        return all(map(agrees, found, expected))
    if isinstance(expected, (int, float, np.generic)) and isinstance(found, (int, float, np.generic)):
        return isinstance(found, np.generic) == isinstance(expected, np.generic) and _close(
            np.asarray(found), np.asarray(expected))
    return type(found) is type(expected) and bool(found == expected)


def _close(found: Any, expected: Any) -> bool:
    """Up to rounding, which loops may multiply."""
    if found.dtype.kind not in "fiu":
        return bool(np.array_equal(found, expected))
    with np.errstate(all="ignore"):
        finite = np.abs(expected[np.isfinite(expected)])
        most = float(np.max(finite)) if finite.size else 0.0
        return bool(np.allclose(found, expected, rtol=1e-7, atol=1e-9 * most, equal_nan=True))


def extents_text(args: tuple[Any, ...]) -> str:
    """How many elements the arrays among arguments have, as an expression of `x0`, `x1` ...; empty if there are none.

    >>> extents_text((1.0, np.ones(2), [(np.ones(3), 2.0)], {"a": np.ones(1)}))
    "x1.size + sum([y[0].size for y in x2]) + x3['a'].size"
    """
    return " + ".join([part for k, arg in enumerate(args) for part in _extents(arg, f"x{k}")])


def _extents(arg: Any, name: str) -> list[str]:
    if isinstance(arg, np.ndarray):
        return [f"{name}.size"]
    if isinstance(arg, tuple):
        return [part for k, each in enumerate(arg) for part in _extents(each, f"{name}[{k}]")]
    if isinstance(arg, dict):
        return [part for key, each in arg.items() for part in _extents(each, f"{name}[{key!r}]")]
    if isinstance(arg, list) and arg:
        each = "y" if name[0] != "y" else f"y{name}"
        parts = _extents(arg[0], each)
        return [f"sum([{' + '.join(parts)} for {each} in {name}])"] if parts else []
    return []
