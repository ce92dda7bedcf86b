"""Callees that put other objects into what they are given, and names of what stood there before."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, 1.3, -0.7])


class Box:
    """A number and an array; most methods return early, so that they are called and not written out."""

    def __init__(self, a: Any, w: Any) -> None:
        self.a = a
        self.w = w

    def __call__(self, v: Any) -> Any:
        self.w += v * self.w
        return self.a

    def add(self, v: Any) -> Any:
        if self.a > 5:
            return 0.0
        self.w += v * self.w
        return self.a

    def step(self, v: Any) -> None:
        if self.a > 6:
            return
        self.w = self.w * v

    def view(self) -> Any:
        if self.a > 7:
            return self.w * 1.0
        return self.w

    def __iadd__(self, v: Any) -> Any:
        if v > 5:
            return self
        self.w = self.w + v
        return self

    def __enter__(self) -> Any:
        self.w = self.w * 2
        return self

    def __exit__(self, *error: Any) -> bool:
        if self.a > 7:
            return False
        self.w = self.w * 3
        return False

    @property
    def level(self) -> Any:
        return self.a

    @level.setter
    def level(self, v: Any) -> None:
        if v > 9:
            return
        self.w = self.w * v
        self.a = v


def scaled(box: Any, v: Any) -> Any:
    if v > 5:
        return 0.0
    box.w = box.w * v
    return v


def put(box: Any, w: Any) -> None:
    box.w = w
    if np.sum(w) > 100:
        return
    box.a = 2.0


def first_from_second(us: Any, k: Any) -> None:
    us[0] = us[1] * k


def swap(us: Any) -> None:
    us[0], us[1] = us[1], us[0]


def turn(us: Any) -> None:
    us.reverse()


def keep_first(us: Any, k: Any) -> None:
    us[0] = us[0]
    us[1] = us[1] * k


def store(d: Any, k: Any) -> None:
    d["v"] = d["v"] * k


def exchange(a: Any, b: Any, y: Any) -> None:
    a.w, b.w = b.w, a.w
    if y > 6:
        a.a = 1.0


def grow(box: Any, k: Any) -> None:
    box.w *= k
    if k > 8:
        box.a = k


@at(X, 0.8)
def attribute_rebound_by_a_function(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    b = scaled(box, y)
    return np.sum(t * box.w) * b


@at(X, 0.8)
def attribute_rebound_by_a_method(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.view()
    box.step(y)
    return np.sum(t * box.w)


@at(X, 0.8)
def attribute_rebound_by_iadd(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    box += y
    return np.sum(t * box.w)


@at(X, 0.8)
def attribute_rebound_by_a_context(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    with box as c:
        q = c.w
    return np.sum(t * box.w * q)


@at(X, 0.8)
def attribute_rebound_by_a_setter(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    box.level = y * 2
    return np.sum(t * box.w)


@at(X, 0.8)
def attribute_rebound_read_by_a_closure(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    g = lambda: np.sum(t * t)       # noqa: E731
    put(box, x * 3)
    return np.sum(box.w * x) * box.a + g()


@at(X, 0.8)
def attribute_rebound_on_one_path(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    if y > 0.5:
        put(box, x * 3)
    box.w[0] = y
    return np.sum(t * box.w) * box.a


@at(X, 0.8)
def attribute_rebound_in_a_loop(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    s = 0.0
    for _ in range(3):
        put(box, box.w * y)
        s += np.sum(t * box.w)
    return s * box.a


@at(X, 0.8)
def attribute_rebound_while_a_loop_runs_over_it(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    s = 0.0
    for e in box.w:
        put(box, box.w * y)
        s += e * box.a
    return s * np.sum(box.w)


@at(X, 0.8)
def attribute_named_in_turn_and_rebound(x: Any, y: Any) -> Any:
    box = Box(y, x * 2)
    t = box.w
    k = 0
    s = 0.0
    while k < 3:
        k += 1
        box.step(y)
        s += np.sum(t * box.w)
        if k == 2:
            t = box.w
    return s


@at(X, 0.8)
def attributes_exchanged_by_a_function(x: Any, y: Any) -> Any:
    a, b = Box(y, x * 2), Box(y, x ** 2)
    t, q = a.w, b.w
    exchange(a, b, y)
    return np.sum(t * a.w) + 3 * np.sum(q * b.w) + np.sum(t)


@at(X, 0.8)
def element_rebound_by_a_function(x: Any, y: Any) -> Any:
    us = [x * 2, x * 3]
    t = us[0]
    first_from_second(us, y)
    return np.sum(t * us[0])


@at(X, 0.8)
def elements_swapped_by_a_function(x: Any, y: Any) -> Any:
    us = [x * 2, x ** 2]
    t = us[0]
    swap(us)
    return np.sum(t * us[0] ** 2) * y


@at(X, 0.8)
def elements_turned_by_a_function(x: Any, y: Any) -> Any:
    us = [x * 2, x ** 2]
    t = us[0]
    turn(us)
    return np.sum(t * us[0] ** 2) * y


@at(X, 0.8)
def element_put_where_it_is(x: Any, y: Any) -> Any:
    us = [x * 2, x ** 2]
    t, q = us
    keep_first(us, y)
    return np.sum(t * us[0] + q * us[1])


@at(X, 0.8)
def item_rebound_by_a_function(x: Any, y: Any) -> Any:
    u = x * 2
    d = {"u": u, "v": x * 3}
    t = d["v"]
    store(d, y)
    return np.sum(u * t) + np.sum(d["u"] * d["v"])


@at(X, 0.8)
def row_written_by_a_closure(x: Any, y: Any) -> Any:
    us = [x * 2, x ** 2]
    t = us[0]

    def go(k: Any) -> None:
        if k > 9:
            return
        us[0] = us[1] * k
    go(y)
    return np.sum(t * us[0])


@at(X, 0.8)
def array_of_an_object_that_has_a_name(x: Any, y: Any) -> Any:
    u = x * 2
    box = Box(y, u)
    b = box.add(0.5 * y)
    u *= y
    b += box.add(u[0])
    return np.sum(box.w ** 2) * b + np.sum(u)


@at(X, 0.8)
def array_of_an_object_that_is_an_argument(x: Any, y: Any) -> Any:
    box = Box(y, x)
    b = box(0.5 * y)
    return np.sum(box.w ** 2) * b + np.sum(x)


@at(X, 0.8)
def array_of_an_object_that_is_a_part_of_another(x: Any, y: Any) -> Any:
    u = x * 2
    box = Box(y, u[1:])
    b = box.add(0.5 * y)
    return np.sum(box.w ** 2) * b + np.sum(u)


@at(X, 0.8)
def array_of_an_object_that_is_written_under_both_names(x: Any, y: Any) -> Any:
    u = x * 2
    box = Box(y, u)
    b = 0.0
    for k in range(3):
        b += box.add(0.5 * y)
        u[k] *= b
    return np.sum(box.w ** 2) * b + np.sum(u)


@at(X, 0.8)
def array_of_two_objects(x: Any, y: Any) -> Any:
    u = x ** 2
    a, b = Box(y, u), Box(y, u)
    grow(b, y)
    return np.sum(x * a.w) + 3 * np.sum(b.w) + np.sum(u)


@at(0.7, X)
def part_of_the_array_of_an_object_is_written(x: Any, y: Any) -> Any:
    box = Box(x, np.ones(3))
    h = box.w.reshape(-1)
    h[1:2] = 0.7 * x
    return box.a * np.sum(box.w * y)


@at(X, 0.8)
def array_stored_by_an_update_of_a_dict(x: Any, y: Any) -> Any:
    d = {"a": x * 2}
    u = x ** 2
    d.update({"b": u}, c=u)
    u *= y
    d["c"][0] = 3.0
    return np.sum(d["b"] * d["a"])


@at(X, 0.8)
def default_that_is_stored_and_named(x: Any, y: Any) -> Any:
    d: Any = {}
    t = d.setdefault("a", x * 2)
    d.setdefault("a", x)[0] = y
    return np.sum(t * d["a"])


@at(X, 0.8)
def list_turned_before_its_elements_are_swapped(x: Any, y: Any) -> Any:
    us = [x * 2, x + y]
    us.reverse()
    swap(us)
    return np.sum(us[0] ** 2 * us[1])


def append(us: Any, u: Any) -> None:
    us.append(u)


@at(X, 0.8)
def list_that_a_function_appends_to(x: Any, y: Any) -> Any:
    v = x ** 2 + y
    us = [x + y, v]
    append(us, x * 3)
    z = us[-1] * y
    return np.sum(us[0] ** 2) + np.sum(z * v) + np.sum(us[-1] ** 2)
