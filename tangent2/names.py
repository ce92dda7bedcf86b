"""Names: how derived names are made from the user's, and how a name that meets no other is chosen."""
from __future__ import annotations

import builtins
import functools
import inspect
import keyword
from collections.abc import Container, Iterable
from itertools import count
from typing import Any

from tangent2.definitions.define import definition_of

# Names that a value without a name of its own never takes: shadowing them would be legal and confusing.
RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins))

_CACHED = type(functools.lru_cache(len))
UNNAMED = "t"
BACKWARD = "Backward pass"      # the comment in front of a reverse sweep


def adjoint_name(name: str) -> str:
    """The hint of the adjoint of a value.

    >>> adjoint_name("x")
    'x_bar'
    """
    return f"{name}_bar"


def tangent_name(name: str) -> str:
    """The hint of the tangent of a value."""
    return f"{name}_dot"


def tape_name(name: str | None) -> str:
    """The hint of the list that records a value in the forward sweep."""
    return f"{name}_saved" if name else "saved"


def is_derived(name: str | None) -> bool:
    """Whether a name is that of an adjoint or a tangent."""
    return name is not None and ("_bar" in name or "_dot" in name)


def function_name(fn: Any) -> str:
    """What a function is called: lambdas have no name of their own.

    >>> function_name(identifier), function_name(lambda x: x)
    ('identifier', 'fn')
    """
    fn = without_partials(fn)
    name = getattr(fn, "__name__", type(fn).__name__)
    return "fn" if name == "<lambda>" else str(name)


def positional(names: Iterable[str]) -> inspect.Signature:
    """A signature of parameters without defaults."""
    return inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names])


def is_of_numba(fn: Any) -> bool:
    """Whether a function is one that `numba.njit` made of another."""
    return type(fn).__module__.startswith("numba.core") and hasattr(fn, "py_func")


def in_python(fn: Any) -> Any:
    """The Python function that Numba's or `functools`' wrapper of one is of; anything else as it is."""
    return fn.py_func if is_of_numba(fn) else fn.__wrapped__ if isinstance(fn, _CACHED) else fn


def without_partials(fn: Any) -> Any:
    """What a partial is one of; anything else as it is."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    return fn


def method_name(fn: Any) -> str:
    """What a function is called where others call it: a method with its class.

    >>> class Line:
    ...     def __call__(self, x): return x
    >>> method_name(identifier), method_name(Line.__call__)
    ('identifier', 'Line_call')
    """
    path: list[str] = ["", *getattr(fn, "__qualname__", "").split(".")]
    owner, name = path[-2:]
    if not owner.isidentifier() or name.startswith("<"):
        return function_name(fn)
    return f"{owner.strip('_')}_{name.strip('_')}"


def identifier(hint: str) -> str:
    """A hint as a legal identifier.

    >>> identifier("x.y"), identifier("class"), identifier("1st")
    ('x_y', 'class_', '_1st')
    """
    if hint.isidentifier():
        return f"{hint}_" if keyword.iskeyword(hint) else hint
    text = "".join([c if c.isidentifier() or c.isdigit() else "_" for c in hint]) or UNNAMED
    return text if text.isidentifier() else f"_{text}"


def unique(base: str, taken: Container[str]) -> str:
    """The first of `base`, `base1`, `base2` ... that is not taken; trailing digits of `base` are dropped first.

    >>> unique("t", {"t"}), unique("t1", {"t", "t1"}), unique("x_bar", ())
    ('t1', 't2', 'x_bar')
    """
    if base not in taken:
        return base
    stem = base.rstrip("0123456789") or base
    return next(name for name in (f"{stem}{n}" for n in count(1)) if name not in taken)


def signature_of(fn: Any) -> inspect.Signature:
    """The signature of a callable; of a function its own, whatever it wraps.

    >>> import functools
    >>> str(signature_of(functools.wraps(lambda a: a)(lambda *args: None)))
    '(*args)'
    """
    fn = definition_of(fn) or fn
    if not inspect.isfunction(fn) or hasattr(fn, "__tangent2_callee__") or hasattr(fn, "__signature__"):
        return inspect.signature(fn)
    return inspect.signature(fn, follow_wrapped=False)


def names_only(fn: Any) -> tuple[str, ...]:
    """The parameters of a function that are given by name alone, which are its last ones.

    >>> names_only(lambda x, *, scale=1.0: x), names_only(max)
    (('scale',), ())
    """
    try:
        found = signature_of(fn).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple([p.name for p in found if p.kind is p.KEYWORD_ONLY])
