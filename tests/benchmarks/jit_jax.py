"""The programs of `jit_programs.py` as JAX wants them: its own loops, double precision."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from tests.benchmarks.jit_programs import JitProgram
from tests.benchmarks.timing import Call

jax.config.update("jax_enable_x64", True)


def lotka_volterra(p, x, y, n):
    a, b, c, d = p
    h = 0.01

    def slope(x, y):
        return a * x - b * x * y, d * x * y - c * y

    def step(state, _):
        x, y = state
        k1, l1 = slope(x, y)
        k2, l2 = slope(x + h / 2 * k1, y + h / 2 * l1)
        k3, l3 = slope(x + h / 2 * k2, y + h / 2 * l2)
        k4, l4 = slope(x + h * k3, y + h * l3)
        return (x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), y + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)), None
    (x, y), _ = lax.scan(step, (x, y), None, length=n)
    return x * x + y * y


def kepler(e, ms):
    """Reverse mode does not take `while_loop`, so as many steps as the slowest needs."""
    def solve(m):
        def step(E, _):
            return E - (E - e * jnp.sin(E) - m) / (1.0 - e * jnp.cos(E)), None
        return lax.scan(step, m, None, length=6)[0]
    return jnp.sum(jax.vmap(solve)(ms))


def root(a):
    def step(x, _):
        return x - (x * x - a) / (2.0 * x), None
    return lax.scan(step, a, None, length=5)[0]


def rational(x, w):
    return (w[0] + w[1] * x + w[2] * x ** 2) / (1.0 + w[3] * x + w[4] * x ** 2 + w[5] * x ** 3)


def rational_fit(w, xs, ys):
    return jnp.sum((rational(xs, w) - ys) ** 2)


def lstm(W, U, b, xs):
    n = U.shape[1]

    def step(state, x):
        h, c = state
        z = W @ x + U @ h + b
        i, f, o = [1.0 / (1.0 + jnp.exp(-z[k * n:(k + 1) * n])) for k in range(3)]
        c = f * c + i * jnp.tanh(z[3 * n:])
        return (o * jnp.tanh(c), c), None
    (h, _), _ = lax.scan(step, (jnp.zeros(n), jnp.zeros(n)), xs)
    return jnp.sum(h ** 2)


def heat(u0, c, steps):
    def step(u, _):
        return u.at[1:-1].add(c * (u[2:] - 2.0 * u[1:-1] + u[:-2])), None
    return jnp.sum(lax.scan(step, u0, None, length=steps)[0] ** 2)


def burgers(u0, nu, dt, dx, steps):
    def step(u, _):
        return u.at[1:-1].set(u[1:-1] - dt / (2.0 * dx) * u[1:-1] * (u[2:] - u[:-2])
                              + nu * dt / dx ** 2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])), None
    return jnp.sum(lax.scan(step, u0, None, length=steps)[0] ** 2)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (lotka_volterra, kepler, root, rational, rational_fit, lstm, heat, burgers)}


def gradient(program: JitProgram) -> Call:
    """The compiled gradient, whose result is waited for; whole numbers are constants to it."""
    static = tuple([k for k, arg in enumerate(program.args) if type(arg) is int])
    made = jax.jit(jax.grad(FUNCTIONS[program.function.__name__], program.wrt), static_argnums=static)
    args = tuple([arg if k in static or isinstance(arg, float) else jnp.asarray(arg)
                  for k, arg in enumerate(program.args)])
    return lambda: jax.block_until_ready(made(*args))
