"""Statistics: the logarithm of the likelihood of a mixture of normal distributions."""
import numpy as np


def gaussians(logits, means, X):
    total = 0.0
    weights = np.exp(logits)
    for x in X:
        d = x - means
        total += np.log(weights @ np.exp(-0.5 * np.sum(d ** 2, axis=1)))
    return total - len(X) * np.log(np.sum(weights))


# $ tangent2 show generated_examples/gaussians.py:gaussians --wrt logits,means --at "logits=np.array([0.1, 0.4]), means=np.eye(2, 3), X=np.linspace(-1.0, 1.0, 12).reshape(4, 3)"


def grad_gaussians(logits, means, X):
    weights = np.exp(logits)
    saved = []
    for x in X:
        d = x - means
        t = np.exp(-0.5 * np.sum(d ** 2, axis=1))
        saved.append((d, t, weights @ t))
    # Backward pass
    weights_bar = np.full_like(logits, -1.0 * len(X) / np.sum(weights))
    means_bar = np.zeros_like(means)
    for d, t1, t2 in saved:
        t3 = 1.0 / t2
        weights_bar += t3 * t1
        d_bar = -np.expand_dims(t3 * weights * t1, 1) * d
        means_bar -= d_bar
    logits_bar = weights_bar * weights
    return logits_bar, means_bar


# $ tangent2 show generated_examples/gaussians.py:gaussians --mode forward --wrt logits,means --at "logits=np.array([0.1, 0.4]), means=np.eye(2, 3), X=np.linspace(-1.0, 1.0, 12).reshape(4, 3)"


def jvp_gaussians(logits, means, X, logits_dot, means_dot):
    weights = np.exp(logits)
    weights_dot = logits_dot * weights
    total = 0.0
    total_dot = 0.0
    for x in X:
        d = x - means
        t = np.exp(-0.5 * np.sum(d ** 2, axis=1))
        t1 = weights @ t
        t2 = (weights_dot @ t + weights @ (np.sum(d * means_dot, axis=1) * t)) / t1
        total_dot += t2
        total += np.log(t1)
    t3 = np.sum(weights)
    t4 = total - len(X) * np.log(t3), total_dot - len(X) * (np.sum(weights_dot) / t3)
    return t4
