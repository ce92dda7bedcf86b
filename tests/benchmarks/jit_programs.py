"""Programs whose gradients `jit` compiles, with adjoints written by hand for Numba, in explicit loops."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def lotka_volterra(p, x, y, n):
    a, b, c, d = p
    h = 0.01

    def slope(x, y):
        return a * x - b * x * y, d * x * y - c * y

    for _ in range(n):
        k1, l1 = slope(x, y)
        k2, l2 = slope(x + h / 2 * k1, y + h / 2 * l1)
        k3, l3 = slope(x + h / 2 * k2, y + h / 2 * l2)
        k4, l4 = slope(x + h * k3, y + h * l3)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        y = y + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return x * x + y * y


def slope(p, x, y):
    return p[0] * x - p[1] * x * y, p[3] * x * y - p[2] * y


def slope_back(p, x, y, k_bar, l_bar, p_bar):
    p_bar[0] += k_bar * x
    p_bar[1] -= k_bar * x * y
    p_bar[2] -= l_bar * y
    p_bar[3] += l_bar * x * y
    return k_bar * (p[0] - p[1] * y) + l_bar * p[3] * y, l_bar * (p[3] * x - p[2]) - k_bar * p[1] * x


def grad_lotka_volterra(p, x, y, n):
    h = 0.01
    xs, ys = np.empty(n), np.empty(n)
    for i in range(n):
        xs[i], ys[i] = x, y
        k1, l1 = slope(p, x, y)
        k2, l2 = slope(p, x + h / 2 * k1, y + h / 2 * l1)
        k3, l3 = slope(p, x + h / 2 * k2, y + h / 2 * l2)
        k4, l4 = slope(p, x + h * k3, y + h * l3)
        x, y = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), y + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    x_bar, y_bar = 2.0 * x, 2.0 * y
    p_bar = np.zeros(4)
    for i in range(n - 1, -1, -1):
        x, y = xs[i], ys[i]
        k1, l1 = slope(p, x, y)
        x2, y2 = x + h / 2 * k1, y + h / 2 * l1
        k2, l2 = slope(p, x2, y2)
        x3, y3 = x + h / 2 * k2, y + h / 2 * l2
        k3, l3 = slope(p, x3, y3)
        u, v = h / 6 * x_bar, h / 6 * y_bar
        x4_bar, y4_bar = slope_back(p, x + h * k3, y + h * l3, u, v, p_bar)
        x3_bar, y3_bar = slope_back(p, x3, y3, 2 * u + h * x4_bar, 2 * v + h * y4_bar, p_bar)
        x2_bar, y2_bar = slope_back(p, x2, y2, 2 * u + h / 2 * x3_bar, 2 * v + h / 2 * y3_bar, p_bar)
        x1_bar, y1_bar = slope_back(p, x, y, u + h / 2 * x2_bar, v + h / 2 * y2_bar, p_bar)
        x_bar += x4_bar + x3_bar + x2_bar + x1_bar
        y_bar += y4_bar + y3_bar + y2_bar + y1_bar
    return p_bar


def kepler(e, ms):
    total = 0.0
    for m in ms:
        E = m
        while abs(E - e * np.sin(E) - m) > 1e-12:
            E = E - (E - e * np.sin(E) - m) / (1.0 - e * np.cos(E))
        total += E
    return total


def grad_kepler(e, ms):
    e_bar = 0.0
    tape = np.empty(100)
    for m in ms:
        E = m
        n = 0
        while abs(E - e * np.sin(E) - m) > 1e-12:
            tape[n] = E
            n += 1
            E = E - (E - e * np.sin(E) - m) / (1.0 - e * np.cos(E))
        E_bar = 1.0
        for k in range(n - 1, -1, -1):
            E = tape[k]
            s, c = np.sin(E), np.cos(E)
            d = 1.0 - e * c
            f = E - e * s - m
            f_bar = -E_bar / d
            d_bar = E_bar * f / d ** 2
            E_bar = E_bar + f_bar * (1.0 - e * c) + d_bar * e * s
            e_bar -= f_bar * s + d_bar * c
    return e_bar


def root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2.0 * x)
    return x


def grad_root(a):
    xs = []
    x = a
    while abs(x * x - a) > 1e-12:
        xs.append(x)
        x = x - (x * x - a) / (2.0 * x)
    x_bar, a_bar = 1.0, 0.0
    for k in range(len(xs) - 1, -1, -1):
        x = xs[k]
        a_bar += x_bar / (2.0 * x)
        x_bar = x_bar * (x * x - a) / (2.0 * x * x)
    return a_bar + x_bar


def rational(x, w):
    return (w[0] + w[1] * x + w[2] * x ** 2) / (1.0 + w[3] * x + w[4] * x ** 2 + w[5] * x ** 3)


def grad_rational(x, w):
    x2 = x * x
    x3 = x2 * x
    q = 1.0 / (1.0 + w[3] * x + w[4] * x2 + w[5] * x3)
    r = -(w[0] + w[1] * x + w[2] * x2) * q * q
    w_bar = np.empty(6)
    w_bar[0], w_bar[1], w_bar[2] = q, q * x, q * x2
    w_bar[3], w_bar[4], w_bar[5] = r * x, r * x2, r * x3
    return w_bar


def rational_fit(w, xs, ys):
    total = 0.0
    for x, y in zip(xs, ys):
        total += (rational(x, w) - y) ** 2
    return total


def grad_rational_fit(w, xs, ys):
    w_bar = np.zeros(6)
    for i in range(len(xs)):
        x = xs[i]
        x2 = x * x
        x3 = x2 * x
        q = 1.0 / (1.0 + w[3] * x + w[4] * x2 + w[5] * x3)
        p = (w[0] + w[1] * x + w[2] * x2) * q
        g = 2.0 * (p - ys[i]) * q
        w_bar[0] += g
        w_bar[1] += g * x
        w_bar[2] += g * x2
        w_bar[3] -= g * p * x
        w_bar[4] -= g * p * x2
        w_bar[5] -= g * p * x3
    return w_bar


def lstm(W, U, b, xs):
    n = U.shape[1]
    h, c = np.zeros(n), np.zeros(n)
    for x in xs:
        z = W @ x + U @ h + b
        i = 1.0 / (1.0 + np.exp(-z[:n]))
        f = 1.0 / (1.0 + np.exp(-z[n:2 * n]))
        o = 1.0 / (1.0 + np.exp(-z[2 * n:3 * n]))
        g = np.tanh(z[3 * n:])
        c = f * c + i * g
        h = o * np.tanh(c)
    return np.sum(h ** 2)


def grad_lstm(W, U, b, xs):
    n, T = U.shape[1], len(xs)
    hs, cs, ts = np.zeros((T + 1, n)), np.zeros((T + 1, n)), np.empty((T, n))
    gates = np.empty((T, 4 * n))
    for t in range(T):
        z = W @ xs[t] + U @ hs[t] + b
        for k in range(n):
            i = 1.0 / (1.0 + np.exp(-z[k]))
            f = 1.0 / (1.0 + np.exp(-z[n + k]))
            o = 1.0 / (1.0 + np.exp(-z[2 * n + k]))
            g = np.tanh(z[3 * n + k])
            gates[t, k], gates[t, n + k], gates[t, 2 * n + k], gates[t, 3 * n + k] = i, f, o, g
            cs[t + 1, k] = f * cs[t, k] + i * g
            ts[t, k] = np.tanh(cs[t + 1, k])
            hs[t + 1, k] = o * ts[t, k]
    h_bar, c_bar = 2.0 * hs[T], np.zeros(n)
    W_bar, U_bar, b_bar = np.zeros(W.shape), np.zeros(U.shape), np.zeros(4 * n)
    z_bar = np.empty(4 * n)
    for t in range(T - 1, -1, -1):
        for k in range(n):
            i, f, o, g = gates[t, k], gates[t, n + k], gates[t, 2 * n + k], gates[t, 3 * n + k]
            s = c_bar[k] + h_bar[k] * o * (1.0 - ts[t, k] ** 2)
            z_bar[k] = s * g * i * (1.0 - i)
            z_bar[n + k] = s * cs[t, k] * f * (1.0 - f)
            z_bar[2 * n + k] = h_bar[k] * ts[t, k] * o * (1.0 - o)
            z_bar[3 * n + k] = s * i * (1.0 - g ** 2)
            c_bar[k] = s * f
        for k in range(4 * n):
            b_bar[k] += z_bar[k]
            for j in range(n):
                U_bar[k, j] += z_bar[k] * hs[t, j]
            for j in range(W.shape[1]):
                W_bar[k, j] += z_bar[k] * xs[t, j]
        h_bar = U.T @ z_bar
    return W_bar, U_bar, b_bar


def heat(u0, c, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] += c * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


def grad_heat(u0, c, steps):
    u = u0.copy()
    n = len(u)
    d = np.empty(n)
    for _ in range(steps):
        for i in range(1, n - 1):
            d[i] = c * (u[i + 1] - 2.0 * u[i] + u[i - 1])
        for i in range(1, n - 1):
            u[i] += d[i]
    u_bar = 2.0 * u
    for _ in range(steps):
        for i in range(1, n - 1):
            d[i] = c * u_bar[i]
        for i in range(1, n - 1):
            u_bar[i - 1] += d[i]
        for i in range(1, n - 1):
            u_bar[i] -= 2.0 * d[i]
        for i in range(1, n - 1):
            u_bar[i + 1] += d[i]
    return u_bar


def burgers(u0, nu, dt, dx, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] = (u[1:-1] - dt / (2.0 * dx) * u[1:-1] * (u[2:] - u[:-2])
                   + nu * dt / dx ** 2 * (u[2:] - 2.0 * u[1:-1] + u[:-2]))
    return np.sum(u ** 2)


def grad_burgers(u0, nu, dt, dx, steps):
    n = len(u0)
    us = np.empty((steps + 1, n))
    us[0] = u0
    a, b = dt / (2.0 * dx), nu * dt / dx ** 2
    for t in range(steps):
        u, v = us[t], us[t + 1]
        v[0], v[n - 1] = u[0], u[n - 1]
        for i in range(1, n - 1):
            v[i] = u[i] - a * u[i] * (u[i + 1] - u[i - 1]) + b * (u[i + 1] - 2.0 * u[i] + u[i - 1])
    v_bar = 2.0 * us[steps]
    for t in range(steps - 1, -1, -1):
        u = us[t]
        u_bar = np.zeros(n)
        u_bar[0], u_bar[n - 1] = v_bar[0], v_bar[n - 1]
        for i in range(1, n - 1):
            u_bar[i] += v_bar[i] * (1.0 - a * (u[i + 1] - u[i - 1]) - 2.0 * b)
        for i in range(1, n - 1):
            u_bar[i + 1] += v_bar[i] * (b - a * u[i])
        for i in range(1, n - 1):
            u_bar[i - 1] += v_bar[i] * (b + a * u[i])
        v_bar = u_bar
    return v_bar


@dataclass(frozen=True)
class JitProgram:
    """A function, by what it is differentiated, its adjoint by hand and functions that this calls, arguments."""

    name: str
    function: Callable[..., Any]
    wrt: int | tuple[int, ...]
    by_hand: Callable[..., Any]
    args: tuple[Any, ...]
    calls: tuple[Callable[..., Any], ...] = ()


_FIELD = np.sin(np.linspace(0.0, np.pi, 200))
_RNG = np.random.default_rng(0)
_W = np.array([1.0, 2.0, 3.0, 0.5, 0.6, 0.7])
PROGRAMS = (
    JitProgram("Lotka-Volterra, 1000 steps", lotka_volterra, 0, grad_lotka_volterra,
               (np.array([1.1, 0.4, 0.4, 0.1]), 10.0, 5.0, 1000), (slope, slope_back)),
    JitProgram("Newton's iteration, a root", root, 0, grad_root, (2.0,)),
    JitProgram("Newton's iteration, 1000 times", kepler, 0, grad_kepler, (0.3, np.linspace(0.1, 3.0, 1000))),
    JitProgram("rational function", rational, 1, grad_rational, (2.0, _W)),
    JitProgram("rational function, 1000 points", rational_fit, 0, grad_rational_fit,
               (_W, np.linspace(0.0, 1.0, 1000), np.linspace(1.0, 2.0, 1000))),
    JitProgram("LSTM, 50 steps", lstm, (0, 1, 2), grad_lstm,
               (0.2 * _RNG.standard_normal((56, 14)), 0.2 * _RNG.standard_normal((56, 14)), np.zeros(56),
                _RNG.standard_normal((50, 14)))),
    JitProgram("heat, 200 steps of 200 points", heat, 0, grad_heat, (_FIELD, 0.2, 200)),
    JitProgram("Burgers, 200 steps of 200 points", burgers, 0, grad_burgers, (_FIELD, 0.01, 0.001, 0.005, 200)),
)
