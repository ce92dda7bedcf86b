"""Memory that cannot be followed, and arrays that hold no numbers: an error with place and advice, or Python's own."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError
from tests.harness.refused import refused

X = np.array([0.3, -1.2, 0.7, 0.9])
FIELDS = [("p", float), ("q", float)]


def of_objects(x: Any) -> Any:
    a = np.empty(2, dtype=object)
    a[0], a[1] = x, 2.0 * x
    return np.sum(a[0] * a[1])


def made_of_objects(x: Any) -> Any:
    a = np.array([x, 2.0 * x, None], dtype=object)
    return np.sum(a[0] * a[1])


def objects_by_letter(x: Any) -> Any:
    a = np.zeros(3, "O")
    a[0] = x[0]
    return a[0] * x[1]


def cast_to_objects(x: Any) -> Any:
    return np.sum(x.astype(object) * x)


def with_fields(x: Any) -> Any:
    a = np.zeros(4, dtype=[("p", float), ("q", float)])
    a["p"] = x
    return np.sum(a["p"] ** 2)


def with_fields_named_outside(x: Any) -> Any:
    a = np.zeros(4, FIELDS)
    a["p"] = x
    return np.sum(a["p"] ** 2)


def with_fields_by_text(x: Any) -> Any:
    a = np.zeros(4, "f8,f8")
    a["f0"] = x
    return np.sum(a["f0"] ** 2)


def cast_without_copy(x: Any) -> Any:
    a = x * 2.0
    b = a.astype(float, copy=False)
    b[0] = x[1] ** 2
    return np.sum(a ** 2)


def cast_argument(x: Any) -> Any:
    b = x.astype(float, copy=False)
    b[0] = x[1] ** 2
    return np.sum(x ** 2)


def array_without_copy(x: Any) -> Any:
    a = x * 2.0
    b = np.array(a, copy=None)
    a[0] = x[1] ** 2
    return np.sum(b ** 2)


def view_by_einsum(x: Any) -> Any:
    a = (x * 2.0).reshape(2, 2)
    d = np.einsum("ii->i", a)
    d[0] = x[1] ** 2
    return np.sum(a ** 3)


def argument_by_einsum(x: Any) -> Any:
    b = np.einsum("i->i", x)
    b[0] = x[1] ** 2
    return np.sum(x ** 3)


def windows(x: Any) -> Any:
    a = x * 2.0
    b = np.lib.stride_tricks.sliding_window_view(a, 2)
    a[0] = x[1] ** 2
    return np.sum(b ** 3)


def strided(x: Any) -> Any:
    a = x * 2.0
    b = np.lib.stride_tricks.as_strided(a, (2,), (16,))
    a[0] = x[1] ** 2
    return np.sum(b ** 2)


def by_memoryview(x: Any) -> Any:
    a = x * 2.0
    m = memoryview(a)
    m[0] = 3.0
    return np.sum(a ** 3)


def other_dtype(x: Any) -> Any:
    a = x * 2.0
    b = a.view(np.complex128)
    b[0] = 1.0
    return np.sum(a ** 3)


def base_of_a_view(x: Any) -> Any:
    a = x * 2.0
    b = a[1:]
    b.base[1] = x[0] ** 2
    return np.sum(a ** 3)


def set_by_name(x: Any) -> Any:
    a = x * 2.0
    a.__setitem__(0, x[1] ** 2)
    return np.sum(a ** 2)


def shape_assigned(x: Any) -> Any:
    a = x * 2.0
    a.shape = (2, 2)
    return np.sum(a[0] * a[1])


def by_iterator(x: Any) -> Any:
    a = x * 2.0
    for v in np.nditer(a, op_flags=["readwrite"]):
        v[...] = 2.0 * v
    return np.sum(a ** 3)


def two_outs(x: Any) -> Any:
    a, b = np.empty(4), np.empty(4)
    np.modf(x * 3.0, out=(a, b))
    return np.sum(a ** 3)


def written_then_replaced_in_turns(x: Any) -> Any:
    xs = [x * x, x[[1]]]
    t, s = xs[1], 0.0
    for i in range(3):
        s += t[0]
        xs[1][0] *= 5.0
        xs[1] = i * x
    return s


def key_added_after_a_view_of_the_keys(x: Any) -> Any:
    d = {"a": x[0], "b": x[1]}
    keys = d.keys()
    d["c"] = x[2]
    for k in keys:
        d[k] = d[k] * 2.0
    return d["a"] * d["c"]


class Box:
    """An array, which its method writes to and then replaces."""

    def __init__(self, w: Any) -> None:
        self.w = w

    def renew(self, v: Any) -> None:
        if v > 9:
            return
        self.w *= 2.0
        self.w = self.w * v


def element_written_and_then_rebound(x: Any) -> Any:
    box = Box(x * 3)
    t = box.w
    box.renew(x[0])
    return np.sum(t * box.w)


def rebound_with_another_name(x: Any) -> Any:
    u = x * 3
    box = Box(u)
    box.renew(x[0])
    return np.sum(u * box.w)


def written_and_rebound_in_a_loop(x: Any) -> Any:
    box = Box(x * 3)
    t = box.w
    for k in range(3):
        box.renew(x[k])
    return np.sum(t * box.w)


class Outer:
    """An object that holds another."""

    def __init__(self, box: Any) -> None:
        self.box = box
        self.k = 2.0


def scaled_beside(held: Any, u: Any, k: Any) -> Any:
    u *= k
    return np.sum(held["a"] if isinstance(held, dict) else held[0])


def scaled_inside(outer: Any, box: Any, k: Any) -> Any:
    outer.box.w = outer.box.w * k
    if k > 9:
        outer.k = k
    return np.sum(box.w)


def given_beside_the_list_that_holds_it(x: Any) -> Any:
    u = x * 2
    us = [u, x * 3]
    z = scaled_beside(us, u, x[1])
    return z * np.sum(us[0])


def given_beside_the_dict_that_holds_it(x: Any) -> Any:
    u = x * 2
    z = scaled_beside({"a": u}, u, x[1])
    return z * np.sum(u)


def given_beside_the_object_that_holds_it(x: Any) -> Any:
    box = Box(x * 2)
    outer = Outer(box)
    z = scaled_inside(outer, box, x[0])
    return z * np.sum(box.w)


def stored_on_one_path(x: Any) -> Any:
    v = x ** 2
    d = {"a": x * 3, "b": v}
    if np.sum(x) > 0:
        v = x * 1.5
        d["a"] = v
    v[1:] += x[1]
    return np.sum(v) + np.sum(d["a"] * d["b"])


def in_a_spread_list_that_grows(x: Any) -> Any:
    v = x ** 2
    us = [v, v]
    vs = [*us]
    vs.append(x * 2)
    v *= x[1]
    return np.sum(vs[0] ** 2)


def turned_and_seen_flat(x: Any) -> Any:
    u = np.outer(x, x * x)
    for _ in range(3):
        u = u.T
    v = u.ravel()
    v[1] += x[0]
    return np.sum(np.cos(u))


@pytest.mark.parametrize("function", [
    of_objects, made_of_objects, objects_by_letter, cast_to_objects, with_fields, with_fields_named_outside,
    with_fields_by_text, cast_without_copy, cast_argument, array_without_copy, view_by_einsum, argument_by_einsum,
    windows, strided, by_memoryview, other_dtype, base_of_a_view, set_by_name, shape_assigned,
    by_iterator, two_outs, written_then_replaced_in_turns, key_added_after_a_view_of_the_keys,
    element_written_and_then_rebound, rebound_with_another_name, written_and_rebound_in_a_loop, turned_and_seen_flat,
    given_beside_the_list_that_holds_it, given_beside_the_dict_that_holds_it, given_beside_the_object_that_holds_it,
    stored_on_one_path, in_a_spread_list_that_grows,
], ids=lambda f: f.__name__)
def test_refused_with_place_and_advice(function: Callable[..., Any]) -> None:
    for call in (lambda: tangent2.grad(function)(X), lambda: tangent2.jvp(function, (X,), (X,)),
                 lambda: tangent2.vjp(function, X), lambda: tangent2.jvp(tangent2.grad(function), (X,), (X,))):
        refused(function, call)


def into_what_is_spread(x: Any) -> Any:
    b = np.broadcast_to(x * 2.0, (3, 4))
    b[0, 0] = 2.0
    return np.sum(b)


def into_a_diagonal(x: Any) -> Any:
    a = (x * 2.0).reshape(2, 2)
    np.diagonal(a)[0] = x[1]
    return np.sum(a ** 2)


def into_what_a_flag_protects(x: Any) -> Any:
    x[0] = 2.0 * x[1]
    return np.sum(x ** 2)


@pytest.mark.parametrize("function", [into_what_is_spread, into_a_diagonal], ids=lambda f: f.__name__)
def test_what_numpy_does_not_allow(function: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="read-only"):
        function(X)
    for call in (lambda: tangent2.grad(function)(X), lambda: tangent2.jvp(function, (X,), (X,)),
                 lambda: tangent2.jvp(tangent2.grad(function), (X,), (X,))):
        with pytest.raises((TangentError, ValueError), match="read-only|does not allow"):
            call()


def test_an_argument_that_may_not_be_written_to() -> None:
    """Derivatives write to a copy, so they need no leave; the function itself says what NumPy says."""
    fixed = X.copy()
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        into_what_a_flag_protects(fixed)
    np.testing.assert_allclose(tangent2.grad(into_what_a_flag_protects)(fixed), [0.0, 10.0 * X[1], 2 * X[2], 2 * X[3]])
    assert np.array_equal(fixed, X)
