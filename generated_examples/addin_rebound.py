"""Memory: `a += b` binds a number anew."""
import numpy as np


def addin(a, b):
    a += b
    return np.sum(a ** 3) if isinstance(a, np.ndarray) else a ** 3


# $ tangent2 show generated_examples/addin_rebound.py:addin --wrt a,b --at "a=0.5, b=0.3"


def grad_addin(a, b):
    a += b
    # Backward pass
    a_bar = 3.0 * a ** 2
    return a_bar, a_bar
