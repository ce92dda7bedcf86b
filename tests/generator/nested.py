"""Functions and classes that dense programs use whose lists hold lists, or stand in dicts, tuples and objects."""

NESTED = '''
import copy
from dataclasses import dataclass, replace

import numpy as np


@dataclass
class Pair:
    a: np.ndarray
    k: float

    def __getitem__(self, i):
        return self.a[i]

    def __setitem__(self, i, v):
        self.a[i] = v

    @property
    def tail(self):
        return self.a[1:]

    @property
    def level(self):
        return self.k

    @level.setter
    def level(self, v):
        self.k = v
        self.a = self.a * v

    def __iadd__(self, v):
        self.a += v
        return self

    def __call__(self, v):
        self.k = self.k + v
        return self.a


class Sub(Pair):
    def __getitem__(self, i):
        return self.a[i] * 2


def fill(rows, k):
    for r in rows:
        r[0] *= k


def descend(ps, gs):
    for p, h in zip(ps, gs):
        p -= 0.1 * h


def twice(us, vs, k):
    us[0] *= k
    vs[-1] += us[0]
    return us[-1]


def every(g, k):
    for key in g:
        g[key][0][1] = k


def inner(g, key, k):
    g[key] = [z * k for z in g[key]]
    g[key][0] *= 0.9


def hold(p, us, k):
    us[-1] = p.a
    p.a *= k


def grow(g, u):
    g["p"].append(u)


def take(g):
    return g["q"].pop()


def maker(u):
    def write(k):
        u[0] = k
        return np.sum(u)
    return write


def counter(rows):
    def push(u):
        rows.append(u)
    return push


def spread(u, *us):
    u[0] = 0.3
    return us[-1]


def named(u, v=None):
    if v is None:
        v = u
    v[1] = 0.4
    return v


def tied(u, v):
    return (u, [u, v])


def nested(u, k):
    def inner():
        nonlocal u
        u = u * k
        return u
    return inner() + inner()
'''


LENT = '''
import numpy as np


def dup(us):
    us.append(us[0])


def lend(us, vs):
    us.append(vs[0])


def lend_first(us, vs, k):
    if k > 50:
        return
    us[0] = vs[-1]


def move(us, vs):
    us.append(vs.pop())


def hit(us, k):
    us[0][1] = k


def hit_all(us, k):
    for u in us:
        u *= k


def second(us):
    return us[1]


def pick(us, vs, k):
    return us if k > 0.5 else vs


class Bag:
    def __init__(self, us):
        self.us = us
        self.n = 1.0

    def add(self, u):
        self.us.append(u)

    def hit(self, k):
        self.us[-1][0] = k

    def renew(self, us):
        self.us = us


def rows(x, y):
    return [[x * 2, x * 3], [x * y, x + y]]
'''
