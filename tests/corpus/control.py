"""Branches, loops and exits."""
# ruff: noqa: B007
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
