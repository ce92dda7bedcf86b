"""Derivatives are pickled, copied, used by threads and processes; changes behind what was inlined are noticed."""
from __future__ import annotations

import contextlib
import copy
import functools
import multiprocessing
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import grad, hessian, hvp, jacrev, value_and_grad


def wave(x: Any) -> Any:
    s = 0.0
    for k in range(5):
        s += np.sin(x * k)
    return s


def many(*xs: Any) -> Any:
    return xs[0] * xs[1]


@grad
def cube(x: Any) -> Any:
    return x ** 3


def scaled(k: float) -> Any:
    def f(x: Any) -> Any:
        return k * x * x
    return f


@tangent2.differentiable
def decorated(x: Any) -> Any:
    return x ** 3


def test_functions_that_carry_their_derivatives() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    made = pickle.loads(pickle.dumps(tangent2.differentiable(wave, argnums=(0,))))
    np.testing.assert_allclose(made.grad(0.3), tangent2.grad(wave, (0,))(0.3))


@pytest.mark.parametrize("again", [lambda d: pickle.loads(pickle.dumps(d)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("derivative, args", [
    (grad(wave), (0.3,)), (value_and_grad(wave), (0.3,)), (hessian(wave), (0.3,)), (jacrev(wave), (0.3,)),
    (hvp(wave), (0.3, 2.0)), (grad(many), (2.0, 3.0)), (cube, (2.0,)), (grad(scaled(2.5)), (2.0,)),
    (grad(lambda x: 3.0 * x * x), (2.0,)), (grad(grad(wave)), (0.3,)),
], ids=lambda v: getattr(v, "__name__", ""))
def test_copies(derivative: Any, args: tuple[float, ...], again: Any) -> None:
    wanted = derivative(*args)
    made = again(derivative)
    np.testing.assert_allclose(made(*args), wanted)
    assert made.__name__ == derivative.__name__
    np.testing.assert_allclose(again(made)(*args), wanted)


def test_threads() -> None:
    derivative, points = grad(wave), np.linspace(0.0, 1.0, 10)
    wanted = [grad(wave)(v) for v in points]
    found: dict[int, Any] = {}

    def work(k: int) -> None:
        found[k] = [derivative(v) for v in points]
    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == dict.fromkeys(range(6), wanted)


def test_processes() -> None:
    derivative = grad(wave)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(derivative, [0.1, 0.2]) == [derivative(0.1), derivative(0.2)]


class Wrong(Exception):
    pass


def part(v: Any) -> Any:
    return 2.0 * v


def items(x: Any) -> Any:
    for k in range(3):
        yield part(x) * k


@contextlib.contextmanager
def held(v: Any) -> Any:
    yield part(v)


def counter(k: Any) -> Any:
    total = 0.0

    def add(v: Any) -> Any:
        nonlocal total
        total += part(k) * v
        return total
    return add


@functools.singledispatch
def size(v: Any) -> Any:
    return v * 2.0


@size.register(tuple)
def size_of_tuple(v: Any) -> Any:
    return v[0] * 3.0


def loops(x: Any) -> Any:
    s = 0.0
    for v in items(x):
        s += v
    return s


def holds(x: Any) -> Any:
    with held(x) as y:
        return y


def counts(x: Any) -> Any:
    add = counter(x)
    add(1.0)
    return add(2.0)


def attempts(x: Any) -> Any:
    try:
        y = part(x)
    except Wrong:
        y = 50.0 * x
    return y


@pytest.mark.parametrize("program, factor", [(loops, 3.0), (holds, 1.0), (counts, 3.0), (attempts, 1.0)])
def test_changes_behind_what_was_inlined(program: Any, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    derivative = grad(program)
    assert derivative(1.0) == 2.0 * factor
    monkeypatch.setitem(globals(), "part", lambda v: 7.0 * v)
    assert derivative(1.0) == 7.0 * factor


def test_a_handler_is_chosen_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    derivative = grad(attempts)
    assert derivative(1.0) == 2.0

    def part(v: Any) -> Any:
        raise Wrong
    monkeypatch.setitem(globals(), "part", part)
    assert derivative(1.0) == 50.0


def test_an_implementation_is_registered_anew() -> None:
    def program(x: Any) -> Any:
        return size((x,))
    derivative = grad(program)
    assert derivative(1.0) == 3.0
    size.register(tuple)(lambda v: v[0] * 4.0)
    try:
        assert derivative(1.0) == 4.0
    finally:
        size.register(tuple)(size_of_tuple)


def product(a: Any, b: Any) -> Any:
    return a * b


def scaled_product(a: Any, b: Any, c: Any = 2.0) -> Any:
    return a * b * c


def spreads(xs: Any) -> Any:
    return product(*xs)


def spreads_some(xs: Any) -> Any:
    return scaled_product(*xs)


@pytest.mark.parametrize("program, count", [(spreads, 3), (spreads, 1), (spreads_some, 4), (spreads_some, 1)])
@pytest.mark.parametrize("make", [list, tuple, np.array])
def test_another_number_of_arguments_raises(program: Any, count: int, make: Any) -> None:
    given = make([1.0] * count)
    with pytest.raises(TypeError):
        program(given)
    with pytest.raises(TypeError):
        grad(program)(given)


def test_text_comes_along() -> None:
    made = pickle.loads(pickle.dumps(tangent2.grad(scaled(2.5))))
    assert "def grad_f" in made.source()


def pair_only(xs: Any) -> Any:
    if len(xs) != 2:
        raise ValueError("two")
    return xs[0] * xs[1]


@pytest.mark.parametrize("derive", [
    lambda t: grad(pair_only)(t), lambda t: value_and_grad(pair_only)(t), lambda t: tangent2.vjp(pair_only, t),
    lambda t: tangent2.jvp(pair_only, (t,), (t,))])
def test_what_surely_raises_raises(derive: Any) -> None:
    with pytest.raises(ValueError, match="two"):
        derive((1.0, 2.0, 3.0))
