"""Iterators that have a name, functions with a state, calls with stars, tables, factories, dispatch, other Python."""
# ruff: noqa
import functools, itertools, math, operator
from functools import lru_cache, partial, singledispatch, wraps

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])
X4 = np.array([0.3, -0.7, 1.2, 0.5])
@at(X3)
def it1(x):
    it = iter(x)
    a = next(it)
    b = next(it)
    return a * b * next(it)
@at(X3)
def it2(x):
    it = iter(x)
    s = 0.0
    while True:
        v = next(it, None)
        if v is None:
            break
        s += v * v * x[0]
    return s
@at(X3)
def it3(x):
    it = iter(x)
    first = next(it)
    s = first
    for v in it:
        s = s * v + first
    return s
@at(X3)
def it4(x):
    it = iter([x * 2, x * 3])
    return np.sum(next(it) * next(it)) + np.sum(next(it, x))
@at(X3)
def it5(x):
    it = iter(x)
    s = 0.0
    try:
        while True:
            s += next(it) ** 2
    except StopIteration:
        s = s * 2
    return s
@at(X4)
def it6(x):
    it = iter(x)
    s = 0.0
    for a, b in zip(it, it):
        s += a * b
    return s
@at(X3)
def it7(x):
    def gen():
        for v in x:
            yield v * v
    g = gen()
    return next(g) * next(g) + next(g)
@at(X3)
def it8(x):
    it = enumerate(x)
    k, v = next(it)
    k2, v2 = next(it)
    return v * v2 * (k + k2 + 1)
@at(X3)
def it9(x):
    d = {"a": x[0], "b": x[1] * x[2]}
    k = next(iter(d))
    return d[k] * next(iter(d.values()))
@at(X3)
def it10(x):
    return next(v * v for v in x if v < 0) * next((v for v in x if v > 5), x[0])
@at(0.7, 1.3)
def fv1(x, y):
    def f(a, b, c=1.0): return a * b * c
    args = (x, y); kw = {"c": x + y}
    return f(*args, **kw)
@at(0.7, 1.3)
def fv2(x, y):
    def f(a, b, c=1.0): return a * b * c
    g = f
    args = [x, y]
    return g(*args, c=2.0) + g(*args)
def three(a, b, c=1.0): return a * b * b * c
def apply(f, *a, **k): return f(*a, **k)
@at(0.7, 1.3)
def fv3(x, y): return apply(three, x, y, c=x)
@at(0.7, 1.3)
def fv4(x, y): return apply(lambda a, b: a * b * x, y, x)
@at(0.7, 1.3)
def pt1(x, y):
    fs = [partial(three, x), partial(three, y, c=2.0)]
    s = 0.0
    for f in fs:
        s += f(x * y)
    return s
@at(0.7, 1.3)
def pt2(x, y):
    fs = {"a": partial(three, x), "b": partial(three, y, c=2.0)}
    return fs["a"](y) * fs["b"](x)
@at(0.7)
def pt3(x):
    return partial(partial(three, x), c=x)(2.0)
def factory(kind, k):
    if kind == "sin":
        def f(v): return np.sin(v * k)
        return f
    def g(v): return v * v * k
    return g
@at(0.7, 1.3)
def fac1(x, y):
    return factory("sin", y)(x) * factory("sq", x)(y)
@at(0.7, 1.3)
def fac2(x, y):
    def mk(k):
        if k > 1.0:
            return lambda v: v * k
        return lambda v: v + k
    return mk(x)(y) * mk(y)(x)
@singledispatch
def size(v): return v * 2.0
@size.register(list)
def _(v): return v[0] * 3.0
@size.register
def _(v: tuple): return v[0] * v[1]
@at(0.7)
def sd1(x):
    return size(x) * size([x, x]) * size((x, x + 1))
@at(0.7, 1.3)
def dm1(x, y):
    d = {"a": x, "b": y}
    e = {**d, "b": x * y, "c": 2.0}
    return e["a"] * e["b"] * e["c"]
@at(0.7, 1.3)
def dm2(x, y):
    d = dict(a=x); e = dict(b=y, **d)
    f = d | e
    return f["a"] * f["b"]
@at(X3)
def st1(x):
    a = [x[0], 2.0]; b = (x[1],)
    c = [*b, a[0], *a[:1], *x[1:]]
    return sum(c) * c[-1]
@at(X3, 0.4)
def st2(x, a):
    b = [a, a * 2]
    c = [*b, a, *x[:1]]
    s = 0.0
    for k, v in enumerate(c): s += v * v * k
    return s

@at(X3)
def st4(x):
    a, *rest = x
    *init, last = x
    return a * sum(rest) + last * sum(init) * len(rest)
def counter(k):
    total = 0.0
    def add(v):
        nonlocal total
        total = total + v * k
        return total
    return add
@at(0.7, 1.3)
def nl1(x, y):
    c = counter(x)
    c(y)
    c(x * y)
    return c(1.0)
@at(0.7, 1.3)
def nl2(x, y):
    c, d = counter(x), counter(y)
    c(y); d(x); c(2.0)
    return c(0.5) * d(0.5)
@at(0.7, 1.3)
def nl3(x, y):
    def outer():
        s = x
        def up(v):
            nonlocal s
            s = s * v
        for k in range(3):
            up(y + k)
        return s
    return outer() * outer()
@lru_cache(maxsize=None)
def binom(n, k): return 1 if k in (0, n) else binom(n - 1, k - 1) + binom(n - 1, k)
@at(0.7)
def lru1(x):
    return sum(binom(4, k) * x ** k for k in range(5))
def twice(f):
    @wraps(f)
    def g(*a, **k): return 2.0 * f(*a, **k)
    return g
def scaled(s):
    def deco(f):
        @wraps(f)
        def g(v): return s * f(v) + v
        return g
    return deco
@twice
@scaled(3.0)
def deco(v): return v ** 3
@at(0.7)
def de1(x): return deco(x) * x
@at(0.7)
def de2(x):
    @twice
    def f(v): return v * v * x
    return f(x)


A23 = np.array([[0.3, -0.7, 1.2], [0.5, 0.1, -0.3]])
@at(A23)
def ga1(a): return np.sum(getattr(a, "T") @ a) + getattr(a, "nope", 2.0) * np.sum(a ** 2)
@at(X4)
def sl1(x):
    s = slice(1, None); r = slice(None, None, -1)
    return np.sum(x[s] ** 2) * x[r][0] + np.sum(x[slice(0, 2)])
@at(A23)
def el1(a): return np.sum(a[..., 1:] ** 2) * np.sum(a[Ellipsis, 0]) + np.sum(a[..., None] ** 3)
@at(0.7)
def del1(x):
    y = x * x
    z = y * x
    del y
    d = {"a": z, "b": x}
    del d["b"]
    l = [x, z, 2 * x]
    del l[0]
    return sum(d.values()) * l[0] + l[1]
G = 3.0
@at(0.7)
def gl1(x):
    global G
    return G * x * x
@at(0.7)
def wal(x):
    s = 0.0
    k = 0
    while (k := k + 1) < 4:
        if (y := x * k) > 1: s += y * y
    return s + y
@at(X3, X4)
def zl(x, y):
    s = 0.0
    for a, b in itertools.zip_longest(x, y, fillvalue=1.5):
        s += a * b
    return s
@at(X4)
def isl(x):
    s = 0.0
    for v in itertools.islice(x, 1, None, 2): s += v * v
    for k in itertools.count(1):
        s = s * x[0] + k
        if k > 3: break
    return s + sum(itertools.islice(itertools.cycle(x), 6))
@at(X4)
def sk(x):
    r = sorted(x, key=lambda v: -abs(v))
    p = sorted([(v, k) for k, v in enumerate(x)], key=operator.itemgetter(0), reverse=True)
    m = max(x, key=lambda v: abs(v)); n = min((v for v in x if v > 3), default=x[0] * 2)
    o = max([], default=x[1])
    return r[0] * r[1] + p[0][0] * p[1][0] * 3 + m * n * o

def rec(x, n): return x if n == 0 else rec(x * 1.001, n - 1)
@at(0.7)
def deeprec(x): return rec(x, 200)
@at(0.7)
def fst(x):
    s = f"{x:.3f} {x!r}"
    return x * len(s) / len(s)
@at(X3)
def j1(x):
    it = enumerate(x)
    k, v = next(it)
    k2, v2 = next(it)
    return v * v2 * (k + k2 + 1)
@at(X4)
def j2(x):
    it = iter(x)
    s = 0.0
    for v in it:
        if v < 0: s += v * next(it)
        else: s += v * v
    return s
@at(A23)
def j3(a):
    rows = iter(a)
    h = np.sin(next(rows))
    return np.sum(h * next(rows)) + next(iter(a))[0]
@at(X4)
def j4(x):
    c = itertools.count(2, 3)
    s = 0.0
    for v in x:
        s += v ** next(c)
    return s * next(c)
@at(X4)
def j5(x):
    w = itertools.cycle([x[0], x[1] * 2])
    s = 0.0
    for v in x: s += v * next(w)
    return s

@at(X4)
def j7(x):
    it = zip(x, x[1:])
    a, b = next(it)
    return sum(p * q * a for p, q in it) + b
@at(X4)
def j8(x):
    it = iter(x)
    prev = next(it)
    s = 0.0
    for cur in it:
        s += prev * cur
        prev = cur
    return s
@at(X4)
def j9(x):
    it = iter(x)
    out = []
    while True:
        try:
            out.append(next(it) * x[0])
        except StopIteration:
            break
    return np.sum(np.array(out) ** 2)
@at(X4)
def j10(x):
    def gen(n):
        a = x[0]
        for k in range(n):
            yield a
            a = a * x[k] + 1
    g = gen(4)
    next(g)
    return next(g) + next(g) * next(g)

@at(X4)
def j12(x):
    it = iter(x)
    for v in it:
        if v < 0: break
    return v * sum(it)
@at(X4)
def j13(x):
    it = iter(x); a, b, *rest = it
    return a * b * sum(rest)
def mk():
    def g(*a): return np.sum(a[0]) * len(a)
    return g
def ap(f, x): return f(x)
@at(X3)
def stars1(x): return mk()(x) * 2
@at(X3)
def stars2(x):
    def g(*a): return np.sum(a[0]) * len(a)
    return ap(g, x)
@at(X3)
def stars3(x):
    return ap(lambda *a: np.sum(a[0]) * len(a), x)
def mk2():
    def g(v, s=2.0, *, t=3.0): return np.sum(v) * s * t
    return g

@at(X3)
def stars5(x): return mk2()(x) * 2
@at(X3)
def stars6(x): return ap(mk2(), x) * 2
def va(*a): return np.sum(a[0]) * len(a)
@at(X3)
def stars7(x): return ap(va, x) * 2
