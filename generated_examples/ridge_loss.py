"""Learning: a dict of parameters, and a rectifier."""
import numpy as np


def ridge_loss(params, X, y):
    hidden = np.maximum(X @ params["W"] + params["b"], 0.0)
    return np.mean((hidden @ params["out"] - y) ** 2) + 0.01 * np.sum(params["W"] ** 2)


# $ tangent2 show generated_examples/ridge_loss.py:ridge_loss --wrt params --at "params={'W': np.eye(3, 2), 'b': np.array([0.1, 0.2]), 'out': np.array([1.0, -0.5])}, X=np.arange(12.0).reshape(4, 3) / 7.0, y=np.ones(4)"


def grad_ridge_loss(params, X, y):
    t = X @ params['W'] + params['b']
    hidden = np.maximum(t, 0.0)
    # Backward pass
    t1 = 2.0 * (hidden @ params['out'] - y) / y.size
    hidden_bar = np.outer(t1, params['out'])
    t2 = hidden_bar * ((t > 0.0) + 0.5 * (t == 0.0))
    params_bar = {'W': 0.02 * params['W'] + X.T @ t2, 'b': np.sum(t2, axis=0), 'out': hidden.T @ t1}
    return params_bar


# $ tangent2 show generated_examples/ridge_loss.py:ridge_loss --mode forward --wrt params --at "params={'W': np.eye(3, 2), 'b': np.array([0.1, 0.2]), 'out': np.array([1.0, -0.5])}, X=np.arange(12.0).reshape(4, 3) / 7.0, y=np.ones(4)"


def jvp_ridge_loss(params, X, y, params_dot):
    t = X @ params['W'] + params['b']
    t1 = (X @ params_dot['W'] + params_dot['b']) * ((t > 0.0) + 0.5 * (t == 0.0))
    hidden = np.maximum(t, 0.0)
    t2 = hidden @ params['out'] - y
    t3 = np.mean(2.0 * t2 * (t1 @ params['out'] + hidden @ params_dot['out']))
    t4 = np.mean(t2 ** 2) + 0.01 * np.sum(params['W'] ** 2)
    return t4, t3 + 0.02 * np.sum(params['W'] * params_dot['W'])
