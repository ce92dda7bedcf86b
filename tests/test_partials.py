"""Partials of functions and methods are differentiated by the arguments they leave open."""
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import ArgumentError, UnsupportedError

W = np.array([0.5, 0.2])
ROWS = np.arange(6.0).reshape(3, 2)
Y = np.ones(3)


def loss(rows: Any, y: Any, w: Any, weight: Any = 0.1) -> Any:
    """A loss."""
    return np.sum((rows @ w - y) ** 2) + weight * np.sum(w ** 2)


class Model:
    """Its method is bound, and given more."""

    def __init__(self) -> None:
        self.rate = 2.0

    def cost(self, c: Any, w: Any) -> Any:
        return self.rate * c * np.sum(w ** 2)


def expected(weight: float = 0.1) -> Any:
    return 2.0 * ROWS.T @ (ROWS @ W - Y) + 2.0 * weight * W


@pytest.mark.parametrize("function", [
    partial(loss, ROWS, Y), partial(partial(loss, ROWS), Y), partial(partial(loss, ROWS), y=Y)],
    ids=["both", "in turn", "by name"])
def test_the_first_arguments_are_given(function: Any) -> None:
    gradient = tangent2.grad(function) if "y" not in function.keywords else tangent2.grad(function, argnums="w")
    np.testing.assert_allclose(gradient(w=W), expected())
    np.testing.assert_allclose(gradient(w=W, weight=3.0), expected(3.0))


def test_options_are_defaults() -> None:
    gradient = tangent2.grad(partial(loss, ROWS, Y, weight=3.0))
    np.testing.assert_allclose(gradient(W), expected(3.0))
    np.testing.assert_allclose(gradient(W, weight=5.0), expected(5.0))
    assert gradient.__name__ == "grad_loss" and gradient.__doc__ == "The gradient of loss.\n\nA loss."


def test_partial_of_a_method() -> None:
    model = Model()
    gradient = tangent2.grad(partial(model.cost, 3.0))
    np.testing.assert_allclose(gradient(W), 12.0 * W)
    model.rate = 5.0
    np.testing.assert_allclose(gradient(W), 30.0 * W)


def test_what_is_given_is_read_at_each_call() -> None:
    given = np.array([1.0, 2.0])
    gradient = tangent2.grad(partial(lambda b, w: b @ w, given))
    np.testing.assert_allclose(gradient(W), [1.0, 2.0])
    given[0] = 7.0
    found = gradient(W)
    np.testing.assert_allclose(found, [7.0, 2.0])
    assert not np.shares_memory(found, given)


def test_other_transforms() -> None:
    function = partial(loss, ROWS, Y)
    np.testing.assert_allclose(tangent2.hessian(function)(W), 2.0 * ROWS.T @ ROWS + 0.2 * np.eye(2))
    np.testing.assert_allclose(tangent2.jvp(function, (W,), (np.ones(2),))[1], np.sum(expected()))
    np.testing.assert_allclose(tangent2.vjp(function, W)[1](1.0)[0], expected())
    tangent2.check_grads(function, (W,), order=2)
    space: dict[str, Any] = {}
    exec(tangent2.source(tangent2.grad(function), W), space)
    np.testing.assert_allclose(space["grad_loss"](W, 0.1), expected())


def test_inside_of_a_function() -> None:
    def squared(w: Any) -> Any:
        return np.sum(tangent2.grad(partial(loss, ROWS, Y))(w) ** 2)
    np.testing.assert_allclose(tangent2.grad(squared)(W), tangent2.hessian(partial(loss, ROWS, Y))(W) @ expected() * 2)


def test_mistakes() -> None:
    with pytest.raises(ArgumentError, match="too many positional arguments"):
        tangent2.grad(partial(loss, ROWS, Y))(W, 1.0, 2.0)
    with pytest.raises(UnsupportedError, match="a partial of `loss` is not differentiated"):
        tangent2.grad(partial(loss, ROWS, Y, W, 1.0, 2.0))(W)
