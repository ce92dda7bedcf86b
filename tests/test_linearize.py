"""`linearize`: the value and the tangents of `jvp`, what is computed of the arguments alone computed once."""
from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import ArgumentError, TangentError, grad, hessian, jvp, linearize
from tests.corpus import test_corpus  # noqa: F401
from tests.corpus.cases import CASES, Case
from tests.harness import trees

X, W = np.array([0.3, -0.2, 0.7]), np.array([1.1, 0.9, -0.4])


def close(a: Any, b: Any) -> None:
    a, b = tangent2.tree_leaves(a), tangent2.tree_leaves(b)
    assert len(a) == len(b) > 0
    for one, other in zip(a, b):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def straight(x: Any, w: Any) -> Any:
    return np.sum(np.sin(x) * w) * np.exp(x[0])


def looped(x: Any, w: Any) -> Any:
    for _ in range(3):
        x = np.tanh(x * w) + x
    return x * w


def chosen(x: Any, w: Any) -> Any:
    return np.sin(x) * w if x[0] > 0 else x * w * x


def of_trees(x: Any, w: Any) -> Any:
    for _ in range(3):
        x = chosen(x, w)
    return {"a": x * w, "b": (np.sum(x), [x[0], 2.0])}


def until(x: Any, w: Any) -> Any:
    x = x * w
    while np.sum(x) < 100.0:
        x = x * x + 1.0
    x[0] = x[1] * x[2]
    return x


def of_an_argument_written_to(x: Any, w: Any) -> Any:
    x[0] = w[0] * x[1]
    return x * w


def slope(x: Any, w: Any) -> Any:
    return grad(lambda y: np.sum(looped(y, w)))(x)


def of_complex_numbers(x: Any, w: Any) -> Any:
    z = x + 1j * w
    return np.abs(z) + np.real(z * z)


def constant_in_part(x: Any, w: Any) -> Any:
    return 2.0, w


FUNCTIONS = [straight, looped, chosen, of_trees, until, of_an_argument_written_to, slope, of_complex_numbers,
             constant_in_part]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_the_value_and_tangents_are_those_of_jvp(f: Any) -> None:
    out, f_lin = linearize(f, X.copy(), W)
    for x_dot, w_dot in ((W, X), (X, W), (np.zeros(3), W), (W, X)):
        want, dot = jvp(f, (X.copy(), W), (x_dot, w_dot))
        close(out, want)
        close(f_lin(x_dot, w_dot), dot)


def test_against_jax() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def f(params: Any, x: Any) -> Any:
        return {"y": np.tanh(x @ params["w"] + params["b"]), "n": np.sum(params["w"] ** 2)}

    def jax_f(params: Any, x: Any) -> Any:
        return {"y": jnp.tanh(x @ params["w"] + params["b"]), "n": jnp.sum(params["w"] ** 2)}
    params, x = {"w": np.outer(X, W), "b": W}, X
    dots = {"w": np.outer(W, W), "b": X}, W
    out, f_lin = linearize(f, params, x)
    want, jax_lin = jax.linearize(jax_f, params, x)
    close(out, jax.tree.map(np.asarray, want))
    close(f_lin(*dots), jax.tree.map(np.asarray, jax_lin(*dots)))


def test_what_depends_on_the_arguments_alone_is_computed_once(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        print("run")
        return np.sin(x) ** 2
    _, f_lin = linearize(f, X)
    for _ in range(2):
        close(f_lin(W), 2.0 * np.sin(X) * np.cos(X) * W)
    assert capsys.readouterr().out == "run\n"


def test_the_primal_work_is_not_repeated() -> None:
    def f(a: Any, x: Any) -> Any:
        for _ in range(10):
            a = np.sin(a @ a)
        return a[0] @ x
    a, x = np.linspace(-1.0, 1.0, 10_000).reshape(100, 100), np.ones(100)
    g = lambda x: f(a, x)  # noqa: E731
    _, f_lin = linearize(g, x)
    f_lin(x)
    tracemalloc.start()
    f_lin(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * a.size        # no product of matrices
    close(f_lin(x), jvp(g, (x,), (x,))[1])


def test_arguments_may_change_afterwards() -> None:
    x = X.copy()
    _, f_lin = linearize(looped, x, W)
    want = jvp(looped, (X, W), (W, X))[1]
    x[:] = 100.0
    close(f_lin(W, X), want)
    close(f_lin(W, X), want)


@dataclass
class Line:
    slope: float
    offset: Any


def test_objects() -> None:
    def f(line: Line, x: Any) -> Any:
        return Line(line.slope * 2.0 + x[0], line.offset * x)
    line, dot = Line(2.0, X), Line(1.0, W)
    out, f_lin = linearize(f, line, W)
    want, want_dot = jvp(f, (line, W), (dot, X))
    assert type(out) is type(f_lin(dot, X)) is Line
    close(out, want)
    close(f_lin(dot, X), want_dot)


def test_what_is_no_float_has_no_tangent() -> None:
    def f(x: Any, n: int, s: str) -> Any:
        return x ** n if s == "power" else x
    _, f_lin = linearize(f, X, 2, "power")
    close(f_lin(W, None, None), 2.0 * X * W)
    close(f_lin(W, 0, None), 2.0 * X * W)
    with pytest.raises(ArgumentError, match="primal 1 of `f` is no float"):
        f_lin(W, 1.0, None)


def test_mistakes_in_tangents() -> None:
    _, f_lin = linearize(straight, X, W)
    with pytest.raises(ArgumentError, match="got 1 tangents for 2 primals") as found:
        f_lin(X)
    assert "test_linearize.py" in str(found.value)
    with pytest.raises(ArgumentError, match=r"a tangent of shape \(2,\) for a primal of shape \(3,\)"):
        f_lin(X[:2], W)
    with pytest.raises(ArgumentError, match="a tangent that is a dict"):
        f_lin({"x": X}, W)
    with pytest.raises(ArgumentError, match="a tangent that is None"):
        f_lin(None, W)
    with pytest.raises(ArgumentError, match="takes a function, not int"):
        linearize(3, X)


def with_aux(x: Any, w: Any) -> Any:
    y = np.sin(x) * w
    return y, {"y": y * x, "s": "text"}


def test_auxiliary_data() -> None:
    out, f_lin, aux = linearize(with_aux, X, W, has_aux=True)
    close((out, aux["y"]), (np.sin(X) * W, np.sin(X) * W * X))
    assert aux["s"] == "text"
    close(f_lin(W, X), np.cos(X) * W * W + np.sin(X) * X)
    with pytest.raises(ArgumentError, match="does not return a pair"):
        linearize(straight, X, W, has_aux=True)


def test_in_differentiated_code() -> None:
    def f(x: Any, w: Any) -> Any:
        out, f_lin = linearize(lambda x, w: np.sin(x) * w, x, w)
        return np.sum(f_lin(w, x) * out) + np.sum(f_lin(x, 0.5 * x))

    def by_hand(x: Any, w: Any) -> Any:
        first = (np.cos(x) * w * w + np.sin(x) * x) * np.sin(x) * w
        return np.sum(first) + np.sum(np.cos(x) * w * x + 0.5 * np.sin(x) * x)
    close(grad(f, (0, 1))(X, W), grad(by_hand, (0, 1))(X, W))
    close(hessian(f)(X, W), hessian(by_hand)(X, W))
    close(jvp(f, (X, W), (W, X)), jvp(by_hand, (X, W), (W, X)))

    def wrong(x: Any) -> Any:
        return linearize(np.sin, x)[1](x, x)
    with pytest.raises(TangentError, match="given 2 tangents for 1 primals"):
        grad(lambda x: np.sum(wrong(x)))(X)


@pytest.mark.parametrize("case", CASES[5::60], ids=repr)
def test_programs_of_the_corpus(case: Case) -> None:
    rng = np.random.default_rng(0)
    dots = [trees.random_like(rng, a) if trees.active((a,)) else None for a in case.args]
    with np.errstate(all="ignore"):
        want = jvp(case.function, trees.copied(case.args), tuple(dots))
        out, f_lin = linearize(case.function, *trees.copied(case.args))
        found = out, f_lin(*dots)
    for one, other in zip(want, found):
        np.testing.assert_allclose(other, one, rtol=1e-8, atol=1e-10)
