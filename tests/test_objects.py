"""Objects at the transforms: the classes of gradients, methods, guards, what is refused; how short the text is."""
from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError
from tests.benchmarks.samples import nodes
from tests.harness import modes

X = np.array([0.3, -0.7, 1.2])


class Model:
    factor = 2.0

    def __init__(self, w: Any) -> None:
        self.w, self.n, self.name = w, 3, "model"

    def loss(self, x: Any) -> Any:
        return np.sum(np.tanh(self.w * x)) * self.n

    def train(self, x: Any) -> Any:
        self.w = self.w - 0.1 * x
        return np.sum(self.w ** 2)

    def __call__(self, x: Any) -> Any:
        return self.loss(x)

    @property
    def size(self) -> Any:
        return np.sum(self.w ** 2)

    def scaled(self) -> Any:
        return np.sum(self.w) * self.factor


@dataclasses.dataclass
class Body:
    pos: np.ndarray
    vel: np.ndarray
    mass: float

    def kick(self, force: Any, dt: float) -> None:
        self.vel += force / self.mass * dt

    def drift(self, dt: float) -> None:
        self.pos += self.vel * dt


def shot(body: Any, force: Any, dt: float, n: int) -> Any:
    for _ in range(n):
        body.kick(force, dt)
        body.drift(dt)
    return np.sum(body.pos ** 2)


def grad_shot(body, force, dt, n):      # type: ignore[no-untyped-def]
    body = Body(body.pos.copy(), body.vel, body.mass)   # shot() writes to body.pos, body.vel
    body.vel = body.vel.copy()
    for _ in range(n):
        body.kick(force, dt)
        body.drift(dt)
    # Backward pass
    body_bar = Body(2.0 * body.pos, np.zeros_like(body.vel), 0.0)
    force_bar = np.zeros_like(force)
    for _ in range(n):
        body_bar.vel += body_bar.pos * dt                     # Grad of: self.pos += self.vel * dt
        force_bar += body_bar.vel / body.mass * dt            # Grad of: self.vel += force / self.mass * dt
        body_bar.mass -= np.sum(body_bar.vel * force) * dt / body.mass ** 2
    return body_bar, force_bar


def test_body_by_hand() -> None:
    body = Body(X.copy(), X + 1.0, 2.0)
    wanted, got = grad_shot(body, X, 0.1, 4), tangent2.grad(shot, (0, 1))(body, X, 0.1, 4)
    assert type(got[0]) is Body and np.array_equal(body.pos, X)
    for a, b in zip((*vars(got[0]).values(), got[1]), (*vars(wanted[0]).values(), wanted[1])):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    text = tangent2.source(tangent2.grad(shot, (0, 1)), body, X, 0.1, 4)
    written = inspect.getsource(grad_shot)
    assert nodes(text) <= 1.2 * nodes(written), text
    assert "Body(" in text and "body_vel" in text and "tangent2" not in text


def test_class_of_gradient() -> None:
    model = Model(X)
    slope = 3.0 * X / np.cosh(X * X) ** 2
    found = tangent2.grad(Model.loss)(model, X)
    assert type(found) is Model and found.n == 3 and found.name == "model"
    np.testing.assert_allclose(found.w, slope)
    np.testing.assert_allclose(tangent2.grad(model.loss)(X), slope)
    np.testing.assert_allclose(tangent2.grad(model)(X), slope)
    np.testing.assert_allclose(tangent2.vjp(model.loss, X)[1](1.0)[0], slope)
    value, found = tangent2.value_and_grad(lambda m: m.size)(model)
    assert value == np.sum(X ** 2) and np.allclose(found.w, 2.0 * X)
    assert type(tangent2.jvp(tangent2.grad(Model.loss), (model, X), (model, X))[1]) is Model


def test_objects_given_back() -> None:
    model = Model(X)

    def trained(model: Any, x: Any) -> Any:
        return model.train(x), model
    found, after = tangent2.grad(trained, has_aux=True)(model, X)
    assert type(after) is Model and np.allclose(after.w, 0.9 * X) and np.array_equal(model.w, X)
    np.testing.assert_allclose(found.w, 1.8 * X)
    made, pullback = tangent2.vjp(lambda w: Model(w * w), X)
    assert type(made) is Model and made.n == 3
    np.testing.assert_allclose(pullback(Model(X))[0], 2.0 * X * X)


def test_a_changed_class_is_noticed() -> None:
    derivative = tangent2.grad(lambda w: Model(w).scaled() + Model(w).size)
    before, size = derivative(X), Model.size
    try:
        Model.factor = 5.0
        np.testing.assert_allclose(derivative(X), before + 3.0)
        Model.size = property(lambda self: np.sum(self.w))      # type: ignore[method-assign, assignment]
        np.testing.assert_allclose(derivative(X), 6.0 * np.ones(3))
    finally:
        Model.factor, Model.size = 2.0, size        # type: ignore[method-assign, misc]
    np.testing.assert_allclose(derivative(X), before)


def test_a_changed_object_outside_is_read_anew() -> None:
    model = Model(X)
    derivative = tangent2.grad(lambda x: model.loss(x))
    first = derivative(X)
    model.w = 2.0 * X
    assert not np.allclose(derivative(X), first)
    model.w = 2.0
    np.testing.assert_allclose(derivative(X), 6.0 / np.cosh(2.0 * X) ** 2)


@dataclasses.dataclass(frozen=True)
class Fixed:
    x: float

    def moved(self) -> Any:
        self.x = 2.0        # type: ignore[misc]
        return self.x


class Pair:
    def __init__(self, first: Any, second: Any) -> None:
        self.first, self.second = first, second


def moved_first(pair: Any, x: Any) -> Any:
    pair.first.w = pair.first.w * x
    return np.sum(pair.second.w)


OUTSIDE = Model(X)


def writes_outside(x: Any) -> Any:
    OUTSIDE.w = x
    return np.sum(x)


def handed_to_unknown_code(x: Any) -> Any:
    return np.sum(x) + len(repr(Model(x)))


def lazily(x: Any) -> Any:
    model = Model(x)
    for v in x:
        model.seen = v if not hasattr(model, "seen") else model.seen * v
    return model.seen


def missing_on_one_path(x: Any) -> Any:
    model = Model(x)
    if x[0] > 0.1:
        model.seen = x[1]
    try:
        return model.seen * x[0]
    except AttributeError:
        return x[0] * x[0]


def asked_whether_it_is_a_list(x: Any) -> Any:
    both = [Model(x), Pair(x, x)]
    return np.sum(both[0].w) if isinstance(both, list) else x[0]


REFUSED = {
    "in a list or in a tuple": (asked_whether_it_is_a_list, (X,)),
    "may have no attribute": (missing_on_one_path, (X,)),
    "frozen": (lambda x: Fixed(x[0]).moved(), (X,)),
    "no attribute": (lambda x: Model(x).weights, (X,)),
    "no method": (lambda x: Model(x).fit(), (X,)),
    "without a setter": (lambda x: setattr(Model(x), "size", 1.0) or x[0], (X,)),
    "not followed": (handed_to_unknown_code, (X,)),
    "surroundings": (writes_outside, (X,)),
    "the same object": (moved_first, (Pair(shared := Model(X), shared), 2.0)),
    "depends on the path taken": (lazily, (X,)),
    "is not defined by class": (lambda x: Model(x) + Model(x), (X,)),
    "compared": (lambda x: 1.0 * (Model(x) < Model(x)), (X,)),
    "parameter `v`": (lambda x: Model(v=x).size, (X,)),
}


@pytest.mark.parametrize("words", REFUSED)
def test_refused(words: str) -> None:
    function, args = REFUSED[words]
    with pytest.raises(TangentError) as caught:
        tangent2.grad(function)(*args)
    assert words in str(caught.value) and "advice: " in str(caught.value)


class Late:
    def __init__(self) -> None:
        self.m: Any = None


def fill(e: Any, v: Any) -> Any:
    e.m = v * v
    return e.m * 2


def filled_by_a_function(xs: Any) -> Any:
    e = Late()
    t = 0.0
    for v in xs:
        t += fill(e, v)
    return t + e.m


def test_a_function_gives_an_attribute_its_first_value() -> None:
    modes.check(tangent2, filled_by_a_function, ([0.3, 0.5],))


class Filter:
    def __init__(self, k: Any) -> None:
        self.k = k
        self.last: Any = None

    def __call__(self, e: Any) -> Any:
        d = 0.0 if self.last is None else e - self.last
        self.last = e
        return self.k * e + d


def test_an_attribute_that_is_none_stays_so_in_the_gradient() -> None:
    def run(s: Any) -> Any:
        return s(0.5) * s(0.3)
    for found in (tangent2.grad(run)(Filter(2.0)), tangent2.vjp(run, Filter(2.0))[1](1.0)[0]):
        assert found.last is None
        np.testing.assert_allclose(found.k, 0.5)
