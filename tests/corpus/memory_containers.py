"""Methods that change lists and dicts."""

# ruff: noqa: B007, B905, E501
import copy
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, -1.2, 0.8, 0.3])
K = np.arange(1.0, 5.0)


@at(X)
def inserted(x: Any) -> Any:
    a = [x[0], x[1]]
    b = a
    a.insert(1, x[2] * x[0])
    a.insert(-1, x[3])
    b.insert(99, x[0])
    return a[0] * a[1] + b[2] ** 2 * b[3] + a[4] ** 3


@at(X)
def inserted_loop(x: Any) -> Any:
    a = []
    for i in range(4):
        a.insert(0, x[i] * float(i + 1))
        a.insert(1, x[0])
    return a[0] * a[1] ** 2 + a[4] * a[6]


@at(X)
def inserted_arrays(x: Any) -> Any:
    a = [x * 2.0, x * x]
    r = x * 3.0
    a.insert(1, r)
    a[1][0] = x[3]
    a[0] *= 2.0
    return np.sum(a[0] * a[1] * K)


@at(X)
def extended(x: Any) -> Any:
    a = [x[0]]
    b = a
    a.extend([x[1], x[2] * x[2]])
    b += [x[3]]
    a.extend(x)
    return a[1] * a[2] * b[3] + a[6] ** 2 + len(b)


@at(X)
def removed(x: Any) -> Any:
    n = [1, 2, 3]
    a = [x[0], x[1], x[2]]
    n.remove(2)
    a.remove(x[1])
    return a[0] * a[1] * n[1]


@at(X)
def turned(x: Any) -> Any:
    a = [x[0], x[1], x[2]]
    b = a
    a.reverse()
    return b[0] ** 3 * a[1] ** 2 + a[2]


@at(X)
def ordered(x: Any) -> Any:
    a = [x[0] * x[1], x[1], x[2]]
    a.sort()
    b = a[0] * a[1] ** 2
    a.sort(reverse=True)
    y = x * 2.0
    z = y[1:]
    y.sort()
    m = np.outer(x, x)
    m.sort(axis=0)
    return b + a[0] ** 3 + np.sum(z * K[:3]) + np.sum(m * m * K)


@at(X)
def cleared(x: Any) -> Any:
    a = [x[0], x[1]]
    b = a
    s = a[0] * a[1]
    a.clear()
    b.append(x[2])
    return s * a[0] * len(a)


@at(X)
def popped(x: Any) -> Any:
    a = [x[0], x[1], x[2] * x[1], x[3]]
    b = a
    p = a.pop(0)
    q = b.pop(1)
    r = a.pop(-1)
    s = 0.0
    c = [x[0], x[1], x[2], x[3]]
    while len(c) > 1:
        s += c.pop(0) * c[0]
        k = len(c) - 1
        s += c.pop(k) ** 2
    return p * q * r + a[0] ** 2 + s


@at(X)
def slices(x: Any) -> Any:
    a = [x[0], x[1], x[2], x[3]]
    b = a
    a[1:3] = [x[0] * x[1]]
    del a[0]
    b[:0] = [x[2], x[3] * x[3]]
    del b[3:]
    a[::2] = [x[0] ** 2, x[1] ** 2]
    return b[0] * b[1] ** 2 + a[2] ** 3


@at(X)
def doubled(x: Any) -> Any:
    a = [x[0], x[1]]
    b = a
    a *= 2
    a += [x[2]]
    b[2] = x[3]
    return a[0] * b[2] + a[3] ** 2 * a[4]


@at(X)
def deleted(x: Any) -> Any:
    a = [x[0], x[1], x[2], x[3]]
    i = 2
    del a[i]
    del a[-1]
    i = -1
    s = a[0] * a[1]
    for k in range(1):
        del a[i - k]
    return s * a[0] * len(a)


@at(X)
def copied(x: Any) -> Any:
    a = [x[0], x[1]]
    b = a.copy()
    b.append(x[2])
    a[0] = x[3]
    return a[0] * b[0] * b[2] * len(a)


@at(X)
def dict_update(x: Any) -> Any:
    d = {"a": x[0], "b": x[1]}
    e = d
    d.update({"b": x[2] * x[0], "c": x[3]})
    d.update(a=x[1])
    d.update({"e": x[0]}, f=x[2])
    return e["a"] * d["b"] + e["c"] ** 2 + d["f"] * d["e"]


@at(X)
def dict_or(x: Any) -> Any:
    d = {"a": x[0], "b": x[1]}
    f = d
    d |= {"b": x[2] * x[0], "c": x[3]}
    e = d | {"a": x[1] ** 2}
    return e["a"] * d["b"] + f["c"] ** 2 + d["a"] ** 3


@at(X)
def dict_default(x: Any) -> Any:
    d = {"a": x[0]}
    v = d.setdefault("a", x[1])
    w = d.setdefault("b", x[1] * x[2])
    return v * w * d["b"] + d["a"] ** 2


@at(X)
def dict_pop(x: Any) -> Any:
    d = {"a": x[0], "b": x[1] * x[0], "c": x[2]}
    e = d
    p = d.pop("b")
    q = d.pop("z", x[3])
    k, r = d.popitem()
    d["n"] = x[1]
    del e["a"]
    return p * q * r + e["n"] ** 2 + len(d)


@at(X)
def dict_clear(x: Any) -> Any:
    d = {"a": x[0], "b": x[1] * x[0]}
    s = d["a"] * d["b"]
    d.clear()
    d["c"] = x[2]
    return s * d["c"] * len(d)


@at(X)
def dict_numbers(x: Any) -> Any:
    d = {}
    for i in range(4):
        d[i] = x[i] * x[0]
    d.update({7: x[1]})
    e = {1: x[2] ** 2, 9: x[3]}
    d.update(e)
    w = d.setdefault(9, x[0])
    v = d.setdefault(10, x[0])
    return d[0] * d[1] + d[9] ** 2 * w * v + d[10] * d[7]


@at(X)
def grouped(x: Any) -> Any:
    d = {}
    for i in range(4):
        d.setdefault(i % 2, []).append(x[i] * x[i])
    return d[0][0] * d[1][1] + d[0][1] ** 2


@at(X)
def queue(x: Any) -> Any:
    todo = [(0, x[0])]
    s = 0.0
    while todo:
        d, v = todo.pop(0)
        s += np.sin(v) * v
        if d < 2:
            todo.append((d + 1, v * x[1]))
            todo.insert(0, (d + 1, v * v))
    return s


@at(X)
def nested(x: Any) -> Any:
    g = [[x[0], x[1]], [x[2]]]
    g[0].insert(0, x[3])
    g[1].extend([x[0] * x[1]])
    g[0].reverse()
    r = g[0]
    r.pop(0)
    g.insert(0, [x[3]])
    return g[1][0] * g[1][1] + g[2][1] ** 2 * g[0][0]


@at(X)
def empty_extended(x: Any) -> Any:
    a = []
    b = a
    a += [x[0]]
    return b[0] * x[1]


@at(X)
def empty_merged(x: Any) -> Any:
    a = {}
    b = a
    a |= {"c": x[0]}
    return b["c"] * x[1]


def first_of_sorted(a: Any, v: Any) -> Any:
    a.insert(0, v)
    a.sort()
    return a[0]


@at(X)
def changed_by_a_callee(x: Any) -> Any:
    a = [x[0], x[1]]
    s = first_of_sorted(a, x[2])
    return s * a[2] ** 2 * a[1]


@at(X, 0.7)
def number_added_to_an_array_in_a_dict(x: Any, y: Any) -> Any:
    table = {'a': np.outer(x, x), 'b': y}
    table['a'] += np.mean(table['a'])
    table['a'] *= y
    table['b'] *= np.sum(x)
    return np.sum(table['a']) * table['b']


@at(X, 0.7)
def number_becomes_an_array_in_a_dict(x: Any, y: Any) -> Any:
    table = {'b': y}
    table['b'] *= np.sum(x)
    table['b'] = table['b'] * x
    table['b'] -= y
    return np.sum(x) * np.sum(table['b'])


@at(X, 0.7)
def array_becomes_a_number_in_a_dict(x: Any, y: Any) -> Any:
    table = {'b': y * x}
    s = np.sum(table['b'])
    table['b'] = y * y
    table['b'] -= y
    return np.sum(x) * np.sum(table['b']) * s


@at(X, 0.7)
def arrays_and_a_number_by_keys_of_a_loop(x: Any, y: Any) -> Any:
    table = {}
    for k in 'abc':
        table[k] = x * y
    s = np.sum(table['b'])
    table['b'] = y * y
    for k in 'abc':
        table[k] *= y
    return np.sum(x) * np.sum(table['b']) * s


@at(X)
def copies_of_the_copy_module(x: Any) -> Any:
    u, v = copy.copy(x), copy.deepcopy(x * 2)
    u[0], v[1] = x[1], x[0]
    us = [x * 2, x]
    vs, ws = copy.copy(us), copy.deepcopy(us)
    vs[0] = x * 3
    ws[0][0] = x[2]
    return np.sum(u * v) + np.sum(us[0] * vs[0] * ws[0]) * copy.copy(x[0])


@at(X)
def parameters_copied_deep(x: Any) -> Any:
    params = {"w": x * 2, "layers": [x * 1, x * 3]}
    before = copy.deepcopy(params)
    params["w"][0] = x[1]
    params["layers"][1] *= 2
    k, pair = copy.deepcopy((x[0], x))
    return np.sum(params["w"] * before["w"]) + np.sum(params["layers"][1] * before["layers"][1]) * k + np.sum(pair)
