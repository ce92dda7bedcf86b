"""Branches, loops and exits."""
# ruff: noqa: B007
import math
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.5, -1.2, 0.8])
M = np.array([[0.3, -0.7, 1.1], [0.9, 0.2, -0.4]])


@at(0.7)
@at(-0.7)
def branch(x: Any) -> Any:
    if x > 0:
        y = x * x
    else:
        y = np.exp(x)
    return y * x


@at(0.7)
@at(1.7)
@at(-0.7)
def elif_chain(x: Any) -> Any:
    if x > 1:
        return x ** 3
    elif x > 0:
        x = np.sin(x)
    else:
        return -x * x
    return x * x


@at(0.4)
def loop_carried(x: Any) -> Any:
    y = 1.0
    for i in range(4):
        y = y * x + i
    return y


@at(0.4)
def while_with_test(x: Any) -> Any:
    n = 0
    while x < 3.0 and n < 10:
        x = x * 1.5 + 0.1
        n += 1
    return x * x


@at(X3)
def break_and_else(x: Any) -> Any:
    total = 0.0
    for v in x:
        if v < -5.0:
            break
        total += v * v
    else:
        total *= 2.0
    return total


@at(X3)
def break_taken(x: Any) -> Any:
    total = 1.0
    for i, v in enumerate(x):
        if v < 0.0:
            total *= v
            break
        total += np.sin(v) * i + v
    else:
        total = 0.0
    return total * total


@at(X3)
def continue_(x: Any) -> Any:
    total = 0.0
    for v in x:
        if v < 0.0:
            continue
        total += v ** 3
    return total


@at(X3)
def return_in_loop(x: Any) -> Any:
    s = 1.0
    for v in x:
        s = s * v
        if s < 0.0:
            return s * s + v
    return s


@at(X3, 0.3)
def nested_loops(x: Any, a: Any) -> Any:
    total = 0.0
    for i in range(3):
        for j in range(i + 1):
            total += x[i] * x[j] * a ** (i + j + 1)
            if total > 100.0:
                break
    return total


@at(X3, X3[::-1].copy())
def zipped(x: Any, y: Any) -> Any:
    s = 0.0
    for a, b in zip(x, y):
        s += a * np.exp(b)
    return s


@at(X3)
def reversed_recurrence(x: Any) -> Any:
    s = 0.0
    for i in reversed(range(3)):
        s = s * 0.5 + x[i] ** 2
    return s


@at(M)
def over_rows(m: Any) -> Any:
    s = 0.0
    for row in m:
        s += np.dot(row, row) * row[0]
    return s


@at(0.8)
@at(-0.8)
def conditional_expression(x: Any) -> Any:
    y = x if x > 0 else 2.0 * x
    return y * y * (1.0 if y > 0 else 3.0)


@at(0.8, 0.4)
@at(0.4, 0.8)
def boolean_values(x: Any, y: Any) -> Any:
    z = (x > 0.5 and x) or y
    return z * z if 0.0 < x < 1.0 else z


@at(0.8)
def name_bound_in_a_loop(x: Any) -> Any:
    for i in range(3):
        y = x * i
    return y * y


@at(X3)
def array_carried(x: Any) -> Any:
    u = x
    for i in range(3):
        u = np.sin(u) + 0.5 * x
    return np.sum(u * u)


@at(0.7, 3)
@at(0.7, 0)
def loop_that_may_not_run(x: Any, n: Any) -> Any:
    u = x * np.ones(2)
    for i in range(n):
        u = u * u + x
    return np.sum(u)


@at(2.5)
def newton(a: Any) -> Any:
    x = a
    for _ in range(20):
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-3:
            break
        x = new
    return x


@at(0.6)
def asserts_and_prints(x: Any) -> Any:
    n = 0
    assert x > 0, f"x is {x}"
    for i in range(3):
        n += i
        if n > 100:
            raise ValueError(f"too many: {n}")
    return x ** n


def _returned_from_loops():
    @at(1.5, 5)
    @at(0.5, 5)
    def returned_at_the_end_of_an_iteration(x, n):
        s = 0.0
        for k in range(n):
            s += x ** k
            if s > 5.0:
                return s * 2.0 * x
        return s

    @at(2.0, 1.0)
    def returned_before_anything_changed(a, x0):
        x = x0
        for i in range(50):
            fx = x ** 3 - a
            if abs(fx) < 1e-10:
                return x * i
            x = x - fx / (3.0 * x ** 2)
        return x

    @at(0.3, 3)
    @at(0.3, 9)
    def returned_from_two_loops(x, n):
        for i in range(n):
            for j in range(n):
                x = x * 1.1 + j
                if x > 9.0:
                    return x * i
        return -x

    @at(np.array([0.5, -0.7, 0.9, 0.4]), 4)
    @at(np.array([0.5, 0.7, 0.9, 0.4]), 4)
    def returned_with_an_array(u, n):
        u = u.copy()
        for k in range(n):
            u[k] = u[k - 1] * u[k]
            if u[k] < -0.2:
                return np.sum(u ** 2)
        return np.sum(u)

    @at(0.3)
    def returned_with_a_list(x):
        hist = []
        v = x
        for k in range(10):
            v = np.sin(v) * 1.3
            hist.append(v)
            if k == 4:
                return sum(hist)
        return v

    @at(1.0, (1, -1, 0))
    def continue_at_the_end(x, steps):
        pos = [x]
        for s in steps:
            if s > 0:
                pos.append(pos[-1] * 1.1)
            elif s < 0:
                pos.append(pos[-1] - 0.5)
            else:
                continue
        return sum(pos)

    @at(np.ones(4), 1.1)
    def relaxed(b, w):
        n = len(b)
        x = np.zeros(n)
        for it in range(3):
            for i in range(n):
                s = b[i]
                if i > 0:
                    s = s + x[i - 1]
                if i < n - 1:
                    s = s + x[i + 1]
                x[i] = (1 - w) * x[i] + w * s / 4.0
        return np.sum(x)


_returned_from_loops()


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def returns_at_once_from_two_loops(x: Any, y: Any) -> Any:
    for i in range(3):
        for j in range(2):
            return np.sum(y * x)
    return 0.0


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def returns_at_once_from_two_loops_or_nothing(x: Any, y: Any) -> Any:
    for i in range(3):
        for c in x:
            row = x
            return np.mean(row) * y


@at(X3)
def array_first_bound_in_a_loop(y: Any) -> Any:
    for i in range(3):
        u = np.outer(y, y) * (i + 1.0)
    return np.sum(np.cos(u))


@at(X3)
def array_first_bound_in_a_loop_and_written(y: Any) -> Any:
    for i in range(3):
        u = np.outer(y, y) * (i + 1.0)
    u2 = u.ravel()
    u += y
    return np.sum(np.cos(u2))


@at(X3)
def array_and_list_first_bound_in_an_inner_loop(y: Any) -> Any:
    s = 0.0
    for j in range(2):
        for i in range(3):
            u = np.outer(y, y) * (i + 1.0 + j)
            v = [y[0], i * y[1]]
        u[0] = y * v[1]
        s += np.sum(np.cos(u)) * v[0]
    return s + v[1]


@at(X3)
def arrays_first_bound_before_a_break(y: Any) -> Any:
    for i in range(3):
        if y[i] > 0.7:
            break
        u = np.outer(y, y) * (i + 1.0)
        w = y[:i + 1] * 2
    v = u.ravel()
    u *= 2 * y
    return np.sum(v * v) + np.sum(w)


def _size(a: Any, b: Any) -> Any:
    return math.hypot(a, b)


@at(0.1, 0.2)
def tangent_that_nobody_reads(a: Any, b: Any) -> Any:
    x = y = 0.0
    for _ in range(5):
        if _size(x, y) > 2:         # has no derivative where it starts
            break
        x, y = x * x - y * y + a, 2 * x * y + b
    return x * y
