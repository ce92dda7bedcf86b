"""Solving: Rosenbrock's function of slices; the tangent of its gradient is a Hessian times a vector."""
import numpy as np


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


# $ tangent2 show generated_examples/rosenbrock.py:rosenbrock --at "x=np.array([1.2, 1.0, 0.8])"


def grad_rosenbrock(x):
    x_bar = np.zeros_like(x)
    x_bar[:-1] -= 2.0 * (1.0 - x[:-1])
    t = 200.0 * (x[1:] - x[:-1] ** 2)
    x_bar[:-1] -= 2.0 * x[:-1] * t
    x_bar[1:] += t
    return x_bar


# $ tangent2 show generated_examples/rosenbrock.py:rosenbrock --mode reverse,forward --at "x=np.array([1.2, 1.0, 0.8])"


def jvp_grad_rosenbrock(x, x_dot):
    t = 2.0 * x[:-1]
    # Backward pass
    x_bar = np.zeros_like(x)
    x_bar_dot = np.zeros_like(x_bar)
    x_bar_dot[:-1] = 2.0 * x_dot[:-1]
    x_bar[:-1] -= 2.0 * (1.0 - x[:-1])
    t1 = 200.0 * (x_dot[1:] - t * x_dot[:-1])
    t2 = 200.0 * (x[1:] - x[:-1] ** 2)
    x_bar_dot[:-1] -= 2.0 * x_dot[:-1] * t2 + t * t1
    x_bar[:-1] -= t * t2
    x_bar_dot[1:] += t1
    x_bar[1:] += t2
    return x_bar, x_bar_dot
