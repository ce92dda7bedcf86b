"""Calls: a function that returns early, called in a loop."""


def huber(r, delta):
    if abs(r) <= delta:
        return 0.5 * r ** 2
    return delta * (abs(r) - 0.5 * delta)


def huber_loss(slope, xs, ys, delta):
    total = 0.0
    for x, y in zip(xs, ys):
        total += huber(y - slope * x, delta)
    return total


# $ tangent2 show generated_examples/huber_loss.py:huber_loss --wrt slope --at "slope=1.1, xs=[1.0, 2.0], ys=[1.5, 5.0], delta=1.0"


import numpy as np


def fwd_huber(r, delta):
    t = abs(r) <= delta
    return 0.5 * r ** 2 if t else delta * (abs(r) - 0.5 * delta), t


def bwd_huber_wrt_r(r, delta, t, y_bar):
    r_bar = r * y_bar if t else y_bar * delta * np.sign(r)
    return r_bar


def grad_huber_loss(slope, xs, ys, delta):
    saved_saved = []
    for x, y in zip(xs, ys):
        _, saved = fwd_huber(y - slope * x, delta)
        saved_saved.append(saved)
    # Backward pass
    slope_bar = 0.0
    for i in range(min(len(xs), len(ys))):
        x = xs[i]
        y = ys[i]
        saved = saved_saved[i]
        slope_bar -= bwd_huber_wrt_r(y - slope * x, delta, saved, 1.0) * x
    return slope_bar


# $ tangent2 show generated_examples/huber_loss.py:huber_loss --mode forward --wrt slope --at "slope=1.1, xs=[1.0, 2.0], ys=[1.5, 5.0], delta=1.0"


def jvp_huber(r, delta, r_dot):
    if abs(r) <= delta:
        return 0.5 * r ** 2, r * r_dot
    return delta * (abs(r) - 0.5 * delta), delta * (r_dot * np.sign(r))


def jvp_huber_loss(slope, xs, ys, delta, slope_dot):
    total = 0.0
    total_dot = 0.0
    for x, y in zip(xs, ys):
        t, t1 = jvp_huber(y - slope * x, delta, -slope_dot * x)
        total_dot += t1
        total += t
    return total, total_dot
