"""Calls: a call whose pullback needs only its arguments and its result."""
import numpy as np


def layer(W, b, x):
    return np.tanh(W @ x + b)


def mlp_loss(W1, b1, W2, b2, x, t):
    h = layer(W1, b1, x)
    o = layer(W2, b2, h)
    return np.sum((o - t) ** 2)


# $ tangent2 show generated_examples/mlp_loss.py:mlp_loss --wrt W1,b1,W2,b2 --at "W1=np.ones((3, 2)), b1=np.ones(3), W2=np.ones((2, 3)), b2=np.ones(2), x=np.ones(2), t=np.ones(2)"


def bwd_layer(W, x, y, y_bar):
    b_bar = y_bar * (1.0 - y ** 2)
    W_bar = np.outer(b_bar, x)
    x_bar = W.T @ b_bar
    return W_bar, b_bar, x_bar


def bwd_layer_wrt_W_b(x, y, y_bar):
    b_bar = y_bar * (1.0 - y ** 2)
    W_bar = np.outer(b_bar, x)
    return W_bar, b_bar


def grad_mlp_loss(W1, b1, W2, b2, x, t):
    h = layer(W1, b1, x)
    o = layer(W2, b2, h)
    # Backward pass
    o_bar = 2.0 * (o - t)
    W2_bar, b2_bar, h_bar = bwd_layer(W2, h, o, o_bar)
    W1_bar, b1_bar = bwd_layer_wrt_W_b(x, h, h_bar)
    return W1_bar, b1_bar, W2_bar, b2_bar


# $ tangent2 show generated_examples/mlp_loss.py:mlp_loss --mode forward --wrt W1,b1,W2,b2 --at "W1=np.ones((3, 2)), b1=np.ones(3), W2=np.ones((2, 3)), b2=np.ones(2), x=np.ones(2), t=np.ones(2)"


def jvp_layer(W, b, x, W_dot, b_dot):
    t = np.tanh(W @ x + b)
    return t, (W_dot @ x + b_dot) * (1.0 - t ** 2)


def jvp_layer1(W, b, x, W_dot, b_dot, x_dot):
    t = np.tanh(W @ x + b)
    return t, (W_dot @ x + W @ x_dot + b_dot) * (1.0 - t ** 2)


def jvp_mlp_loss(W1, b1, W2, b2, x, t, W1_dot, b1_dot, W2_dot, b2_dot):
    h, h_dot = jvp_layer(W1, b1, x, W1_dot, b1_dot)
    o, o_dot = jvp_layer1(W2, b2, h, W2_dot, b2_dot, h_dot)
    t1 = o - t
    return np.sum(t1 ** 2), 2.0 * np.sum(t1 * o_dot)
