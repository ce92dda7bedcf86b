"""Memory: a stencil that reads and writes overlapping parts of its argument."""
import numpy as np


def step(u, k):
    u[1:-1] += k * (u[2:] - u[:-2]) * u[1:-1]
    return np.sum(u ** 3)


# $ tangent2 show generated_examples/step.py:step --wrt u,k --at "u=np.ones(4), k=0.3"


def grad_step(u, k):
    t = u[2:] - u[:-2]
    t1 = k * t
    t2 = u[1:-1].copy()
    u = u.copy()  # step() writes to its argument
    u[1:-1] += t1 * t2
    # Backward pass
    u_bar = 3.0 * u ** 2
    t3 = u_bar[1:-1] * t2
    u_bar[1:-1] += u_bar[1:-1] * t1
    t4 = t3 * k
    k_bar = np.sum(t3 * t)
    u_bar[:-2] -= t4
    u_bar[2:] += t4
    return u_bar, k_bar


# $ tangent2 show generated_examples/step.py:step --mode forward --at "u=np.ones(4), k=0.3"


def jvp_step(u, k, u_dot, k_dot):
    t = u[2:] - u[:-2]
    t1 = k * t
    t2 = (k_dot * t + k * (u_dot[2:] - u_dot[:-2])) * u[1:-1] + t1 * u_dot[1:-1]
    t3 = t1 * u[1:-1]
    u_dot = u_dot.copy()
    u_dot[1:-1] += t2
    u = u.copy()  # step() writes to its argument
    u[1:-1] += t3
    return np.sum(u ** 3), 3.0 * np.sum(u ** 2 * u_dot)
