"""Transforms as decorators, with and without options; what they make presents itself, in classes too."""
from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    ArgumentError, differentiable, grad, hessian, hvp, jacfwd, jacobian, jacrev, stop_gradient, value_and_grad,
)

X = np.array([1.0, 2.0])


@grad
def plain(x: float) -> float:
    """A cube."""
    return x ** 3


@grad(argnums=1)
def second(x: float, y: float) -> float:
    """A product."""
    return x * y ** 2


@value_and_grad
def with_value(x: float) -> float:
    return x ** 3


@value_and_grad(argnums=("x", "y"), has_aux=True)
def with_aux(x: float, y: float) -> Any:
    return x * y ** 2, x


@jacfwd
def columns(x: Any) -> Any:
    """Squares."""
    return x ** 2


@jacfwd(argnums=1)
def columns_of(x: Any, y: Any) -> Any:
    return x * y


@jacrev
def rows(x: Any) -> Any:
    return x ** 2


@jacobian(argnums=(0, 1))
def rows_of(x: Any, y: Any) -> Any:
    return x * y


@hessian
def curved(x: Any) -> Any:
    return np.sum(x ** 3)


@tangent2.hessian(argnums=(0, 1))
def curved_of(x: float, y: float) -> float:
    return x ** 2 * y


@hvp
def product(x: Any) -> Any:
    """Cubes."""
    return np.sum(x ** 3)


@hvp(argnums="y")
def product_of(x: Any, y: Any) -> Any:
    return x * np.sum(y ** 3)


@stop_gradient
def weight(x: Any) -> Any:
    """A weight."""
    return x ** 2


@differentiable
def carried(x: float) -> float:
    """A cube."""
    return x ** 3


@differentiable(argnums=1, has_aux=True)
def carried_of(x: float, y: float) -> Any:
    return x * y ** 2, x


def test_numbers() -> None:
    assert plain(2.0) == 12.0 and second(3.0, 2.0) == 12.0 and with_value(2.0) == (8.0, 12.0)
    assert with_aux(3.0, 2.0) == ((12.0, 3.0), (4.0, 12.0))
    assert np.array_equal(columns(X), np.diag(2.0 * X)) and np.array_equal(rows(X), np.diag(2.0 * X))
    assert np.array_equal(columns_of(X, X), np.diag(X)) and np.array_equal(rows_of(X, 2.0 * X)[0], np.diag(2.0 * X))
    assert np.array_equal(curved(X), np.diag(6.0 * X)) and curved_of(2.0, 3.0) == ((6.0, 4.0), (4.0, 0.0))
    assert np.array_equal(product(X, X), 6.0 * X ** 2) and np.array_equal(product_of(2.0, X, X), 12.0 * X ** 2)
    assert grad(lambda x: x * weight(x))(3.0) == 9.0 and tangent2.jvp(weight, (3.0,), (1.0,)) == (9.0, 0.0)
    assert carried(2.0) == 8.0 and carried.grad(2.0) == 12.0 and carried_of.grad(3.0, 2.0) == (12.0, 3.0)


MADE = {
    "grad_plain": plain, "grad_second": second, "value_and_grad_with_value": with_value, "jacfwd_columns": columns,
    "jacrev_rows": rows, "hessian_curved": curved, "hessian_curved_of": curved_of, "hvp_product": product,
    "weight": weight, "carried": carried,
}


@pytest.mark.parametrize("name", MADE)
def test_they_present_themselves(name: str) -> None:
    made = MADE[name]
    original = made.__wrapped__
    assert made.__name__ == name and made.__module__ == __name__
    assert original.__name__ in repr(made) and " object at " not in repr(made)
    direction = ["v"] if name == "hvp_product" else []
    assert list(inspect.signature(made).parameters) == [*inspect.signature(original).parameters, *direction]
    assert direction or inspect.signature(made) == inspect.signature(original)
    assert (original.__doc__ or "") in made.__doc__ if made.__doc__ else not original.__doc__


def test_their_text() -> None:
    assert "def grad_second(x, y):" in tangent2.source(second, 1.0, 2.0)
    assert "def jacfwd_columns(x):" in tangent2.source(columns, X)
    names: dict[str, Any] = {}
    exec(tangent2.source(curved, X), names)
    assert np.array_equal(names["hessian_curved"](X), np.diag(6.0 * X))
    assert "def jacfwd_columns(x):" in tangent2.source(columns)
    exec(tangent2.source(product, X, X), names)
    assert np.array_equal(names["hvp_product"](X, X), product(X, X))
    exec(tangent2.source(rows_of, X, X), names)
    for found, expected in zip(names["jacobian_rows_of"](X, X), rows_of(X, X), strict=True):
        assert np.array_equal(found, expected)


def test_they_can_be_differentiated_again() -> None:
    assert grad(plain)(2.0) == 12.0 and grad(lambda x: np.sum(columns(x)))(X).tolist() == [2.0, 2.0]
    assert grad(carried)(2.0) == 12.0 and jacrev(curved)(X).shape == (2, 2, 2)


@dataclass
class Line:
    slope: Any
    offset: float


def test_directions_have_the_structure_of_the_argument() -> None:
    @hvp
    def distance(line: Line) -> Any:
        return np.sum(line.slope ** 3) * line.offset
    found = distance(Line(X, 2.0), Line(X, 1.0))
    assert np.allclose(found.slope, 12.0 * X ** 2 + 3.0 * X ** 2) and np.isclose(found.offset, np.sum(3.0 * X ** 3))
    for wrong, match in ((X[:1], r"a direction of shape \(1,\) for an argument of shape \(2,\)"),
                         ([1.0, 2.0, 3.0], "shape"), ("x", "a direction that is a str"), ((1.0,), "shape")):
        with pytest.raises(ArgumentError, match=match):
            product(X, wrong)


def test_options_are_named() -> None:
    assert repr(grad(argnums=(0, 1))) == "grad(argnums=(0, 1))" and repr(hvp()) == "hvp()"
    for transform in (grad, value_and_grad, jacfwd, jacrev, hessian, hvp, differentiable):
        for wrong in (1, None, "x"):
            with pytest.raises(ArgumentError, match="takes a function"):
                transform(wrong)
    with pytest.raises(ArgumentError, match="no parameter `z`"):
        grad(argnums="z")(lambda x: x)
    with pytest.raises(TypeError):
        grad(argnumbers=1)  # type: ignore[call-arg]


class Model:
    """A class whose methods are differentiated with respect to what they are given."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    @grad(argnums=1)
    def slope(self, w: float) -> float:
        return self.scale * w ** 2

    @grad(argnums="w")
    def slope_of_many(self, w: Any, *others: Any) -> Any:
        return self.scale * np.sum(w) * others[0]

    @hessian(argnums=1)
    def curvature(self, w: Any) -> Any:
        return self.scale * np.sum(w ** 2)

    @hvp(argnums=1)
    def product(self, w: Any) -> Any:
        return self.scale * np.sum(w ** 3)

    @differentiable(argnums=1)
    def loss(self, w: Any) -> Any:
        """The loss."""
        return self.scale * np.sum(w ** 2)

    @staticmethod
    @grad
    def square(x: float) -> float:
        return x * x


def test_methods() -> None:
    model = Model(3.0)
    assert model.slope(2.0) == 12.0 == Model.slope(model, 2.0) and model.square(3.0) == 6.0
    assert np.array_equal(model.slope_of_many(X, 2.0), [6.0, 6.0])
    assert np.array_equal(model.curvature(X), 6.0 * np.eye(2)) and np.array_equal(model.product(X, X), 18.0 * X ** 2)
    assert model.loss(X) == 15.0 and np.array_equal(model.loss.grad(X), 6.0 * X)
    assert np.array_equal(Model.loss.grad(model, X), 6.0 * X) and model.loss.__doc__ == "The loss."
    value, pullback = model.loss.vjp(X)
    assert value == 15.0 and np.array_equal(pullback(1.0)[-1], 6.0 * X)
    assert model.loss.jvp((X,), (X,)) == (15.0, 30.0) and "def grad_loss(self, w):" in model.loss.source(X, argnums=1)
    model.scale = 1.0
    assert model.slope(2.0) == 4.0 and np.array_equal(model.loss.grad(X), 2.0 * X)


def passed_on(fn: Any) -> Any:
    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return 2 * fn(*args, **kwargs)
    return wrapper


@passed_on
def wrapped_cube(x: Any) -> Any:
    return x ** 3


@passed_on
def wrapped_product(x: Any, y: Any) -> Any:
    return x * y ** 2


def test_wrappers_of_any_arguments_have_those_of_what_they_wrap() -> None:
    assert tangent2.grad(tangent2.grad(wrapped_cube))(1.5) == pytest.approx(18.0)
    assert tangent2.hessian(wrapped_cube)(1.5) == pytest.approx(18.0)
    assert tangent2.grad(lambda x: tangent2.grad(wrapped_cube)(x) * x)(1.5) == pytest.approx(40.5)
    assert tangent2.grad(wrapped_product, "y")(1.5, 2.0) == pytest.approx(12.0)
    assert tangent2.grad(tangent2.grad(wrapped_product, "y"), "x")(1.5, 2.0) == pytest.approx(8.0)
    assert tangent2.grad(tangent2.grad(wrapped_product, 1), 0)(1.5, 2.0) == pytest.approx(8.0)
