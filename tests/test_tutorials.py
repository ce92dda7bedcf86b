"""The numbers of the autodiff tutorials, on plain NumPy code."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import tangent2
from tangent2 import (
    check_grads, differentiable, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, stop_gradient, value_and_grad, vjp,
)
from tangent2.errors import ArgumentError

INPUTS = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
TARGETS = np.array([True, True, False, True])
W, B = np.array([0.1, -0.4, 0.7]), 0.3


def sigmoid(x: Any) -> Any:
    return 0.5 * (np.tanh(x / 2) + 1)


def predict(w: Any, b: Any, inputs: Any) -> Any:
    return sigmoid(np.dot(inputs, w) + b)


def loss(w: Any, b: Any) -> Any:
    preds = predict(w, b, INPUTS)
    label_probs = preds * TARGETS + (1 - preds) * (1 - TARGETS)
    return -np.sum(np.log(label_probs))


def loss_of_dict(params: Any) -> Any:
    return loss(params["W"], params["b"])


def by_hand() -> tuple[Any, Any]:
    error = predict(W, B, INPUTS) - TARGETS
    return INPUTS.T @ error, np.sum(error)


def test_a_bare_primitive_is_a_function() -> None:
    f: Any = np.tanh
    for wanted in (0.070650816, -0.13621868, 0.25265405):
        f = grad(f)
        assert f(2.0) == pytest.approx(wanted, abs=1e-6)


def test_orders_one_to_four() -> None:
    f: Any = lambda x: x ** 3 + 2 * x ** 2 - 3 * x + 1   # noqa: E731
    for wanted in (4.0, 10.0, 6.0, 0.0):
        f = grad(f)
        assert f(1.0) == pytest.approx(wanted)


def test_logistic_regression() -> None:
    w_bar, b_bar = by_hand()
    np.testing.assert_allclose(grad(loss, argnums=0)(W, B), w_bar)
    np.testing.assert_allclose(grad(loss)(W, B), w_bar)
    np.testing.assert_allclose(grad(loss, 1)(W, B), b_bar)
    both = grad(loss, (0, 1))(W, B)
    np.testing.assert_allclose(both[0], w_bar)
    np.testing.assert_allclose(both[1], b_bar)
    found = grad(loss_of_dict)({"W": W, "b": B})
    np.testing.assert_allclose(found["W"], w_bar)
    np.testing.assert_allclose(found["b"], b_bar)
    value, found = value_and_grad(loss, (0, 1))(W, B)
    assert value == loss(W, B)
    eps = 1e-4
    difference = (loss(W, B + eps / 2.0) - loss(W, B - eps / 2.0)) / eps
    assert found[1] == pytest.approx(difference, rel=1e-6)
    check_grads(loss, (W, B), order=2)


def test_vectors_taken_apart() -> None:
    def g(v: Any) -> Any:
        x, y, z = v
        return x ** 2 + x * y ** 3 + np.sin(z)
    np.testing.assert_allclose(grad(lambda x: x[0] ** 2 + 3 * x[1] ** 3)(np.array([1.0, 2.0])), [2.0, 36.0])
    np.testing.assert_allclose(grad(g)(np.array([2.0, 2.0, np.pi])), [12.0, 24.0, -1.0])


def field(v: Any) -> Any:
    x, y = v
    return np.array([x ** 2 + y ** 2, x ** 2 + x * y])


def surface(v: Any) -> Any:
    x, y = v
    return x ** 3 + y ** 2 + x * y


@pytest.mark.parametrize("transform", [jacobian, jacrev, jacfwd])
def test_jacobians(transform: Any) -> None:
    np.testing.assert_allclose(transform(field)(np.array([2.0, 3.0])), [[4.0, 6.0], [7.0, 2.0]])


def test_hessians() -> None:
    x = np.array([3.0, 2.0])
    for second in (hessian(surface), jacfwd(grad(surface)), jacrev(grad(surface)), jacfwd(jacrev(surface)),
                   jacrev(jacfwd(surface))):
        np.testing.assert_allclose(second(x), [[18.0, 1.0], [1.0, 2.0]], atol=1e-12)
    np.testing.assert_allclose(hessian(lambda x: np.dot(x, x))(np.ones(3)), 2.0 * np.eye(3))
    np.testing.assert_allclose(hvp(surface)(x, np.array([1.0, 0.0])), [18.0, 1.0])


def rational(x: Any, num_par: Any, denom_par: Any) -> Any:
    acc_num = 0.0
    for i, par in enumerate(num_par):
        acc_num += par * np.float_power(x, i)
    acc_denom = 0.0
    for i, par in enumerate(denom_par):
        acc_denom += par * np.float_power(x, i + 1)
    return acc_num / (1.0 + acc_denom ** 2)


def test_the_rational_function() -> None:
    num, denom = [1.0, 2.0, 3.0], [0.5, 0.6]
    arrays = np.array(num), np.array(denom)
    check_grads(rational, (2.0, *arrays), order=2)
    check_grads(rational, (2.0, num, denom), order=2)
    np.testing.assert_allclose(grad(rational, argnums=1)(2.0, *arrays), grad(rational, argnums=1)(2.0, num, denom))
    np.testing.assert_allclose(grad(rational, argnums=2)(2.0, *arrays), grad(rational, argnums=2)(2.0, num, denom))
    assert grad(grad(rational))(2.0, *arrays) == pytest.approx(hessian(rational)(2.0, *arrays))


def loss_fn(params: Any, data: Any) -> Any:
    return np.sum((params * data) ** 2)


def meta_loss(params: Any, data: Any) -> Any:
    grads = grad(loss_fn)(params, data)
    return loss_fn(params - 0.1 * grads, data)


def test_a_gradient_inside_a_function() -> None:
    p, d = np.array([1.0, 2.0]), np.array([0.3, 0.4])
    factor = 1.0 - 0.2 * d ** 2
    np.testing.assert_allclose(grad(meta_loss)(p, d), 2.0 * p * (factor * d) ** 2)
    check_grads(meta_loss, (p, d), order=2)


def td_loss(theta: Any, s_tm1: Any, r_t: Any, s_t: Any) -> Any:
    v_tm1 = np.dot(theta, s_tm1)
    target = r_t + np.dot(theta, s_t)
    return (target - v_tm1) ** 2


def td_update(theta: Any, s_tm1: Any, r_t: Any, s_t: Any) -> Any:
    v_tm1 = np.dot(theta, s_tm1)
    target = r_t + np.dot(theta, s_t)
    return (stop_gradient(target) - v_tm1) ** 2


def test_temporal_differences() -> None:
    args = np.array([0.1, -0.1, 0.0]), np.array([1.0, 2.0, -1.0]), 1.0, np.array([2.0, 1.0, 0.0])
    np.testing.assert_allclose(grad(td_loss)(*args), [2.4, -2.4, 2.4])
    np.testing.assert_allclose(grad(td_update)(*args), [-2.4, -4.8, 2.4])


def test_straight_through() -> None:
    assert grad(np.round)(3.2) == 0.0
    assert grad(lambda x: x + stop_gradient(np.round(x) - x))(3.2) == 1.0


# ------------------------------------------------------------------------------------------- what users of JAX expect


def test_any_number_of_arguments() -> None:
    def product(*xs: Any, scale: Any = 1.0, **more: Any) -> Any:
        return xs[0] * xs[1] * scale * more.get("extra", 1.0) if False else xs[0] * xs[1] * scale
    assert grad(product)(2.0, 3.0) == 3.0
    assert grad(product, argnums=(0, 1))(2.0, 3.0, scale=2.0) == (6.0, 4.0)
    assert grad(grad(lambda *xs: xs[0] ** 2 * xs[1]))(2.0, 3.0) == 6.0
    assert jvp(lambda *xs: xs[0] * xs[1], (2.0, 3.0), (1.0, 1.0)) == (6.0, 5.0)
    assert vjp(lambda *xs: xs[0] * xs[1], 2.0, 3.0)[1](1.0) == (3.0, 2.0)
    assert grad(lambda x, **o: x * o["a"])(2.0, a=3.0) == 3.0


def test_auxiliary_results() -> None:
    def f(x: Any) -> Any:
        y = x * x
        return np.sum(y), {"y": y, "note": "squares"}
    found, aux = grad(f, has_aux=True)(np.ones(2))
    np.testing.assert_allclose(found, [2.0, 2.0])
    assert aux["note"] == "squares"
    (value, aux), found = value_and_grad(f, has_aux=True)(np.ones(2))
    assert value == 2.0
    np.testing.assert_allclose(found, 2.0 * aux["y"])
    with pytest.raises(ArgumentError, match="pair"):
        grad(loss, has_aux=True)(W, B)
    matrix, aux = jacrev(lambda x: (x * x, x), has_aux=True)(np.ones(2))
    np.testing.assert_allclose(matrix, 2.0 * np.eye(2))


def test_jacobians_of_trees() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"a": p["w"] * x, "b": np.sum(p["w"]) * p["b"]}
    p, x = {"w": np.array([1.0, 2.0]), "b": 3.0}, np.array([0.5, 0.6])
    for transform in (jacfwd, jacrev):
        found = transform(f)(p, x)
        np.testing.assert_allclose(found["a"]["w"], np.diag(x))
        np.testing.assert_allclose(found["b"]["w"], [3.0, 3.0])
        assert found["b"]["b"] == 3.0 and not np.any(found["a"]["b"])
        both = transform(f, argnums=(0, 1))(p, x)
        np.testing.assert_allclose(both["a"][1], np.diag(p["w"]))


def test_a_jacobian_inside_a_function() -> None:
    f = grad(lambda v: np.sum(jacfwd(field)(v) ** 2))
    check_grads(lambda v: np.sum(jacfwd(field)(v) ** 2), (np.array([2.0, 3.0]),))
    assert f(np.array([2.0, 3.0])).shape == (2,)


def test_check_grads_finds_what_is_wrong() -> None:
    with pytest.raises(AssertionError, match="order 1, fwd"):
        check_grads(lambda x: x * stop_gradient(x), (3.0,))
    with pytest.raises(AssertionError, match="rev"):
        check_grads(lambda x, y: x * stop_gradient(y), (3.0, 2.0), modes=("rev",))
    with pytest.raises(ArgumentError, match="nothing to check"):
        check_grads(lambda n: n, (3,))


def test_differentiable() -> None:
    @differentiable(argnums=(0, 1))
    def f(x: Any, y: Any) -> Any:
        return x * y * y
    assert f(2.0, 3.0) == 18.0 and f.grad(2.0, 3.0) == (9.0, 12.0)
    assert f.jvp((2.0, 3.0), (1.0, 0.0)) == (18.0, 9.0) and f.vjp(2.0, 3.0)[1](1.0) == (9.0, 12.0)
    assert "def grad_f" in f.source(2.0, 3.0)
    assert grad(lambda x: f(x, x))(2.0) == 12.0 and hessian(f)(2.0, 3.0) == 0.0
    assert differentiable(loss_fn).grad(W, W).shape == (3,)


def test_trees() -> None:
    tree = {"b": (1.0, None), "a": [2.0, {"c": 3.0}]}
    leaves, structure = tangent2.tree_flatten(tree)
    assert leaves == [2.0, 3.0, 1.0] and tangent2.tree_unflatten(structure, leaves) == tree
    assert tangent2.tree_map(lambda x, y: x + y, tree, tree)["a"] == [4.0, {"c": 6.0}]
    with pytest.raises(ArgumentError, match="structure"):
        tangent2.tree_map(lambda x, y: x, tree, {"a": 1.0})


class Layer(NamedTuple):
    w: Any
    b: Any


@dataclass
class Model:
    layer: Layer
    scale: float


class Box:
    def __init__(self, content: Any) -> None:
        self.content = content


tangent2.register_pytree_node(Box, lambda box: ((box.content,), None), lambda aux, parts: Box(*parts))


def model_loss(model: Any, x: Any) -> Any:
    return np.sum((model.layer.w * x + model.layer.b) ** 2) * model.scale


def test_objects_with_fields() -> None:
    x, layer = np.arange(3.0), Layer(np.ones(3), 2.0)
    found = grad(lambda p, x: np.sum((p.w * x + p.b) ** 2))(layer, x)
    assert type(found) is Layer and found.b == 18.0
    model = Model(layer, 0.5)
    for _ in range(2):
        found = grad(model_loss)(model, x)
        assert type(found) is Model and type(found.layer) is Layer and found.layer.b == 9.0
    value, (found, x_bar) = value_and_grad(model_loss, (0, 1))(model, x)
    assert type(found) is Model and value == model_loss(model, x)
    assert type(vjp(model_loss, model, x)[1](1.0)[0]) is Model
    assert jvp(model_loss, (model, x), (model, x))[0] == value
    assert type(hvp(model_loss)(model, x, model)) is Model
    second = hessian(lambda p: p.w * p.w * p.b)(Layer(2.0, 3.0))
    assert second == Layer(Layer(6.0, 4.0), Layer(4.0, 0.0)) and type(second.b) is Layer
    check_grads(model_loss, (model, x), order=2)
    boxed = grad(lambda box: box.content ** 2)(Box(3.0))
    assert type(boxed) is Box and boxed.content == 6.0
    assert grad(lambda tree: tree["l"][0].content * 2.0)({"l": [Box(3.0)]})["l"][0].content == 2.0
