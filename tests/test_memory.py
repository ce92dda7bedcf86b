"""Memory that is not followed through names, containers or calls is refused, never taken to be apart."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pytest

import tangent2
from tangent2.errors import TangentError
from tests.harness import modes

X = np.array([0.3, -1.2, 0.7, 0.9])


def addto(a: Any, b: Any) -> Any:
    a += b
    a[0] += b[1]


def reshaped(x: Any) -> Any:
    a = np.zeros(4)
    m = a.reshape(2, 2)
    m[0] = x[:2] ** 2
    m[1, 1] = x[3]
    m.T[0, 1] = x[2]
    return np.sum(a ** 3) + m[0, 0]


def twice(x: Any) -> Any:
    a = x.copy()
    addto(a, a)
    return np.sum(a ** 2)


def slot_reassigned(x: Any) -> Any:
    L = [x * 1.0, x * 2.0]
    t = L[0]
    L[0] = x * 3.0
    t[1] = x[0] ** 2
    return np.sum(L[0] * t)


def negative(x: Any) -> Any:
    L = [x * 1.0, x * 2.0]
    t = L[-1]
    L.append(x ** 2)
    t[1] = x[0] ** 2
    return np.sum(L[0] * L[1] * L[2])


def branch_slot(x: Any, n: Any) -> Any:
    L = [x * 1.0, x * 2.0]
    t = L[0]
    if n > 0:
        L[0] = x * 4.0
    t[0] = x[2] ** 2
    return np.sum(L[0] * t)


def repeat_row(x: Any) -> Any:
    M = [x * 1.0] * 2
    M[0][1] = x[0] ** 2
    return np.sum(M[0] * M[1])


def appended(x: Any) -> Any:
    a = x * 1.0
    L = []
    for i in range(3):
        L.append(a)
        a[i] = x[3] * a[i]
    return np.sum(L[0] * L[2])


def pushed_twice(x: Any) -> Any:
    L = [x * 1.0]
    t = L[0]
    L.append(t)
    t[0] = x[1] ** 2
    return np.sum(L[0] * L[1])


def rows_same(x: Any) -> Any:
    row = x * 2
    L = [row for _ in range(3)]
    L[0][0] = x[1] ** 2
    return np.sum(L[0] * L[1])


def returns_a_view(v: Any) -> Any:
    v[0] = 1.0
    return v[::-1]


def view_from_a_call(x: Any) -> Any:
    a = x * 2.0
    b = returns_a_view(a)
    b[0] = x[1] ** 2
    return np.sum(a * x)


def returns_it_or_not(v: Any) -> Any:
    v[0] = 1.0
    return v if v[1] > 0.0 else v * 2.0


def perhaps_the_argument(x: Any) -> Any:
    a = x * 2.0
    b = returns_it_or_not(a)
    b[0] = x[1] ** 2
    return np.sum(a * x)


def carried_by_a_loop(x: Any) -> Any:
    a = x * 2.0
    p = x * 3.0
    for _ in range(2):
        a[1] = p[2] * 2.0
        p[1] += a[2]
        p = a
    return np.sum(a * x) + np.sum(p)


def puts_into_a_list(v: Any) -> Any:
    return [v, v * 2.0]


def list_from_a_call(x: Any) -> Any:
    a = x * 2.0
    rows = puts_into_a_list(a)
    a[0] = 3.0
    return np.sum(rows[0])


def view_of_the_first_turn(x: Any) -> Any:
    w = x * 2.0
    v = w[:, None]
    for _ in range(3):
        if np.sum(v) < 0.3:
            w -= 0.7
            return np.sum(np.cos(v))
        v = x
    return np.sum(w)


def added(v: Any, w: Any) -> Any:
    v += w
    v[0] = w[1] * v[2]


def the_same_array_passed_twice(x: Any) -> Any:
    a = x * 2.0
    added(a, a)
    return np.sum(a ** 2 * x)


def list_that_grows_in_its_loop(x: Any) -> Any:
    todo = [x[0], x[1]]
    s = 0.0
    for v in todo:
        s += v ** 2
        if len(todo) < 5:
            todo.append(v * x[2])
    return s * todo[4]


def in_single_precision(x: Any, w: Any) -> Any:
    a = w * 1.0
    a += x
    a[0] = x[1] * 2.0
    return np.sum(a ** 2)


def test_a_gradient_has_the_dtype_of_its_argument() -> None:
    x, w = np.full(3, 0.5, np.float32), X[:3]
    x_bar, w_bar = tangent2.grad(in_single_precision, (0, 1))(x, w)
    assert (x_bar.dtype, w_bar.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(x_bar, [0.0, 2.0 * (w[1] + 0.5) + 4.0, 2.0 * (w[2] + 0.5)], rtol=1e-6)


def copy_in_an_order(x: Any) -> Any:
    m = np.outer(x, x[:2])
    a, b, c = m.copy("F"), np.asfortranarray(m), np.copy(m.T)
    flat = [part.reshape(-1) for part in (a, b, c)]
    for part in flat:
        part[0] = 5.0
    return np.sum(a ** 2) + np.sum(b ** 3) + np.sum(c) * np.sum(flat[0])


def flat_copy_in_an_order(x: Any) -> Any:
    a = np.outer(x, x[:2]).copy("F")
    v = a.reshape(-1)
    v[0] = 5.0
    return np.sum(a ** 2) + np.sum(v)


def noting(log: Any, k: Any) -> Any:
    log.append(k)
    return lambda u: u * k


def made_once_for_a_map(x: Any) -> Any:
    log: Any = []
    return sum(map(noting(log, x[0]), x)) + len(log) * x[1]


def made_once_for_all_elements(x: Any) -> Any:
    log: Any = []
    g = np.vectorize(noting(log, x[0]))
    return np.sum(g(x)) + np.sum(g(x * x)) + len(log) * x[1]


@pytest.mark.parametrize("function, args", [
    (made_once_for_a_map, (X,)), (made_once_for_all_elements, (X,)),
    (copy_in_an_order, (X,)), (flat_copy_in_an_order, (X,)),
    (the_same_array_passed_twice, (X,)),
    (list_that_grows_in_its_loop, (X,)),
    (reshaped, (X,)),
    (twice, (X,)),
    (slot_reassigned, (X,)),
    (negative, (X,)),
    (branch_slot, (X, 1)),
    (repeat_row, (X,)),
    (appended, (X,)),
    (pushed_twice, (X,)),
    (rows_same, (X,)),
    (view_from_a_call, (X,)), (perhaps_the_argument, (X,)), (carried_by_a_loop, (X,)), (list_from_a_call, (X,)),
    (view_of_the_first_turn, (X,)),
], ids=lambda arg: getattr(arg, "__name__", ""))
def test_right_or_refused(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        modes.check(tangent2, function, args)
    except AssertionError as error:
        assert ": refused: " in str(error), error


def updates(a: Any, b: Any) -> Any:
    a[0] = b[1] * b[2]
    return np.sum(a * b)


@pytest.mark.parametrize("other", [X, X[::-1]])
def test_arguments_that_overlap(other: Any) -> None:
    for call in (lambda: tangent2.grad(updates, (0, 1))(X, other), lambda: tangent2.vjp(updates, X, other),
                 lambda: tangent2.jvp(updates, (X, other), (X, X)),
                 lambda: tangent2.jvp(tangent2.grad(updates), (X, other), (X, X))):
        with pytest.raises(TangentError, match="share memory"):
            call()
    tangent2.jvp(updates, (X, X + 1.0), (X, X))
    tangent2.grad(updates)(X[:3], X[1:].copy())
