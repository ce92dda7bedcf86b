"""Simulation: an oscillator by leapfrog steps; nothing but numbers is kept for the way back."""


def leapfrog(q, p, k, dt, steps):
    for _ in range(steps):
        q += 0.5 * dt * p
        p -= dt * k * q
        q += 0.5 * dt * p
    return q


# $ tangent2 show generated_examples/leapfrog.py:leapfrog --wrt q,k --at "q=1.0, p=0.3, k=2.0, dt=0.1, steps=5"


def grad_leapfrog(q, p, k, dt, steps):
    q_saved = []
    for _ in range(steps):
        q += 0.5 * dt * p
        q_saved.append(q)
        p -= dt * k * q
        q += 0.5 * dt * p
    # Backward pass
    q_bar = 1.0
    p_bar = 0.0
    k_bar = 0.0
    while q_saved:
        q = q_saved.pop()
        p_bar += 0.5 * q_bar * dt
        q_bar -= p_bar * (dt * k)
        k_bar -= p_bar * q * dt
        p_bar += 0.5 * q_bar * dt
    return q_bar, k_bar


# $ tangent2 show generated_examples/leapfrog.py:leapfrog --mode forward --wrt q,k --at "q=1.0, p=0.3, k=2.0, dt=0.1, steps=5"


def jvp_leapfrog(q, p, k, dt, steps, q_dot, k_dot):
    p_dot = 0.0
    for _ in range(steps):
        t = 0.5 * dt
        q_dot += t * p_dot
        q += t * p
        t1 = dt * k
        p_dot -= dt * k_dot * q + t1 * q_dot
        p -= t1 * q
        t2 = 0.5 * dt
        q_dot += t2 * p_dot
        q += t2 * p
    return q, q_dot
