"""Inference: extents that are unified, loops that settle, calls, and soundness on random programs."""
from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tangent2.core.dims import canonical
from tangent2.core.kinds import (
    BOOL, FLOAT, INT, NONE, NOT_ONE, STR, UNKNOWN, Array, FunctionKind, List, Number, Sliced, Sym, Tuple,
)
from tangent2.core import prims
from tangent2.core.syntax import Op, Typed, walk
from tangent2.errors import TangentError
from tests.analysis.programs import agree
from tests.analysis.soundness import Unsound
from tests.generator.program import generate

N, M = Sym(0), Sym(1)
STRONG = Number("float64", False)
rng = np.random.default_rng(0)


def outside(typed: Typed) -> Any:
    """What callers know of a result."""
    return canonical((typed.result,))[0][0]


def kind_of(typed: Typed, hint: str) -> Any:
    """The kind of the last value with this name."""
    found = [v for s in walk(typed.function.body) for v in s.outs if v.hint == hint]
    found += [p for p in typed.function.params if p.hint == hint]
    return typed.kinds[found[-1] if found else next(v for v in typed.kinds if v.hint == hint)]


def test_elementwise_operands_have_equal_extents() -> None:
    def loss(w, b, X, y):
        z = X @ w + b
        p = 1.0 / (1.0 + np.exp(-z))
        e = y * np.log(p)
        return np.sum(e), z, y
    typed = agree(loss, rng.random(4), 0.3, rng.random((9, 4)), rng.random(9))
    z, y, e = [kind_of(typed, name) for name in "zye"]
    assert z == y == e == Array("float64", z.shape)
    assert kind_of(typed, "w").shape[0] == kind_of(typed, "X").shape[1]


def test_slices_of_unified_arrays_are_equal() -> None:
    def f(u, v):
        s = u + v
        a, b, c = u[1:], v[:-1], s[1:-1]
        return np.sum(a * b) + np.sum(c)
    typed = agree(f, rng.random(5), rng.random(5))
    assert kind_of(typed, "a") == kind_of(typed, "b") == Array("float64", (Sliced(N, 1),))
    assert kind_of(typed, "c") == Array("float64", (Sliced(N, 2),))


def test_what_a_branch_shows_does_not_hold_outside_of_it() -> None:
    def f(x, y):
        if len(x) == len(y):
            a = x * y
            return np.sum(a)
        return np.sum(x) * np.sum(y)
    typed = agree(f, rng.random(3), rng.random(4))
    assert kind_of(typed, "x") != kind_of(typed, "y")
    agree(f, rng.random(3), rng.random(3))


def test_what_follows_an_early_return_is_conditional() -> None:
    def f(x, y):
        if len(x) != len(y):
            return np.sum(x) - np.sum(y)
        a = x * y
        b = y * x
        return np.sum(a) + np.sum(b)
    typed = agree(f, rng.random(3), rng.random(4))
    assert kind_of(typed, "x") != kind_of(typed, "y")
    assert kind_of(typed, "a") == kind_of(typed, "b")


def test_a_loop_keeps_extents_that_its_body_shows_to_be_equal() -> None:
    def descent(w, X, y, n):
        for _ in range(n):
            w = 0.1 * (X.T @ (X @ w - y)) - w
        return w
    typed = agree(descent, rng.random(3), rng.random((5, 3)), rng.random(5), 3)
    assert typed.result == Array("float64", (N,))
    agree(descent, rng.random(3), rng.random((5, 3)), rng.random(5), 0)


def test_loops_settle() -> None:
    def shrink(x):
        s = 0
        while len(x) > 1:
            x = x[1:]
            s += 0.5 * x[0]
        return s, x

    def deeper(n):
        stack = []
        for _ in range(n):
            stack = [stack]
        return stack

    def grow(x, n):
        for _ in range(n):
            x = np.outer(x, x)[0]
        return x
    assert outside(agree(shrink, rng.random(5))) == Tuple((Number("float64|int64", False), Array("float64", (None,))))
    assert isinstance(agree(deeper, 3).result, List)
    assert agree(grow, rng.random(3), 2).result.rank == 1       # type: ignore[attr-defined]


def test_numbers_join_to_floats_and_lists_take_elements_in() -> None:
    def f(x, n):
        s, best, terms = 0, None, []
        for i in range(n):
            s += 0.5 * x
            best = x if best is None else best * x
            terms.append((i, s))
        while terms:
            i, last = terms.pop()
            s = s + last * i
        return s, best, terms
    typed = agree(f, 1.5, 3)
    assert typed.result == Tuple((Number("float64|int64"), FLOAT, List(Tuple((INT, FLOAT)))))


def test_the_extent_of_one_iteration_is_not_that_of_the_next() -> None:
    def f(n):
        kept, last = [], None
        for k in range(n):
            last = np.zeros(k + 1)
            kept.append(last)
        return kept, last
    typed = agree(f, 3)
    assert isinstance(typed.result, Tuple)
    assert typed.result.elts[0] == List(Array("float64", (None,)))


def even(n: int, x: float) -> Any:
    return x if n == 0 else odd(n - 1, x * 0.5)


def odd(n: int, x: float) -> Any:
    return 0.0 if n == 0 else even(n - 1, x)


def nest(x: float, n: int) -> Any:
    if n == 0:
        return x, None
    return np.sin(x), nest(x, n - 1)


def second(x: Any, y: Any) -> Any:
    return y * 2.0


def test_calls_are_inferred_under_the_callers_kinds() -> None:
    assert agree(lambda x, n: even(n, x) + 1.0, 0.7, 4).result == FLOAT
    assert agree(lambda x, n: odd(n, x), 0.7, 3).result == FLOAT
    typed = agree(lambda x, y: second(x, y)[1:], rng.random(3), rng.random((4, 2)))
    assert typed.result == Array("float64", (Sliced(M, 1), Sym(2)))
    assert isinstance(agree(lambda x: nest(x, 3), 0.5).result, Tuple)


def test_function_values() -> None:
    def f(x, a):
        scale = lambda v, k=2.0: a * v * k        # noqa: E731

        def shift(v, by):
            return scale(v) + by
        return shift(x, by=1.0) + scale(x, k=3.0)

    def apply(g, x):
        return g(x) + 1.0

    def h(x, a):
        return apply_twice(square, x) + apply_twice(lambda v: a * v, x) + apply_twice(np.sin, x)
    assert agree(f, 0.5, 1.5).result == FLOAT
    assert agree(h, 0.5, 1.5).result == STRONG
    for typed in (agree(f, 0.5, 1.5), agree(h, 0.5, 1.5)):
        assert not any(isinstance(s, Op) and s.prim is prims.APPLY for s in walk(typed.function.body))
    assert agree(apply, math.sin, 0.5).result == FLOAT
    typed = agree(apply, square, 0.5)
    assert isinstance(kind_of(typed, "g"), FunctionKind) and typed.result == FLOAT


def square(x: float) -> float:
    return x * x


def apply_twice(g: Any, x: float) -> Any:
    def twice(v):
        return g(g(v))
    return twice(x) + g(x)


GLOBAL_ARRAY = np.array([1.0, 2.0, 3.0])
GLOBAL_TABLE = {"a": 1.0, "b": np.ones(2)}


def test_captured_data_has_extents_of_its_own() -> None:
    def f(x):
        return GLOBAL_ARRAY * x, GLOBAL_TABLE["a"], GLOBAL_ARRAY[1:] + x[:-1]
    typed = agree(f, rng.random(3))
    assert isinstance(typed.result, Tuple)
    assert typed.result.elts[1] == FLOAT and typed.result.elts[0] == Array("float64", (N,))


def test_results_of_many_forms() -> None:
    def f(x, d, mode):
        a, *rest = x
        first = x[0] if len(x) > 2 else None
        text = f"{mode} {a}"
        flag = mode == "on" and a > 0.0
        return rest, first, text, flag, d["k"], x.T, x.sum(), not flag
    typed = agree(f, rng.random(3), {"k": 2}, "on")
    assert typed.result == Tuple((List(STRONG), STRONG, UNKNOWN, Number("bool", False), INT, Array("float64", (N,)),
                                  STRONG, BOOL)) or typed.result.elts[2] in (STR, UNKNOWN)      # type: ignore


def test_nothing_is_the_kind_of_no_result() -> None:
    assert agree(lambda x: None, 1.0).result == NONE


def test_arrays_joined_over_calls_are_not_one() -> None:
    def f(x, y, c):
        z = x if c else y
        return z * 2.0
    assert outside(agree(f, rng.random(3), rng.random(4), True)) == Array("float64", (NOT_ONE,))


@pytest.mark.parametrize("seed", range(250))
def test_random_programs_have_the_kinds_inferred(seed: int) -> None:
    program = generate(seed, plain=True)
    try:
        agree(program.load()["f"], *program.args)
    except Unsound:
        raise
    except TangentError:
        pytest.skip("refused")
