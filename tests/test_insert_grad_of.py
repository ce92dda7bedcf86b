"""`insert_grad_of`: blocks that run in the reverse sweep, and nowhere else."""
from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    UnsupportedError, checkpoint, grad, hessian, hvp, insert_grad_of, jacrev, jvp, linearize, value_and_grad, vjp,
)
from tests.harness.functions import namespace_of

X, W = np.array([0.3, -0.2, 0.7]), np.array([1.1, 0.9, -0.4])


def clipped(x: Any, w: Any) -> Any:
    for _ in range(3):
        x = np.sin(x) * w
        with insert_grad_of(x) as dx:
            dx = np.clip(dx, -0.5, 0.5)
    return np.sum(x)


def unclipped(x: Any, w: Any) -> Any:
    for _ in range(3):
        x = np.sin(x) * w
    return np.sum(x)


def by_hand(x: Any, w: Any) -> Any:
    before = []
    for _ in range(3):
        before.append(x)
        x = np.sin(x) * w
    x_bar, w_bar = np.ones(3), np.zeros(3)
    for v in reversed(before):
        x_bar = np.clip(x_bar, -0.5, 0.5)
        w_bar, x_bar = w_bar + x_bar * np.sin(v), x_bar * w * np.cos(v)
    return x_bar, w_bar


def test_the_adjoint_is_what_the_block_makes_of_it() -> None:
    want = by_hand(X, W)
    for found in (grad(clipped, (0, 1))(X, W), value_and_grad(clipped, (0, 1))(X, W)[1], vjp(clipped, X, W)[1](1.0)):
        np.testing.assert_allclose(found, want)
    assert not np.allclose(want[0], grad(unclipped)(X, W))
    np.testing.assert_allclose(jacrev(clipped)(X, W), want[0])


def test_the_function_itself_and_its_tangents_know_nothing_of_it() -> None:
    assert clipped(X, W) == unclipped(X, W)
    assert jvp(clipped, (X, W), (W, X)) == jvp(unclipped, (X, W), (W, X))


def test_text() -> None:
    assert grad(clipped).source(X, W) == '''import numpy as np


def insert(dx):
    dx = np.clip(dx, -0.5, 0.5)
    return dx


def grad_clipped(x, w):
    x_saved = []
    x1 = x
    for _ in range(3):
        x_saved.append(x1)
        x1 = np.sin(x1) * w
    # Backward pass
    x_bar = np.full_like(x, 1.0)
    while x_saved:
        x = x_saved.pop()
        x_bar = insert(x_bar)
        x_bar = x_bar * w * np.cos(x)
    return x_bar
'''
    found = namespace_of(grad(clipped, (0, 1)).source(X, W))["grad_clipped"](X, W)
    np.testing.assert_allclose(found, by_hand(X, W))


def told(x: Any, w: Any) -> Any:
    scale = np.sum(w)
    for k in range(2):
        y = np.sin(x)
        with insert_grad_of(y) as dy:
            print(k, float(dy[0]), float(scale), float(y[0] - np.sin(x[0])))
        x = y * w
    return np.sum(x)


def test_the_block_sees_what_is_there_at_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    want = grad(lambda x, w: np.sum(np.sin(np.sin(x) * w) * w), (0, 1))(X, W)
    np.testing.assert_allclose(grad(told, (0, 1))(X, W), want)
    lines = [[float(v) for v in line.split()] for line in capsys.readouterr().out.splitlines()]
    second = W[0] * np.cos(np.sin(X[0]) * W[0]) * W[0]
    np.testing.assert_allclose(lines, [[1.0, W[0], np.sum(W), 0.0], [0.0, second, np.sum(W), 0.0]])
    told(X, W)
    assert not capsys.readouterr().out


def doubled(x: Any) -> Any:
    y = x * x
    with insert_grad_of(y) as dy: dy = 2.0 * dy  # noqa: E701
    return np.sum(3.0 * y)


def test_second_derivatives_are_those_of_the_first() -> None:
    assert doubled(2.0) == 12.0
    assert grad(doubled)(2.0) == 24.0
    assert grad(grad(doubled))(2.0) == 12.0
    np.testing.assert_allclose(hessian(doubled)(X), 12.0 * np.eye(3))
    np.testing.assert_allclose(hvp(doubled)(X, W), 12.0 * W)


def inner(x: Any, s: Any) -> Any:
    y = np.sin(x)
    with insert_grad_of(y) as dy:
        dy = dy * s
    return y * y


@pytest.mark.parametrize("function", [inner, checkpoint(inner)])
def test_in_a_function_that_is_called(function: Any) -> None:
    def outer(x: Any, s: Any) -> Any:
        return np.sum(function(x, s) * x)
    g, s_bar = grad(outer, (0, 1))(X, 2.0)
    np.testing.assert_allclose(g, 2.0 * np.sin(2.0 * X) * X + np.sin(X) ** 2)
    assert s_bar == 0.0             # the value does not depend on it
    assert outer(X, 2.0) == np.sum(np.sin(X) ** 2 * X)


def written_to(x: Any) -> Any:
    a = x.copy()
    with insert_grad_of(a) as da:
        da[0] = 0.0
    a[1] = a[0] * a[2]
    a *= 2.0
    return np.sum(a)


def test_memory() -> None:
    np.testing.assert_allclose(grad(written_to)(X), [0.0, 0.0, 2.0 + 2.0 * X[0]])
    pullback = vjp(written_to, X)[1]
    for _ in range(2):
        np.testing.assert_allclose(pullback(1.0)[0], [0.0, 0.0, 2.0 + 2.0 * X[0]])


def of_a_dict(p: Any) -> Any:
    q = {"a": p["a"] * 2.0, "b": np.sin(p["b"])}
    with insert_grad_of(q) as dq:
        dq = {"a": dq["a"] * 10.0, "b": dq["b"]}
    return np.sum(q["a"] * q["b"])


def test_trees() -> None:
    found = grad(of_a_dict)({"a": X, "b": W})
    np.testing.assert_allclose(found["a"], 20.0 * np.sin(W))
    np.testing.assert_allclose(found["b"], 2.0 * X * np.cos(W))


def test_no_derivative_no_block(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any, n: Any) -> Any:
        m = n * 2.0
        with insert_grad_of(m) as dm:
            print("block", dm)
        return x * m
    assert grad(f)(3.0, 2.0) == 4.0
    assert not capsys.readouterr().out
    assert grad(f, 1)(3.0, 2.0) == 6.0
    assert capsys.readouterr().out == "block 3.0\n"


def test_plain_runs_leave_tracing_as_it_was() -> None:
    seen: list[str] = []

    def tracer(frame: Any, event: str, arg: Any) -> Any:
        seen.append(event)
        return tracer
    before = sys.gettrace()
    try:
        sys.settrace(tracer)
        assert doubled(2.0) == 12.0
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert "return" in seen
    assert doubled(2.0) == 12.0
    assert sys.gettrace() is before


def test_errors_around_it_pass() -> None:
    def f(x: Any) -> Any:
        with insert_grad_of(x) as dx:
            dx = dx * 2.0
        raise ValueError("after")
    with pytest.raises(ValueError, match="after"):
        f(2.0)


def with_return(x: Any) -> Any:
    with insert_grad_of(x) as dx:
        return dx
    return np.sum(x)


def of_a_part(x: Any) -> Any:
    with insert_grad_of(x[0]) as dx:
        print(dx)
    return np.sum(x)


def nested(x: Any) -> Any:
    y = x * 2.0
    with insert_grad_of(x) as dx, insert_grad_of(y) as dy:
        print(dx, dy)
    return np.sum(x * y)


def of_another_shape(x: Any) -> Any:
    with insert_grad_of(x) as dx:
        dx = np.sum(dx)
    return np.sum(x)


def without_a_name(x: Any) -> Any:
    with insert_grad_of(x):
        print("x")
    return np.sum(x)


def counting(x: Any) -> Any:
    n = 0
    with insert_grad_of(x) as dx:
        n += 1
        dx = dx * n
    return np.sum(x)


def breaking(x: Any) -> Any:
    for _ in range(3):
        with insert_grad_of(x) as dx:
            if dx[0] > 0.0:
                break
    return np.sum(x)


@pytest.mark.parametrize(("f", "reason"), [
    (with_return, "nothing is to be left"), (of_a_part, "takes the name of a value"),
    (nested, "stand in one another"), (of_another_shape, "something of another shape"),
    (without_a_name, "takes the name of a value"), (counting, "`n` is read where it is not bound"),
    (breaking, "nothing is to be left")])
def test_refusals(f: Any, reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason) as found:
        grad(f)(X)
    assert "test_insert_grad_of.py" in str(found.value)


def test_linear_maps() -> None:
    np.testing.assert_allclose(linearize(clipped, X, W)[1](W, X), jvp(unclipped, (X, W), (W, X))[1])
    np.testing.assert_allclose(linearize(doubled, X)[1](W), np.sum(6.0 * X * W))
    np.testing.assert_allclose(linearize(lambda x: inner(x, 3.0) * x, X)[1](W), jvp(
        lambda x: np.sin(x) ** 2 * x, (X,), (W,))[1])
    assert tangent2.insert_grad_of is insert_grad_of
