"""Sums: the power of a signal at one frequency."""
import numpy as np


def spectrum(signal, k):
    n = len(signal)
    re = 0.0
    im = 0.0
    for t in range(n):
        angle = 2.0 * np.pi * k * t / n
        re += signal[t] * np.cos(angle)
        im -= signal[t] * np.sin(angle)
    return re ** 2 + im ** 2


# $ tangent2 show generated_examples/spectrum.py:spectrum --wrt signal --at "signal=np.array([1.0, 2.0, 0.5, -1.0]), k=1"


def grad_spectrum(signal, k):
    n = len(signal)
    saved = []
    re = 0.0
    im = 0.0
    for t in range(n):
        angle = 2.0 * np.pi * k * t / n
        t1 = np.cos(angle)
        re += signal[t] * t1
        t2 = np.sin(angle)
        saved.append((t1, t2))
        im -= signal[t] * t2
    # Backward pass
    im_bar = 2.0 * im
    re_bar = 2.0 * re
    signal_bar = np.zeros_like(signal)
    for t in range(n - 1, -1, -1):
        t3, t4 = saved.pop()
        signal_bar[t] = re_bar * t3 - im_bar * t4
    return signal_bar


# $ tangent2 show generated_examples/spectrum.py:spectrum --mode forward --wrt signal --at "signal=np.array([1.0, 2.0, 0.5, -1.0]), k=1"


def jvp_spectrum(signal, k, signal_dot):
    n = len(signal)
    re = 0.0
    im = 0.0
    re_dot = 0.0
    im_dot = 0.0
    for t in range(n):
        angle = 2.0 * np.pi * k * t / n
        t1 = np.cos(angle)
        re_dot += signal_dot[t] * t1
        re += signal[t] * t1
        t2 = np.sin(angle)
        im_dot -= signal_dot[t] * t2
        im -= signal[t] * t2
    return re ** 2 + im ** 2, 2.0 * re * re_dot + 2.0 * im * im_dot
