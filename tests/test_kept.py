"""A compiler that is kept serves further derivatives of a function, as long as what it read is what it was."""
from __future__ import annotations

import gc
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import kept, pipeline
from tangent2.core.valuekinds import signature
from tangent2.records import lowered as lowered_objects
from tests.corpus.test_corpus import CASES
from tests.harness import modes

WEIGHT: Any = 2.0
STEP: Any = np.sin
X = np.array([0.8, -0.5, 1.3])


def helper(x: Any) -> Any:
    return STEP(x) * WEIGHT


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    globals().update(WEIGHT=2.0, STEP=np.sin)


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that were lowered since."""
    found: list[str] = []

    def seen(fn: Any, *args: Any) -> Any:
        found.append(fn.__name__)
        return lower(fn, *args)
    lower = pipeline.lower
    monkeypatch.setattr(pipeline, "lower", seen)
    return found


def made() -> Any:
    """A function that nothing was compiled for."""
    def loss(x: Any) -> Any:
        return np.sum(helper(x))
    return type(loss)(loss.__code__.replace(), loss.__globals__)


def test_read_once_for_all_derivatives(lowered: list[str]) -> None:
    f = made()
    tangent2.grad(f)(X)
    tangent2.hessian(f)(X)
    tangent2.jvp(tangent2.grad(f), (X,), (X,))
    tangent2.vjp(f, X)
    assert sorted(lowered) == ["helper", "loss"]
    tangent2.grad(f)(X[:, None])        # other kinds
    assert len(lowered) == 4


@pytest.mark.parametrize("k", range(0, len(CASES), 12), ids=lambda k: repr(CASES[k]))
def test_what_runs_is_what_is_shown(k: int) -> None:
    """Whatever was asked of the function before."""
    s = modes.subject(tangent2, CASES[k].function, CASES[k].args, CASES[k].wrt)
    modes.check_subject(s)
    gradient = tangent2.grad(s.function, s.wrt)
    args = gradient._bind(s.at(s.x), {})        # with the defaults
    gradient(*args)
    compiler = pipeline.Compiler()
    kinds = signature(lowered_objects(tuple(args)), compiler.function_kind)
    shown = gradient._request.text(compiler, s.function, kinds).text
    assert {entry.modules[0].text for entry in gradient._table.values()} <= {shown}


def test_other_globals(lowered: list[str]) -> None:
    f = made()
    np.testing.assert_allclose(tangent2.grad(f)(X), 2 * np.cos(X))
    globals()["STEP"] = np.exp
    np.testing.assert_allclose(np.diag(tangent2.hessian(f)(X)), 2 * np.exp(X))
    globals()["WEIGHT"] = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(tangent2.jvp(f, (X,), (np.ones(3),))[1], np.sum(np.array([1, 2, 3]) * np.exp(X)))
    np.testing.assert_allclose(np.diag(tangent2.hessian(f)(X)), np.array([1, 2, 3]) * np.exp(X))
    assert lowered.count("loss") == 3


def test_other_cells() -> None:
    power: Any = 2

    def loss(x: Any) -> Any:
        return np.sum(x ** power) if power != 0 else np.sum(x)
    np.testing.assert_allclose(tangent2.grad(loss)(X), 2 * X)
    power = 3.0
    np.testing.assert_allclose(tangent2.hessian(loss)(X), np.diag(6 * X))
    power = 0
    np.testing.assert_allclose(tangent2.jvp(loss, (X,), (X,))[1], np.sum(X))


def test_a_refusal_leaves_nothing_behind() -> None:
    f = made()
    with pytest.raises(tangent2.TangentError):
        tangent2.grad(f)(1)
    np.testing.assert_allclose(tangent2.grad(f)(X), 2 * np.cos(X))
    with pytest.raises(tangent2.TangentError):
        tangent2.grad(lambda x: [f(x), x])(X)
    np.testing.assert_allclose(np.diag(tangent2.hessian(f)(X)), -2 * np.sin(X))


def test_a_rule_that_is_declared_between() -> None:
    def inner(x: Any) -> Any:
        return x * x

    def loss(x: Any) -> Any:
        return inner(x) * 2.0
    assert tangent2.grad(loss)(3.0) == 12.0

    @tangent2.rule(inner)
    def _(out: Any, x: Any) -> None:
        dot[out] = 7.0 * dot[x]     # type: ignore[name-defined]  # noqa: F821
    assert tangent2.jvp(loss, (3.0,), (1.0,)) == (18.0, 14.0)


def test_the_last_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_ORDER", OrderedDict())
    monkeypatch.setattr(kept, "_MOST", 2)
    functions = [made() for _ in range(4)]
    for f in functions:
        tangent2.grad(f)(X)
    assert [len(vars(f)[kept._PLACE]) for f in functions] == [0, 0, 1, 1]


def test_nothing_is_kept_alive() -> None:
    f = made()
    tangent2.grad(f)(X)
    ref = weakref.ref(f)
    del f
    gc.collect()
    assert ref() is None
