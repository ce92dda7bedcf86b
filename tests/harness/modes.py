"""One function through every transform and nesting, compared with differences and by duality."""
from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tangent2.errors import IllFormed, TangentError
from tests.harness import trees
from tests.harness.differences import Estimate, derivative
from tests.harness.functions import entry_and_tangent

RIGHT, SKIPPED, REFUSED, INTERNAL, WRONG = "right", "skipped", "refused", "internal", "wrong"
VERDICTS = (RIGHT, SKIPPED, REFUSED, INTERNAL, WRONG)      # from best to worst
FIRST = ("grad", "value_and_grad", "jvp", "vjp")
SECOND = ("grad of grad", "jvp of grad", "grad of jvp", "jvp of jvp")


@dataclass(frozen=True)
class Outcome:
    """What came of one mode."""

    mode: str
    verdict: str
    note: str = ""


def worst(outcomes: list[Outcome]) -> Outcome:
    return max(outcomes, key=lambda o: VERDICTS.index(o.verdict))


class Mismatch(AssertionError):
    """A derivative is not what it should be."""


class Skip(Exception):
    """There is no derivative to compare with."""


@dataclass
class Subject:
    """A scalar function, where it is tested and in which directions."""

    api: Any
    function: Any
    args: tuple[Any, ...]
    wrt: tuple[int, ...]
    d: tuple[Any, ...]
    e: tuple[Any, ...]
    entry: Any          # the function of the active arguments alone
    tangent: Any        # its derivative, as a function of them and their tangents

    @property
    def x(self) -> tuple[Any, ...]:
        return tuple(trees.copied(self.args[i]) for i in self.wrt)

    def at(self, x: tuple[Any, ...]) -> tuple[Any, ...]:
        args = list(trees.copied(self.args))
        for i, value in zip(self.wrt, x):
            args[i] = value
        return tuple(args)

    def along(self, f: Callable[..., float], direction: tuple[Any, ...]) -> Estimate:
        """The derivative of `f` of all arguments in a direction of the active ones."""
        with np.errstate(all="ignore"):
            return derivative(lambda t: float(f(*self.at(trees.moved(self.x, direction, t)))))


def subject(api: Any, function: Any, args: tuple[Any, ...], wrt: tuple[int, ...] | None = None,
            seed: int = 0) -> Subject:
    rng = np.random.default_rng(seed)
    wrt = trees.active(args) if wrt is None else wrt
    x = tuple(args[i] for i in wrt)
    entry, tangent = entry_and_tangent(api, function, args, wrt) if api is not None else (function, None)
    return Subject(api, function, args, wrt, trees.random_like(rng, x), trees.random_like(rng, x), entry, tangent)


def run_modes(s: Subject, second: bool = True) -> list[Outcome]:
    """All modes of a scalar function; second order only where the first is right."""
    try:
        estimate = s.along(s.function, s.d)
    except Exception as error:      # the program itself fails: it says nothing about its derivatives
        return [Outcome("run", SKIPPED, f"does not run: {error!r}")]
    if not estimate.smooth:
        return [Outcome("differences", SKIPPED, "overflow" if not estimate.scale < 1e12 else "not smooth")]
    outcomes = [run(mode, lambda m=mode: _FIRST[m](s, estimate)) for mode in FIRST]  # type: ignore[misc]
    if second and all(o.verdict == RIGHT for o in outcomes):
        outcomes += _second(s)
    return outcomes


def check(api: Any, function: Any, args: tuple[Any, ...], wrt: tuple[int, ...] | None = None,
          second: bool = True) -> None:
    """Assert that all modes of a scalar function are right.  A point without a derivative is an error too."""
    check_subject(subject(api, function, args, wrt), second)


def check_subject(s: Subject, second: bool = True) -> None:
    """The same of a function that is to be looked at again: what was compiled for it is there."""
    for outcome in run_modes(s, second):
        assert outcome.verdict == RIGHT, f"{outcome.mode}: {outcome.verdict}: {outcome.note}"


def run(mode: str, check: Callable[[], None]) -> Outcome:
    """What comes of a check that raises unless all is right."""
    try:
        with np.errstate(all="ignore"):
            check()
    except Exception as error:
        return failure(mode, error)
    return Outcome(mode, RIGHT)


def failure(mode: str, error: Exception) -> Outcome:
    """What an exception says: a wrong number, a refusal, or a mistake of the compiler."""
    if isinstance(error, Mismatch):
        return Outcome(mode, WRONG, str(error))
    if isinstance(error, Skip):
        return Outcome(mode, SKIPPED, str(error))
    cut = isinstance(error, TypeError) and "which cuts it" in str(error)        # refused by the text itself
    if cut or isinstance(error, TangentError) and not isinstance(error, IllFormed):
        return Outcome(mode, REFUSED, str(error))
    return Outcome(mode, INTERNAL, "".join(traceback.format_exception(error, limit=-6)))


def demand(condition: bool, note: str) -> None:
    """Raise `Mismatch` unless a condition holds."""
    if not condition:
        raise Mismatch(note)


def _inner(what: str, a: Any, b: Any) -> float:
    try:
        return trees.inner(a, b)
    except AssertionError as error:
        raise Mismatch(f"{what}: {error}") from None


def agree(what: str, got: float, wanted: Estimate) -> None:
    """Demand what differences give."""
    demand(wanted.agrees(got), f"{what}: {got!r} where differences give {wanted.value!r} +- {wanted.error:.0e}")


def close(what: str, a: float, b: float, scale: float, tolerance: float = 1e-9) -> None:
    """Demand that two numbers agree to near rounding."""
    demand(abs(a - b) <= tolerance * (scale + abs(a) + abs(b)), f"{what}: {a!r} against {b!r}")


def _unchanged(s: Subject, args: tuple[Any, ...]) -> None:
    demand(trees.same(args, s.args), "an argument was changed")


def _separate(gradients: Any, args: tuple[Any, ...]) -> None:
    demand(not trees.shares_memory(gradients, args), "a gradient shares memory with an argument")
    parts = trees.leaves(gradients)
    for i, part in enumerate(parts):
        demand(not trees.shares_memory(part, parts[i + 1:]), "two gradients share memory")


def _gradients(s: Subject, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return s.api.grad(s.function, s.wrt)(*args)


def _grad(s: Subject, wanted: Estimate) -> None:
    args = s.at(s.x)
    got = _gradients(s, args)
    _unchanged(s, args)
    _separate(got, args)
    agree("grad", _inner("grad", got, s.d), wanted)


def _value_and_grad(s: Subject, wanted: Estimate) -> None:
    args = s.at(s.x)
    value, got = s.api.value_and_grad(s.function, s.wrt)(*args)
    _unchanged(s, args)
    _separate((value, got), args)
    plain = float(s.function(*s.at(s.x)))
    close("the value of value_and_grad", float(value), plain, _rounded(plain, wanted), 1e-12)
    close("the gradient of value_and_grad", _inner("value_and_grad", got, s.d),
           _inner("grad", _gradients(s, args), s.d), wanted.scale)


def _rounded(value: float, slope: Estimate) -> float:
    """The scale of a value: rounding of what it depends on may move it as well, where its slope is steep."""
    return max(abs(value), 1e-3 * slope.scale)


def _jvp(s: Subject, wanted: Estimate) -> None:
    x, d = s.x, trees.copied(s.d)
    value, dot = s.api.jvp(s.entry, x, d)
    demand(trees.same((x, d), (s.x, s.d)), "an argument was changed")
    _separate((value, dot), (x, d))
    plain = float(s.function(*s.at(s.x)))
    close("the value of jvp", float(value), plain, _rounded(plain, wanted), 1e-12)
    agree("jvp", float(dot), wanted)
    gradient = run("grad", lambda: close("duality of jvp and grad", float(dot), _inner(
        "grad", _gradients(s, s.at(s.x)), s.d), wanted.scale))
    demand(gradient.verdict != WRONG, gradient.note)


def _vjp(s: Subject, wanted: Estimate) -> None:
    x = s.x
    _, pullback = s.api.vjp(s.entry, *x)
    once, twice = pullback(1.0), pullback(2.0)
    demand(trees.same(x, s.x), "an argument was changed")
    _separate((once, twice), x)
    agree("vjp", _inner("vjp", once, s.d), wanted)
    close("a second call of the pullback", 2.0 * _inner("vjp", once, s.d), _inner("vjp", twice, s.d), wanted.scale)
    before = trees.copied(once)
    _overwrite(x)
    _overwrite(twice)
    demand(trees.same(once, before), "the result of one call of a pullback is part of another's")
    demand(trees.same(pullback(1.0), before), "the pullback gives something else once its caller changed x")


def _overwrite(tree: Any) -> None:
    """Change all arrays, lists and dicts of a tree in place, as a caller may."""
    for array in trees.leaves(tree):
        if isinstance(array, np.ndarray) and array.dtype.kind in "fc":
            array[...] = 7.25
    _spoil(tree)


def _spoil(tree: Any) -> None:
    """Change the numbers in lists and dicts."""
    if isinstance(tree, (list, dict)):
        for k, item in list(enumerate(tree)) if isinstance(tree, list) else list(tree.items()):
            if type(item) is float:
                tree[k] = 7.25
    if isinstance(tree, (list, tuple, dict)):
        for item in tree.values() if isinstance(tree, dict) else tree:
            _spoil(item)


_FIRST: dict[str, Callable[[Subject, Estimate], None]] = {
    "grad": _grad, "value_and_grad": _value_and_grad, "jvp": _jvp, "vjp": _vjp,
}


def _second(s: Subject) -> list[Outcome]:
    """The four nestings; what they must give is the difference of the first derivative."""
    estimate = s.along(lambda *args: trees.inner(_gradients(s, args), s.e), s.d)
    if not estimate.smooth:
        return [Outcome("second differences", SKIPPED, "not smooth")]
    return [run(mode, lambda m=mode: agree(m, _SECOND[m](s), estimate)) for mode in SECOND]   # type: ignore[misc]


def _grad_of_grad(s: Subject) -> float:
    x, e = s.x, trees.copied(s.e)
    out, pullback = s.api.vjp(s.api.grad(s.entry, tuple(range(len(s.wrt)))), *x)
    found = pullback(e)
    demand(trees.same((x, e), (s.x, s.e)), "grad of grad: an argument was changed")
    _separate((found, out), (x, e))
    before = trees.copied(found)
    _overwrite((x, e))
    _overwrite(out)
    demand(trees.same(found, before), "grad of grad: a result is part of an argument")
    demand(trees.same(pullback(trees.copied(s.e)), before), "grad of grad: a second call of the pullback")
    return _inner("grad of grad", found, s.d)


def _jvp_of_grad(s: Subject) -> float:
    x, d = s.x, trees.copied(s.d)
    out, dot = s.api.jvp(s.api.grad(s.entry, tuple(range(len(s.wrt)))), x, d)
    demand(trees.same((x, d), (s.x, s.d)), "jvp of grad: an argument was changed")
    _separate((out, dot), (x, d))
    return _inner("jvp of grad", dot, s.e)


def _grad_of_jvp(s: Subject) -> float:
    x, e = s.x, trees.copied(s.e)
    got = s.api.grad(s.tangent, tuple(range(len(s.wrt))))(*x, *e)
    demand(trees.same((x, e), (s.x, s.e)), "grad of jvp: an argument was changed")
    _separate(got, (x, e))
    return _inner("grad of jvp", got, s.d)


def _jvp_of_jvp(s: Subject) -> float:
    zeros = trees.mapped(lambda leaf: 0.0 * leaf, s.e)
    _, dot = s.api.jvp(s.tangent, (*s.x, *trees.copied(s.e)), (*trees.copied(s.d), *zeros))
    return float(dot)


_SECOND: dict[str, Callable[[Subject], float]] = {
    "grad of grad": _grad_of_grad, "jvp of grad": _jvp_of_grad, "grad of jvp": _grad_of_jvp, "jvp of jvp": _jvp_of_jvp,
}
