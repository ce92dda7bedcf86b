"""Linear algebra: the largest eigenvalue by power iteration."""
import numpy as np


def power_iteration(A, v, n):
    for _ in range(n):
        w = A @ v
        v = w / np.sqrt(w @ w)
    return v @ A @ v


# $ tangent2 show generated_examples/power_iteration.py:power_iteration --wrt A --at "A=np.array([[2.0, 1.0], [0.5, 3.0]]), v=np.ones(2), n=4"


def grad_power_iteration(A, v, n):
    saved = []
    for _ in range(n):
        w = A @ v
        t = np.sqrt(w @ w)
        saved.append((v, w, t))
        v = w / t
    # Backward pass
    v_bar = v @ A + A @ v
    A_bar = np.outer(v, v)
    while saved:
        v, w, t1 = saved.pop()
        w_bar = v_bar / t1 - np.sum(v_bar * w / t1 ** 2) / t1 * w
        A_bar += np.outer(w_bar, v)
        v_bar = A.T @ w_bar
    return A_bar


# $ tangent2 show generated_examples/power_iteration.py:power_iteration --mode forward --wrt A --at "A=np.array([[2.0, 1.0], [0.5, 3.0]]), v=np.ones(2), n=4"


def jvp_power_iteration(A, v, n, A_dot):
    v_dot = np.zeros_like(v)
    for _ in range(n):
        w_dot = A_dot @ v + A @ v_dot
        w = A @ v
        t = np.sqrt(w @ w)
        v = w / t
        v_dot = (w_dot - v * ((w_dot @ w + w @ w_dot) / (2.0 * t))) / t
    t1 = v @ A
    return t1 @ v, (v_dot @ A + v @ A_dot) @ v + t1 @ v_dot
