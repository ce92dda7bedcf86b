"""Memory that stands twice in one container, or in a tuple: what is written to by one way is refused, or right."""

# ruff: noqa
from typing import Any

import numpy as np
import pytest

import tangent2
from tests.harness.modes import REFUSED, RIGHT, run_modes, subject

X = np.array([0.4, 0.7, -0.3])


class F:
    def __init__(self, u):
        self.u = u
        self.h = []
        self.d = {}

    def record(self):
        self.h.append(self.u)

    def step(self, k):
        self.u *= k


class B2:
    def __init__(self, items):
        self.items = items
        self.d = {}

    def swap(self, v):
        if v > 0.2:
            self.items[0] = self.items[0] * v
            return v
        return 0.0

    def add(self, v):
        if v > 0.2:
            self.items.append(v)
            return v
        return 0.0

    def put(self, z, v):
        if v > 0.2:
            self.items[0] = z
            return v
        return 0.0


def append(x, k):
    f = F(x * k)
    f.h.append(f.u)
    f.u *= k
    return np.sum(f.h[0] * f.u)  # d/dk: 4 k**3 sum(x**2)


def history(x, k):  # as users write it
    f = F(x * k)
    for _ in range(2):
        f.step(k)
        f.record()
    return np.sum(f.h[0] * f.h[1])


def extend(x, k):
    f = F(x * k)
    f.h.extend([f.u])
    f.u *= k
    return np.sum(f.h[0] * f.u)


def insert(x, k):
    f = F(x * k)
    f.h.insert(0, f.u)
    f.u *= k
    return np.sum(f.h[0] * f.u)


def add_list(x, k):
    f = F(x * k)
    f.h += [f.u]
    f.u *= k
    return np.sum(f.h[0] * f.u)


def view(x, k):
    f = F(x * k)
    f.h.append(f.u[1:])
    f.u *= k
    return np.sum(f.h[0] * f.u[1:])


def key(x, k):
    f = F(x * k)
    f.d["a"] = f.u
    f.u += k
    return np.sum(f.d["a"] * f.u)


def item_write(x, k):
    f = F(x * k)
    f.h.append(f.u)
    f.u[0] = k
    return np.sum(f.h[0] * x)


def other_name(x, k):
    f = F(x * k)
    g = f.u
    f.h.append(g)
    g *= k
    return np.sum(f.h[0] * f.u)


def plain_dict(x, k):  # no class needed
    d = {"u": x * k, "h": []}
    d["h"].append(d["u"])
    d["u"] *= k
    return np.sum(d["h"][0] * d["u"])


def swap(obj, v):
    if v > 0.2:
        obj.items[0] = obj.items[0] * v
        return v
    return 0.0


def c1(x, y):
    w = x * 1.0
    items = [w]
    obj = B2(items)
    s = obj.swap(y)
    w *= 2
    return np.sum(items[0] * x) * s


def c2(x, y):
    w = x * 1.0
    items = [w]
    obj = B2(items)
    s = swap(obj, y)
    w *= 2
    return np.sum(items[0] * x) * s


def c3(x, y):
    w = x * 1.0
    items = [w]
    objs = [B2(items), B2([x * 3])]
    s = objs[0].swap(y)
    w *= 2
    return np.sum(items[0] * x) * s


def c4(x, y):
    w = x * 1.0
    items = [w]
    objs = [B2(items), B2([x * 3])]
    s = 0.0
    for o in objs:
        s += o.swap(y)
    w *= 2
    items[0] += 1
    return np.sum(objs[0].items[0] * x) * s


def c5(x, y):
    w = x * 1.0
    items = [w]
    objs = [B2([x * 2]), B2([x * 3])]
    s = objs[0].put(w, y)
    w *= 2
    return np.sum(objs[0].items[0] * x) * s


def c6(x, y):
    objs = [B2([x * 2]), B2([x * 3])]
    s = objs[0].put(objs[1].items[0], y)
    objs[1].items[0] *= 2
    return np.sum(objs[0].items[0] * x) * s


def c7(x, y):
    objs = [B2([x * 2]), B2([x * 3])]
    objs[0].items[0] = objs[1].items[0]
    objs[1].items[0] *= 2
    return np.sum(objs[0].items[0] * x)


def c8(x, y):
    objs = [B2([x * 2]), B2([x * 3])]
    objs[0].items = objs[1].items
    objs[1].items[0] *= 2
    objs[1].items.append(x)
    return np.sum(objs[0].items[0] * x) * np.sum(objs[0].items[1])


def c9(x, y):
    rows = [[x[0]], [x[1]]]
    rows[0] = rows[1]
    rows[1].append(y)
    return sum(rows[0]) * rows[0][1]


def c10(x, y):
    rows = [[x[0]], [x[1]]]
    r = rows[0]
    rows[0] = rows[1]
    r.append(y)
    rows[1].append(x[2])
    return sum(rows[0]) * r[1] + len(rows[1])


def c11(x, y):
    d = {"a": [x[0]], "b": {}}
    d["b"]["z"] = d["a"]
    d["a"].append(y * x[1])
    return sum(d["b"]["z"]) * y


def c12(x, y):
    d = {"a": [x[0]], "b": []}
    d["b"].append(d["a"])
    d["a"].append(y * x[1])
    return sum(d["b"][0]) * y


def c13(x, y):
    b = B2([x[0]])
    b.d["k"] = b.items
    b.items.append(y * x[1])
    return sum(b.d["k"]) * y


def c14(x, y):
    b = B2([x * 1.0])
    b.d["k"] = b.items
    b.items[0] *= y
    return np.sum(b.d["k"][0] * x) * y


def c15(x, y):
    b = B2([x * 1.0])
    t = (b.items, y)
    b.d["k"] = t
    b.items[0] *= y
    return np.sum(b.d["k"][0][0] * x) * y


def c18(x, y):
    b = B2([x * 1.0])
    c = B2(list(b.items))
    b.items[0] *= y
    b.items.append(x)
    return np.sum(c.items[0] * x) * y + len(c.items)


def app(r, v):
    r.append(v)


def d2(x, y):
    row = [x[0]]
    rows = [row] * 2
    rows[0].append(y * x[1])
    return sum(rows[1]) * y


def d3(x, y):
    row = [x[0]]
    rows = [row, [x[1]]]
    rows[0], rows[1] = rows[1], rows[0]
    row.append(y)
    rows[0].append(x[2])
    return sum(rows[1]) * rows[0][1] * y


def d4(x, y):
    row = [x[0]]
    rows = [row, [x[1]]]
    rows.reverse()
    row.append(y)
    return sum(rows[1]) * y


def d5(x, y):
    row = [x[0]]
    rows = [row, [x[1]]]
    a = rows.pop()
    a.append(x[2])
    rows.append(a)
    a.append(y)
    return sum(rows[1]) * y + len(rows[1]) * sum(row)


def d7(x, y):
    row = [x[0]]
    rows = [row]
    app(row, y)
    app(rows[0], x[1])
    return sum(rows[0]) * len(row)


def d8(x, y):
    row = [x[0]]
    rows = {"a": row}

    def add(v):
        row.append(v)

    add(y)
    add(x[2])
    return sum(rows["a"]) * len(row)


def d10(x, y):
    row = []
    rows = []
    for v in x:
        row.append(v * y)
        rows.append(row)
    return sum(sum(r) for r in rows)


def d11(x, y):
    rows = []
    for v in x:
        row = [v]
        rows.append(row)
        row.append(v * y)
    return sum(r[0] * r[1] for r in rows)


def d12(x, y):
    rows = [[v] for v in x]
    r = rows[1]
    rows[1] = [y]
    r.append(y)
    rows[1].append(x[0])
    return sum(r) * sum(rows[1])


def d13(x, y):
    d = {"p": [x[0]], "q": [x[1]]}
    for k in d:
        d[k].append(y)
    p = d["p"]
    d["p"] = d["q"]
    p[0] *= y
    d["q"][0] *= 3
    return sum(p) * sum(d["p"])


def d15(x, y):
    inner = [x[0]]
    mid = [inner, [x[1]]]
    outer = [mid, [[y]]]
    inner.append(y)
    outer[0][0].append(x[2])
    outer[1] = mid
    mid[1][0] *= y
    return sum(outer[1][1]) * sum(outer[0][0]) * len(inner)


def d16(x, y):
    inner = [x[0]]
    t = (inner, y)
    rows = [t]
    inner.append(y)
    return sum(rows[0][0]) * t[1]


def d17(x, y):
    a = [x * 1.0]
    b = [a]
    c = b[:]
    a.append(x * y)
    c[0][0] *= y
    return np.sum(b[0][0] * x) * np.sum(c[0][1])


def d18(x, y):
    a = [x * 1.0]
    b = list([a])
    c = [*b]
    a[0] = a[0] * y
    return np.sum(c[0][0] * x)


def d19(x, y):
    a = {"k": [x[0]]}
    b = dict(a)
    c = {**a}
    a["k"].append(y)
    a["k"] = [x[1]]
    b["k"].append(x[2])
    return sum(c["k"]) * sum(a["k"])


PROGRAMS = [
    append,
    history,
    extend,
    insert,
    add_list,
    view,
    key,
    item_write,
    other_name,
    plain_dict,
    c1,
    c2,
    c3,
    c4,
    c5,
    c6,
    c7,
    c8,
    c9,
    c10,
    c11,
    c12,
    c13,
    c14,
    c15,
    c18,
    d2,
    d3,
    d4,
    d5,
    d7,
    d8,
    d10,
    d11,
    d12,
    d13,
    d15,
    d16,
    d17,
    d18,
    d19,
]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_refused_or_right(fn: Any) -> None:
    for outcome in run_modes(subject(tangent2, fn, (X.copy(), 1.3)), second=False):
        assert outcome.verdict in (RIGHT, REFUSED), (outcome.mode, outcome.note)
        assert outcome.verdict == RIGHT or "advice: " in outcome.note
