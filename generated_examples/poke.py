"""Memory: a view of an argument is written through."""
import numpy as np


def poke(x):
    y = x[1:]
    y[0] *= 3.0
    return np.sum(x ** 2)


# $ tangent2 show generated_examples/poke.py:poke --at "x=np.ones(4)"


def grad_poke(x):
    x = x.copy()  # poke() writes to its argument
    y = x[1:]
    y[0] *= 3.0
    # Backward pass
    x_bar = 2.0 * x
    y_bar = x_bar[1:]
    y_bar[0] *= 3.0
    return x_bar


# $ tangent2 show generated_examples/poke.py:poke --mode forward --at "x=np.ones(4)"


def jvp_poke(x, x_dot):
    x_dot = x_dot.copy()
    y_dot = x_dot[1:]
    x = x.copy()  # poke() writes to its argument
    y = x[1:]
    y_dot[0] *= 3.0
    y[0] *= 3.0
    return np.sum(x ** 2), 2.0 * np.sum(x * x_dot)
