"""Functions that may hand on a generator: what they give is computed while a loop runs over it."""
from __future__ import annotations

import builtins
import inspect
import itertools
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import gast

from tangent2.errors import TangentError
from tangent2.python.desugar_generators import generator_of, own_parts
from tangent2.python.desugar_state import UNKNOWN, Desugaring
from tangent2.python.lower_names import reads
from tangent2.python.read import is_foreign, read

_LATE = (map, filter, zip, enumerate, reversed, itertools.chain, itertools.islice, itertools.accumulate,
         itertools.starmap, itertools.takewhile, itertools.dropwhile, itertools.filterfalse, itertools.compress,
         itertools.zip_longest)
_known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()      # by the code of functions


def note(D: Desugaring, call: Any, obj: Any) -> None:
    """Note at a call that what it gives may be computed late, and of what: of what it is given, and what calls it."""
    if hasattr(call, "lazy") or isinstance(call.func, gast.Attribute):
        return
    if isinstance(obj, FunctionType) and gives_late(obj):
        call.lazy = frozenset()
    elif obj is UNKNOWN and _may_be_late(D, call.func):
        call.lazy = frozenset(reads(call.func))


def _may_be_late(D: Desugaring, func: Any) -> bool:
    """Whether a function that is not known before the code runs may be a generator, or hand on one."""
    if not isinstance(func, gast.Name):
        return True
    body = getattr(D.function, "body", None)
    stmts = body if isinstance(body, list) else []
    defined = [s for s in stmts if isinstance(s, gast.FunctionDef) and s.name == func.id]
    return not defined or any(_returns_late(s, D.resolve) for s in defined)


def gives_late(fn: FunctionType) -> bool:
    """Whether a function of the user's may return what is computed late.

    >>> def squares(x):
    ...     return (v * v for v in x)
    >>> def total(x):
    ...     return sum(v * v for v in x)
    >>> gives_late(squares), gives_late(total)
    (True, False)
    """
    key = fn.__code__
    if key not in _known:
        _known[key] = False         # of one that calls itself
        _known[key] = not is_foreign(fn) and not inspect.isgeneratorfunction(fn) and _reads_late(fn)
    return _known[key]


def _reads_late(fn: FunctionType) -> bool:
    try:
        node = read(fn).node
    except TangentError:
        return False
    own = set(fn.__code__.co_varnames) | set(fn.__code__.co_freevars)

    def resolve(name: Any) -> Any:
        if not isinstance(name, gast.Name) or name.id in own:
            return UNKNOWN
        return fn.__globals__.get(name.id, getattr(builtins, name.id, UNKNOWN))
    return _returns_late(node, resolve)


def _returns_late(node: Any, resolve: Any) -> bool:
    """Whether some result of a function is a generator, or a call that may give one."""
    values = [n.value for n in own_parts(node) if isinstance(n, gast.Return)]
    return any(isinstance(v, gast.GeneratorExp) or isinstance(v, gast.Call) and _is_late(v, resolve) for v in values)


def _is_late(call: Any, resolve: Any) -> bool:
    if isinstance(call.func, gast.Attribute):
        return False
    obj = resolve(call.func)
    if obj is UNKNOWN or any(obj is each for each in _LATE) or generator_of(obj) is not None:
        return True
    return isinstance(obj, FunctionType) and gives_late(obj)
