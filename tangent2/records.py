"""Objects at the transforms: tuples with the names of their attributes stand in for them, and they come back.

Compiled code reads attributes by name; gradients have the class of the argument, what has no derivative by reference.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tangent2.core.objects import attributes, bare, is_user_class, ordered, stand_in
from tangent2.errors import ArgumentError
from tangent2.trees import is_registered, parts_of, rebuilt

_PLAIN = (float, int, bool, complex, str, type(None), np.ndarray)


def lowered(arg: Any, known: dict[int, Any] | None = None) -> Any:
    """An argument with stand-ins in the place of objects; itself if it holds none.

    `known`: the stand-ins of objects that were met, so that the same object has the same; None of one not yet made.

    >>> class Line:
    ...     __module__ = "model"
    ...     def __init__(self, slope, offset):
    ...         self.slope, self.offset = slope, offset
    >>> lowered(Line(2.0, 1.0))
    Line(slope=2.0, offset=1.0)
    >>> raised(Line(2.0, 1.0), (0.5, 0.0)).slope
    0.5
    """
    cls = type(arg)
    if cls in _PLAIN:
        return arg
    known = {} if known is None else known
    if is_user_class(cls):
        if id(arg) in known:
            return arg if known[id(arg)] is None else known[id(arg)]
        known[id(arg)] = None
        held = attributes(arg)
        names = ordered(cls, held)
        if is_registered(cls):
            _child_names(arg)
        found = known[id(arg)] = stand_in(cls, names)(*[lowered(held[name], known) for name in names])
        return found
    if cls is tuple or cls is list:
        items = [lowered(item, known) for item in arg]
        return arg if all(a is b for a, b in zip(items, arg)) else cls(items)
    if isinstance(arg, tuple) and hasattr(cls, "_fields"):
        items = [lowered(item, known) for item in arg]
        return arg if all(a is b for a, b in zip(items, arg)) else cls(*items)
    if cls is dict:
        new = {key: lowered(item, known) for key, item in arg.items()}
        return arg if all(new[key] is item for key, item in arg.items()) else new
    return arg


def _child_names(arg: Any) -> list[str]:
    """The attributes that hold the children of an object of a registered class."""
    found = parts_of(arg)
    left = attributes(arg)
    names = []
    for child in found[0] if found is not None else ():
        name = next((n for n, value in left.items() if value is child), None)
        if name is None:
            cls = type(arg)
            raise ArgumentError(f"the parts of a {cls.__name__} are not all attributes of it", construct=cls.__name__,
                                advice="let flatten give attributes of the object, or use a dataclass")
        del left[name]
        names.append(name)
    return names


def is_left_out(low: Any, tangent: Any) -> bool:
    """Whether an object was given no tangent: then it has none."""
    return tangent is None and hasattr(low, "__tangent2_class__")


def tuple_note(name: str, arg: Any) -> str:
    """What the text of a derivative says of an argument whose gradient it gives as a tuple.

    >>> from collections import namedtuple
    >>> tuple_note("line", namedtuple("Line", "slope offset")(2.0, 1.0)), tuple_note("x", 2.0)
    ('# the gradient in `line`, of class Line, is a tuple: slope, offset\\n', '')

    Objects that it holds in a container are none that the text tells from what has no derivative.
    """
    low = lowered(arg)
    fields = getattr(low, "_fields", None)
    first = f"# the gradient in `{name}`, of class {type(arg).__name__}, is a tuple: {', '.join(fields)}\n" \
        if fields is not None else ""
    rows = dict.fromkeys([f"{type(part).__name__}({', '.join(part._fields)})" for part in _in_containers(low)])
    return first + (f"# objects in lists and dicts of `{name}` are given as tuples with names: {', '.join(rows)}\n"
                    if rows else "")


def _in_containers(low: Any) -> Iterator[Any]:
    """The stand-ins of objects that a container holds."""
    parts = low.values() if type(low) is dict else low if isinstance(low, (tuple, list)) else ()
    for part in parts:
        if hasattr(part, "__tangent2_class__") and not hasattr(low, "__tangent2_class__"):
            yield part
        yield from _in_containers(part)


def raised(arg: Any, bar: Any) -> Any:
    """An adjoint (or tangent) of an argument in the classes of that.

    Parts of containers without a derivative are None; attributes of objects without one are those of the argument.
    What is None in the argument stays so, although a float may be written there.

    >>> raised([2.0, None], [0.5, 0.0])
    [0.5, None]
    """
    cls = type(arg)
    if cls in _PLAIN or bar is None:
        return None if arg is None else bar
    if is_user_class(cls):
        return _raised_object(arg, bar)
    found = parts_of(arg)
    if found is None:
        return bar
    children, _ = found
    if isinstance(bar, dict):
        return {key: raised(item, bar[key]) for key, item in arg.items()}
    new = [raised(child, part) for child, part in zip(children, bar)]
    return rebuilt(arg, new)


def _raised_object(arg: Any, bar: Any) -> Any:
    if bar is arg or not isinstance(bar, tuple):
        return arg
    held = attributes(arg)
    parts = dict(zip(ordered(type(arg), held), bar))
    new = {name: _raised_attribute(value, parts.get(name)) for name, value in held.items()}
    if is_registered(type(arg)):
        return rebuilt(arg, [new[name] for name in _child_names(arg)])
    return bare(type(arg), new)


def _raised_attribute(value: Any, bar: Any) -> Any:
    """The adjoint of an attribute; its value where there is none."""
    if bar is None or value is None or isinstance(value, (int, str, np.integer, np.bool_)):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fc":
        return value
    if type(value) in (list, tuple):
        return type(value)([_raised_attribute(item, part) for item, part in zip(value, bar)])
    if type(value) is dict:
        return {key: _raised_attribute(item, bar.get(key)) for key, item in value.items()}
    return raised(value, bar)


def with_classes(request: Any, args: tuple[Any, ...], result: Any) -> Any:
    """What a request for gradients gives, these being of the classes of the arguments."""
    gradients = result[1] if request.value else result[0] if request.aux else result
    if request.single:
        gradients = raised(args[request.wrt[0]], gradients)
    else:
        gradients = tuple([raised(args[k], g) for k, g in zip(request.wrt, gradients)])
    if request.value:
        return restored(result[0]), gradients
    return (gradients, restored(result[1])) if request.aux else gradients


def whole_of(f: Any, primals: tuple[Any, ...], out: Any) -> Any:
    """A result with objects in it; what a gradient gives has the classes of its arguments."""
    return f.with_classes(primals, out) if hasattr(f, "with_classes") else restored(out)


def restored(value: Any) -> Any:
    """A result with objects in the place of the tuples that stand for them."""
    cls = type(value)
    if cls in _PLAIN:
        return value
    own = getattr(cls, "__tangent2_class__", None)
    if own is not None:
        return bare(own, dict(zip(cls._fields, map(restored, value))))
    if cls is tuple or cls is list:
        items = list(map(restored, value))
        return value if all(a is b for a, b in zip(items, value)) else cls(items)
    if isinstance(value, tuple) and hasattr(cls, "_fields"):
        return bare(cls, dict(zip(cls._fields, map(restored, value))))
    if cls is dict:
        return {key: restored(item) for key, item in value.items()}
    return value
