"""What `jit` compiles means what Python and NumPy mean by it; Numba alone means something else by much of this."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tangent2 import JitWarning, grad, jit
from tests.harness.jitted import compiled, same, unchecked  # noqa: F401

pytest.importorskip("numba", reason="jit needs Numba, an extra")


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2 * x)
    return x


def heat(u0, c, n):
    u = u0.copy()
    for _ in range(n):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


def test_classes_of_results() -> None:
    x = np.array([1.0, 2.0])

    def both(x):
        return x[0] * 2.0, 3, x, [x[1]], {"a": x[0] > 0.0, "b": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitWarning)
        same(jit(both)(x), both(x))
    for value in 2.0, np.float64(2.0):
        for _ in range(2):
            assert type(jit(grad(newton))(value)) is type(grad(newton)(value))


def factorials(x, n):
    total, factor = 0.0, 1
    for k in range(1, n):
        factor = factor * k
        total += x ** k / factor
    return total


def sums_of_whole_numbers(x, n):
    a, b = 1, 1
    for _ in range(n):
        a, b = b, a + b
    return x * b


def test_whole_numbers_have_no_end() -> None:
    """64 bits do not hold 30!, nor the 100th sum of two before."""
    for f, n in (factorials, 30), (sums_of_whole_numbers, 100):
        slope = jit(grad(f), strict=True)
        for m in 5, n, 6, n, n, n, n, 7:
            same(slope(0.5, m), grad(f)(0.5, m))


def divided(x, y, n):
    total = 0.0
    for _ in range(n):
        total += x / y
    return total


def test_division_by_zero() -> None:
    slope = jit(grad(divided, (0, 1)))
    assert slope(1.0, 2.0, 3) == grad(divided, (0, 1))(1.0, 2.0, 3)
    with pytest.raises(ZeroDivisionError):
        slope(1.0, 0.0, 3)
    found = slope(np.float64(1.0), np.float64(2.0), 3)
    assert found[0] == 1.5
    with np.errstate(all="ignore"):
        for _ in range(5):
            assert np.isinf(slope(np.float64(1.0), np.float64(0.0), 3)[0])


def powers(x, y, n):
    total = 0.0
    for _ in range(n):
        total = total + x ** y
    return total


def test_powers() -> None:
    warnings.simplefilter("ignore", JitWarning)     # where it raises too often, the text is run
    f = jit(powers)
    for args in (2.0, 3.0, 2), (2, -1, 2), (2, 70, 2), (-8.0, 1 / 3, 2), (1.5, 2, 3), (2, -1, 2):
        for _ in range(2):
            same(f(*args), powers(*args))
    for x, y in (1e200, 2.0), (0.0, -1.0), (1e200, 3):
        f(1.0, y, 2)
        with pytest.raises((OverflowError, ZeroDivisionError)):
            f(x, y, 2)


def by_math(x, n):
    import math
    total = 0.0
    for _ in range(n):
        total += 1.0 / (1.0 + math.exp(-x)) + math.floor(x)
    return total


def test_math_raises_as_ever() -> None:
    f = jit(by_math)
    same(f(1.5, 3), by_math(1.5, 3))
    with pytest.raises(OverflowError):      # inf would have given 0
        f(-1000.0, 3)


def picked(x, i, n):
    total = 0.0
    for _ in range(n):
        total += x[i] ** 2
    return total


def test_indices_are_checked() -> None:
    slope = jit(grad(picked))
    x = np.arange(4.0)
    for i in 0, -1, 3, -4:
        same(slope(x, i, 3), grad(picked)(x, i, 3))
    for i in 4, -5, 1000:
        with pytest.raises(IndexError):
            slope(x, i, 3)


def shifted(x, n):
    u = x * 1.0
    for _ in range(n):
        u[1:] += u[:-1]
        v = u[:-1]
        u[1:] -= 0.5 * v
        u[1:] = u[:-1]
        u += u[::-1]
    return np.sum(u ** 2)


def turned(A, n):
    B = A * 1.0
    for _ in range(n):
        B += B.T
        B[1:] -= B[:-1]
    return np.sum(B ** 2)


@pytest.mark.parametrize("looped", [True, False])
def test_what_is_added_lies_in_the_same_memory(looped: bool, monkeypatch: Any) -> None:
    from tangent2.jitting import loops
    if not looped:
        monkeypatch.setattr(loops, "loops_over", lambda kind: None)
    for f, x in (shifted, np.arange(1.0, 6.0)), (turned, np.arange(9.0).reshape(3, 3)):
        compiled(f, x, 2)
        compiled(grad(f), x, 2)


def broadcast(A, b, n):
    total = 0.0
    for _ in range(n):
        total += np.sum((A + b) ** 2 * b)
    return total


def test_broadcasting() -> None:
    """Loops are for arrays of one shape; what NumPy broadcasts is right as well."""
    slope = jit(grad(broadcast, (0, 1)))
    A = np.arange(6.0).reshape(2, 3)
    for b in np.ones(3), np.ones((2, 3)), np.ones((2, 1)), np.ones((1, 3)), 2.0, np.ones(1):
        same(slope(A, b, 2), grad(broadcast, (0, 1))(A, b, 2))
    with pytest.raises(ValueError):
        slope(A, np.ones(4), 2)


def test_other_layouts_and_sizes() -> None:
    slope = jit(grad(heat))
    whole = np.sin(np.arange(400.0))
    for x in whole[:50], whole[:100:2], whole[::-1], whole, whole[:3], np.asfortranarray(whole):
        same(slope(x, 0.1, 3), grad(heat)(x, 0.1, 3))
    x = whole[:10].copy()
    x.flags.writeable = False
    same(slope(x, 0.1, 3), grad(heat)(x, 0.1, 3))


def test_arguments_stay_as_they_are() -> None:
    x, before = [np.sin(np.linspace(0.0, np.pi, 50)) for _ in range(2)]
    bars = jit(grad(heat))(x, 0.1, 3), jit(grad(heat))(x, 0.1, 3)
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(*bars) and not np.shares_memory(bars[0], x)


FACTOR, TABLE = 2.0, np.ones(3)


def scaled(x, n):
    total = 0.0
    for k in range(n):
        total += FACTOR * x ** 2 * TABLE[k]
    return total


def test_what_is_read_from_outside_may_change() -> None:
    """Numba alone takes globals for constant."""
    global FACTOR, TABLE
    slope = jit(grad(scaled))
    assert slope(3.0, 3) == 36.0
    FACTOR = 5.0
    assert slope(3.0, 3) == 90.0
    TABLE[:] = 2.0
    assert slope(3.0, 3) == 180.0
    FACTOR, TABLE = 2.0, np.ones(3)


def redefined(x):
    return x * 2.0


def calls_redefined(x):
    for _ in range(2):
        x = redefined(x)
    return x


def test_functions_may_be_defined_anew() -> None:
    global redefined
    f, slope, before = jit(calls_redefined), jit(grad(calls_redefined)), redefined
    assert (f(1.0), slope(1.0)) == (4.0, 4.0)

    def other(x):
        return x * 3.0
    redefined = other
    assert (f(1.0), slope(1.0)) == (9.0, 9.0)
    redefined = before


COUNT = np.zeros(1)


def counted(x):
    for _ in range(2):
        COUNT[0] += 1.0
        x = x * 2.0
    return x


def test_effects_happen_once() -> None:
    with pytest.warns(JitWarning):
        assert jit(counted)(1.0) == 4.0
    assert COUNT[0] == 2.0
    COUNT[0] = 0.0


def breaks_off(x):
    count, turns = 0, 0
    while True:
        turns += 1
        t = count + 1
        if count > 4:
            count = t
            break
        count = t
    return x * turns + count


def sums_until(x):
    total = 0.0
    while True:
        total = total + x ** 2
        if total > 10.0:
            total = total * x
            break
        total = total + 1.0
    return total


def test_loops_end() -> None:
    """Numba itself makes loops without end of these."""
    for f in breaks_off, sums_until:
        compiled(f, 1.5)
        compiled(grad(f), 1.5)


def refuses(x, n):
    total = 0.0
    for _ in range(n):
        if x < 0.0:
            raise ValueError(f"negative: {x}")
        assert x < 100.0, "large"
        total += np.sqrt(x)
    return total


def test_exceptions_of_the_user() -> None:
    slope = jit(grad(refuses))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitWarning)
        same(slope(4.0, 2), grad(refuses)(4.0, 2))
        with pytest.raises(ValueError, match=r"negative: -1\.0"):
            slope(-1.0, 2)
        with pytest.raises(AssertionError, match="large"):
            slope(200.0, 2)
