"""Rules of the user's, checkpoints, blocks in the reverse sweep, linear maps and auxiliary data, with one another."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    UnsupportedError, checkpoint, custom_jvp, custom_vjp, elementwise_grad, grad, hessian, hvp, insert_grad_of, jacfwd,
    jacobian, jacrev, jvp, linearize, value_and_grad, vjp,
)
from tangent2.switches import switched
from tests.harness import differences

A, V, W = 0.7, np.array([0.3, -0.2, 0.7]), np.array([0.5, -1.0, 0.25])


# The rules give three times the derivative, so that whoever does not ask them is found out.

@custom_vjp
def sine(x: Any) -> Any:
    return np.sin(x)


def sine_fwd(x: Any) -> Any:
    return np.sin(x), np.cos(x)


def sine_bwd(slope: Any, out_bar: Any) -> Any:
    return 3.0 * slope * out_bar,


sine.defvjp(sine_fwd, sine_bwd)


@custom_jvp
def soft(x: Any) -> Any:
    return np.log1p(np.exp(x))


@soft.defjvp
def soft_jvp(primals: Any, tangents: Any) -> Any:
    x, = primals
    x_dot, = tangents
    return soft(x), 3.0 * x_dot / (1.0 + np.exp(-x))


SLOPES: dict[Any, Callable[[Any], Any]] = {
    sine: lambda x: 3.0 * np.cos(x), soft: lambda x: 3.0 / (1.0 + np.exp(-x))}


def times(rule: Any) -> Any:
    return lambda x: rule(x) * x


AGAIN = {rule: (checkpoint(rule), checkpoint(times(rule))) for rule in SLOPES}


def ways(rule: Any) -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    """Functions that hold one with a rule, and their first derivatives."""
    slope = SLOPES[rule]
    again, around = AGAIN[rule]

    def product(x: Any) -> Any:
        return slope(x) * x + rule(x)
    return {
        "itself": (rule, slope),
        "called": (lambda x: rule(x) * x, product),
        "checkpointed": (again, slope),
        "checkpointed where it is called": (lambda x: checkpoint(rule)(x) * 1.0, slope),
        "in what is checkpointed": (around, product),
        "in what is checkpointed and called": (lambda x: 2.0 * around(x), lambda x: 2.0 * product(x)),
    }


WAYS = list(ways(sine))
FIRST: dict[str, Callable[[Any], Any]] = {
    "grad": lambda f: grad(f)(A),
    "value_and_grad": lambda f: value_and_grad(f)(A)[1],
    "vjp": lambda f: vjp(f, A)[1](1.0)[0],
    "jvp": lambda f: jvp(f, (A,), (1.0,))[1],
    "linearize": lambda f: linearize(f, A)[1](1.0),
    "elementwise_grad": lambda f: elementwise_grad(f)(np.array([A, 0.1]))[0],
    "jacfwd": lambda f: jacfwd(f)(np.array([A, 0.1]))[0, 0],
    "jacrev": lambda f: jacrev(f)(np.array([A, 0.1]))[0, 0],
    "jacobian": lambda f: jacobian(f)(np.array([A, 0.1]))[0, 0],
    "grad, has_aux": lambda f: grad(with_aux(f), has_aux=True)(A)[0],
    "value_and_grad, has_aux": lambda f: value_and_grad(with_aux(f), has_aux=True)(A)[1],
    "vjp, has_aux": lambda f: vjp(with_aux(f), A, has_aux=True)[1](1.0)[0],
    "jvp, has_aux": lambda f: jvp(with_aux(f), (A,), (1.0,), has_aux=True)[1],
    "linearize, has_aux": lambda f: linearize(with_aux(f), A, has_aux=True)[1](1.0),
    "jacobian, has_aux": lambda f: jacobian(with_aux(f), has_aux=True)(np.array([A, 0.1]))[0][0, 0],
}
SECOND: dict[str, Callable[[Any], Any]] = {
    "hessian": lambda f: hessian(f)(A),
    "hvp": lambda f: hvp(f)(A, 1.0),
    "grad of grad": lambda f: grad(grad(f))(A),
    "jvp of grad": lambda f: jvp(grad(f), (A,), (1.0,))[1],
    "grad of jvp": lambda f: grad(lambda x: jvp(f, (x,), (1.0,))[1])(A),
    "grad of vjp": lambda f: grad(lambda x: vjp(f, x)[1](1.0)[0])(A),
    "grad of linearize": lambda f: grad(lambda x: linearize(f, x)[1](1.0))(A),
    "grad of elementwise_grad": lambda f: grad(lambda x: elementwise_grad(f)(x))(A),
    "linearize of grad": lambda f: linearize(grad(f), A)[1](1.0),
    "grad of checkpoint of grad": lambda f: grad(checkpoint(grad(f)))(A),
    "grad of grad, has_aux": lambda f: grad(grad(with_aux(f), has_aux=True), has_aux=True)(A)[0],
    "grad of jvp, has_aux": lambda f: grad(lambda x: jvp(with_aux(f), (x,), (1.0,), has_aux=True)[1])(A),
}


def with_aux(f: Any) -> Any:
    return lambda x: (f(x), {"square": x * x})


@pytest.mark.parametrize("rule", SLOPES, ids=lambda rule: str(rule.__name__))
@pytest.mark.parametrize("way", WAYS)
def test_every_transform_asks_the_rule(rule: Any, way: str) -> None:
    function, slope = ways(rule)[way]
    for name, transform in FIRST.items():
        np.testing.assert_allclose(transform(function), slope(A), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("rule", SLOPES, ids=lambda rule: str(rule.__name__))
@pytest.mark.parametrize("way", WAYS)
def test_second_derivatives_are_one(rule: Any, way: str) -> None:
    """The value is that of the rule: `sine_fwd`, differentiated as it is written; `soft`, by its rule again."""
    e = np.exp(-A)
    curve, value_slope = {sine: (-3.0 * np.sin(A), np.cos(A)), soft: (3.0 * e / (1.0 + e) ** 2, 3.0 / (1.0 + e))}[rule]
    product = curve * A + SLOPES[rule](A) + value_slope
    expected = dict(zip(WAYS, (curve, product, curve, curve, product, 2.0 * product)))[way]
    for name, transform in SECOND.items():
        np.testing.assert_allclose(transform(ways(rule)[way][0]), expected, rtol=1e-12, err_msg=name)


def test_against_jax() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    their_sine, their_soft = jax.custom_vjp(lambda x: jnp.sin(x)), jax.custom_jvp(lambda x: jnp.log1p(jnp.exp(x)))
    their_sine.defvjp(lambda x: (jnp.sin(x), jnp.cos(x)), lambda slope, g: (3.0 * slope * g,))
    their_soft.defjvp(lambda p, t: (their_soft(p[0]), 3.0 * t[0] / (1.0 + jnp.exp(-p[0]))))

    def program(xp: Any, one: Any, other: Any, again: Any) -> Any:
        def layer(x: Any, w: Any) -> Any:
            h = one(x) * w
            for _ in range(2):
                h = xp.tanh(h) * x + h
            return h

        def loss(x: Any, w: Any) -> Any:
            for _ in range(3):
                x = again(layer)(x, w)
            return xp.sum(other(x) * again(other)(x * w))
        return loss
    for transform in (lambda lib, f: lib.grad(f, argnums=1)(V, W), lambda lib, f: lib.jacfwd(f)(V, W),
                      lambda lib, f: lib.hessian(f)(V, W), lambda lib, f: lib.jacobian(lib.grad(f, 1))(V, W),
                      lambda lib, f: lib.jvp(lib.grad(f), (V, W), (W, V))[1],
                      lambda lib, f: lib.linearize(lib.grad(f), V, W)[1](W, V)):
        ours = transform(tangent2, program(np, soft, soft, checkpoint))
        np.testing.assert_allclose(ours, transform(jax, program(jnp, their_soft, their_soft, jax.checkpoint)), 1e-10)
    for back in (lambda lib, f: lib.grad(f, (0, 1))(V, W), lambda lib, f: lib.jacrev(lib.grad(f))(V, W),
                 lambda lib, f: lib.vjp(lib.grad(f), V, W)[1](W)):
        mine = back(tangent2, program(np, sine, soft, checkpoint))
        theirs = back(jax, program(jnp, their_sine, their_soft, jax.checkpoint))
        for a, b in zip(tangent2.tree_leaves(mine), tangent2.tree_leaves(theirs)):
            np.testing.assert_allclose(a, b, 1e-10)


# ------------------------------------------------------------------------------------------------ rules and checkpoints


@checkpoint
def power(x: Any, n: int) -> Any:
    return 2.0 * x if n == 0 else power(sine(x) + x, n - 1) * 1.5


def plain_power(x: Any, n: int) -> Any:
    return 2.0 * x if n == 0 else plain_power(sine(x) + x, n - 1) * 1.5


@pytest.mark.parametrize("transform", [grad, lambda f: grad(grad(f)), lambda f: grad(grad(grad(f))), hessian],
                         ids=["first", "second", "third", "hessian"])
def test_a_recursion_that_is_run_again(transform: Any) -> None:
    assert transform(lambda x: power(x, 3) ** 2)(A) == pytest.approx(
        transform(lambda x: plain_power(x, 3) ** 2)(A), rel=1e-12)


def test_a_rule_may_use_what_is_checkpointed() -> None:
    inner = checkpoint(lambda x: np.sin(x) * x)

    @custom_vjp
    def outer(x: Any) -> Any:
        return inner(x) ** 2
    outer.defvjp(lambda x: (inner(x) ** 2, x), lambda x, g: (2.0 * inner(x) * grad(inner)(x) * g,))
    for order in (grad, lambda f: grad(grad(f)), lambda f: jacfwd(grad(f))):
        assert order(lambda x: outer(x) * x)(A) == pytest.approx(
            order(lambda x: (np.sin(x) * x) ** 2 * x)(A), rel=1e-10)


@checkpoint
def hidden(x: Any, w: Any) -> Any:
    return soft(x * w) * np.tanh(x)


def test_hessians_of_trees() -> None:
    def loss(tree: Any) -> Any:
        return np.sum(hidden(hidden(tree["x"], tree["w"]), tree["w"]))

    tree = {"x": V, "w": W}
    whole, product = hessian(loss)(tree), hvp(loss)(tree, {"x": W, "w": V})
    for name in tree:
        np.testing.assert_allclose(product[name], whole[name]["x"] @ W + whole[name]["w"] @ V, rtol=1e-12)
        np.testing.assert_allclose(whole["x"][name], np.transpose(whole[name]["x"]), rtol=1e-12)


def test_jacobians_of_products() -> None:
    """Third derivatives, of rules that are true."""
    true = custom_jvp(lambda x: np.exp(x))
    true.defjvps(lambda x_dot, out, x: x_dot * out)
    cubed = checkpoint(lambda x: np.sum(true(x) * x ** 3) + np.prod(x))
    product = hvp(lambda x: np.sum(np.exp(x) * x ** 3) + np.prod(x))
    found = [jacobian(hvp(cubed))(V, W), jacrev(hvp(cubed))(V, W), jacfwd(hvp(cubed))(V, W)]
    for i, j in np.ndindex(3, 3):
        expected = differences.derivative(lambda t, i=i, j=j: float(product(V + t * np.eye(3)[j], W)[i]))
        assert all(expected.agrees(matrix[i, j]) for matrix in found)
    np.testing.assert_allclose(jacobian(hvp(cubed), argnums=1)(V, W), hessian(cubed)(V), rtol=1e-12)


@pytest.mark.parametrize("rule", [
    lambda: declared(custom_vjp, lambda x: (2.0 * x + np.random.rand(), None), lambda _, g: (2.0 * g,)),
    lambda: declared(custom_jvp, lambda p, t: (2.0 * p[0] + np.random.rand(), 2.0 * t[0]))], ids=["vjp", "jvp"])
def test_a_rule_that_may_give_another_value_is_not_run_again(rule: Any) -> None:
    noisy = rule()
    assert grad(lambda x: 3.0 * noisy(x))(1.0) == 6.0
    again = checkpoint(lambda x: noisy(x) ** 2)
    with pytest.raises(UnsupportedError, match="run again in the reverse sweep"):
        grad(lambda x: 3.0 * again(x))(1.0)


def declared(maker: Any, *rule: Any) -> Any:
    made = maker(lambda x: 2.0 * x)
    (made.defvjp if maker is custom_vjp else made.defjvp)(*rule)
    return made


def test_memory_that_a_rule_gives_is_its_own() -> None:
    """The function gives its argument, the rule a copy: what is not that memory is not taken for it."""
    same = custom_vjp(lambda x: x)
    same.defvjp(lambda x: (x.copy(), None), lambda _, g: (3.0 * g,))
    again = checkpoint(lambda x: same(x))

    def loss(x: Any) -> Any:
        y = np.sin(x)
        z = again(y)
        z = z + 1.0
        return np.sum(z * y)
    s = np.sin(V)
    for _ in range(2):
        value, slope = value_and_grad(loss)(V)
        assert value == pytest.approx(np.sum((s + 1.0) * s))
        np.testing.assert_allclose(slope, (3.0 * s + s + 1.0) * np.cos(V))
    curve = 4.0 * np.cos(V) ** 2 - (4.0 * s + 1.0) * s
    np.testing.assert_allclose(hessian(loss)(V), np.diag(curve), atol=1e-14)


@pytest.mark.parametrize("switches", [
    {"watched": True}, {"save_all": True, "checked": True}, {"optimise": False, "checked": True}, {"generic": True}],
    ids=lambda switches: "-".join(switches))
def test_however_they_are_compiled(switches: dict[str, bool]) -> None:
    functions = [ways(sine)["in what is checkpointed and called"][0], ways(soft)["in what is checkpointed"][0],
                 exponential(doubled), exponential(doubled_again), lambda x: power(x, 2) ** 2]
    transforms = [FIRST["grad"], FIRST["linearize"], FIRST["vjp, has_aux"], SECOND["grad of grad"], SECOND["hvp"]]
    for function in functions:
        for transform in transforms:
            expected = transform(function)
            with switched(**switches):
                assert transform(function) == pytest.approx(expected, rel=1e-12)


# --------------------------------------------------------------------------------------------------------------- blocks


def doubled(x: Any) -> Any:
    y = sine(x) * x
    with insert_grad_of(y) as dy:
        dy = 2.0 * dy
    return y


doubled_again = checkpoint(doubled)
SLOPE = 3.0 * np.cos(A) * A + np.sin(A)


def exponential(f: Any) -> Any:
    return lambda x: np.exp(f(x))


@pytest.mark.parametrize("function", [doubled, doubled_again], ids=["plain", "checkpointed"])
def test_blocks(function: Any) -> None:
    loss, whole = exponential(function), np.exp(np.sin(A) * A) * SLOPE
    for name, transform in FIRST.items():
        runs = not any(part in name for part in ("jvp", "linearize", "jacfwd"))
        np.testing.assert_allclose(transform(loss), (2.0 if runs else 1.0) * whole, rtol=1e-12, err_msg=name)


def written_out(x: Any) -> Any:
    y = sine(x) * x
    with insert_grad_of(y) as dy:
        dy = 2.0 * dy
    return np.exp(y)


@pytest.mark.parametrize("name", SECOND)
def test_blocks_run_once_however_the_code_is_cut(name: str) -> None:
    """The second derivative is that of the first one, in which the value goes through no block."""
    expected = SECOND[name](written_out)
    for function in (doubled, doubled_again):
        assert SECOND[name](exponential(function)) == pytest.approx(expected, rel=1e-12)
    again = checkpoint(written_out)
    assert SECOND[name](lambda x: 1.0 * again(x)) == pytest.approx(expected, rel=1e-12)


def turned(x: Any) -> Any:
    y = 2.0 * x
    with insert_grad_of(y) as dy:
        dy = -dy
    return y


def test_a_function_of_which_nothing_is_saved() -> None:
    assert grad(grad(lambda x: turned(x) ** 2))(A) == -8.0
    assert grad(grad(lambda x: checkpoint(turned)(x) ** 2))(A) == -8.0
    assert grad(grad(lambda x: (turned(x) * 1.0) ** 2))(A) == -8.0


def test_a_block_runs_once(capsys: pytest.CaptureFixture[str]) -> None:
    def told(x: Any) -> Any:
        y = x * x
        with insert_grad_of(y) as dy:
            print("adjoint", float(dy))
        return 2.0 * y
    again = checkpoint(told)
    assert grad(lambda x: 3.0 * again(x))(2.0) == 24.0
    assert capsys.readouterr().out == "adjoint 6.0\n"


def test_shapes_that_are_not_known_before_are_looked_at() -> None:
    def cut(x: Any, k: int) -> Any:
        y = np.sin(x)
        with insert_grad_of(y) as dy:
            dy = dy[:k]
        return np.sum(y)
    np.testing.assert_allclose(grad(cut)(V, 3), np.cos(V))
    with pytest.raises(TypeError, match=r"`insert_grad_of` gives a derivative of shape \(2,\) for a value of shape"):
        grad(cut)(V, 2)


def test_jacobians_run_blocks_by_rows() -> None:
    """Columns know of none, so there is no text; which mode is taken does not hang on shapes."""
    def narrow(x: Any) -> Any:
        return turned(x)[:1]

    def wide(x: Any) -> Any:
        return np.concatenate([turned(x), x])
    for function, rows in ((narrow, [[-2.0, 0.0, 0.0]]), (wide, [*(-2.0 * np.eye(3)), *np.eye(3)])):
        np.testing.assert_allclose(jacrev(function)(V), rows)
        np.testing.assert_allclose(jacobian(function)(V), rows)
        np.testing.assert_allclose(jacfwd(function)(V), np.abs(rows))
        for made in (jacrev(function), jacobian(function)):
            with pytest.raises(UnsupportedError, match="of a function with blocks of `insert_grad_of` has no text"):
                made.source(V)
            with pytest.raises(UnsupportedError, match="not differentiated again"):
                grad(lambda x, made=made: np.sum(made(x)))(V)
    assert jacobian(lambda x: np.sin(x) * V).source(A)
