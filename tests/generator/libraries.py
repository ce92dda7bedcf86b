"""Functions and classes that dense programs use: what is written, kept, handed on and given back in all ways."""

HELD = '''
import copy

import numpy as np


class Box:
    def __init__(self, a, w):
        self.a = a
        self.w = w

    def step(self, v):
        if self.a > 60:
            return
        self.w = self.w * v

    def add(self, v):
        self.w += v

    def grow(self, v):
        if self.a > 60:
            return
        self.w += v

    def take(self, u):
        self.w = u

    def keep(self, u):
        if self.a > 60:
            return
        self.w = u

    def view(self):
        return self.w

    def some(self):
        if self.a > 60:
            return self.w * 2
        return self.w

    def twin(self):
        return Box(self.a, self.w)


class Outer:
    def __init__(self, cell, k):
        self.cell = cell
        self.k = k

    def step(self, v):
        if self.k > 60:
            return
        self.cell.w = self.cell.w * v

    def grow(self, v):
        self.cell.w += v
        self.k = self.k * 1.1

    def keep(self, c):
        if self.k > 60:
            return
        self.cell = c


def first(us, k):
    us[0] = us[-1] * k


def swap(us):
    us[0], us[-1] = us[-1], us[0]


def append(us, u):
    us.append(u)


def write(u, k):
    u[0] = k
    u *= 0.9


def change(u, k):
    if k > 50:
        return u * 1.0
    u[1] += k
    return u


def flipped(u):
    return u[::-1]


def put(d, u):
    d["a"] = u


def got(d):
    return d["a"]


def renew(b, k):
    b.w = b.w * k
    if k > 50:
        b.a = k


def mark(b, u):
    b.w[0] = 0.5
    b.a = b.a * 1.1


def inside(o, k):
    c = o.cell
    c.w = c.w * k
    if k > 50:
        c.a = k


def beside(us, u, k):
    u *= k
    return np.sum(us[0])


def pair(u, v):
    return v, u


def larger(u, v):
    return u if np.sum(u) > np.sum(v) else v


def each(us):
    for u in us:
        yield u
'''

SEEN = '''
import numpy as np


def rows(m, k):
    for r in m:
        r *= k


def column(m, j):
    return m[:, j]


def same(m):
    return m


def write(v, k):
    v[0] = k
    v[1:] *= 0.9


def change(v, k):
    if k > 50:
        return v * 1.0
    v += k
    return v


def turned(m):
    return m.T


def doubled(m):
    return m * 2.0


def larger(a, b):
    return a if a[0] > b[0] else b
'''


TWO = '''
import copy

import numpy as np


class Two:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def scale(self, k):
        self.a *= k

    def step(self, k):
        self.b = self.b * k

    def swap(self):
        self.a, self.b = self.b, self.a

    def tie(self):
        self.b = self.a

    def take(self, u, k):
        if k > 50:
            return
        self.b = u

    def both(self, k):
        self.a[0] = k
        self.b = self.b + k
        self.b[1] = k

    def first(self):
        return self.a


class Holder:
    def __init__(self, p, u):
        self.p = p
        self.q = Two(u, u)

    def grow(self, k):
        self.p.a *= k
        self.q.b[0] = k

    def put(self, p):
        self.q = p

    def tie(self):
        self.q.a = self.p.b


def made(u, v):
    return Two(u, v)


def same(u):
    return Two(u, u)


def either(u, v, k):
    if k > 50:
        return Two(u * 1.0, v)
    return Two(u, v)


def fresh(u, v):
    return Two(u * 2.0, v + 1.0)


def every(ps, k):
    for p in ps:
        p.a *= k


def each(ps, k):
    for p in ps:
        p.b = p.b * k
        p.a[0] = k


def touch(p, k):
    p.a[0] = k
    p.b *= 0.9


def move(p, k):
    p.a = p.b
    if k > 50:
        p.b = p.b * 1.0


def renew(p, k):
    p.a = p.a * k


def join(p, q):
    p.b = q.a
    q.a[1] = 0.4


def some(p, q, k):
    if k > 50:
        return p
    return q


def write(u, k):
    u[0] = k
    u *= 0.9
'''
