"""Calls: calls whose pullback needs what happened inside."""
import numpy as np


def settle(x, n):
    for _ in range(n):
        x = 0.5 * (x + np.cos(x))
    return x


def two_scales(a, n):
    return settle(a, n) * settle(3.0 * a, 2 * n)


# $ tangent2 show generated_examples/two_scales.py:two_scales --at "a=0.4, n=3"


def fwd_settle(x, n):
    x_saved = []
    for _ in range(n):
        x_saved.append(x)
        x = 0.5 * (x + np.cos(x))
    return x, x_saved


def bwd_settle(x_saved, x_bar):
    while x_saved:
        x = x_saved.pop()
        t = 0.5 * x_bar
        x_bar = t - t * np.sin(x)
    return x_bar


def grad_two_scales(a, n):
    t, saved = fwd_settle(a, n)
    t1, saved1 = fwd_settle(3.0 * a, 2 * n)
    # Backward pass
    t2 = 3.0 * bwd_settle(saved1, t)
    a_bar = bwd_settle(saved, t1)
    a_bar += t2
    return a_bar


# $ tangent2 show generated_examples/two_scales.py:two_scales --mode forward --wrt a --at "a=0.4, n=3"


def jvp_settle(x, n, x_dot):
    for _ in range(n):
        x_dot = 0.5 * (x_dot - x_dot * np.sin(x))
        x = 0.5 * (x + np.cos(x))
    return x, x_dot


def jvp_two_scales(a, n, a_dot):
    t, t1 = jvp_settle(a, n, a_dot)
    t2, t3 = jvp_settle(3.0 * a, 2 * n, 3.0 * a_dot)
    return t * t2, t1 * t2 + t * t3
