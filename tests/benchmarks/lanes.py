"""Gradients for each example of a batch by `vmap(grad(f))`: against NumPy vectorized by hand, and compiled JAX."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from tangent2.api import grad
from tangent2.runtime.trees import stop_gradient
from tangent2.vectorising import vmap
from tests.benchmarks.timing import Call

BATCH, SIZE = 256, 16
HAND, OWN, JAX = "by hand", "tangent2", "JAX, compiled"


def td_loss(theta: Any, state: Any, reward: Any, after: Any) -> Any:
    """The squared error of temporal differences, of a linear value function."""
    value = np.dot(theta, state)
    target = reward + np.dot(theta, after)
    return (stop_gradient(target) - value) ** 2


def td_by_hand(theta: Any, state: Any, reward: Any, after: Any) -> Any:
    error = reward + after @ theta - state @ theta
    return (-2.0 * error)[:, None] * state


def logistic_loss(w: Any, x: Any, y: Any) -> Any:
    return np.log(1.0 + np.exp(-y * np.dot(w, x)))


def logistic_by_hand(w: Any, x: Any, y: Any) -> Any:
    e = np.exp(-y * (x @ w))
    return (-y * (e / (1.0 + e)))[:, None] * x


@dataclass(frozen=True)
class Lanes:
    """A loss of one example, its gradients for a batch by hand, and arguments: the first is shared."""

    name: str
    loss: Callable[..., Any]
    by_hand: Callable[..., Any]
    args: tuple[Any, ...]

    @property
    def axes(self) -> tuple[Any, ...]:
        return (None, *[0] * (len(self.args) - 1))


def _normal(*shapes: tuple[int, ...]) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


PROGRAMS = (
    Lanes("TD(0)", td_loss, td_by_hand, tuple(_normal((SIZE,), (BATCH, SIZE), (BATCH,), (BATCH, SIZE)))),
    Lanes("logistic loss", logistic_loss, logistic_by_hand, tuple(_normal((SIZE,), (BATCH, SIZE), (BATCH,)))),
)


def contenders(program: Lanes) -> dict[str, Call]:
    """The calls to be timed; that of JAX is left out where it is not installed."""
    found: dict[str, Call] = {HAND: partial(program.by_hand, *program.args),
                              OWN: partial(vmap(grad(program.loss), program.axes), *program.args)}
    try:
        found[JAX] = with_jax(program)
    except ImportError:
        pass
    return found


def with_jax(program: Lanes) -> Call:
    import jax
    jax.config.update("jax_enable_x64", True)
    names = {"np": jax.numpy, "stop_gradient": jax.lax.stop_gradient}
    twin = FunctionType(program.loss.__code__, names, program.loss.__name__)
    made = jax.jit(jax.vmap(jax.grad(twin), program.axes))
    args = tuple(map(jax.numpy.asarray, program.args))
    return lambda: jax.block_until_ready(made(*args))
