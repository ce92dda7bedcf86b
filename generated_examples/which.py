"""Memory: which array a name stands for is known only when the code runs."""
import numpy as np


def which(a, b, flag):
    y = a if flag else b
    y[0] = y[0] * y[1]
    return np.sum(a * b)


# $ tangent2 show generated_examples/which.py:which --wrt a,b --at "a=np.ones(4), b=np.ones(4), flag=True"


def grad_which(a, b, flag):
    y = a.copy() if flag else b.copy()
    t = y[0]
    t1 = y[1]
    y[0] = t * t1
    b_bar = np.zeros_like(b)
    a_bar = np.zeros_like(a)
    if flag:
        y_bar = b.copy()
        b_bar = y
    else:
        y_bar = a.copy()
        a_bar = y
    # Backward pass
    t2 = y_bar[0]
    y_bar[0] = 0.0
    y_bar[1] += t2 * t
    y_bar[0] += t2 * t1
    if flag:
        a_bar += y_bar
    else:
        b_bar += y_bar
    return a_bar, b_bar
