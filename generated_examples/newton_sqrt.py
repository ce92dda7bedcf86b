"""Solving: Newton's method for a square root, left by break."""


def newton_sqrt(a, n):
    x = a
    for i in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        x = x - r / (2.0 * x)
    return x


# $ tangent2 show generated_examples/newton_sqrt.py:newton_sqrt --at "a=2.0, n=50"


def grad_newton_sqrt(a, n):
    saved = []
    x = a
    for i in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        saved.append((x, r))
        x = x - r / (2.0 * x)
    # Backward pass
    x_bar = 1.0
    a_bar = 0.0
    while saved:
        x, r = saved.pop()
        t = 2.0 * x
        t1 = x_bar / t
        x_bar = x_bar + 2.0 * x_bar * r / t ** 2 - 2.0 * t1 * x
        a_bar += t1
    a_bar += x_bar
    return a_bar
