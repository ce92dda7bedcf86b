"""`tangent2 check`: a derivative against differences of the function, and its two modes against each other."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tangent2.api import jvp, parameters_of, value_and_grad, vjp
from tangent2.core.kinds import is_inexact
from tangent2.core.valuekinds import kind_of_value
from tangent2.errors import TangentError
from tangent2.targets import UsageError, Wanted, failure

STEPS = (1e-2, 1e-3, 1e-4)
LEVELS = 5


@dataclass(frozen=True)
class Row:
    """One comparison: two numbers, and how far they may be apart."""

    what: str
    found: float
    expected: float
    allowed: float

    @property
    def agrees(self) -> bool:
        return bool(abs(self.found - self.expected) <= self.allowed) or self.found == self.expected


def check(wanted: Wanted, write: Callable[[str], None], seed: int = 0) -> int:
    """Print a table of comparisons; status 1 if one of them fails."""
    args = wanted.args()
    if args is None:
        raise UsageError('check evaluates the function: give its arguments, --at "x=2.0, n=3"')
    if parameters_of(wanted.function)[0] != len(args):
        raise UsageError("check calls a function by position: write one with plain parameters that calls this one")
    subject = wanted.request()[1]       # of order 2 it is the gradient
    rows = list(_rows(subject, args, _positions(wanted, args), wanted.parameters(), np.random.default_rng(seed)))
    wide = max(len(row.what) for row in rows)
    write(f"{'':{wide}}  {'found':>20}  {'expected':>20}")
    for row in rows:
        write(f"{row.what:{wide}}  {row.found:20.12g}  {row.expected:20.12g}  {'agrees' if row.agrees else 'WRONG'}")
    if all(row.agrees for row in rows):
        return 0
    write("WRONG, or there is no derivative at this point: try others, and report it if they fail too")
    return 1


def _positions(wanted: Wanted, args: tuple[Any, ...]) -> list[int]:
    """The parameters chosen, or all that hold floats."""
    chosen = wanted.positions() if wanted.wrt else range(len(args))
    found = [k for k in chosen if is_inexact(kind_of_value(args[k]))]
    if not found:
        raise UsageError("none of the parameters is a float: give 1.0, not 1, or choose others by --wrt")
    return found


def _rows(subject: Any, args: tuple[Any, ...], positions: list[int], names: list[str],
          rng: np.random.Generator) -> Iterator[Row]:
    value = _value(subject, args)
    slack = 1.0 if all(getattr(x, "dtype", np.float64) != np.float32 for x in _leaves(args)) else 1e5
    if isinstance(value, (float, np.floating)) or np.ndim(value) == 0 and isinstance(value, np.ndarray):
        weights: Any = 1.0
        out, bars = value_and_grad(subject, tuple(positions))(*args)
    else:
        weights = _random(rng, value)
        out, pullback = vjp(subject, *args)
        bars = [pullback(weights)[k] for k in positions]
    here = _inner(value, weights)
    yield Row("value", _inner(out, weights), here, slack * 1e-12 * (1.0 + abs(here)))
    dots = [_random(rng, args[k]) for k in positions]
    for k, bar, dot in zip(positions, bars, dots):
        expected, error = _difference(_along(subject, args, k, dot, weights))
        allowed = max(20.0 * error, slack * 1e-7 * (1.0 + abs(expected)))
        yield Row(f"gradient in {names[k]}", _inner(bar, dot), expected, allowed)
    tangents = [_zero(arg) for arg in args]
    for k, dot in zip(positions, dots):
        tangents[k] = dot
    tangent = _inner(jvp(subject, args, tuple(tangents))[1], weights)
    total = sum([_inner(bar, dot) for bar, dot in zip(bars, dots)])
    yield Row("duality", tangent, total, slack * 1e-9 * (1.0 + abs(total)))


def _value(subject: Any, args: tuple[Any, ...]) -> Any:
    """What the function gives; an exception in it is the user's."""
    try:
        return subject(*args)
    except TangentError:
        raise
    except Exception as error:
        raise UsageError(failure("the function fails at these arguments", error)) from None


def _along(subject: Any, args: tuple[Any, ...], k: int, dot: Any, weights: Any) -> Callable[[float], float]:
    """The function on a line through the arguments: one of them moves."""
    def phi(t: float) -> float:
        return _inner(subject(*args[:k], _moved(args[k], dot, t), *args[k + 1:]), weights)
    return phi


def _difference(phi: Callable[[float], float]) -> tuple[float, float]:
    """The derivative at 0 and how far it may be off: the best of some ladders of halved steps, extrapolated."""
    found = []
    for start in STEPS:
        column = [(phi(h) - phi(-h)) / (2.0 * h) for h in (start / 2.0 ** k for k in range(LEVELS))]
        for order in range(1, LEVELS - 1):
            factor = 4.0 ** order
            column = [(factor * fine - coarse) / (factor - 1.0) for coarse, fine in zip(column, column[1:])]
        found.append((abs(column[1] - column[0]), column[1]))
    error, value = min(found)
    return value, error


def _leaves(tree: Any) -> Iterator[Any]:
    """The numbers and arrays in a structure, in order; None has none."""
    if isinstance(tree, dict):
        tree = [tree[key] for key in tree]
    if isinstance(tree, (list, tuple)):
        for item in tree:
            yield from _leaves(item)
    elif tree is not None:
        yield tree


def _mapped(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _mapped(function, item, *[o[key] for o in others]) for key, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [_mapped(function, *parts) for parts in zip(tree, *others)]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    return function(tree, *others)


def _active(leaf: Any) -> bool:
    return isinstance(leaf, (float, complex)) or getattr(getattr(leaf, "dtype", None), "kind", "") in "fc" != ""


def _random(rng: np.random.Generator, tree: Any) -> Any:
    """A direction: normal numbers for what is a float, zeros for the rest."""
    def one(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray) and _active(leaf):
            return np.asarray(rng.standard_normal(leaf.shape), leaf.dtype)
        return type(leaf)(rng.standard_normal()) if _active(leaf) else 0.0
    return _mapped(one, tree)


def _zero(tree: Any) -> Any:
    return _mapped(lambda leaf: np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else 0.0, tree)


def _moved(tree: Any, dots: Any, step: float) -> Any:
    return _mapped(lambda leaf, dot: leaf + step * dot if _active(leaf) else leaf, tree, dots)


def _inner(one: Any, other: Any) -> float:
    """The inner product of two structures."""
    return float(sum(float(np.sum(np.real(np.asarray(x) * np.asarray(y))))
                     for x, y in zip(_leaves(one), _leaves(other), strict=True)))
