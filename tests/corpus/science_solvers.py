"""Programs as scientists write them: equations of motion, prices, cameras, solvers, alignment, inference."""
# ruff: noqa
import numpy as np

from tests.corpus.cases import at

R = np.random.default_rng(3)
def r(*s): return R.normal(size=s) * 0.5

# --- adaptive-step ODE (RK45-like, embedded Euler-Heun)
@at(np.array([1.0, 0.0]), np.array([1.3, 0.2]))
def adaptive_ode(y0, params):
    def rhs(t, y):
        return np.array([y[1], -params[0] * np.sin(y[0]) - params[1] * y[1]])
    t, t_end, h, tol = 0.0, 1.0, 0.3, 1e-2
    y = y0
    steps = rejected = 0
    while t < t_end - 1e-12:
        h = min(h, t_end - t)
        k1 = rhs(t, y)
        k2 = rhs(t + h, y + h * k1)
        low, high = y + h * k1, y + 0.5 * h * (k1 + k2)
        err = float(np.max(np.abs(high - low)))
        if err > tol:
            h = 0.5 * h
            rejected += 1
            continue
        t, y = t + h, high
        steps += 1
        if err < 0.25 * tol:
            h *= 1.5
        if steps > 100:
            raise RuntimeError("too many steps")
    return np.sum(y ** 2) + 0.0 * rejected

# --- leapfrog
@at(r(3), r(3), 0.1)
def leapfrog(q, p, eps):
    def U(q): return 0.5 * np.sum(q ** 2) + 0.1 * np.sum(q ** 4)
    def grad_U(q): return q + 0.4 * q ** 3
    q, p = q.copy(), p.copy()
    p -= 0.5 * eps * grad_U(q)
    for k in range(5):
        q += eps * p
        if k != 4:
            p -= eps * grad_U(q)
    p -= 0.5 * eps * grad_U(q)
    p = -p
    return U(q) + 0.5 * np.sum(p ** 2)

# --- Monte Carlo option pricing
@at(100.0, 0.2, 0.03)
def asian_call(s0, vol, rate):
    rng = np.random.default_rng(7)
    paths, steps, T, strike = 20, 6, 1.0, 98.0
    dt = T / steps
    total = 0.0
    for _ in range(paths):
        z = rng.standard_normal(steps)
        s, acc = s0, 0.0
        for k in range(steps):
            s = s * np.exp((rate - 0.5 * vol ** 2) * dt + vol * np.sqrt(dt) * z[k])
            acc += s
        payoff = acc / steps - strike
        total += payoff if payoff > 0 else 0.0
    return np.exp(-rate * T) * total / paths

# --- bundle adjustment
def rotate(w, X):
    theta = np.sqrt(np.sum(w ** 2) + 1e-12)
    k = w / theta
    return X * np.cos(theta) + np.cross(k, X) * np.sin(theta) + k * np.dot(k, X) * (1 - np.cos(theta))
@at([{"w": r(3), "t": r(3) + np.array([0, 0, 5.0]), "f": 1.2} for _ in range(2)], r(3, 3),
    [(0, 0, r(2)), (0, 1, r(2)), (1, 1, r(2)), (1, 2, r(2))])
def bundle(cameras, points, observations):
    cost = 0.0
    for cam, pt, uv in observations:
        c = cameras[cam]
        X = rotate(c["w"], points[pt]) + c["t"]
        proj = c["f"] * X[:2] / X[2]
        res = proj - uv
        sq = res @ res
        cost += sq if sq < 1.0 else 2 * np.sqrt(sq) - 1
    return 0.5 * cost

# --- N-body
@at(r(4, 2), r(4, 2), np.array([1.0, 2.0, 0.5, 1.5]))
def nbody(pos, vel, mass):
    n, dt = len(mass), 0.05
    pos = np.array(pos); vel = np.array(vel)
    for step in range(3):
        acc = np.zeros_like(pos)
        for i in range(n):
            for j in range(i + 1, n):
                d = pos[j] - pos[i]
                inv = (d @ d + 0.1) ** -1.5
                acc[i] += mass[j] * d * inv
                acc[j] -= mass[i] * d * inv
        vel += dt * acc
        pos += dt * vel
    kinetic = 0.5 * np.sum(mass[:, None] * vel ** 2)
    potential = 0.0
    for i in range(n):
        for j in range(i):
            potential -= mass[i] * mass[j] / np.sqrt(np.sum((pos[i] - pos[j]) ** 2) + 0.1)
    return kinetic + potential

# --- conjugate gradients
@at(r(4, 4), r(4))
def cg(M, b):
    A = M.T @ M + np.eye(4)
    x = np.zeros_like(b)
    res = b - A @ x
    p = res.copy()
    rs = res @ res
    for k in range(4):
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x = x + alpha * p
        res = res - alpha * Ap
        new = res @ res
        if np.sqrt(new) < 1e-3:
            break
        p = res + (new / rs) * p
        rs = new
    return x @ x + b @ x

# --- Newton
class NotConverged(Exception):
    def __init__(self, steps): self.steps = steps
def newton(f, df, x, tol=1e-10, most=20):
    for k in range(most):
        step = f(x) / df(x)
        x = x - step
        if abs(step) < tol:
            return x
    raise NotConverged(most)
@at(0.7, 0.3)
def kepler(ecc, M):
    ecc = ecc * 0.5
    try:
        E = newton(lambda E: E - ecc * np.sin(E) - M, lambda E: 1 - ecc * np.cos(E), M)
    except NotConverged:
        E = M
    nu = 2 * np.arctan2(np.sqrt(1 + ecc) * np.sin(E / 2), np.sqrt(1 - ecc) * np.cos(E / 2))
    return nu + ecc ** 2

# --- 2-D heat
@at(r(5, 5), 0.15)
def heat2d(u0, kappa):
    u = u0.copy()
    for step in range(4):
        lap = np.zeros_like(u)
        lap[1:-1, 1:-1] = (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
        u = u + kappa * lap
        u[0, :] = u[1, :]; u[-1, :] = u[-2, :]
        u[:, 0] = 0.0; u[:, -1] = 1.0
    return np.sum(u ** 2) + np.sum(np.gradient(u, axis=0) ** 2)

# --- soft DTW
@at(r(5), r(4), 0.5)
def soft_dtw(x, y, gamma):
    n, m = len(x), len(y)
    D = np.full((n + 1, m + 1), 1e6)
    D[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            prev = np.array([D[i - 1, j], D[i, j - 1], D[i - 1, j - 1]])
            lo = prev.min()
            soft = lo - gamma * np.log(np.sum(np.exp(-(prev - lo) / gamma)))
            D[i, j] = cost + soft
    return D[n, m]

# --- variational inference
@at({"mu": r(3), "log_sigma": r(3) * 0.1}, r(6, 3), (r(6) > 0).astype(float))
def neg_elbo(q, X, y):
    rng = np.random.default_rng(0)
    samples = 4
    sigma = np.exp(q["log_sigma"])
    total = 0.0
    for s in range(samples):
        eps = rng.normal(size=q["mu"].shape)
        w = q["mu"] + sigma * eps
        logits = X @ w
        loglik = np.sum(y * logits - np.logaddexp(0.0, logits))
        logprior = -0.5 * np.sum(w ** 2) - 1.5 * np.log(2 * np.pi)
        total += loglik + logprior
    entropy = np.sum(q["log_sigma"]) + 0.5 * len(sigma) * (1 + np.log(2 * np.pi))
    return -(total / samples + entropy)

# --- random numbers of computed sizes
@at(0.7)
def draws1(x):
    rng = np.random.default_rng(0)
    q = {"mu": np.ones(3) * x}
    e = rng.normal(size=(len(q["mu"]), 2)) + rng.standard_normal(q["mu"].shape[0])[:, None]
    return np.sum(q["mu"][:, None] * e ** 2)
@at(0.7)
def draws2(x):
    np.random.seed(0)
    y = np.ones(3) * x
    e = np.random.randn(*y.shape)
    e2 = np.random.normal(0.0, 1.0, y.shape)
    return np.sum(y * e * e2)
@at(0.7)
def draws3(x):
    rng = np.random.RandomState(0)
    y = np.ones(4) * x
    idx = rng.choice(len(y), size=2, replace=False)
    return np.sum(y[idx] ** 2) + rng.uniform() * x
