"""What functions with rules take and give: structures, memory, functions as arguments, texts that cannot be read."""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from tangent2 import custom_jvp, custom_vjp, grad, jacfwd, jvp, value_and_grad, vjp
from tangent2.errors import NoDerivativeError, UnsupportedError
from tangent2.switches import switched

V = np.array([0.5, 1.0, 2.0])


# --------------------------------------------------------------------------------------------------- structures, memory


@custom_vjp
def layer(params: Any, xs: Any) -> Any:
    return {"out": params["w"] * xs[0] + params["b"], "n": (xs[1], 2.0)}


def layer_bwd(res: Any, g: Any) -> Any:
    params, xs = res
    out_bar, (n_bar, _) = g["out"], g["n"]
    return {"w": 3.0 * np.sum(out_bar * xs[0]), "b": np.sum(out_bar)}, (params["w"] * out_bar, n_bar)


layer.defvjp(lambda params, xs: (layer(params, xs), (params, xs)), layer_bwd)


@custom_jvp
def layer_forward(params: Any, xs: Any) -> Any:
    return {"out": params["w"] * xs[0] + params["b"], "n": (xs[1], 2.0)}


@layer_forward.defjvp
def layer_forward_jvp(primals: Any, tangents: Any) -> Any:
    (params, xs), (dparams, dxs) = primals, tangents
    dot = 3.0 * dparams["w"] * xs[0] + params["w"] * dxs[0] + dparams["b"]
    return layer_forward(params, xs), {"out": dot, "n": (dxs[1], 0.0)}


@custom_vjp
def total(xs: Any) -> Any:
    return sum(xs)


total.defvjp(lambda xs: (sum(xs), len(xs)), lambda n, g: ([3.0 * g] * n,))


@dataclass
class Weights:
    """An object as argument."""

    w: Any
    b: Any


@custom_vjp
def line(p: Any, x: Any) -> Any:
    return p.w * x + p.b


line.defvjp(lambda p, x: (line(p, x), (p, x)),
            lambda res, g: (Weights(3.0 * np.sum(g * res[1]), np.sum(g)), res[0].w * g))


@custom_jvp
def line_forward(p: Any, x: Any) -> Any:
    return p.w * x + p.b


line_forward.defjvp(lambda p, t: (p[0].w * p[1] + p[0].b, 3.0 * t[0].w * p[1] + p[0].w * t[1] + t[0].b))


def of_trees(which: Any) -> Any:
    def loss(w: Any, b: Any, x: Any, n: Any) -> Any:
        r = which({"w": w, "b": b}, (x, n))
        return np.sum(r["out"] ** 2) + r["n"][0] * r["n"][1]
    return loss


def of_objects(which: Any) -> Any:
    def loss(w: Any, b: Any, x: Any, n: Any) -> Any:
        return np.sum(which(Weights(w, b), x) ** 2) + 2.0 * n
    return loss


@pytest.mark.parametrize("function", [
    of_trees(layer), of_trees(layer_forward), of_objects(line), of_objects(line_forward)],
    ids=["adjoint of trees", "tangent of trees", "adjoint of objects", "tangent of objects"])
@pytest.mark.parametrize("switches", [{}, {"watched": True}, {"save_all": True}, {"optimise": False, "checked": True}],
                         ids=str)
def test_structures(function: Any, switches: Any) -> None:
    w, b, n = 0.5, 0.2, 1.5
    r = 2.0 * (w * V + b)
    wanted = [3.0 * np.sum(r * V), np.sum(r), r * w, 2.0]
    with switched(**switches):
        found = grad(function, argnums=(0, 1, 2, 3))(w, b, V, n)
        for one, two in zip(found, wanted):
            np.testing.assert_allclose(one, two)
        tangents = (0.3, 0.7, np.ones(3), 2.0)
        assert jvp(function, (w, b, V, n), tangents)[1] == pytest.approx(
            0.3 * wanted[0] + 0.7 * wanted[1] + np.sum(wanted[2]) + 4.0)        # type: ignore[operator]


def test_objects_and_lists_go_in_and_out() -> None:
    found = vjp(line, Weights(2.0, 1.0), V)[1](np.ones(3))
    assert isinstance(found[0], Weights) and found[0].w == 3.0 * np.sum(V)
    assert jvp(line, (Weights(2.0, 1.0), V), (Weights(1.0, 0.0), 0.0 * V))[1] == pytest.approx(3.0 * V)
    assert grad(lambda a, b: total([a, b * 2.0]), argnums=(0, 1))(1.0, 2.0) == (3.0, 6.0)
    assert jvp(lambda a, b: total([a, b * 2.0]), (1.0, 2.0), (1.0, 1.0)) == (5.0, 9.0)


@custom_vjp
def same(x: Any) -> Any:
    return x


same.defvjp(lambda x: (x, x), lambda x, g: (g,))


@custom_vjp
def front(x: Any, n: Any) -> Any:
    return x[:n] * 2.0


def front_bwd(res: Any, g: Any) -> Any:
    x, n = res
    x_bar = np.zeros_like(x)
    x_bar[:n] = 3.0 * g
    return x_bar, None


front.defvjp(lambda x, n: (front(x, n), (x, n)), front_bwd)


def changed_after(x: Any) -> Any:
    y = x * 2.0
    z = same(y)
    y[0] = 7.0          # in z, too
    return np.sum(z * y)


def saved_before(x: Any) -> Any:
    y = x * 1.0
    z = front(y, 2)
    y[0] = 5.0
    y *= 2.0
    return np.sum(z * z) + np.sum(y)


@pytest.mark.parametrize("switches", [{}, {"watched": True}, {"save_all": True}, {"optimise": False}], ids=str)
def test_memory(switches: Any) -> None:
    with switched(**switches):
        x = V.copy()
        np.testing.assert_allclose(grad(changed_after)(x), [0.0, 8.0, 16.0])
        np.testing.assert_allclose(grad(saved_before)(x), [6.0, 14.0, 2.0])
        assert jvp(saved_before, (x,), (np.ones(3),))[1] == pytest.approx(22.0)
        out, pull = vjp(front, x, 2)
        first = pull(np.ones(2))[0]
        x[:] = 100.0
        np.testing.assert_array_equal(first, pull(np.ones(2))[0])
        np.testing.assert_array_equal(first, [3.0, 3.0, 0.0])
        given = np.ones(3)
        assert not np.shares_memory(vjp(same, x)[1](given)[0], given)
        assert not np.shares_memory(grad(lambda x: np.sum(same(x)))(x), x)


# ------------------------------------------------------------------------------------------------- what cannot be read


def secret(x: Any) -> float:
    exec("z = 1")
    return float(json.loads(json.dumps(float(x)))) ** 2


@custom_vjp
def unread(x: Any) -> Any:
    return secret(x)


def unread_bwd(x: Any, g: Any) -> Any:
    exec("z = 1")
    return 2.0 * x * g,


unread.defvjp(lambda x: (secret(x), float(eval("x"))), unread_bwd)


@custom_jvp
def unread_forward(x: Any) -> Any:
    return secret(x)


@unread_forward.defjvp
def unread_forward_jvp(primals: Any, tangents: Any) -> Any:
    return unread_forward(primals[0]), 2.0 * primals[0] * tangents[0]


def test_functions_that_cannot_be_read() -> None:
    assert grad(lambda x: unread(x * 2.0) * x)(1.5) == pytest.approx(3.0 * 4.0 * 1.5 ** 2)
    assert grad(lambda x: unread_forward(x * 2.0) * x)(1.5) == pytest.approx(3.0 * 4.0 * 1.5 ** 2)
    assert grad(grad(unread_forward))(1.5) == 2.0 == jacfwd(jacfwd(unread_forward))(1.5)
    with pytest.raises(UnsupportedError, match="`unread_bwd` cannot be transposed for the jvp of `unread`: `exec`"):
        jvp(unread, (1.5,), (1.0,))
    with pytest.raises(NoDerivativeError, match="unread_bwd has no derivative rule"):
        grad(grad(unread))(1.5)


# -------------------------------------------------------------------------------------------------- nondiff arguments


@custom_vjp(nondiff_argnums=(0,))
def applied(g: Any, x: Any) -> Any:
    return g(x)


def applied_fwd(g: Any, x: Any) -> Any:
    return applied(g, x), x


def applied_bwd(g: Any, x: Any, y_bar: Any) -> Any:
    return 3.0 * y_bar * g(x) * x * x,


applied.defvjp(applied_fwd, applied_bwd)


@custom_jvp(nondiff_argnames=("g",))
def applied_forward(g: Any, x: Any) -> Any:
    return g(x)


@applied_forward.defjvp
def applied_forward_jvp(g: Any, primals: Any, tangents: Any) -> Any:
    x, = primals
    return applied_forward(g, x), 3.0 * tangents[0] * g(x) * x * x


@pytest.mark.parametrize("which", [applied, applied_forward])
def test_functions_as_arguments(which: Any) -> None:
    def captures(x: Any, c: Any) -> Any:
        return which(lambda v: v * v * c, x)

    def nested(x: Any, c: Any) -> Any:
        return which(lambda v: which(lambda u: u * c, v), x)

    def square(x: Any) -> Any:
        return which(np.square, x) * 2.0
    for function, args in ((captures, (0.5, 2.0)), (square, (0.5,))):
        first = [grad(function)(*args)]
        if function is square:
            first.append(jvp(function, args, (1.0,))[1])
        assert first == pytest.approx([3 * 2 * 0.5 ** 4] * len(first))
        assert grad(grad(function))(*args) == pytest.approx(24 * 0.5 ** 3)
        assert jacfwd(jacfwd(function))(*args) == pytest.approx(24 * 0.5 ** 3)
    assert grad(nested)(0.5, 2.0) == pytest.approx(3 * 1.0 * 0.25)
    assert grad(which, argnums=1)(np.square, 0.5) == pytest.approx(3 * 0.5 ** 4)


@partial(custom_vjp, nondiff_argnums=(1, 2))
def scaled(x: Any, how: Any, w: Any) -> Any:
    return x * 2.0 if how == "double" else x * w


scaled.defvjp(lambda x, how, w: (scaled(x, how, w), None),
              lambda how, w, _, g: (3.0 * g if how == "double" else 5.0 * g * w,))


def test_strings_numbers_and_arrays_as_arguments() -> None:
    w = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(grad(lambda x: np.sum(scaled(x, "double", w)))(V), 3.0 * np.ones(3))
    np.testing.assert_allclose(grad(lambda x: np.sum(scaled(x, w=w, how="by w")))(V), 5.0 * w)
    assert jvp(lambda x: np.sum(scaled(x, "by w", w)), (V,), (np.ones(3),))[1] == 30.0
    assert grad(lambda x: np.sum(scaled(x, "double", 1.0)))(V.astype(np.float32)).dtype == np.float32


@custom_vjp
def power(x: Any, n: Any) -> Any:
    return x ** n


power.defvjp(lambda x, n: (x ** n, (x, n)), lambda res, g: (g * res[1] * res[0] ** (res[1] - 1), None))


def test_integers_and_none() -> None:
    assert grad(power)(2.0, 3) == 12.0 and vjp(power, 2.0, 3)[1](1.0) == (12.0, None)
    assert grad(lambda x, n: power(x, n))(2.0, 3) == 12.0
    assert jvp(lambda x: power(x, 3), (2.0,), (1.0,)) == (8.0, 12.0)
    assert grad(lambda y: power(2.0, y))(3.0) == 0.0       # None is zero
    assert jvp(lambda y: power(2.0, y), (3.0,), (1.0,)) == (8.0, 0.0)


def test_sums_of_tangents() -> None:
    product = custom_jvp(lambda x, y: x * y)
    product.defjvps(lambda x_dot, out, x, y: x_dot * y, lambda y_dot, out, x, y: 3.0 * x * y_dot)
    assert grad(product, argnums=(0, 1))(3.0, 4.0) == (4.0, 9.0)
    assert jvp(product, (3.0, 4.0), (1.0, 1.0)) == (12.0, 13.0)
    product.defjvps(None, lambda y_dot, out, x, y: 3.0 * x * y_dot)
    assert grad(product, argnums=(0, 1))(3.0, 4.0) == (0.0, 9.0)
    product.defjvps(None, None)
    assert grad(product)(3.0, 4.0) == 0.0 and jvp(product, (3.0, 4.0), (1.0, 1.0)) == (12.0, 0.0)


def test_values_of_another_kind_than_the_functions_own() -> None:
    """Python's float here, NumPy's there: the function itself is called for the value."""
    back = custom_vjp(lambda x: x * x)
    back.defvjp(lambda x: (np.square(x), x), lambda x, g: (3.0 * g * x,))
    along = custom_jvp(lambda x: x * x)
    along.defjvp(lambda p, t: (np.square(p[0]), 3.0 * p[0] * t[0]))
    for which in (back, along):
        def loss(x: Any, which: Any = which) -> Any:
            return which(x) * x
        assert value_and_grad(loss)(3.0) == (27.0, 36.0)
        assert jvp(loss, (3.0, which), (1.0, None)) == (27.0, 36.0)
        assert type(jvp(which, (3.0,), (1.0,))[0]) is float


def test_stars_and_defaults_in_rules() -> None:
    product = custom_vjp(lambda x, y: x * y)
    product.defvjp(lambda *args: (args[0] * args[1], args), lambda res, g, k=3.0: (k * g * res[1], g * res[0]))
    assert grad(lambda x: product(x, 2.0 * x))(3.0) == 3.0 * 6.0 + 2.0 * 3.0
    assert jvp(lambda x: product(x, 2.0 * x), (3.0,), (1.0,)) == (18.0, 24.0)


@custom_vjp
def factorial(x: Any, n: Any) -> Any:
    return 1.0 if n == 0 else x * factorial(x, n - 1)


factorial.defvjp(lambda x, n: (factorial(x, n), (x, n)),
                 lambda res, g: (g * res[1] * factorial(res[0], res[1] - 1), None))


def test_a_function_that_calls_itself() -> None:
    assert grad(lambda x: factorial(x, 3))(2.0) == 12.0 == grad(grad(lambda x: factorial(x, 3)))(2.0)
    assert jvp(lambda x: factorial(x, 3), (2.0,), (1.0,)) == (8.0, 12.0)
