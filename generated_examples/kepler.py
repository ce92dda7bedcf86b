"""Solving: Newton's method for Kepler's equation, a loop without end left by break."""
import numpy as np


def kepler(mean, ecc):
    E = mean
    while True:
        step = (E - ecc * np.sin(E) - mean) / (1.0 - ecc * np.cos(E))
        E = E - step
        if abs(step) < 1e-12:
            break
    return E


# $ tangent2 show generated_examples/kepler.py:kepler --wrt mean,ecc --at "mean=1.0, ecc=0.3"


def grad_kepler(mean, ecc):
    saved = []
    E = mean
    while True:
        t = np.sin(E)
        t1 = np.cos(E)
        saved.append((E, t, t1))
        step = (E - ecc * t - mean) / (1.0 - ecc * t1)
        E = E - step
        if abs(step) < 1e-12:
            break
    # Backward pass
    E_bar = 1.0
    ecc_bar = 0.0
    mean_bar = 0.0
    while saved:
        E, t2, t3 = saved.pop()
        t4 = 1.0 - ecc * t3
        t5 = E_bar * (E - ecc * t2 - mean) / t4 ** 2
        t6 = E_bar / t4
        E_bar = E_bar + t5 * ecc * np.sin(E) - t6 + t6 * ecc * np.cos(E)
        ecc_bar = ecc_bar - t5 * t3 + t6 * t2
        mean_bar += t6
    mean_bar += E_bar
    return mean_bar, ecc_bar


# $ tangent2 show generated_examples/kepler.py:kepler --mode forward --wrt mean,ecc --at "mean=1.0, ecc=0.3"


def jvp_kepler(mean, ecc, mean_dot, ecc_dot):
    E = mean
    E_dot = mean_dot
    while True:
        t = np.sin(E)
        t1 = E_dot - (ecc_dot * t + ecc * (E_dot * np.cos(E))) - mean_dot
        t2 = np.cos(E)
        t3 = 1.0 - ecc * t2
        step = (E - ecc * t - mean) / t3
        step_dot = (t1 + step * (ecc_dot * t2 - ecc * (E_dot * t))) / t3
        E_dot -= step_dot
        E = E - step
        if abs(step) < 1e-12:
            break
    return E, E_dot
