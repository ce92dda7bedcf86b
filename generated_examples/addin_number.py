"""Memory: a number is added to an array that is given."""
import numpy as np


def addin(a, b):
    a += b
    return np.sum(a ** 3) if isinstance(a, np.ndarray) else a ** 3


# $ tangent2 show generated_examples/addin_number.py:addin --wrt a,b --at "a=np.ones(4), b=0.3"


def grad_addin(a, b):
    a = a.copy()  # addin() writes to its argument
    a += b
    # Backward pass
    a_bar = 3.0 * a ** 2
    b_bar = np.sum(a_bar)
    return a_bar, b_bar
