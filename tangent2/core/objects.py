"""Objects of the user's classes: which they are, their attributes, and what their classes say of a name."""
from __future__ import annotations

import enum
import sys
import types
from abc import ABCMeta
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

_OWN = (np.ndarray, np.generic, int, float, complex, str, bytes, bytearray, list, dict, set, frozenset, tuple, type,
        BaseException, enum.Enum, types.ModuleType, types.FunctionType)
_FOREIGN = frozenset({"numpy", "scipy", "tangent2", "builtins", *sys.stdlib_module_names}) - {"__main__"}
_INTERCEPTING = ("__getattr__", "__getattribute__", "__setattr__", "__delattr__")
MISSING = object()
PLAIN = (int, float, complex, bool, str, type(None))    # of what a class holds, the constants
_PLAIN_TUPLE: Any = namedtuple("_PLAIN_TUPLE", "x")     # what a class of tuples has that nobody wrote
_OF_TUPLES = frozenset({*vars(_PLAIN_TUPLE), "__replace__", "__annotate__", "__annotate_func__", "__orig_bases__"})
_GETTERS = (type(vars(_PLAIN_TUPLE)["x"]), types.MemberDescriptorType)
_ORDER: WeakKeyDictionary[type, dict[str, int]] = WeakKeyDictionary()
_STAND_INS: dict[Any, Any] = {}
VARIABLES, HOME = "__tangent2_variables__", "__tangent2_home__"
NESTED = object()


def is_user_class(cls: Any) -> bool:
    """Whether the objects of a class are followed: it is written in Python, and keeps plain attributes.

    >>> class Line:
    ...     __module__ = "model"
    >>> is_user_class(Line), is_user_class(np.ndarray), is_user_class(enum.Enum)
    (True, False, False)
    """
    return isinstance(cls, type) and _is_followed(cls)


@lru_cache(maxsize=1024)
def _is_followed(cls: Any) -> bool:
    if not issubclass(type(cls), ABCMeta) and type(cls) is not type:
        return False
    if not isinstance(cls.__module__, str):     # made by Cython, say
        return False
    if package_of(cls) in _FOREIGN or issubclass(cls, _OWN) or is_frozen(cls) is None:
        return False
    return not hasattr(cls, "__tangent2_callee__")


def package_of(obj: Any) -> str:
    """The package in which a function or class says that it was made; "" where it does not say.

    A class with `__module__` among its slots gives a descriptor instead of a name.

    >>> package_of(np.linalg.norm), package_of(3.0)
    ('numpy', '')
    """
    home = getattr(obj, "__module__", None)
    return home.partition(".")[0] if isinstance(home, str) else ""


def is_frozen(cls: type) -> bool | None:
    """Whether a class refuses assignment as frozen dataclasses do; None if it intercepts access to attributes."""
    found = [name for name in _INTERCEPTING if getattr(cls, name, None) is not getattr(object, name, None)]
    if not found:
        return False
    params = getattr(cls, "__dataclass_params__", None)
    return True if params is not None and params.frozen and set(found) <= {"__setattr__", "__delattr__"} else None


def has_method(space: Mapping[Any, Any], name: str) -> bool:
    """Whether a class of the user's among the names of a module has a method of this name, that not all objects have.

    >>> has_method({"array": np.ndarray}, "sort")
    False
    """
    common = getattr(object, name, MISSING)
    return any(is_user_class(cls) and getattr(cls, name, common) is not common for cls in list(space.values()))


def methods_of(space: Mapping[Any, Any], name: str) -> list[Any]:
    """What the classes of the user's among the names of a module have under a name, that not all objects have."""
    found = [member(cls, name) for cls in list(space.values()) if is_user_class(cls) and has_method({"": cls}, name)]
    return [each for each in found if each is not MISSING]


def variables_of(cls: Any) -> tuple[str, ...]:
    """The attributes in which objects of a class inside a function keep the variables that its methods read."""
    return getattr(cls, VARIABLES, ()) if isinstance(cls, type) else ()


def home_of(cls: Any) -> Any:
    """The function that defines a class inside; `NESTED` if that is itself inside of another; None of other classes."""
    return vars(cls).get(HOME)


# What rules take methods for, by their names; and what a class may define anew without changing what its objects do.
_TAKEN = frozenset([name for cls in (np.ndarray, float, list, dict, tuple) for name in dir(cls)])
_MAKING = frozenset([*dir(object), "__class_getitem__", "__copy__", "__deepcopy__"]) - {
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__getattribute__"}


def redefined(cls: type) -> str | None:
    """A method of arrays, numbers or containers that a class of the user's defines anew; None if there is none.

    >>> class Doubled(list):
    ...     __module__ = "model"
    ...     def __getitem__(self, i):
    ...         return 2 * list.__getitem__(self, i)
    >>> class Named(list):
    ...     __module__ = "model"
    ...     def first(self):
    ...         return self[0]
    >>> redefined(Doubled), redefined(Named)
    ('__getitem__', None)
    """
    if issubclass(cls, enum.Enum):
        return None
    own = [base for base in cls.__mro__ if package_of(base) not in _FOREIGN]
    return next((name for base in own for name in vars(base)
                 if name in _TAKEN and name not in _MAKING), None)


def is_named_tuple(cls: Any) -> bool:
    """Whether a class is one of tuples with names."""
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


@lru_cache(maxsize=1024)
def has_methods(cls: Any) -> bool:
    """Whether a class of tuples with names has methods, operators or properties of the user's.

    >>> from typing import NamedTuple
    >>> has_methods(NamedTuple("Row", [("x", float)])), has_methods(type("Line", (), {"__len__": lambda self: 2}))
    (False, True)
    """
    own = [base for base in cls.__mro__ if base not in (object, tuple)]
    return any(name not in _OF_TUPLES and (callable(held) or hasattr(held, "__get__"))
               and not isinstance(held, _GETTERS) for base in own for name, held in vars(base).items())


_BY_PLACE = ("__iter__", "__getitem__", "__len__", "__reversed__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__",
             "__ge__", "__hash__")


@lru_cache(maxsize=1024)
def redefined_of_tuples(cls: Any) -> str | None:
    """What a class of tuples with names defines anew of what makes a tuple: its items, and how these are compared.

    >>> redefined_of_tuples(namedtuple("Row", "x")), redefined_of_tuples(
    ...     type("Row", (tuple,), {"__len__": lambda self: 2}))
    (None, '__len__')
    """
    return next((name for name in _BY_PLACE if written_member(cls, name) is not None), None)


def attributes(obj: Any) -> dict[str, Any]:
    """The attributes that an object itself has, those in slots too."""
    found = {name: getattr(obj, name) for name in slots_of(type(obj)) if hasattr(obj, name)}
    found.update(getattr(obj, "__dict__", {}))
    return found


def slots_of(cls: type) -> list[str]:
    """The names of the slots of a class, as attributes."""
    return [name for base in reversed(cls.__mro__) for name, value in vars(base).items()
            if isinstance(value, types.MemberDescriptorType)]


def ordered(cls: Any, names: Iterable[str]) -> tuple[str, ...]:
    """The names of attributes in the order in which they were first seen: always the same for one class."""
    known = _ORDER.setdefault(cls, {name: k for k, name in enumerate(getattr(cls, "__dataclass_fields__", ()))})
    given = tuple(names)
    for name in given:
        known.setdefault(name, len(known))
    return tuple(sorted(given, key=known.__getitem__))


def member(cls: type, name: str) -> Any:
    """What a class has under a name, as it is kept there; `MISSING` if nothing."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), MISSING)


def written_member(cls: type, name: str, find: Callable[[type, str], Any] = member) -> Any:
    """What the user's classes among those of a class have under a name; None if nothing, or None.

    >>> written_member(type("Row", (tuple,), {"total": 3}), "total"), written_member(type("Row", (tuple,), {}), "index")
    (3, None)
    """
    found = find(cls, name)
    built_in = any(found is vars(base).get(name, MISSING) for base in (object, tuple))
    return None if found is MISSING or built_in else found


def inherited(cls: type, after: type, name: str) -> Any:
    """What `super()` finds: what the classes that follow one of them in the order of a class have under a name."""
    return next((vars(base)[name] for base in following(cls, after) if name in vars(base)), MISSING)


def following(cls: type, after: type) -> tuple[type, ...]:
    """The classes that follow one of them in the order of a class.

    >>> following(bool, int)
    (<class 'object'>,)
    """
    order = cls.__mro__
    return order[order.index(after) + 1:] if after in order else ()


def stand_in(cls: type, names: tuple[str, ...]) -> Any:
    """The class of the tuples that stand for objects of a class with these attributes.

    >>> class Line:
    ...     pass
    >>> made = stand_in(Line, ("slope", "_offset"))
    >>> made(2.0, 1.0), made(2.0, 1.0)._offset
    (Line(slope=2.0, _offset=1.0), 1.0)
    """
    key = cls, names
    if key not in _STAND_INS:
        parts: dict[str, Any] = {name: property(itemgetter(k)) for k, name in enumerate(names)}
        parts.update(__slots__=(), _fields=names, __tangent2_class__=cls, __new__=_new, __repr__=_shown)
        _STAND_INS[key] = type(cls.__name__, (tuple,), parts)
    return _STAND_INS[key]


def _new(cls: Any, *parts: Any) -> Any:
    return tuple.__new__(cls, parts)


def _shown(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in zip(self._fields, self))})"


def bare(cls: type, parts: dict[str, Any]) -> Any:
    """An object with these attributes, made without running anything of its class."""
    if issubclass(cls, tuple):
        return tuple.__new__(cls, tuple(parts.values()))
    made = object.__new__(cls)
    for name, value in parts.items():
        object.__setattr__(made, name, value)
    return made
