"""Jacobians and Hessians are one sweep for all columns or rows: equal to those one by one, and to differences."""
from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    TangentError, UnsupportedError, checkpoint, custom_jvp, custom_vjp, grad, hessian, hvp, insert_grad_of, jacfwd,
    jacobian, jacobians, jacrev, vmap,
)

RNG = np.random.default_rng(0)
X, W, V = np.array([0.3, -0.2, 0.7, 1.1]), RNG.normal(size=(3, 4)), RNG.normal(size=4)
DICT: dict[str, Any] = {"w": W, "b": V[:3], "s": 0.5}
LAYERS = [(RNG.normal(size=(4, 3)), RNG.normal(size=3)), (RNG.normal(size=(3, 2)), RNG.normal(size=2))]


def flat(tree: Any) -> list[Any]:
    return tangent2.tree_leaves(tree)


def close(a: Any, b: Any, rtol: float = 1e-9, atol: float = 1e-11) -> None:
    assert tangent2.tree_flatten(a)[1] == tangent2.tree_flatten(b)[1]
    for one, other in zip(flat(a), flat(b), strict=True):
        assert np.shape(one) == np.shape(other) and np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)


def in_turn(made: Any, *args: Any) -> Any:
    """The same, column by column or row by row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jacobians.Jacobian, "_at_once", lambda *_: None)
        return jacobians.Jacobian(made._fn, made._argnums, made._has_aux, made._sweep, made.__name__, "")(*args)


def differences(f: Callable[[Any], Any], x: Any) -> Any:
    """The Jacobian in an array, by central differences of fourth order."""
    columns = []
    for k in np.ndindex(x.shape):
        values = []
        for step in 1e-3, 2e-3:
            ends = [x.copy(), x.copy()]
            ends[0][k] += step
            ends[1][k] -= step
            values.append((np.asarray(f(ends[0])) - np.asarray(f(ends[1]))) / (2 * step))
        columns.append((4 * values[0] - values[1]) / 3)
    return np.reshape(np.stack(columns, -1), (*columns[0].shape, *x.shape))


def is_at_once(text: str) -> bool:
    """Whether a text has no loop over unit directions, nor a call for each."""
    return "for direction in" not in text and "columns.append" not in text and not re.search(r"for \w+ in \w*dot", text)


# ------------------------------------------------------------------------------------------------------- functions

def sines(x: Any) -> Any:
    return np.sin(x) * x[0]


def outer(x: Any) -> Any:
    return np.outer(np.exp(x), x[::-1])


def few(x: Any) -> Any:
    return np.array([np.sum(x ** 2), x[0] * x[1]])


def number(x: Any) -> Any:
    return np.sum(np.tanh(W @ x) ** 2) * x[2]


def filled(x: Any) -> Any:
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        if i % 2:
            y[i] = x[i] * np.sin(x[i - 1])
        else:
            y[i + 1] += x[i] ** 3
    return y


def in_place(x: Any) -> Any:
    u = x.copy()
    for _ in range(3):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u *= 1.0 + 0.1 * u[0]
    return u


def branches(x: Any) -> Any:
    if x[0] > 0.0:
        return x * x[1]
    return np.cos(x)


def iterated(x: Any) -> Any:
    y = x
    while np.sum(y ** 2) > 0.1:
        y = 0.5 * np.sin(y) * y[::-1]
    return y


def cumulated(x: Any) -> Any:
    return np.cumsum(np.where(x > 0.0, x ** 2, x)) / (1.0 + np.max(x))


def solved(x: Any) -> Any:
    return np.linalg.solve(np.eye(4) * 3.0 + np.outer(x, x), x)


def stacked(x: Any) -> Any:
    rows = []
    for k in range(3):
        rows.append(np.roll(x, k) * x[k])
    return np.stack(rows)


def called(x: Any) -> Any:
    return sines(sines(x) + V)


def indexed(x: Any) -> Any:
    return x[np.array([0, 2, 2, 1])] * x[[3, 3, 0, 0]]


def recursive(x: Any, n: int = 3) -> Any:
    return x if n == 0 else recursive(np.sin(x) * x[0], n - 1)


def constant(x: Any) -> Any:
    return x * 0.0 + V


@checkpoint
def again(x: Any) -> Any:
    return np.sin(x) * np.sum(x)


@custom_vjp
def ruled(x: Any) -> Any:
    return np.sin(x)


ruled.defvjp(lambda x: (np.sin(x), np.cos(x)), lambda c, g: (c * g,))


@custom_jvp
def pushed(x: Any) -> Any:
    return np.sin(x)


pushed.defjvp(lambda primals, tangents: (np.sin(primals[0]), np.cos(primals[0]) * tangents[0]))

VECTORS = [sines, outer, few, filled, in_place, branches, iterated, cumulated, solved, stacked, called, indexed,
           recursive, constant]
NUMBERS = [number, *[lambda x, f=f: np.sum(f(x) ** 2) for f in VECTORS if f is not recursive]]


@pytest.mark.parametrize("f", VECTORS, ids=lambda f: f.__name__)
def test_jacobians(f: Any) -> None:
    expected = differences(f, X)
    for transform in jacfwd, jacrev, jacobian:
        made = transform(f)
        found = made(X)
        close(found, expected, 1e-7, 1e-8)
        close(found, in_turn(made, X))
        text = made.source(X)
        assert is_at_once(text)
        close(run(text, made.__name__)(X), found)


@pytest.mark.parametrize("f", NUMBERS, ids=range(len(NUMBERS)))
def test_hessians(f: Any) -> None:
    made = hessian(f)
    found = made(X)
    close(found, differences(grad(f), X), 1e-6, 1e-7)
    close(found, in_turn(made, X))
    close(found, jacrev(grad(f))(X), 1e-9, 1e-10)
    assert is_at_once(made.source(X)) and is_at_once(jacrev(grad(f)).source(X))


def run(text: str, name: str) -> Any:
    space: dict[str, Any] = {}
    exec(text, space)
    return space[name]


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def test_texts() -> None:
    assert hessian(rosenbrock).source(X) == '''import numpy as np


def hessian_rosenbrock(x):
    x_dot = np.eye(len(x))
    t = 2.0 * x[:-1]
    # Backward pass
    x_bar_dot = np.zeros((len(x_dot), len(x)))
    x_bar_dot[:, :-1] += 2.0 * x_dot[:, :-1]
    t1 = 200.0 * (x_dot[:, 1:] - t * x_dot[:, :-1])
    x_bar_dot[:, :-1] -= 400.0 * (x[1:] - x[:-1] ** 2) * x_dot[:, :-1] + t * t1
    x_bar_dot[:, 1:] += t1
    return x_bar_dot.T
'''
    assert jacrev(lambda x: np.tanh(W @ x)).source(X).partition("\n\n\n")[2].partition("\n")[2] == '''\
    t = np.tanh(W @ x)
    # Backward pass
    y_bar = np.eye(len(t))
    x_bar = y_bar * (1.0 - t ** 2) @ W
    return x_bar
'''
    assert jacfwd(lambda x: x ** 2).source(3.0).endswith("    return 2.0 * x\n")


def test_the_forward_sweep_runs_once(capsys: pytest.CaptureFixture[str]) -> None:
    def told(x: Any) -> Any:
        print("here")
        return np.sin(x) * x
    for made in jacfwd(told), jacrev(told):
        made(X)
        capsys.readouterr()
        made(X)
        assert capsys.readouterr().out == "here\n"


def affine(p: Any, x: Any) -> Any:
    return {"y": np.tanh(p["w"] @ x + p["b"]), "n": p["s"] * x[0]}


def network(layers: Any, x: Any) -> Any:
    for w, b in layers:
        x = np.tanh(x @ w + b)
    return x


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1, 0), (0,)])
def test_trees(argnums: Any) -> None:
    for f, params in (affine, DICT), (network, LAYERS), (lambda p, x: (p[0] * x, [p[1][0], x[0]]), (2.0, [3.0])):
        for transform in jacfwd, jacrev, jacobian:
            made = transform(f, argnums)
            expected = in_turn(made, params, X)
            found = made(params, X)
            close(found, expected)
            assert is_at_once(made.source(params, X))
            close(run(made.source(params, X), made.__name__)(params, X), expected)
    for f, params in (lambda p, x: np.sum(affine(p, x)["y"] ** 2) * p["s"], DICT), (
            lambda p, x: np.sum(network(p, x) ** 2), LAYERS):
        made = hessian(f, argnums)
        close(made(params, X), in_turn(made, params, X))
        assert is_at_once(made.source(params, X))


@pytest.mark.parametrize("transform", [jacfwd, jacrev, jacobian])
def test_lists_of_one_and_the_other(transform: Any) -> None:
    """What cannot be told before the code runs has no text; it is computed in turn."""
    def f(x: Any) -> Any:
        return [x[0] * x, (x[1], x ** 2)]
    found = transform(f)(X)
    close(found[0], differences(lambda x: f(x)[0], X), 1e-7, 1e-8)
    close(found[1][1], 2.0 * np.diag(X))
    with pytest.raises(UnsupportedError, match="returns a container has no text"):
        transform(f).source(X)


@pytest.mark.parametrize("transform", [jacfwd, jacrev, jacobian])
def test_auxiliary_data(transform: Any) -> None:
    def f(x: Any) -> Any:
        return np.sin(x) * x[0], {"label": "text", "square": x ** 2}
    made = transform(f, has_aux=True)
    found, aux = made(X)
    close(found, in_turn(made, X)[0])
    assert aux["label"] == "text" and np.array_equal(aux["square"], X ** 2)
    found, aux = hessian(lambda x: (rosenbrock(x), "text"), has_aux=True)(X)
    close(found, hessian(rosenbrock)(X))
    assert aux == "text"


@pytest.mark.parametrize("at", [
    np.zeros((2, 3)) + 0.5, np.float32([0.5, 0.25]), np.array(0.5), 0.5, np.zeros(0), np.ones((2, 0)), np.ones(1),
    np.array([0.5 + 1.0j, 2.0])], ids=str)
def test_arguments_of_all_kinds(at: Any) -> None:
    for f in (lambda x: np.sin(x) * x), (lambda x: np.sum(x * x)), (lambda x: np.reshape(x, -1) * 2.0):
        for transform in jacfwd, jacrev:
            made = transform(f)
            with suppress(TangentError):
                expected = in_turn(made, at)
                close(made(at), expected)


def test_nested() -> None:
    def third(x: Any) -> Any:
        return np.sum(hessian(rosenbrock)(x) ** 2)
    close(grad(third)(X), differences(third, X), 1e-6, 1e-4)
    close(jacfwd(hessian(rosenbrock))(X), differences(hessian(rosenbrock), X), 1e-6, 1e-6)
    close(jacrev(jacrev(sines))(X), differences(jacrev(sines), X), 1e-7, 1e-8)
    close(jacfwd(jacrev(sines))(X), jacrev(jacfwd(sines))(X))
    close(jacfwd(hvp(rosenbrock))(X, V), differences(lambda x: hvp(rosenbrock)(x, V), X), 1e-6, 1e-6)
    for made in jacfwd(hessian(rosenbrock)), jacrev(jacrev(sines)), jacfwd(jacrev(sines)):
        assert is_at_once(made.source(X))


def test_mapped() -> None:
    rows = RNG.normal(size=(5, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for made in hessian(rosenbrock), jacrev(filled), jacfwd(in_place), hessian(number), jacobian(outer):
            close(vmap(made)(rows), np.stack([made(row) for row in rows]))
            assert is_at_once(vmap(made).source(rows))
    close(jacrev(vmap(sines))(rows), differences(vmap(sines), rows), 1e-7, 1e-8)
    trees = {name: np.stack([leaf, leaf + 0.1]) for name, leaf in DICT.items()}
    found = vmap(jacfwd(affine), (0, None))(trees, X)
    each = [jacfwd(affine)({name: leaf[k] for name, leaf in trees.items()}, X) for k in range(2)]
    close(found, {o: {p: np.stack([one[o][p] for one in each]) for p in DICT} for o in each[0]})


@pytest.mark.parametrize("f", [again, lambda x: ruled(x) * x, lambda x: pushed(x) * x[0]], ids=["again", "vjp", "jvp"])
def test_functions_with_rules(f: Any) -> None:
    for transform in jacfwd, jacrev, jacobian:
        with suppress(UnsupportedError):
            close(transform(f)(X), differences(f, X), 1e-7, 1e-8)
    close(hessian(lambda x: np.sum(f(x)))(X), differences(grad(lambda x: np.sum(f(x))), X), 1e-7, 1e-8)


def test_blocks_run_by_rows() -> None:
    def halved(x: Any) -> Any:
        y = np.sin(x)
        with insert_grad_of(y) as dy:
            dy = np.sign(dy) * np.max(np.abs(dy))
        return y * 2.0
    expected = np.stack([np.where(np.arange(4) == k, 2.0, np.where(np.arange(4) == k, 1.0, 0.0)) for k in range(4)])
    close(jacrev(halved)(X), expected * np.cos(X))


def test_what_cannot_be_batched_is_computed_in_turn_without_a_warning() -> None:
    def sorted_numbers(x: Any) -> Any:
        return np.array(sorted([x[0], x[1] * x[2], x[3]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for transform in jacfwd, jacrev, jacobian:
            found = transform(sorted_numbers)(X)
            close(found, differences(sorted_numbers, X), 1e-7, 1e-8)


def orbit(p: Any) -> Any:
    x, y = 1.0, 0.5
    for _ in range(300):
        x, y = x + 0.01 * (p[0] * x - p[1] * x * y), y + 0.01 * (p[2] * x * y - p[3] * y)
    return np.array([x, y])


def test_a_long_loop_over_numbers_is_run_for_each_of_few_directions() -> None:
    few_, many = np.array([1.1, 0.4, 0.1, 0.4]), np.full(20, 0.3)
    expected = differences(orbit, few_)
    for transform in jacfwd, jacrev, jacobian:
        made = transform(orbit)
        for _ in range(3):
            close(made(few_), expected, 1e-6, 1e-8)
    made = jacfwd(orbit)
    assert made._at_once(orbit, (few_,), (0,)) is None
    (found,) = made._at_once(orbit, (many,), (0,))
    close(found, in_turn(made, many))
    made = jacfwd(filled)       # of a loop over what is in the array there are as many turns as directions
    assert made._at_once(filled, (few_,), (0,)) is not None


def test_vmap_of_lists_is_in_turn_and_right() -> None:
    rows = RNG.normal(size=(3, 4))
    with pytest.warns(tangent2.LaneWarning):
        found = vmap(jacrev(network), (None, 0))(LAYERS, rows)
    each = [jacrev(network)(LAYERS, row) for row in rows]
    for k in range(2):
        for j in range(2):
            np.testing.assert_allclose(found[k][j], np.stack([one[k][j] for one in each]), rtol=1e-10)
    with pytest.raises(TangentError, match="blocks_by_columns has no derivative rule"):
        grad(lambda x: np.sum(jacfwd(network)(LAYERS, x)[0][0]))(X)


def test_mistakes_are_told() -> None:
    for transform in jacfwd, jacrev, jacobian:
        with pytest.raises(TangentError, match="no float, so there is no Jacobian"):
            transform(lambda x: np.sum(x > 1.0))(X)
        with pytest.raises(ValueError, match="no such x"):
            transform(raising)(X)


def raising(x: Any) -> Any:
    if x[0] < 1.0:
        raise ValueError("no such x")
    return x


def test_what_is_read_from_outside_is_read_now() -> None:
    scale = [2.0]

    def f(x: Any) -> Any:
        return factor * scale[0] * np.sin(x)
    factor = 1.0
    made = jacrev(f)
    first = made(X)
    factor = 3.0
    close(made(X), 3.0 * first)
    made(X)[0, 0] = 100.0
    close(made(X), 3.0 * first)
