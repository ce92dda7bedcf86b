"""Learning: a network whose parameters are a list of pairs (W, b)."""
import numpy as np


def deep_mlp(params, x, y):
    h = x
    for W, b in params:
        h = np.tanh(h @ W + b)
    return np.mean((h - y) ** 2)


# $ tangent2 show generated_examples/deep_mlp.py:deep_mlp --value --wrt params --at "params=[(np.eye(2, 3), np.ones(3)), (np.eye(3, 2), np.zeros(2))], x=np.eye(4, 2), y=np.ones((4, 2))"


def value_and_grad_deep_mlp(params, x, y):
    t = len(params)
    saved = []
    h = x
    for W, b in params:
        h1 = np.tanh(h @ W + b)
        saved.append((h, W, h1))
        h = h1
    t1 = h - y
    # Backward pass
    h_bar = 2.0 * t1 / y.size         # Grad of: np.mean((h - y) ** 2)
    params_bar = [None] * t
    for i in range(t - 1, -1, -1):
        h, W, h1 = saved.pop()
        t2 = h_bar * (1.0 - h1 ** 2)  # Grad of: h = np.tanh(h @ W + b)
        b_bar = np.sum(t2, axis=0)
        W_bar = h.T @ t2
        params_bar[i] = W_bar, b_bar
        if i > 0:
            h_bar = t2 @ W.T
    return np.mean(t1 ** 2), params_bar


# $ tangent2 show generated_examples/deep_mlp.py:deep_mlp --mode forward --wrt params --at "params=[(np.eye(2, 3), np.ones(3)), (np.eye(3, 2), np.zeros(2))], x=np.eye(4, 2), y=np.ones((4, 2))"


def jvp_deep_mlp(params, x, y, params_dot):
    h = x
    h_dot = np.zeros_like(x)
    for i in range(len(params)):
        W_dot, b_dot = params_dot[i]
        W, b = params[i]
        t = h_dot @ W + h @ W_dot + b_dot
        h = np.tanh(h @ W + b)
        h_dot = t * (1.0 - h ** 2)
    t1 = h - y
    return np.mean(t1 ** 2), np.mean(2.0 * t1 * h_dot)
