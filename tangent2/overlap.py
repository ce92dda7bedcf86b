"""Arguments whose memory is refused: shared, where the function writes to one; not row by row, where that matters."""
from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tangent2.analysis.contents import KEPT_ADVICE
from tangent2.core.objects import attributes, is_user_class
from tangent2.core.syntax import Function, Typed
from tangent2.errors import ArgumentError, UnsupportedError
from tangent2.names import function_name, signature_of
from tangent2.python.read import place_of

_MOST_WORK = 10_000


def arrays_of(tree: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays that a value is or holds.

    >>> list(arrays_of([1.0, (np.zeros(2), {"a": np.ones(1)})]))
    [array([0., 0.]), array([1.])]
    """
    if isinstance(tree, np.ndarray):
        yield tree
    elif isinstance(tree, (list, tuple)):
        for item in tree:
            yield from arrays_of(item)
    elif isinstance(tree, dict):
        yield from arrays_of(list(tree.values()))


def overlap(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays share memory; yes if that is hard to tell.

    >>> x = np.zeros(4)
    >>> overlap(x, x[1:]), overlap(x[::2], x[1::2])
    (True, False)
    """
    try:
        return bool(np.shares_memory(a, b, max_work=_MOST_WORK))     # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def entries(cores: Mapping[Any, Typed]) -> list[Function]:
    """Of all cores of a compiler those of the functions that derivatives were asked of."""
    return [core.function for key, core in cores.items()
            if isinstance(key, tuple) and isinstance(key[0], tuple) and key[0][:1] == ("entry",)]


def kept(function: Callable[..., Any], fn: Any, hints: frozenset[str]) -> Callable[..., Any]:
    """A derivative that refuses defaults which the function writes to: Python keeps them from call to call.

    `hints`: the names of all parameters that are written to.
    """
    fn = inspect.unwrap(fn)     # derivatives have the parameters of what they are of
    own: dict[str, Any] = getattr(fn, "__kwdefaults__", None) or {}
    if not own and not getattr(fn, "__defaults__", None):
        return function
    names = list(signature_of(fn).parameters)
    written = hints & set(names)
    held = {names.index(name): signature_of(fn).parameters[name].default for name in written}
    held = {k: value for k, value in held.items() if isinstance(value, (list, dict, tuple, np.ndarray))
            or is_user_class(type(value))}

    def checked(*args: Any) -> Any:
        for k, value in held.items():
            if k < len(args) and stands_for(args[k], value):
                raise UnsupportedError(f"`{function_name(fn)}` writes to the default of its parameter `{names[k]}`, "
                                       "which is kept from call to call", origin=place_of(fn), construct="default",
                                       advice=KEPT_ADVICE)
        return function(*args)
    return checked if held else function


def stands_for(arg: Any, value: Any) -> bool:
    """Whether an argument is some value, or is put together from stand-ins of the objects that this is or holds.

    >>> items = []
    >>> stands_for(items, items), stands_for([], items)
    (True, False)
    """
    if arg is value:
        return True
    if is_user_class(type(value)):
        return getattr(arg, "__tangent2_class__", None) is type(value) and all(
            stands_for(getattr(arg, name, None), part) for name, part in attributes(value).items())
    if type(arg) is not type(value) or not isinstance(value, (list, tuple, dict)) or len(arg) != len(value):
        return False
    pairs = list(zip(arg.values(), value.values()) if isinstance(value, dict) else zip(arg, value))
    return any(a is not b for a, b in pairs) and all(stands_for(a, b) for a, b in pairs)


def objects_of(tree: Any) -> Iterator[int]:
    """The identities of the stand-ins of objects that a value holds."""
    if isinstance(tree, (list, tuple)):
        if hasattr(tree, "__tangent2_class__"):
            yield id(tree)
        for item in tree:
            yield from objects_of(item)
    elif isinstance(tree, dict):
        yield from objects_of(list(tree.values()))


def apart(function: Callable[..., Any], count: int, name: str, into_arrays: bool = True) -> Callable[..., Any]:
    """A derivative that refuses arguments, the first `count`, of which two are one object or share memory.

    `into_arrays`: the function writes into arrays, not only to attributes of objects.
    """
    told = f"`{name}` writes to arguments, or tells them apart"

    def checked(*args: Any) -> Any:
        same = list(objects_of(args[:count]))
        if len(same) > len(set(same)):
            raise ArgumentError(f"{told}, and two parts of its arguments are the same object",
                                construct="call", advice="give it a copy of one of them")
        found = list(arrays_of(args[:count])) if into_arrays else []
        if any(overlap(a, b) for k, a in enumerate(found) for b in found[:k]):
            raise ArgumentError(f"{told}, and two of its arguments share memory",
                                construct="call", advice="give it a copy of one of them")
        return function(*args)
    return checked


def by_rows(function: Callable[..., Any], count: int, name: str) -> Callable[..., Any]:
    """A derivative that refuses arguments, the first `count`, of which one does not lie in memory row by row."""
    def checked(*args: Any) -> Any:
        if not all(a.flags.c_contiguous for a in arrays_of(args[:count])):
            raise ArgumentError(f"`{name}` reshapes an argument, and whether that is a copy depends on how it lies in "
                                "memory", construct="call", advice="give it np.ascontiguousarray(...) of the argument")
        return function(*args)
    return checked
