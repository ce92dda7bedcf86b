"""What is compared with other tools: programs as they are written for NumPy.

The other tools run the same code, with their own `np` and `stop_gradient`.
"""
import numpy as np

from tangent2 import stop_gradient


def sigmoid(x):
    return 0.5 * (np.tanh(x / 2) + 1)


def logistic(W, b, inputs, targets):
    preds = sigmoid(np.dot(inputs, W) + b)
    label_probs = preds * targets + (1 - preds) * (1 - targets)
    return -np.sum(np.log(label_probs))


def logsumexp(x):
    top = stop_gradient(np.max(x, axis=1, keepdims=True))
    return top + np.log(np.sum(np.exp(x - top), axis=1, keepdims=True))


def mlp(params, x, labels):
    h = x
    for W, b in params[:-1]:
        h = np.tanh(h @ W + b)
    W, b = params[-1]
    logits = h @ W + b
    return -np.mean(np.sum(labels * (logits - logsumexp(logits)), axis=1))


def rational(x, num_par, denom_par):
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * np.float_power(x, i + 1)
    return acc_num / (1.0 + acc_denom ** 2)


def mixture(logits, means, scales, lower, X, prior):
    roots = np.tril(lower, -1) + np.exp(scales)[:, :, None] * np.eye(scales.shape[1])
    z = (X - means[:, None, :]) @ np.swapaxes(roots, 1, 2)
    inner = logits + np.sum(scales, axis=1) - 0.5 * np.sum(z ** 2, axis=2).T
    fit = np.sum(logsumexp(inner)) - len(X) * np.log(np.sum(np.exp(logits)))
    return fit - 0.5 * prior ** 2 * np.sum(roots ** 2)
