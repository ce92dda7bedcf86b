"""Basics: a loop that overwrites a variable; first and second derivatives."""
import numpy as np


def damped_energy(x, n):
    s = 0.0
    v = x
    for i in range(n):
        s += v * v / (i + 1)
        v = np.sin(v)
    return s


# $ tangent2 show generated_examples/damped_energy.py:damped_energy --at "x=1.1, n=7"


def grad_damped_energy(x, n):
    v_saved = []
    v = x
    for i in range(n):
        v_saved.append(v)
        v = np.sin(v)
    # Backward pass
    v_bar = 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    return v_bar


# $ tangent2 show generated_examples/damped_energy.py:damped_energy --value --at "x=1.1, n=7"


def value_and_grad_damped_energy(x, n):
    v_saved = []
    s = 0.0
    v = x
    for i in range(n):
        v_saved.append(v)
        s += v * v / (i + 1)
        v = np.sin(v)
    # Backward pass
    v_bar = 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    return s, v_bar


# $ tangent2 show generated_examples/damped_energy.py:damped_energy --mode forward --at "x=1.1, n=7"


def jvp_damped_energy(x, n, x_dot):
    s = 0.0
    v = x
    s_dot = 0.0
    v_dot = x_dot
    for i in range(n):
        t = i + 1
        s_dot += 2.0 * v_dot * v / t
        s += v * v / t
        v_dot *= np.cos(v)
        v = np.sin(v)
    return s, s_dot


# $ tangent2 show generated_examples/damped_energy.py:damped_energy --mode reverse,forward --at "x=1.1, n=7"


def jvp_grad_damped_energy(x, n, x_dot):
    saved = []
    v = x
    v_dot = x_dot
    for i in range(n):
        saved.append((v_dot, v))
        v_dot *= np.cos(v)
        v = np.sin(v)
    # Backward pass
    v_bar = 0.0
    v_bar_dot = 0.0
    for i in range(n - 1, -1, -1):
        v_dot, v = saved.pop()
        t = i + 1
        t1 = np.cos(v)
        v_bar_dot = v_bar_dot * t1 - v_bar * (v_dot * np.sin(v)) + 2.0 * v_dot / t
        v_bar = v_bar * t1 + 2.0 * v / t
    return v_bar, v_bar_dot


# $ tangent2 show generated_examples/damped_energy.py:damped_energy --order 2 --at "x=1.1, n=7"


def grad_grad_damped_energy(x, n):
    v_saved = []
    v_saved1 = []
    v = x
    for i in range(n):
        v_saved1.append(v)
        v_saved.append(v)
        v = np.sin(v)
    saved = []
    v_bar = 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        t = np.cos(v)
        saved.append((v_bar, v, t))
        v_bar = v_bar * t + 2.0 * v / (i + 1)
    # Backward pass
    v_saved_bar = []
    v_bar_bar = 1.0
    for i in range(n):
        v_bar, v, t1 = saved.pop()
        v_bar = 2.0 * v_bar_bar / (i + 1) - v_bar_bar * v_bar * np.sin(v)
        v_saved_bar.append(v_bar)
        v_bar_bar = v_bar_bar * t1
    v_bar = 0.0
    while v_saved1:
        v = v_saved1.pop()
        t2 = v_bar * np.cos(v)
        v_bar = v_saved_bar.pop()
        v_bar += t2
    return v_bar
