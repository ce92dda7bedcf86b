"""Simulation: classical Runge-Kutta steps of y' = rate * y * (1 - y)."""


def slope(y, rate):
    return rate * y * (1.0 - y)


def growth(y, rate, dt, steps):
    for _ in range(steps):
        k1 = slope(y, rate)
        k2 = slope(y + 0.5 * dt * k1, rate)
        k3 = slope(y + 0.5 * dt * k2, rate)
        k4 = slope(y + dt * k3, rate)
        y = y + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


# $ tangent2 show generated_examples/growth.py:growth --wrt y,rate --at "y=0.1, rate=1.5, dt=0.1, steps=4"


def bwd_slope(y, rate, y_bar):
    t = y_bar * (1.0 - y)
    rate_bar = t * y
    y_bar = t * rate - y_bar * (rate * y)
    return y_bar, rate_bar


def grad_growth(y, rate, dt, steps):
    saved = []
    for _ in range(steps):
        k1 = slope(y, rate)
        t = y + 0.5 * dt * k1
        k2 = slope(t, rate)
        t1 = y + 0.5 * dt * k2
        k3 = slope(t1, rate)
        t2 = y + dt * k3
        saved.append((y, t, t1, t2))
        k4 = slope(t2, rate)
        y = y + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    # Backward pass
    y_bar = 1.0
    rate_bar = 0.0
    while saved:
        y, t3, t4, t5 = saved.pop()
        k4_bar = y_bar * (dt / 6.0)
        t6, rate_bar1 = bwd_slope(t5, rate, k4_bar)
        t7 = rate_bar + rate_bar1
        k3_bar = 2.0 * k4_bar + t6 * dt
        t8, rate_bar = bwd_slope(t4, rate, k3_bar)
        t9 = t7 + rate_bar
        k2_bar = 2.0 * k4_bar + 0.5 * t8 * dt
        t10, rate_bar = bwd_slope(t3, rate, k2_bar)
        t11 = t9 + rate_bar
        t12 = y_bar + t6 + t8 + t10
        k1_bar = k4_bar + 0.5 * t10 * dt
        y_bar, rate_bar = bwd_slope(y, rate, k1_bar)  # Grad of: k1 = slope(y, rate)
        y_bar += t12
        rate_bar += t11
    return y_bar, rate_bar


# $ tangent2 show generated_examples/growth.py:growth --mode forward --wrt y,rate --at "y=0.1, rate=1.5, dt=0.1, steps=4"


def jvp_slope(y, rate, y_dot, rate_dot):
    t = rate * y
    t1 = 1.0 - y
    return t * t1, (rate_dot * y + rate * y_dot) * t1 - t * y_dot


def jvp_growth(y, rate, dt, steps, y_dot, rate_dot):
    for _ in range(steps):
        k1, k1_dot = jvp_slope(y, rate, y_dot, rate_dot)
        t = 0.5 * dt
        k2, k2_dot = jvp_slope(y + t * k1, rate, y_dot + t * k1_dot, rate_dot)
        t1 = 0.5 * dt
        k3, k3_dot = jvp_slope(y + t1 * k2, rate, y_dot + t1 * k2_dot, rate_dot)
        k4, k4_dot = jvp_slope(y + dt * k3, rate, y_dot + dt * k3_dot, rate_dot)
        t2 = dt / 6.0
        y_dot += t2 * (k1_dot + 2.0 * k2_dot + 2.0 * k3_dot + k4_dot)
        y = y + t2 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y, y_dot
