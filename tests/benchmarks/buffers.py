"""Programs that fill and update arrays, with their adjoints written by hand as a careful person would."""
import numpy as np


def stencil(u0, k):
    u = u0.copy()
    for _ in range(200):
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


def grad_stencil(u0, k):
    u = u0.copy()
    bends = []
    for _ in range(200):
        bend = u[2:] - 2.0 * u[1:-1] + u[:-2]
        bends.append(bend)
        u[1:-1] += k * bend
    # Backward pass
    u_bar = 2.0 * u
    k_bar = 0.0
    while bends:
        inner_bar = u_bar[1:-1]
        k_bar += np.sum(inner_bar * bends.pop())
        bend_bar = inner_bar * k
        u_bar[2:] += bend_bar
        inner_bar -= 2.0 * bend_bar
        u_bar[:-2] += bend_bar
    return u_bar, k_bar


def grad_stencil_by_field(u0, k):
    u = u0.copy()
    for _ in range(200):
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    # Backward pass
    u_bar = 2.0 * u
    for _ in range(200):
        inner_bar = u_bar[1:-1]
        bend_bar = inner_bar * k
        u_bar[2:] += bend_bar
        inner_bar -= 2.0 * bend_bar
        u_bar[:-2] += bend_bar
    return u_bar


def recurrence(x, a, n):
    u = np.empty(n + 1)
    u[0] = x
    for t in range(n):
        u[t + 1] = u[t] + a * u[t] * (1.0 - u[t])
    return np.sum(u ** 2)


def grad_recurrence(x, a, n):
    u = np.empty(n + 1)
    u[0] = x
    for t in range(n):
        v = u[t]
        u[t + 1] = v + a * v * (1.0 - v)
    # Backward pass
    u_bar = 2.0 * u
    a_bar = 0.0
    for t in range(n - 1, -1, -1):
        v = u[t]
        g = u_bar[t + 1]
        a_bar += g * v * (1.0 - v)
        u_bar[t] += g * (1.0 + a * (1.0 - 2.0 * v))
    return u_bar[0], a_bar


def grown(v, a):
    return v + a * v * (1.0 - v)


def bwd_grown(v, a, y_bar):
    return y_bar * (1.0 + a * (1.0 - 2.0 * v)), y_bar * v * (1.0 - v)


def recurrence_by_calls(x, a, n):
    u = np.empty(n + 1)
    u[0] = x
    for t in range(n):
        u[t + 1] = grown(u[t], a)
    return np.sum(u ** 2)


def grad_recurrence_by_calls(x, a, n):
    u = np.empty(n + 1)
    u[0] = x
    for t in range(n):
        u[t + 1] = grown(u[t], a)
    # Backward pass
    u_bar = 2.0 * u
    a_bar = 0.0
    for t in range(n - 1, -1, -1):
        v_bar, more = bwd_grown(u[t], a, u_bar[t + 1])
        u_bar[t] += v_bar
        a_bar += more
    return u_bar[0], a_bar
