"""The transforms by differences: slow and rough, to test the harness itself."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.harness import trees

_STEP = 1e-3
_WEIGHTS = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))      # of central differences, sixth order


def jvp(f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    def at(k: int) -> Any:
        return f(*trees.moved(trees.copied(primals), tangents, k * _STEP))

    def slope(*values: Any) -> Any:
        pairs = zip(values[::2], values[1::2])
        return sum(w * (a - b) for (_, w), (a, b) in zip(_WEIGHTS, pairs)) / _STEP
    values = [at(sign * k) for k, _ in _WEIGHTS for sign in (1, -1)]
    return at(0), trees.mapped(slope, *values)


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    def partial(args: tuple[Any, ...], i: int) -> Any:
        def along(direction: Any) -> float:
            return float(jvp(lambda x: f(*args[:i], x, *args[i + 1:]), (args[i],), (direction,))[1])
        if not isinstance(args[i], np.ndarray):
            return along(1.0)
        basis = np.eye(args[i].size).reshape(-1, *args[i].shape)
        return np.array([along(e) for e in basis]).reshape(args[i].shape)

    def gradient(*args: Any) -> Any:
        if isinstance(argnums, int):
            return partial(args, argnums)
        return tuple(partial(args, i) for i in argnums)
    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    return lambda *args: (f(*args), grad(f, argnums)(*args))


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    primals = trees.copied(primals)

    def pullback(seed: Any) -> tuple[Any, ...]:
        return grad(lambda *xs: trees.inner(f(*xs), seed), tuple(range(len(primals))))(*primals)
    return f(*primals), pullback
