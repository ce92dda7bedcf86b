"""The harness finds what it is there to find; the transforms are made by differences here."""
from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tangent2.errors import IllFormed, UnsupportedError
from tests.harness import modes, numeric
from tests.harness.modes import INTERNAL, REFUSED, RIGHT, SKIPPED, WRONG

ARGS = (0.7, np.array([0.3, -0.4, 1.1]), 2)


def plain(x: Any, y: Any, n: int) -> Any:
    for _ in range(n):
        x = np.sin(x) + x
    return x * np.sum(y * y) + np.sum(np.tanh(y))


def outcome(function: Callable[..., Any] = plain, args: tuple[Any, ...] = ARGS, second: bool = False,
            **changed: Any) -> modes.Outcome:
    api = SimpleNamespace(**{name: getattr(numeric, name) for name in ("grad", "jvp", "vjp", "value_and_grad")})
    vars(api).update(changed)
    return modes.worst(modes.run_modes(modes.subject(api, function, args), second))


@pytest.fixture(autouse=True)
def rough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transforms made by differences are not dual to near rounding."""
    close = modes.close
    monkeypatch.setattr(modes, "close", lambda *a: close(*a[:4], max(1e-5, 0.0, *a[4:])))


def test_right() -> None:
    assert outcome().verdict == RIGHT


def test_second_order_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modes.Estimate, "agrees", lambda s, other, _=0.0: abs(s.value - other) < 1e-4 * s.scale)
    assert outcome(second=True).verdict == RIGHT


def _gradient_changed(change: Callable[[Any, tuple[Any, ...]], Any]) -> Callable[..., Any]:
    def grad(f: Any, argnums: Any) -> Any:
        return lambda *args: change(numeric.grad(f, argnums)(*args), args)
    return grad


def _write(gradient: Any, args: tuple[Any, ...]) -> Any:
    args[1][0] = 0.0
    return gradient


@pytest.mark.parametrize("change", [
    lambda g, args: (g[0] * 1.001, g[1]),
    lambda g, args: (g[0], g[1][:1]),
    lambda g, args: g[:1],
    lambda g, args: (g[0], args[1]),
    _write,
], ids=["number", "shape", "count", "shared memory", "argument written"])
def test_wrong_gradients_are_found(change: Any) -> None:
    assert outcome(grad=_gradient_changed(change)).verdict == WRONG


def test_wrong_tangents_are_found() -> None:
    def jvp(f: Any, x: Any, d: Any) -> Any:
        value, dot = numeric.jvp(f, x, d)
        return value, dot * 1.001
    assert (outcome(jvp=jvp).mode, outcome(jvp=jvp).verdict) == ("jvp", WRONG)


def test_a_pullback_that_empties_its_tape_is_found() -> None:
    def vjp(f: Any, *x: Any) -> Any:
        value, pullback = numeric.vjp(f, *x)
        seeds = [1.0]
        return value, lambda seed: pullback(seed * (seeds.pop() if seeds else 0.0))
    assert outcome(vjp=vjp).verdict == WRONG


@pytest.mark.parametrize("error, verdict", [
    (UnsupportedError("no"), REFUSED), (IllFormed("no"), INTERNAL), (KeyError(), INTERNAL)])
def test_errors(error: Exception, verdict: str) -> None:
    def grad(f: Any, argnums: Any) -> Any:
        raise error
    assert outcome(grad=grad).verdict == verdict


@pytest.mark.parametrize("function", [
    lambda x: abs(x), lambda x: 1.0 if x > 0.0 else 0.0, lambda x: np.exp(1000.0 + x), lambda x: max(x, -x),
    lambda x: {}[x],
], ids=["kink", "jump", "overflow", "max", "fails"])
def test_points_without_a_derivative_are_skipped(function: Any) -> None:
    assert outcome(function, (0.0,)).verdict == SKIPPED


def test_pullbacks_that_read_what_their_caller_changed_are_found() -> None:
    def vjp(f: Any, *primals: Any) -> Any:
        return f(*primals), lambda seed: numeric.vjp(f, *primals)[1](seed)
    assert (outcome(vjp=vjp).mode, outcome(vjp=vjp).verdict) == ("vjp", WRONG)


def test_pullbacks_that_give_one_array_twice_are_found() -> None:
    def vjp(f: Any, *primals: Any) -> Any:
        value, pullback = numeric.vjp(f, *primals)
        kept = pullback(1.0)

        def again(seed: float) -> Any:
            for array in kept[1:]:
                array *= seed
            return kept[0] * seed, *kept[1:]
        return value, again
    assert (outcome(vjp=vjp).mode, outcome(vjp=vjp).verdict) == ("vjp", WRONG)
