"""Basics: branches that return."""
import numpy as np


def pick(x):
    if x < 0.0:
        return x * x
    y = np.sin(x)
    return y * x


# $ tangent2 show generated_examples/pick.py:pick --at "x=0.7"


def grad_pick(x):
    if x < 0.0:
        return 2.0 * x
    y = np.sin(x)
    return y + x * np.cos(x)


# $ tangent2 show generated_examples/pick.py:pick --mode forward --wrt x --at "x=0.7"


def jvp_pick(x, x_dot):
    if x < 0.0:
        return x * x, 2.0 * x_dot * x
    y_dot = x_dot * np.cos(x)
    y = np.sin(x)
    return y * x, y_dot * x + y * x_dot
