"""`a is b` of objects and arrays that are written to: bodies that attract one another, what was chosen, what is new."""
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.corpus.cases import at

X, Y = np.array([0.3, -0.7, 1.1]), np.array([0.5, 0.2, 0.9])


@dataclass
class Body:
    """A place, a velocity and a mass."""

    pos: Any
    vel: Any
    mass: Any = 1.0


class Pair:
    """Two arrays."""

    def __init__(self, p: Any, v: Any) -> None:
        self.p = p
        self.v = v


class World:
    """Pairs in a list."""

    def __init__(self, bodies: Any) -> None:
        self.bodies = bodies

    def step(self, dt: Any) -> None:
        for a in self.bodies:
            for b in self.bodies:
                if a is not b:
                    a.v = a.v + dt * (b.p - a.p)
        for a in self.bodies:
            a.p = a.p + dt * a.v


@at([X, Y], 0.8)
def bodies(ps: Any, m: Any) -> Any:
    all_of_them = [Body(p, np.zeros(3), m) for p in ps]
    for _ in range(2):
        for a in all_of_them:
            for b in all_of_them:
                if a is b:
                    continue
                a.vel = a.vel + 0.1 * b.mass * (b.pos - a.pos)
        for a in all_of_them:
            a.pos = a.pos + 0.1 * a.vel
    return sum(np.sum(b.pos ** 2) for b in all_of_them)


@at([X, Y], 0.8)
def bodies_of_an_object(ps: Any, y: Any) -> Any:
    w = World([Pair(ps[0], ps[1]), Pair(ps[1] * y, ps[0])])
    w.step(y)
    w.step(0.1)
    return sum(np.sum(b.p ** 2) for b in w.bodies)


@at([Pair(X, Y), Pair(Y * 2, X * 2)], 0.8)
def bodies_given(bs: Any, y: Any) -> Any:
    t = 0.0
    for a in bs:
        for b in bs:
            if a is not b:
                t = t + y * np.sum(a.p * b.p * b.v)
    return t


@at([X, Y], 0.8)
def chosen_one(ps: Any, y: Any) -> Any:
    bs = [Pair(ps[0] * 1, ps[1] * y), Pair(ps[0] * 2, ps[1])]
    chosen = bs[0]
    for b in bs:
        if b is chosen:
            b.p = b.p * y
        else:
            b.p = b.p + y
    return sum(np.sum(b.p * b.v) for b in bs)


@at([X, Y], 0.8)
def of_a_dict(ps: Any, y: Any) -> Any:
    d = {"a": Pair(ps[0] * 1, ps[1]), "b": Pair(ps[1] * y, ps[0])}
    for k in d:
        for j in d:
            if d[k] is not d[j]:
                d[k].v = d[k].v + d[j].p * y
    return np.sum(d["a"].v * d["b"].v)


@at([X, Y], 0.8)
def arrays_written_to(ps: Any, y: Any) -> Any:
    us = [p * 1 for p in ps]
    for u in us:
        for v in us:
            if u is v:
                continue
            u += v * y
    return np.sum(us[0] * us[1])


@at(X, 0.8)
def second_name(x: Any, y: Any) -> Any:
    u = x * 1
    v = u
    v *= y
    p = Pair(x * 2, y)
    q = p
    p.p = p.p * y
    return (np.sum(u * u) if v is u else np.sum(u)) + (np.sum(q.p) if p is q else np.sum(x))


@at(X, 0.8)
def two_alike(x: Any, y: Any) -> Any:
    p, q = Pair(x, y), Pair(x, y)
    return np.sum(p.p) * p.v if p is q else np.sum(q.p ** 2)
