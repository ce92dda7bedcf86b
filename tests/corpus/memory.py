"""Memory that has several names: views, aliases, arguments written to, containers of arrays, calls that write."""
# ruff: noqa: B007
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, -1.2, 0.7, 0.9])


def bump(v: Any, k: Any) -> Any:
    v[0] += k * v[1]


def scale(v: Any, k: Any) -> Any:
    v *= k
    return np.sum(v)


def inner(v: Any) -> Any:
    bump(v, 2.0)
    return v[0]


def pick(v: Any) -> Any:
    v[0] = 1.0
    return v


def relax(u: Any) -> Any:
    u[1:-1] = 0.5 * (u[2:] + u[:-2])
    u[0] = u[1] ** 2


def heapish(a: Any, i: Any) -> Any:
    if i < len(a) - 1:
        a[i + 1] += a[i] ** 2
        heapish(a, i + 1)


def ident(v: Any) -> Any:
    return v


@at(X)
def poke(x: Any) -> Any:
    y = x[1:]
    y[0] *= 3.0
    return np.sum(x ** 2)


@at(X, 0.4)
def step(u: Any, k: Any) -> Any:
    u[1:-1] += k * (u[2:] - u[:-2]) * u[1:-1]
    return np.sum(u ** 3)


@at(X, X*2)
def addin(a: Any, b: Any) -> Any:
    a += b
    return np.sum(a ** 3) if isinstance(a, np.ndarray) else a ** 3


@at(X, 0.3)
def addin2(a: Any, b: Any) -> Any:
    a += b
    return np.sum(a ** 3) if isinstance(a, np.ndarray) else a ** 3


@at(0.3, 0.3)
def addin3(a: Any, b: Any) -> Any:
    a += b
    return np.sum(a ** 3) if isinstance(a, np.ndarray) else a ** 3


@at(X, X[::-1].copy(), True)
@at(X, X[::-1].copy(), False)
def which(a: Any, b: Any, flag: Any) -> Any:
    y = a if flag else b
    y[0] = y[0] * y[1]
    return np.sum(a * b)


@at(X)
def alias(x: Any) -> Any:
    a = x * 2
    b = a
    b[0] = a[1] * x[2]
    a[1] *= b[0]
    return np.sum(a * b)


@at(X)
def two_views(x: Any) -> Any:
    a = x * 2.0
    u = a[:2]
    v = a[1:]
    u[1] = x[0] ** 2
    v[1] = v[0] * 3
    u += v[:2]
    return np.sum(a ** 2) + u[0] * v[2]


@at(np.outer(X, X+1))
def rows(m: Any) -> Any:
    a = m.copy()
    for row in a:
        row /= np.sum(row ** 2)
    return np.sum(a ** 3)


@at(np.outer(X, X+1))
def transposed(m: Any) -> Any:
    a = m * 1.0
    t = a.T
    t[0] = a[0] * 2
    t[:, 1] += a[2]
    return np.sum(a ** 3)


@at(X)
def swap(x: Any) -> Any:
    a = x.copy()
    a[0], a[1] = a[1], a[0] * a[2]
    return np.sum(a * np.arange(4.0))


@at(X)
def buffers(x: Any) -> Any:
    old = x.copy()
    new = np.zeros_like(x)
    for _ in range(3):
        new[1:-1] = old[:-2] * old[2:] + old[1:-1]
        new[0] = old[0]
        new[-1] = old[-1] ** 2
        old, new = new, old
    return np.sum(old ** 2)


@at(X)
def loop_view(x: Any) -> Any:
    a = x.copy()
    v = a[1:3]
    for i in range(2):
        v *= a[0]
        a[0] += v[1]
    return np.sum(a) + np.sum(v ** 2)


@at(X)
def branch_alias(x: Any) -> Any:
    a = x * 1.0
    b = a
    if x[0] > 0:
        b[1] = 5 * x[0]
    else:
        b = np.sin(a)
        b[0] = 1
    return np.sum(a * b)


@at(X)
def chained_views(x: Any) -> Any:
    a = x * 2.0
    b = a[1:]
    c = b[1:]
    c[0] = x[0] * b[0]
    b[0] = c[1]
    return np.sum(a * x) + np.sum(b) * c[0]


@at(X, X * 1.5)
def unpack_alias(x: Any, y: Any) -> Any:
    a, b = x.copy(), y.copy()
    c, d = a, b
    c[0] += d[1]
    d[2] *= c[0]
    return np.sum(a * b)


@at(X)
def in_while(x: Any) -> Any:
    a = x.copy()
    head = a[:2]
    n = 0
    while np.sum(head ** 2) < 20.0 and n < 5:
        a[1] += 1.0 + x[2]
        head[0] *= 1.5
        n += 1
        if n == 4:
            break
    return np.sum(a ** 2) + head[1]


@at(X)
def newaxis(x: Any) -> Any:
    a = x * 1.0
    c = a[:, None]
    c *= 2.0
    c[0, 0] = x[1]
    return np.sum(a ** 2)


@at(X)
def early(x: Any) -> Any:
    a = x * 1.0
    b = a[::-1]
    for i in range(3):
        b[i] *= x[i]
        if a[3] > 0.1:
            return np.sum(a ** 2)
    return a[0] * b[0]


@at(X, X[:3].copy())
def arg_writes_view(x: Any, y: Any) -> Any:
    v = x[1:]
    v += y
    y[0] = v[0] ** 2
    return np.sum(x * x) * y[0]


@at(X)
def calls(x: Any) -> Any:
    a = x * 2.0
    bump(a, x[2])
    return np.sum(a ** 2)


@at(X)
def calls_view(x: Any) -> Any:
    a = x * 2.0
    s = scale(a[1:], x[0])
    bump(a[::-1], s)
    return np.sum(a ** 2) * s


@at(X)
def calls_arg(x: Any) -> Any:
    bump(x, x[2])
    return np.sum(x ** 2)


@at(X)
def nested(x: Any) -> Any:
    a = x.copy()
    for i in range(3):
        s = inner(a)
        a[1] += s
    return np.sum(a ** 2)


@at(X)
def returned(x: Any) -> Any:
    a = x * 1.5
    b = pick(a)
    return np.sum(a * b * x)


@at(X)
def returned_written(x: Any) -> Any:
    a = x * 1.5
    b = pick(a)
    b[1] = x[0]
    return np.sum(a * b * x)


@at(X)
def local_writer(x: Any) -> Any:
    a = x * 1.5
    def put(i, v):
        a[i] = v
    put(0, x[1] ** 2)
    put(2, x[1] ** 3)
    return np.sum(a)


@at(X)
def time_loop(x: Any) -> Any:
    u = x.copy()
    for _ in range(4):
        relax(u)
    return np.sum(u ** 2)


@at(X)
def recursive(x: Any) -> Any:
    a = x.copy()
    heapish(a, 0)
    return np.sum(a)


@at(X, X*2)
def maybe(x: Any, y: Any) -> Any:
    if x[0] > 0:
        bump(x, 1.0)
    else:
        bump(y, 2.0)
    return x @ y


@at(X)
def list_of(x: Any) -> Any:
    rows = [x * 1.0, x * 2.0]
    for r in rows:
        r[0] = x[1] ** 2
    return np.sum(rows[0] * rows[1])


@at(X)
def dict_elem(x: Any) -> Any:
    d = {"u": x * 1.0, "v": x * 2.0}
    d["u"][0] = x[3] ** 2
    u = d["u"]
    u *= 2.0
    d["v"] += u
    return np.sum(d["u"] * d["v"])


@at(X)
def slot_kept(x: Any) -> Any:
    L = [x * 1.0, x * 2.0]
    t = L[0]
    L[1] = x * 3.0
    t[1] = x[0] ** 2
    return np.sum(L[0] * L[1])


@at(X)
def popped(x: Any) -> Any:
    L = [x * 1.0, x * 2.0]
    t = L.pop()
    t[0] = x[3]
    L[0][1] = t[0]
    return np.sum(L[0] * t)


@at(X)
def identity(x: Any) -> Any:
    a = x * 1.0
    b = ident(a)
    b[0] = x[1] ** 2
    return np.sum(a ** 2)


@at(X, 3)
def grown(x: Any, n: Any) -> Any:
    L = []
    for i in range(n):
        L.append(x * i)
    for r in L:
        r[0] = x[1] ** 2
    L[1][2] += L[0][0]
    return sum([np.sum(r ** 2) for r in L])


@at(X, 3)
def list_alias(x: Any, n: Any) -> Any:
    L = [x[0]]
    M = L
    for i in range(n):
        M.append(L[-1] * x[i])
    L[0] = 5.0 * x[3]
    return sum(M) * L[1]


@at(X, 1)
def table(x: Any, n: Any) -> Any:
    T = {}
    for i in range(3):
        T[i] = x * i
    T[1][0] = x[2] ** 2
    return np.sum(T[0] + T[1] * T[2])


@at(X)
def tuple_of(x: Any) -> Any:
    a = x * 1.0
    t = (a, x * 2.0)
    a[0] = x[1] ** 2
    u, v = t
    v[0] = u[0]
    return np.sum(t[0] * t[1])


@at(X, 3)
def rows_other(x: Any, n: Any) -> Any:
    L = [x * i for i in range(n)]
    L[0][0] = x[1] ** 2
    L[2] += L[0]
    return np.sum(L[0] * L[2])
