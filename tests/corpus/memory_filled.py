"""Lists and dicts that a function is given empty, and fills."""

from typing import Any

import numpy as np

from tests.corpus.cases import at

V = np.array([0.3, 1.2, -0.5, 0.8])


def push(items: Any, v: Any) -> None:
    items.append(v)


def put(table: Any, key: Any, v: Any) -> None:
    table[key] = v


@at(V)
def pushed(x: Any) -> Any:
    items: Any = []
    for k in range(4):
        push(items, x[k] ** 2)
    return items[0] * items[1] + items[-1]


@at(V)
def pushed_arrays(x: Any) -> Any:
    items: Any = []
    push(items, x * 2)
    push(items, x[1] * x)
    items[0][1] *= 3.0
    return np.sum(items[0] * items[1])


@at(V)
def pushed_to_a_display(x: Any) -> Any:
    items = [x[0], x[1]]
    push(items, x[2])
    a, b, c = items
    return a * b * len(items) + c ** 2


@at(V)
def recorded(x: Any) -> Any:
    hist: Any = []

    def record(v: Any) -> None:
        hist.append(v)

    a = x[0]
    for k in range(4):
        a = np.sin(a) + x[k]
        record(a)
    return hist[-2] * hist[-1]


@at(V)
def read_before_it_is_filled(x: Any) -> Any:
    items: Any = []
    s = 0.0
    for k in range(4):
        if len(items) > 1:
            s += items[-1] * items[-2]
        push(items, x[k] ** 2)
    return s


@at(V)
def filled_dict(x: Any) -> Any:
    table: Any = {}
    put(table, "a", x[0] * x[1])
    put(table, "b", x[2] ** 2)
    return table["a"] * table["b"]


@at(V)
def tallied(x: Any) -> Any:
    def tally(d: Any, k: Any, v: Any) -> None:
        d[k] = d.get(k, 0.0) + v

    d: Any = {}
    for k in range(4):
        tally(d, k % 2, x[k] ** 2)
    return d[0] * d[1]


@at(V)
def logged(x: Any) -> Any:
    def log(d: Any, key: str, v: Any) -> None:
        if key not in d:
            d[key] = []
        d[key].append(v)

    d: Any = {}
    for k in range(4):
        log(d, "a", x[k] ** 2)
        log(d, "b", x[k] ** 3)
    return d["a"][0] * d["b"][2]


@at(V)
def filled_in_a_state(x: Any) -> Any:
    state: Any = {"t": 0.0, "h": [], "g": {"p": []}}
    for k in range(3):
        push(state["h"], x[k] ** 2)
        push(state["g"]["p"], x[k] ** 3)
        state["t"] += 0.5
    return state["h"][0] * state["h"][-1] * state["g"]["p"][1] * state["t"]


@at(V)
def buckets(x: Any) -> Any:
    found: Any = [[] for _ in range(2)]
    for k in range(4):
        push(found[k % 2], x[k] ** 2)
    return found[0][0] * found[1][1]


class Simulation:
    def __init__(self, k: Any) -> None:
        self.k = k
        self.hist: Any = []

    def step(self, v: Any) -> Any:
        push(self.hist, v * self.k)
        return self.hist[-1]


@at(V)
def filled_in_an_object(x: Any) -> Any:
    s = Simulation(x[0])
    for k in range(3):
        s.step(x[k] ** 2)
    push(s.hist, x[3])
    return s.hist[0] * s.hist[-2] * s.hist[3]


@at(V)
def queued(x: Any) -> Any:
    def pop_first(q: Any) -> Any:
        return q.pop(0)

    q: Any = []
    push(q, x[0])
    push(q, x[1] * 2)
    s = 0.0
    while q:
        v = pop_first(q)
        s += v ** 2
        if v > 0.5 and len(q) < 3:
            push(q, v - 0.4)
    return s


@at(V)
def reverse_polish(x: Any) -> Any:
    stack: Any = []

    def up(v: Any) -> None:
        stack.append(v)

    def down() -> Any:
        return stack.pop()

    for op in ["x", "y", "+", "z", "*"]:
        if op == "+":
            up(down() + down())
        elif op == "*":
            up(down() * down())
        else:
            up(x["xyz".index(op)])
    return down() ** 2


@at(V)
def parted(x: Any) -> Any:
    def part(v: Any, lo: Any, hi: Any) -> None:
        for e in v:
            if e > 0.4:
                hi.append(e)
            else:
                lo.append(e)

    lo: Any = []
    hi: Any = []
    part(x, lo, hi)
    return np.sum(np.array(lo) ** 2) * sum(hi)


@at(np.outer(V[:3], V[:3]) + np.eye(3))
def rows_filled_in_a_loop(x: Any) -> Any:
    rows = []
    for i in range(3):
        row = np.ones(3)
        rows.append(row)
        for j in range(3):
            if x[i, j] > 0.2:
                row[j] = x[i, j] ** 2
            elif j == 1:
                break
    return sum(np.sum(r ** 2) for r in rows) * rows[-1][2]


@at(np.outer(V[:3], V[:3]) + np.eye(3))
def tables_filled_in_loops(x: Any) -> Any:
    tables = []
    for i in range(2):
        m = np.zeros((3, 3))
        tables.append(m)
        for j in range(3):
            for k in range(j):
                m[j, k] = x[j, k] * (i + 1)
            m[j, j] = np.sum(m[j]) + x[j, 0]
    return sum(np.sum(t ** 2) for t in tables)


def none_filled_with_matrices(x: Any) -> Any:
    v = x
    K = [None] * 2
    for t in range(2):
        K[t] = np.outer(v, v)
        v = v + 0.1 * K[t] @ v
    return v[0] * v[1]


def none_filled_in_part(x: Any) -> Any:
    v, K = x, [None] * 4
    for t in range(2):
        K[t + 1] = v * v
        v = v + 0.1 * K[t + 1] * v
    return v @ K[2]


def none_filled_once(x: Any) -> Any:
    s, K = x, [None] * 3
    for t in (0, 1, 0, 2):
        if K[t] is None:
            K[t] = np.sin(s)
        s = s + K[t] * K[t]
    return s @ s


def none_filled_with_several_shapes(x: Any) -> Any:
    v, K = x, [None] * 3
    for t in range(4):
        K[t % 3] = np.outer(v, v)[:, :1] if t == 1 else np.outer(v, v)
        v = v + K[t % 3].sum(axis=1) * 0.1
    return v @ v


def none_filled_row_by_row(x: Any) -> Any:
    v, K = x, [[None] * 2 for _ in range(2)]
    for i in range(2):
        for j in range(2):
            K[i][j] = v * v
            v = v + 0.1 * K[i][j] * v
    return v @ K[0][1]


def none_left_in_places(x: Any) -> Any:
    v, s, K = x, 0.0, [None] * 4
    for t in range(3):
        K[t] = np.outer(v, v)
        v = K[t] @ v
    for k in K:
        if k is not None:
            s = s + k.sum()
    return s + v @ v


for _f in (none_filled_with_matrices, none_left_in_places, none_filled_in_part, none_filled_once,
           none_filled_with_several_shapes, none_filled_row_by_row):
    at(np.array([0.3, 0.5]))(_f)
