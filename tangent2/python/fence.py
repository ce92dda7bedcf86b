"""The fence: constructs, functions and methods that are refused, each with what to do instead."""
from __future__ import annotations

import builtins
import collections
import inspect
import itertools
import operator
import random
import sys
import traceback
import types
import warnings
from functools import lru_cache
from typing import Any

import gast
import numpy as np

from tangent2.core.objects import package_of
from tangent2.python.parts import walk

_OUTSIDE = "do this outside of the differentiated function"
_GENERATOR = "return a list instead of yielding"
_ASYNC = "differentiate a plain function and call it from the asynchronous one"

CONSTRUCTS: dict[type, tuple[str, str]] = {
    gast.Try: ("`try`", "test for the condition with `if` instead of catching the exception"),
    gast.With: ("`with`", "enter the context manager outside of the differentiated function"),
    gast.AsyncWith: ("`async with`", _ASYNC),
    gast.AsyncFor: ("`async for`", _ASYNC),
    gast.AsyncFunctionDef: ("`async def`", _ASYNC),
    gast.Await: ("`await`", _ASYNC),
    gast.ClassDef: ("a class inside a function", "define the class at module level"),
    gast.Yield: ("`yield`", _GENERATOR),
    gast.YieldFrom: ("`yield from`", _GENERATOR),
    gast.Global: ("`global`", "return the value and let the caller assign the global name"),
    gast.Nonlocal: ("`nonlocal`", "return the value from the inner function and assign it in the outer one"),
    gast.GeneratorExp: ("a generator that is not consumed at once", "write a list: [... for ...]"),
    gast.Starred: ("`*` in this place", "name the elements"),
}
for _name, _phrase, _advice in (
    ("TryStar", "`except*`", "test for the condition with `if` instead of catching the exception"),
    ("Match", "`match`", "write `if` and `elif`"),
    ("TypeAlias", "`type`", "define the type alias at module level"),
):
    if hasattr(gast, _name):
        CONSTRUCTS[getattr(gast, _name)] = (_phrase, _advice)

# Methods that change their object, other than `append(v)` and `pop()`.
MUTATORS: dict[str, str] = {
    "sort": "use `sorted(...)` or `np.sort(...)`, which give a new value",
    "reverse": "use `[::-1]`, which gives a new value",
    "extend": "append the elements one by one",
    "insert": "build a new list",
    "remove": "build a new list without the element",
    "clear": "bind the name to a new, empty container",
    "update": "build a new dict or set",
    "setdefault": "build a new dict",
    "popitem": "build a new dict",
    "fill": "write `x[...] = value`",
    "itemset": "write `x[i] = value`",
    "put": "write `x[i] = value`",
    "resize": "use `np.resize(...)`, which gives a new array",
    "setflags": _OUTSIDE,
    "byteswap": _OUTSIDE,
    "add": "keep a list, and append to it",
    "discard": "build a new set without the element",
    "appendleft": "keep a list, and append to it",
    "extendleft": "keep a list, and append to it",
    "popleft": "keep a list, and count how much of it is done",
    "rotate": "build a new list",
    "move_to_end": "build a new dict",
    "subtract": "build a new dict",
}

# Methods of numbers, arrays and containers that change nothing; where their object is of another class, who knows.
READING: frozenset[str] = frozenset(
    name for kind in (np.ndarray, np.float64, float, complex, str, bytes, list, tuple, dict) for name in dir(kind)
    if name[0] != "_") - frozenset(MUTATORS) - {"append", "pop", "tofile", "dump", "dumps"}

# Methods of random generators and loggers, which change nothing but their own object.
TELLING: frozenset[str] = frozenset((
    "choice", "choices", "permutation", "permuted", "normal", "standard_normal", "multivariate_normal", "uniform",
    "random", "integers", "randint", "rand", "randn", "binomial", "poisson", "exponential", "sample", "seed",
    "debug", "info", "warning", "error", "critical", "exception", "log",
))



def draws(body: list[Any]) -> bool:
    """Whether statements may draw random numbers, or tell something: in another order it is something else."""
    return any(isinstance(n, gast.Attribute) and n.attr in TELLING for s in body for n in walk(s))


# What gives an iterator, which is empty when it is used again; and what uses it up at once.
ITERATORS: tuple[Any, ...] = (zip, enumerate, reversed, map, filter)
CONSUMERS: tuple[Any, ...] = (
    list, tuple, dict, set, frozenset, sum, min, max, any, all, sorted, zip, enumerate, map, filter)

_WRITERS: tuple[tuple[Any, str], ...] = (
    (np.random.shuffle, "use `np.random.permutation`, which gives a new array"),
    (random.shuffle, "use `random.sample(x, len(x))`, which gives a new list"),
    (np.nditer, "loop over places: `for k in range(x.size): x.flat[k] = ...`"),
    (np.seterr, "write `with np.errstate(...):`"),
    (np.seterrcall, _OUTSIDE),
    *((obj, "ask for the class of the exception, and for what it was made of: `e.args`") for obj in (
        sys.exc_info, *((sys.exception,) if hasattr(sys, "exception") else ()), traceback.format_exc,
        traceback.format_exception, traceback.print_exc, traceback.print_exception)),
    (builtins.locals, "build the dict of the names that you need"),
    (builtins.vars, "build the dict of the names that you need"),
    (builtins.globals, "name what you read: a global by its name, one of several by a dict of your own"),
    *((frames, "a derivative has other frames and variables: hand on what you need") for frames in (
        sys._getframe, inspect.currentframe, inspect.stack, inspect.trace)),
    (builtins.eval, "write the expression itself"),
    (builtins.exec, "write the statements themselves"),
    (builtins.delattr, _OUTSIDE),
    (builtins.next, "iterate by `for`"),
    (builtins.iter, "iterate by `for`"),
)


# What exceptions tell of where they came from: a derivative makes some without raising them, or raises them elsewhere.
ORIGINS = frozenset(("__cause__", "__context__", "__suppress_context__", "__traceback__", "with_traceback"))


def makes_errors(obj: Any, call: Any) -> bool:
    """Whether a call may have Python raise what it would only warn of.

    >>> makes_errors(warnings.simplefilter, gast.parse("warnings.simplefilter('error')").body[0].value)
    True
    """
    if obj is not warnings.simplefilter and obj is not warnings.filterwarnings:
        return False
    action = [*call.args[:1], *[k.value for k in call.keywords if k.arg == "action"]]
    return len(action) != 1 or getattr(action[0], "value", "error") == "error"


def refused_function(obj: Any) -> str | None:
    """Advice, if a function is refused whatever its arguments: it changes them, or sees names it is not given.

    >>> refused_function(eval)
    'write the expression itself'
    """
    for writer, advice in _WRITERS:
        if obj is writer or (type(obj) is type(writer) and obj == writer):
            return advice
    return None


def is_endless(obj: Any, call: Any) -> bool:
    """Whether a call gives an iterator without an end, of which no list can be made.

    >>> is_endless(itertools.repeat, gast.parse("repeat(x)").body[0].value)
    True
    """
    return obj is itertools.cycle or obj is itertools.count or obj is itertools.repeat and (
        len(call.args) + len(call.keywords) == 1)


# What surely has no effect and changes no operand: may be dropped, moved and repeated.
PURE: frozenset[int] = frozenset(map(id, (
    str, repr, ascii, format, isinstance, issubclass, type, id, hash, len, callable, hasattr, sorted, frozenset, tuple,
    ord, chr, bool, int, float, complex, round, divmod, pow, abs, min, max, sum, any, all, slice, range, bin, hex, oct,
    bytes,
)))

# What has an effect, or makes something that can be changed, but changes no operand.
READERS: frozenset[int] = frozenset(map(id, (
    print, input, breakpoint, set, dict, list, zip, enumerate, reversed, map, filter,
    collections.Counter, collections.OrderedDict,
)))


_READING_MODULES = frozenset((
    "numpy", "math", "cmath", "operator", "_operator", "copy", "itertools", "json", "logging", "statistics", "time",
    "warnings", "bisect", "_bisect",
))
_WRITING_OPERATORS = ("setitem", "delitem", *(
    name for name in dir(operator) if name[0] == "i" and hasattr(operator, f"__{name[1:]}__")))


def is_pure(obj: Any) -> bool:
    """Whether a call of this object surely has no effect; making an exception has none."""
    if isinstance(obj, type) and issubclass(obj, BaseException):
        return obj.__module__ == "builtins"
    return id(obj) in PURE


def is_reader(obj: Any) -> bool:
    """Whether a call of this object changes none of its operands; NumPy's own functions do not, without `out`."""
    if is_pure(obj) or id(obj) in READERS:
        return True
    if isinstance(obj, np.ufunc):
        return True
    name = getattr(obj, "__name__", "")
    owner = getattr(obj, "__self__", None)
    if isinstance(owner, np.ufunc) or isinstance(owner, (random.Random, np.random.RandomState)):
        return name in TELLING or isinstance(owner, np.ufunc) and name != "at"
    of_object = isinstance(obj, types.MethodDescriptorType) or not isinstance(
        getattr(obj, "__self__", None), (types.ModuleType, type(None)))
    return package_of(obj) in _READING_MODULES and not of_object and not name.startswith(
        ("insort", *_WRITING_OPERATORS))


# What writes where something else may read, or reads what was written there, among what changes no operand.
_PASSING_ON = ("save", "load", "dump", "genfromtxt", "fromfile", "memmap", "open", "DataSource", "input")


def is_silent(obj: Any, call: Any) -> bool:
    """Whether a call of this object keeps nothing that it is given where it can be read again, and gives no such thing.

    >>> is_silent(np.sin, gast.parse("f(x)").body[0].value), is_silent(print, gast.parse("f(x, file=g)").body[0].value)
    (True, False)
    """
    if obj is print:
        return not any(k.arg in ("file", None) for k in call.keywords)
    name = getattr(obj, "__name__", "")
    if isinstance(obj, type) and issubclass(obj, BaseException):        # what they hold is read of them
        return not any(isinstance(getattr(obj, made), types.FunctionType) for made in ("__init__", "__new__"))
    if obj is collections.Counter or obj is collections.OrderedDict:
        return False        # which change by their own methods
    return is_reader(obj) and not (name.startswith(_PASSING_ON) and not name.endswith("dumps"))


@lru_cache(maxsize=256)
def outs(obj: Any) -> int | None:
    """The number of operands before `out` of a NumPy function, if it has one.

    >>> outs(np.sin), outs(np.sum), outs(np.zeros)
    (1, 3, None)
    """
    if isinstance(obj, np.ufunc):
        return obj.nin
    if obj is np.dot or obj is np.concatenate:      # they have no signature in all versions
        return 2
    try:
        params = list(inspect.signature(obj).parameters.values())
    except (TypeError, ValueError):
        return None
    places = [k for k, p in enumerate(params) if p.name == "out" and p.kind is p.POSITIONAL_OR_KEYWORD]
    return places[0] if places else None
