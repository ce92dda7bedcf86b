"""The adjoints of `programs`, written by hand with care: the same algorithms, nothing computed twice or for nothing."""
import numpy as np


def grad_logistic(W, b, inputs, targets):
    t = np.tanh((np.dot(inputs, W) + b) / 2)
    preds = 0.5 * (t + 1)
    others = 1 - targets
    label_probs = preds * targets + (1 - preds) * others
    # Backward pass
    preds_bar = (others - targets) / label_probs
    z_bar = 0.25 * preds_bar * (1 - t ** 2)
    return np.dot(inputs.T, z_bar), np.sum(z_bar)


def grad_mlp(params, x, labels):
    h = x
    hs = [x]
    for W, b in params[:-1]:
        h = np.tanh(h @ W + b)
        hs.append(h)
    W, b = params[-1]
    logits = h @ W + b
    e = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    # Backward pass
    picked_bar = labels * (-1.0 / len(x))
    total_bar = np.sum(picked_bar, axis=1, keepdims=True)
    z_bar = picked_bar - e * (total_bar / np.sum(e, axis=1, keepdims=True))
    params_bar = [(h.T @ z_bar, np.sum(z_bar, axis=0))]
    for k in range(len(params) - 2, -1, -1):
        z_bar = (z_bar @ params[k + 1][0].T) * (1.0 - hs[k + 1] ** 2)
        params_bar.append((hs[k].T @ z_bar, np.sum(z_bar, axis=0)))
    return params_bar[::-1]


def grad_rational(x, num_par, denom_par):
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * np.float_power(x, i + 1)
    bottom = 1.0 + acc_denom ** 2
    # Backward pass
    acc_num_bar = 1.0 / bottom
    acc_denom_bar = -2.0 * acc_denom * acc_num / bottom ** 2
    x_bar = 0.0
    for i, par in enumerate(denom_par):
        x_bar += acc_denom_bar * par * ((i + 1) * x ** i)
    for i, par in enumerate(num_par):
        if i > 0:
            x_bar += acc_num_bar * par * (i * x ** (i - 1))
    return x_bar


def grad_rational_of_all(x, num_par, denom_par):
    acc_num, num_powers = 0.0, []
    for i, par in enumerate(num_par):
        power = np.float_power(x, i)
        num_powers.append(power)
        acc_num += par * power
    acc_denom, denom_powers = 0.0, []
    for i, par in enumerate(denom_par):
        power = np.float_power(x, i + 1)
        denom_powers.append(power)
        acc_denom += par * power
    bottom = 1.0 + acc_denom ** 2
    # Backward pass
    acc_num_bar = 1.0 / bottom
    acc_denom_bar = -2.0 * acc_denom * acc_num / bottom ** 2
    x_bar = 0.0
    denom_par_bar = np.zeros_like(denom_par)
    for i, par in enumerate(denom_par):
        denom_par_bar[i] = acc_denom_bar * denom_powers[i]
        x_bar += acc_denom_bar * par * ((i + 1) * x ** i)
    num_par_bar = np.zeros_like(num_par)
    for i, par in enumerate(num_par):
        num_par_bar[i] = acc_num_bar * num_powers[i]
        if i > 0:
            x_bar += acc_num_bar * par * (i * x ** (i - 1))
    return x_bar, num_par_bar, denom_par_bar


def grad_mixture(logits, means, scales, lower, X, prior):
    stretch = np.exp(scales)
    eye = np.eye(scales.shape[1])
    roots = np.tril(lower, -1) + stretch[:, :, None] * eye
    centred = X - means[:, None, :]
    z = centred @ np.swapaxes(roots, 1, 2)
    inner = logits + np.sum(scales, axis=1) - 0.5 * np.sum(z ** 2, axis=2).T
    e = np.exp(inner - np.max(inner, axis=1, keepdims=True))
    weights = np.exp(logits)
    # Backward pass
    inner_bar = e / np.sum(e, axis=1, keepdims=True)
    counts = np.sum(inner_bar, axis=0)
    logits_bar = counts - weights * (len(X) / np.sum(weights))
    z_bar = -inner_bar.T[:, :, None] * z
    roots_bar = np.swapaxes(z_bar, 1, 2) @ centred - prior ** 2 * roots
    means_bar = -np.sum(z_bar @ roots, axis=1)
    scales_bar = counts[:, None] + np.sum(roots_bar * eye, axis=2) * stretch
    return logits_bar, means_bar, scales_bar, np.tril(roots_bar, -1)
