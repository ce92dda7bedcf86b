"""Memory: updates that another name could see are refused, all others are not."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tangent2.errors import TangentError
from tests.analysis.programs import agree

X, Y = np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, 2.5])
TABLE = [1.0, 2.0]


def fresh(x):
    u = np.zeros_like(x)
    for i in range(3):
        u[i] = x[i] * i
    u += x
    u[1:] *= 2.0
    np.add.at(u, [0, 0], 1.0)
    return u


def rebound(x):
    w = x.copy()
    for _ in range(3):
        w = w.copy()
        w[0] += 1.0
    return w


def swapped(x):
    a, b = x.copy(), np.zeros_like(x)
    for _ in range(3):
        b[1:] = a[:-1]
        a, b = b, a
    return a, b


def branches(x):
    if x[0] > 0.0:
        u = x * 2.0
    else:
        u = np.zeros(3)
    u[0] = 5.0
    return u


def lists(x):
    out, stack = [], [x[0]]
    while stack:
        v = stack.pop()
        out.append(v)
        if v < 4.0:
            stack.append(v + 1.0)
    return out


def kept_rows(x):
    rows = []
    for i in range(3):
        row = x * i
        row[0] = i
        rows.append(row)
    return rows


def helper(x):
    return np.tanh(x)


def picked(x):
    return x if x[0] > 0.0 else -x


def of_a_call(x):
    u = helper(x)
    u[0] = 1.0
    return u


def aliased_names(x):
    u = x.copy()
    v = u
    v[0] = 9.0
    return u, v


def read_before(x):
    u = x.copy()
    v = u[1:] * 1.0
    t = np.sum(u)
    u[1] = t
    return u, v


def snapshot(x):
    u = x.copy()
    old = u.copy()
    u[0] = 7.0
    return old, u


def copied_argument(x):
    x = x.copy()
    x[0] = 2.0
    return x


def copied_list(xs):
    xs = list(xs)
    xs.append(1.0)
    xs[0] = 3.0
    return xs


def past_arrays(x):
    trail, u = [], x.copy()
    for i in range(3):
        trail.append(u)
        u = u.copy()
        u[i] = 0.0
    return trail, u


def parts_of_lists(x):
    rows = [x * 2.0, x * 3.0]
    rows[0][0] = 9.0
    rows[1] = rows[1] * x
    last = rows.pop()
    last[0] = 1.0
    return rows, last


def dict_of_arrays(x):
    d = {"a": x.copy(), "b": 1.0}
    d["b"] = 2.0
    d["c"] = np.sum(d["a"])
    return d


@pytest.mark.parametrize("fn", [
    fresh, rebound, swapped, branches, lists, kept_rows, of_a_call, aliased_names, read_before, snapshot,
    copied_argument, past_arrays, parts_of_lists, dict_of_arrays,
])
def test_updates_that_nothing_else_sees_are_right(fn: Any) -> None:
    agree(fn, X)


def test_copies_of_lists_are_ones_own() -> None:
    agree(copied_list, [1.0, 2.0])


def writes_argument(x):
    x[0] = 1.0
    return x


def writes_view(x):
    u = x.copy()
    v = u[1:]
    v[0] = 9.0
    return u


def view_sees(x):
    u = x.copy()
    v = u[1:]
    u[1] = 9.0
    return v


def inplace_argument(x):
    x += 1.0
    return x


def inplace_alias(x):
    u = x.copy()
    v = u
    u += 1.0
    return u * v


def list_sees(x):
    u = x.copy()
    rows = [u]
    u[0] = 9.0
    return rows


def rows_share(x):
    rows = [x * 2.0] * 2
    rows[0][0] = 9.0
    return rows


def rows_twice(x):
    row = x * 2.0
    rows = [row, row]
    last = rows.pop()
    last[0] = 9.0
    return rows


def maybe_view(x):
    v = x.reshape(3, 1)
    v[0, 0] = 9.0
    return x * 1.0


def call_may_return_argument(x):
    u = picked(x)
    u[0] = 9.0
    return u


def writes_global(x):
    t = TABLE
    t.append(x[0])
    return t


def carried_alias(x):
    u = x * 1.0
    v = u
    for i in range(3):
        if i > 0:
            v = u
        u[i] = 0.0
        v = v * 1.0
    return u, v


def conditional_alias(x, y):
    u = x * 1.0
    w = u if y[0] > 0.0 else y * 1.0
    w[0] = 9.0
    return u, w


def argument_list(xs):
    xs.append(1.0)
    return xs


def extended(x):
    a = [x[0]]
    b = a
    a += [1.0]
    return b


@pytest.mark.parametrize("fn, args", [
    (writes_argument, (X,)), (writes_view, (X,)), (view_sees, (X,)), (inplace_argument, (X,)), (inplace_alias, (X,)),
    (conditional_alias, (X, Y)), (conditional_alias, (X, -Y)), (argument_list, ([1.0],)), (extended, (X,)),
    (list_sees, (X,)), (rows_twice, (X,)), (rows_share, (X,)), (maybe_view, (X,)),
])
def test_updates_that_another_name_sees_are_right(fn: Any, args: tuple[Any, ...]) -> None:
    agree(fn, *args)


@pytest.mark.parametrize("fn, args", [
    (call_may_return_argument, (X,)), (writes_global, (X,)),
])
def test_updates_that_another_name_sees_are_refused(fn: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(TangentError) as caught:
        agree(fn, *args)
    assert caught.value.file and caught.value.line and caught.value.advice


def test_what_is_carried_is_right_or_refused() -> None:
    try:
        agree(carried_alias, X)
    except TangentError:
        pass
