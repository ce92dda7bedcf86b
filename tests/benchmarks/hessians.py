"""The Hessian of Rosenbrock's function as one sweep: against one by hand, column by column, and by JAX."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from tangent2.api import grad
from tangent2.core.valuekinds import signature
from tangent2.jacobians import hessian
from tangent2.matrices import column_by_column
from tangent2.pipeline import Compiler
from tangent2.python.load import load
from tangent2.requests import callee_of
from tests.benchmarks.timing import Call

COUNT = 50
HAND, OWN, EMITTED, COLUMNS, JAX = "by hand", "tangent2", "emitted text", "column by column", "JAX, compiled"


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def hessian_by_hand(x: Any) -> Any:
    """The tangents of the gradient along all unit directions, as a careful hand writes them."""
    x_dot = np.eye(len(x))
    low, low_dot = x[:-1], x_dot[:, :-1]
    t = 200.0 * (x_dot[:, 1:] - 2.0 * low * low_dot)
    x_bar_dot = np.zeros_like(x_dot)
    x_bar_dot[:, :-1] = (2.0 - 400.0 * (x[1:] - low ** 2)) * low_dot - 2.0 * low * t
    x_bar_dot[:, 1:] += t
    return x_bar_dot.T


def point() -> Any:
    return np.random.default_rng(0).standard_normal(COUNT)


def contenders() -> dict[str, Call]:
    """The calls to be timed; that of JAX is left out where it is not installed."""
    x = point()
    found: dict[str, Call] = {HAND: partial(hessian_by_hand, x), OWN: partial(hessian(rosenbrock), x),
                              EMITTED: partial(emitted(x), x), COLUMNS: partial(columns(x), x)}
    try:
        found[JAX] = with_jax(x)
    except ImportError:
        pass
    return found


def emitted(x: Any) -> Callable[..., Any]:
    """The function that is run, without what looks it up."""
    compiler = Compiler()
    made = hessian(rosenbrock)
    return load(compiler.text(made.__tangent2_live__(compiler), signature((x,), compiler.function_kind)))


def columns(x: Any) -> Callable[..., Any]:
    """What runs where there is no sweep for all: a loop over the unit directions, in compiled text."""
    compiler = Compiler()
    function = column_by_column(grad(rosenbrock), "hessian_rosenbrock", ("x",), 0, 1)
    return load(compiler.text(callee_of(compiler, function, True), signature((x,), compiler.function_kind)))


def with_jax(x: Any) -> Call:
    import jax
    jax.config.update("jax_enable_x64", True)
    twin = FunctionType(rosenbrock.__code__, {"np": jax.numpy}, rosenbrock.__name__)
    made, there = jax.jit(jax.hessian(twin)), jax.numpy.asarray(x)
    return lambda: jax.block_until_ready(made(there))
