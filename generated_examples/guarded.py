"""Exceptions: which handler ran is told apart, not what was raised."""
import numpy as np


def guarded(x, table, key):
    try:
        y = x * table[key]
    except KeyError:
        y = x * x
    return np.sin(y)


# $ tangent2 show generated_examples/guarded.py:guarded --wrt x --at "x=0.7, table={'a': 2.0}, key='b'"


def grad_guarded(x, table, key):
    try:
        t = table[key]
        y = x * t
        passed = True
    except KeyError:
        y = x * x
        passed = False
    # Backward pass
    y_bar = np.cos(y)
    x_bar = y_bar * t if passed else 2.0 * y_bar * x
    return x_bar
