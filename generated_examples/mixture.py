"""Lists: a list comprehension."""
import numpy as np


def mixture(x, ws):
    terms = [np.exp(-w * x) for w in ws]
    return sum(terms)


# $ tangent2 show generated_examples/mixture.py:mixture --at "x=0.7, ws=[0.5, 1.0, 2.0]"


def grad_mixture(x, ws):
    terms = [np.exp(-w * x) for w in ws]
    # Backward pass
    x_bar = 0.0
    for w, t in zip(ws, terms):
        x_bar -= t * w
    return x_bar


# $ tangent2 show generated_examples/mixture.py:mixture --mode forward --wrt x --at "x=0.7, ws=[0.5, 1.0, 2.0]"


def jvp_mixture(x, ws, x_dot):
    terms = []
    terms_dot = []
    for w in ws:
        t = -w
        t1 = np.exp(t * x)
        terms_dot.append(t * x_dot * t1)
        terms.append(t1)
    return sum(terms), sum(terms_dot)
