"""Learning: attention, made of matrix products and a softmax of rows."""
import numpy as np


def attention(Q, K, V):
    scores = Q @ K.T / np.sqrt(K.shape[1])
    weights = np.exp(scores)
    weights = weights / np.sum(weights, axis=1, keepdims=True)
    return np.sum((weights @ V) ** 2)


# $ tangent2 show generated_examples/attention.py:attention --wrt Q,K,V --at "Q=np.eye(2, 3), K=np.eye(4, 3), V=np.ones((4, 2)) * np.arange(2.0)"


def grad_attention(Q, K, V):
    t = np.sqrt(K.shape[1])
    scores = Q @ K.T / t
    weights = np.exp(scores)
    t1 = np.sum(weights, axis=1, keepdims=True)
    weights1 = weights / t1
    # Backward pass
    t2 = 2.0 * (weights1 @ V)          # Grad of: np.sum((weights @ V) ** 2)
    weights_bar = t2 @ V.T
    V_bar = weights1.T @ t2
    t3 = np.sum(weights_bar * weights / t1 ** 2, axis=1, keepdims=True)
    weights_bar = weights_bar / t1 - t3
    scores_bar = weights_bar * weights  # Grad of: weights = np.exp(scores)
    t4 = scores_bar / t                # Grad of: scores = Q @ K.T / np.sqrt(K.shape[1])
    Q_bar = t4 @ K
    K_bar = t4.T @ Q
    return Q_bar, K_bar, V_bar


# $ tangent2 show generated_examples/attention.py:attention --mode forward --wrt Q,K,V --at "Q=np.eye(2, 3), K=np.eye(4, 3), V=np.ones((4, 2)) * np.arange(2.0)"


def jvp_attention(Q, K, V, Q_dot, K_dot, V_dot):
    t = np.sqrt(K.shape[1])
    scores_dot = (Q_dot @ K.T + Q @ K_dot.T) / t
    scores = Q @ K.T / t
    weights = np.exp(scores)
    weights_dot = scores_dot * weights
    t1 = np.sum(weights, axis=1, keepdims=True)
    weights = weights / t1
    t2 = weights_dot - weights * np.sum(weights_dot, axis=1, keepdims=True)
    weights_dot = t2 / t1
    t3 = weights @ V
    return np.sum(t3 ** 2), 2.0 * np.sum(t3 * (weights_dot @ V + weights @ V_dot))
