"""What the user raises is raised by every derivative; a path that returns no number has no gradient."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tangent2 import grad, hessian, hvp, jacfwd, jacrev, jvp, value_and_grad, vjp


def positive(x: Any) -> Any:
    if x < 0.0:
        raise ValueError("negative")
    return x * 2.0


def of_a_call(x: Any) -> Any:
    positive(x)
    return x * 3.0


def of_a_nested_function(x: Any) -> Any:
    def checked(v: Any) -> Any:
        assert v >= 0.0, "negative"
        return v
    checked(x)
    return x * x


def of_a_gradient(x: Any) -> Any:
    return grad(positive)(x) * 2.0


def of_a_gradient_nobody_reads(x: Any) -> Any:
    grad(positive)(x)
    return x * 2.0


def of_a_tangent_nobody_reads(x: Any) -> Any:
    jvp(positive, (x,), (1.0,))
    return x * 2.0


DERIVATIVES: list[Callable[[Any], Callable[[Any], Any]]] = [
    grad, value_and_grad, jacfwd, jacrev, hessian, lambda f: grad(grad(f)), lambda f: grad(grad(grad(f))),
    lambda f: lambda x: jvp(f, (x,), (1.0,)), lambda f: lambda x: vjp(f, x), lambda f: lambda x: hvp(f)(x, 1.0),
    lambda f: lambda x: jvp(grad(f), (x,), (1.0,)), lambda f: lambda x: vjp(grad(f), x),
]


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("function", [
    positive, of_a_call, of_a_nested_function, of_a_gradient, of_a_gradient_nobody_reads, of_a_tangent_nobody_reads])
def test_what_is_raised_is_raised_by_derivatives(function: Any, derivative: Any) -> None:
    derivative(function)(1.0)
    with pytest.raises((ValueError, AssertionError), match="negative"):
        derivative(function)(-1.0)


def falls_off(x: Any) -> Any:
    if x > 1.0:
        return x * x


def falls_off_after_a_loop(x: Any) -> Any:
    for k in range(3):
        if x > k + 1.0:
            return x * x


def none_or_number(x: Any) -> Any:
    y = None
    if x > 1.0:
        y = x * x
    return y


def none_twice(x: Any) -> Any:
    y = None
    if x > 1.0:
        y = x * x
    if x > 0.7:
        return y
    if x > 0.6:
        x = 0.0
    return y


def none_of_a_call(x: Any) -> Any:
    return falls_off(x)


def none_of_itself(x: Any, n: Any = 2) -> Any:
    if n > 0:
        return none_of_itself(x, n - 1)
    if x > 1.0:
        return x * x


def string_or_number(x: Any) -> Any:
    if x > 1.0:
        return x * x
    return "small"


@pytest.mark.parametrize("function", [
    falls_off, falls_off_after_a_loop, none_or_number, none_twice, none_of_a_call, none_of_itself, string_or_number])
def test_paths_without_a_number(function: Any) -> None:
    assert grad(function)(2.0) == 4.0 and grad(grad(function))(2.0) == 2.0
    assert value_and_grad(function)(2.0) == (4.0, 4.0)
    for derivative in (grad, value_and_grad):
        with pytest.raises(TypeError, match=f"{function.__name__} returns (None|a string) here"):
            derivative(function)(0.5)
    if function is not string_or_number:
        with pytest.raises(TypeError):
            vjp(function, 0.5)[1](1.0)


def none_with_more(x: Any) -> Any:
    if x > 1.0:
        return x * x, "large"
    return None, "small"


def array_or_number(x: Any) -> Any:
    return x * x if x[0] > 1.0 else np.sum(x)


def either(x: Any) -> Any:
    if x[0] > 1.0:
        return x * x
    return np.sum(x)


def array_of_a_call(x: Any) -> Any:
    return either(x)


def test_parts_and_arrays() -> None:
    for function in (array_or_number, array_of_a_call):
        np.testing.assert_array_equal(grad(function)(np.array([0.0, 1.0])), [1.0, 1.0])
        with pytest.raises(TypeError, match=f"{function.__name__} returns an array here"):
            grad(function)(np.array([2.0, 1.0]))
    assert grad(none_with_more, has_aux=True)(2.0) == (4.0, "large")
    with pytest.raises(TypeError, match="none_with_more returns None here"):
        grad(none_with_more, has_aux=True)(0.5)
    np.testing.assert_array_equal(grad(either)(np.array([0.0, 1.0])), [1.0, 1.0])
    with pytest.raises(TypeError, match="either returns an array here"):
        grad(either)(np.array([2.0, 1.0]))
