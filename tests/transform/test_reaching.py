"""What a path does not use has no derivative there, be its factor infinite: zero is not multiplied by it."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.switches import switched

X = np.array([0.0, 1.3])
SWITCHES: list[dict[str, bool]] = [{}, {"generic": True}, {"optimise": False}, {"save_all": True},
                                   {"generic": True, "optimise": False}]


def guarded(x: Any) -> Any:
    n = np.sqrt(x[0] ** 2)
    if n > 0:
        return x[1] / n
    return x[1] ** 2


def in_turn(x: Any) -> Any:
    n = np.sqrt(x[0])
    s = x[1]
    if n > 0:
        s = s + 1.0 / n
    if n > 1:
        s = s * n
    return s * x[1]


def one_in_the_other(x: Any) -> Any:
    n = np.sqrt(x[0])
    s = x[1]
    if x[1] > 0:
        if n > 0:
            s = s / n
    elif n > 3:
        s = n
    return s * x[1]


def size(v: Any) -> Any:
    return np.sqrt(v[0] * v[0])


def by_a_call(x: Any) -> Any:
    n = size(x)
    return x[1] / n if n > 0 else x[1] ** 2


def in_a_loop(x: Any) -> Any:
    s = x[1]
    for i in range(2):
        for j in range(2):
            d = np.sqrt((x[i] - x[j]) ** 2)
            if i != j:
                s = s + x[1] * d
    return s


def skipped(x: Any) -> Any:
    s, i = x[1] * 0.7, 0
    while i < 2:
        r = np.sqrt(x[i])
        i += 1
        if r == 0:
            continue
        s = s + r * x[1]
    return s


def overwritten(x: Any) -> Any:
    n = np.sqrt(x)
    if x[0] == 0:
        n = x * x[1]
    return np.sum(n)


def given_up(x: Any) -> Any:
    try:
        n = np.sqrt(x[0])
        if n == 0:
            raise ValueError
        s = x[1] / n
    except ValueError:
        s = x[1] ** 2
    return s


def of_products(x: Any) -> Any:
    a = np.sqrt(x[0]) * np.log(x[1])
    return a if x[0] > 0 else x[1] ** 2


def chosen_root(x: Any) -> Any:
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0)) * x[1]


def chosen_quotient(x: Any) -> Any:
    return np.sum(np.where(x == 0, 1.0, np.sin(x) / x)) + x[1] ** 2


def chosen_power(x: Any) -> Any:
    return np.sum(np.where(x > 0, 3.0 * x ** 0.5 + 1.0, x)) + x[1]


def chosen_logarithm(x: Any) -> Any:
    return np.sum(x * np.where(x > 0, -np.log(x), 0.0))


def zeroth_power(x: Any) -> Any:
    return np.sum(x ** 0.0) + x[1] ** 2


R = np.sqrt(1.3)
Q = np.sin(1.3) / 1.3
EXPECTED: dict[Callable[..., Any], tuple[list[float], list[float]]] = {     # the gradient, and its tangent along (0, 1)
    guarded: ([0.0, 2.6], [0.0, 2.0]),
    in_turn: ([0.0, 2.6], [0.0, 2.0]),
    by_a_call: ([0.0, 2.6], [0.0, 2.0]),
    in_a_loop: ([-2.6, 1.0 + 5.2], [-2.0, 4.0]),
    skipped: ([0.0, 0.7 + 1.5 * R], [0.0, 0.75 / R]),
    overwritten: ([1.3, 2.6], [1.0, 2.0]),
    given_up: ([0.0, 2.6], [0.0, 2.0]),
    of_products: ([0.0, 2.6], [0.0, 2.0]),
    chosen_root: ([0.0, 1.5 * R], [0.0, 0.75 / R]),
    chosen_quotient: ([0.0, np.cos(1.3) / 1.3 - Q / 1.3 + 2.6],
                      [0.0, -Q - 2.0 * np.cos(1.3) / 1.69 + 2.0 * Q / 1.69 + 2.0]),
    chosen_power: ([1.0, 1.5 / R + 1.0], [0.0, -0.75 / 1.3 / R]),
    chosen_logarithm: ([0.0, -np.log(1.3) - 1.0], [0.0, -1.0 / 1.3]),
    zeroth_power: ([0.0, 2.6], [0.0, 2.0]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("f", EXPECTED, ids=lambda f: f.__name__)
def test_zero_where_it_is_not_used(f: Callable[..., Any], switches: dict[str, bool]) -> None:
    first, second = EXPECTED[f]
    with switched(checked=True, **switches):
        np.testing.assert_allclose(tangent2.grad(f)(X), first, rtol=1e-12)
        along = tangent2.jvp(tangent2.grad(f), (X,), (np.array([0.0, 1.0]),))[1]
        np.testing.assert_allclose(along, second, rtol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", [f for f in EXPECTED if f not in (in_a_loop, skipped)], ids=lambda f: f.__name__)
def test_reverse_over_reverse(f: Callable[..., Any]) -> None:
    """Not out of loops: there the adjoints of what is saved go through lists, which do not tell of paths."""
    with switched(checked=True):
        back = tangent2.grad(lambda x: tangent2.grad(f)(x)[1])(X)
        np.testing.assert_allclose(back, EXPECTED[f][1], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_a_branch_may_reach_is_reached() -> None:
    """Where the paths use it, the derivative is what it is."""
    at = np.array([4.0, 1.3])
    np.testing.assert_allclose(tangent2.grad(guarded)(at), [-1.3 / 16.0, 0.25])
    np.testing.assert_allclose(tangent2.grad(in_turn)(at), tangent2.jacfwd(in_turn)(at))
    np.testing.assert_allclose(tangent2.grad(one_in_the_other)(at), tangent2.jacfwd(one_in_the_other)(at))


def test_the_text() -> None:
    text = tangent2.source(tangent2.grad(guarded), X)
    assert "if n > 0:\n        x_bar[1] = 1.0 / n\n        t = -x[1] / n ** 2 / (2.0 * n)\n" in text
    text = tangent2.source(tangent2.grad(chosen_root), X)
    assert "np.where(t, x[1] / (2.0 * t1), 0.0)" in text
