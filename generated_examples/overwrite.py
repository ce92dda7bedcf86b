"""Memory: what is overwritten has no influence, so its adjoint is zero."""
import numpy as np


def overwrite(x, w):
    y = x * w
    y[0] = w[1] ** 2
    y[1:] = y[:-1]
    return np.sum(y * x)


# $ tangent2 show generated_examples/overwrite.py:overwrite --wrt x,w --at "x=np.ones(4), w=np.ones(4)"


def grad_overwrite(x, w):
    y = x * w
    y[0] = w[1] ** 2
    y[1:] = y[:-1]
    # Backward pass
    y_bar = x.copy()
    y_bar[1:] = 0.0
    y_bar[:-1] += x[1:].copy()
    t = y_bar[0]
    y_bar[0] = 0.0
    w_bar = np.zeros_like(w)
    w_bar[1] = 2.0 * w[1] * t
    x_bar = y + y_bar * w
    w_bar += y_bar * x
    return x_bar, w_bar


# $ tangent2 show generated_examples/overwrite.py:overwrite --mode forward --at "x=np.ones(4), w=np.ones(4)"


def jvp_overwrite(x, w, x_dot, w_dot):
    y_dot = x_dot * w + x * w_dot
    y = x * w
    y_dot[0] = 2.0 * w[1] * w_dot[1]
    y[0] = w[1] ** 2
    y_dot[1:] = y_dot[:-1]
    y[1:] = y[:-1]
    return np.sum(y * x), np.sum(y_dot * x + y * x_dot)
