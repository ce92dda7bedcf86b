"""Functions that the compiler prints exactly as they stand here: lowered, resolved and emitted they are themselves."""
# ruff: noqa
import math

import numpy as np

GAIN = 2.5


def ratio(x, y):
    a = x * y
    s = np.sin(a)
    return s / x + a


def logistic_loss(w, b, X, y):
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def value_and_grad_damped_energy(x, n):
    v_saved = []
    s = 0.0
    v = x
    for i in range(n):
        v_saved.append(v)
        s += v * v / (i + 1)
        v = np.sin(v)
    v_bar = 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    return s, v_bar


def grad_grad_damped_energy(x, n):
    v_saved = []
    v = x
    for i in range(n):
        v_saved.append(v)
        v = np.sin(v)
    saved = []
    v_bar = 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        saved.append((v, v_bar))
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    v_again = []
    v_bar_saved = []
    v_bar_bar = 1.0
    for i in range(n):
        v, v_bar = saved.pop()
        v_again.append(v)
        v_bar_saved.append(v_bar_bar * (2.0 / (i + 1) - v_bar * np.sin(v)))
        v_bar_bar = v_bar_bar * np.cos(v)
    v_bar1 = 0.0
    for i in range(n - 1, -1, -1):
        v = v_again.pop()
        v_bar1 = v_bar1 * np.cos(v) + v_bar_saved.pop()
    return v_bar1


def grad_diffuse(u0, k, tol):
    u = u0.copy()
    lap_saved = []
    while np.max(np.abs(u)) > tol:
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        lap_saved.append(lap)
        u[1:-1] += k * lap
    u_bar = 2.0 * u
    k_bar = 0.0
    while lap_saved:
        lap = lap_saved.pop()
        k_bar += np.sum(u_bar[1:-1] * lap)
        lap_bar = k * u_bar[1:-1]
        u_bar[2:] += lap_bar
        u_bar[1:-1] -= 2.0 * lap_bar
        u_bar[:-2] += lap_bar
    return u_bar, k_bar


def grad_newton_sqrt(a, n):
    saved = []
    x = a
    for i in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        saved.append((x, r))
        x = x - r / (2.0 * x)
    x_bar = 1.0
    a_bar = 0.0
    while saved:
        x, r = saved.pop()
        r_bar = -x_bar / (2.0 * x)
        x_bar += x_bar * r / (2.0 * x ** 2)
        x_bar += 2.0 * r_bar * x
        a_bar -= r_bar
    a_bar += x_bar
    return a_bar


def grad_tree_sum(x):
    todo = [x]
    v_saved = []
    for i in range(5):
        v = todo.pop()
        v_saved.append(v)
        todo.append(v * v)
        todo.append(np.sin(v))
    n = 0
    while todo:
        todo.pop()
        n += 1
    todo_bar = []
    for _ in range(n):
        todo_bar.append(1.0)
    for i in range(4, -1, -1):
        v = v_saved.pop()
        v_bar = 1.0 + todo_bar.pop() * np.cos(v)
        v_bar += todo_bar.pop() * 2.0 * v
        todo_bar.append(v_bar)
    x_bar = todo_bar.pop()
    return x_bar


def grad_overwrite(x, w):
    y = x * w
    y[0] = w[1] ** 2
    y[1:] = y[:-1]
    y_bar = x.copy()
    x_bar = y.copy()
    g = y_bar[1:].copy()
    y_bar[1:] = 0.0
    y_bar[:-1] += g
    w_bar = np.zeros_like(w)
    w_bar[1] += 2.0 * w[1] * y_bar[0]
    y_bar[0] = 0.0
    x_bar += y_bar * w
    w_bar += y_bar * x
    return x_bar, w_bar


def grad_pick(x):
    if x < 0.0:
        return 2.0 * x
    y = np.sin(x)
    return y + x * np.cos(x)


def grad_mixture(x, ws):
    terms = [np.exp(-w * x) for w in ws]
    x_bar = 0.0
    for w, t in zip(ws, terms):
        x_bar -= w * t
    return x_bar


def fib(x, n):
    a = x
    b = 1.0
    for i in range(n):
        a, b = b, a + b
    return a


def conditions(x, n):
    y = x if n > 2 else -x
    y = abs(y) if y < 0.0 else y
    if 0.0 < x and x < 2.0 and (x > 1.5 or x < 0.3):
        return x * GAIN
    if not x > 3.0:
        return math.sin(y) * math.pi
    raise ValueError(f'bad {x:.2f}')


def exits(x, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            s += x
        elif i == 3:
            s = s * 2.0
        else:
            continue
        if s > 100.0:
            return s
        s = s - 1.0
    k = 0
    while True:
        k += 1
        if k > n:
            break
        x = x + np.cos(x)
    return s * x


def containers(x):
    xs = [x, 2.0 * x, x * x]
    out = []
    for i, v in enumerate(xs):
        out.append(v * i)
    for v in reversed(xs):
        out.append(v)
    d = {'a': x, 'b': 2.0}
    z = [a * b for a, b in zip(xs, out)]
    w = [i * v for i, v in enumerate(xs)]
    return sum(out) + d['a'] + out[-1] + len(out) + sum(z) + sum(w)


def shadows_builtins(np1, t, len):
    t1 = np.sin(np1) + t
    return t1 * len


def kept_text(x):
    s = f'{x!r:>10} {"a" + str(x)} {{}}'
    print(s, end='')
    n = len(s)
    return x * n


def arrays(x, n):
    A = np.zeros((n, n))
    for i in range(n):
        A[i, :] = x * i
        A[i, i] += 1.0
        A[:, 0] *= 2.0
    b = A[1:, ::2]
    return A.T @ x + np.sum(b[..., None]) + A[-1, -1]
