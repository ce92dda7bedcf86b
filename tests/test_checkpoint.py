"""`checkpoint`: the numbers of the function itself, with nothing saved inside of it."""
from __future__ import annotations

import functools
import pickle
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    ArgumentError, UnsupportedError, cache, checkpoint, grad, hessian, hvp, jacfwd, jacrev, jvp, remat, source,
    value_and_grad, vjp,
)
from tests.corpus import test_corpus  # noqa: F401
from tests.corpus.cases import CASES, Case
from tests.harness import trees
from tests.harness.functions import namespace_of

X, W = np.array([0.3, -0.2, 0.7]), np.array([1.1, 0.9, -0.4])


def layer(x: Any, w: Any) -> Any:
    h = np.sin(x) * w
    for _ in range(3):
        h = np.tanh(h) + x
    return np.exp(-h * h)


checked_layer = checkpoint(layer)


def deep(x: Any, w: Any) -> Any:
    for _ in range(4):
        x = layer(x, w)
    return np.sum(x)


def deep_checked(x: Any, w: Any) -> Any:
    for _ in range(4):
        x = checked_layer(x, w)
    return np.sum(x)


def close(a: Any, b: Any) -> None:
    a, b = tangent2.tree_leaves(a), tangent2.tree_leaves(b)
    assert len(a) == len(b) > 0
    for one, other in zip(a, b):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


TRANSFORMS: list[Callable[[Any], Any]] = [
    lambda f: f(X, W),
    lambda f: grad(f, (0, 1))(X, W),
    lambda f: value_and_grad(f)(X, W),
    lambda f: vjp(f, X, W)[1](1.5),
    lambda f: jvp(f, (X, W), (W, X)),
    lambda f: hessian(f)(X, W),
    lambda f: hvp(f, 1)(X, W, X),
    lambda f: jacfwd(grad(f, 1))(X, W),
    lambda f: jacrev(grad(f))(X, W),
    lambda f: grad(lambda x: np.sum(grad(f)(x, W) ** 2))(X),
    lambda f: jvp(lambda x: grad(f)(x, W), (X,), (W,)),
    lambda f: grad(lambda x: jvp(lambda v: f(v, W), (x,), (W,))[1])(X),
    lambda f: grad(lambda x: np.sum(grad(lambda y: np.sum(grad(f)(y, W) ** 2))(x)))(X),
]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_numbers_are_those_of_the_function(transform: Any) -> None:
    close(transform(deep_checked), transform(deep))


@pytest.mark.parametrize("transform", [
    lambda f: vjp(f, X, W)[1](X), lambda f: jvp(f, (X, W), (W, X)), lambda f: jacfwd(f)(X, W),
    lambda f: jacrev(f, 1)(X, W), lambda f: jacrev(jacrev(f))(X, W)])
def test_asked_of_the_checkpointed_function_itself(transform: Any) -> None:
    close(transform(checked_layer), transform(layer))


def test_against_jax() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def jax_layer(x: Any, w: Any) -> Any:
        h = jnp.sin(x) * w
        for _ in range(3):
            h = jnp.tanh(h) + x
        return jnp.exp(-h * h)
    inner = jax.checkpoint(jax_layer)

    def jax_deep(x: Any, w: Any) -> Any:
        for _ in range(4):
            x = inner(x, w)
        return jnp.sum(x)
    close(grad(deep_checked, (0, 1))(X, W), tuple(map(np.asarray, jax.grad(jax_deep, (0, 1))(X, W))))
    close(hessian(deep_checked)(X, W), np.asarray(jax.hessian(jax_deep)(X, W)))


def test_the_text_is_what_one_writes_by_hand() -> None:
    def loss(x: Any, w: Any) -> Any:
        for _ in range(3):
            x = step(x, w)
        return np.sum(x)

    @checkpoint
    def step(x: Any, w: Any) -> Any:
        return np.tanh(np.sin(x) * w)
    text = source(grad(loss), X, W)
    assert text.endswith('''
def bwd_step_wrt_x(x, w, y_bar):
    x_bar = y_bar * (1.0 - np.tanh(np.sin(x) * w) ** 2) * w * np.cos(x)
    return x_bar


def grad_loss(x, w):
    x_saved = []
    x1 = x
    for _ in range(3):
        x_saved.append(x1)
        x1 = step(x1, w)
    # Backward pass
    x_bar = np.full_like(x, 1.0)
    while x_saved:
        x = x_saved.pop()
        x_bar = bwd_step_wrt_x(x, w, x_bar)
    return x_bar
''')
    assert "fwd_" not in text


def test_memory_of_what_is_inside_is_not_kept() -> None:
    def wide(x: Any) -> Any:
        for _ in range(20):
            x = np.sin(x) * 1.1
        return x
    inner = checkpoint(wide)

    def plain(x: Any) -> Any:
        for _ in range(5):
            x = wide(x)
        return np.sum(x)

    def kept(x: Any) -> Any:
        for _ in range(5):
            x = inner(x)
        return np.sum(x)
    x = np.linspace(0.1, 1.0, 20_000)
    peaks = []
    for f in (plain, kept):
        df = grad(f)
        df(x)
        tracemalloc.start()
        df(x)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 0.45 * peaks[0]
    close(grad(plain)(x), grad(kept)(x))


class Net:
    """Weights with methods that are checkpointed and not."""

    def __init__(self, w: Any) -> None:
        self.w = w

    def plain(self, x: Any) -> Any:
        return np.tanh(np.sin(x) * self.w)

    @checkpoint
    def step(self, x: Any) -> Any:
        return np.tanh(np.sin(x) * self.w)

    @staticmethod
    @checkpoint
    def still(x: Any) -> Any:
        return np.sin(x) ** 2

    def loss(self, x: Any) -> Any:
        return np.sum(self.still(self.step(self.step(x))))

    def loss_plain(self, x: Any) -> Any:
        return np.sum(np.sin(self.plain(self.plain(x))) ** 2)

    def __call__(self, x: Any) -> Any:
        return self.loss_plain(x)


def test_methods() -> None:
    net = Net(W)
    close(grad(net.loss)(X), grad(net.loss_plain)(X))
    assert "bwd_Net_step" in grad(net.loss).source(X)
    close(grad(lambda n, x: n.loss(x))(net, X).w, grad(lambda n, x: n.loss_plain(x))(net, X).w)
    close(vjp(checkpoint(net.plain), X)[1](W), vjp(net.plain, X)[1](W))
    close(grad(checkpoint(net))(X), grad(net.loss_plain)(X))


def test_lambdas_closures_and_definitions_inside() -> None:
    def loss(x: Any, w: Any) -> Any:
        @checkpoint
        def scaled(h: Any) -> Any:
            return np.sin(h) * np.exp(w * h)
        wave = remat(lambda h: np.cos(h) * w)
        for _ in range(3):
            x = wave(scaled(x))
        return np.sum(x)

    def plain(x: Any, w: Any) -> Any:
        for _ in range(3):
            x = np.cos(np.sin(x) * np.exp(w * x)) * w
        return np.sum(x)
    close(grad(loss, (0, 1))(X, W), grad(plain, (0, 1))(X, W))
    close(hessian(loss)(X, W), hessian(plain)(X, W))
    assert "fwd_" not in grad(loss, (0, 1)).source(X, W)


def test_applied_where_it_is_called() -> None:
    def loss(x: Any, w: Any) -> Any:
        return np.sum(checkpoint(layer)(x, w) * checkpoint(layer)(x * 2.0, w) + layer(x, w))

    def plain(x: Any, w: Any) -> Any:
        return np.sum(layer(x, w) * layer(x * 2.0, w) + layer(x, w))
    close(grad(loss, (0, 1))(X, W), grad(plain, (0, 1))(X, W))
    assert grad(loss).source(X, W).count("def bwd_layer") == 2        # checkpointed, and not


@checkpoint
def writer(a: Any, v: Any) -> Any:
    a[1] = np.sin(a[0]) * v
    a *= v
    return a[0] * a[1]


def test_arguments_that_are_written_to_are_kept_as_they_were() -> None:
    inner = writer.__wrapped__

    def loss(x: Any, v: Any) -> Any:
        a, t = x.copy(), 0.0
        for _ in range(3):
            t += writer(a, v)
        return np.sum(a * a) + t

    def plain(x: Any, v: Any) -> Any:
        a, t = x.copy(), 0.0
        for _ in range(3):
            t += inner(a, v)
        return np.sum(a * a) + t
    close(grad(loss, (0, 1))(X, 1.3), grad(plain, (0, 1))(X, 1.3))
    close(hessian(loss)(X, 1.3), hessian(plain)(X, 1.3))
    x = X.copy()
    out, pullback = vjp(writer, x, 1.3)
    close(x, X)
    close(pullback(1.0), vjp(inner, X.copy(), 1.3)[1](1.0))
    close(pullback(1.0), vjp(inner, X.copy(), 1.3)[1](1.0))


def stepped(h: Any, s: Any) -> Any:
    return np.sin(h * s["a"]) * s["n"]


class Counter:
    """An object whose methods change it."""

    def __init__(self, w: Any) -> None:
        self.w, self.n = w, 0

    def plain(self, x: Any) -> Any:
        self.n += 1
        return np.sin(x * self.w) * self.n

    @checkpoint
    def step(self, x: Any) -> Any:
        self.n += 1
        return np.sin(x * self.w) * self.n


def test_state_that_changes_between_calls() -> None:
    def of_dict(step: Any) -> Any:
        def loss(x: Any, w: Any) -> Any:
            s: Any = {"a": w.copy(), "n": 1.0}
            for _ in range(3):
                x = step(x, s)
                s["a"][0] += x[1]
                s["n"] = s["n"] * 1.5
            return np.sum(x)
        return loss

    def of_object(x: Any, w: Any) -> Any:
        c = Counter(w)
        for _ in range(3):
            x = c.step(x)
        return np.sum(x) * c.n

    def of_object_plain(x: Any, w: Any) -> Any:
        c = Counter(w)
        for _ in range(3):
            x = c.plain(x)
        return np.sum(x) * c.n
    for one, other in ((of_dict(checkpoint(stepped)), of_dict(stepped)), (of_object, of_object_plain)):
        close(grad(one, (0, 1))(X, W), grad(other, (0, 1))(X, W))
        close(hessian(one)(X, W), hessian(other)(X, W))
        assert "def bwd_" in grad(one, (0, 1)).source(X, W)


def test_recursion() -> None:
    @checkpoint
    def again(x: Any, n: Any) -> Any:
        if n == 0:
            return np.sin(x)
        y = np.tanh(x) * x
        return again(y, n - 1) * np.cos(y)

    def plain(x: Any, n: Any) -> Any:
        if n == 0:
            return np.sin(x)
        y = np.tanh(x) * x
        return plain(y, n - 1) * np.cos(y)
    close(grad(lambda x: np.sum(again(x, 3)))(X), grad(lambda x: np.sum(plain(x, 3)))(X))
    close(vjp(again, X, 3)[1](W)[0], vjp(plain, X, 3)[1](W)[0])


def cubes(x: Any) -> Any:
    return np.sum(np.sin(x) ** 3)


def test_of_derivatives_partials_and_what_is_cached() -> None:
    slope = checkpoint(grad(cubes))
    close(slope(X), grad(cubes)(X))
    close(grad(lambda x: np.sum(slope(x) * x))(X), grad(lambda x: np.sum(grad(cubes)(x) * x))(X))
    part = checkpoint(functools.partial(layer, X))
    close(vjp(part, W)[1](X), vjp(lambda w: layer(X, w), W)[1](X))
    held = checkpoint(functools.lru_cache(cubes))
    close(grad(lambda x: held(x) ** 2)(X), grad(lambda x: cubes(x) ** 2)(X))
    assert checkpoint(np.sin) is np.sin
    close(grad(lambda x: np.sum(checkpoint(np.exp)(x)))(X), np.exp(X))


def test_what_it_prints_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    @checkpoint
    def loud(x: Any) -> Any:
        print("run")
        if x[0] > 100.0:
            raise ValueError("too large")
        return np.sin(x) * x
    close(grad(lambda x: np.sum(loud(x)))(X), np.sin(X) + X * np.cos(X))
    assert capsys.readouterr().out == "run\n"
    with pytest.raises(ValueError, match="too large"):
        grad(lambda x: np.sum(loud(x)))(X + 200.0)


def branching(x: Any, s: Any) -> Any:
    if s == "sin":
        f = np.sin(x)
    elif s == "cos":
        f = np.cos(x)
    else:
        raise KeyError(f"no {s}")
    while f < 2.0:
        f = f * f + 1.0
    return f


def test_branches_that_raise_stay_where_values_depend_on_them() -> None:
    inner = checkpoint(branching)
    for s in ("sin", "cos"):
        close(grad(lambda x, s: inner(x, s) * x)(0.7, s), grad(lambda x, s: branching(x, s) * x)(0.7, s))
    with pytest.raises(KeyError, match="no tan"):
        grad(lambda x, s: inner(x, s) * x)(0.7, "tan")


def noise(x: Any) -> Any:
    return x * np.random.normal()


def test_what_may_not_give_the_same_again_is_refused() -> None:
    rng = np.random.default_rng(0)
    direct = checkpoint(noise)
    of_an_object = checkpoint(lambda x: np.sin(x) * rng.normal())
    by_another = checkpoint(lambda x: np.exp(noise(x)))
    for f in (direct, of_an_object, by_another):
        for run in (lambda f=f: grad(lambda x: np.sum(f(x)))(X), lambda f=f: vjp(f, X)):
            with pytest.raises(UnsupportedError, match="run again in the reverse sweep") as found:
                run()
            assert "test_checkpoint.py" in str(found.value)
            assert "random numbers" in str(found.value)


def test_mistakes() -> None:
    with pytest.raises(ArgumentError, match="takes a function, not int"):
        checkpoint(3)
    with pytest.raises(ArgumentError, match="put `@staticmethod` above"):
        checkpoint(staticmethod(cubes))


def test_presents_itself_as_the_function() -> None:
    @checkpoint
    def named(x: Any, *, k: float = 2.0) -> Any:
        """What it is."""
        return x * k
    assert named.__name__ == "named"
    assert named.__doc__ == "What it is."
    assert named(3.0, k=3.0) == 9.0
    assert checkpoint(named) is named
    assert checkpoint(layer) is checked_layer
    assert repr(checkpoint()) == "checkpoint()"
    assert checkpoint()(layer) is checked_layer
    close(grad(lambda x: named(x, k=3.0) + named(x))(1.0), 5.0)
    assert pickle.loads(pickle.dumps(writer)) is writer


def test_the_module_stands_alone() -> None:
    text = grad(deep_checked, (0, 1)).source(X, W)
    close(namespace_of(text)["grad_deep_checked"](X, W), grad(deep, (0, 1))(X, W))


def test_made_anew_is_not_compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    compile_request = cache.compile_request
    monkeypatch.setattr(cache, "compile_request", lambda *args: (found.append(args), compile_request(*args))[1])
    for k in (1.0, 2.0, 3.0):
        f = checkpoint(lambda x, k=k: np.sin(x) * k)
        close(vjp(f, X)[1](W)[0], W * np.cos(X) * k)
        close(vjp(f.__wrapped__, X)[1](W)[0], W * np.cos(X) * k)
    assert len(found) == 2          # checkpointed, and not


@pytest.mark.parametrize("case", CASES[7::60], ids=repr)
def test_programs_of_the_corpus(case: Case) -> None:
    wrt = trees.active(case.args) if case.wrt is None else case.wrt
    names = ", ".join([f"x{k}" for k in range(len(case.args))])

    def gradient(function: Any) -> Any:
        text = f"def entry({names}):\n    return function({names})\n"
        entry = namespace_of(text, {"function": function}, "entry")["entry"]
        with np.errstate(all="ignore"):
            return grad(entry, tuple(wrt))(*trees.copied(case.args))
    want = gradient(case.function)
    try:
        found = gradient(checkpoint(case.function))
    except UnsupportedError as error:
        assert "run again in the reverse sweep" in str(error)
        return
    want, found = [[leaf for leaf in trees.leaves(g) if trees.is_active(leaf)] for g in (want, found)]
    assert len(want) == len(found)
    for one, other in zip(want, found):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-11)
