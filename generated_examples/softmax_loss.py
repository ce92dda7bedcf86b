"""Learning: softmax and cross-entropy; labels pick one entry of each row."""
import numpy as np


def softmax_loss(W, X, labels):
    scores = X @ W
    logs = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(logs[np.arange(len(labels)), labels])


# $ tangent2 show generated_examples/softmax_loss.py:softmax_loss --wrt W --at "W=np.linspace(-1.0, 1.0, 12).reshape(3, 4), X=np.eye(5, 3), labels=np.array([0, 1, 2, 3, 0])"


def grad_softmax_loss(W, X, labels):
    scores = X @ W
    t = np.exp(scores)
    t1 = np.sum(t, axis=1, keepdims=True)
    logs = scores - np.log(t1)
    t2 = np.arange(len(labels))
    # Backward pass
    scores_bar = np.zeros_like(logs)
    np.add.at(scores_bar, (t2, labels), np.full_like(logs[t2, labels], -1.0 / labels.shape[0]))
    scores_bar -= np.sum(scores_bar, axis=1, keepdims=True) / t1 * t
    W_bar = X.T @ scores_bar
    return W_bar


# $ tangent2 show generated_examples/softmax_loss.py:softmax_loss --mode forward --wrt W --at "W=np.linspace(-1.0, 1.0, 12).reshape(3, 4), X=np.eye(5, 3), labels=np.array([0, 1, 2, 3, 0])"


def jvp_softmax_loss(W, X, labels, W_dot):
    logs_dot = X @ W_dot
    scores = X @ W
    t = np.exp(scores)
    t1 = np.sum(t, axis=1, keepdims=True)
    logs_dot -= np.sum(logs_dot * t, axis=1, keepdims=True) / t1
    logs = scores - np.log(t1)
    t2 = np.arange(len(labels))
    return -np.mean(logs[t2, labels]), -np.mean(logs_dot[t2, labels])
