"""Memory: `a += b` changes an array, but binds a number anew."""
import numpy as np


def addin(a, b):
    a += b
    return np.sum(a ** 3) if isinstance(a, np.ndarray) else a ** 3


# $ tangent2 show generated_examples/addin.py:addin --wrt a,b --at "a=np.ones(4), b=np.ones(4)"


def grad_addin(a, b):
    a = a.copy()
    a += b
    t = isinstance(a, np.ndarray)
    if np.ndim(np.sum(a ** 3) if t else a ** 3) > 0:
        raise TypeError('addin returns an array here, which has no gradient (addin.py, line 5)')
    # Backward pass
    a_bar = 3.0 * a ** 2 if t else 3.0 * a ** 2
    return a_bar, a_bar.copy()


# $ tangent2 show generated_examples/addin.py:addin --wrt a,b --at "a=np.ones(4), b=0.3"


def grad_addin(a, b):
    a = a.copy()
    a += b
    t = isinstance(a, np.ndarray)
    if np.ndim(np.sum(a ** 3) if t else a ** 3) > 0:
        raise TypeError('addin returns an array here, which has no gradient (addin.py, line 5)')
    # Backward pass
    a_bar = 3.0 * a ** 2 if t else 3.0 * a ** 2
    b_bar = np.sum(a_bar)
    return a_bar, b_bar


# $ tangent2 show generated_examples/addin.py:addin --wrt a,b --at "a=0.5, b=0.3"


def grad_addin(a, b):
    a += b
    # Backward pass
    a_bar = 3.0 * a ** 2 if isinstance(a, np.ndarray) else 3.0 * a ** 2
    return a_bar, a_bar
