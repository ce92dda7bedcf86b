"""`jit`: Numba's code gives what the text gives, for gradients of many programs."""
from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

from tangent2 import grad, jit, value_and_grad
from tests.harness.jitted import compiled, same, unchecked  # noqa: F401

pytest.importorskip("numba", reason="jit needs Numba, an extra")


def lotka(p, y0, n):
    a, b, c, d = p
    x, y = y0
    h = 0.01

    def f(x, y):
        return a * x - b * x * y, d * x * y - c * y

    for _ in range(n):
        k1, l1 = f(x, y)
        k2, l2 = f(x + h / 2 * k1, y + h / 2 * l1)
        x = x + h * k2
        y = y + h * l2
    return x * x + y * y


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2 * x)
    return x


def rational(x, w):
    return (w[0] + w[1] * x + w[2] * x ** 2) / (1 + w[3] * x + w[4] * x ** 2 + w[5] * x ** 3)


def heat(u0, c, n):
    u = u0.copy()
    for _ in range(n):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


def burgers(u0, nu, n):
    u = u0.copy()
    for _ in range(n):
        u[1:-1] = u[1:-1] - 0.1 * u[1:-1] * (u[2:] - u[:-2]) + nu * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


def by_elements(u, c):
    total = 0.0
    for i in range(1, len(u) - 1):
        if u[i] > 0.2:
            total += c * u[i - 1] * u[i + 1]
        else:
            total -= u[-i] ** 2
    return total


def lstm(params, xs):
    W, U, b = params
    n = U.shape[1]
    h, c = np.zeros(n), np.zeros(n)
    for x in xs:
        z = W @ x + U @ h + b
        i, f, o = 1 / (1 + np.exp(-z[:n])), 1 / (1 + np.exp(-z[n:2 * n])), 1 / (1 + np.exp(-z[2 * n:3 * n]))
        c = f * c + i * np.tanh(z[3 * n:])
        h = o * np.tanh(c)
    return np.sum(h ** 2)


def network(p, x):
    h = x
    for _ in range(3):
        h = np.tanh(p["w"] @ h + p["b"])
    return np.sum(h ** 2) * p["scale"]


def layers(params, x):
    h = x
    for W, b in params:
        h = np.tanh(W @ h + b)
    return np.sum(h ** 2)


def nested(p):
    total = 0.0
    for k in range(3):
        total += p["a"]["x"] ** 2 * p["l"][0] + p["l"][1] * k
    return total


def horner(c, x):
    s = 0.0
    for k in range(len(c)):
        s = s * x + c[k]
    return s


Body = namedtuple("Body", "mass speed")


def energy(body, n):
    v = body.speed
    for _ in range(n):
        v = v - 0.1 * v * abs(v) / body.mass
    return body.mass * v ** 2


def helper(x, k):
    return np.sin(x) * k


def calls(x, n):
    total = 0.0
    for k in range(n):
        total = total + np.sum(helper(x, k))
    return total


def mean_rows(A):
    total = 0.0
    for k in range(2):
        total += np.sum(np.mean(A, axis=1) ** 2) + np.sum((A - np.max(A, axis=0, keepdims=True)) ** 2) * k
    return total


RNG = np.random.default_rng(0)
U = np.sin(np.linspace(0.0, np.pi, 50))
PROGRAMS: list[tuple[Any, Any, tuple[Any, ...]]] = [
    (lotka, (0, 1), ((1.0, 0.2, 0.3, 0.4), (1.0, 2.0), 50)),
    (newton, 0, (2.0,)),
    (rational, 1, (2.0, np.array([1.0, 2.0, 3.0, 0.5, 0.6, 0.7]))),
    (rational, (0, 1), (2.0, np.array([1.0, 2.0, 3.0, 0.5, 0.6, 0.7]))),
    (heat, (0, 1), (U, 0.2, 20)),
    (burgers, (0, 1), (U, 0.01, 20)),
    (by_elements, (0, 1), (U, 0.7)),
    (lstm, 0, ((0.2 * RNG.standard_normal((16, 4)), 0.2 * RNG.standard_normal((16, 4)), np.zeros(16)),
               RNG.standard_normal((6, 4)))),
    (network, 0, ({"w": 0.3 * RNG.standard_normal((4, 4)), "b": RNG.standard_normal(4), "scale": 2.0},
                  RNG.standard_normal(4))),
    (layers, 0, ([(0.3 * RNG.standard_normal((4, 4)), RNG.standard_normal(4)) for _ in range(3)],
                 RNG.standard_normal(4))),
    (nested, 0, ({"a": {"x": 2.0}, "l": [3.0, 1.0]},)),
    (horner, (0, 1), ([1.0, 2.0, 3.0, 4.0], 1.5)),
    (energy, 0, (Body(2.0, 3.0), 10)),
    (calls, 0, (np.arange(1.0, 4.0), 5)),
    (mean_rows, 0, (RNG.standard_normal((3, 4)),)),
]
NAMES = [f"{f.__name__}-{k}" for k, (f, _, _) in enumerate(PROGRAMS)]


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_gradients_are_those_of_the_text(program: Any) -> None:
    f, wrt, args = program
    compiled(grad(f, wrt), *args)


def by_powers(x, num_par, denom_par):
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * x ** (i + 1)
    return acc_num / (1.0 + acc_denom ** 2)


@pytest.mark.parametrize("wrt", [0, 1, 2, (0, 1, 2)])
def test_the_tutorials_rational_function(wrt: Any) -> None:
    compiled(grad(by_powers, wrt), 2.0, np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.6]))


@pytest.mark.parametrize("program", PROGRAMS[1::4], ids=NAMES[1::4])
def test_values_with_gradients(program: Any) -> None:
    f, wrt, args = program
    compiled(value_and_grad(f, wrt), *args)


@pytest.mark.parametrize("program", PROGRAMS[:7], ids=NAMES[:7])
def test_plain_functions(program: Any) -> None:
    f, _, args = program
    made = jit(f, strict=True)
    for _ in range(3):
        same(made(*args), f(*args))


def test_the_tutorials_numbers() -> None:
    f = jit(lambda x: np.sin(x) + np.cos(x) * x ** 2)
    np.testing.assert_allclose(f(np.array([3.0])), [np.sin(3.0) + np.cos(3.0) * 9.0])
    w = np.array([1.0, 2.0, 3.0, 0.5, 0.6, 0.7])
    np.testing.assert_allclose(jit(grad(rational, argnums=1))(2.0, w), grad(rational, argnums=1)(2.0, w))
