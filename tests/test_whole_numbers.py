"""What a derivative flows through is written to arrays that hold whole numbers: NumPy cuts it, so that is refused.

Which dtype the array has, is known only when the code runs; what is known before has no derivative.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import UnsupportedError
from tangent2.switches import switched

X = np.array([0.5, 1.2, 0.8])


def literal_on_one_path(x: Any) -> Any:
    a = np.array([1 if x[0] > 0 else x[0], 2])
    a[0] = x[1]
    return np.sum(a) * x[2]


def name_on_one_path(x: Any) -> Any:
    t = 1
    if x[0] < 0:
        t = x[0]
    a = np.array([t, 2])
    a[0] = x[1]
    return np.sum(a) * x[2]


def list_appended_to(x: Any) -> Any:
    line = []
    for v in x:
        line.append(v * 2 if v < 0 else 0)
    a = np.array(line)
    a[0] = x[1]
    return np.sum(a) * x[2]


def element_of_a_list(x: Any) -> Any:
    line = [0, 1]
    if x[0] < 0:
        line[0] = x[0]
    a = np.array(line)
    a[0] = x[1]
    return np.sum(a) * x[2]


def comprehension(x: Any) -> Any:
    line = [v * 2 if v < 0 else 0 for v in x]
    a = np.asarray(line)
    a[0] = x[1]
    a *= 2
    return np.sum(a) * x[2]


def filled(x: Any) -> Any:
    t = 1
    if x[0] < 0:
        t = x[0]
    a = np.full(3, t)
    a[0] = x[1]
    return np.sum(a) * x[2]


def without_axes(x: Any) -> Any:
    t = 1
    if x[0] < 0:
        t = x[0]
    a = np.asarray(t).reshape(1)
    a[0] = x[1]
    return np.sum(a) * x[2]


def dtype_of_a_sum(x: Any) -> Any:
    t = 0
    for v in x:
        if v < 0:
            t += v
    a = np.zeros(2, dtype=np.asarray(t).dtype)
    a[0] = x[1]
    return np.sum(a) * x[2]


def stacked(x: Any) -> Any:
    t = 0
    for v in x:
        if v < 0:
            t += v
    a = np.stack([t, t])
    a[0] = x[1]
    return np.sum(a) * x[2]


def array_on_one_path(x: Any) -> Any:
    if x[0] > 0:
        a = np.array([1, 2])
    else:
        a = np.zeros(2)
    a[0] = x[1]
    return np.sum(a) * x[2]


def added_to(x: Any) -> Any:
    a = np.zeros(2) if x[0] < 0 else np.arange(2)
    for i in range(2):
        a[i] += int(x[2] * 3)
    a[1] = x[0]
    return np.sum(a * x[2])


def all_of_it(x: Any) -> Any:
    if x[0] > 0:
        a = np.array([1, 2])
    else:
        a = np.zeros(2)
    np.add(a, 1, out=a)
    a[:] = x[:2] * 2
    a.fill(x[0] * 5)
    return np.sum(a) * x[2]


def copied_unsafely(x: Any) -> Any:
    if x[0] > 0:
        a = np.array([1, 2])
    else:
        a = np.zeros(2)
    np.copyto(a, x[:2] * 5, casting='unsafe')
    np.put(a, [1], x[1] * 4)
    return np.sum(a) * x[2]


def filled_like(x: Any) -> Any:
    if x[0] > 0:
        a = np.array([1, 2])
    else:
        a = np.zeros(2)
    b = np.zeros_like(a)
    b[0] = x[1]
    c = np.full_like(a, x[1] * 4)
    return np.sum(b) * x[2] + np.sum(c) * x[1]


CUT = [
    literal_on_one_path, name_on_one_path, list_appended_to, element_of_a_list, comprehension, filled, without_axes,
    dtype_of_a_sum, stacked, array_on_one_path, added_to, all_of_it, copied_unsafely, filled_like,
]


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("function", CUT)
def test_what_would_be_cut_is_refused(function: Callable[..., Any], generic: bool) -> None:
    with switched(generic=generic):
        for call in (lambda: tangent2.grad(function)(X), lambda: tangent2.jvp(function, (X,), (X,)),
                     lambda: tangent2.vjp(function, X)):
            with pytest.raises((TypeError, UnsupportedError), match="cuts it|copy it first"):
                call()


def known(x: Any) -> Any:
    a = np.array([1, 2])
    a[0] = x[1]
    return np.sum(a) * x[2]


def test_what_is_known_to_be_cut_has_no_derivative() -> None:
    np.testing.assert_allclose(tangent2.grad(known)(X), [0.0, 0.0, 3.0])
    np.testing.assert_allclose(tangent2.jvp(known, (X,), (X,))[1], 2.4)


def test_sign_before_what_has_none() -> None:
    """A truth value has no negative, and that of an unsigned number is another one: the sign stays outside."""
    def kinked(x: float) -> float:
        return -0.5 * max(1.7, np.log(x * x))

    def scaled(x: Any, u: Any) -> Any:
        return np.sum(-(u * x) * x)

    assert tangent2.grad(kinked)(-0.1) == 0.0
    assert tangent2.grad(kinked)(-4.0) == pytest.approx(0.25)
    u = np.arange(3, dtype=np.uint8)
    np.testing.assert_allclose(tangent2.grad(scaled)(np.ones(3), u), [0.0, -2.0, -4.0])
    with switched(generic=True):
        np.testing.assert_allclose(tangent2.grad(scaled)(np.ones(3), u), [0.0, -2.0, -4.0])
