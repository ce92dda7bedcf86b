"""Lists of a matrix and a vector, as the parameters of a model are, written to in loops: whatever axes they have."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

R = np.random.default_rng(5)
W, B, X = R.normal(size=(2, 3)), R.normal(size=2), R.normal(size=3)


def descend(params: Any, slopes: Any, rate: Any) -> None:
    for p, g in zip(params, slopes):
        p -= rate * g


def loss(params: Any, x: Any) -> Any:
    w, b = params
    return np.sum(np.tanh(w @ x + b) ** 2)


@at([W, B], X)
def argument_descended(params: Any, x: Any) -> Any:
    descend(params, [p * 0.5 for p in params], 0.1)
    return loss(params, x)


@at(W, B, X)
def descended_in_turns(w: Any, b: Any, x: Any) -> Any:
    params = [w * 1.0, b * 1.0]
    for _ in range(2):
        descend(params, [p * p for p in params], 0.1)
    return loss(params, x)


@at(W, B, X)
def moments_in_place(w: Any, b: Any, x: Any) -> Any:
    params = [w.copy(), b.copy()]
    ms = [np.zeros_like(p) for p in params]
    for _ in range(2):
        for m, p in zip(ms, params):
            m *= 0.9
            m += 0.1 * p
            p -= 0.1 * m
    return loss(params, x)


@at([W, B], X)
def made_anew_and_written_to(params: Any, x: Any) -> Any:
    new = [p - 0.1 * p for p in params]
    for p in new:
        p[0] *= 2.0
    return loss(new, x)


@at(W, B, X)
def shrunk_by_a_function_inside(w: Any, b: Any, x: Any) -> Any:
    params = [w.copy(), b.copy()]

    def step(ps: Any, rate: Any) -> None:
        for p in ps:
            p *= rate
    step(params, x[0])
    return loss(params, x)


@at({"w": W, "b": B}, X)
def dict_shrunk(params: Any, x: Any) -> Any:
    for k in params:
        params[k] *= x[1]
    return loss((params["w"], params["b"]), x)


@at([W, B], X)
def one_or_the_other(params: Any, x: Any) -> Any:
    p = params[0] if x[0] > 9 else params[1]
    u = p * 2.0
    u *= x[0]
    return np.sum(u) + loss(params, x)


@at([W, B, X])
def largest_written_to(us: Any) -> Any:
    u = max([v * 2 for v in us], key=np.sum)
    u += 1.0
    u[0] *= 3.0
    return np.sum(u ** 2)


@at(np.array([[0.3, 0.9], [0.4, -0.2]]))
def optimised_sum_with_two_names(m: Any) -> Any:
    s = np.einsum("ij,ij->", m, m, optimize=True)      # an array without axes
    t = s
    s += 1.0
    return t * s


@at(np.array([[0.3, 0.9], [0.4, -0.2]]))
def optimised_sums_in_a_loop(m: Any) -> Any:
    total = 0.0
    for row in m:
        total += np.einsum("i,ij,j->", row, m, row, optimize="greedy") * np.einsum("...i->...", row)
    return total
