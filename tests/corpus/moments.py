"""Names that stand for other memory after some turns or by a path; elements of lists; layouts; views of callees."""
# ruff: noqa: B007
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, -0.2])
M = np.arange(6.0).reshape(2, 3) / 6.0


def odd(v: Any) -> Any:
    return v[::2]


def cut(v: Any) -> Any:
    v *= 2.0
    return v[1:][::-1]


@at(X, 0)
@at(X, 1)
@at(X, 3)
def other_after_a_turn(x: Any, n: Any) -> Any:
    v = np.ones(3)
    w = v
    for _ in range(n):
        v *= x
        v = np.cos(v)
    return np.sum(w) + np.sum(v * w * x)


@at(X, 0)
@at(X, 1)
@at(X, 4)
def swapped_and_named(x: Any, n: Any) -> Any:
    a = x * 2.0
    b = np.sin(x)
    first = a
    for _ in range(n):
        a[1:] += b[:-1] * x[0]
        a, b = b, a
    return np.sum(first * a) + np.sum(b * x)


@at(X)
@at(0.2 * X)
def halved_until(x: Any) -> Any:
    u = x
    while np.sum(u * u) > 0.5:
        u = 0.5 * u
    u += 1.0
    return np.sum(x * u)


@at(X, 0)
@at(X, 1)
@at(X, 3)
def copied_on_one_turn(x: Any, n: Any) -> Any:
    v = x
    for i in range(n):
        if i == 1:
            v = v.copy()
        v[0] += x[1] * v[2]
    return np.sum(v * x)


@at(X, 2)
@at(X, 0)
def three_in_turn(x: Any, n: Any) -> Any:
    a, b, c = x * 1.0, x * 2.0, x * 3.0
    kept = a, b, c
    for i in range(n):
        a, b, c = b, c, a
        a *= 0.5
        if i == 1:
            break
    b[0] = x[1] ** 2
    return np.sum(kept[0] * kept[1]) + np.sum(kept[2] * a)


@at(X)
def iterated_while_rebound(x: Any) -> Any:
    v = 2.0 * x
    p = 0.0
    for c in v:
        v *= c
        p += c * v[1]
        v = 0.7 * x
    return p


@at(X)
def made_on_one_path(x: Any) -> Any:
    w = np.ones(3)
    if x[0] > 0.6:
        w = 1.5 + w * w
    v = w[-1:0:-1]
    u = x if x[1] > -0.46 else w
    u[:-1] += v
    v += 0.7
    return np.sum(x * w)


@at(X)
def element_of_its_own(x: Any) -> Any:
    layers = [x * 2.0, x, x]
    layers[0][1:] *= x[0]
    layers[1] *= 2.0
    return np.sum(layers[2]) + np.sum(layers[0] * layers[1])


@at(X)
def element_by_a_view(x: Any) -> Any:
    v = x[::2]
    v -= 0.5
    layers = [np.tanh(x + x), np.cos(x - x[::-1]), x]
    u = layers[0]
    u[1:] += np.cos(x[1:])
    h = u[::-1]
    h[-1:0:-1] = 0.62 * h[:-1]
    return np.sum(layers[0] * layers[-1]) + np.sum(u * x) + np.sum(v)


@at(X)
def the_same_row_twice(x: Any) -> Any:
    rows = [np.zeros(3)] * 2
    rows[0][1] = x[0]
    return np.sum(rows[1] * x)


@at(M)
def flattened_argument(m: Any) -> Any:
    f = m.ravel()
    f[1:] *= 2.0
    m[0] += 1.0
    return np.sum(f * f) + np.sum(m[1])


@at(X)
def reshaped_line(x: Any) -> Any:
    u = x[::2]
    v = u.reshape(2, 1)
    v[0] = x[1] ** 2
    return np.sum(x) + np.sum(u * u)


@at(X)
def views_of_callees(x: Any) -> Any:
    u = odd(x)
    x *= 2.0
    w = cut(x)
    w[0] += x[1]
    return np.sum(u * u) + np.sum(x * x)


@at(M, 0, True)
@at(M, 1, False)
def base_of_a_choice(m: Any, k: Any, on: Any) -> Any:
    rows = [m[0], m[1]]
    if on:
        u = m[0]
    else:
        u = rows[k]
    m *= 2.0
    return np.sum(u ** 2)


@at(X)
def view_of_an_element_that_goes(x: Any) -> Any:
    rows = [x * 2.0, x + 1.0]
    a = rows[-1][::-1]
    rows[1] = np.tanh(x)
    a[0] *= 2.0
    return np.sum(a ** 2) + np.sum(rows[1] * a)


@at(X)
def element_popped(x: Any) -> Any:
    rows = [x * 2.0, x + 1.0]
    w = rows[1]
    b = rows[1]
    rows.pop()
    w[0] = x[1]
    return np.sum(b ** 2) + np.sum(rows[0] * w)


@at(X)
def filled_after_appending(x: Any) -> Any:
    rows = []
    for i in range(3):
        row = np.zeros(3)
        rows.append(row)
        row[i] = x[i] ** 2
        row[0] += x[1]
    return sum(np.sum(v * x) * (k + 1) for k, v in enumerate(rows))


@at(X)
def appended_twice(x: Any) -> Any:
    rows = []
    for i in range(3):
        row = np.zeros(3)
        rows.append(row)
        rows.append(row)
        row[i] = x[i] ** 2
    return sum(np.sum(v * x) * (k + 1) for k, v in enumerate(rows))


@at(X)
def last_by_another_name(x: Any) -> Any:
    rows = []
    for i in range(3):
        a = x * i
        rows.append(a)
        b = rows[-1]
        b[0] = x[1]
        rows.append(b[::-1])
        a[i] += x[i] ** 2
        rows.pop()
        a[1] = 2.0 * x[0]
    return sum(np.sum(v * x) * (k + 1) for k, v in enumerate(rows))


@at(X)
def rows_unpacked(x: Any) -> Any:
    m = np.outer(x, x)
    first, *rest = m
    first[0] += 2.0 * x[1]
    return np.sum(m * m)


@at(X)
def held_by_a_dict(x: Any) -> Any:
    a = x * 2.0
    d = {"p": a, "q": a[1:], "r": x * 3.0}
    a[0] = x[1] ** 2
    d["q"][0] *= 3.0
    d["r"] += d["p"]
    d["p"] = x
    a[1] *= x[0]
    return np.sum(d["p"] * a) + np.sum(d["q"]) + np.sum(d["r"] ** 2)
