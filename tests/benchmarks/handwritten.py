"""Derivatives written by hand with care: what emitted text is measured against, in length and in time."""
# ruff: noqa: B007
from dataclasses import dataclass

import numpy as np


def grad_ratio(x, y):
    a = x * y
    s = np.sin(a)
    # Backward pass
    s_bar = 1.0 / x
    a_bar = 1.0 + s_bar * np.cos(a)
    x_bar = a_bar * y - s / x ** 2
    y_bar = a_bar * x
    return x_bar, y_bar


def grad_logistic_loss(w, b, X, y):
    z = X @ w + b
    e = np.exp(-z)
    p = 1.0 / (1.0 + e)
    # Backward pass
    mean_bar = -1.0 / p.size                                  # Grad of: -np.mean(...)
    p_bar = mean_bar * y / p - mean_bar * (1.0 - y) / (1.0 - p)
    z_bar = p_bar * p ** 2 * e                                # Grad of: p = 1.0 / (1.0 + np.exp(-z))
    w_bar = X.T @ z_bar                                       # Grad of: z = X @ w + b
    b_bar = np.sum(z_bar)
    return w_bar, b_bar


def grad_damped_energy(x, n):
    v = x
    v_saved = []
    for i in range(n):
        v_saved.append(v)
        v = np.sin(v)
    # Backward pass
    v_bar = 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    return v_bar


def value_and_grad_damped_energy(x, n):
    s = 0.0
    v = x
    v_saved = []
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


def hvp_damped_energy(x, n, x_dot):
    v, v_dot = x, x_dot
    v_saved, v_dot_saved = [], []
    for i in range(n):
        v_saved.append(v)
        v_dot_saved.append(v_dot)
        v_dot = v_dot * np.cos(v)
        v = np.sin(v)
    # Backward pass (primal adjoint and its tangent)
    v_bar, v_bar_dot = 0.0, 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        v_dot = v_dot_saved.pop()
        v_bar_dot = v_bar_dot * np.cos(v) - v_bar * np.sin(v) * v_dot + 2.0 * v_dot / (i + 1)
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    return v_bar, v_bar_dot


def grad_grad_damped_energy(x, n):
    v = x
    v_saved = []
    for i in range(n):
        v_saved.append(v)
        v = np.sin(v)
    v_bar = 0.0
    saved = []
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        saved.append((v, v_bar))
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    # Backward pass
    v_bar_bar = 1.0
    v_again = []
    v_bar_saved = []                                   # adjoint of v_saved
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


def layer(W, b, x):
    return np.tanh(W @ x + b)


def bwd_layer(W, x, y, y_bar):
    z_bar = y_bar * (1.0 - y ** 2)
    W_bar = np.outer(z_bar, x)
    x_bar = W.T @ z_bar
    return W_bar, z_bar, x_bar


def bwd_layer_wrt_W_b(x, y, y_bar):
    z_bar = y_bar * (1.0 - y ** 2)
    W_bar = np.outer(z_bar, x)
    return W_bar, z_bar


def grad_mlp_loss(W1, b1, W2, b2, x, t):
    h = layer(W1, b1, x)
    o = layer(W2, b2, h)
    # Backward pass
    o_bar = 2.0 * (o - t)
    W2_bar, b2_bar, h_bar = bwd_layer(W2, h, o, o_bar)
    W1_bar, b1_bar = bwd_layer_wrt_W_b(x, h, h_bar)
    return W1_bar, b1_bar, W2_bar, b2_bar


def fwd_settle(x, n):
    x_saved = []
    for _ in range(n):
        x_saved.append(x)
        x = 0.5 * (x + np.cos(x))
    return x, x_saved


def bwd_settle(x_saved, x_bar):
    # pops in place; the pullback that vjp hands to the user reads instead: for x in reversed(x_saved)
    while x_saved:
        x = x_saved.pop()
        x_bar = 0.5 * x_bar * (1.0 - np.sin(x))
    return x_bar


def grad_two_scales(a, n):
    p, p_saved = fwd_settle(a, n)
    q, q_saved = fwd_settle(3.0 * a, 2 * n)
    # Backward pass
    a_bar = 3.0 * bwd_settle(q_saved, p)
    a_bar += bwd_settle(p_saved, q)
    return a_bar


def fwd_rpow(x, n):
    if n == 0:
        return 1.0, None
    h, h_saved = fwd_rpow(x, n // 2)
    if n % 2:
        return x * h * h, (h, h_saved)
    return h * h, (h, h_saved)


def bwd_rpow(x, n, saved, y_bar):
    if n == 0:
        return 0.0
    h, h_saved = saved
    if n % 2:
        h_bar = 2.0 * y_bar * x * h
        return y_bar * h * h + bwd_rpow(x, n // 2, h_saved, h_bar)
    h_bar = 2.0 * y_bar * h
    return bwd_rpow(x, n // 2, h_saved, h_bar)


def grad_rpow(x, n):
    y, saved = fwd_rpow(x, n)
    return bwd_rpow(x, n, saved, 1.0)


def grad_gained(x, a):
    gain = np.exp(a)

    def scale(v):
        return gain * v

    v = x ** 2
    p = scale(x)
    q = scale(v)

    # Backward pass
    def bwd_scale(v, y_bar):
        return np.sum(y_bar * v), y_bar * gain        # adjoints of (gain, v)

    gain_bar, v_bar = bwd_scale(v, p)
    gain_bar1, x_bar = bwd_scale(x, q)
    gain_bar += gain_bar1
    x_bar += 2.0 * x * v_bar
    a_bar = gain_bar * gain
    return x_bar, a_bar


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
    # Backward pass
    todo_bar = []
    for _ in range(n):
        todo_bar.append(1.0)                       # Grad of: s += todo.pop()
    for i in range(4, -1, -1):
        v = v_saved.pop()
        v_bar = 1.0                                # Grad of: s += v
        v_bar += todo_bar.pop() * np.cos(v)           # Grad of: todo.append(np.sin(v))
        v_bar += todo_bar.pop() * 2.0 * v             # Grad of: todo.append(v * v)
        todo_bar.append(v_bar)                        # Grad of: v = todo.pop()
    x_bar = todo_bar.pop()                            # Grad of: todo = [x]
    return x_bar


def grad_pick(x):
    if x < 0.0:
        return 2.0 * x
    y = np.sin(x)
    return y + x * np.cos(x)


def grad_newton_sqrt(a, n):
    x = a
    saved = []
    for i in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        saved.append((x, r))
        x = x - r / (2.0 * x)
    # Backward pass
    x_bar = 1.0
    a_bar = 0.0
    while saved:
        x, r = saved.pop()
        r_bar = -x_bar / (2.0 * x)                # Grad of: x = x - r / (2.0 * x)
        x_bar += x_bar * r / (2.0 * x ** 2)
        x_bar += 2.0 * r_bar * x                  # Grad of: r = x * x - a
        a_bar -= r_bar
    a_bar += x_bar                                # Grad of: x = a
    return a_bar


def grad_mixture(x, ws):
    terms = [np.exp(-w * x) for w in ws]
    # Backward pass
    x_bar = 0.0
    for w, t in zip(ws, terms):
        x_bar -= w * t
    return x_bar


def grad_diffuse(u0, k, tol):
    u = u0.copy()
    lap_saved = []
    while np.max(np.abs(u)) > tol:
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        lap_saved.append(lap)
        u[1:-1] += k * lap
    # Backward pass
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


def jvp_diffuse(u0, k, tol, u0_dot, k_dot):
    u = u0.copy()
    u_dot = u0_dot.copy()
    while np.max(np.abs(u)) > tol:
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        lap_dot = u_dot[2:] - 2.0 * u_dot[1:-1] + u_dot[:-2]
        u[1:-1] += k * lap
        u_dot[1:-1] += k_dot * lap + k * lap_dot
    return np.sum(u ** 2), np.sum(2.0 * u * u_dot)


def grad_poke(x):
    x = x.copy()            # poke() writes to its argument
    y = x[1:]
    y[0] *= 3.0
    # Backward pass
    x_bar = 2.0 * x
    y_bar = x_bar[1:]             # y is a view of x, so y_bar is the same view of x_bar
    y_bar[0] *= 3.0
    return x_bar


def grad_step(u, k):
    u = u.copy()            # step() writes to its argument
    d = u[2:] - u[:-2]
    m = u[1:-1].copy()      # u[1:-1] is overwritten below but needed in the backward pass
    u[1:-1] += k * d * m
    # Backward pass
    u_bar = 3.0 * u ** 2
    g = u_bar[1:-1].copy()     # adjoint of the increment; u_bar[1:-1] itself is updated below
    k_bar = np.sum(g * d * m)
    d_bar = g * k * m
    u_bar[1:-1] += g * k * d
    u_bar[2:] += d_bar
    u_bar[:-2] -= d_bar
    return u_bar, k_bar


def grad_addin_array(a, b):
    a = a.copy()            # addin() writes to its argument
    a += b
    # Backward pass
    a_bar = 3.0 * a ** 2
    b_bar = a_bar.copy()          # never hand out two names for one gradient buffer
    return a_bar, b_bar


def grad_addin_array_scalar(a, b):      # specialisation: a 1-d, b 0-d
    a = a.copy()            # addin() writes to its argument
    a += b
    # Backward pass
    a_bar = 3.0 * a ** 2
    b_bar = np.sum(a_bar)
    return a_bar, b_bar


def grad_addin_float(a, b):
    a = a + b
    # Backward pass
    a_bar = 3.0 * a ** 2
    return a_bar, a_bar


def grad_overwrite(x, w):
    y = x * w
    y[0] = w[1] ** 2
    y[1:] = y[:-1]
    # Backward pass
    y_bar = x.copy()                   # Grad of: np.sum(y * x)
    x_bar = y.copy()
    g = y_bar[1:].copy()               # Grad of: y[1:] = y[:-1]
    y_bar[1:] = 0.0
    y_bar[:-1] += g
    w_bar = np.zeros_like(w)           # Grad of: y[0] = w[1] ** 2
    w_bar[1] += 2.0 * w[1] * y_bar[0]
    y_bar[0] = 0.0
    x_bar += y_bar * w                    # Grad of: y = x * w
    w_bar += y_bar * x
    return x_bar, w_bar


def grad_which(a, b, flag):
    a = a.copy()            # which() writes to its arguments
    b = b.copy()
    a_bar = np.zeros_like(a)
    b_bar = np.zeros_like(b)
    y, y_bar = (a, a_bar) if flag else (b, b_bar)
    y0 = y[0]
    y[0] = y0 * y[1]
    # Backward pass
    a_bar += b
    b_bar += a
    g = y_bar[0]
    y_bar[0] = g * y[1]
    y_bar[1] += g * y0
    return a_bar, b_bar


def grad_guarded(x, table, key):
    handler = 0
    try:
        y = x * table[key]
    except KeyError:
        handler = 1
        y = x * x
    # Backward pass
    y_bar = np.cos(y)
    if handler == 0:
        x_bar = y_bar * table[key]
    else:
        x_bar = 2.0 * y_bar * x
    return x_bar


@dataclass
class Body:
    pos: np.ndarray
    vel: np.ndarray
    mass: float

    def kick(self, force, dt):
        self.vel += force / self.mass * dt

    def drift(self, dt):
        self.pos += self.vel * dt


def grad_shot(body, force, dt, n):
    body = Body(body.pos.copy(), body.vel, body.mass)   # shot() writes to body.pos, body.vel
    body.vel = body.vel.copy()
    for _ in range(n):
        body.kick(force, dt)
        body.drift(dt)
    # Backward pass
    body_bar = Body(2.0 * body.pos, np.zeros_like(body.vel), 0.0)
    force_bar = np.zeros_like(force)
    for _ in range(n):
        body_bar.vel += body_bar.pos * dt                     # Grad of: self.pos += self.vel * dt
        force_bar += body_bar.vel / body.mass * dt            # Grad of: self.vel += force / self.mass * dt
        body_bar.mass -= np.sum(body_bar.vel * force) * dt / body.mass ** 2
    return body_bar, force_bar
