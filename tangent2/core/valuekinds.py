"""Kinds of live Python objects: of arguments at call time (fast: part of every call), of captured data, of literals."""
from __future__ import annotations

import threading
import types
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import numpy as np

from tangent2.core.dims import map_dims
from tangent2.core.kinds import (
    BOOL, BOTTOM, COMPLEX, FLOAT, INT, NONE, NOT_ONE, OBJECT, STR, UNKNOWN, Array, Class, Dict, Iterator, Kind, List,
    Module, Number, Object, Range, Record, Sym, Tuple, is_inexact, join, join_all,
)
from tangent2.core.objectkinds import are_mixed
from tangent2.core.objects import attributes, is_named_tuple, is_user_class, ordered, redefined, redefined_of_tuples
from tangent2.core.syntax import Atom, Value
from tangent2.errors import UnsupportedError

Functions = Callable[[Any], Kind] | None

_NAMES = {c: np.dtype(c).name for c in "?bBhHiIlLqQefdgFDG"}
_SCALARS: dict[type, Kind] = {
    float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX, type(None): NONE, str: STR, range: Range(),
    bytes: OBJECT, type(Ellipsis): OBJECT, slice: Object("slice"), set: Object("set"),
    frozenset: Object("set"),
}
SINGLE = frozenset(_SCALARS)        # the classes whose objects all have one kind
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc)
_ARRAYS: dict[Any, Array] = {}


def _array(obj: np.ndarray[Any, Any], first: int) -> Kind:
    """The kind of an array whose extents, where not 1, are the symbols from `first` on."""
    shape = obj.shape
    char = obj.dtype.char
    key = (char, len(shape), first) if 1 not in shape else (char, tuple([n == 1 for n in shape]), first)
    found = _ARRAYS.get(key)
    if found is None:
        if char not in _NAMES:
            return Object("ndarray")
        dims = tuple([1 if n == 1 else Sym(first + k) for k, n in enumerate(shape)])
        found = _ARRAYS[key] = Array(_NAMES[char], dims)
    return found


def kind_of_value(obj: Any, first: int = 0, functions: Functions = None) -> Kind:
    """The kind of a live object.  Extents are numbered from `first`; `functions` gives the kinds of functions.

    >>> kind_of_value(2.0) == FLOAT, kind_of_value(np.ones((1, 3)), 5).shape
    (True, (1, Sym(index=6)))
    >>> kind_of_value([1.0, 2.0]) == List(FLOAT), kind_of_value({"a": 1}) == Dict((("a", INT),), INT)
    (True, True)
    """
    cls = type(obj)
    known = _SCALARS.get(cls)
    if known is not None:
        return known
    if cls is np.ndarray:
        return _array(obj, first)
    if cls is tuple:
        return _tuple(obj, first, functions)[0]
    if cls is list:
        return _list(obj, first, functions)[0]
    if isinstance(obj, np.generic):
        return Number(_NAMES[obj.dtype.char], False) if obj.dtype.char in _NAMES else OBJECT
    if cls is dict:
        return _dict(obj, first, functions)[0]
    return _other(obj, cls, functions, first)


def _other(obj: Any, cls: type, functions: Functions, first: int = 0) -> Kind:
    if isinstance(obj, tuple) and hasattr(cls, "_fields"):
        return _tuple(obj, 0, functions)[0]
    if isinstance(obj, _FUNCTIONS):
        return OBJECT if functions is None else functions(obj)
    if isinstance(obj, (np.dtype, type)):
        return _dtype(obj)
    if isinstance(obj, types.ModuleType):
        return Module(cls.__name__, obj)
    if isinstance(obj, np.random.Generator):
        return Object(bystander(cls) or cls.__name__)
    if cls in (type({}.keys()), enumerate, zip, reversed, map, filter):
        return Iterator(UNKNOWN)
    if is_user_class(cls):
        return _object(obj, first, functions)[0]
    if callable(obj) and functions is not None:
        return functions(obj)
    if isinstance(obj, (np.ndarray, float)) and cls is not np.memmap:
        base = "array" if isinstance(obj, np.ndarray) else "float"
        raise UnsupportedError(f"a {cls.__name__} is no plain {base}: its operators may mean something else",
                               construct=cls.__name__, advice=f"give {'np.asarray' if base == 'array' else 'float'}(x)")
    if isinstance(obj, (tuple, list, dict, int)) and (own := redefined(cls)) is not None:
        if isinstance(obj, int):
            raise UnsupportedError(f"a {cls.__name__} is no plain int: its class defines `{own}` anew",
                                   construct=cls.__name__, advice="give int(x)")
        return Object(cls.__qualname__)
    return UNKNOWN if isinstance(obj, (np.ndarray, tuple, list, dict, int)) else Object(
        bystander(cls) or cls.__qualname__)


_BYSTANDERS = frozenset({
    "numpy.random._generator.Generator", "numpy.random.mtrand.RandomState", "random.Random", "random.SystemRandom",
    "logging.Logger", "logging.RootLogger", "logging.LoggerAdapter",
})


def bystander(cls: Any) -> str | None:
    """The full name of a class whose objects never give back what they were given: random generators and loggers."""
    name = f"{cls.__module__}.{cls.__qualname__}"
    return name if name in _BYSTANDERS else None


def is_known(kind: Object) -> bool:
    """Whether an object without a derivative is one whose class is known: it keeps nothing that it is given."""
    return kind.cls in ("slice", "set", "type", "key", "error") or kind.cls in _BYSTANDERS or kind.cls[:5] == "dtype"


_ABSTRACT = frozenset({np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger, np.inexact, np.floating,
                       np.complexfloating, np.flexible, np.character})      # of no dtype of their own


def _dtype(obj: Any) -> Kind:
    """The kind of what may be given as `dtype=`, or of another class."""
    if obj in _ABSTRACT:
        return Object("type")
    if isinstance(obj, np.dtype) or obj in (int, float, bool, complex) or issubclass(obj, np.generic):
        found = np.dtype(obj)
        if found.char in _NAMES:
            return Object(f"dtype {found.name}")
    if obj is object or isinstance(obj, np.dtype) and (obj.hasobject or obj.names) or obj in (np.object_, np.void):
        return Object("dtype object")
    return Class(obj) if is_user_class(obj) or is_named_tuple(obj) else Object("type")


def _numbered(obj: Any, first: int, functions: Functions) -> tuple[Kind, int]:
    """The kind of an object and the next free symbol."""
    cls = type(obj)
    if cls is np.ndarray:
        return _array(obj, first), first + obj.ndim
    if cls is tuple or isinstance(obj, tuple) and hasattr(cls, "_fields"):
        return _tuple(obj, first, functions)
    if cls is dict:
        return _dict(obj, first, functions)
    if cls is list:
        return _list(obj, first, functions)
    if cls not in _SCALARS and is_user_class(cls):
        return _object(obj, first, functions)
    return kind_of_value(obj, first, functions), first


def _tuple(obj: tuple[Any, ...], first: int, functions: Functions) -> tuple[Kind, int]:
    elts = []
    for each in obj:
        kind, first = _numbered(each, first, functions)
        elts.append(kind)
    cls: Any = type(obj)
    own = getattr(cls, "__tangent2_class__", None)
    if cls is not tuple and own is None and (name := redefined_of_tuples(cls)) is not None:
        raise UnsupportedError(f"a {cls.__name__} is no plain tuple with names: it has a `{name}` of its own",
                               construct=cls.__name__, advice="make it a dataclass, or give a plain tuple")
    record = None if cls is tuple else Record(cls, cls._fields) if own is None else Record(own, cls._fields, True)
    return Tuple(tuple(elts), record), first


def _object(obj: Any, first: int, functions: Functions) -> tuple[Kind, int]:
    """The kind of an object of a user's class; of one that holds itself, nothing is known there."""
    cls = type(obj)
    held = attributes(obj)
    if id(obj) in _open():
        return Object(cls.__qualname__), first
    _open().add(id(obj))
    try:
        names = ordered(cls, held)
        kind, first = _tuple(tuple([held[name] for name in names]), first, functions)
    finally:
        _open().discard(id(obj))
    assert isinstance(kind, Tuple)
    return Tuple(kind.elts, Record(cls, names, True)), first


_LOCAL = threading.local()


def _open() -> set[int]:
    """The objects whose attributes are being looked at."""
    if not hasattr(_LOCAL, "open"):
        _LOCAL.open = set()
    found: set[int] = _LOCAL.open
    return found


def _dict(obj: dict[Any, Any], first: int, functions: Functions) -> tuple[Kind, int]:
    items = []
    for key, each in obj.items():
        kind, first = _numbered(each, first, functions)
        items.append((key, kind))
    known = len(items) <= 64 and all(type(key) in (str, int, bool) for key, _ in items)
    if not known:
        return Dict(None, join_all(map(_free, (k for _, k in items)))), first
    return Dict(tuple(items), join_all(_free(k) for _, k in items)), first


def _is_mixed(obj: list[Any]) -> bool:
    """Whether a list may hold objects of several classes, or what holds several functions."""
    classes = {getattr(cls, "__tangent2_class__", cls) for cls in map(type, obj)}
    if len(classes) == 1:
        return len(obj) > 1 and any(map(_holds_functions, obj))
    return len(classes) > 1 and all(map(is_user_class, classes))


def _holds_functions(obj: Any) -> bool:
    cls = type(obj)
    if cls in _SCALARS or cls is np.ndarray:
        return False
    held = obj if cls is tuple else attributes(obj).values() if is_user_class(cls) else ()
    return isinstance(obj, _FUNCTIONS) or any(isinstance(each, _FUNCTIONS) for each in held)


def _list(obj: list[Any], first: int, functions: Functions) -> tuple[Kind, int]:
    """The kind of a list, in which places have kinds of their own only if their classes or functions differ."""
    if _is_mixed(obj):
        kind, after = _tuple(tuple(obj), first, functions)
        if isinstance(kind, Tuple) and are_mixed(kind.elts):
            return kind, after
    return List(_element(obj, functions)), first


def _element(obj: list[Any], functions: Functions) -> Kind:
    """The joined kind of a list's elements: two arrays in it have extents of their own, even if symbols coincide."""
    result: Kind = BOTTOM
    last = None
    for each in obj:
        kind = _SCALARS.get(type(each)) or _free(kind_of_value(each, 0, functions))
        if kind is not last:
            result = join(result, kind)
            last = kind
    return result


def _free(kind: Kind) -> Kind:
    return map_dims(kind, lambda d: NOT_ONE if isinstance(d, Sym) else d)


def signature(args: tuple[Any, ...], functions: Functions = None) -> tuple[Kind, ...]:
    """The kinds of arguments; every axis of every array has a symbol of its own.

    >>> [k.shape for k in signature((np.ones((2, 3)), np.ones(4)))]
    [(Sym(index=0), Sym(index=1)), (Sym(index=2),)]
    """
    kinds = []
    first = 0
    for arg in args:
        known = _SCALARS.get(type(arg))
        if known is None:
            known, first = _numbered(arg, first, functions)
        kinds.append(known)
    return tuple(kinds)


def fast_key(args: tuple[Any, ...], functions: Callable[[Any], Any] | None = None) -> tuple[Any, ...]:
    """A cheaply hashed stand-in for `signature(args)`: equal keys mean equal signatures.

    `functions` gives the hashable part for function values (their code and what they captured).
    """
    return tuple([
        t if (t := type(a)) in _SCALARS
        else (a.dtype.char, len(s)) if t is np.ndarray and 1 not in (s := a.shape)
        else _slow_key(a, functions) for a in args
    ])


def _slow_key(obj: Any, functions: Callable[[Any], Any] | None) -> Any:
    cls = type(obj)
    if cls is np.ndarray:
        return obj.dtype.char, tuple([n == 1 for n in obj.shape])
    if isinstance(obj, np.generic):
        return obj.dtype.char
    if cls is tuple or isinstance(obj, tuple) and hasattr(cls, "_fields"):
        return cls, fast_key(obj, functions)
    if cls is list:
        return (list, fast_key(tuple(obj), functions)) if _is_mixed(obj) else (list, _list_key(obj, functions))
    if cls is dict:
        return dict, tuple(obj), fast_key(tuple(obj.values()), functions)
    if isinstance(obj, (np.dtype, type, types.ModuleType)):
        return cls, obj
    if is_user_class(cls):
        return _object_key(obj, cls, functions)
    if functions is not None and callable(obj):
        return functions(obj)
    return cls


def _object_key(obj: Any, cls: type, functions: Callable[[Any], Any] | None) -> Any:
    if id(obj) in _open():
        return cls
    held = attributes(obj)
    _open().add(id(obj))
    try:
        return cls, tuple(held), fast_key(tuple(held.values()), functions)
    finally:
        _open().discard(id(obj))


_KINDS: dict[Kind, int] = {}            # kinds of lists, by number
_LISTS: dict[frozenset[Any], Any] = {}  # what stands for the kind of a list that holds what has these keys
_NUMBERS = count()      # threads may ask at once
_MOST_LISTS = 1000


def _list_key(obj: list[Any], functions: Callable[[Any], Any] | None) -> Any:
    """What stands for the kind of a list; the kind itself is only looked at if its elements are of a new mixture.

    >>> _list_key([1.0, 2], None) == _list_key([2, 1.0, 3.0], None) != _list_key([1.0, 2.0], None)
    True
    """
    mixture = frozenset(fast_key(tuple(obj), functions))
    found = _LISTS.get(mixture)
    if found is None:
        if len(_LISTS) >= _MOST_LISTS:
            _LISTS.clear()
        kind = kind_of_value(obj, 0, functions)
        found = _LISTS[mixture] = _KINDS.setdefault(kind, next(_NUMBERS)), hides_exact(obj)
    return found


def hides_exact(obj: Any) -> bool:
    """Whether there is a list in which a number that is no float stands among floats: its kind does not tell.

    >>> hides_exact([1.0, 2]), hides_exact((1.0, 2)), hides_exact({"a": [(1.0, 2.0), (1, 2.0)]})
    (True, False, True)
    """
    cls = type(obj)
    if cls is dict:
        return any(map(hides_exact, obj.values()))
    if cls is tuple:
        return any(map(hides_exact, obj))
    if cls is not list or len(set(map(type, obj))) == 1 and type(obj[0]) in _SCALARS:
        return False
    whole = _element(obj, None)
    return any(_is_exact(kind_of_value(each), whole) or hides_exact(each) for each in obj)


def _is_exact(kind: Kind, among: Kind) -> bool:
    """Whether a kind has a number that is no float where another, of the same structure, has a float."""
    if isinstance(kind, Tuple) and isinstance(among, Tuple) and kind.record is None:
        return any(map(_is_exact, kind.elts, among.elts))
    return isinstance(kind, Number) and isinstance(among, Number) and is_inexact(among) and not is_inexact(kind)


_CONSTS: dict[type, Kind] = {k: v for k, v in _SCALARS.items() if k is not range}


def kind_of_atom(atom: Atom, kinds: Mapping[Value, Kind]) -> Kind:
    """The kind of a value that a table tells, or of a literal."""
    return kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else kind_of_const(getattr(atom, "value", None))


def kind_of_const(value: Any) -> Kind:
    """The kind of a literal; a tuple of literals counts."""
    return _CONSTS.get(type(value)) or kind_of_value(value)
