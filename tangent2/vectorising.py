"""`vmap`: a function of one example becomes one of a batch of them, by source transformation."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tangent2.api import check_callable, completed, parameter_names
from tangent2.batches import Way, vmapped
from tangent2.cache import compiled
from tangent2.complete import complete
from tangent2.core.prims import Prim
from tangent2.core.syntax import Callee
from tangent2.core.valuekinds import signature
from tangent2.decorating import LATER, Decorator, Made, made_by
from tangent2.entry import Entry
from tangent2.errors import ArgumentError, UnsupportedError
from tangent2.lane_by_lane import lane_by_lane
from tangent2.lane_warning import warn_of_lanes, warn_of_refusal
from tangent2.names import function_name, signature_of
from tangent2.pipeline import Compiler
from tangent2.python.read import place_of
from tangent2.records import lowered, restored
from tangent2.requests import Request, callee_of_value, names_of
from tangent2.runtime.agreement import LanesDiffer
from tangent2.transform.axes import Axes, ByKey
from tangent2.variadic import is_variadic

Sizes = list[tuple[int, str]]


@dataclass(frozen=True)
class BatchRequest(Request):
    """`vmap`: `axes` of each parameter, and those of the result; `inside`: called by code that is compiled."""

    axes: tuple[Axes, ...] = ()
    out_axes: Axes = 0
    inside: bool = False
    way: Way = Way.WHOLE

    def of(self, compiler: Compiler, inner: Callee) -> Callee:
        """The function for all lanes."""
        return vmapped(compiler, inner, self.axes, self.out_axes, self.inside, self.way)


def vmap(f: Any = LATER, in_axes: Any = 0, out_axes: Any = 0) -> Any:
    """A function of one example, for a batch of examples at once.

    f: a function of numbers, arrays and trees of them.  in_axes: which axis of each argument counts the examples: an
    int, None (the same for all), or a tuple of one for each argument, which may follow the structure of that; arguments
    by name are mapped along axis 0.  out_axes: the same of the result.
    What cannot be computed for all at once is computed for one after the other, and a `LaneWarning` says where and why.
    Raises `ArgumentError` where axes do not fit.

    >>> import numpy as np
    >>> vmap(lambda x, y: x * y, in_axes=(0, None))(np.array([1.0, 2.0]), 3.0)
    array([3., 6.])
    """
    if f is LATER:
        return Decorator(vmap, {"in_axes": in_axes, "out_axes": out_axes})
    return made_by(Vmap(f, in_axes, out_axes), vmap, in_axes=in_axes, out_axes=out_axes)


def _derived(compiler: Compiler, callee: Callee | Prim, captured: int, in_axes: Any = 0, out_axes: Any = 0) -> Callee:
    """The batched form of a function value in user code, whose core takes what it captured first: for all lanes."""
    inner = callee_of_value(callee)
    own, left = _axes(in_axes, "in_axes", None), _axes(out_axes, "out_axes", None)
    names = names_of(inner.key)[captured:]
    axes = (*(None,) * captured, *_for_each(own, names, names, None))
    return BatchRequest("vmap", axes=axes, out_axes=left, inside=True).of(compiler, inner)


vmap.__tangent2_transform__ = True  # type: ignore[attr-defined]
vmap.__tangent2_derive__ = _derived  # type: ignore[attr-defined]


class Vmap(Made):
    """A function for a batch: callable with the arguments of the function for one."""

    def __init__(self, f: Callable[..., Any], in_axes: Any, out_axes: Any) -> None:
        check_callable(f)
        if isinstance(in_axes, Mapping):
            raise ArgumentError("vmap in_axes must be an int, None, or a tuple of entries corresponding to the "
                                f"positional arguments, but got {in_axes!r}", origin=place_of(f), construct="in_axes",
                                advice="give one entry for each argument, in a tuple")
        self._fn, self._in, self._out = f, _axes(in_axes, "in_axes", f), _axes(out_axes, "out_axes", f)
        self._last: _Quick | None = None         # the last one called, if it can tell whether it fits
        name = function_name(f)
        self.present(f, f"vmap_{name}", f"{name} for a batch of its arguments.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        last = self._last
        if last is not None and not kwargs and len(args) == last.count and last.entry.fits(*args):  # type: ignore[misc]
            place, axis = last.extents[0]
            size = args[place].shape[axis]
            if all(args[k].shape[a] == size for k, a in last.extents):
                try:
                    return last.entry.function(*args)
                except (Exception, LanesDiffer) as error:
                    return self._again(error, self._fn, last.request, args)
        fn, flat, request = self._asked(args, kwargs)
        low = lowered(tuple(flat))
        sizes: Sizes = []
        for k, (arg, axes) in enumerate(zip(low, request.axes)):
            sizes += _sizes(arg, axes, self._name(k), self._fn)
        _check_sizes(sizes, self._fn)
        try:
            entry = compiled(fn, request, low)
        except UnsupportedError as refusal:
            found = lane_by_lane(fn, flat, request.axes, request.out_axes, sizes[0][0], refusal)
            warn_of_refusal(self._fn, refusal)
            return found
        self._last = _quick(entry, request, args) if fn is self._fn and len(flat) == len(args) and not kwargs else None
        try:
            return restored(entry.function(*low))
        except (Exception, LanesDiffer) as error:
            return self._again(error, fn, request, low)

    def _again(self, error: BaseException, fn: Any, request: BatchRequest, args: tuple[Any, ...]) -> Any:
        """What the function gives where lanes need not agree, or for one lane after the other; else their error."""
        texts = [[m.text for m in compiled(fn, request, args).modules]]
        for way in (Way.WHOLE, Way.APART)[request.way is Way.WHOLE:] if request.way is not Way.APART else ():
            entry = compiled(fn, replace(request, way=way), args)
            text = [m.text for m in entry.modules]
            if text not in texts:
                texts.append(text)
                try:
                    found = entry.function(*args)
                except Exception as other:
                    error = other
                    continue
                if way is Way.APART:
                    warn_of_lanes(self._fn, error)
                return restored(found)
        raise error

    def _name(self, k: int) -> str:
        names = [] if is_variadic(self._fn) else parameter_names(self._fn)
        return names[k] if k < len(names) else f"args[{k}]"

    def _asked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, tuple[Any, ...], BatchRequest]:
        """A function of fixed arity, its arguments in a row, and what is asked of it."""
        fn, flat = completed(self._fn, args, kwargs)
        given = self._in if isinstance(self._in, tuple) else (self._in,) * len(args)
        if len(given) != len(args):
            raise ArgumentError("vmap in_axes must be an int, None, or a tuple of entries corresponding to the "
                                f"positional arguments passed to the function, but got {len(given)} of them for "
                                f"{len(args)} arguments", origin=place_of(self._fn), construct="in_axes",
                                advice="give one entry for each argument")
        if is_variadic(self._fn):
            rest: list[Axes] = [0] * (len(flat) - len(args))
        else:
            names = parameter_names(self._fn)
            rest = [0 if names[k] in kwargs else None for k in range(len(args), len(flat))]
        return fn, tuple(flat), BatchRequest("vmap", axes=(*given, *rest), out_axes=self._out, way=Way.AGREEING)

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return self._request().callee(compiler, self._fn)

    def __tangent2_live__(self, compiler: Compiler) -> Callee:
        return self._request().callee(compiler, self._fn, True)

    def _request(self) -> BatchRequest:
        if is_variadic(self._fn):
            raise UnsupportedError(f"`{self.__name__}` takes any number of arguments", construct="vmap",
                                   advice="write a function with plain parameters")
        names, optional = parameter_names(self._fn), _has_defaults(self._fn)
        axes = _for_each(self._in, names, [name for name in names if name not in optional], self._fn)
        return BatchRequest("vmap", axes=axes, out_axes=self._out, inside=True)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module for these arguments."""
        if not args and not kwargs:
            raise UnsupportedError(f"the text of `{self.__name__}` depends on its arguments", construct="source",
                                   advice="give example arguments")
        fn, flat, request = self._asked(args, kwargs)
        compiler = Compiler()
        kinds = signature(lowered(flat), compiler.function_kind)
        return complete(request.text(compiler, fn, kinds))


@dataclass(frozen=True)
class _Quick:
    """What was compiled last, for so many arguments; `extents`: places and mapped axes of those that are arrays."""

    entry: Entry
    request: BatchRequest
    count: int
    extents: tuple[tuple[int, int], ...]


def _quick(entry: Entry, request: BatchRequest, args: tuple[Any, ...]) -> _Quick | None:
    """The same call once more, if conditions on the arguments tell all that is asked; else None."""
    mapped = [(k, axis) for k, axis in enumerate(request.axes) if axis is not None]
    plain = all(isinstance(axis, int) and type(args[k]) is np.ndarray for k, axis in mapped)
    if entry.fits is None or not entry.plain or not plain:
        return None
    return _Quick(entry, request, len(args), tuple(mapped))      # type: ignore[arg-type]


def _for_each(given: Axes, names: Sequence[str], needed: Sequence[str], f: Any) -> tuple[Axes, ...]:
    """The axes of each parameter; those that `f` does not need may have none."""
    if not isinstance(given, tuple):
        return (given,) * len(names)
    if not len(needed) <= len(given) <= len(names):
        raise ArgumentError("vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional "
                            f"arguments passed to the function, but got {len(given)} of them for {len(names)} "
                            "arguments", origin=place_of(f), construct="in_axes",
                            advice="give one entry for each argument")
    return (*given, *[None] * (len(names) - len(given)))


def _has_defaults(f: Any) -> set[str]:
    """The parameters of a function that may be left out."""
    try:
        return {name for name, p in signature_of(f).parameters.items() if p.default is not p.empty}
    except (TypeError, ValueError):
        return set()


def _axes(given: Any, what: str, f: Any) -> Axes:
    """The axes a user gives, as the compiler takes them."""
    if given is None:
        return None
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return int(given)
    if isinstance(given, (tuple, list)):
        return tuple([_axes(each, what, f) for each in given])
    if isinstance(given, Mapping):
        return ByKey(tuple([(key, _axes(each, what, f)) for key, each in given.items()]))
    raise ArgumentError(f"vmap {what} must be an int, None, or containers with those as leaves, but {given!r} is no "
                        "axis", origin=place_of(f), construct=what,
                        advice="give ints and None, in the structure of the arguments" if what == "in_axes" else
                        "give ints and None, in the structure of the result")


def _sizes(arg: Any, axes: Axes, where: str, f: Any) -> Iterator[tuple[int, str]]:
    """The extents of the mapped axes of an argument, and where they are."""
    if axes is None:
        return
    if isinstance(arg, np.ndarray) or isinstance(arg, (float, int, complex, np.generic)):
        rank = np.ndim(arg)
        if not isinstance(axes, int):
            raise _unlike(f, axes, where, "a number" if rank == 0 else f"an array of shape {np.shape(arg)}")
        if not -rank <= axes < rank:
            raise ArgumentError(f"vmap was requested to map its argument along axis {axes}, which implies that its "
                                f"rank should be at least {max(axes + 1, -axes)}, but is only {rank} (its shape is "
                                f"{np.shape(arg)}): argument `{where}`", origin=place_of(f), construct="in_axes",
                                advice="give None as its axis, or an array with that axis")
        yield np.shape(arg)[axes], f"axis {axes} of argument `{where}` of shape {np.shape(arg)}"
    elif isinstance(arg, (tuple, list)):
        inner = axes if isinstance(axes, tuple) else (axes,) * len(arg)
        if len(inner) != len(arg) or isinstance(axes, ByKey):
            raise _unlike(f, axes, where, f"a {type(arg).__name__} of {len(arg)}")
        for k, (each, own) in enumerate(zip(arg, inner)):
            yield from _sizes(each, own, f"{where}[{k}]", f)
    elif isinstance(arg, dict):
        table = dict(axes.items) if isinstance(axes, ByKey) else dict.fromkeys(arg, axes)
        if isinstance(axes, tuple) or table.keys() != arg.keys():
            raise _unlike(f, axes, where, f"a dict of {', '.join(map(repr, arg))}")
        for key, each in arg.items():
            yield from _sizes(each, table[key], f"{where}[{key!r}]", f)


def _unlike(f: Any, axes: Axes, where: str, what: str) -> ArgumentError:
    """The error about axes that do not follow an argument."""
    told = f"a dict of {', '.join([repr(key) for key, _ in axes.items])}" if isinstance(axes, ByKey) else \
        f"a tuple of {len(axes)}" if isinstance(axes, tuple) else repr(axes)
    return ArgumentError(f"in_axes has another structure than the argument it is for: {told} for `{where}`, which is "
                         f"{what}", origin=place_of(f), construct="in_axes",
                         advice="give an int or None for the whole, or the same structure")


def _check_sizes(sizes: Sizes, f: Any) -> None:
    if not sizes:
        raise ArgumentError("vmap must have at least one non-None value in in_axes", origin=place_of(f),
                            construct="in_axes", advice="give the axis of one of the arguments")
    if any(size != sizes[0][0] for size, _ in sizes):
        told = "; ".join([f"{where} has {size}" for size, where in sizes])
        raise ArgumentError(f"vmap got inconsistent sizes for array axes to be mapped: {told}", origin=place_of(f),
                            construct="in_axes", advice="map axes of one size, or give None for what all share")

