"""What `jit` cannot compile runs as NumPy, with one warning, or is refused if asked."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tangent2 import JitWarning, TangentError, grad, jit
from tests.harness.jitted import same, unchecked  # noqa: F401

pytest.importorskip("numba", reason="jit needs Numba, an extra")


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2 * x)
    return x


def by_heaviside(x):
    total = 0.0
    for _ in range(3):
        total += np.sum(np.heaviside(x, 0.5) * x)
    return total


def test_one_clear_warning() -> None:
    slope = jit(grad(by_heaviside))
    with pytest.warns(JitWarning) as told:
        same(slope(np.ones(3)), grad(by_heaviside)(np.ones(3)))
        same(slope(np.ones(3)), grad(by_heaviside)(np.ones(3)))
        slope(np.ones(4))
    assert len(told) == 1
    text = str(told[0].message)
    assert "grad_by_heaviside" in text and "heaviside" in text and "test_jit_refusals.py" in text and "\n" not in text
    assert told[0].filename == __file__
    assert slope.source(np.ones(3)).startswith("# jit: runs as NumPy:")


@pytest.mark.parametrize("f, args, about", [
    (by_heaviside, (np.ones(3),), "heaviside"),
    (lambda x: x * 2.0, (np.float32(1.0),), "float32"),
    (lambda x: np.sum(x * 2.0), (np.ones(3, np.float32),), "float32"),
    (lambda x: np.sum(x * x), (np.ones(3, np.int8),), "int8"),
    (lambda x: x * 2.0, (1j,), "complex"),
    (lambda x: round(x, 2), (2.675,), "round"),
    (lambda x: np.sum(x[x > 0.0]), (np.ones(3),), "truth values"),
    (lambda x: np.random.normal() * x, (1.0,), "random"),
    (lambda x: print(x), (1.0,), "print"),
])
def test_what_cannot_be_compiled_is_refused_if_asked(f: Any, args: Any, about: str) -> None:
    for _ in range(2):
        with pytest.raises(TangentError, match=about) as told:
            jit(f, strict=True)(*args)
        assert "test_jit_refusals.py" in str(told.value)
    with pytest.warns(JitWarning, match=about):
        found = jit(f)(*args)
    if about != "random":
        same(found, f(*args))


def stores(x):
    for k in range(3):
        x[k] = 2.0 * x[k]
    return np.sum(x)


def test_functions_that_write_to_arguments_do_so() -> None:
    x = np.ones(3)
    with pytest.warns(JitWarning, match="writes to its arguments"):
        assert jit(stores)(x) == 6.0
    assert x.tolist() == [2.0, 2.0, 2.0]
    same(grad(stores)(np.ones(3)), np.full(3, 2.0))


def recursive(x, n):
    return x if n == 0 else np.sin(recursive(x * 1.1, n - 1))


def test_recursion_that_saves_what_no_type_holds() -> None:
    slope = jit(grad(recursive))
    with pytest.warns(JitWarning):
        same(slope(0.5, 4), grad(recursive)(0.5, 4))


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def norm(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5


def test_objects_run_as_they_are() -> None:
    assert jit(lambda p: p.norm())(Point(3.0, 4.0)) == 5.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitWarning)
        assert type(jit(grad(lambda p: p.norm()))(Point(3.0, 4.0))) is Point


def test_generators_run_as_they_are() -> None:
    def f(n):
        yield from range(n)
    with pytest.warns(JitWarning, match="runs as it is"):
        assert list(jit(f)(3)) == [0, 1, 2]
    with pytest.raises(TangentError):
        jit(f, strict=True)(3)


def test_mistakes() -> None:
    with pytest.raises(TangentError, match="takes a function"):
        jit(3.0)
    with pytest.raises(TypeError):
        jit(grad(newton))(1.0, 2.0)
    with pytest.raises(TangentError, match="no float"):
        jit(grad(newton))(1)
