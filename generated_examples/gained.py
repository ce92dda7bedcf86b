"""Calls: a closure that reads what it captures."""
import numpy as np


def gained(x, a):
    gain = np.exp(a)

    def scale(v):
        return gain * v

    return np.sum(scale(x) * scale(x ** 2))


# $ tangent2 show generated_examples/gained.py:gained --wrt x,a --at "x=np.ones(3), a=0.2"


def scale(gain, v):
    return gain * v


def bwd_scale(gain, v, y_bar):
    v_bar = y_bar * gain
    gain_bar = np.sum(y_bar * v)
    return gain_bar, v_bar


def grad_gained(x, a):
    gain = np.exp(a)
    t = x ** 2
    # Backward pass
    gain_bar, t1 = bwd_scale(gain, t, scale(gain, x))
    gain_bar1, x_bar = bwd_scale(gain, x, scale(gain, t))
    gain_bar += gain_bar1
    x_bar += 2.0 * x * t1
    a_bar = gain_bar * gain
    return x_bar, a_bar


# $ tangent2 show generated_examples/gained.py:gained --mode forward --wrt x,a --at "x=np.ones(3), a=0.2"


def jvp_scale(gain, v, gain_dot, v_dot):
    return gain * v, gain_dot * v + gain * v_dot


def jvp_gained(x, a, x_dot, a_dot):
    gain = np.exp(a)
    gain_dot = a_dot * gain
    t, t1 = jvp_scale(gain, x, gain_dot, x_dot)
    t2, t3 = jvp_scale(gain, x ** 2, gain_dot, 2.0 * x * x_dot)
    return np.sum(t * t2), np.sum(t1 * t2 + t * t3)
