"""S6: a closure that reads what it captures."""
import numpy as np


def gained(x, a):
    gain = np.exp(a)

    def scale(v):
        return gain * v

    return np.sum(scale(x) * scale(x ** 2))


# $ tangent2 show generated_examples/s6_gained.py:gained --wrt x,a --at "x=np.ones(3), a=0.2"


def scale(gain, v):
    return gain * v


def bwd_scale(gain, v, y_bar):
    v_bar = y_bar * gain
    gain_bar = np.sum(y_bar * v)
    return gain_bar, v_bar


def grad_gained(x, a):
    gain = np.exp(a)
    t = scale(gain, x)
    t1 = x ** 2
    t2 = scale(gain, t1)
    # Backward pass
    gain_bar, t3 = bwd_scale(gain, t1, t)
    t4 = 2.0 * x * t3
    gain_bar1, x_bar = bwd_scale(gain, x, t2)
    gain_bar += gain_bar1
    x_bar += t4
    a_bar = gain_bar * gain
    return x_bar, a_bar
