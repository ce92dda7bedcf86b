"""What raises in a function raises in its derivative too, though the derivative has no need of it."""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tangent2


def helper(a: Any, b: Any) -> Any:
    return a - b


def in_a_branch(x: Any, flag: Any) -> Any:
    if flag > 0.0:
        return float(x) * 2.0
    return np.sum(x)


def in_a_loop(x: Any) -> Any:
    t = 0.0
    for _ in range(2):
        t = t + float(x)
    return t


def unused(x: Any) -> Any:
    y = float(x)  # noqa: F841
    return np.sum(x)


THREE, TWO = np.ones(3), np.ones(2)


@pytest.mark.parametrize("fn, args", [
    (lambda x, y: np.sum(x + y), (THREE, TWO)), (lambda x, y: np.sum(helper(x, y)), (THREE, TWO)),
    (lambda p: np.sum(p[0] + p[1]), ((THREE, TWO),)), (lambda p: np.sum(p["a"] + p["b"]), ({"a": THREE, "b": TWO},)),
    (lambda x, y, z: np.sum(x + y) + np.sum(y - z), (THREE, THREE, TWO)),
    (lambda x, y: np.sum(x + y), (np.ones((3, 2)), THREE)), (lambda x, y: np.sum(x @ y), (np.ones((3, 2)), THREE)),
])
def test_shapes_that_do_not_fit(fn: Any, args: Any) -> None:
    for _ in range(2):
        with pytest.raises(ValueError) as caught:
            tangent2.grad(fn)(*args)
        assert not isinstance(caught.value, tangent2.TangentError)


@pytest.mark.parametrize("fn, args", [
    (lambda x: float(x) * 2, (TWO,)), (lambda x: math.sin(x), (TWO,)), (lambda x: int(x) * np.sum(x), (TWO,)),
    (in_a_branch, (TWO, 1.0)), (in_a_loop, (TWO,)), (unused, (TWO,)),
])
def test_functions_of_numbers_that_are_given_arrays(fn: Any, args: Any) -> None:
    for transform in tangent2.grad, tangent2.value_and_grad:
        with pytest.raises(TypeError) as caught:
            transform(fn)(*args)
        assert not isinstance(caught.value, tangent2.TangentError)
    assert tangent2.grad(in_a_branch)(TWO, -1.0).tolist() == [1.0, 1.0]


def test_extents_that_may_broadcast_do() -> None:
    assert tangent2.grad(lambda x, y: np.sum(x + y))(THREE, np.ones(1)).tolist() == [1.0] * 3
    assert tangent2.grad(lambda x, y: np.sum(x + y))(np.ones((2, 3)), THREE).shape == (2, 3)
