"""Tables: a soft alignment of two series, in an array filled in place."""
import numpy as np


def soft_dtw(x, y, gamma):
    n, m = len(x), len(y)
    D = np.zeros((n + 1, m + 1))
    D[0, 1:] = 1e6
    D[1:, 0] = 1e6
    for i in range(n):
        for j in range(m):
            a, b, c = D[i, j], D[i, j + 1], D[i + 1, j]
            low = min(a, b, c)
            ways = np.exp((low - a) / gamma) + np.exp((low - b) / gamma) + np.exp((low - c) / gamma)
            D[i + 1, j + 1] = (x[i] - y[j]) ** 2 + low - gamma * np.log(ways)
    return D[n, m]


# $ tangent2 show generated_examples/soft_dtw.py:soft_dtw --at "x=np.array([0.1, 0.4, 0.3]), y=np.array([0.2, 0.5]), gamma=0.1"


def grad_soft_dtw(x, y, gamma):
    n = len(x)
    m = len(y)
    D = np.zeros((n + 1, m + 1))
    D[0, 1:] = 1000000.0
    D[1:, 0] = 1000000.0
    saved_saved = []
    for i in range(n):
        saved = []
        for j in range(m):
            a = D[i, j]
            b = D[i, j + 1]
            c = D[i + 1, j]
            low = min(a, b, c)
            t = np.exp((low - a) / gamma)
            t1 = np.exp((low - b) / gamma)
            t2 = np.exp((low - c) / gamma)
            ways = t + t1 + t2
            saved.append((t, t1, t2, ways))
            D[i + 1, j + 1] = (x[i] - y[j]) ** 2 + low - gamma * np.log(ways)
        saved_saved.append(saved)
    # Backward pass
    D_bar = np.zeros_like(D)     # Grad of: D[n, m]
    D_bar[n, m] = 1.0
    x_bar = np.zeros_like(x)
    for i in range(n - 1, -1, -1):
        saved = saved_saved.pop()
        for j in range(m - 1, -1, -1):
            t3, t4, t5, ways = saved.pop()
            a = D[i, j]
            t6 = j + 1
            b = D[i, t6]
            t7 = i + 1
            c = D[t7, j]
            t8 = D_bar[t7, t6]
            D_bar[t7, t6] = 0.0
            t9 = t8 * gamma / ways
            x_bar[i] += 2.0 * (x[i] - y[j]) * t8
            t10 = t9 * t5 / gamma
            t11 = t9 * t4 / gamma
            t12 = t9 * t3 / gamma
            low_bar = t8 - t10 - t11 - t12
            t13 = c < min(a, b)  # Grad of: low = min(a, b, c)
            t14 = low_bar * (not t13)
            t15 = b < a
            c_bar = t10 + low_bar * t13
            b_bar = t11 + t14 * t15
            a_bar = t12 + t14 * (not t15)
            D_bar[t7, j] += c_bar
            D_bar[i, t6] += b_bar
            D_bar[i, j] += a_bar
    return x_bar


# $ tangent2 show generated_examples/soft_dtw.py:soft_dtw --mode forward --wrt x --at "x=np.array([0.1, 0.4, 0.3]), y=np.array([0.2, 0.5]), gamma=0.1"


def jvp_soft_dtw(x, y, gamma, x_dot):
    n = len(x)
    m = len(y)
    D = np.zeros((n + 1, m + 1))
    D[0, 1:] = 1000000.0
    D[1:, 0] = 1000000.0
    D_dot = np.zeros_like(D)
    for i in range(n):
        for j in range(m):
            a_dot = D_dot[i, j]
            a = D[i, j]
            t = j + 1
            b_dot = D_dot[i, t]
            b = D[i, t]
            t1 = i + 1
            c_dot = D_dot[t1, j]
            c = D[t1, j]
            t2 = b < a
            t3 = c < min(a, b)
            low_dot = (a_dot * (not t2) + b_dot * t2) * (not t3) + c_dot * t3
            low = min(a, b, c)
            t4 = np.exp((low - a) / gamma)
            t5 = np.exp((low - b) / gamma)
            t6 = (low_dot - a_dot) / gamma * t4 + (low_dot - b_dot) / gamma * t5
            t7 = np.exp((low - c) / gamma)
            ways_dot = t6 + (low_dot - c_dot) / gamma * t7
            ways = t4 + t5 + t7
            t8 = x[i] - y[j]
            t9 = i + 1
            t10 = j + 1
            D_dot[t9, t10] = 2.0 * t8 * x_dot[i] + low_dot - gamma * (ways_dot / ways)
            D[t9, t10] = t8 ** 2 + low - gamma * np.log(ways)
    return D[n, m], D_dot[n, m]
