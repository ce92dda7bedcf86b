"""Mistakes in `custom_vjp` and `custom_jvp` are told, at the declaration if they can be seen there."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tangent2 import custom_jvp, custom_vjp, grad, jvp, stop_gradient
from tangent2.errors import TangentError, UnsupportedError

V = np.array([0.5, 1.0, 2.0])


@dataclass
class Weights:
    """An object as argument."""

    w: Any
    b: Any


@custom_vjp(nondiff_argnums=(0,))
def applied(g: Any, x: Any) -> Any:
    return g(x)


def applied_fwd(g: Any, x: Any) -> Any:
    return applied(g, x), x


def applied_bwd(g: Any, x: Any, y_bar: Any) -> Any:
    return 3.0 * y_bar * g(x) * x * x,


applied.defvjp(applied_fwd, applied_bwd)


def times(x: Any, y: Any) -> Any:
    return x * y


def times_fwd(x: Any, y: Any) -> Any:
    return x * y, (x, y)


def back_with(fwd: Any, bwd: Any, fun: Any = times, **options: Any) -> Any:
    made = custom_vjp(fun, **options)
    made.defvjp(fwd, bwd)
    return made


def along_with(jvp_: Any, fun: Any = times) -> Any:
    made = custom_jvp(fun)
    made.defjvp(jvp_)
    return made


def one_only(res: Any, g: Any) -> Any:
    return g,


def no_tuple(res: Any, g: Any) -> Any:
    return g


def too_long(res: Any, g: Any) -> Any:
    return np.ones(3) * g, g


def too_short(res: Any, g: Any) -> Any:
    return g[:2], g


def no_pair(x: Any, y: Any) -> Any:
    return x * y


def other_form(x: Any, y: Any) -> Any:
    return (x, y), None


def only_value(primals: Any, tangents: Any) -> Any:
    return primals[0] * primals[1]


def pair_of_dots(primals: Any, tangents: Any) -> Any:
    return primals[0] * primals[1], tangents


def other_value(primals: Any, tangents: Any) -> Any:
    return primals, tangents[0]


def writing(x: Any, y: Any) -> Any:
    x[0] = 1.0
    return np.sum(x * y)


def writing_bwd(res: Any, g: Any) -> Any:
    res *= g
    return res, res


LENGTHS = back_with(times_fwd, too_short)
NONDIFF = back_with(times_fwd, lambda x, res, g: (3.0 * x * g,), nondiff_argnums=(0,))
WRITING = back_with(times_fwd, one_only, writing)
WRITING_BWD = back_with(lambda x, y: (np.sum(x * y), x * y), writing_bwd, lambda x, y: np.sum(x * y))
UNDECLARED = custom_vjp(times)
OBJECT = back_with(lambda w: (Weights(w, w), None), lambda _, g: (g.w + g.b,), lambda w: Weights(w, w))


@pytest.mark.parametrize("make, told", [
    (lambda: custom_vjp(3.0), "custom_vjp takes a function, not float"),
    (lambda: custom_vjp(times, nondiff_argnums=(2,)), "`times` has no argument 2"),
    (lambda: custom_jvp(times, nondiff_argnames="z"), "`times` has no parameter `z`"),
    (lambda: custom_vjp(lambda x, *, k=1: x), "has the parameter `k=1`, which has no position"),
    (lambda: custom_vjp(lambda *xs: xs), "has the parameter `*xs`, which has no position"),
    (lambda: UNDECLARED.defvjp(lambda x: x, no_tuple), "cannot be the fwd of `times`: too many positional"),
    (lambda: UNDECLARED.defvjp(times_fwd, lambda g: g), "cannot be the bwd of `times`: too many positional"),
    (lambda: UNDECLARED.defvjp(3.0, no_tuple), "`times` is given float as its fwd"),
    (lambda: UNDECLARED.defvjp(times_fwd, no_tuple, symbolic_zeros=True), "with symbolic_zeros"),
    (lambda: custom_jvp(times).defjvp(lambda p: p), "cannot be the jvp of `times`"),
    (lambda: custom_jvp(times).defjvps(None), "has 2 arguments, and 1 functions are given"),
    (lambda: custom_jvp(times).defjvps(None, lambda t, x: t), "cannot be the tangent in `y` of `times`"),
    (lambda: custom_jvp(times, nondiff_argnums=0).defjvps(None, None), "which defjvps does not know"),
    (lambda: grad(UNDECLARED)(1.0, 2.0), "`times` is a custom_vjp without a rule"),
    (lambda: jvp(custom_jvp(times), (1.0, 2.0), (1.0, 1.0)), "`times` is a custom_jvp without a rule"),
    (lambda: grad(back_with(times_fwd, one_only))(1.0, 2.0), "`one_only` does not return a tuple of 2 adjoints"),
    (lambda: grad(back_with(times_fwd, no_tuple))(1.0, 2.0), "`no_tuple` does not return a tuple of 2 adjoints"),
    (lambda: grad(back_with(times_fwd, too_long))(1.0, 2.0), "`too_long` gives an array of 1 axis as the deri"),
    (lambda: jvp(back_with(times_fwd, too_long), (1.0, 2.0), (1.0, 1.0)), "`too_long` gives an array of 1 axis"),
    (lambda: grad(back_with(no_pair, one_only))(1.0, 2.0), "`no_pair` does not return a pair"),
    (lambda: grad(back_with(other_form, no_tuple))(1.0, 2.0), "`other_form` returns a value of another form"),
    (lambda: jvp(along_with(only_value), (1.0, 2.0), (1.0, 1.0)), "`only_value` does not return a pair"),
    (lambda: grad(along_with(only_value))(1.0, 2.0), "`only_value` does not return a pair"),
    (lambda: grad(along_with(pair_of_dots))(1.0, 2.0), "`pair_of_dots` gives a tuple of 2 as the derivative"),
    (lambda: jvp(along_with(other_value), (1.0, 2.0), (1.0, 1.0)), "`other_value` returns a value of another form"),
    (lambda: grad(lambda x: NONDIFF(x, x))(1.0), "argument 0 of `times` depends on what is differentiated"),
    (lambda: jvp(lambda x: NONDIFF(x, x), (1.0,), (1.0,)), "argument 0 of `times` depends on what is differentiated"),
    (lambda: grad(lambda x: applied(lambda v: v * x, x))(1.0), "a function given to `applied` captures what is"),
    (lambda: jvp(lambda x: applied(lambda v: v * x, x), (1.0,), (1.0,)), "a function given to `applied` captures what"),
    (lambda: grad(lambda x: WRITING(x, x))(V), "`writing` writes to its arguments"),
    (lambda: grad(lambda x: WRITING_BWD(x, x))(V), "`writing_bwd` writes to its arguments"),
    (lambda: grad(lambda x: OBJECT(x).w)(1.0), "returns an object"),
])
def test_mistakes_are_told(make: Callable[[], Any], told: str) -> None:
    with pytest.raises(TangentError) as caught:
        make()
    assert told in caught.value.reason and caught.value.advice
    assert caught.value.file == __file__ or told.startswith("custom_vjp takes")


@pytest.mark.parametrize("make", [
    lambda: grad(lambda x: np.sum(LENGTHS(x, x)))(V),
    lambda: jvp(lambda x: np.sum(LENGTHS(x, x)), (V,), (np.ones(3),))], ids=["reverse", "forward"])
def test_shapes_that_are_not_known_before_are_looked_at(make: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match=r"`too_short` gives a derivative of shape \(2,\) for a value of shape \(3,\)"):
        make()


def test_what_is_not_differentiated_needs_no_rule() -> None:
    assert grad(lambda x: x * UNDECLARED(2.0, 2.0))(1.0) == 4.0
    assert grad(lambda x: NONDIFF(stop_gradient(x), x))(2.0) == 6.0
    assert UNDECLARED(2.0, y=3.0) == 6.0


def test_declarations_inside_are_refused() -> None:
    def inside(x: Any) -> Any:
        @custom_vjp
        def inner(v: Any) -> Any:
            return v * 2.0
        inner.defvjp(lambda v: (v * 2.0, None), lambda _, g: (5.0 * g,))
        return inner(x)
    with pytest.raises(UnsupportedError, match="`custom_vjp` is used inside of a function") as caught:
        grad(inside)(1.0)
    assert "module level" in caught.value.advice
