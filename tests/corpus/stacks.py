"""Stacks and queues: what is put on them is made of what is taken from them in the same statement."""
from __future__ import annotations

from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([1.3, 0.7, 2.1])


class Stack:
    """A list with two methods."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def push(self, v: Any) -> None:
        self.items.append(v)

    def pop(self) -> Any:
        return self.items.pop()


@at(X)
def reverse_polish(x: Any) -> Any:
    st: Any = []
    for token in [x[0], x[1], "+", x[2], "*"]:
        if token == "+":
            st.append(st.pop() + st.pop())
        elif token == "*":
            st.append(st.pop() * st.pop())
        else:
            st.append(token)
    return st[0]


@at(X)
def pushed_of_what_is_popped(x: Any) -> Any:
    s = Stack()
    for v in x:
        s.push(v)
    s.push(s.pop() * s.pop())
    s.items.append(s.pop() + s.items[0])
    return s.pop() * s.pop()


@at(X)
def queue_of_sums(x: Any) -> Any:
    q = [3.0, x[0], x[1]]
    while len(q) > 1:
        q.append(q.pop(0) * q.pop(0) + x[2])
    return q[0]


@at(X)
def by_two_names(x: Any) -> Any:
    st = [x[0], x[1], x[2]]
    v = st
    v.append(st.pop() * v.pop())
    st.extend([st.pop(), st.pop() * x[2]])
    st.insert(0, v.pop())
    return st[0] * v[1] ** 2


@at(X)
def taken_by_a_function_inside(x: Any) -> Any:
    st = [x[0], x[1], x[2]]

    def take() -> Any:
        return st.pop() * 2
    st.append(take() + take())
    return st[0] * st[1]


@at(X)
def renamed_key(x: Any) -> Any:
    d = {"a": x[0]}
    d.update(b=d.pop("a") * x[1])
    return d["b"] * x[2]


@at(X)
def filled_with_its_elements(x: Any) -> Any:
    y = x * 2
    y.put([0], y[1] + y.sum())
    y.fill(y[0] * y[1])
    return np.sum(y * x)
