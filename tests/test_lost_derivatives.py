"""Ways in which a derivative could be lost without a word: each is refused, with its place."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError


class Powers:
    """An object that is its own iterator."""

    def __init__(self, x: Any) -> None:
        self.x = x
        self.i = 0

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if self.i >= 3:
            raise StopIteration
        self.i += 1
        return self.x ** self.i


def iterator_of_its_own(x: Any) -> Any:
    t = 0.0
    for v in Powers(x):
        t += v
    return t


def summed_iterator(x: Any) -> Any:
    return sum(Powers(x))


def sum_of_a_set(x: Any) -> Any:
    return sum({x, 2 * x})


def loop_over_a_set(x: Any) -> Any:
    t = 0.0
    for v in {x, x * 3}:
        t += v
    return t


def key_of_a_display(x: Any) -> Any:
    return sum({x: 1})


def key_stored(x: Any) -> Any:
    d = {}
    d[x] = 1
    return sum(d)


def attributes_as_a_dict(x: Any) -> Any:
    return Powers(x).__dict__["x"]


def text_and_back(x: Any) -> Any:
    return float(str(x)) * 2


def text_that_grows(x: Any) -> Any:
    s = ""
    for _ in range(2):
        s = s + str(x)
    return x * float(s[:3])


def class_made_by_type(x: Any) -> Any:
    return type("A", (), {"v": x}).v * 2


def kept(x: Any, log: Any = []) -> Any:    # noqa: B006
    log.append(x)
    return log


def default_of_a_callee(x: Any) -> Any:
    kept(x)
    return kept(2 * x)[0]


SHARED = [1.0]


def grown(x: Any, xs: Any) -> Any:
    xs.append(x)
    return xs


def global_of_a_callee(x: Any) -> Any:
    grown(x, SHARED)
    return grown(2 * x, SHARED)[1]


@pytest.mark.parametrize("fn", [
    text_and_back, text_that_grows, class_made_by_type, default_of_a_callee, global_of_a_callee,
    iterator_of_its_own, summed_iterator, sum_of_a_set, loop_over_a_set, key_of_a_display, key_stored,
    attributes_as_a_dict])
@pytest.mark.parametrize("transform", [tangent2.grad, lambda f: lambda x: tangent2.jvp(f, (x,), (1.0,))])
def test_refused(transform: Callable[..., Any], fn: Callable[..., Any]) -> None:
    with pytest.raises(tangent2.TangentError) as caught:
        transform(fn)(2.0)
    assert caught.value.file == __file__ and caught.value.line and caught.value.advice


def some_keys(x: Any, n: Any) -> Any:
    t = n * 0.5
    known = {t, 1.0}
    return x * len(known) * (2.0 if 0.5 in {0.5, 1.5} else 1.0) * sum(x ** k for k in {1, 2})


def test_sets_of_inactive_numbers_are_fine() -> None:
    assert tangent2.grad(some_keys)(2.0, 3) == pytest.approx(4.0 * (2 * 2.0 + 3 * 4.0))


def own_default(x: Any, a: Any = np.zeros(2)) -> Any:    # noqa: B008
    a[0] += x
    return a[0] * x


def test_a_default_that_is_written_to_is_refused_where_it_is_taken() -> None:
    for _ in range(2):
        with pytest.raises(tangent2.TangentError, match="the default of its parameter `a`"):
            tangent2.grad(own_default)(2.0)
    assert tangent2.grad(own_default)(2.0, np.ones(2)) == pytest.approx(5.0)


def test_numbers_that_are_no_floats_among_floats_have_no_gradient() -> None:
    df = tangent2.grad(lambda p: p[0] * p[1])
    assert df([1.0, 2.0]) == [2.0, 1.0]
    for arg in [1.0, 2], (1.0, 2), [1, 2.0]:
        with pytest.raises(tangent2.TangentError, match="no float"):
            df(arg)
    with pytest.raises(tangent2.TangentError, match="no float"):
        tangent2.grad(lambda p: p["a"][0][1])({"a": [(1.0, 2.0), (1, 2.0)]})


@pytest.mark.parametrize("transform", [tangent2.grad, tangent2.value_and_grad])
def test_complex_powers_have_no_gradient(transform: Callable[..., Any]) -> None:
    with pytest.raises(tangent2.TangentError, match="is complex here"):
        transform(lambda x: x ** 0.5)(-1.0)
    with pytest.raises(tangent2.TangentError, match="is complex here"):
        transform(lambda p: p[0] ** 0.5)([-1.0])


def test_a_sum_of_numbers_and_arrays_is_an_array() -> None:
    with pytest.raises(tangent2.TangentError, match="an array"):
        tangent2.grad(lambda p: sum(p))((2.0, np.ones(2)))


class Failure(Exception):
    def __init__(self, value: object) -> None:
        super().__init__("failed")
        self.value = value


def _checked(v):
    if v > 0:
        raise Failure(v)
    return v * v


def _held_by_an_exception(x):
    try:
        s = _checked(x)
    except Failure as error:
        s = error.value
    return s


def test_what_the_exception_of_a_called_function_holds():
    with pytest.raises(TangentError, match="has no derivative rule"):
        tangent2.grad(_held_by_an_exception)(0.4)
