"""Simulation: a rod that cools, by slices written in place."""
import numpy as np


def heat(u0, k, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


# $ tangent2 show generated_examples/heat.py:heat --wrt u0,k --at "u0=np.array([0.0, 1.0, 3.0, 0.5, 0.0]), k=0.2, steps=4"


def grad_heat(u0, k, steps):
    u = u0.copy()
    saved = []
    for _ in range(steps):
        t = u[2:] - 2.0 * u[1:-1] + u[:-2]
        saved.append(t)
        u[1:-1] += k * t
    # Backward pass
    u_bar = 2.0 * u
    k_bar = 0.0
    while saved:
        t1 = u_bar[1:-1] * k
        k_bar += np.sum(u_bar[1:-1] * saved.pop())
        u_bar[:-2] += t1
        u_bar[1:-1] -= 2.0 * t1
        u_bar[2:] += t1
    return u_bar, k_bar


# $ tangent2 show generated_examples/heat.py:heat --mode forward --wrt u0,k --at "u0=np.array([0.0, 1.0, 3.0, 0.5, 0.0]), k=0.2, steps=4"


def jvp_heat(u0, k, steps, u0_dot, k_dot):
    u_dot = u0_dot.copy()
    u = u0.copy()
    for _ in range(steps):
        t = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u_dot[1:-1] += k_dot * t + k * (u_dot[2:] - 2.0 * u_dot[1:-1] + u_dot[:-2])
        u[1:-1] += k * t
    return np.sum(u ** 2), 2.0 * np.sum(u * u_dot)
