"""Walrus, f-strings, `del`, stars in displays, `match`, managers that change no number."""
# ruff: noqa
import functools, operator, itertools, math
from contextlib import suppress
import warnings
import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])


@at(X3)
def walrus1(x):
    if (n := len(x)) > 2 and (s := np.sum(x)) > 0:
        return s * n
    return x[0]


@at(X3)
def walrus2(x):
    t = x[0]
    while (t := t * 0.5) > 0.01:
        pass
    return t * x[1]


@at(X3)
def walrus3(x):
    ys = [y * y for v in x if (y := v * 2) > 0]
    return sum(ys) + y


@at(X3)
def fstr(x):
    k = 1
    name = f"a{k}"
    d = {"a1": x[0], "a2": x[1]}
    return d[name] * d[f"a{k + 1}"]


@at(X3)
def fstr2(x):
    s = f"{np.sum(x):.3f}"
    return x[0] ** 2 * len(s)


@at(X3)
def del1(x):
    y = x * x; z = y + 1
    del y
    return np.sum(z)


@at(X3)
def del4(x):
    a, b = x[0], x[1]
    c = a * b
    del a, b
    return c


@at(X3)
def star3(x):
    *a, (b, *c) = x[0], x[1], (x[2], x[0])
    return a[0] * b * c[0]


@at(0.7, "sq")
@at(0.7, "cube")
@at(0.7, "else")
def match1(x, n):
    match n:
        case "sq": return x * x
        case "cube": return x ** 3
        case _: return x


@at(0.7, 2)
@at(0.7, 3)
@at(0.7, 9)
def match2(x, n):
    y = x
    match n:
        case 1 | 2: y = x * x
        case k if k > 5: y = x * k
        case _: y = np.sin(x)
    return y * 2


@at(X3)
def match3(x):
    match (x[0], x[1]):
        case (a, b): return a * b


@at([0.3, 0.4])
@at([0.3])
@at([0.3, 0.2, 0.8])
def match4(l):
    match l:
        case []: return 0.0
        case [a]: return a * a
        case [a, b]: return a * b
        case [a, *rest]: return a * sum(rest)


@at(X3)
def match6(x):
    t = 0.0
    for op in [("mul", 2.0), ("add", 1.0), "neg"]:
        match op:
            case ("mul", k): t = t * k + x[0]
            case ("add", k): t = t + k * x[1]
            case "neg" as q: t = -t
    return t


@at(X3)
def errst(x):
    with np.errstate(divide="ignore"):
        y = np.log(x * x)
    return np.sum(y)


@at(X3)
def errst2(x):
    with np.errstate(all="ignore"):
        return np.sum(np.sqrt(x * x))


@at(X3)
def errst3(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.sum(x ** 2)
    return y


@at(X3)
def try3(x):
    try:
        import nonexistent_module as m
    except ImportError:
        m = None
    return x[0] ** 2 if m is None else x[1]


@at(X3)
def global1(x):
    return np.sum(x * X3)


@at(X3)
def slice1(x):
    s = slice(1, None)
    return np.sum(x[s] ** 2)


@at(X3)
def ellipsis1(x):
    return np.sum(x[..., 0] ** 2)


@at(X3)
def chaincmp(x):
    if -1 < x[0] < x[2] and not (x[1] > 0):
        return x[0] * x[1]
    return x[0]


@at(X3)
def setops(x):
    idx = {0, 2} | {1}
    return sum(x[i] ** 2 for i in sorted(idx))


@at(X3)
def strdisp(x):
    t = 0.0
    for c in "abA":
        t += x[0] * ord(c) if c.islower() else x[1]
    return t


@at(X3)
def tern(x):
    return (x[0] if x[0] > 0 else x[1]) * (x[1] or 2.0) * (x[0] and 3.0)


@at(X3)
def assert1(x):
    assert x.ndim == 1, f"bad {x}"
    return x[0] ** 2


@at(X3)
def walrus_comp(x):
    ys = [y * y for v in x if (y := v * 2) > 0]
    return sum(ys) * y
