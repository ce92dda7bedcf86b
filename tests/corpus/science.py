"""Programs as scientists write them: networks, Gaussian processes, hidden states, filters."""
# ruff: noqa
import math
from dataclasses import dataclass

import numpy as np

from tests.corpus.cases import at

R = np.random.default_rng(3)
def r(*s): return R.normal(size=s) * 0.5

# --- GRU
def sigmoid(z): return 1.0 / (1.0 + np.exp(-z))
def gru_step(params, h, x):
    Wz, Uz, bz, Wr, Ur, br, Wh, Uh, bh = params
    z = sigmoid(Wz @ x + Uz @ h + bz)
    rr = sigmoid(Wr @ x + Ur @ h + br)
    hh = np.tanh(Wh @ x + Uh @ (rr * h) + bh)
    return (1 - z) * h + z * hh
@at(tuple(r(*s) for s in [(3, 2), (3, 3), (3,)] * 3), r(5, 2), r(5, 3))
def gru_loss(params, xs, ys):
    h = np.zeros(3)
    loss = 0.0
    outputs = []
    for t, x in enumerate(xs):
        h = gru_step(params, h, x)
        outputs.append(h)
        loss += np.sum((h - ys[t]) ** 2)
    outputs = np.stack(outputs)
    penalty = sum(np.sum(p ** 2) for p in params)
    return loss / len(xs) + 1e-3 * penalty + 0.01 * np.mean(np.abs(np.diff(outputs, axis=0)))

# --- transformer block
def layer_norm(x, g, b, eps=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    return g * (x - mu) / np.sqrt(var + eps) + b
def softmax(z, axis=-1):
    z = z - z.max(axis=axis, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)
def attention(x, p, heads, causal=True):
    T, d = x.shape
    dh = d // heads
    q, k, v = [(x @ p[n]).reshape(T, heads, dh).transpose(1, 0, 2) for n in ("wq", "wk", "wv")]
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(dh)
    if causal:
        mask = np.triu(np.ones((T, T), dtype=bool), 1)
        scores = np.where(mask, -1e9, scores)
    out = softmax(scores) @ v
    return out.transpose(1, 0, 2).reshape(T, d) @ p["wo"]
def gelu(x): return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))
@at({"wq": r(4, 4), "wk": r(4, 4), "wv": r(4, 4), "wo": r(4, 4), "w1": r(4, 8), "b1": r(8), "w2": r(8, 4), "b2": r(4),
     "g1": np.ones(4), "n1": np.zeros(4), "g2": np.ones(4), "n2": np.zeros(4)}, r(5, 4))
def transformer_loss(p, x):
    h = x + attention(layer_norm(x, p["g1"], p["n1"]), p, heads=2)
    m = layer_norm(h, p["g2"], p["n2"])
    h = h + gelu(m @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]
    logits = h @ x.T
    probs = softmax(logits, axis=1)
    targets = np.arange(len(x))[::-1]
    return -np.mean(np.log(probs[np.arange(len(x)), targets]))

# --- convolution by loops
@at(r(2, 6, 6), r(3, 2, 3, 3), r(3))
def conv_loss(image, kernels, bias):
    C, H, W = image.shape
    K, _, kh, kw = kernels.shape
    out = np.zeros((K, H - kh + 1, W - kw + 1))
    for k in range(K):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                patch = image[:, i:i + kh, j:j + kw]
                out[k, i, j] = np.sum(patch * kernels[k]) + bias[k]
    out = np.maximum(out, 0.1 * out)
    pooled = np.empty((K, out.shape[1] // 2, out.shape[2] // 2))
    for i in range(pooled.shape[1]):
        for j in range(pooled.shape[2]):
            pooled[:, i, j] = out[:, 2 * i:2 * i + 2, 2 * j:2 * j + 2].max(axis=(1, 2))
    flat = pooled.ravel()
    return np.log(np.sum(np.exp(flat - flat.max()))) + flat.max() + np.mean(out ** 2)

# --- Gaussian process
def kernel(a, b, length, amp):
    d2 = np.sum((a[:, None, :] - b[None, :, :]) ** 2, axis=-1)
    return amp ** 2 * np.exp(-0.5 * d2 / length ** 2)
def solve_lower(L, b):
    x = np.zeros_like(b)
    for i in range(len(b)):
        s = b[i]
        for j in range(i):
            s = s - L[i, j] * x[j]
        x[i] = s / L[i, i]
    return x
@at(np.array([0.3, -0.2, -1.0]), r(5, 2), r(5))
def gp_nll(theta, X, y):
    length, amp, noise = np.exp(theta)
    n = X.shape[0]
    jitter = 1e-10
    K = kernel(X, X, length, amp) + noise ** 2 * np.eye(n)
    for _ in range(3):
        try:
            L = np.linalg.cholesky(K + jitter * np.eye(n))
            break
        except np.linalg.LinAlgError:
            jitter *= 10
    else:
        raise ValueError("kernel is not positive definite")
    alpha = solve_lower(L, y)
    return 0.5 * alpha @ alpha + np.sum(np.log(np.diag(L))) + 0.5 * n * np.log(2 * np.pi)

# --- HMM forward, log space
def logsumexp(a, axis=None):
    m = np.max(a, axis=axis, keepdims=True)
    s = np.log(np.sum(np.exp(a - m), axis=axis, keepdims=True)) + m
    return np.squeeze(s, axis=axis) if axis is not None else s.item()
@at(r(3), r(3, 3), r(3, 4), np.array([0, 2, 1, 3, 3, 0]))
def hmm_nll(pi, A, B, obs):
    log_pi = pi - logsumexp(pi, axis=0)
    log_A = A - logsumexp(A, axis=1)[:, None]
    log_B = B - logsumexp(B, axis=1)[:, None]
    alpha = log_pi + log_B[:, obs[0]]
    for o in obs[1:]:
        alpha = logsumexp(alpha[:, None] + log_A, axis=0) + log_B[:, o]
    return -logsumexp(alpha, axis=0)

# --- Kalman filter
@dataclass
class LinearModel:
    F: np.ndarray
    H: np.ndarray
    q: float
    r: float
@at(LinearModel(np.array([[1.0, 0.1], [0.0, 0.9]]), np.array([[1.0, 0.0]]), 0.1, 0.3), r(6, 1))
def kalman_nll(model, ys):
    F, H = model.F, model.H
    Q = model.q ** 2 * np.eye(F.shape[0])
    Rn = model.r ** 2 * np.eye(H.shape[0])
    m, P = np.zeros(F.shape[0]), np.eye(F.shape[0])
    nll = 0.0
    for y in ys:
        m = F @ m
        P = F @ P @ F.T + Q
        S = H @ P @ H.T + Rn
        v = y - H @ m
        K = np.linalg.solve(S, H @ P).T
        m = m + K @ v
        P = P - K @ S @ K.T
        nll += 0.5 * (np.linalg.slogdet(2 * np.pi * S)[1] + v @ np.linalg.solve(S, v))
    return nll
