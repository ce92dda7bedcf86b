"""Transforms composed with one another: a part of what `python -m tests.compositions` does."""
from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import tangent2
from tests.composed_functions import FUNCTIONS
from tests.compositions import BY_NAME, NAMES, rows, sampled
from tests.harness.compositions import LINKS, lengthened, start
from tests.harness.modes import REFUSED, RIGHT, SKIPPED, WRONG


# What is left: Jacobians in lists are not differentiated again, what recursive functions of trees give is not known.
LEFT = re.compile("blocks_by_(columns|rows) has no|that returns a container has no text|"
                  "what the value holds is not known|is a key of a dict")


@pytest.mark.parametrize("name", BY_NAME)
def test_composed(name: str) -> None:
    """No chain is wrong, and few are refused; some do not fit, such as an elementwise derivative of a dict."""
    for row in rows(name, sampled(name)):
        verdict, note = row.outcome.verdict, row.outcome.note
        left = verdict == REFUSED and name in ("several", "layer", "exchanged") and LEFT.search(note)
        assert verdict == RIGHT or left or verdict == SKIPPED and note == "does not fit", str(row)


def test_the_sample_holds_every_pair() -> None:
    assert len(FUNCTIONS) == 30
    assert {chain[:2] for name in BY_NAME for chain in sampled(name)} == {(a, b) for a in NAMES for b in NAMES}


WRONGLY: dict[str, Any] = {
    "grad": lambda f: lambda x, a: 1.001 * f(x, a),
    "value_and_grad": lambda f: lambda x, a: (f(x, a)[0] + 1e-4, f(x, a)[1]),
    "jvp": lambda f: lambda x, a: (f(x, a)[0], 2.0 * f(x, a)[1]), "jacrev": lambda f: lambda x, a: 1.1 * f(x, a),
    "jacfwd": lambda f: lambda x, a: f(x, a)[:1], "hessian": lambda f: lambda x, a: f(x, a) + 0.01,
    "vmap": lambda f: lambda x, a: f(x, a)[::-1], "stop_gradient": lambda f: lambda x, a: f(x, x + 0.1),
    "vjp": lambda f: lambda x, a: -f(x, a), "hvp": lambda f: lambda x, a: f(x, a)[::-1],
    "linearize": lambda f: lambda x, a: 0.0 * f(x, a), "checkpoint": lambda f: lambda x, a: f(a, x),
    "elementwise_grad": lambda f: lambda x, a: f(x, a)[0],
}


@pytest.mark.parametrize("link", WRONGLY)
def test_what_is_wrong_is_found(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "rosenbrock" if link == "hessian" else "activation"
    stage, right = start(BY_NAME[name], *FUNCTIONS[BY_NAME[name]]), LINKS[link]
    wrong = type(right)(lambda f, s: WRONGLY[link](right.make(f, s)), right.check, right.fits)
    monkeypatch.setitem(LINKS, link, wrong)
    assert lengthened(stage, link)[0].verdict == WRONG


def test_pullbacks_of_trees_where_they_are_called() -> None:
    """`vjp` in code that is compiled takes adjoints in the structure of the value, as it does elsewhere."""
    def several(x: Any) -> Any:
        return {"s": np.sin(x) * 2.0, "r": (x ** 2, [np.exp(-x), x * 3.0], "name", 3)}
    bar = {"s": 0.3, "r": (0.4, [0.5, 0.6], None, None)}

    def slope(x: Any) -> Any:
        return tangent2.vjp(several, x)[1](bar)[0]
    x = 0.7
    curve = -0.6 * np.sin(x) + 0.8 + 0.5 * np.exp(-x)
    assert tangent2.grad(slope)(x) == pytest.approx(curve, rel=1e-12)
    assert tangent2.jvp(slope, (x,), (1.0,))[1] == pytest.approx(curve, rel=1e-12)
    np.testing.assert_allclose(tangent2.vmap(slope)(np.array([x, 0.1])), [
        tangent2.vjp(several, v)[1]({**bar, "r": (0.4, [0.5, 0.6], None, 0.0)})[0] for v in (x, 0.1)], rtol=1e-12)


@pytest.mark.parametrize(("bar", "what"), [
    ({"s": 0.3}, "another structure"), (3.0, "another structure"), ({"s": 0.3, "r": [0.4]}, "another structure"),
    ({"s": np.ones(3), "r": (0.4, [0.5])}, "another shape"), ({"s": 0.3, "r": (0.4, [0.5, 0.1])}, "a list of 2 as")])
def test_adjoints_that_are_none_of_the_value(bar: Any, what: str) -> None:
    def several(x: Any) -> Any:
        return {"s": np.sin(x), "r": (x ** 2, [np.exp(-x)])}
    with pytest.raises((tangent2.TangentError, TypeError), match=what):
        tangent2.grad(lambda x: tangent2.vjp(several, x)[1](bar)[0])(0.7)
