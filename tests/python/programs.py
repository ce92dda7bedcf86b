"""Small programs, one for each way of writing Python that lowering knows, with arguments to run them on."""
# ruff: noqa: B007, B023, C400, C416, C417, C419, E731, F821, F841, UP031
import math
import math as m
from collections.abc import Callable
from typing import Any

import numpy as np

PROGRAMS: list[tuple[Callable[..., Any], list[tuple[Any, ...]]]] = []
SCALE = 1.5
TABLE = [1.0, 2.0, 4.0]
OPTIONS = {"rate": 0.5}


class Config:
    rate = 0.25


class Holder:
    def __init__(self) -> None:
        self.rate = 0.75


HOLDER = Holder()


def on(*args: tuple[Any, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a program with its argument tuples."""
    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append((fn, list(args)))
        return fn
    return register


X = np.array([0.5, -1.0, 2.0])
M = np.arange(6.0).reshape(2, 3)
square = lambda v: v * v


def helper(a, b=2.0, *rest, c=3.0, **others):
    return a + 2 * b + sum(rest) * 5 + 7 * c + sum(others.values()) * 11


def pair(a, b):
    return a - b, a * b


def fact(n):
    if n <= 1:
        return 1
    return n * fact(n - 1)


# --- assignments ------------------------------------------------------------------------------------------------------

@on((2.0, 3.0))
def chained(x, y):
    a = b = x * y
    b += 1.0
    return a - b


@on((2.0, 3.0))
def swap(x, y):
    x, y = y, x
    (x, z), [y, *w] = (y, x), (x, y, 1.0)
    return x, y, z, w


@on((np.array([1.0, 2.0, 3.0]),), ([1.0, 2.0, 3.0, 4.0],))
def starred(v):
    a, *b = v
    *c, d = v
    e, *f, g = v
    return a, list(b), list(c), d, e, list(f), g


@on(((1.0, (2.0, 3.0)),))
def nested(v):
    a, (b, c) = v
    x: float = a + b
    y: float
    y = c
    return x * y


@on((3.0,))
def augmented(x):
    x += 1.0
    x *= x
    x -= 0.5
    x /= 3.0
    x **= 2
    x //= 1.0
    x %= 7.0
    return x


@on((5,))
def bits(n):
    n <<= 2
    n |= 3
    n ^= 1
    n &= 14
    n >>= 1
    return ~n, -n, +n, not n


@on((2.0,))
def walrus(x):
    if (y := x * x) > 1.0 and (z := y + 1.0) > 2.0:
        return y + z
    return y


@on((2.0,))
def deleted(x):
    y = x
    del x
    x = y + 1
    return x * y


# --- branches ---------------------------------------------------------------------------------------------------------

@on((1.0,), (-1.0,), (0.0,))
def branches(x):
    if x > 0:
        y = x
        z = 1.0
    elif x < 0:
        y = -x
        z = 2.0
    else:
        return 5.0
    return y * z


@on((1.0,), (-1.0,))
def one_path(x):
    if x > 0:
        y = 2.0 * x
    if x > 0:
        return y
    return 0.0


@on((1.0,), (-1.0,), (3.0,))
def early(x):
    if x > 2:
        return x
    if x > 0:
        if x > 0.5:
            x = x + 1
            return x * 2
        else:
            return x
    x = x * x
    return x


@on((1.0, 2.0), (0.0, 2.0), (1.0, 0.0))
def boolean(x, y):
    a = x and y
    b = x or y
    c = x and y and 3.0 or 4.0
    return a, b, c, not (x and y), x > 0 and y > 0 or x == 5


@on((1.0, 2.0, 3.0), (1.0, 3.0, 2.0), (3.0, 1.0, 2.0))
def comparisons(x, y, z):
    return x < y < z, x < y <= z != 3, x is y, x is not None, x in (1.0, 5.0), y not in [2.0]


@on((1.0,), (-1.0,))
def conditional(x):
    y = x if x > 0 else -x
    return y + (1.0 if x > 0 else 2.0 if x > -0.5 else 3.0)


@on((1.0,), (-1.0,))
def alias_in_branch(x):
    a = [x]
    b = a
    if x > 0:
        b.append(2.0)
    else:
        a.append(3.0)
    return a + b


# --- loops ------------------------------------------------------------------------------------------------------------

@on((1.1, 0), (1.1, 4))
def accumulate(x, n):
    s = 0.0
    v = x
    for i in range(n):
        s += v * v / (i + 1)
        v = np.sin(v)
    return s


@on((2.0, 3), (2.0, 50), (2.0, 0))
def newton(a, n):
    x = a
    for i in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        x = x - r / (2.0 * x)
    return x


@on((6,), (0,))
def continues(n):
    s = 0
    for i in range(n):
        if i % 2:
            continue
        if i == 4:
            s += 100
            continue
        s += i
    return s


@on((3,), (10,), (0,))
def loop_else(n):
    s = 0
    for i in range(n):
        s += i
        if s > 20:
            break
    else:
        s = -s
        t = 1
    if s < 0:
        s += t
    return s


@on((3,), (10,))
def loop_else_returns(n):
    for i in range(n):
        if i == 5:
            break
    else:
        return -1
    return i


@on((3,), (0,))
def plain_else(n):
    s = 1
    while n > 0:
        n -= 1
    else:
        s = 5
    return s + n


@on((3,), (10,), (0,))
def while_else_break(n):
    k = 0
    while k < n:
        k += 1
        if k == 7:
            break
    else:
        k = k + 1000
    return k


@on((5,), (3,), (1,))
def return_in_loop(n):
    for i in range(n):
        for j in range(n):
            if i * j == 6:
                return i, j
            if j > i:
                break
        else:
            if i == 2:
                return "else", i
    return None


@on((4,), (1,))
def loop_variable_after(n):
    i = -1
    for i in range(n):
        pass
    for k in range(n):
        k = k + 10
    return i, k


@on((5,))
def carried_only_from_inside(n):
    s = 0
    for i in range(n):
        if i > 0:
            s += last * 2
        last = i
    return s, last


@on((3, 2.0),)
def nested_loops(n, x):
    s = 0.0
    for i in range(n):
        t = 1.0
        for j in range(i):
            t = t * x
            if t > 100:
                break
        s = s + t
    return s


@on((20,), (1,))
def infinite(n):
    k = 0
    while True:
        k += 1
        if k * k > n:
            break
        if k == 100:
            return -1
    return k


@on((20,), (1,))
def infinite_return(n):
    k = 0
    while True:
        k += 1
        if k * k > n:
            return k


@on((5,), (0,))
def while_walrus(n):
    s = 0
    while (n := n - 1) > 0:
        s += n
        if s > 8:
            break
    else:
        s = -s
    return s, n


@on((5,),)
def while_pop(n):
    stack = [1, 2, n]
    s = 0
    while stack and stack.pop() > 1:
        s += 1
    return s, stack


@on(([1.0, 2.0], [3.0, 4.0]), (np.array([1.0, 2.0]), np.array([5.0, 6.0])))
def iterators(x, y):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, y)):
        s += i * a * b
    for v in reversed(x):
        s = s * 2 + v
    for a, b, c in ((1, 2, 3), (4, 5, 6)):
        s += a * b - c
    return s


@on(({"a": 1.0, "b": 2.0},))
def dictionary(d):
    s = 0.0
    for k in d:
        s += d[k]
    for k, v in d.items():
        s += v * len(k)
    for v in d.values():
        s *= v
    e = {"x": s, "y": 2.0}
    f = {k: 1.0, "z": s}
    return s, e["x"] + e["y"], f


@on((M,))
def rows(a):
    s = 0.0
    for row in a:
        for v in row:
            s += v * row[0]
    return s


@on((4,),)
def unreachable(n):
    for i in range(n):
        if i == 2:
            return i
            i = 100
        continue
        n = 3
    return -1
    n = 4


@on((2.0,), (-2.0,))
def both_leave_in_loop(x):
    n = 0
    while True:
        n += 1
        if x > 0:
            if n > 3:
                break
            else:
                continue
        else:
            return n
    return n * 10


@on((3,),)
def loop_target_pattern(n):
    out = [0, 0, 0]
    for out[1] in range(n):
        pass
    return out


# --- containers -------------------------------------------------------------------------------------------------------

@on((X,))
def stores(x):
    y = x.copy()
    z = y
    y[0] = 5.0
    y[1:] = y[:-1] * 2.0
    y[::2] += 1.0
    y[-1] *= 3.0
    y[0] -= 1.0
    y[1] /= 2.0
    y[1] **= 2
    z[2] = 7.0
    return y, z


@on((M,))
def matrices(a):
    b = a.copy()
    b[0, 1] = 10.0
    b[1][2] = 20.0
    b[:, 0] += 1.0
    b[..., 2] *= 2.0
    b[0][0] += 4.0
    return b, b[1], b[:, None, 1:], b[(0, 1)], b[-1, ::-1], a[0,]


@on((X,))
def loop_stores(x):
    u = np.zeros(3)
    v = u
    for i in range(3):
        u[i] = x[i] * 2.0
        v[i] += 1.0
    w = u
    for i in range(3):
        if x[i] > 0:
            w[i] = -w[i]
    return u, v, w


@on((X,))
def new_alias_in_loop(x):
    u = x.copy()
    for i in range(3):
        w = u
        w[i] = i + w[i - 1]
    return u, w


@on((2.0,))
def lists(x):
    s = [x]
    s.append(x * 2)
    s.append(3.0)
    t = s.pop() + s.pop()
    s += [t]
    s[0] = s[0] + s[-1]
    q = [[1.0], [2.0]]
    q[0].append(x)
    q[1][0] += 5.0
    y = q[0].pop()
    return s, t, q, y, len(s)


@on((0.8,))
def tree_sum(x):
    todo = [x]
    s = 0.0
    for i in range(5):
        v = todo.pop()
        todo.append(v * v)
        todo.append(np.sin(v))
        s += v
    while todo:
        s += todo.pop()
    return s


@on((0.5, 3))
def scatter(x, n):
    a = np.zeros(4)
    np.add.at(a, [0, 1, 1], x)
    np.add.at(a, slice(1, None), 1.0)
    for i in range(n):
        np.add.at(a, i, 2.0)
    return a


@on((0.7, [0.5, 1.0, 2.0]))
def comprehensions(x, ws):
    w = 3.0
    terms = [np.exp(-w * x) for w in ws]
    pairs = [(a, b) for a in ws for b in range(3) if b > 0 if a > 0.5]
    grid = [[i * j for i in range(3)] for j in range(2)]
    s = sum(v * v for v in ws) + max(v for v in ws) + min([v for v in ws])
    return terms, pairs, grid, s, w, list(v + 1 for v in ws), tuple(v for v in ws)


@on(([1.0, 2.0],), ([1.0, -2.0],), ([],))
def any_all(v):
    return any(a < 0 for a in v), all(a > 0 for a in v), any(1 / a > 0 for a in v if a), all([a for a in v])


@on((2.0, [3.0, 4.0]))
def mapped(x, ys):
    a, b = map(square, ys)
    v = 3.0
    s = 0.0
    for y in map(lambda t: t * x + v, ys):
        s += y
    (c, d), (e, f) = zip(ys, ys)
    for y in (v * x for v in ys if v > 3.0):
        s -= y
    return a, b, s, v, list(map(math.sin, ys)), c + d + e + f, [*zip(ys, ys)], list(enumerate(ys))


@on(([1, 2, 3, 4],))
def popping_comprehension(v):
    s = list(v)
    taken = [s.pop() for _ in range(2)]
    return s, taken


@on((1.0, [2.0, 3.0]))
def displays(x, v):
    a = [*v, x]
    b = (x, *v, *v)
    c = [x, *(1, 2)]
    return a, b, c, {1, 2, x}, (), [], {}


# --- calls ------------------------------------------------------------------------------------------------------------

@on((2.0, 3.0))
def calls(x, y):
    p, q = pair(x, y)
    r, s = pair(b=x, a=y)
    t = helper(x) + helper(x, y) + helper(x, y, 1.0, 2.0) + helper(x, c=y, d=1.0, e=x) + helper(b=x, a=y)
    args = (x, y)
    u = helper(*args) + helper(*args, *args) + helper(x, *[y, y]) + helper(**{"a": x, "b": y})
    return p, q, r, s, t, u, square(x)


@on(((2.0, 3.0),))
def star_call(v):
    return pair(*v), helper(1.0, 2.0, *v), pair(1.0, *v[:1])


@on((5,))
def recursion(n):
    return fact(n) + fact(1)


@on((2.0,))
def modules(x):
    import math as mm
    from math import cos, pi
    return math.sin(x) + m.pi + mm.exp(x) + cos(pi) + np.linalg.norm([x, x]) + mm.pi + math.e


@on((2.0,))
def globals_read(x):
    return x * SCALE + TABLE[1] + OPTIONS["rate"] + Config.rate + HOLDER.rate + len(TABLE)


@on((X,))
def methods(x):
    y = x.sum() + x.max()
    z = x.reshape(3, 1).T
    return y, z, x.shape, x.T, x.mean(axis=0), x.ndim, x.copy()[1:]


@on((2.0,))
def function_values(x):
    f = math.sin
    g = square
    h = f
    k = f if x > 0 else math.cos
    return f(x) + g(x) + h(x) + k(x)


def apply(f, x, *more):
    return f(x, *more)


@on((2.0, 3.0))
def passed(x, y):
    return apply(square, x) + apply(lambda v: v * y, x) + apply(math.sin, x)


@on((0.5, 1.5))
def closures(x, a):
    gain = np.exp(a)
    k = 2.0

    def scale(v, w=k, *, z=1.0):
        """Scale."""
        return gain * v + w * z

    inner = lambda v: scale(v) + k
    return scale(x) + scale(x * x, 3.0) + scale(x, z=5.0) + inner(x) + scale(w=1.0, v=x)


@on((0.5, 3))
def closure_in_loop(x, n):
    s = 0.0
    for i in range(n):
        a = x * i

        def g(v):
            return a * v
        s += g(x) + (lambda t: t + a)(1.0) + apply(lambda t: t * a, i)
    return s


@on((0.5,))
def closures_of_closures(x):
    def outer(a):
        import math

        def inner(b):
            return a * b + math.sin(b)
        return inner(a) + x
    fs = [outer, lambda v: v + x]
    return outer(x) + fs[1](2.0) + fs[0](1.0)


@on((0.5,))
def defaults_captured(x):
    fs = []
    for i in range(3):
        fs.append(lambda v, i=i: v * i + x)
    return [f(2.0) for f in fs]


@on((0.5,))
def returned_closure(x):
    y = x * 2

    def add(v):
        return v + y
    return [add][0](1.0)


@on((0.5,))
def rebound_after_last_use(x):
    a = x
    g = lambda v: v * a
    y = g(x)
    a = 100.0
    return y * a


# --- inactive code ----------------------------------------------------------------------------------------------------

@on((2.0, "sum"), (2.0, "mean"))
def inactive(x, mode):
    """Doc."""
    name = f"{mode}:{x:.2f} {x!r}"
    print(name, len(name), [c for c in name if c == "s"], end="")
    label = "a%d" % 3 + "b" + str(x) + ",".join(["x", mode]).upper()
    assert x > 0, f"bad {x}"
    assert name
    names = {c: i for i, c in enumerate("ab")}
    best = sorted([3, 1, 2], key=lambda t: -t)
    if mode == "sum" and isinstance(x, float):
        y = x * float("2.5")
    else:
        y = x / 2
    return y, label, names, best, {c for c in "aa"}, type(x).__name__, "x" in mode, id


@on((2.0,), (-2.0,))
def raises(x):
    if x < 0:
        raise ValueError(f"negative: {x}") from None
    return x


@on((2.0,), (-2.0,))
def asserts(x):
    assert x > 0, "no"
    return x


@on(([1.0, 2.0],))
def text_with_effects(v):
    s = list(v)
    print(s.pop(), (y := 3.0), square(y), 0 if len(s) > 3 else square(2), end="")
    return s, y


@on((1, 2, 3), (1,))
def own_star(a, *rest):
    return a + sum(rest)


@on((2.0,), (0.0,))
def nothing(x):
    if x:
        return
    pass


@on((3.0,))
def strings(x):
    parts = []
    for k in range(3):
        parts.append(f"{k}")
    return "-".join(parts), x


fourth = lambda x: (lambda y: y * y)(x * x)
PROGRAMS.append((fourth, [(2.0,)]))
PROGRAMS.append((lambda x, k=2: x if x > k else -x, [(3.0, 2), (1.0, 2)]))
