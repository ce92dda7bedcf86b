"""`jit`: Numba's code gives what the text gives, runs where it is faster, and whatever it cannot do runs as NumPy."""
from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import JitWarning, TangentError, grad, hvp, jacrev, jit, jvp, value_and_grad
from tangent2.switches import switched

pytest.importorskip("numba", reason="jit needs Numba, an extra")


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    """The checker has seen these passes in other tests; here programs are compiled several times over."""
    with switched(checked=False), warnings.catch_warnings():
        warnings.simplefilter("error", JitWarning)      # tests that expect one say so
        yield


def same(found: Any, expected: Any) -> None:
    """Equal up to rounding, and of the same classes."""
    assert type(found) is type(expected), (found, expected)
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            same(a, b)
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            same(found[key], expected[key])
    elif expected is not None:
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)
        assert getattr(found, "dtype", None) == getattr(expected, "dtype", None)


def compiled(df: Any, *args: Any) -> None:
    """What is compiled gives what the text gives, when it is decided and afterwards; and it is compiled."""
    made = jit(df, strict=True)
    expected = df(*args)
    for _ in range(3):
        same(made(*args), expected)
    way = made._way(args, {})
    assert way.why.startswith(("compiled by Numba", "runs as NumPy: compiled it is slower")), way.why
    version = next(iter(made._made.values())).versions[0]
    assert version.known        # whichever is faster, Numba took it
    change = next(iter(made._made.values()))
    same(_by_numba(change, version, args), change.plain(*args))


def _by_numba(fast: Any, version: Any, args: tuple[Any, ...]) -> Any:
    """The result of Numba's code, whether it is the faster one or not."""
    from tangent2.jitting.boundary import change_to
    change = change_to(fast.plain(*args))
    found = version.function(*fast._given(args))
    return found if change is None else change(found)


# ---------------------------------------------------------------------------------------------------- what is compiled

def lotka(p, y0, n):
    a, b, c, d = p
    x, y = y0
    h = 0.01

    def f(x, y):
        return a * x - b * x * y, d * x * y - c * y

    for _ in range(n):
        k1, l1 = f(x, y)
        k2, l2 = f(x + h / 2 * k1, y + h / 2 * l1)
        x = x + h * k2
        y = y + h * l2
    return x * x + y * y


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = x - (x * x - a) / (2 * x)
    return x


def rational(x, w):
    return (w[0] + w[1] * x + w[2] * x ** 2) / (1 + w[3] * x + w[4] * x ** 2 + w[5] * x ** 3)


def heat(u0, c, n):
    u = u0.copy()
    for _ in range(n):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


def burgers(u0, nu, n):
    u = u0.copy()
    for _ in range(n):
        u[1:-1] = u[1:-1] - 0.1 * u[1:-1] * (u[2:] - u[:-2]) + nu * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u ** 2)


def by_elements(u, c):
    total = 0.0
    for i in range(1, len(u) - 1):
        if u[i] > 0.2:
            total += c * u[i - 1] * u[i + 1]
        else:
            total -= u[-i] ** 2
    return total


def lstm(params, xs):
    W, U, b = params
    n = U.shape[1]
    h, c = np.zeros(n), np.zeros(n)
    for x in xs:
        z = W @ x + U @ h + b
        i, f, o = 1 / (1 + np.exp(-z[:n])), 1 / (1 + np.exp(-z[n:2 * n])), 1 / (1 + np.exp(-z[2 * n:3 * n]))
        c = f * c + i * np.tanh(z[3 * n:])
        h = o * np.tanh(c)
    return np.sum(h ** 2)


def network(p, x):
    h = x
    for _ in range(3):
        h = np.tanh(p["w"] @ h + p["b"])
    return np.sum(h ** 2) * p["scale"]


def layers(params, x):
    h = x
    for W, b in params:
        h = np.tanh(W @ h + b)
    return np.sum(h ** 2)


def nested(p):
    total = 0.0
    for k in range(3):
        total += p["a"]["x"] ** 2 * p["l"][0] + p["l"][1] * k
    return total


def horner(c, x):
    s = 0.0
    for k in range(len(c)):
        s = s * x + c[k]
    return s


Body = namedtuple("Body", "mass speed")


def energy(body, n):
    v = body.speed
    for _ in range(n):
        v = v - 0.1 * v * abs(v) / body.mass
    return body.mass * v ** 2


def helper(x, k):
    return np.sin(x) * k


def calls(x, n):
    total = 0.0
    for k in range(n):
        total = total + np.sum(helper(x, k))
    return total


def recursive(x, n):
    return x if n == 0 else np.sin(recursive(x * 1.1, n - 1))


def mean_rows(A):
    total = 0.0
    for k in range(2):
        total += np.sum(np.mean(A, axis=1) ** 2) + np.sum((A - np.max(A, axis=0, keepdims=True)) ** 2) * k
    return total


RNG = np.random.default_rng(0)
U = np.sin(np.linspace(0.0, np.pi, 50))
PROGRAMS: list[tuple[Any, Any, tuple[Any, ...]]] = [
    (lotka, (0, 1), ((1.0, 0.2, 0.3, 0.4), (1.0, 2.0), 50)),
    (newton, 0, (2.0,)),
    (rational, 1, (2.0, np.array([1.0, 2.0, 3.0, 0.5, 0.6, 0.7]))),
    (rational, (0, 1), (2.0, np.array([1.0, 2.0, 3.0, 0.5, 0.6, 0.7]))),
    (heat, (0, 1), (U, 0.2, 20)),
    (burgers, (0, 1), (U, 0.01, 20)),
    (by_elements, (0, 1), (U, 0.7)),
    (lstm, 0, ((0.2 * RNG.standard_normal((16, 4)), 0.2 * RNG.standard_normal((16, 4)), np.zeros(16)),
               RNG.standard_normal((6, 4)))),
    (network, 0, ({"w": 0.3 * RNG.standard_normal((4, 4)), "b": RNG.standard_normal(4), "scale": 2.0},
                  RNG.standard_normal(4))),
    (layers, 0, ([(0.3 * RNG.standard_normal((4, 4)), RNG.standard_normal(4)) for _ in range(3)],
                 RNG.standard_normal(4))),
    (nested, 0, ({"a": {"x": 2.0}, "l": [3.0, 1.0]},)),
    (horner, (0, 1), ([1.0, 2.0, 3.0, 4.0], 1.5)),
    (energy, 0, (Body(2.0, 3.0), 10)),
    (calls, 0, (np.arange(1.0, 4.0), 5)),
    (mean_rows, 0, (RNG.standard_normal((3, 4)),)),
]
NAMES = [f"{f.__name__}-{k}" for k, (f, _, _) in enumerate(PROGRAMS)]


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_gradients_are_those_of_the_text(program: Any) -> None:
    f, wrt, args = program
    compiled(grad(f, wrt), *args)


def by_powers(x, num_par, denom_par):
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * x ** (i + 1)
    return acc_num / (1.0 + acc_denom ** 2)


@pytest.mark.parametrize("wrt", [0, 1, 2, (0, 1, 2)])
def test_the_tutorials_rational_function(wrt: Any) -> None:
    compiled(grad(by_powers, wrt), 2.0, np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.6]))


@pytest.mark.parametrize("program", PROGRAMS[1::4], ids=NAMES[1::4])
def test_values_with_gradients(program: Any) -> None:
    f, wrt, args = program
    compiled(value_and_grad(f, wrt), *args)


@pytest.mark.parametrize("program", PROGRAMS[:7], ids=NAMES[:7])
def test_plain_functions(program: Any) -> None:
    f, _, args = program
    made = jit(f, strict=True)
    for _ in range(3):
        same(made(*args), f(*args))


def test_the_tutorials_numbers() -> None:
    f = jit(lambda x: np.sin(x) + np.cos(x) * x ** 2)
    np.testing.assert_allclose(f(np.array([3.0])), [np.sin(3.0) + np.cos(3.0) * 9.0])
    w = np.array([1.0, 2.0, 3.0, 0.5, 0.6, 0.7])
    np.testing.assert_allclose(jit(grad(rational, argnums=1))(2.0, w), grad(rational, argnums=1)(2.0, w))


# ------------------------------------------------------------------------------------------------- among transforms

def test_it_is_a_transform_like_others() -> None:
    slope = jit(grad(newton))
    np.testing.assert_allclose(slope(2.0), 0.5 / np.sqrt(2.0))
    np.testing.assert_allclose(grad(jit(newton))(2.0), 0.5 / np.sqrt(2.0))
    np.testing.assert_allclose(grad(slope)(2.0), -0.25 * 2.0 ** -1.5)
    np.testing.assert_allclose(jit(jit(newton))(2.0), np.sqrt(2.0))
    np.testing.assert_allclose(jvp(slope, (2.0,), (1.0,))[1], -0.25 * 2.0 ** -1.5)
    x = np.array([0.3, 0.7])
    np.testing.assert_allclose(jit(hvp(lambda x: np.sum(np.sin(x) * x)))(x, np.ones(2)), 2 * np.cos(x) - x * np.sin(x))


def test_matrices_fall_back_or_are_compiled() -> None:
    x = np.array([0.3, 0.7])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitWarning)
        np.testing.assert_allclose(jit(jacrev(lambda x: np.sin(x) * x))(x), np.diag(np.cos(x) * x + np.sin(x)))


def test_called_by_what_is_differentiated() -> None:
    inner = jit(newton)

    def outer(x):
        return inner(x) ** 3
    np.testing.assert_allclose(grad(outer)(2.0), 1.5 * np.sqrt(2.0))


def test_decorators() -> None:
    @jit
    def f(x):
        return x * 2.0

    @jit(strict=True)
    def g(x):
        return x * 3.0
    assert (f(2.0), g(2.0)) == (4.0, 6.0)
    assert f.__name__ == "jit_f" and f.__wrapped__(1.0) == 2.0 and "compiled" in f.__doc__


def test_keyword_arguments_and_defaults() -> None:
    def f(x, n=3, *, scale=2.0):
        for _ in range(n):
            x = x * scale
        return x
    slope = jit(grad(f))
    assert (slope(1.0), slope(1.0, 2), slope(1.0, n=1, scale=5.0)) == (8.0, 4.0, 5.0)


def test_any_number_of_arguments() -> None:
    def f(*xs, scale=1.0):
        total = 0.0
        for x in xs:
            total += x ** 2 * scale
        return total
    assert jit(f)(1.0, 2.0) == 5.0 and jit(f)(1.0, 2.0, 3.0, scale=2.0) == 28.0
    warnings.simplefilter("ignore", JitWarning)
    assert jit(grad(f))(3.0, 1.0) == 6.0 and jit(grad(f))(3.0, 1.0, scale=2.0) == 12.0


def test_it_travels() -> None:
    for made in jit(grad(newton)), jit(newton):
        again = pickle.loads(pickle.dumps(made))
        assert type(again) is type(made) and again(2.0) == made(2.0)


def test_source_says_what_runs() -> None:
    slope = jit(grad(newton))
    text = slope.source(2.0)
    assert text.splitlines()[0].startswith("# jit: compiled by Numba") or "slower" in text.splitlines()[0]
    space: dict[str, Any] = {}
    exec(text, space)
    assert space["grad_newton"](2.0) == grad(newton)(2.0)
    assert "def grad_newton(a" in slope.compiled_source(2.0) or "slower" in text


# ------------------------------------------------------------------------------------------- what is as Python means it

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
    x = U.copy()
    bars = jit(grad(heat))(x, 0.1, 3), jit(grad(heat))(x, 0.1, 3)
    np.testing.assert_array_equal(x, U)
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


# ------------------------------------------------------------------------------------------------ what is not compiled

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
    assert "grad_by_heaviside" in text and "heaviside" in text and "test_jit.py" in text and "\n" not in text
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
        assert "test_jit.py" in str(told.value)
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


# -------------------------------------------------------------------------------------------------------- in processes

def run(script: str, **environment: str) -> str:
    import os
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(Path(tangent2.__file__).parent.parent), **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_does_not_load_numba() -> None:
    assert run("import sys, tangent2; tangent2.grad(lambda x: x * x); print('numba' in sys.modules)") == "False"


def test_without_numba() -> None:
    told = run("import sys; sys.modules['numba'] = None; import tangent2\n"
               "try:\n    tangent2.jit(lambda x: x)\n"
               "except ImportError as error:\n    print(isinstance(error, tangent2.TangentError), error)")
    assert told.startswith("True") and "pip install 'tangent2[jit]'" in told


def test_compiled_code_is_kept(tmp_path: Path) -> None:
    model = tmp_path / "model.py"
    model.write_text("def f(x):\n    s = 0.0\n    for k in range(5):\n        s = s + x ** 2 * k\n    return s\n")
    script = (f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport model, tangent2\n"
              "d = tangent2.jit(tangent2.grad(model.f), cache=True)\nprint(d(3.0))\n"
              "v = next(iter(d._made.values())).versions[0]\nprint(sum(v.function.stats.cache_hits.values()))")
    kept = str(tmp_path / "kept")
    assert run(script, TANGENT2_CACHE_DIR=kept).split() == ["60.0", "0"]
    assert run(script, TANGENT2_CACHE_DIR=kept).split() == ["60.0", "1"]
    assert list(Path(kept).rglob("*.nbi"))
