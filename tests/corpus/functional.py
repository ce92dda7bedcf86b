"""`functools`, `operator`, `map` and `filter`, keys and defaults of built-in functions, questions of kind."""
# ruff: noqa
import functools, operator, itertools, math
from functools import partial, reduce
import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])


def f2(x, k=1.0):
    return np.sin(x) * k


def f3(a, x, k=1.0):
    return np.sin(x * a) * k


half = partial(f2, k=0.5)


@at(0.7)
def partial_inside(x):
    g = partial(f3, x, k=2.0)
    return g(0.3) * g(x)


@at(0.7)
def partial_module(x):
    return half(x) * half(2 * x)


@at(X3)
def reduce1(x):
    return reduce(lambda a, b: a * b, x)


@at(X3)
def reduce2(x):
    return reduce(operator.mul, [v * v for v in x], 2.0)


@at(X3)
def reduce3(x):
    return functools.reduce(lambda a, b: a + b * a, x, x[0])


@at(X3)
def map1(x):
    return sum(map(lambda v: v * v, x))


@at(X3)
def map2(x):
    return sum(map(lambda a, b: a * b, x, x[::-1]))


@at(X3)
def map3(x):
    return sum(map(operator.mul, x, x))


@at(X3)
def map4(x):
    m = map(math.sin, x)
    return sum(m)


@at(X3)
def filter1(x):
    return sum(filter(lambda v: v > 0, x))


@at(X3)
def filter2(x):
    t = 0.0
    for v in filter(lambda v: v > 0, x):
        t += v ** 2
    return t


@at(X3)
def ops1(x):
    return operator.add(x[0], operator.mul(x[1], operator.truediv(x[2], x[0]))) + operator.neg(x[0]) + operator.pow(x[0], 2) + operator.sub(x[0], x[2])


@at(X3)
def ops2(x):
    g = operator.itemgetter(1)
    return g(x) * operator.getitem(x, 2)


@at(X3)
def ops3(x):
    g = operator.itemgetter(1, 2)
    a, b = g(x)
    return a * b


@at(X3)
def sorted1(x):
    s = sorted(x, key=lambda v: -v)
    return s[0] * s[1] ** 2


@at(X3)
def sorted2(x):
    s = sorted([(v, v * v) for v in x], key=lambda p: p[1], reverse=True)
    return s[0][0] * s[1][1] ** 2


@at(X3)
def max1(x):
    return max(x, key=lambda v: v * v) ** 2


@at(X3)
def max2(x):
    return max(x[0], x[1], key=abs) ** 2


@at(X3)
def max3(x):
    return max([v for v in x if v > 5], default=x[0]) * 2 + min((v * v for v in x), default=0.0)


@at(X3)
def max4(x):
    i = max(range(3), key=lambda i: x[i])
    return x[i] ** 2


@at(X3)
def any1(x):
    if any(v > 1 for v in x) and all(v > -1 for v in x):
        return x[0] * x[1]
    return x[2]


@at(X3)
def any2(x):
    if any([v > 1 for v in x]):
        return x[0] * x[1]
    return x[2]


@at(7.3)
def divmod1(x):
    q, r = divmod(x, 2.0)
    return q * r * r


@at(X3)
def sum1(x):
    return sum([v * v for v in x], x[0])


@at(X3)
def sum2(x):
    return sum((v * v for v in x), start=x[0])


@at(X3)
def zipstar(x):
    rows = [(x[0], x[1]), (x[1], x[2]), (x[2], x[0] * x[1])]
    a, b = zip(*rows)
    return sum(p * q for p, q in zip(a, b))


@at(X3)
def zipstar2(x):
    rows = [[x[0], x[1]], [x[1], x[2]]]
    t = 0.0
    for c in zip(*rows):
        t += c[0] * c[1]
    return t


@at(X3)
def zipstar3(x):
    cols = [list(c) for c in zip(*[[x[0], x[1]], [x[1], x[2]]])]
    return cols[0][1] * cols[1][0]


@at(X3)
def isinst(x):
    if isinstance(x, np.ndarray):
        return np.sum(x * x)
    return x * x


@at(X3)
def isinst2(x):
    if isinstance(x, (float, int)):
        return x * x
    if not isinstance(x, (list, tuple)):
        return np.sum(x ** 3)
    return 0.0


@at(X3)
def hasattr1(x):
    if hasattr(x, "shape"):
        return np.sum(x * x) * x.shape[0]
    return x * x


@at(X3)
def getattr1(x):
    return getattr(x, "T")[0] * getattr(x, "shape")[0] * getattr(np, "sin")(x[1])


@at(X3)
def getattr2(x):
    return getattr(x, "sum")() ** 2


@at(X3)
def methodcaller(x):
    return operator.methodcaller("sum")(x) ** 2


def compose(*fs):
    return reduce(lambda f, g: lambda x: g(f(x)), fs)


@at(0.7)
def partial_pass(x):
    def ap(f, y): return f(y)
    return ap(partial(f2, k=x), x)


@at(X3)
def accsum(x):
    return sum(itertools.accumulate(x))


@at(X3)
def partial_map(x):
    return sum(map(partial(f3, x[0]), x))


@at(0.7)
def partial_lambda(x):
    g = partial(lambda a, b: a * b, x)
    return g(x + 1)


@at(0.7)
def partial_np(x):
    g = partial(np.power, x)
    return g(2.0)


@at(X3)
def opfn(x):
    f = operator.add if x[0] > 0 else operator.mul
    return f(x[0], x[1]) ** 2


@at(X3)
def star_over(x):
    def f(a, b=2.0, *, c=1.0): return a * b + c
    return f(*x[:2]) + f(*x[:1]) + f(*[x[0]], c=x[1]) + f(**{"a": x[2]})


@at(X3, 1)
def list_table(x, i):
    fs = [np.sin, np.cos, lambda v: v * v]
    return fs[i](x[0]) * fs[-1](x[1]) * fs[i - 2](x[2])


@at(X3)
def filt_none(x):
    return sum(filter(None, x)) ** 2


@at(0.7)
def nl_expr(x):
    t = 1.0
    def nxt():
        nonlocal t
        t = t * x + 1
        return t
    a = nxt() + 2 * nxt()
    if nxt() > 1 and nxt() > 2: a = a * t
    a += nxt()
    return a * t


@at(0.7)
def nl_chain(x):
    t = 0.0
    def a(v):
        nonlocal t
        t += v
    def b(v):
        a(v); a(2 * v)
        return t
    return b(x) * b(x * x)


@at(0.7)
def recursion_passed(x):
    def power(b, n):
        return 1.0 if n == 0 else b * power(b, n - 1) * x
    return sum(map(lambda n: power(x, n), range(4))) + power(n=2, b=x)
