"""Functions made anew of the same code are not compiled anew; what they capture is theirs."""
# ruff: noqa: E731, B008, B023
from __future__ import annotations

import functools
import gc
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import cache, grad, hessian, jvp, value_and_grad, vjp
from tangent2.python.load import register

X = np.array([0.8, -0.5, 1.3])


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The functions that were compiled since."""
    found: list[Any] = []

    def counted(fn: Any, request: Any, args: Any) -> Any:
        found.append(fn)
        return compile_request(fn, request, args)
    compile_request = cache.compile_request
    monkeypatch.setattr(cache, "compile_request", counted)
    return found


def loss(w: Any, data: Any) -> Any:
    return np.sum((w * data) ** 2)


class Model:
    """A function of its data and of what it is given."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def loss(self, w: Any) -> Any:
        return loss(w, self.data)

    def __call__(self, w: Any) -> Any:
        return loss(w, self.data)


def of_a_name(data: Any, w: Any) -> Any:
    return grad(lambda v: loss(v, data))(w)


def of_a_default(data: Any, w: Any) -> Any:
    return grad(lambda v, data=data: loss(v, data))(w)


def of_a_partial(data: Any, w: Any) -> Any:
    return grad(functools.partial(lambda d, v: loss(v, d), data))(w)


def of_functions_inside(data: Any, w: Any) -> Any:
    def scaled(v: Any) -> Any:
        return v * data

    def cost(v: Any) -> Any:
        return np.sum(scaled(v) ** 2)
    return grad(cost)(w)


def of_values(data: Any, w: Any) -> Any:
    return value_and_grad(lambda v: loss(v, data))(w)[1]


def of_pullbacks(data: Any, w: Any) -> Any:
    return vjp(lambda v: loss(v, data), w)[1](1.0)[0]


def of_tangents(data: Any, w: Any) -> Any:
    return np.array([jvp(lambda v: loss(v, data), (w,), (e,))[1] for e in np.eye(3)])


def of_second_derivatives(data: Any, w: Any) -> Any:
    return hessian(lambda v: loss(v, data))(w) @ w


def of_methods(data: Any, w: Any) -> Any:
    return grad(Model(data).loss)(w)


def of_objects(data: Any, w: Any) -> Any:
    return grad(Model(data))(w)


@pytest.mark.parametrize("how", [of_a_name, of_a_default, of_a_partial, of_functions_inside, of_values, of_pullbacks,
                                 of_tangents, of_second_derivatives, of_methods, of_objects],
                         ids=lambda how: how.__name__)
def test_compiled_once(how: Callable[..., Any], compilations: list[Any]) -> None:
    for k in range(4):
        data = X + k
        np.testing.assert_allclose(how(data, X), 2 * data ** 2 * X, rtol=1e-12)
        if k == 0:
            first = len(compilations)
    assert first and len(compilations) == first


def times(k: Any) -> Any:
    return lambda v: k * v


def shifted(k: Any, power: Any = 2) -> Any:
    def f(v: Any, n: Any = power) -> Any:
        return (v + k) ** n
    return f


def squared(v: Any) -> Any:
    return v * v


@pytest.mark.parametrize("captured, slope", [
    ([times(2.0), times(3.0)], [2.0, 3.0]), ([shifted(1.0), shifted(1.0, 3)], [5.0, 3 * 2.5 ** 2]),
    ([times(2.0), squared, times(2.0)], [2.0, 3.0, 2.0]), ([np.sin, np.cos], [np.cos(1.5), -np.sin(1.5)]),
    ([times(2.0), times(np.float32(2.0))], [2.0, 2.0]), ([shifted(1.0), shifted(2)], [5.0, 7.0]),
], ids=["other values", "other defaults", "other functions", "other primitives", "another kind", "a whole number"])
def test_captured_functions(captured: list[Any], slope: list[float]) -> None:
    for f, wanted in zip(captured, slope):
        assert grad(lambda x: f(x))(1.5) == pytest.approx(wanted)


@pytest.mark.parametrize("values, slopes", [
    ([2.0, X, 3, None, "twice", True], [2.0, np.sum(X), 3.0, 1.0, 2.0, 1.0]),
    ([[1.0, 2.0], [1.0], (4.0,), {"a": 5.0}], [3.0, 1.0, 4.0, 5.0]),
], ids=["numbers and others", "containers"])
def test_captured_kinds(values: list[Any], slopes: list[float]) -> None:
    def weight(x: Any, k: Any) -> Any:
        if k is None:
            return x
        if isinstance(k, str):
            return x * 2 if k == "twice" else x
        if isinstance(k, dict):
            return x * k["a"]
        if isinstance(k, (list, tuple)):
            return sum(x * each for each in k)
        return np.sum(k * x)
    for k, slope in zip(values, slopes):
        assert grad(lambda x: weight(x, k))(1.5) == pytest.approx(slope)


def test_of_a_string_that_decides() -> None:
    found = [grad(lambda x: x * x if mode == "square" else x)(3.0) for mode in ("square", "plain", "square")]
    assert found == [6.0, 1.0, 6.0]


def test_two_that_are_called_in_turn() -> None:
    first, second = [grad(lambda x, k=k, own=np.array([k]): np.sum(x * own) * k) for k in (2.0, 3.0)]
    assert [first(1.0), second(1.0), first(1.0), second(1.0)] == [4.0, 9.0, 4.0, 9.0]


def test_one_that_is_called_by_the_other() -> None:
    """Each has a namespace of its own."""
    def made(k: Any, inner: Any) -> Any:
        return grad(lambda x: inside(x, inner) * k + x * k)

    @tangent2.stop_gradient
    def inside(x: Any, inner: Any) -> Any:
        return 0.0 if inner is None else float(inner(x))
    one = made(np.array(2.0), None)
    two = made(np.array(3.0), one)
    assert (one(1.0), two(1.0), one(1.0)) == (2.0, 3.0, 2.0)


def test_names_that_change_afterwards(compilations: list[Any]) -> None:
    def made(k: Any) -> tuple[Any, Any]:
        def change(new: Any) -> None:
            nonlocal k
            k = new
        return grad(lambda x: np.sum(x * k)), change
    made(1.0)[0](1.0)
    slope, change = made(2.0)
    assert slope(1.0) == 2.0 and len(compilations) == 1
    change(5.0)
    assert slope(1.0) == 5.0 and len(compilations) == 1
    change(np.array([1.0, 2.0]))
    assert slope(1.0) == 3.0 and len(compilations) == 2


def test_cells_that_are_shared() -> None:
    def together(k: Any) -> Any:
        def f(x: Any) -> Any:
            return x * k
        return lambda x: f(x) * k

    assert [grad(together(k))(1.0) for k in (2.0, 3.0)] == [4.0, 9.0]


def test_defaults_of_a_function_that_calls_itself() -> None:
    def powers(n: Any) -> Any:
        def power(x: Any, k: Any = n) -> Any:
            return x if k <= 1 else x * power(x, k - 1)

        def power_of_default(x: Any, deep: Any = False, k: Any = n) -> Any:
            return x ** k if deep else power_of_default(x * 2.0, True)
        return power, power_of_default
    for n in (2, 3):
        one, other = powers(n)
        assert grad(one)(2.0) == n * 2.0 ** (n - 1)
        assert grad(other)(2.0) == n * 2.0 ** n * 2.0 ** (n - 1)


def test_classes_of_objects(compilations: list[Any]) -> None:
    class Other(Model):
        def loss(self, w: Any) -> Any:
            return 2.0 * loss(w, self.data)

    def slopes(model: Any) -> Any:
        return grad(lambda w: model.loss(w))(X)
    for model, factor in [(Model(X), 1), (Other(X), 2), (Model(2 * X), 4)]:
        np.testing.assert_allclose(slopes(model), 2 * factor * X ** 3)
    assert len(compilations) == 2


def test_methods_that_are_differentiated_inside() -> None:
    def slope(model: Any) -> Any:
        return grad(lambda w: np.sum(grad(model.loss)(w)))(X)
    for k in (1.0, 2.0):
        np.testing.assert_allclose(slope(Model(k * X)), 2 * (k * X) ** 2)


def test_rules_of_some_only() -> None:
    def made(k: Any) -> Any:
        def f(x: Any) -> Any:
            return x * k
        return f
    with_rule, without = made(2.0), made(3.0)

    @tangent2.rule(with_rule)
    def _(out: Any, x: Any) -> None:
        dot[out] = 100.0 * dot[x]       # type: ignore[name-defined]  # noqa: F821
    assert [grad(lambda x: f(x))(1.0) for f in (with_rule, without)] == [100.0, 3.0]


def test_the_same_text_among_other_names() -> None:
    text = "f = lambda x: g(x) * 2.0\n"
    register("<made>", text)
    code, found = compile(text, "<made>", "exec"), []
    for g in (np.sin, squared):
        names: dict[str, Any] = {"g": g}
        exec(code, names)
        found.append(jvp(names["f"], (0.5,), (1.0,))[1])
    assert found == pytest.approx([2 * np.cos(0.5), 2.0])


def test_pullbacks_keep_what_they_captured() -> None:
    data = [X, 2 * X]
    pulls = [vjp(lambda v: loss(v, d), X)[1] for d in data]
    for pull, d in zip(pulls, data):
        np.testing.assert_allclose(pull(1.0)[0], 2 * d ** 2 * X)


def test_nothing_captured_is_kept_alive() -> None:
    def seen(k: int) -> Any:
        data = np.full(3, float(k))
        np.testing.assert_allclose(of_a_name(data, X), 2 * data ** 2 * X)
        np.testing.assert_allclose(of_methods(data, X), 2 * data ** 2 * X)
        np.testing.assert_allclose(of_pullbacks(data, X), 2 * data ** 2 * X)
        return weakref.ref(data)
    refs = [seen(k) for k in range(3)]
    gc.collect()
    assert all(ref() is None for ref in refs)


def test_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST_ANEW", 2)
    monkeypatch.setattr(cache, "_ANEW", OrderedDict())
    for k in range(5):
        assert grad(lambda x, k=k: x * k)(1.0) == k
        assert grad(lambda x, k=k: x + x * k)(1.0) == k + 1
        assert grad(lambda x, k=k: x - x * k)(1.0) == 1 - k
        assert len(cache._ANEW) <= 2
