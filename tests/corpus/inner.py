"""Functions inside: recursion, `nonlocal`, late binding, tables of functions, decorators, stars in calls."""
# ruff: noqa
import functools, operator, itertools, math
from functools import wraps, lru_cache, partial
import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])


@at(0.7)
def rec1(x):
    def power(b, n):
        return 1.0 if n == 0 else b * power(b, n - 1)
    return power(x, 5)


@at(0.7)
def rec2(x):
    def horner(n):
        if n == 0: return 1.0
        return x * horner(n - 1) + n
    return horner(4)


@at(0.7)
def rec3(x):
    def even(v, n): return v if n == 0 else odd(v * v, n - 1)
    def odd(v, n): return np.sin(v) * x if n == 0 else even(v + 0.5, n - 1)
    return even(x, 4) * odd(x, 3)


@at(0.7)
def calls_each(x):
    def g(v): return h(v) * 2
    def h(v): return v * x
    return g(x)


@at(0.7)
def nonlocal1(x):
    t = 0.0
    def add(v):
        nonlocal t
        t = t + v * v
    add(x)
    add(2 * x)
    return t


@at(X3)
def nonlocal2(x):
    n = 0; s = 0.0
    def add(v):
        nonlocal n, s
        n += 1
        s += v * n
        return s
    r = 0.0
    for v in x:
        r += add(v)
    return r * s


@at(0.7)
def late1(x):
    a = 1.0
    f = lambda v: v * a
    p = f(x)
    a = x
    return p + f(x)


@at(0.7)
def late3(x):
    def f(v): return v * w
    w = x * 2
    return f(x)


@at(0.7)
def fdict(x):
    ops = {"sin": np.sin, "sq": lambda v: v * v * x}
    return ops["sin"](x) * ops["sq"](x)


@at(0.7, "sq")
def fdict2(x, name):
    ops = {"sin": np.sin, "sq": lambda v: v * v * x}
    return ops[name](x)


OPS = {"sin": np.sin, "exp": np.exp}


@at(0.7, "exp")
def fdict3(x, name):
    return OPS[name](x)


def sq(x):
    return x * x


OPS2 = {"sin": np.sin, "sq": sq}


@at(0.7, "sq")
def fdict4(x, name="sq"):
    return OPS2[name](x) * OPS2["sin"](x)


@at(0.7)
def flist(x):
    fs = [np.sin, lambda v: v * x]
    return fs[0](fs[1](x))


@at(X3)
def floop(x):
    t = 0.0
    for name, f in {"a": np.sin, "b": lambda v: v * v}.items(): t += f(x[0])
    return t


@at(X3)
def floop2(x):
    t = 0.0
    for k, f in zip([1.0, 2.0], [np.sin, np.cos]):
        t += k * f(x[0])
    return t


@at(X3)
def floop3(x):
    t = 0.0
    for i, f in enumerate([np.sin, np.cos]):
        t += i * f(x[i])
    return t


def rk4(f, y, t, h):
    k1 = f(t, y); k2 = f(t + h / 2, y + h / 2 * k1); k3 = f(t + h / 2, y + h / 2 * k2); k4 = f(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@at(X3, np.array([1.0, 0.5]))
def ode(p, y0):
    def f(t, y): return np.array([y[1], -p[0] * y[0] - p[1] * y[1] + p[2] * np.sin(t)])
    y = y0
    for i in range(4): y = rk4(f, y, i * 0.1, 0.1)
    return np.sum(y * y)


def log(f):
    @wraps(f)
    def w(*a, **k):
        return 2.0 * f(*a, **k)
    return w


@log
def deco(x, k=1.0):
    return x * x * k


@at(0.7)
def deco1(x):
    return deco(x) * deco(x, k=3.0)


def scale(s):
    def d(f):
        def w(x): return s * f(x)
        return w
    return d


@at(0.7)
@scale(3.0)
def deco2(x):
    return x ** 3


@at(0.7)
def deco4(x):
    @scale(x)
    def g(v): return v * v
    return g(x)


@lru_cache(maxsize=None)
def cached(n):
    return n * 2.0


@at(0.7)
def lru(x):
    return cached(3) * x * x


@lru_cache
def fibc(n):
    return n if n < 2 else fibc(n - 1) + fibc(n - 2)


@at(0.7)
def lru2(x):
    return fibc(6) * x * x


@at(0.7)
def lru3(x):
    @lru_cache(None)
    def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
    return fib(6) * x * x


def ko(a, /, b, *, c=2.0, **kw):
    return a * b * c + kw.get("d", 0.0)


@at(0.7)
def kwonly(x):
    return ko(x, b=x, c=3.0, d=x) + ko(x, 2.0)


def va(*args, s=1.0):
    return s * sum(args)


def lin(w, b, x=1.0):
    return w * x + b


@at(X3)
def starcall(x):
    p = (x[0], x[1])
    return lin(*p) * lin(*p, x=x[2]) * lin(*x) * lin(*x[:2])


@at(X3)
def kwcall(x):
    o = {"w": x[0], "b": x[1]}
    return lin(**o) * lin(x=2.0, **o)


@at({"w": 0.3, "b": 0.7})
def kwcall2(o):
    return lin(**o) ** 2


@at(X3)
def kwcall3(x):
    o = dict(w=x[0], b=x[1])
    return lin(**o)


def wrapkw(x, **kw):
    return lin(x, **kw)


def wrapargs(*a):
    return lin(*a)


@at(X3)
def starcall2(x):
    return wrapargs(x[0], x[1]) * wrapargs(*x)


def acc(v, into=[]):
    return v * (1 + len(into))


@at(0.7)
def mutdef(x):
    return acc(x) ** 2


@at(0.7)
def lambda_now(x):
    return (lambda v: v * v * x)(x)


@at(0.7)
def curry(x):
    add = lambda a: lambda b: a * b
    return add(x)(x + 1)


def outer_ret(k):
    def f(x): return x * k
    return f


@at(0.7)
def returned(x):
    return outer_ret(x)(x * 2)


@at(0.7)
def tupret(x):
    def mk(a): return (lambda v: v * a), (lambda v: v + a)
    f, g = mk(x)
    return f(g(x))


def newton(f, x, n=5):
    for _ in range(n): x = x - f(x)[0] / f(x)[1]
    return x


@at(2.0)
def newt(a):
    return newton(lambda z: (z * z - a, 2 * z), 1.5)


@functools.singledispatch
def sd(x):
    return x * x


@sd.register(list)
def _(x):
    return x[0] * 3


@at(0.7)
def nestrec(x):
    def f(n, acc):
        if n == 0: return acc
        return f(n - 1, acc * x + n)
    return f(5, 0.0)


@at(0.7)
def setdef(x):
    def f(v, k=x): return v * k
    return f(2.0) + f(x, 3.0) + f(k=x, v=1.0)


@at(0.7)
def fargdefault(x):
    def f(g=np.sin): return g(x)
    return f() + f(np.cos)


@at(X3)
def two_states_of_one_maker(x):
    def make(total):
        def add(v):
            nonlocal total
            total += v
            return total
        return add
    a, b = make(1.0), make(2.0)
    a(x[0]); z = b(x[1])
    return a(x[2]) * z + a(0.0)
