"""S5c: recursion."""


def rpow(x, n):
    if n == 0:
        return 1.0
    h = rpow(x, n // 2)
    if n % 2:
        return x * h * h
    return h * h


# $ tangent2 show generated_examples/s5c_rpow.py:rpow --at "x=1.1, n=13"


from tangent2.runtime.trees import deep_copy


def fwd_rpow(x, n):
    t = n == 0
    if t:
        t4 = 1.0
        t1 = None
        h = None
        saved = None
        t2 = None
        t3 = None
    else:
        t1 = n // 2
        h, saved = fwd_rpow(x, t1)
        t2 = n % 2
        if t2:
            t3 = x * h
            t4 = t3 * h
        else:
            t4 = h * h
            t3 = None
    return t4, (t, t1, h, saved, t2, t3)


def bwd_rpow(x, n, saved, y_bar):
    t, t1, h, saved, t2, t3 = saved
    if t:
        return 0.0
    if t2:
        t4 = y_bar * h
        h_bar = y_bar * t3 + t4 * x
        x_bar = t4 * h
    else:
        h_bar = y_bar * h + y_bar * h
        x_bar = 0.0
    x_bar1 = bwd_rpow(x, t1, saved, h_bar)
    return x_bar + x_bar1


def grad_rpow(x, n):
    if n == 0:
        return 0.0
    t = n // 2
    h, saved = fwd_rpow(x, t)
    if n % 2:
        h_bar = x * h + h * x
        x_bar = h * h
    else:
        h_bar = h + h
        x_bar = 0.0
    x_bar1 = bwd_rpow(x, t, deep_copy(saved), h_bar)
    return x_bar + x_bar1
