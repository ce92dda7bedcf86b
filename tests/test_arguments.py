"""Wrong arguments to the transforms: one clear error each; what the user's own code raises passes through."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2

X = np.array([0.8, -0.5, 1.3, 0.4])


def double(x: Any) -> Any:
    return x * 2.0


def product(x: Any, y: Any) -> Any:
    return x * y


def pair(x: Any) -> Any:
    return x, [x]


def first_times_second(xs: Any) -> Any:
    return xs[0] * xs[1]


def lost_write(m: Any) -> Any:
    z = m * 1.0
    z[[0]][0] = 5.0
    return np.sum(z)


def list_of_other_length(x: Any) -> Any:
    items = [x[0], x[1], x[2]]
    items[1:1] = [x[3]]
    return items[0] * items[1]


def through_complex(x: Any) -> Any:
    return np.sum(np.abs(x + 1j * x[::-1]) ** 2)


@pytest.mark.parametrize("call, says", [
    (lambda: tangent2.grad(product, True), "no argument True"),
    (lambda: tangent2.grad(product, (0, "x")), "chosen twice"),
    (lambda: tangent2.grad(product)(1.0), "call of `product`: missing a required argument: 'y'"),
    (lambda: tangent2.grad(product)(1, 2.0), "in product: argument 0 of `product` is no float"),
    (lambda: tangent2.grad(double)(X), "in double: `double` does not return a number"),
    (lambda: tangent2.grad(len)(X), "`len` is not differentiated by itself"),
    (lambda: tangent2.source(double, order=0), "no derivative of order 0"),
    (lambda: tangent2.jvp(double, (X,), (np.ones(3),)), "a tangent of shape (3,) for a primal of shape (4,)"),
    (lambda: tangent2.jvp(double, (1.0,), ("a",)), "a tangent that is a str for a primal that is a float"),
    (lambda: tangent2.jvp(double, (1.0,), (1j,)), "that is a complex"),
    (lambda: tangent2.jvp(first_times_second, ([1.0, 2.0],), ([1.0],)), "a list of 1 for a primal that is a list of 2"),
    (lambda: tangent2.vjp(double, X)[1](np.ones(3)), "an adjoint of shape (3,) for a result of shape (4,)"),
    (lambda: tangent2.vjp(double, 1.0)[1](None), "an adjoint that is None"),
    (lambda: tangent2.vjp(pair, 1.0)[1]((1.0, 1.0)), "that is a float for a result that is a list of 1"),
    (lambda: tangent2.vjp(double), "missing a required argument: 'x'"),
    (lambda: tangent2.grad(double)(np.matrix([[1.0]])), "a matrix is no plain array"),
    (lambda: tangent2.grad(double)(np.ma.array([1.0])), "a MaskedArray is no plain array"),
    (lambda: tangent2.grad(lost_write)(np.eye(2)), "what is written here is lost"),
    (lambda: tangent2.grad(through_complex)(X + 0j), "is complex"),
    (lambda: tangent2.grad(lambda m: np.sum(np.sum(m, 1, float) ** 2))(np.eye(3)), "take 3 positional arguments"),
])
def test_refused(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(tangent2.TangentError) as caught:
        call()
    assert says in str(caught.value)


def missing_key(d: Any) -> Any:
    return d["a"] * d["b"]


def always_raises(x: Any) -> Any:
    raise ValueError("mine")


@pytest.mark.parametrize("function, at, error", [
    (missing_key, {"a": 1.0}, KeyError), (always_raises, 1.0, ValueError),
])
def test_a_function_that_never_returns_raises_its_own_error(function: Any, at: Any, error: Any) -> None:
    for call in (tangent2.grad(function), tangent2.value_and_grad(function), tangent2.grad(tangent2.grad(function)),
                 lambda x: tangent2.vjp(function, x), lambda x: tangent2.jvp(function, (x,), (x,))):
        with pytest.raises(error):
            call(at)


def test_tangents_take_the_structure_of_the_primal() -> None:
    assert tangent2.jvp(first_times_second, ([1.0, 2.0],), ((1, 1),)) == (2.0, 3.0)
    np.testing.assert_array_equal(tangent2.jvp(double, (X,), ([1, 0, 0, 0],))[1], [2.0, 0.0, 0.0, 0.0])


class Doubled(dict[str, Any]):
    def __getitem__(self, k: Any) -> Any:
        return 2 * dict.__getitem__(self, k)


class Rows(list[Any]):
    def round(self) -> Any:
        return self[0] * 3


class Fifty(int):
    def __mul__(self, other: Any) -> Any:
        return 50.0


class Settings(dict[str, Any]):
    __getattr__ = dict.__getitem__


def item_squared(d: Any) -> Any:
    return d["a"] ** 2


def rounded(rows: Any) -> Any:
    return rows.round()


def times(c: Any, x: Any) -> Any:
    return c * x + x


def scaled_by_an_item(x: Any, d: Any) -> Any:
    return d["a"] * x


@pytest.mark.parametrize("call", [
    lambda: tangent2.grad(item_squared)(Doubled(a=0.7)), lambda: tangent2.grad(rounded)(Rows([0.7])),
    lambda: tangent2.grad(times, 1)(Fifty(2), 0.7),
    lambda: tangent2.jvp(item_squared, (Doubled(a=0.7),), (Doubled(a=1.0),)),
])
def test_containers_that_are_other_than_they_seem_are_refused(call: Callable[[], Any]) -> None:
    """A class that defines anew what a dict, a list or a number does."""
    with pytest.raises(tangent2.TangentError):
        call()


@pytest.mark.parametrize("d, wanted", [(Doubled(a=2.0), 4.0), (Settings(a=2.0), 2.0)], ids=("doubled", "settings"))
def test_containers_of_all_classes_may_be_constants(d: Any, wanted: float) -> None:
    assert tangent2.grad(scaled_by_an_item)(0.7, d) == wanted
