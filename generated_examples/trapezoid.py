"""Calls: a function that takes a function, and a closure to give it."""
import numpy as np


def trapezoid(f, a, b, n):
    h = (b - a) / n
    total = 0.5 * (f(a) + f(b))
    for i in range(1, n):
        total += f(a + i * h)
    return total * h


def bell_area(omega, a, b, n):
    def bell(t):
        return np.exp(-omega * t * t)
    return trapezoid(bell, a, b, n)


# $ tangent2 show generated_examples/trapezoid.py:bell_area --at "omega=0.5, a=0.0, b=1.0, n=10"


def fwd_trapezoid(f_0, a, b, n):
    h = (b - a) / n
    t = bell(f_0, a)
    t1 = bell(f_0, b)
    total = 0.5 * (t + t1)
    saved = []
    for i in range(1, n):
        t2 = bell(f_0, a + i * h)
        saved.append(t2)
        total += t2
    return total * h, (h, t, t1, saved)


def bwd_trapezoid_wrt_f_0(a, b, n, saved, y_bar):
    h, t, t1, saved = saved
    total_bar = y_bar * h
    f_0_bar = 0.0
    for i in range(n - 1, 0, -1):
        f_0_bar += bwd_bell_wrt_omega(a + i * h, saved.pop(), total_bar)
    t2 = 0.5 * total_bar
    return f_0_bar + bwd_bell_wrt_omega(b, t1, t2) + bwd_bell_wrt_omega(a, t, t2)


def bwd_bell_wrt_omega(t, y, y_bar):
    omega_bar = -y_bar * y * t * t
    return omega_bar


def bell(omega, t):
    return np.exp(-omega * t * t)


def grad_bell_area(omega, a, b, n):
    _, saved = fwd_trapezoid(omega, a, b, n)
    # Backward pass
    omega_bar = bwd_trapezoid_wrt_f_0(a, b, n, saved, 1.0)
    return omega_bar


# $ tangent2 show generated_examples/trapezoid.py:bell_area --mode forward --wrt omega --at "omega=0.5, a=0.0, b=1.0, n=10"


def jvp_trapezoid(f_0, a, b, n, f_0_dot):
    h = (b - a) / n
    t, t1 = jvp_bell(f_0, a, f_0_dot)
    t2, t3 = jvp_bell(f_0, b, f_0_dot)
    total_dot = 0.5 * (t1 + t3)
    total = 0.5 * (t + t2)
    for i in range(1, n):
        t4, t5 = jvp_bell(f_0, a + i * h, f_0_dot)
        total_dot += t5
        total += t4
    return total * h, total_dot * h


def jvp_bell(omega, t, omega_dot):
    t1 = np.exp(-omega * t * t)
    return t1, -omega_dot * t * t * t1


def jvp_bell_area(omega, a, b, n, omega_dot):
    t, t1 = jvp_trapezoid(omega, a, b, n, omega_dot)
    return t, t1
