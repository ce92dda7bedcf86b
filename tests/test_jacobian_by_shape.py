"""`jacobian` takes the mode of fewer sweeps; Hessians and their products of trees have the structure that JAX gives."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    ArgumentError, checkpoint, grad, hessian, hvp, jacfwd, jacobian, jacobians, jacrev, source,
)

X, W = np.array([0.3, -0.2, 0.7]), np.array([1.1, 0.9, -0.4])
PARAMS: dict[str, Any] = {"w": np.outer(X, W), "b": W, "s": (2.0, [3.0, 4.0])}
DIRECTION: dict[str, Any] = {"w": np.outer(W, W), "b": X, "s": (1.0, [2.0, 0.5])}


def close(a: Any, b: Any) -> None:
    assert tangent2.tree_flatten(a)[1] == tangent2.tree_flatten(b)[1]
    for one, other in zip(tangent2.tree_leaves(a), tangent2.tree_leaves(b), strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.fixture
def modes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modes that were taken since."""
    found: list[str] = []
    asked = jacobians.compiled

    def compiled(fn: Any, request: Any, args: Any) -> Any:
        entry = asked(fn, request, args)
        found.append(("rev" if request.backward else "fwd") + ("" if entry.modules else ", in turn"))
        return entry
    monkeypatch.setattr(jacobians, "compiled", compiled)
    return found


def wide(x: Any) -> Any:
    return np.outer(np.sin(x), x)


def narrow(x: Any) -> Any:
    return np.array([np.sum(np.sin(x)), x[0] * x[1]])


def square(x: Any) -> Any:
    return np.sin(x) * x[0]


@pytest.mark.parametrize(("f", "mode"), [(wide, "fwd"), (narrow, "rev"), (square, "fwd")])
def test_fewer_sweeps(f: Any, mode: str, modes: list[str]) -> None:
    found = jacobian(f)(X)
    assert modes == [mode]
    close(found, jacfwd(f)(X))
    close(found, jacrev(f)(X))


def test_the_sizes_of_trees_count(modes: list[str]) -> None:
    def f(p: Any, x: Any) -> Any:
        return {"y": x @ p["w"], "n": np.sum(p["b"]) * x[0]}
    found = jacobian(f)({"w": PARAMS["w"], "b": W}, X)
    assert modes == ["rev"]
    close(found, jacfwd(f)({"w": PARAMS["w"], "b": W}, X))
    modes.clear()
    found = jacobian(f, (1,))({"w": PARAMS["w"], "b": W}, X)
    assert modes == ["fwd"]
    close(found, jacrev(f, (1,))({"w": PARAMS["w"], "b": W}, X))


def test_the_other_mode_where_one_has_no_derivative(modes: list[str]) -> None:
    @checkpoint
    def noisy(x: Any) -> Any:
        return np.sin(x) + 0.0 * np.random.normal()
    close(jacobian(lambda x: np.sum(noisy(x)))(X), np.cos(X))
    assert modes == ["fwd, in turn"]


def test_a_mistake_of_the_caller_is_told() -> None:
    with pytest.raises(ArgumentError, match="no float, so there is no Jacobian"):
        jacobian(square)(np.array([1, 2]))
    with pytest.raises(ArgumentError, match="returns an int, no float"):
        jacobian(lambda x: 3)(X)
    with pytest.raises(ValueError, match="no such x"):
        jacobian(raising)(X)


def raising(x: Any) -> Any:
    if x[0] < 1.0:
        raise ValueError("no such x")
    return x


def test_as_a_transform() -> None:
    assert repr(jacobian(argnums=1)) == "jacobian(argnums=1)"
    assert jacobian(square).__name__ == "jacobian_square"
    close(grad(lambda x: np.sum(jacobian(square)(x) ** 2))(X), grad(lambda x: np.sum(jacrev(square)(x) ** 2))(X))
    assert "def jacobian_square(x):" in source(jacobian(square), X)
    out, aux = jacobian(lambda x: (square(x), "text"), has_aux=True)(X)
    close(out, jacrev(square)(X))
    assert aux == "text"


def loss(p: Any, x: Any) -> Any:
    return np.sum(np.tanh(x @ p["w"] + p["b"]) ** 2) * p["s"][0] + p["s"][1][1] ** 3


def test_trees_against_jax() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def jax_loss(p: Any, x: Any) -> Any:
        return jnp.sum(jnp.tanh(x @ p["w"] + p["b"]) ** 2) * p["s"][0] + p["s"][1][1] ** 3

    def theirs(tree: Any) -> Any:
        return jax.tree.map(np.asarray, tree)
    close(hessian(loss)(PARAMS, X), theirs(jax.hessian(jax_loss)(PARAMS, X)))
    close(hessian(loss, (0, 1))(PARAMS, X), theirs(jax.hessian(jax_loss, (0, 1))(PARAMS, X)))
    close(hessian(loss, 1)(PARAMS, X), theirs(jax.hessian(jax_loss, 1)(PARAMS, X)))
    want = jax.jvp(lambda p: jax.grad(jax_loss)(p, X), (PARAMS,), (DIRECTION,))[1]
    close(hvp(loss)(PARAMS, X, DIRECTION), theirs(want))
    want = jax.jvp(jax.grad(jax_loss, (0, 1)), (PARAMS, X), (DIRECTION, W))[1]
    close(hvp(loss, (0, 1))(PARAMS, X, (DIRECTION, W)), theirs(want))
    close(jacobian(grad(loss))(PARAMS, X), theirs(jax.hessian(jax_loss)(PARAMS, X)))


def test_products_are_those_of_the_hessian() -> None:
    whole = hessian(loss)(PARAMS, X)
    found = hvp(loss)(PARAMS, X, DIRECTION)
    for name in ("w", "b"):
        want = sum(np.tensordot(whole[name][k], DIRECTION[k], np.ndim(DIRECTION[k])) for k in ("w", "b"))
        want = want + whole[name]["s"][0] * DIRECTION["s"][0]
        np.testing.assert_allclose(found[name], want, rtol=1e-9, atol=1e-12)
    with pytest.raises(ArgumentError, match="a direction that is a dict of 'w'"):
        hvp(loss)(PARAMS, X, {"w": PARAMS["w"]})
