"""Calls: recursion."""


def rpow(x, n):
    if n == 0:
        return 1.0
    h = rpow(x, n // 2)
    if n % 2:
        return x * h * h
    return h * h


# $ tangent2 show generated_examples/rpow.py:rpow --at "x=1.1, n=13"


def fwd_rpow(x, n):
    if n == 0:
        t = 1.0
        h = None
        saved = None
    else:
        h, saved = fwd_rpow(x, n // 2)
        t = x * h * h if n % 2 else h * h
    return t, (h, saved)


def bwd_rpow(x, n, saved, y_bar):
    h, saved = saved
    if n == 0:
        return 0.0
    if n % 2:
        t = y_bar * h
        h_bar = y_bar * (x * h) + t * x
        x_bar = t * h
    else:
        h_bar = 2.0 * y_bar * h
        x_bar = 0.0
    x_bar1 = bwd_rpow(x, n // 2, saved, h_bar)
    return x_bar + x_bar1


def grad_rpow(x, n):
    y, saved = fwd_rpow(x, n)
    # Backward pass
    x_bar = bwd_rpow(x, n, saved, 1.0)
    return x_bar
