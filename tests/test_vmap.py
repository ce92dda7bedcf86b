"""`vmap`: axes, structures, what lanes do differently, compositions, text, mistakes."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import grad, hessian, jacrev, jvp, source, value_and_grad, vmap
from tangent2.lane_warning import LaneWarning

RNG = np.random.default_rng(0)
XS = np.array([-2.0, -0.5, 0.3, 4.0, 9.0])


def softish(x: Any) -> Any:
    if x > 0.0:
        y = np.log(x)
    else:
        y = x * x
    return 2.0 * y


def halve(x: Any) -> Any:
    n = 0.0
    while x > 1.0:
        x = x * 0.5
        n += 1.0
    return x + n


def early(x: Any) -> Any:
    if x < 0.0:
        return x * x
    for k in range(3):
        if x > 2.0 + k:
            return np.sqrt(x) + k
        x = x * 1.5
    return np.sin(x)


def series(x: Any, tol: Any) -> Any:
    s = t = 1.0
    for n in range(1, 60):
        t = t * x / n
        if abs(t) < tol:
            break
        s = s + t
    return s


def clipped(x: Any) -> Any:
    y = x.copy()
    for i in range(len(y)):
        if y[i] < 0.0:
            y[i] = -0.1 * y[i]
        elif y[i] > 1.0:
            y[i] = np.sqrt(y[i])
            if i > 0:
                y[i - 1] += y[i]
    y[1:] *= y[0]
    return np.sum(y ** 2)


def stencil(u: Any, k: Any) -> Any:
    u = u.copy()
    for _ in range(4):
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u


def layers(params: Any, x: Any) -> Any:
    for w, b in params:
        x = np.tanh(x @ w + b)
    return np.sum(x ** 2)


def closures(x: Any, n: int) -> Any:
    def power(y: Any) -> Any:
        return y ** n * x
    return sum([power(x + k) for k in range(3)])


def picked(x: Any, i: Any) -> Any:
    return x[i] * x[i + 1] - x[0]


def of_dict(p: Any, x: Any) -> Any:
    return {"mean": p["w"] @ x + p["b"], "parts": (x * p["b"], p["w"])}


def raising(x: Any) -> Any:
    if np.sum(x) > 100.0:
        raise ValueError("too large")
    return np.sum(np.sqrt(np.abs(x)))


def solved(a: Any, b: Any) -> Any:
    return np.linalg.solve(a + 3.0 * np.eye(3), b) @ b


def loop(f: Callable[..., Any], axes: Any, *args: Any) -> Any:
    """The lanes, one after the other."""
    axes = axes if isinstance(axes, tuple) else (axes,) * len(args)
    size = next(np.shape(tangent2.tree_leaves(a)[0])[k] for a, k in zip(args, axes) if k is not None)

    def lane(j: int) -> Any:
        return f(*[a if k is None else tangent2.tree_map(lambda leaf, k=k: np.take(leaf, j, k), a)
                   for a, k in zip(args, axes)])
    rows = [lane(j) for j in range(size)]
    return tangent2.tree_map(lambda *each: np.stack(list(map(np.asarray, each))), *rows)


def same(got: Any, wanted: Any) -> None:
    a, b = tangent2.tree_leaves(got), tangent2.tree_leaves(wanted)
    assert len(a) == len(b)
    for x, y in zip(a, b):
        assert np.shape(x) == np.shape(y)
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12)


U = RNG.normal(size=(4, 6))
PARAMS = [(RNG.normal(size=(3, 3)), RNG.normal(size=3)) for _ in range(2)]
CASES: list[tuple[Any, Any, tuple[Any, ...]]] = [
    (softish, 0, (XS,)), (halve, 0, (XS,)), (early, 0, (XS,)), (series, (0, None), (XS / 9.0, 1e-9)),
    (series, (0, 0), (XS / 9.0, np.logspace(-9, -2, 5))), (clipped, 0, (U,)), (clipped, 1, (U,)),
    (stencil, (0, None), (U, 0.1)), (stencil, (None, 0), (U[0], np.array([0.1, 0.2]))), (stencil, (-1, None), (U, 0.1)),
    (layers, (None, 0), (PARAMS, RNG.normal(size=(5, 3)))), (closures, (0, None), (XS, 2)),
    (picked, (0, 0), (U, np.array([0, 3, 1, 4]))), (picked, (None, 0), (U[0], np.array([0, 3, 1]))), (raising, 0, (U,)),
    (solved, (0, 0), (RNG.normal(size=(4, 3, 3)), RNG.normal(size=(4, 3)))),
    (solved, (None, 0), (RNG.normal(size=(3, 3)), RNG.normal(size=(4, 3)))),
    (of_dict, (None, 0), ({"w": RNG.normal(size=3), "b": 0.5}, RNG.normal(size=(4, 3)))),
]
SCALAR = [case for case in CASES if case[0] not in (stencil, of_dict)]


def names(case: Any) -> str:
    return f"{case[0].__name__}-{case[1]}"


@pytest.fixture(autouse=True)
def whole() -> Any:
    """No lane is computed by itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", LaneWarning)
        yield


@pytest.mark.parametrize("case", CASES, ids=names)
def test_values(case: Any) -> None:
    f, axes, args = case
    same(vmap(f, axes)(*args), loop(f, axes, *args))


@pytest.mark.parametrize("case", SCALAR, ids=names)
def test_gradients(case: Any) -> None:
    f, axes, args = case
    found = vmap(value_and_grad(f), axes)(*args)
    same(found, loop(value_and_grad(f), axes, *args))
    same(vmap(grad(f), axes)(*args), found[1])
    if axes == 0 or isinstance(axes, tuple) and axes[0] == 0:
        def total(*args: Any) -> Any:
            return np.sum(vmap(f, axes)(*args))
        same(grad(total)(*args), found[1])


TWICE = [case for case in SCALAR if case[0] in (softish, halve, early, clipped, closures)]


@pytest.mark.parametrize("case", TWICE, ids=names)
def test_second_order(case: Any) -> None:
    f, axes, args = case
    same(vmap(hessian(f), axes)(*args), loop(hessian(f), axes, *args))


def test_of_tangents_and_rows() -> None:
    def along(x: Any, d: Any) -> Any:
        return jvp(softish, (x,), (d,))
    same(vmap(along)(XS, XS + 1.0), loop(along, 0, XS, XS + 1.0))
    same(vmap(jacrev(stencil), (0, None))(U, 0.1), loop(jacrev(stencil), (0, None), U, 0.1))


def test_nested() -> None:
    def affine(w: Any, x: Any) -> Any:
        return np.sin(w @ x)
    w, x = RNG.normal(size=(3, 2)), RNG.normal(size=(5, 2))
    same(vmap(vmap(affine, (0, None)), (None, 0))(w, x), np.sin(x @ w.T))
    same(vmap(vmap(affine, (None, 0)), (0, None), out_axes=1)(w, x), np.sin(x @ w.T))
    same(vmap(vmap(halve))(np.abs(U) * 4.0), np.array([[halve(v) for v in row] for row in np.abs(U) * 4.0]))


def test_out_axes() -> None:
    same(vmap(stencil, (0, None), out_axes=1)(U, 0.1), loop(stencil, (0, None), U, 0.1).T)
    assert vmap(lambda x, y: (x * y, y), (0, None), out_axes=(0, None))(XS, 2.0)[1] == 2.0
    same(vmap(lambda x, y: (x, y), (0, None))(XS, 2.0)[1], np.full(5, 2.0))
    with pytest.raises(tangent2.TangentError, match="out_axes is None"):
        vmap(lambda x: x, out_axes=None)(XS)


def test_arguments_by_name_and_in_structures() -> None:
    def f(p: Any, x: Any, scale: Any = 2.0) -> Any:
        return p["w"] @ x * scale
    p = {"w": RNG.normal(size=(4, 3)), "b": 1.0}
    x = RNG.normal(size=(4, 3))
    same(vmap(f, ({"w": 0, "b": None}, 0))(p, x), 2.0 * np.sum(p["w"] * x, axis=1))
    same(vmap(f, ({"w": 0, "b": None}, 0))(p, x, scale=np.arange(4.0)), np.arange(4.0) * np.sum(p["w"] * x, axis=1))


def test_one_lane_and_dtypes() -> None:
    same(vmap(stencil, (0, None))(U[:1], 0.1), stencil(U[0], 0.1)[None])
    assert vmap(lambda x: x * 2.0)(XS.astype(np.float32)).dtype == np.float32
    assert vmap(lambda n: n + 1)(np.arange(3)).dtype == np.int64
    np.testing.assert_array_equal(vmap(lambda n: n > 1)(np.arange(3)), [False, False, True])


def test_td() -> None:
    """Per-example gradients of the tutorial."""
    def td_loss(theta: Any, s: Any, r: Any, t: Any) -> Any:
        target = r + np.dot(theta, t)
        return (np.dot(theta, s) - tangent2.stop_gradient(target)) ** 2
    theta = np.array([0.1, -0.1, 0.0])
    s, t = np.array([[1.0, 2.0, -1.0]] * 2), np.array([[2.0, 1.0, 0.0]] * 2)
    wanted = [[-2.4, -4.8, 2.4], [-2.4, -4.8, 2.4]]
    same(vmap(grad(td_loss), (None, 0, 0, 0))(theta, s, np.ones(2), t), np.array(wanted))
    same(vmap(grad(td_loss))(np.stack([theta] * 2), s, np.ones(2), t), np.array(wanted))


def test_what_is_infinite_where_a_lane_does_not_come_stays_away() -> None:
    def safe(x: Any) -> Any:
        return np.sqrt(x) if x > 0.0 else 0.0 * x

    def large(x: Any) -> Any:
        return x if x > 100.0 else np.log1p(np.exp(x))
    xs = np.array([-1.0, 0.0, 4.0, 800.0])
    same(vmap(grad(safe))(xs), np.array([0.0, 0.0, 0.25, 0.5 / np.sqrt(800.0)]))
    with np.errstate(all="raise"):
        same(vmap(grad(large))(xs), np.array([grad(large)(x) for x in xs]))


def test_text() -> None:
    assert source(vmap(softish), XS) == """import numpy as np


def vmap_softish(x):
    t = x > 0.0
    y = np.where(t, np.log(np.where(t, x, 1.0)), x * x)
    return 2.0 * y
"""
    assert source(vmap(grad(softish)), XS) == """import numpy as np


def vmap_grad_softish(x):
    t = x > 0.0
    # Backward pass
    x_bar = np.where(t, 2.0 / np.where(t, x, 1.0), 4.0 * x)
    return x_bar
"""
    assert source(vmap(halve), XS) == """import numpy as np


def vmap_halve(x):
    n = np.zeros(len(x))
    active = x > 1.0
    while np.any(active):
        x = np.where(active, 0.5 * x, x)
        n = np.where(active, n + 1.0, n)
        active = x > 1.0
    return x + n
"""


def grown(x: Any) -> Any:
    found = []
    while x > 1.0:
        found.append(x)
        x = x * 0.5
    return sum(found) + x


def calls_grown(x: Any, y: Any) -> Any:
    return np.sin(grown(x)) * y


def test_one_after_the_other() -> None:
    """What cannot be computed for all lanes at once: right all the same, and said, with the line and the reason."""
    xs = np.abs(XS)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        same(vmap(calls_grown)(xs, xs), np.array([calls_grown(x, x) for x in xs]))
    found = [w for w in told if issubclass(w.category, LaneWarning)]
    assert len(found) == 1 and "calls `grown` once for each lane" in str(found[0].message)
    assert found[0].filename == __file__ and "lists" in str(found[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(vmap(grad(calls_grown))(xs, xs), np.array([grad(calls_grown)(x, x) for x in xs]))
        same(grad(lambda xs: np.sum(vmap(calls_grown)(xs, xs)))(xs), np.array([
            sum(grad(calls_grown, (0, 1))(x, x)) for x in xs]))


def test_random_numbers_are_others_in_each_lane() -> None:
    rng = np.random.default_rng(0)

    def noise() -> Any:
        return rng.normal()
    for noisy in (lambda x: x + rng.normal(), lambda x: x * noise(), lambda x: x + np.random.rand()):
        with pytest.warns(LaneWarning):
            found = vmap(noisy)(np.ones(3))
        assert len(set(found)) == 3


def test_values_and_what_is_beside_them() -> None:
    def halved(x: Any, c: Any) -> Any:
        n = 0.0
        while x > 1.0:
            x = x * 0.5
            n += 1.0
        return x * x, (c, n)
    for made in (grad(halved, has_aux=True), value_and_grad(halved, has_aux=True)):
        same(vmap(made, (0, None))(XS, 2.0), loop(made, (0, None), XS, 2.0))


def test_mistakes() -> None:
    with pytest.raises(tangent2.TangentError, match="inconsistent sizes"):
        vmap(lambda x, y: x * y)(XS, XS[:3])
    with pytest.raises(tangent2.TangentError, match="rank should be at least 2"):
        vmap(lambda x: x, in_axes=1)(XS)
    with pytest.raises(tangent2.TangentError, match="rank should be at least 1"):
        vmap(lambda x: x)(2.0)
    with pytest.raises(tangent2.TangentError, match="at least one non-None"):
        vmap(lambda x: x, in_axes=None)(XS)
    with pytest.raises(tangent2.TangentError, match="corresponding to the positional arguments"):
        vmap(lambda x, y: x, in_axes=(0,))(XS, XS)
    with pytest.raises(tangent2.TangentError, match="no axis"):
        vmap(lambda x: x, in_axes=("rows",))
    with pytest.raises(tangent2.TangentError, match="another structure"):
        vmap(lambda p: p["w"], in_axes=({"v": 0},))({"w": XS})


def test_presents_itself() -> None:
    made = vmap(softish)
    assert made.__name__ == "vmap_softish" and made.__wrapped__ is softish and "batch" in made.__doc__
    decorated = vmap(in_axes=(0, None))(lambda x, y: x + y)
    same(decorated(XS, 1.0), XS + 1.0)
