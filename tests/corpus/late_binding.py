"""Late binding: functions that see what a name is when they are called, not what it was when they were made."""
# ruff: noqa: B023
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])


@at(0.4)
def last_of_a_comprehension(x: Any) -> Any:
    fs = [lambda v: v * k for k in range(1, 4)]
    return sum(f(x) for f in fs)


@at(0.4)
def last_of_a_loop(x: Any) -> Any:
    fs = []
    for k in range(1, 4):
        fs.append(lambda v: v * k)
    return sum(f(x) for f in fs)


@at(X)
def last_row(x: Any) -> Any:
    thunks = []
    for v in x:
        thunks.append(lambda: v * 2)
    return sum(t() for t in thunks)


@at(X)
def list_changed_later(x: Any) -> Any:
    acc = [1.0]
    fs = []
    for v in x:
        fs.append(lambda u, v=v: u * v + acc[0])
    acc[0] = x[0] * 3.0
    s = 0.0
    for f in fs:
        s += f(2.0)
    return s


@at(X)
def array_changed_later(x: Any) -> Any:
    a = x * 2.0
    fs = [lambda u, k=k: a * u + a[k] for k in range(2)]
    a[0] = 5.0 * x[1]
    return sum(np.sum(f(1.5)) for f in fs)


@at(X)
def called_between(x: Any) -> Any:
    s = x[0]

    def g(v: Any) -> Any:
        return v * s

    def h(v: Any) -> Any:
        return v + s
    fs = [g, h]
    s = x[1]
    y = 0.5
    for f in fs:
        y = f(y)
    s = x[2]
    for f in fs:
        y = f(y)
    return g(y)


@at(X)
def late_and_early_and_named(x: Any) -> Any:
    fs: list[Any] = []
    for k in range(3):
        t = x[k]
        if k == 1:
            fs.append(np.sin)
        elif k == 0:
            fs.append(lambda v: v * t)
        else:
            fs.append(lambda v, t=t: v - t)
    y = 0.4
    for f in fs:
        y = f(y)
    return y


@at(X)
def table_of_lambdas(x: Any) -> Any:
    w = x[0]
    table = {"a": lambda v: v * w, "b": lambda v: v + w}
    w = w * x[1]
    return table["a"](2.0) * table["b"](1.0)


@at(X)
def mapped_over(x: Any) -> Any:
    fs = []
    for k in range(3):
        fs.append(lambda v: v * x[k])
    return sum(map(lambda f: f(2.0), fs))       # noqa: C417


@at(X)
def default_of_the_same_name(x: Any) -> Any:
    fs: list[Any] = []
    for k in range(3):
        fs.append(lambda v: v * x[k])
    fs.append(lambda v, k=1.5: v * k)
    return sum([f(2.0) for f in fs])


@at(0.4)
def two_loops(x: Any) -> Any:
    fs = []
    s = 0.0
    for i in range(2):
        for j in range(2):
            fs.append(lambda v: v * i + j * x)
        for f in fs:
            s += f(x)
    return s + fs[0](x) + fs[3](x)


@at(0.4)
def value_grown_by_its_own(x: Any) -> Any:
    k = x
    back = []
    n = 0
    while n < 3:
        back.append(lambda: k * 2.0)
        k = k * back[-1]()
        n += 1
    return k + back[0]()


@at(0.4)
def in_a_tuple(x: Any) -> Any:
    a = x
    g = lambda v: v * a  # noqa: E731
    kept = (g, 1)
    a = 2.0 * x
    return kept[0](x) + a


@at(0.4)
def list_in_a_function(x: Any) -> Any:
    a = [x]

    def g() -> Any:
        return a[0]
    h = [g]
    a[0] = 2.0 * x * x
    return h[0]()


@at(np.array([0.3, 0.7, 1.1]), 0.9)
def made_on_another_path(x: Any, y: Any) -> Any:
    if y > 2.0:
        fs = []
        for k in range(2):
            fs.append(lambda v: k * v * y)
        return fs[0](x[0])

    def shift(v: Any) -> Any:
        return v * y
    return shift(x[1])


@at(np.array([0.3, 0.7, 1.1]), 0.9)
def made_in_an_attempt(x: Any, y: Any) -> Any:
    c, d, fs = x[0], 0.0, {}
    try:
        fs["a"] = lambda v: v * c
        c = c * y
        d += fs["a"](x[1])
        d += fs["b"](x[1])
    except KeyError:
        d = d * 2
    return d * c


@at(np.array([0.3, 0.7, 1.1]), 0.9)
def rebound_in_a_handler(x: Any, y: Any) -> Any:
    fs: list[Any] = []
    c, d = x[1], 0.0
    try:
        fs.append(lambda v: v * y * c)
        float("a")
    except ValueError:
        c = x[2]
        d += fs[0](x[0])
    finally:
        y = y * 2
    return d * y + fs[0](2.0)
