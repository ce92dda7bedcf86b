"""Writes that are refused, each with file, line, construct and advice."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError

X = np.array([0.5, -1.2, 0.8, 0.3])
Program = Callable[[Any], Any]
REFUSED: list[tuple[Program, str]] = []


def refused(words: str) -> Callable[[Program], Program]:
    def register(program: Program) -> Program:
        REFUSED.append((program, words))
        return program
    return register


@refused("does not allow")
def diagonal_written(x):
    m = np.outer(x, x)
    m.diagonal()[0] = 1.0
    return np.sum(m)


@refused("does not allow")
def broadcast_written(x):
    y = x * 2.0
    m = np.broadcast_to(y, (2, 4))
    m[0, 0] = 1.0
    return np.sum(y)


@refused("does not allow")
def imaginary_part_of_a_real_array(x):
    y = x * 2.0
    y.imag[0] = 1.0
    return np.sum(y)


@refused("a list of the parts of an array is changed")
def part_replaced(x):
    y = x * 2.0
    parts = np.split(y, 2)
    parts[0] = x[:2]
    return np.sum(y) + np.sum(parts[0])


@refused("is changed while `y`")
def layout_decides(x):
    y = np.outer(x, x)[:, ::2]
    z = y.reshape(-1)
    z[0] = 1.0
    return np.sum(y)


@refused("`.resize")
def resized(x):
    y = x * 2.0
    y.resize(2)
    return np.sum(y)


@refused("`.setflags")
def flags(x):
    y = x * 2.0
    y.setflags(write=False)
    return np.sum(y)


@refused("`multiply.at`")
def multiplied_at(x):
    y = x * 2.0
    np.multiply.at(y, indices=[0, 0], b=x[0])
    return np.sum(y)


@refused("with a key")
def sorted_by_key(x):
    rows = {"a": [x[0], x[1]]}
    rows["a"].sort(key=lambda v: -v)
    return rows["a"][0]


@pytest.mark.parametrize("program, words", REFUSED, ids=[f.__name__ for f, _ in REFUSED])
def test_refused(program: Program, words: str) -> None:
    with pytest.raises(TangentError) as caught:
        tangent2.grad(program)(X)
    error = caught.value
    assert words in str(error) and error.file and error.line and error.advice
