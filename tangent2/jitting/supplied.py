"""Functions that Numba is supplied with: arithmetic that raises where Python would, and what it lacks of NumPy and us.

Imported when something is compiled for the first time, for it needs Numba.  Whatever raises here makes the caller run
the text as NumPy instead: that is right, and says what there is to be said.
"""
from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload, register_jitable

from tangent2.jitting.spelling import MATH
from tangent2.runtime import shapes, trees

_MOST = 9.2e18      # of what 64 bits hold, with room for rounding
supply = functools.partial(overload, strict=False)     # annotations are no part of what it compares


def _stub(name: str) -> Any:
    def stub(*args: Any) -> Any:
        raise NotImplementedError(name)
    stub.__name__ = stub.__qualname__ = name
    return stub


STUBS: dict[str, Any] = {name: _stub(name) for name in (
    "times", "plus", "minus", "power", "shifted", "whole", "round", "floor", "ceil", "apart", "array", "always",
    "never", "reversed", "moveaxis", "stack", "grown", "sum_kept", "mean_kept", "max_kept", "min_kept", "sum_over",
    "mean_over", "max_over", "min_over", *[f"math_{name}" for name in sorted(MATH)])}


def _is_whole(kind: Any) -> bool:
    return isinstance(kind, (types.Integer, types.Boolean))


def made_of(text: str, **names: Any) -> Any:
    """A function from its text, in which literals are constants to Numba."""
    space: dict[str, Any] = {"np": np, "math": math, **names}
    exec(text, space)
    return space["made"]


def _overflowing(name: str, sign: str) -> None:
    def maker(a: Any, b: Any) -> Any:
        if not (_is_whole(a) and _is_whole(b)):
            return made_of(f"def made(a, b):\n    return a {sign} b\n")
        if isinstance(a, types.Boolean) and isinstance(b, types.Boolean):
            return None     # Python's are numbers, NumPy's are not
        x, y = [f"(1 if {name} else 0)" if isinstance(kind, types.Boolean) else name
                for name, kind in zip("ab", (a, b))]
        return made_of(f"def made(a, b):\n    if abs(float({x}) {sign} float({y})) > {_MOST}:\n"
                     f"        raise OverflowError('a whole number of more than 64 bits')\n    return {x} {sign} {y}\n")
    supply(STUBS[name])(maker)


for _name, _sign in (("times", "*"), ("plus", "+"), ("minus", "-")):
    _overflowing(_name, _sign)


@supply(STUBS["shifted"])
def _shifted(a: Any, b: Any) -> Any:
    if not (_is_whole(a) and _is_whole(b)):
        return lambda a, b: a << b

    def made(a: Any, b: Any) -> Any:
        if not 0 <= b < 62 or abs(float(a)) * 2.0 ** b > _MOST:
            raise OverflowError("a whole number of more than 64 bits")
        return a << b
    return made


@supply(STUBS["power"], prefer_literal=True)
def _power(a: Any, b: Any) -> Any:
    literal = isinstance(b, types.IntegerLiteral)
    if isinstance(a, types.Array) or isinstance(b, types.Array):
        return made_of(f"def made(a, b):\n    return a ** {b.literal_value}\n") if literal else lambda a, b: a ** b
    if _is_whole(a) and _is_whole(b):
        return _whole_power
    text = f"a ** {b.literal_value}" if literal else "a ** b"
    return made_of(f"def made(a, b):\n    r = {text}\n    if not np.isfinite(r):\n"
                 "        raise OverflowError('a power that is no number')\n    return r\n")


def _whole_power(a: int, b: int) -> int:
    if b < 0 or abs(float(a)) ** b > _MOST:
        raise OverflowError("a whole number of more than 64 bits, or none")
    r = 1
    for _ in range(b):
        r *= a
    return r


def _to_whole(name: str, text: str) -> None:
    def maker(a: Any) -> Any:
        if _is_whole(a):
            return lambda a: int(a)
        if not isinstance(a, types.Float):
            return None
        return made_of(f"def made(a):\n    r = {text}\n    if not abs(r) < {_MOST}:\n"
                     "        raise OverflowError('a whole number of more than 64 bits')\n    return int(r)\n")
    supply(STUBS[name])(maker)


for _name, _text in (("whole", "a"), ("round", "np.rint(a)"), ("floor", "np.floor(a)"), ("ceil", "np.ceil(a)")):
    _to_whole(_name, _text)


def _of_math(name: str) -> None:
    count = 2 if name in ("atan2", "hypot", "pow") else 1
    given = ", ".join("ab"[:count])

    def maker(*args: Any) -> Any:
        return made_of(f"def made({given}):\n    r = math.{name}({given})\n    if not np.isfinite(r):\n"
                     "        raise ValueError('outside of the domain')\n    return r\n")
    supply(STUBS[f"math_{name}"])(made_of(f"def made({given}):\n    return maker({given})\n", maker=maker))


for _name in sorted(MATH):
    _of_math(_name)


@register_jitable
def reach(a: Any) -> tuple[int, int]:
    """Where the memory of an array begins and ends."""
    low = a.ctypes.data
    high = low + a.itemsize
    for k in range(a.ndim):
        step = (a.shape[k] - 1) * a.strides[k]
        if step < 0:
            low += step
        else:
            high += step
    return low, high


@njit(error_model="numpy")
def mixed(out: Any, a: Any) -> bool:
    """Whether writing to one array, element by element, may change an element of another before it is read."""
    if out.ctypes.data == a.ctypes.data and out.strides == a.strides or out.size == 0 or a.size == 0:
        return False
    low, high = reach(out)
    first, last = reach(a)
    return low < last and first < high


@supply(STUBS["apart"])
def _apart(a: Any, base: Any) -> Any:
    """What is added to an array, copied where it may lie in its memory."""
    if not isinstance(a, types.Array) or not isinstance(base, types.Array):
        return lambda a, base: a

    def made(a: Any, base: Any) -> Any:
        low, high = reach(base)
        first, last = reach(a)
        return a.copy() if low < last and first < high else a
    return None if a.layout not in "CF" and a.ndim > 1 else made if a.layout == "C" else _copied


def _copied(a: Any, base: Any) -> Any:
    return a.copy()


def _reduction(name: str, keeps: bool) -> None:
    def maker(a: Any, axis: Any) -> Any:
        if not isinstance(a, types.Array) or a.ndim > 3:
            return None
        if isinstance(axis, (types.NoneType, types.Omitted)):
            kept = f".reshape({(1,) * a.ndim})" if keeps else ""
            inner = f"np.array([np.{name}(a)]){kept}" if keeps else f"np.{name}(a)"
            return made_of(f"def made(a, axis):\n    return {inner}\n")
        if not isinstance(axis, types.IntegerLiteral) or not -a.ndim <= axis.literal_value < a.ndim:
            return None
        return _over_axis(name, a.ndim, axis.literal_value % a.ndim, keeps)
    supply(STUBS[f"{name}_{'kept' if keeps else 'over'}"], prefer_literal=True)(maker)


def _over_axis(name: str, rank: int, axis: int, keeps: bool) -> Any:
    """A reduction over one axis, without or with an axis of one element in its place."""
    if rank == 1 and not keeps:
        return made_of(f"def made(a, axis):\n    return np.{name}(a)\n")
    step = {"sum": "r += v", "mean": "r += v", "max": "r = np.maximum(r, v)", "min": "r = np.minimum(r, v)"}[name]
    index = ["ijk"[k] for k in range(rank)]
    left = [k for k in range(rank) if k != axis]
    place = ", ".join(["0" if k == axis else index[k] for k in range(rank) if keeps or k != axis])
    shape = ", ".join(["1" if k == axis else f"a.shape[{k}]" for k in range(rank) if keeps or k != axis])
    lines = ["def made(a, axis):", f"    n = a.shape[{axis}]",
             *["    if n == 0:", "        raise ValueError('nothing to reduce')"] * (name != "sum"),
             f"    out = np.empty(({shape},))"]
    for depth, k in enumerate(left):
        lines.append("    " * (depth + 1) + f"for {index[k]} in range(a.shape[{k}]):")
    inside = "    " * (len(left) + 1)
    whole = ", ".join(index)
    first = ", ".join(["0" if k == axis else index[k] for k in range(rank)])
    start = "0.0" if name in ("sum", "mean") else f"a[{first}]"
    lines += [f"{inside}r = {start}", f"{inside}for {index[axis]} in range(n):", f"{inside}    v = a[{whole}]",
              f"{inside}    {step}", f"{inside}out[{place}] = r{' / n' * (name == 'mean')}", "    return out"]
    made = made_of("\n".join(lines) + "\n")
    return made


for _name in ("sum", "mean", "max", "min"):
    _reduction(_name, True)
    _reduction(_name, False)


@supply(shapes.unbroadcast)
def _unbroadcast(g: Any, like: Any) -> Any:
    if not isinstance(like, types.Array):
        if not isinstance(like, types.Float):
            return None
        return (lambda g, like: np.sum(g)) if isinstance(g, types.Array) else lambda g, like: float(g)
    if like.dtype != types.float64:
        return None
    if not isinstance(g, types.Array):
        return lambda g, like: np.full(like.shape, float(g))
    if g.dtype != types.float64 or not like.ndim <= g.ndim <= 4:
        return None
    return _summed(g.ndim, like.ndim)


def _summed(rank: int, kept: int) -> Any:
    """Sums over the axes along which something was broadcast: new ones in front, and those of one element."""
    axes = range(rank - kept, rank)
    fits = " and ".join([f"(like.shape[{k - rank + kept}] == g.shape[{k}] or like.shape[{k - rank + kept}] == 1)"
                         for k in axes]) or "True"
    place = ", ".join([f"i{k} if like.shape[{k - rank + kept}] > 1 else 0" for k in axes]) or "()"
    lines = ["def made(g, like):"]
    if rank == kept:
        lines += ["    if g.shape == like.shape:", "        return g"]
    lines += [f"    if not ({fits}):", "        raise ValueError('shapes do not fit together')",
              "    out = np.zeros(like.shape)"]
    lines += ["    " * (k + 1) + f"for i{k} in range(g.shape[{k}]):" for k in range(rank)]
    lines += ["    " * (rank + 1) + f"out[{place}] += g[{', '.join([f'i{k}' for k in range(rank)])}]", "    return out"]
    return made_of("\n".join(lines) + "\n")


@supply(shapes.cast_like)
def _cast_like(g: Any, like: Any) -> Any:
    element = getattr(like, "dtype", like)
    if getattr(g, "dtype", g) == element == types.float64:
        return lambda g, like: g
    return None


def _each(x: Any, name: str, function: Any, given: str = "x") -> Any:
    """A function that makes a tuple, with names where that has them, of what `function` makes of the elements."""
    parts = ", ".join([f"{name}({', '.join([f'{g}[{k}]' for g in given])})" for k in range(len(x))])
    whole = f"cls({parts})" if isinstance(x, types.BaseNamedTuple) else f"({parts},)" if len(x) else "()"
    return made_of(f"def made({', '.join(given)}):\n    return {whole}\n", cls=getattr(x, "instance_class", None),
                 **{name: function})


@supply(trees.zero_like)
def _zero_like(x: Any) -> Any:
    if isinstance(x, (types.Float, types.Integer, types.Boolean)):
        return lambda x: 0.0
    if isinstance(x, types.Array) and x.dtype == types.float64:
        return lambda x: np.zeros(x.shape)
    return _each(x, "zero_like", trees.zero_like) if isinstance(x, types.BaseTuple) and _is_solid(x) else None


def _is_solid(x: Any) -> bool:
    """Whether a tuple holds what has derivatives: others have None as their zero."""
    return all(isinstance(part, (types.Float, types.Array, types.BaseTuple)) for part in x)


@supply(trees.add_trees)
def _add_trees(a: Any, b: Any) -> Any:
    if isinstance(a, types.NoneType):
        return lambda a, b: b
    if isinstance(b, types.NoneType):
        return lambda a, b: a
    if isinstance(a, types.BaseTuple):
        same = isinstance(b, types.BaseTuple) and len(a) == len(b) and getattr(
            a, "instance_class", None) is getattr(b, "instance_class", None)
        return _each(a, "add_trees", trees.add_trees, "ab") if same else None
    numbers = (types.Float, types.Array)
    return (lambda a, b: a + b) if isinstance(a, numbers) and isinstance(b, numbers) else None


@supply(trees.stop_gradient)
def _stop_gradient(x: Any) -> Any:
    return (lambda x: x) if isinstance(x, (types.Float, types.Integer, types.Boolean, types.Array)) else None


@supply(trees.deep_copy)
def _deep_copy(x: Any) -> Any:
    if isinstance(x, (types.Float, types.Integer, types.Boolean, types.NoneType)):
        return lambda x: x
    if isinstance(x, types.Array):
        return lambda x: x.copy()
    return _each(x, "deep_copy", trees.deep_copy) if isinstance(x, types.BaseTuple) else None


@supply(STUBS["always"])
def _always() -> Any:
    return lambda: True


@supply(STUBS["never"])
def _never() -> Any:
    return lambda: False


@supply(STUBS["grown"])
def _grown(tape: Any) -> Any:
    def made(tape: Any) -> Any:
        out = np.empty((2 * tape.shape[0], tape.shape[1]), tape.dtype)
        out[:tape.shape[0]] = tape
        return out
    return made


@supply(STUBS["reversed"])
def _reversed(items: Any) -> Any:
    def made(items: Any) -> Any:
        for k in range(len(items) - 1, -1, -1):
            yield items[k]
    return made if isinstance(items, (types.List, types.Array, types.UniTuple, types.RangeType)) else None
