"""Basics: straight-line code on numbers."""
import numpy as np


def ratio(x, y):
    a = x * y
    s = np.sin(a)
    return s / x + a


# $ tangent2 show generated_examples/ratio.py:ratio --wrt x,y --at "x=1.3, y=0.7"


def grad_ratio(x, y):
    a = x * y
    s = np.sin(a)
    # Backward pass
    a_bar = 1.0 + np.cos(a) / x
    y_bar = a_bar * x
    x_bar = a_bar * y - s / x ** 2
    return x_bar, y_bar


# $ tangent2 show generated_examples/ratio.py:ratio --mode forward --at "x=1.3, y=0.7"


def jvp_ratio(x, y, x_dot, y_dot):
    a_dot = x_dot * y + x * y_dot
    a = x * y
    s_dot = a_dot * np.cos(a)
    s = np.sin(a)
    t = s / x
    return t + a, (s_dot - t * x_dot) / x + a_dot


# $ tangent2 show generated_examples/ratio.py:ratio --mode reverse,forward --wrt x,y --at "x=1.3, y=0.7"


def jvp_grad_ratio(x, y, x_dot, y_dot):
    a_dot = x_dot * y + x * y_dot
    a = x * y
    t = np.cos(a)
    s_dot = a_dot * t
    s = np.sin(a)
    # Backward pass
    t1 = x ** 2
    t2 = s / t1
    t3 = t / x
    t4 = (-a_dot * s - t3 * x_dot) / x
    a_bar = 1.0 + t3
    y_bar_dot = t4 * x + a_bar * x_dot
    y_bar = a_bar * x
    x_bar_dot = t4 * y + a_bar * y_dot - (s_dot - 2.0 * t2 * (x * x_dot)) / t1
    x_bar = a_bar * y - t2
    return (x_bar, y_bar), (x_bar_dot, y_bar_dot)
