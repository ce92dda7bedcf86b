"""What a derivative read from outside may change between calls: it is compiled anew, or reads the new value."""
from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tangent2

WEIGHT: Any = None
WEIGHTS: Any = [1.0]
STEPS: Any = [np.sin]
MODULE = types.ModuleType("elsewhere")
X = np.array([0.8, -0.5, 1.3, 0.4])


class Base:
    """Holds what functions read."""

    rate = 2.0

    @staticmethod
    def step(x: Any) -> Any:
        return x * x

    def __init__(self, v: Any) -> None:
        self.v = v

    @classmethod
    def scaled(cls, x: Any) -> Any:
        return x * cls.rate

    @classmethod
    def made(cls, x: Any) -> Any:
        return cls(x * cls.rate)

    @classmethod
    def chosen(cls, x: Any) -> Any:
        return x * (2.0 if cls.rate == 2.0 else 7.0)

    def turned(self) -> Any:
        return self.v * self.__class__.rate

    def set(self) -> Any:
        if self.v > 9.0:
            self.rate = self.v
        return self.v * self.rate


class Derived(Base):
    """Inherits it."""

    @classmethod
    def scaled(cls, x: Any) -> Any:
        return super().scaled(x)


def cube(x: Any) -> Any:
    return x ** 3


def helper(x: Any, k: Any = 2.0, *, m: Any = 1.0) -> Any:
    return x ** 2 * k * m


def of_helper(x: Any) -> Any:
    return helper(x)


def of_none(x: Any) -> Any:
    return x * x if WEIGHT is None else WEIGHT * x


def of_list(x: Any) -> Any:
    return np.sum(x * WEIGHTS[0])


def of_functions(x: Any) -> Any:
    return STEPS[0](x)


def of_class(x: Any) -> Any:
    return Derived.step(x) * Derived.rate


def of_module(x: Any) -> Any:
    return MODULE.step(x)


def of_builtin(x: Any) -> Any:
    return sum(x) * 1.0


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave the module as it was."""
    before = {name: globals()[name] for name in ("WEIGHT", "WEIGHTS", "STEPS")}
    code, defaults, options, step = helper.__code__, helper.__defaults__, helper.__kwdefaults__, Base.step
    scaled = vars(Base)["scaled"]
    MODULE.step = Base.step     # type: ignore[attr-defined]
    yield
    globals().update(before)
    globals().pop("sum", None)
    helper.__code__, helper.__defaults__, helper.__kwdefaults__ = code, defaults, options
    Base.step = staticmethod(step)      # type: ignore[method-assign, assignment]
    Base.scaled = scaled        # type: ignore[method-assign]
    Base.rate = 2.0
    if "rate" in vars(Derived):
        del Derived.rate


def bound(name: str, value: Any) -> Callable[[], None]:
    return lambda: globals().__setitem__(name, value)


def put(container: Any, key: Any, value: Any) -> Callable[[], None]:
    return lambda: container.__setitem__(key, value)


def set_on(obj: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(obj, name, value)


@pytest.mark.parametrize("function, change, before, after", [
    (of_none, bound("WEIGHT", 2.0), 6.0, 2.0),
    (of_list, put(WEIGHTS, 0, np.ones(4)), 1.0, 4.0),
    (of_functions, put(STEPS, 0, np.cos), np.cos(3.0), -np.sin(3.0)),
    (of_functions, bound("STEPS", (cube,)), np.cos(3.0), 27.0),
    (of_helper, set_on(helper, "__code__", (lambda x, k, *, m: k * m * x ** 3).__code__), 12.0, 54.0),
    (of_helper, set_on(helper, "__defaults__", (3.0,)), 12.0, 18.0),
    (of_helper, set_on(helper, "__kwdefaults__", {"m": 3.0}), 12.0, 36.0),
    (helper, set_on(helper, "__defaults__", (3.0,)), 12.0, 18.0),
    (of_class, set_on(Base, "step", staticmethod(cube)), 12.0, 54.0),
    (of_class, set_on(Base, "rate", 3.0), 12.0, 18.0),
    (lambda x: Base.scaled(x), set_on(Base, "rate", 3.0), 2.0, 3.0),
    (lambda x: Derived.scaled(x), set_on(Base, "rate", 3.0), 2.0, 3.0),
    (lambda x: Derived(x).scaled(x), set_on(Derived, "rate", 3.0), 2.0, 3.0),
    (lambda x: Derived.scaled(x), set_on(Base, "scaled", classmethod(lambda cls, v: 3.0 * v)), 2.0, 3.0),
    (lambda x: Base.chosen(x), set_on(Base, "rate", 3.0), 2.0, 7.0),
    (lambda x: Derived.made(x).v, set_on(Base, "rate", 3.0), 2.0, 3.0),
    (lambda x: Derived(x).turned(), set_on(Base, "rate", 3.0), 2.0, 3.0),
    (lambda x: x * type(Derived(x)).rate, set_on(Base, "rate", 3.0), 2.0, 3.0),
    (lambda x: Derived(x).set(), set_on(Base, "rate", 3.0), 2.0, 3.0),
    (of_module, set_on(MODULE, "step", cube), 6.0, 27.0),
])
def test_changes_between_calls(function: Any, change: Callable[[], None], before: float, after: float) -> None:
    WEIGHTS[0], STEPS[0] = 1.0, np.sin
    gradient = tangent2.grad(function)
    np.testing.assert_allclose(gradient(3.0), before)
    change()
    np.testing.assert_allclose(gradient(3.0), after)


def test_a_builtin_that_is_shadowed_later() -> None:
    gradient = tangent2.grad(of_builtin)
    np.testing.assert_allclose(gradient(X), 1.0)
    globals()["sum"] = lambda v: v[0] * v[1]
    np.testing.assert_allclose(gradient(X), [X[1], X[0], 0.0, 0.0])


def test_functions_in_containers_given_as_arguments() -> None:
    gradient = tangent2.grad(lambda x, steps: steps[0](x))
    for steps in ([np.sin], (np.sin,), {0: np.sin}):
        np.testing.assert_allclose(gradient(2.0, steps), np.cos(2.0))
    for steps in ([np.cos], (np.cos,), {0: np.cos}):
        np.testing.assert_allclose(gradient(2.0, steps), -np.sin(2.0))


def test_a_cell_of_functions() -> None:
    steps = [np.sin]
    gradient = tangent2.grad(lambda x: steps[0](x))
    np.testing.assert_allclose(gradient(2.0), np.cos(2.0))
    steps[0] = np.cos
    np.testing.assert_allclose(gradient(2.0), -np.sin(2.0))


def test_a_pullback_keeps_what_it_captured() -> None:
    k = np.ones(4)
    _, pullback = tangent2.vjp(lambda x: x * k, X)
    k[:] = 5.0
    np.testing.assert_allclose(pullback(np.ones(4))[0], 1.0)


def test_a_pullback_keeps_what_lies_in_containers() -> None:
    d = {"a": X.copy()}
    _, pullback = tangent2.vjp(lambda d: np.sum(d["a"] ** 2), d)
    d["a"][:] = 0.0
    np.testing.assert_allclose(pullback(1.0)[0]["a"], 2.0 * X)


def test_a_pullback_keeps_what_it_returned() -> None:
    def both(x: Any) -> Any:
        y = np.exp(x)
        return y, 2.0 * y
    (a, b), pullback = tangent2.vjp(both, X.copy())
    a[:] = b[:] = 0.0
    np.testing.assert_allclose(pullback((np.ones(4), np.ones(4)))[0], 3.0 * np.exp(X))


class Model:
    """Its attributes decide what its methods do."""

    def __init__(self) -> None:
        self.act: Any = np.tanh
        self.scale: Any = None
        self.options: dict[str, float] = {"rate": 2.0}
        self.layers: Any = [np.tanh]

    def __call__(self, x: Any) -> Any:
        return self.act(x)

    def scaled(self, x: Any) -> Any:
        return x * 3.0 if self.scale is None else x * x * self.scale

    def shifted(self, x: Any) -> Any:
        return x * 3.0 if "shift" in self.options else x * 7.0

    def layered(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


@pytest.mark.parametrize("name, before, after", [
    ("__call__", 1.0 - np.tanh(0.5) ** 2, np.cos(0.5)), ("layered", 1.0 - np.tanh(0.5) ** 2, np.cos(0.5)),
    ("scaled", 3.0, 5.0), ("shifted", 7.0, 3.0)])
def test_attributes_of_the_object_of_a_method(name: str, before: float, after: float) -> None:
    """They are noticed though the text of the derivative does not read them; by a new derivative, too."""
    model = Model()
    method = model if name == "__call__" else getattr(model, name)
    derivative = tangent2.grad(method)
    assert derivative(0.5) == pytest.approx(before)
    model.act, model.scale, model.options["shift"], model.layers[0] = np.sin, 5.0, 1.0, np.sin
    assert derivative(0.5) == pytest.approx(after)
    assert tangent2.grad(method)(0.5) == pytest.approx(after)
