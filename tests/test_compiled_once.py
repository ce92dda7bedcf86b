"""Building a transform again and calling it does not compile again: compilations are counted."""
from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import cache, grad, hessian, hvp, jacfwd, jacrev, value_and_grad

X = np.array([1.0, 2.0])
TRANSFORMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "grad": (grad, (2.0,)), "value_and_grad": (value_and_grad, (2.0,)), "hessian": (hessian, (2.0,)),
    "jacfwd": (jacfwd, (X,)), "jacrev": (jacrev, (X,)), "hvp": (hvp, (2.0, 1.0)),
    "vjp": (lambda f: lambda x: tangent2.vjp(f, x)[1](1.0), (2.0,)),
    "jvp": (lambda f: lambda x: tangent2.jvp(f, (x,), (1.0,)), (2.0,)),
    "grad of grad": (lambda f: grad(grad(f)), (2.0,)), "grad of hvp": (lambda f: grad(hvp(f)), (2.0, 1.0)),
    "grad of hessian": (lambda f: grad(hessian(f)), (2.0,)), "jacfwd of grad": (lambda f: jacfwd(grad(f)), (2.0,)),
    "jacfwd of jacrev": (lambda f: jacfwd(jacrev(f)), (X,)), "jacrev of hvp": (lambda f: jacrev(hvp(f)), (2.0, 1.0)),
    "hvp of grad": (lambda f: hvp(grad(f)), (2.0, 1.0)), "hessian of hessian": (lambda f: hessian(hessian(f)), (2.0,)),
}


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often something was compiled since this was asked last."""
    compilations: list[Any] = []
    compile_request = cache.compile_request

    def counted(*args: Any) -> Any:
        compilations.append(args)
        return compile_request(*args)
    monkeypatch.setattr(cache, "compile_request", counted)
    monkeypatch.setattr(cache, "_ANEW", OrderedDict())      # other tests compile the same code

    def since() -> int:
        found = len(compilations)
        compilations.clear()
        return found
    return since


def flat(tree: Any) -> list[float]:
    return [x for part in tree for x in flat(part)] if isinstance(tree, tuple) else [float(x) for x in np.ravel(tree)]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_of_the_same_function(name: str, count: Callable[[], int]) -> None:
    transform, args = TRANSFORMS[name]

    def f(x: Any) -> Any:
        return x ** 4
    first = flat(transform(f)(*args))
    assert count() >= 1
    assert flat(transform(f)(*args)) == first and flat(transform(f)(*args)) == first
    assert count() == 0
    if args[0] is X:        # of another extent
        transform(f)(np.ones(5))
        assert count() == 0


@pytest.mark.parametrize("name", TRANSFORMS)
def test_of_a_function_made_anew(name: str, count: Callable[[], int]) -> None:
    """What it captures is that of the new function; of another kind it is compiled anew."""
    transform, args = TRANSFORMS[name]

    def made(k: Any) -> Any:
        return lambda x: k * x ** 4
    first = flat(transform(made(1.0))(*args))
    assert count() >= 1
    assert flat(transform(made(2.0))(*args)) == pytest.approx([2.0 * v for v in first])
    assert flat(transform(made(-3.0))(*args)) == pytest.approx([-3.0 * v for v in first])
    assert count() == 0
    assert flat(transform(made(np.float32(3.0)))(*args)) == pytest.approx([3.0 * v for v in first])
    assert count() >= 1


@pytest.mark.parametrize("name", ["grad", "hessian", "jacrev", "grad of grad", "hvp"])
def test_of_functions_with_star_arguments(name: str, count: Callable[[], int]) -> None:
    transform, args = TRANSFORMS[name]

    def made(k: Any) -> Any:
        return lambda *xs: k * xs[0] ** 4
    first = flat(transform(made(1.0))(*args))
    assert count() >= 1
    assert flat(transform(made(2.0))(*args)) == pytest.approx([2.0 * v for v in first])
    assert count() == 0


def test_other_options_are_others(count: Callable[[], int]) -> None:
    def f(x: Any, y: Any) -> Any:
        return x ** 2 * y ** 3
    found = [flat(grad(hessian(f, argnums), wrt)(2.0, 3.0)) for argnums in (0, 1) for wrt in (0, 1)]
    assert found == [[0.0], [54.0], [72.0], [24.0]] and count() == 4
    again = [flat(grad(hessian(f, argnums), wrt)(2.0, 3.0)) for argnums in (0, 1) for wrt in (0, 1)]
    assert again == found and count() == 0


def test_after_travelling(count: Callable[[], int]) -> None:
    """Each copy is a function of its own; it is compiled once."""
    k = 2.0
    made = grad(lambda x: k * x ** 3)
    made(2.0)
    again = pickle.loads(pickle.dumps(made))
    count()
    assert again(2.0) == 24.0 == again(2.0) and count() == 1
