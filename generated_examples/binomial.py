"""Finance: an option on a binomial tree; a list updated in place."""
import numpy as np


def binomial(spot, strike, rate, sigma, T, n):
    dt = T / n
    width = sigma * np.sqrt(dt)
    up, down = np.exp(width), np.exp(-width)
    p = (np.exp(rate * dt) - down) / (up - down)
    discount = np.exp(-rate * dt)
    values = []
    for j in range(n + 1):
        price = spot * np.exp((2 * j - n) * width)
        values.append(max(price - strike, 0.0))
    for level in range(n, 0, -1):
        for j in range(level):
            values[j] = discount * (p * values[j + 1] + (1.0 - p) * values[j])
    return values[0]


# $ tangent2 show generated_examples/binomial.py:binomial --value --wrt spot,sigma --at "spot=100.0, strike=101.0, rate=0.05, sigma=0.2, T=1.0, n=5"


def value_and_grad_binomial(spot, strike, rate, sigma, T, n):
    dt = T / n
    t = np.sqrt(dt)
    width = sigma * t
    up = np.exp(width)
    down = np.exp(-width)
    t1 = np.exp(rate * dt) - down
    t2 = up - down
    p = t1 / t2
    discount = np.exp(-rate * dt)
    values = []
    saved = []
    for j in range(n + 1):
        t3 = np.exp((2 * j - n) * width)
        price = spot * t3
        t4 = price - strike
        saved.append((t3, t4))
        values.append(max(t4, 0.0))
    saved_saved = []
    for level in range(n, 0, -1):
        saved1 = []
        for j in range(level):
            t5 = values[j + 1]
            t6 = values[j]
            saved1.append((t5, t6))
            values[j] = discount * (p * t5 + (1.0 - p) * t6)
        saved_saved.append(saved1)
    # Backward pass
    values_bar = [0.0] * len(values)  # Grad of: values[0]
    values_bar[0] = 1.0
    p_bar = 0.0
    for level in range(1, n + 1):
        saved1 = saved_saved.pop()
        for j in range(level - 1, -1, -1):
            t7, t8 = saved1.pop()
            t9 = values_bar[j]
            values_bar[j] = 0.0
            t10 = t9 * discount
            values_bar[j] += t10 * (1.0 - p)
            values_bar[j + 1] += t10 * p
            p_bar = p_bar - t10 * t8 + t10 * t7
    spot_bar = 0.0
    width_bar = 0.0
    for j in range(n, -1, -1):
        t11, t12 = saved.pop()
        price_bar = values_bar.pop() * (not 0.0 > t12)
        spot_bar += price_bar * t11
        width_bar += price_bar * spot * t11 * (2 * j - n)
    t13 = p_bar * t1 / t2 ** 2   # Grad of: p = (np.exp(rate * dt) - down) / (up - down)
    down_bar = t13 - p_bar / t2
    width_bar = width_bar - down_bar * down - t13 * up
    sigma_bar = width_bar * t    # Grad of: width = sigma * np.sqrt(dt)
    return values[0], (spot_bar, sigma_bar)


# $ tangent2 show generated_examples/binomial.py:binomial --mode forward --wrt spot,sigma --at "spot=100.0, strike=101.0, rate=0.05, sigma=0.2, T=1.0, n=5"


def jvp_binomial(spot, strike, rate, sigma, T, n, spot_dot, sigma_dot):
    dt = T / n
    t = np.sqrt(dt)
    width_dot = sigma_dot * t
    width = sigma * t
    up = np.exp(width)
    up_dot = width_dot * up
    down = np.exp(-width)
    t1 = width_dot * down
    t2 = up - down
    p = (np.exp(rate * dt) - down) / t2
    p_dot = (t1 - p * (up_dot + t1)) / t2
    discount = np.exp(-rate * dt)
    values = []
    values_dot = []
    for j in range(n + 1):
        t3 = 2 * j - n
        t4 = np.exp(t3 * width)
        price_dot = spot_dot * t4 + spot * (t3 * width_dot * t4)
        price = spot * t4
        t5 = price - strike
        values_dot.append(price_dot * (not 0.0 > t5))
        values.append(max(t5, 0.0))
    for level in range(n, 0, -1):
        for j in range(level):
            t6 = j + 1
            t7 = values[t6]
            t8 = 1.0 - p
            t9 = values[j]
            t10 = p_dot * t7 + p * values_dot[t6] + (t8 * values_dot[j] - p_dot * t9)
            values_dot[j] = discount * t10
            values[j] = discount * (p * t7 + t8 * t9)
    return values[0], values_dot[0]
