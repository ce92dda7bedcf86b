"""Iteration: every loop runs over a range, and gives what Python's gives."""
# ruff: noqa: C416, E501
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tangent2.core.kinds import UNKNOWN, Range
from tangent2.core.syntax import For, Op, walk
from tangent2.errors import TangentError
from tangent2.python.lower import lower
from tests.analysis.programs import Program, agree, same
from tests.analysis.soundness import run

X, Y, XS, D = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), [0.5, 1.5, 2.5], {"a": 1.0, "b": 2.0, "c": 3.0}
W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def dict_items(d):
    return [(k, v) for k, v in d.items()], [v for v in d.values()], [k for k in d], [p for p in d.items()]


def nested(x, xs):
    out = []
    for k, ((a, b), c) in enumerate(zip(zip(x, xs), range(1, 9))):
        out.append((k, a, b, c))
    return out, k, c


def starred(x):
    out = []
    for first, *rest in x:
        out.append((first, rest))
    return out


def shadowed(xs):
    s = 0.0
    for i, x in enumerate(xs):
        i = i + x
        s += i
    return s, i, x


def leaving(xs):
    for k, x in enumerate(xs):
        if x > 1.0:
            break
        if k > 5:
            return -1
    else:
        return None
    return k, x


CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lambda xs: [x for x in xs], (XS,)), (lambda xs: [x for x in xs], (X,)), (lambda w: [r for r in w], (W,)),
    (lambda xs: [x for x in xs], ((1.0, 2, 3.0),)), (lambda s: [c for c in s], ("abc",)),
    (lambda n: [i for i in range(n)], (4,)), (lambda n: [i for i in range(1, n, 2)], (8,)),
    (lambda n: [i for i in reversed(range(n))], (4,)), (lambda n: [i for i in reversed(range(2, n))], (6,)),
    (lambda n: [i for i in reversed(range(1, n, 3))], (9,)), (lambda n: [i for i in reversed(range(n, 0, -2))], (9,)),
    (lambda xs: [x for x in reversed(xs)], (XS,)), (lambda xs: [x for x in reversed(xs)], (X,)),
    (lambda xs: [p for p in enumerate(xs)], (XS,)), (lambda xs: [p for p in enumerate(xs, 3)], (XS,)),
    (lambda xs, n: [i + x for i, x in enumerate(xs, n)], (XS, 2)),
    (lambda xs: [p for p in enumerate(reversed(xs))], (XS,)), (lambda xs: [p for p in reversed(list(enumerate(xs)))], (XS,)),
    (lambda xs, ys: [a * b for a, b in zip(xs, ys)], (XS, Y)), (lambda xs, ys: [p for p in zip(xs, ys)], (X, XS[:2])),
    (lambda x, y: [a * b for a, b in zip(x, y)], (X, Y)), (lambda x: [p for p in zip(x, x)], (X,)),
    (lambda n, xs: [i * x for i, x in zip(range(n), xs)], (2, XS)), (lambda n, xs: [p for p in zip(range(1, n), xs)], (3, XS)),
    (lambda n, xs: [p for p in zip(range(0, n, 2), reversed(xs))], (9, XS)),
    (lambda n, xs: [p for p in zip(range(n), xs)], (-2, XS)), (lambda x, y, z: [p for p in zip(x, y, z)], (X, XS, (1, 2))),
    (lambda t: [a + b for a, b in t], ([(1, 2.0), (3, 4.0)],)), (lambda t: [a for a in zip(t)], ((1, 2),)),
    (dict_items, (D,)), (nested, (X, XS)), (starred, (W,)), (shadowed, (XS,)), (leaving, (XS,)), (leaving, ([0.5],)),
    (lambda: [x for x in []], ()), (lambda xs: [x for x in zip()], (XS,)),
    (lambda xs: sum(x * k for k, x in enumerate(xs)), (XS,)), (lambda w: [c for r in w for c in r], (W,)),
]


@pytest.mark.parametrize("fn, args", CASES, ids=range(len(CASES)))     # type: ignore[arg-type]
def test_loops_give_what_pythons_give(fn: Any, args: tuple[Any, ...]) -> None:
    typed = agree(fn, *args)
    for stmt in walk(typed.function.body):
        if isinstance(stmt, For):
            assert typed.kinds[stmt.iter] == Range()        # type: ignore[index]


@pytest.mark.parametrize("fn, args", CASES, ids=range(len(CASES)))     # type: ignore[arg-type]
def test_loops_over_what_is_unknown_are_right_too(fn: Any, args: tuple[Any, ...]) -> None:
    program = Program()
    typed = program.compile(lower(fn, program.recognise), (UNKNOWN,) * len(args))
    assert same(fn(*args), run(typed, args))


def test_iterators_that_loops_take_the_place_of_are_not_made() -> None:
    def f(x, ys):
        return [i * a * b for i, (a, b) in enumerate(zip(x, ys))]
    found = [s.prim.name for s in walk(agree(f, X, XS).function.body) if isinstance(s, Op)]
    assert not {"zip", "enumerate", "tuple", "unpack"} & set(found)


def test_equal_extents_need_no_minimum() -> None:
    def f(x, y):
        z = x * y
        return [a * b * c for a, b, c in zip(x, y, z)]
    found = [s.prim.name for s in walk(agree(f, X, Y).function.body) if isinstance(s, Op)]
    assert found.count("len") == 1 and "min" not in found


def test_a_list_that_changes_while_it_is_iterated_over_is_refused() -> None:
    def grows(n):
        xs = [n]
        for x in xs:
            if x > 0:
                xs.append(x - 1)
        return xs

    def writes(x):
        u = x.copy()
        for v in u:
            u[2] = v * 2.0
        return u

    def unknown(xs):
        for x in xs:
            if x > 0:
                xs.append(x - 1)
        return xs
    agree(writes, X)
    for fn, arg in ((grows, 2), (unknown, [2])):
        with pytest.raises(TangentError):
            agree(fn, arg)
    program = Program()
    with pytest.raises(TangentError):
        program.compile(lower(unknown, program.recognise), (UNKNOWN,))
