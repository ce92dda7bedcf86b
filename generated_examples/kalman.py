"""Statistics: the logarithm of the likelihood of a Kalman filter."""
import numpy as np


def kalman(q, r, zs):
    x, P = 0.0, 1.0
    loglik = 0.0
    for z in zs:
        P = P + q
        innovation = z - x
        S = P + r
        loglik -= 0.5 * (np.log(S) + innovation ** 2 / S)
        gain = P / S
        x = x + gain * innovation
        P = (1.0 - gain) * P
    return loglik


# $ tangent2 show generated_examples/kalman.py:kalman --wrt q,r --at "q=0.1, r=0.5, zs=[0.1, 0.5, 0.3, 0.9]"


def grad_kalman(q, r, zs):
    saved = []
    P = 1.0
    x = 0.0
    for z in zs:
        P = P + q
        innovation = z - x
        S = P + r
        gain = P / S
        saved.append((P, innovation, S, gain))
        x = x + gain * innovation
        P = (1.0 - gain) * P
    # Backward pass
    P_bar = 0.0
    x_bar = 0.0
    r_bar = 0.0
    q_bar = 0.0
    while saved:
        P, innovation, S, gain = saved.pop()
        gain_bar = x_bar * innovation - P_bar * P   # Grad of: x = x + gain * innovation
        innovation_bar = x_bar * gain - innovation / S
        S_bar = 0.5 * innovation ** 2 / S ** 2 - gain_bar * P / S ** 2 - 0.5 / S
        P_bar = P_bar * (1.0 - gain) + gain_bar / S + S_bar  # Grad of: S = P + r
        x_bar -= innovation_bar                     # Grad of: innovation = z - x
        r_bar += S_bar                              # Grad of: S = P + r
        q_bar += P_bar                              # Grad of: P = P + q
    return q_bar, r_bar


# $ tangent2 show generated_examples/kalman.py:kalman --mode forward --wrt q,r --at "q=0.1, r=0.5, zs=[0.1, 0.5, 0.3, 0.9]"


def jvp_kalman(q, r, zs, q_dot, r_dot):
    P = 1.0
    loglik = 0.0
    x = 0.0
    P_dot = 0.0
    loglik_dot = 0.0
    x_dot = 0.0
    for z in zs:
        P_dot += q_dot
        P = P + q
        innovation = z - x
        S_dot = P_dot + r_dot
        S = P + r
        t = innovation ** 2 / S
        t1 = 0.5 * (S_dot / S + (-2.0 * innovation * x_dot - t * S_dot) / S)
        loglik_dot -= t1
        loglik -= 0.5 * (np.log(S) + t)
        gain = P / S
        gain_dot = (P_dot - gain * S_dot) / S
        x_dot += gain_dot * innovation - gain * x_dot
        x = x + gain * innovation
        t2 = 1.0 - gain
        P_dot = t2 * P_dot - gain_dot * P
        P = t2 * P
    return loglik, loglik_dot
