"""`vmap` of what lanes may do differently in ways no mask can express: at once if they agree, else one by one."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tangent2 import custom_vjp, grad, vmap
from tangent2.lane_warning import LaneWarning
from tangent2.runtime.agreement import LanesDiffer, agreed

ALIKE = np.array([[0.3, 0.7, 0.2], [0.2, 0.5, 0.3], [0.1, 0.9, 0.25]])
UNLIKE = np.array([[0.3, 0.7, 0.2], [0.4, 0.1, 0.9], [-0.4, 0.2, 0.1]])


def grown(x: Any) -> Any:
    found = []
    for i in range(3):
        if x[i] > 0.35:
            found.append(x[i] ** 2)
    return sum(found) + x[0]


def raised(x: Any) -> Any:
    try:
        if x[0] < 0:
            raise ValueError("negative")
        y = x[1] * 2
    except ValueError:
        y = x[1] * 3
    return y * x[2]


def caught_whatever(x: Any) -> Any:
    try:
        y = [x[0], x[1]][int(x[2] > 0.15)]
    except:     # noqa: E722
        y = x[2] * 5
    return y * x[2]


def by_key(x: Any) -> Any:
    table = {"a": x[0], "b": x[1]}
    key = "a" if x[2] > 0.15 else "b"
    return table[key] * x[0]


def by_place(x: Any) -> Any:
    return [x[0], x[1]][int(x[2] > 0.15)] * x[0]


def by_length(x: Any) -> Any:
    rows = []
    while len(rows) < 5 and sum(rows) < x[0] * 3:
        rows.append(x[1] * len(rows))
    return sum(rows) * x[2]


def recursive(x: Any) -> Any:
    def deeper(t: Any, n: int) -> Any:
        return t if t < 0.2 or n > 3 else deeper(t * 0.5, n + 1) * t
    return deeper(x[1], 0) * x[0]


FUNCTIONS = [grown, raised, caught_whatever, by_key, by_place, by_length, recursive]


def loop(f: Any, xs: Any) -> Any:
    return np.stack([f(x) for x in xs])


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("xs", [ALIKE, UNLIKE], ids=["alike", "unlike"])
def test_values_and_gradients(f: Any, xs: Any) -> None:
    for function in (f, grad(f)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LaneWarning)
            batched, before = vmap(function), xs.copy()
            for _ in range(2):
                np.testing.assert_allclose(batched(xs), loop(function, xs), rtol=1e-12)
        np.testing.assert_array_equal(xs, before)


@pytest.mark.parametrize("f", [grown, raised, by_key, by_place])
def test_lanes_that_agree_are_computed_at_once(f: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", LaneWarning)
        vmap(f)(ALIKE)
        vmap(grad(f))(ALIKE)


def test_lanes_that_differ_say_so_each_at_its_line() -> None:
    def grown(x: Any) -> Any:
        found = [x[0]]
        if x[1] > 0.35:
            found.append(x[1] * 3.0)
        return sum(found)
    with pytest.warns(LaneWarning, match="lists grow to other lengths in each lane") as told:
        vmap(grown)(UNLIKE)
    assert told[0].filename == __file__


def test_other_transforms_do_not_demand_agreement() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LaneWarning)
        for f in FUNCTIONS:
            np.testing.assert_allclose(grad(_total(f))(UNLIKE), loop(grad(f), UNLIKE))


def _total(f: Any) -> Any:
    return lambda xs: np.sum(vmap(f)(xs))


def test_text() -> None:
    assert "if agreed(x[:, i] > 0.35):\n            found.append(x[:, i] ** 2)" in vmap(grown).source(ALIKE)


def test_what_is_agreed_on() -> None:
    assert agreed(np.array([3, 3])) == 3
    with pytest.raises(LanesDiffer):
        agreed(np.array([True, False]))


def test_errors_are_those_of_the_first_lane_that_raises() -> None:
    def picked(x: Any) -> Any:
        if x[0] < 0:
            raise KeyError("the third lane")
        return x[1]
    with pytest.raises(KeyError, match="the third lane"):
        vmap(picked)(UNLIKE)


def test_an_error_of_all_at_once_that_no_lane_has() -> None:
    """A row below the last is asked for, by lanes that do not come there."""
    def pivots(a: Any) -> Any:
        b = a.copy()
        for k in range(3):
            row = b[k]
            for other in b[k + 1:]:
                if abs(other[k]) > abs(row[k]):
                    row = other
            row /= 2.0
        return np.sum(b ** 3)
    a = np.random.default_rng(1).normal(size=(4, 3, 3))
    with pytest.warns(LaneWarning, match="raises IndexError for all lanes at once"):
        found = vmap(pivots)(a)
    np.testing.assert_allclose(found, loop(pivots, a))


# ------------------------------------------------------------------------------------- numbers that were wrong once


def stored_before_and_under_a_mask(x: Any) -> Any:
    y = np.zeros(3)
    y[0] += x[0]
    if x[0] > 0.25:
        y[1] += x[1]
    else:
        y[2] = x[2]
        if x[0] > 0.15:
            y[0] *= x[1]
    return np.sum(y * x)


def number_of_a_list_added_to_under_a_mask(x: Any) -> Any:
    q = [x[0], x[0]]
    for i in range(2):
        if x[i] > 0.35:
            q[i] += x[2]
    return q[0] * q[1]


def array_of_a_list_added_to_under_a_mask(x: Any) -> Any:
    q = [x * 1.0, x * 2.0]
    for i in range(2):
        if x[i] > 0.35:
            q[i] += x[2]
    return np.sum(q[0] * q[1])


def parts_of_a_split(x: Any) -> Any:
    y = np.outer(x, x)
    parts = np.array_split(y, 2, axis=1)
    parts[1] += x[1]
    return np.sum(y * y)


def integers_in_a_list(x: Any) -> Any:
    q = [0, 0]
    for i in range(2):
        q[i] += x[i]
    return q[0] * q[1]


def one_that_is_the_other(x: Any) -> Any:
    w = (x * 2.0).ravel()
    other = w.ravel()
    other[1] = x[2]
    return np.sum(w ** 2)


def as_many_as_in_one_lane(x: Any) -> Any:
    return np.size([x[0], x[1]]) * x[2] * np.shape([x, x])[1]


def equal_pairs(x: Any) -> Any:
    return x[0] * 2.0 if (x[0], 0.7) == (x[0], x[1]) else x[2]


def keys_of_some_lanes(x: Any) -> Any:
    table: dict[str, Any] = {}
    for key, v in zip("abc", x):
        if v > 0.25:
            table[key] = v * v
    return sum(table.values()) + len(table) * x[0]


def complex_in_some_lanes(x: Any) -> Any:
    z = x[0] if x[0] > 0 else 1j * x[0]
    return np.abs(np.array([z, z * 2]))[1] * x[1]


def bound_in_a_loop_that_lanes_leave(x: Any) -> Any:
    for v in x:
        pair = (v * v, v + 1.0)
        if v < 0.3:
            break
    return pair[0] * pair[1]


def table_made_by_a_function(x: Any) -> Any:
    def zeros(n: int) -> Any:
        return [[0.0 for _ in range(n)] for _ in range(n)]
    a = zeros(2)
    for p in range(2):
        for q in range(2):
            a[p][q] = x[p] * x[q]
    return a[0][1] * a[1][1] + a[0][0]


@pytest.mark.parametrize("f", [
    stored_before_and_under_a_mask, number_of_a_list_added_to_under_a_mask, array_of_a_list_added_to_under_a_mask,
    parts_of_a_split, integers_in_a_list, one_that_is_the_other, as_many_as_in_one_lane, equal_pairs,
    keys_of_some_lanes, complex_in_some_lanes, bound_in_a_loop_that_lanes_leave, table_made_by_a_function])
@pytest.mark.parametrize("xs", [ALIKE, UNLIKE], ids=["alike", "unlike"])
def test_numbers(f: Any, xs: Any) -> None:
    test_values_and_gradients(f, xs)


def test_rules_of_users_are_batched_where_no_derivative_follows() -> None:
    @custom_vjp
    def g(x: Any) -> Any:
        return np.sin(x) * x
    g.defvjp(lambda x: (g(x), x), lambda x, ct: (3.0 * ct * np.cos(x),))

    def f(x: Any) -> Any:
        return np.sum(g(x) * 2.0) * x[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error", LaneWarning)
        for function in (f, grad(f)):
            np.testing.assert_allclose(vmap(function)(UNLIKE), loop(function, UNLIKE))
    with pytest.warns(LaneWarning, match="derivatives of its own"):
        np.testing.assert_allclose(grad(_total(f))(UNLIKE), loop(grad(f), UNLIKE))


def test_nothing_is_said_of_what_is_only_looked_at() -> None:
    def scaled(x: Any, c: Any) -> Any:
        return np.sin(x) * c
    with warnings.catch_warnings():
        warnings.simplefilter("error", LaneWarning)
        found = grad(lambda x: vmap(scaled, (0, None))(x, 2.0).sum())(ALIKE[0])
    np.testing.assert_allclose(found, 2.0 * np.cos(ALIKE[0]))


# ----------------------------------------------------------------------------------------- arrays of several ranks


def squared(params: Any, x: Any) -> Any:
    return sum(np.sum(p ** 2) for p in params) * x


def stepped(params: Any, x: Any) -> Any:
    new = [p - 0.1 * g for p, g in zip(params, params)]
    return new[0][0, 0] + new[1][0] + 0.0 * x


def squared_in_turn(params: Any, x: Any) -> Any:
    total = 0.0
    for i in range(len(params)):
        total += np.sum(params[i] ** 2)
    return total * x


def squared_by_key(params: Any, x: Any) -> Any:
    total = 0.0
    for key in params:
        total += np.sum(params[key] ** 2) * len(key)
    for key, p in params.items():
        total += np.sum(p) * len(key)
    return total * x


def test_loops_over_arrays_of_several_ranks_are_written_out() -> None:
    params, xs = (np.arange(6.0).reshape(2, 3) + 0.5, np.array([0.3, 0.7])), np.array([1.0, 3.0])
    for f, given in ((squared, params), (squared_in_turn, params), (squared_by_key, dict(zip(("w", "bb"), params)))):
        with warnings.catch_warnings():
            warnings.simplefilter("error", LaneWarning)
            np.testing.assert_allclose(vmap(f, (None, 0))(given, xs), [f(given, x) for x in xs])
            found = vmap(grad(f), (None, 0))(given, xs)
        for key in given if isinstance(given, dict) else range(2):
            np.testing.assert_allclose(found[key], np.stack([grad(f)(given, x)[key] for x in xs]))


@pytest.mark.parametrize("f", [squared, stepped, squared_in_turn])
@pytest.mark.parametrize("form", [tuple, list])
def test_arrays_of_several_ranks(f: Any, form: Any) -> None:
    params = form([np.arange(6.0).reshape(2, 3) + 0.5, np.array([0.3, 0.7])])
    many, xs = form([np.stack([p, 2.0 * p]) for p in params]), np.array([1.0, 3.0])
    lanes = [form([p[k] for p in many]) for k in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LaneWarning)
        np.testing.assert_allclose(vmap(f)(many, xs), [f(p, x) for p, x in zip(lanes, xs)])
        found, wanted = vmap(grad(f))(many, xs), [grad(f)(p, x) for p, x in zip(lanes, xs)]
        shared = vmap(grad(f), (None, 0))(params, xs)
    assert type(found) is type(shared) is form
    for k in range(2):
        np.testing.assert_allclose(found[k], np.stack([w[k] for w in wanted]))
        np.testing.assert_allclose(shared[k], np.stack([grad(f)(params, x)[k] for x in xs]))
