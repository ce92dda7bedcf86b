"""Memory: diffusion in place, until the field has decayed."""
import numpy as np


def diffuse(u0, k, tol):
    u = u0.copy()
    while np.max(np.abs(u)) > tol:
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


# $ tangent2 show generated_examples/diffuse.py:diffuse --wrt u0,k --at "u0=np.array([0.0, 1.0, 2.0, 0.0]), k=0.3, tol=0.7"


def grad_diffuse(u0, k, tol):
    u = u0.copy()
    saved = []
    while np.max(np.abs(u)) > tol:
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


# $ tangent2 show generated_examples/diffuse.py:diffuse --mode forward --wrt u0,k --at "u0=np.array([0.0, 1.0, 2.0, 0.0]), k=0.3, tol=0.7"


def jvp_diffuse(u0, k, tol, u0_dot, k_dot):
    u_dot = u0_dot.copy()
    u = u0.copy()
    while np.max(np.abs(u)) > tol:
        t = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u_dot[1:-1] += k_dot * t + k * (u_dot[2:] - 2.0 * u_dot[1:-1] + u_dot[:-2])
        u[1:-1] += k * t
    return np.sum(u ** 2), 2.0 * np.sum(u * u_dot)
