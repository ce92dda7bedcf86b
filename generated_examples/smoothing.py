"""Statistics: exponential smoothing of a list; first and second derivative."""


def smoothing(alpha, xs):
    level = xs[0]
    loss = 0.0
    for x in xs[1:]:
        loss += (x - level) ** 2
        level = alpha * x + (1.0 - alpha) * level
    return loss


# $ tangent2 show generated_examples/smoothing.py:smoothing --wrt alpha --at "alpha=0.3, xs=[1.0, 1.5, 0.7, 2.0]"


def grad_smoothing(alpha, xs):
    level = xs[0]
    t = xs[1:]
    level_saved = []
    for x in t:
        level_saved.append(level)
        level = alpha * x + (1.0 - alpha) * level
    # Backward pass
    level_bar = 0.0
    alpha_bar = 0.0
    for x in reversed(t):
        level = level_saved.pop()
        alpha_bar = alpha_bar - level_bar * level + level_bar * x
        level_bar = level_bar * (1.0 - alpha) - 2.0 * (x - level)
    return alpha_bar


# $ tangent2 show generated_examples/smoothing.py:smoothing --mode forward --wrt alpha --at "alpha=0.3, xs=[1.0, 1.5, 0.7, 2.0]"


def jvp_smoothing(alpha, xs, alpha_dot):
    level = xs[0]
    loss = 0.0
    loss_dot = 0.0
    level_dot = 0.0
    for x in xs[1:]:
        t = x - level
        loss_dot -= 2.0 * t * level_dot
        loss += t ** 2
        t1 = 1.0 - alpha
        level_dot = alpha_dot * x + (t1 * level_dot - alpha_dot * level)
        level = alpha * x + t1 * level
    return loss, loss_dot


# $ tangent2 show generated_examples/smoothing.py:smoothing --order 2 --wrt alpha --at "alpha=0.3, xs=[1.0, 1.5, 0.7, 2.0]"


def grad_grad_smoothing(alpha, xs):
    level = xs[0]
    t = xs[1:]
    level_saved = []
    level_saved1 = []
    for x in t:
        level_saved1.append(level)
        level_saved.append(level)
        level = alpha * x + (1.0 - alpha) * level
    saved = []
    level_bar = 0.0
    for x in reversed(t):
        level = level_saved.pop()
        saved.append((level_bar, level))
        level_bar = level_bar * (1.0 - alpha) - 2.0 * (x - level)
    # Backward pass
    level_saved_bar = []
    level_bar_bar = 0.0
    alpha_bar = 0.0
    for x in t:
        level_bar, level = saved.pop()
        alpha_bar -= level_bar_bar * level_bar
        level_bar = 2.0 * level_bar_bar - level_bar
        level_saved_bar.append(level_bar)
        level_bar_bar = x + level_bar_bar * (1.0 - alpha) - level
    level_bar = 0.0
    for x in reversed(t):
        level = level_saved1.pop()
        t1 = level_bar * (1.0 - alpha)
        alpha_bar = alpha_bar - level_bar * level + level_bar * x
        level_bar = level_saved_bar.pop()
        level_bar += t1
    return alpha_bar
