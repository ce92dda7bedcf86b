"""`elementwise_grad`: the gradient of the sum of a result, as autograd has it."""
from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import ArgumentError, elementwise_grad, grad, hessian, jvp, source, vjp
from tests.harness.functions import namespace_of

X, W = np.array([0.3, -0.2, 0.7]), np.array([1.1, 0.9, -0.4])


def wave(x: Any, w: Any) -> Any:
    return np.sin(x) * w


def table(x: Any, w: Any) -> Any:
    return x[:, None] * np.cos(w)


def test_numbers() -> None:
    np.testing.assert_allclose(elementwise_grad(np.tanh)(X), 1.0 - np.tanh(X) ** 2)
    np.testing.assert_allclose(elementwise_grad(wave)(X, W), np.cos(X) * W)
    np.testing.assert_allclose(elementwise_grad(wave, argnum=1)(X, W), np.sin(X))
    np.testing.assert_allclose(elementwise_grad(wave, "w")(X, W), np.sin(X))
    first, second = elementwise_grad(table, (0, 1))(X, W)
    np.testing.assert_allclose(first, np.full(3, np.sum(np.cos(W))))
    np.testing.assert_allclose(second, -np.sin(W) * np.sum(X))
    found = elementwise_grad(lambda x: x ** 3)(2.0)
    assert found == 12.0
    assert type(found) is float


def test_against_autograd() -> None:
    autograd = pytest.importorskip("autograd")
    anp = autograd.numpy
    f, theirs = lambda x: np.tanh(x) * x, lambda x: anp.tanh(x) * x
    for _ in range(4):
        f, theirs = elementwise_grad(f), autograd.elementwise_grad(theirs)
        np.testing.assert_allclose(f(X), theirs(X), rtol=1e-10)


def test_in_other_transforms() -> None:
    def f(x: Any, w: Any) -> Any:
        scaled = lambda y: y * w * y  # noqa: E731
        return np.sum(elementwise_grad(scaled)(x) * x) + np.sum(elementwise_grad(wave, argnum=1)(x, w) * w)

    def by_hand(x: Any, w: Any) -> Any:
        return np.sum(2.0 * x * w * x) + np.sum(np.sin(x) * w)
    for one, other in zip(grad(f, (0, 1))(X, W), grad(by_hand, (0, 1))(X, W)):
        np.testing.assert_allclose(one, other)
    np.testing.assert_allclose(hessian(f)(X, W), hessian(by_hand)(X, W))
    np.testing.assert_allclose(jvp(elementwise_grad(np.sin), (X,), (W,))[1], -np.sin(X) * W)
    np.testing.assert_allclose(vjp(elementwise_grad(wave), X, W)[1](X)[0], -np.sin(X) * W * X)


def test_text() -> None:
    text = source(elementwise_grad(wave), X, W)
    assert text.endswith('''
def grad_wave(x, w):
    x_bar = w * np.cos(x)
    return x_bar
''')
    np.testing.assert_allclose(namespace_of(text)["grad_wave"](X, W), np.cos(X) * W)


def test_decorator_any_number_of_arguments_and_travelling() -> None:
    @elementwise_grad(argnum=1)
    def slope(x: Any, w: Any) -> Any:
        return x * w ** 2
    np.testing.assert_allclose(slope(X, W), 2.0 * X * W)
    assert repr(elementwise_grad(argnum=1)) == "elementwise_grad(argnum=1)"
    np.testing.assert_allclose(elementwise_grad(lambda *xs: xs[0] * xs[1] ** 2, 0)(X, W), W ** 2)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(elementwise_grad(wave)))(X, W), np.cos(X) * W)
    assert elementwise_grad(wave).__doc__ == "The elementwise gradient of wave."


def test_mistakes() -> None:
    with pytest.raises(ArgumentError, match="returns a tuple, of which there is no elementwise gradient"):
        elementwise_grad(lambda x: (x, x))(X)
    with pytest.raises(ArgumentError, match="returns a complex"):
        elementwise_grad(lambda x: x * 1j)(X)
    with pytest.raises(ArgumentError, match="is no float"):
        elementwise_grad(lambda x: x * 2)(np.array([1, 2]))
    with pytest.raises(ArgumentError, match="has no argument 2"):
        elementwise_grad(wave, 2)
    with pytest.raises(tangent2.TangentError, match="takes a function, not int"):
        elementwise_grad(3)
