"""Finance: the average of a geometric Brownian path with given normal numbers."""
import numpy as np


def asian_call(spot, strike, rate, sigma, dt, normals):
    drift = (rate - 0.5 * sigma ** 2) * dt
    s = spot
    total = 0.0
    for z in normals:
        s *= np.exp(drift + sigma * np.sqrt(dt) * z)
        total += s
    return max(total / len(normals) - strike, 0.0)


# $ tangent2 show generated_examples/asian_call.py:asian_call --wrt spot,sigma --at "spot=100.0, strike=99.0, rate=0.05, sigma=0.2, dt=0.1, normals=[0.3, -0.2, 0.5]"


def grad_asian_call(spot, strike, rate, sigma, dt, normals):
    drift = (rate - 0.5 * sigma ** 2) * dt
    saved = []
    s = spot
    total = 0.0
    for z in normals:
        t = np.sqrt(dt)
        t1 = np.exp(drift + sigma * t * z)
        saved.append((s, t, t1))
        s *= t1
        total += s
    # Backward pass
    total_bar = 1.0 * (not 0.0 > total / len(normals) - strike) / len(normals)
    s_bar = 0.0
    drift_bar = 0.0
    sigma_bar = 0.0
    for z in reversed(normals):
        s, t2, t3 = saved.pop()
        s_bar += total_bar   # Grad of: total += s
        t4 = s_bar * s * t3  # Grad of: s *= np.exp(drift + sigma * np.sqrt(dt) * z)
        s_bar = s_bar * t3
        drift_bar += t4
        sigma_bar += t4 * z * t2
    sigma_bar -= sigma * (drift_bar * dt)
    return s_bar, sigma_bar


# $ tangent2 show generated_examples/asian_call.py:asian_call --mode forward --wrt spot,sigma --at "spot=100.0, strike=99.0, rate=0.05, sigma=0.2, dt=0.1, normals=[0.3, -0.2, 0.5]"


def jvp_asian_call(spot, strike, rate, sigma, dt, normals, spot_dot, sigma_dot):
    t = sigma * sigma_dot * dt
    drift = (rate - 0.5 * sigma ** 2) * dt
    s = spot
    total = 0.0
    s_dot = spot_dot
    total_dot = 0.0
    for z in normals:
        t1 = np.sqrt(dt)
        t2 = np.exp(drift + sigma * t1 * z)
        s_dot = s_dot * t2 + s * ((sigma_dot * t1 * z - t) * t2)
        s *= t2
        total_dot += s_dot
        total += s
    t3 = total / len(normals) - strike
    return max(t3, 0.0), total_dot / len(normals) * (not 0.0 > t3)
