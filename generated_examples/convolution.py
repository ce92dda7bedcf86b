"""Sums: a convolution by loops over indices; nothing needs to be kept."""
import numpy as np


def convolution(kernel, signal):
    n, m = len(signal), len(kernel)
    out = np.zeros(n - m + 1)
    for i in range(n - m + 1):
        for j in range(m):
            out[i] += kernel[j] * signal[i + j]
    return np.sum(out ** 2)


# $ tangent2 show generated_examples/convolution.py:convolution --wrt kernel,signal --at "kernel=np.array([1.0, 2.0]), signal=np.array([1.0, 2.0, 0.5, -1.0])"


def grad_convolution(kernel, signal):
    n = len(signal)
    m = len(kernel)
    out = np.zeros(n - m + 1)
    t = n - m
    for i in range(t + 1):
        for j in range(m):
            out[i] += kernel[j] * signal[i + j]
    # Backward pass
    out_bar = 2.0 * out
    signal_bar = np.zeros_like(signal)
    kernel_bar = np.zeros_like(kernel)
    for i in range(t + 1):
        for j in range(m):
            t1 = i + j
            t2 = out_bar[i]
            signal_bar[t1] += t2 * kernel[j]
            kernel_bar[j] += t2 * signal[t1]
    return kernel_bar, signal_bar


# $ tangent2 show generated_examples/convolution.py:convolution --mode forward --wrt kernel,signal --at "kernel=np.array([1.0, 2.0]), signal=np.array([1.0, 2.0, 0.5, -1.0])"


def jvp_convolution(kernel, signal, kernel_dot, signal_dot):
    n = len(signal)
    m = len(kernel)
    out = np.zeros(n - m + 1)
    out_dot = np.zeros_like(out)
    for i in range(n - m + 1):
        for j in range(m):
            t = kernel[j]
            t1 = i + j
            t2 = signal[t1]
            out_dot[i] += kernel_dot[j] * t2 + t * signal_dot[t1]
            out[i] += t * t2
    return np.sum(out ** 2), 2.0 * np.sum(out * out_dot)
