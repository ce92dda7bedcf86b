"""The cache: compiled derivatives by function, request and kinds of arguments.

What the functions that were compiled read from outside is guarded (`guards.py`).  A function made anew of the same
code, as a lambda in a loop is, is not compiled anew (`anew.py`).
"""
from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from contextlib import suppress
from types import FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from tangent2.anew import Anatomy, anatomy, function_key
from tangent2.attached import attached
from tangent2.compiling import compile_request
from tangent2.core.objects import is_user_class
from tangent2.core.valuekinds import fast_key
from tangent2.entry import Compiled, Entry
from tangent2.errors import TangentError, UnsupportedError, seen_from
from tangent2.names import is_of_numba
from tangent2.python.read import place_of
from tangent2.requests import Request
from tangent2.switches import current

LOCK = threading.RLock()
_TABLES: WeakKeyDictionary[Any, dict[Any, Entry]] = WeakKeyDictionary()      # of what cannot have them on itself
_ANEW: OrderedDict[Any, tuple[Compiled, Anatomy]] = OrderedDict()       # for functions made anew of the same code
_MOST_ANEW = 256


def lookup_key(args: tuple[Any, ...]) -> Any:
    """What arguments are looked up by: their kinds; functions by identity."""
    return fast_key(args, function_key)


def compiled(fn: Any, request: Request, args: tuple[Any, ...]) -> Entry:
    """The compiled derivative for arguments of these kinds, made if there is none that is still true."""
    fn = fn.py_func if is_of_numba(fn) else fn
    key = request, current(), lookup_key(args)
    table = _table_of(fn)
    entry = table.get(key)
    if entry is not None and entry.current():
        return entry
    with LOCK:
        try:
            entry = table[key] = _entry(fn, request, args, key)
        except TangentError as error:
            raise _placed(error, fn).brief() from error.__cause__
        except RecursionError:
            name = getattr(fn, "__name__", "the function")
            raise UnsupportedError(f"`{name}` is nested too deep, or calls itself with arguments of ever new kinds",
                                   construct="recursion", advice="hand on the whole array and an index") from None
    return entry


def _table_of(fn: Any) -> dict[Any, Entry]:
    """The entries of a function; what is made for each call, as methods are, has none."""
    if type(fn) is FunctionType or hasattr(fn, "__tangent2_callee__"):
        return attached(fn, "__tangent2_entries__")
    if is_user_class(type(fn)) or isinstance(fn, (functools.partial, MethodType)):
        return {}
    try:
        return _TABLES.setdefault(fn, {})
    except TypeError:
        return {}


def _entry(fn: Any, request: Request, args: tuple[Any, ...], key: Any) -> Entry:
    """A new entry, without compiling it if what was compiled for a function of the same code is true of this one."""
    found = anatomy(fn)
    known = None if found is None else _ANEW.get((found.key, key))
    if found is not None and known is not None:
        _ANEW.move_to_end((found.key, key))
        made, of = known
        with suppress(NameError, AttributeError, ValueError, KeyError):     # what is captured is not there
            entry = made.moved(of, found).entry(fn, args)
            if entry.current():
                return entry
    made, spaces, bound = compile_request(fn, request, args)
    found = found if not bound else anatomy(fn, bound[0]) if len(bound) == 1 else None
    if found is not None:
        blank = found.blank()
        _ANEW[found.key, key] = made.moved(found, blank), blank
        _ANEW.move_to_end((found.key, key))
        if len(_ANEW) > _MOST_ANEW:
            _ANEW.popitem(False)
    return made.entry(fn, args, spaces)


def _placed(error: TangentError, fn: Any) -> TangentError:
    """An error with the place of the function, if it has none of the user's."""
    error = seen_from(error, place_of(fn), getattr(fn, "__name__", "the function"))
    if not isinstance(error, UnsupportedError) or error.origin is not None:
        return error
    return UnsupportedError(error.reason, origin=place_of(fn), construct=error.construct, advice=error.advice)
