"""Learning: a recurrent network, whose state goes through a loop."""
import numpy as np


def recurrent(Wx, Wh, h, xs, targets):
    loss = 0.0
    for x, t in zip(xs, targets):
        h = np.tanh(Wx @ x + Wh @ h)
        loss += np.sum((h - t) ** 2)
    return loss


# $ tangent2 show generated_examples/recurrent.py:recurrent --wrt Wx,Wh --at "Wx=np.eye(3, 2), Wh=np.eye(3), h=np.array([0.1, 0.2, 0.3]), xs=np.eye(4, 2), targets=np.ones((4, 3))"


def grad_recurrent(Wx, Wh, h, xs, targets):
    saved = []
    for x, t in zip(xs, targets):
        h1 = np.tanh(Wx @ x + Wh @ h)
        saved.append((h, h1, h1 - t))
        h = h1
    # Backward pass
    h_bar = np.zeros_like(h)
    Wh_bar = np.zeros_like(Wh)        # Grad of: h = np.tanh(Wx @ x + Wh @ h)
    Wx_bar = np.zeros_like(Wx)
    for i in range(min(len(xs), len(targets)) - 1, -1, -1):
        h, h1, t1 = saved.pop()
        x = xs[i]
        h_bar = h_bar + 2.0 * t1      # Grad of: loss += np.sum((h - t) ** 2)
        t2 = h_bar * (1.0 - h1 ** 2)  # Grad of: h = np.tanh(Wx @ x + Wh @ h)
        Wh_bar += np.outer(t2, h)
        Wx_bar += np.outer(t2, x)
        if i > 0:
            h_bar = Wh.T @ t2
    return Wx_bar, Wh_bar


# $ tangent2 show generated_examples/recurrent.py:recurrent --mode forward --wrt Wx,Wh --at "Wx=np.eye(3, 2), Wh=np.eye(3), h=np.array([0.1, 0.2, 0.3]), xs=np.eye(4, 2), targets=np.ones((4, 3))"


def jvp_recurrent(Wx, Wh, h, xs, targets, Wx_dot, Wh_dot):
    loss = 0.0
    h_dot = np.zeros_like(h)
    loss_dot = 0.0
    for x, t in zip(xs, targets):
        t1 = Wx_dot @ x + (Wh_dot @ h + Wh @ h_dot)
        h = np.tanh(Wx @ x + Wh @ h)
        h_dot = t1 * (1.0 - h ** 2)
        t2 = h - t
        loss_dot += 2.0 * np.sum(t2 * h_dot)
        loss += np.sum(t2 ** 2)
    return loss, loss_dot
