"""Learning: matrix products, broadcasting and a mean."""
import numpy as np


def logistic_loss(w, b, X, y):
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


# $ tangent2 show generated_examples/logistic_loss.py:logistic_loss --wrt w,b --at "w=np.ones(2), b=0.1, X=np.eye(3, 2), y=np.ones(3)"


def grad_logistic_loss(w, b, X, y):
    z = X @ w + b
    t = np.exp(-z)
    p = 1.0 / (1.0 + t)
    # Backward pass
    t1 = -1.0 / y.size
    p_bar = t1 * y / p - t1 * (1.0 - y) / (1.0 - p)
    z_bar = p_bar * p ** 2 * t
    b_bar = np.sum(z_bar)
    w_bar = X.T @ z_bar
    return w_bar, b_bar


# $ tangent2 show generated_examples/logistic_loss.py:logistic_loss --mode forward --wrt w,b --at "w=np.ones(2), b=0.1, X=np.eye(3, 2), y=np.ones(3)"


def jvp_logistic_loss(w, b, X, y, w_dot, b_dot):
    z_dot = X @ w_dot + b_dot
    z = X @ w + b
    t = np.exp(-z)
    t1 = 1.0 + t
    p = 1.0 / t1
    p_dot = p * (z_dot * t) / t1
    t2 = 1.0 - y
    t3 = 1.0 - p
    t4 = -np.mean(y * np.log(p) + t2 * np.log(t3))
    return t4, -np.mean(y * (p_dot / p) - t2 * (p_dot / t3))


# $ tangent2 show generated_examples/logistic_loss.py:logistic_loss --mode reverse,forward --wrt w,b --at "w=np.ones(2), b=0.1, X=np.eye(3, 2), y=np.ones(3)"


def jvp_grad_logistic_loss(w, b, X, y, w_dot, b_dot):
    z_dot = X @ w_dot + b_dot
    z = X @ w + b
    t = np.exp(-z)
    t1 = z_dot * t
    t2 = 1.0 + t
    p = 1.0 / t2
    p_dot = p * t1 / t2
    t3 = 1.0 - p
    # Backward pass
    t4 = -1.0 / y.size  # Grad of: -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))
    t5 = t4 * (1.0 - y) / t3
    t6 = t4 * y / p
    p_bar_dot = -t6 * p_dot / p - t5 * p_dot / t3
    p_bar = t6 - t5
    t7 = p ** 2         # Grad of: p = 1.0 / (1.0 + np.exp(-z))
    t8 = p_bar * t7
    z_bar_dot = (p_bar_dot * t7 + 2.0 * p_bar * (p * p_dot)) * t - t8 * t1
    z_bar = t8 * t
    b_bar_dot = np.sum(z_bar_dot)  # Grad of: z = X @ w + b
    b_bar = np.sum(z_bar)
    w_bar_dot = X.T @ z_bar_dot
    w_bar = X.T @ z_bar
    return (w_bar, b_bar), (w_bar_dot, b_bar_dot)
