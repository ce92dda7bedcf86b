"""Values in groups: dicts that get their defaults, asked for the keys they have."""
from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([1.3, 0.7, 2.1])


@at(X)
def products_of_groups(x: Any) -> Any:
    groups = defaultdict(list)
    for i, v in enumerate(x):
        groups[i % 2].append(v * (i + 1))
    out = 0.0
    for k in sorted(groups):
        out += (k + 1) * math.prod(groups[k])
    return out + sum([math.prod(groups[k]) for k in list(groups)])


@at(X)
def arrays_of_groups(x: Any) -> Any:
    groups: Any = defaultdict(lambda: np.zeros(2))
    for i, v in enumerate(x):
        groups[i % 2][i // 2] += v ** 2
    return sum(np.prod(groups[k] + 1) for k in groups)


@at(X)
def rows_as_long_as_the_argument(x: Any) -> Any:
    n = len(x)
    rows: Any = defaultdict(lambda: np.ones(n) * 2.0)
    rows[0] += x
    rows[1] += rows[0] * 2
    return np.sum(rows[1] * x) + rows[2] @ x


@at(X)
def first_of_a_key(x: Any) -> Any:
    d: Any = {}
    for v in x:
        if "a" not in d:
            d["a"] = v
        else:
            d["a"] = d["a"] * v
    return d["a"]


def put(d: Any, k: Any, v: Any) -> None:
    d[k] = v


@at(X)
def keys_by_another_name(x: Any) -> Any:
    d = {"a": x[0]}
    e = d
    e["b"] = x[1]
    put(d, "c", x[2])
    return d["a"] * d["b"] if "b" in d and "c" in d else x[2]


@at(X)
def keys_that_go(x: Any) -> Any:
    d = {"a": x[0], "b": x[1], "c": x[2]}
    if x[0] > 1:
        del d["b"]
    v = d.pop("c")
    s = d["a"] * v
    if "b" in d or "c" in d:
        s = s * x[1]
    return s


@at(X, {"scale": 2.0})
def options(x: Any, given: Any) -> Any:
    if "scale" in given:
        x = x * given["scale"]
    if "shift" in given:
        x = x + given["shift"]
    return np.sum(x ** 2)


@at(X)
def keys_of_dicts_in_a_list(x: Any) -> Any:
    s = 0.0
    for e in [{"a": x[0]}, {"b": x[1]}]:
        if "a" in e:
            s += e["a"] ** 2
        if "b" in e:
            s += e["b"] ** 3
    return s * x[2]


def step(state: Any, dt: Any) -> None:
    state["vel"] -= state["pos"] * dt
    state["pos"] += state["vel"] * dt
    state["log"].append(0.5 * np.sum(state["vel"] ** 2))


@at(X)
def state_with_a_log(x: Any) -> Any:
    state = {"pos": x.copy(), "vel": np.zeros(3), "log": []}
    for _ in range(4):
        step(state, 0.1)
    return state["pos"][0] + sum(state["log"])


@at(X)
def state_of_a_function_inside(x: Any) -> Any:
    state = {"pos": x.copy(), "history": [x[0]]}

    def move(s: Any, dt: Any) -> None:
        s["pos"] += s["pos"] * dt
        s["history"].append(s["pos"][0] ** 2)
    for k in range(3):
        move(state, x[k])
    return np.sum(state["pos"]) * sum(state["history"])
