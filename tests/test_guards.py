"""What a derivative read from outside may change between calls: it is compiled anew, or reads the new value."""
from __future__ import annotations

import importlib
import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
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


class First:
    def __init__(self, x: Any) -> None:
        self.x = x

    def scaled(self, x: Any) -> Any:
        return x ** 2


class Second(First):
    def __init__(self, x: Any) -> None:
        super().__init__(x)

    def scaled(self, x: Any) -> Any:
        return super().scaled(x) * 3.0


def of_base_by_super(x: Any) -> Any:
    return Second(x).scaled(x)


def of_what_the_base_keeps(x: Any) -> Any:
    return Second(x).x


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
    (of_base_by_super, set_on(First, "scaled", lambda self, x: x ** 3), 18.0, 81.0),
    (of_what_the_base_keeps, set_on(First, "__init__", lambda self, x: setattr(self, "x", x * 5.0)), 1.0, 5.0),
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


def test_a_file_that_was_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "edited_between.py"
    file.write_text("def f(x):\n    return x ** 2\n")
    module = importlib.import_module("edited_between")
    file.write_text("def f(x):\n    return x ** 3\n")
    with pytest.raises(tangent2.TangentError, match="the file changed after it was imported"):
        tangent2.grad(module.f)(2.0)
    file.write_text("# another line\ndef f(x):\n    return 2.0 * x ** 3\n")
    importlib.reload(module)
    assert tangent2.grad(module.f)(2.0) == 24.0


def test_asserts_without_debugging(tmp_path: Path) -> None:
    """Under `python -O` no `assert` is left, in a function or in its derivative."""
    program = """
import tangent2
def plain(x):
    assert x > 5.0
    return x ** 2
def handled(x):
    try: assert x > 5.0
    except AssertionError: return x
    return x ** 3
print(tangent2.grad(plain)(1.0), tangent2.grad(handled)(1.0))
"""
    file = tmp_path / "asserting.py"
    file.write_text(program)
    done = subprocess.run([sys.executable, "-O", str(file)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(Path(tangent2.__file__).parents[1])})
    assert done.stdout.split() == ["2.0", "3.0"], done.stderr
