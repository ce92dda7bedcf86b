"""Writes through views, aliases and arguments: each program is refused with advice, or its gradient is right."""
from __future__ import annotations

import bisect
import logging
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tests.analysis.aliasing import judge
from tests.harness.modes import INTERNAL, REFUSED, RIGHT, WRONG, Outcome, run_modes, subject

X = np.array([0.7, -1.2, 1.9, 0.4])
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0])
TABLE = np.array([1.0, 2.0, 3.0, 4.0])
KNOTS = [0.0, 1.0, 2.0]
SEED = 3
Program = Callable[[Any], Any]


def total(u):
    return np.sum(u * WEIGHTS)


# ---- one object twice in a container ----

def repeated_lists(x):
    g = [[x[0], x[1]]] * 2
    g[0][1] = 5.0
    return g[1][1] * x[0]


def row_twice(x):
    row = [x[0], x[1]]
    g = [row, row]
    g[0][1] = 5.0
    return g[1][1] * x[0]


def array_twice(x):
    row = x * 2.0
    g = [row, row]
    g[0][1] = 5.0
    return total(g[1])


def repeated_array(x):
    g = [x * 2.0] * 2
    g[0][1] += 5.0 * x[0]
    return total(g[1]) * x[1]


def tuple_of_one_list(x):
    u = [x[0]]
    t = (u, u)
    t[0].append(x[1])
    return t[1][-1] * x[0]


def tuple_of_one_array(x):
    u = x * 1.0
    t = (u, u)
    t[0][1] = x[0] * x[0]
    return total(t[1])


def grid_of_zeros(x):
    g = [[0.0] * 3] * 2
    g[0][1] = x[0]
    return g[1][1] * x[1]


def pushed_twice(x):
    row, rows = x * 1.0, []
    for _ in range(3):
        rows.append(row)
    rows[0][1] = x[0] * x[2]
    return total(rows[2])


def twice_in_dict(x):
    u = x * 1.0
    d = {"a": u, "b": u}
    d["a"][1] = x[0] * x[0]
    return total(d["b"])


def dict_of_one_list(x):
    u = [x[0]]
    d = {"a": u, "b": u}
    d["a"].append(x[1] * x[1])
    return d["b"][-1] * 3.0


def sum_of_lists(x):
    row = [x[0], x[1]]
    rows = [row] + [row]
    rows[0][0] = x[2]
    return rows[1][0] * x[0]


def stored_twice(x):
    row = [x[0], x[1]]
    rows = [[0.0, 0.0], [0.0, 0.0]]
    rows[0] = row
    rows[1] = row
    rows[0][0] = x[2] * x[2]
    return rows[1][0] * 3.0


def comprehension_of_one(x):
    row = [x[0], x[1]]
    rows = [row for _ in range(3)]
    rows[0][0] = x[2] * x[2]
    return rows[1][0] * 3.0


def nested_twice(x):
    inner = [x[0]]
    outer = [[inner], [inner]]
    outer[0][0][0] = x[1] * x[1]
    return outer[1][0][0] * 2.0


def name_of_a_row(x):
    rows = [x * 1.0, x * 2.0]
    first = rows[0]
    rows[0][1] = x[0] * x[0]
    return total(first)


def row_by_its_name(x):
    rows = [x * 1.0, x * 2.0]
    first = rows[0]
    first[1] = x[0] * x[0]
    return total(rows[0])


def loop_over_rows(x):
    rows = [x * 1.0, x * 2.0]
    for row in rows:
        row[1] = x[0] * x[0]
    return total(rows[0])


def unpacked_rows(x):
    rows = [x * 1.0, x * 2.0]
    a, b = rows
    a[1] = x[0] * x[0]
    return total(rows[0]) + total(b)


def dict_values(x):
    d = {"a": x * 1.0, "b": x * 2.0}
    for row in d.values():
        row[1] = x[0] * x[0]
    return total(d["a"])


# ---- views ----

def write_through_slice(x):
    u = x * 1.0
    v = u[1:]
    v[0] = x[0] * x[0]
    return total(u)


def view_of_written(x):
    u = x * 1.0
    v = u[1:3]
    u[1] = x[0] * x[0]
    return np.sum(v * v)


def row_of_matrix(x):
    m = x.reshape(2, 2) * 1.0
    row = m[0]
    row[1] = x[3] * x[3]
    return np.sum(m * m)


def transposed(x):
    m = x.reshape(2, 2) * 1.0
    t = m.T
    t[0, 1] = x[3] * x[3]
    return np.sum(m * np.array([[1.0, 2.0], [3.0, 4.0]]))


def reshaped_argument(x):
    m = x.reshape(2, 2)
    m[0, 0] = 3.0
    return np.sum(m * m)


def rows_of_matrix(x):
    m = x.reshape(2, 2) * 1.0
    for row in m:
        row[0] = x[3] * x[3]
    return np.sum(m * m)


def ravelled(x):
    m = np.outer(x, x)
    v = m.ravel()
    v[0] = x[3]
    return np.sum(m * m)


def as_array(x):
    u = np.asarray(x)
    u[0] = 2.0
    return total(u)


def broadcast(x):
    u = x * 1.0
    v = np.broadcast_to(u, (2, 4))
    u[0] = x[1] * x[1]
    return np.sum(v * v)


def inplace_on_view(x):
    u = x * 1.0
    v = u[:2]
    v *= x[3]
    return total(u)


def swapped_rows(x):
    m = x.reshape(2, 2) * 1.0
    m[0], m[1] = m[1], m[0]
    return np.sum(m * np.array([[1.0, 2.0], [3.0, 4.0]]))


def diagonal(x):
    m = np.outer(x, x)
    d = np.diag(m)
    m[0, 0] = x[1]
    return np.sum(d * d)


def view_in_list(x):
    u = x * 1.0
    parts = [u[:2], u[2:]]
    u[0] = x[3] * x[3]
    return np.sum(parts[0] * parts[0])


def view_kept_in_loop(x):
    u = x * 1.0
    seen = []
    for i in range(3):
        seen.append(u[i:])
        u[i] = x[3] * u[i]
    return np.sum(seen[0] * seen[0])


def view_by_branch(x):
    u = x * 1.0
    v = u[1:] if x[0] > 0.0 else x[1:] * 2.0
    u[1] = x[0] * x[0]
    return np.sum(v * v)


def where_of_view(x):
    u = x * 1.0
    v = u[1:] * 1.0
    u[1] = x[0] * x[0]
    return np.sum(v * v) + total(u)


# ---- names, arguments, calls ----

def other_name(x):
    u = x * 1.0
    v = u
    v[0] = x[1] * x[1]
    return total(u)


def accumulated_alias(x):
    u = x * 1.0
    v = u
    u += x
    return total(v)


def list_in_a_tuple(x):
    inner = [x[0]]
    pair = (inner, x[1])
    rows = [pair]
    inner.append(x[2] * x[2])
    return sum(rows[0][0]) * pair[1]


def argument_written(x):
    x[0] = 2.0
    return total(x)


def argument_in_place(x):
    x *= 2.0
    return total(x)


def argument_in_list(x):
    rows = [x, x * 2.0]
    rows[0][0] = 2.0
    return total(rows[0])


def global_written(x):
    TABLE[0] = 2.0
    return np.sum(x * TABLE)


def global_alias(x):
    w = TABLE
    w[0] = x[0]
    return np.sum(x * w)


def identity(u):
    return u


def callee_gives_argument(x):
    u = x * 1.0
    v = identity(u)
    v[0] = x[1] * x[1]
    return total(u)


def scaled_in_place(u, a):
    u *= a
    return u


def callee_writes(x):
    u = x * 1.0
    scaled_in_place(u, x[0])
    return total(u)


def first_of(rows):
    return rows[0]


def callee_gives_part(x):
    rows = [x * 1.0, x * 2.0]
    row = first_of(rows)
    row[0] = x[1] * x[1]
    return total(rows[0])


def closure_sees(x):
    u = x * 1.0

    def inner():
        return total(u)
    u[0] = x[1] * x[1]
    return inner()


def closure_writes(x):
    u = x * 1.0

    def inner(a):
        u[0] = a
    inner(x[1] * x[1])
    return total(u)


def defaulted(x, u=[1.0]):      # noqa: B006
    u.append(x[0])
    return u[-1] * x[1]


def list_argument_grows(x):
    xs = [x[0], x[1]]
    ys = xs
    ys.append(x[2] * x[2])
    return xs[-1] * x[0]


def extended_alias(x):
    xs = [x[0]]
    ys = xs
    xs += [x[1] * x[1]]
    return ys[-1] * x[0]


def conditional_name(x):
    u, v = x * 1.0, x * 2.0
    w = u if x[0] > 0.0 else v
    w[1] = x[2] * x[2]
    return total(u) + total(v)


def rotated_names(x):
    a, b, c = x * 1.0, x * 2.0, x * 3.0
    for _ in range(4):
        a, b, c = b, c, a
        a[0] = b[1] * c[2]
    return total(a) + total(b)


def rotated_alias(x):
    a, b = x * 1.0, x * 2.0
    for i in range(3):
        b = a
        a[i] = x[3] * x[i]
    return total(b)


def popped_row(x):
    rows = [x * 1.0]
    rows.append(rows[0])
    last = rows.pop()
    last[0] = x[1] * x[1]
    return total(rows[0])


# ---- calls of what nobody knows ----

def shuffled(x):
    u = x * 1.0
    np.random.default_rng(SEED).shuffle(u)
    return total(u)


def filled(x):
    u = x * 1.0
    u.fill(x[0])
    return total(u)


def sorted_in_place(x):
    u = x * 1.0
    u.sort()
    return total(u)


def shuffled_indices(x):
    order = np.arange(4)
    np.random.default_rng(SEED).shuffle(order)
    return total(x[order])


def shuffled_list(x):
    order = [0, 1, 2, 3]
    random.Random(3).shuffle(order)
    return x[order[0]] * x[1]


def copied_into(x):
    u = np.zeros(4)
    np.copyto(u, x)
    return total(u)


def out_argument(x):
    u = np.zeros(4)
    np.multiply(x, x, out=u)
    return total(u)


class Store:
    """Something that keeps and changes what it is given."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def change(self, u: Any) -> None:
        u[0] = 100.0

    def __call__(self, u: Any) -> None:
        u[0] = 100.0


STORE = Store()


def changed_by_method(x):
    u = x * 1.0
    STORE.change(u)
    return total(u)


def changed_by_object(x):
    u = x * 1.0
    STORE(u)
    return total(u)


def changed_alias(x):
    u = x * 1.0
    v = u[:2]
    STORE.change(v)
    return total(u)


def changed_in_list(x):
    rows = [x * 1.0]
    STORE.change(rows)
    return x[0] * np.sum(rows[0])


def changed_names(x):
    names = ["a", "b"]
    STORE.change(names)
    return x[0] * len(str(names[0]))


def changed_view_of_argument(x):
    STORE.change(x[:2])
    return total(x)


def changed_on_one_path(x):
    u = x * 1.0 if x[0] > 0.0 else 0.0
    STORE.change(u)
    return np.sum(u * u)


def changed_in_loop(x):
    u, s = x * 1.0, 0.0
    for _ in range(2):
        s = s + total(u)
        STORE.change(u)
    return s


def changed_by_callee(x):
    u = x * 1.0
    gives_away(u)
    return total(u)


def gives_away(u):
    STORE.change(u)


# ---- function values ----

def called_by_index(x):
    a = x * x
    fs = [lambda t: t * a, lambda t: t + a]
    return np.sum(fs[1](x))


def called_by_key(x):
    fs = {"a": lambda t: t * x, "b": lambda t: t + x}
    return np.sum(fs["a"](x))


def called_by_branch(x):
    f = np.sin if x[0] > 0.0 else np.cos
    return np.sum(f(x))


def scaling(a):
    def inner(t):
        return t * a
    return inner


def called_from_a_call(x):
    return np.sum(scaling(x)(x))


def too_many_arguments(x):
    return np.sum(applied(lambda t: t, x))


def applied(f, x):
    return f(x, x) if len(f.__code__.co_varnames) > 1 else f(x)


SHARING = [fn for name, fn in list(globals().items()) if getattr(fn, "__module__", "") == __name__ and callable(fn) and
           list(getattr(fn, "__annotations__", ())) == [] and name not in (
               "total", "identity", "scaled_in_place", "first_of", "gives_away", "scaling", "applied", "Store",
               "STORE")]


# ---- what must be accepted ----

def element_of_a_tuple(x):
    t = (x * 1.0, x * 2.0)
    t[0][1] = x[0] * x[2]
    return np.sum(t[0] * t[1])


def element_of_a_carried_tuple(x):
    t = (x * 1.0, [x[0], x[1]])
    for _ in range(2):
        t = (t[0] * x, t[1])
        t[0][0] += x[1]
    t[1].append(x[2] * x[3])
    return np.sum(t[0]) * t[1][2]


def swapped_elements(x):
    u = x * 1.0
    u[0], u[1] = u[1], u[0]
    return total(u)


def view_copied_before(x):
    u = x * 1.0
    v = u[1:].copy()
    u[1] = x[0] * x[0]
    return np.sum(v * v) + total(u)


def rows_of_their_own(x):
    rows = [x.copy() for _ in range(3)]
    rows[0][1] = x[0] * x[2]
    return total(rows[2]) + total(rows[0] * rows[1])


def given_a_copy(x):
    u = x * 1.0
    STORE.change(u.copy())
    STORE.change(u * 2.0)
    return total(u)


def given_after_its_last_use(x):
    u = np.exp(x)
    y = np.sum(u * u)
    STORE.change(u)
    return y


def given_away_in_a_loop(x):
    y = 0.0
    for i in range(3):
        u = x * (i + 1.0)
        y = y + np.sum(u * u * u)
        STORE.change(u)
    return y


def told(x):
    noise = np.random.default_rng(0).normal(0.0, 1.0, 4)
    k = bisect.bisect_left(KNOTS, 0.5)
    LOG.debug("%s", x)
    return total(x * noise) * x[k]


def lists_by_their_methods(x):
    u = [x[0], x[1]]
    return u[u.index(x[1])] * len(u) * u.count(x[0])


# ---- state of objects outside ----

class Clock:
    """Something every use of which can be told from the next."""

    def __init__(self) -> None:
        self.rate, self.count = 0.5, 0

    def step(self) -> None:
        self.rate = self.rate * 1.5 if self.rate < 2.0 else 0.5

    @property
    def tick(self) -> float:
        return self.rate

    def get(self, key: Any) -> float:
        self.step()
        return self.rate


LOG = logging.getLogger(__name__)


def attribute_changes(x):
    clock = Clock()
    a = clock.rate
    clock.step()
    b = clock.rate
    return np.sum(x * a * x + b * x)


def method_in_a_loop(x):
    clock, y = Clock(), x
    for i in range(3):
        y = y * clock.get(i) * y
    return np.sum(y)


def property_in_a_loop(x):
    clock, y = Clock(), x
    for _ in range(3):
        clock.step()
        y = np.sin(y * clock.tick)
    return np.sum(y)


CLOCK = Clock()


def stepped():
    CLOCK.step()


def state_outside(x):
    CLOCK.__init__()
    a = CLOCK.rate
    CLOCK.step()
    y = x * CLOCK.rate * a
    for _ in range(2):
        stepped()
        y = y * y * CLOCK.rate
    return np.sum(y)


def keyword_only(a, *, scale):
    CLOCK.step()
    return a * scale


def keywords_of_a_callee(x):
    keyword_only(x, scale=2.0)
    return np.sum(keyword_only(x * x, scale=x))


ACCEPTED = [
    element_of_a_tuple, element_of_a_carried_tuple, swapped_elements, view_copied_before, rows_of_their_own,
    given_a_copy, given_after_its_last_use, given_away_in_a_loop, told, lists_by_their_methods, attribute_changes,
    method_in_a_loop, property_in_a_loop, state_outside, keywords_of_a_callee, other_name, rotated_names,
]


def outcomes(fn: Program) -> list[Outcome]:
    return run_modes(subject(tangent2, fn, (X.copy(),)), second=False)


@pytest.mark.parametrize("fn", SHARING, ids=lambda fn: fn.__name__)
def test_writes_that_another_name_sees(fn: Program) -> None:
    """Refused, or right."""
    for outcome in outcomes(fn):
        assert outcome.verdict in (RIGHT, REFUSED), (outcome.mode, outcome.note)
        assert outcome.verdict == RIGHT or "advice: " in outcome.note


@pytest.mark.parametrize("fn", ACCEPTED, ids=lambda fn: fn.__name__)
def test_writes_that_nothing_else_sees(fn: Program) -> None:
    for outcome in outcomes(fn):
        assert outcome.verdict == RIGHT, (outcome.mode, outcome.note)


@pytest.mark.parametrize("seed", range(40))
def test_random_aliases(seed: int) -> None:
    text, outcome = judge(seed)
    assert outcome.verdict not in (WRONG, INTERNAL), f"{text}\n{outcome.note}"
