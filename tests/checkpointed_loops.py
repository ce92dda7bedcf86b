"""Loops of which few states are kept, of all forms: `u` an array, `w` a number, `n` iterations or so."""
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tangent2 import checkpointed
from tests.harness.functions import namespace_of

LOOPS: dict[str, tuple[Callable[..., Any], int]] = {}


def case(n: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A program and how many iterations it is tried with."""
    def take(f: Callable[..., Any]) -> Callable[..., Any]:
        LOOPS[f.__name__] = f, n
        return f
    return take


@case(7)
def inplace(u: Any, w: Any, n: Any) -> Any:
    u = u.copy()
    for _ in checkpointed(range(n), snapshots=3):
        u[1:-1] += w * (u[2:] - 2 * u[1:-1] + u[:-2])
        u[0] = np.sin(u[1]) * w
    return np.sum(u ** 2)


@case(7)
def outside(u: Any, w: Any, n: Any) -> Any:
    a = np.zeros(n) * w
    b = u * 1.0
    for i in checkpointed(range(n), snapshots=3):
        a[i] = np.sum(b) * w + i
        b = b * np.cos(a[i])
    return np.sum(a * a) + np.sum(b)


@case(7)
def breaks(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=3):
        u = u + w * np.sin(u)
        if np.sum(u) > 0.8:
            break
        u = u * 1.1
    return np.sum(u)


@case(9)
def breaks_first(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        if i == 6:
            break
        u = u + w * np.sin(u)
    return np.sum(u)


@case(7)
def returns(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=3):
        u = u + w * np.sin(u)
        if np.sum(u) > 0.8:
            return np.sum(u ** 3)
    return np.sum(u)


@case(7)
def returns_never(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=3):
        u = u + w * np.sin(u)
        if np.sum(u) > 80:
            return np.sum(u ** 3)
    return np.sum(u)


@case(7)
def returns_array(u: Any, w: Any, n: Any) -> Any:
    def inner(u: Any) -> Any:
        for _ in checkpointed(range(n), snapshots=3):
            u = u + w * np.sin(u)
            if np.sum(u) > 0.8:
                return u ** 3
        return u * u
    return np.sum(inner(u)) + np.sum(inner(-u))


@case(7)
def continues(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=3):
        if i % 2 == 0:
            u = u * 1.1
            continue
        u = u + w * np.sin(u)
    return np.sum(u)


@case(7)
def ends_with_else(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=3):
        u = u + w * np.sin(u)
        if np.sum(u) > 5:
            break
    else:
        u = u * w
    return np.sum(u)


@case(0)
def none(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=3):
        u = u + w * np.sin(u)
    return np.sum(u) * w


@case(7)
def one(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=1):
        u = u + w * np.sin(u)
    return np.sum(u) * w


@case(7)
def many(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=100):
        u = u + w * np.sin(u) * i
    return np.sum(u) * w


@case(5)
def nested(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        for j in checkpointed(range(i + 1), snapshots=2):
            u = u + w * np.sin(u) * j
        w = w * np.cos(w)
    return np.sum(u) * w


@case(5)
def in_plain(u: Any, w: Any, n: Any) -> Any:
    for i in range(n):
        for j in checkpointed(range(i + 1), snapshots=2):
            u = u + w * np.sin(u) * j
        w = w * np.cos(w)
    return np.sum(u) * w


@case(5)
def in_while(u: Any, w: Any, n: Any) -> Any:
    k = 0
    while k < n:
        for j in checkpointed(range(k + 2), snapshots=k + 1):
            u = u + w * np.sin(u) * j
        k += 2
    return np.sum(u) * w


@case(5)
def in_branch(u: Any, w: Any, n: Any) -> Any:
    if np.sum(u) > 0:
        for j in checkpointed(range(n), snapshots=2):
            u = u + w * np.sin(u) * j
    else:
        u = u * w
    return np.sum(u) * w


@case(6)
def plain_inside(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=2):
        for j in range(3):
            u = u + w * np.sin(u) * j
            if u[0] > 1.0:
                break
        v = u
        while np.sum(v) > 1.0:
            v = v * 0.9 * np.cos(w)
        u = v
    return np.sum(u) * w


@case(6)
def last_used(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        t = np.sin(u) * w * (1 + i)
        u = u + t
    return np.sum(u) * w + np.sum(t) * i


@case(6)
def lists(u: Any, w: Any, n: Any) -> Any:
    found = []
    for _ in checkpointed(range(n), snapshots=2):
        u = u + w * np.sin(u)
        found.append(u)
    return np.sum(found[2] * found[-1]) * len(found)


@case(6)
def lists_read(u: Any, w: Any, n: Any) -> Any:
    found = [u]
    for _ in checkpointed(range(n), snapshots=2):
        u = u + w * np.sin(found[-1])
        found.append(u)
    return np.sum(found[2] * found[-1]) * len(found)


@case(6)
def totals(u: Any, w: Any, n: Any) -> Any:
    total = 0.0
    for i in checkpointed(range(n), snapshots=2):
        total += np.sum(np.sin(u * i) * w)
    return total


@case(6)
def steps(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(2 * n, 1, -3), snapshots=2):
        u = u + w * np.sin(u) * i
    return np.sum(u)


def step(u: Any, w: Any, i: Any) -> Any:
    v = u + w * np.sin(u)
    return np.where(v > 0.4, v * i, v)


@case(6)
def called(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        u = step(u, w, i)
    return np.sum(u)


def inner(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        u = step(u, w, i)
    return u


@case(6)
def in_called(u: Any, w: Any, n: Any) -> Any:
    return np.sum(inner(u, w, n) * inner(inner(u * 2, w, n), w * w, 2))


@case(6)
def two_states(u: Any, w: Any, n: Any) -> Any:
    v = u * 0.0
    for _ in checkpointed(range(n), snapshots=2):
        u, v = u + w * v, v - w * np.sin(u)
    return np.sum(u * v)


@case(6)
def tuple_state(u: Any, w: Any, n: Any) -> Any:
    s = (u, w)
    for _ in checkpointed(range(n), snapshots=2):
        s = (s[0] + s[1] * np.sin(s[0]), s[1] * 0.9)
    return np.sum(s[0]) * s[1]


@case(6)
def dict_state(u: Any, w: Any, n: Any) -> Any:
    s = {"u": u * 1.0, "w": w}
    for _ in checkpointed(range(n), snapshots=2):
        s["u"] = s["u"] + s["w"] * np.sin(s["u"])
        s["w"] *= 0.9
    return np.sum(s["u"]) * s["w"]


@case(6)
def reads_elements(u: Any, w: Any, n: Any) -> Any:
    total = 0.0
    x = 0.0
    for i in checkpointed(range(n), snapshots=2):
        x = x + np.sin(x * u[i % 3]) * w + u[0]
        total += x * u[0]
    return total + u[0]


class Model:
    def __init__(self, w: Any) -> None:
        self.w = w

    def run(self, u: Any, n: Any) -> Any:
        for _ in checkpointed(range(n), snapshots=2):
            u = u + self.w * np.sin(u)
            self.w = self.w * 0.9
        return u


@case(6)
def method(u: Any, w: Any, n: Any) -> Any:
    m = Model(w)
    return np.sum(m.run(u, n)) * m.w


@case(6)
def late_bound(u: Any, w: Any, n: Any) -> Any:
    r = checkpointed(range(n), snapshots=2)
    for _ in r:
        u = u + w * np.sin(u)
    for _ in r:
        u = u + w * np.cos(u)
    return np.sum(u)


@case(6)
def comprehension(u: Any, w: Any, n: Any) -> Any:
    xs = [w * np.sin(u * i) for i in checkpointed(range(n), snapshots=2)]
    return sum([np.sum(x) for x in xs])


@case(6)
def raising(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        if np.sum(u) > 100:
            raise ValueError("big")
        assert i < 100
        u = u + w * np.sin(u)
    return np.sum(u)


@case(6)
def conditional(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        if i % 2:
            t = np.sin(u)
        else:
            t = u * w
        u = u + w * t
    return np.sum(u)


@case(6)
def growing(u: Any, w: Any, n: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=2):
        u = np.append(u, np.sum(u) * w)
    return np.sum(u ** 2)


@case(6)
def written_argument(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        u[i % 3] = u[(i + 1) % 3] * w + np.sin(u[i % 3])
    return np.sum(u ** 2)


@case(6)
def closure(u: Any, w: Any, n: Any) -> Any:
    def body(v: Any) -> Any:
        return v + w * np.sin(v)
    for _ in checkpointed(range(n), snapshots=2):
        u = body(u)
    return np.sum(u ** 2)


@case(6)
def attempted(u: Any, w: Any, n: Any) -> Any:
    for i in checkpointed(range(n), snapshots=2):
        try:
            if i == 3:
                raise ValueError
            u = u + w * np.sin(u)
        except ValueError:
            u = u * w
    return np.sum(u ** 2)


def plain_loops() -> dict[str, Any]:
    """The same programs with ordinary loops."""
    text = re.sub(r"checkpointed\((.*), snapshots=[^:\]]*\)", r"\1", Path(__file__).read_text())
    assert "snapshots=" not in text.partition("def plain_loops")[0]
    return namespace_of(text, label="plain loops")
