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


# $ tangent2 show generated_examples/newton_sqrt.py:newton_sqrt --mode forward --wrt a --at "a=2.0, n=50"


def jvp_newton_sqrt(a, n, a_dot):
    x = a
    x_dot = a_dot
    for i in range(n):
        r_dot = 2.0 * x_dot * x - a_dot
        r = x * x - a
        if abs(r) < 1e-13:
            break
        t = 2.0 * x
        t1 = r / t
        x_dot -= (r_dot - 2.0 * t1 * x_dot) / t
        x = x - t1
    return x, x_dot
