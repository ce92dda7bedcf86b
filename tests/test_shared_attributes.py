"""Objects, lists and copies that may hold one array twice: what is written to through one of two names is refused."""
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError
from tests.harness.refused import refused

X = np.array([0.5, 1.3, -0.7])


class Two:
    """A number and an array, which has two names."""

    def __init__(self, a: Any, w: Any) -> None:
        self.a = a
        self.w = w
        self.v = w

    def take(self, u: Any, k: Any) -> None:
        if k > 50:
            return
        self.v = u


class Outer:
    """Objects in an object."""

    def __init__(self, p: Any, q: Any) -> None:
        self.p = p
        self.q = q


def either(u: Any, y: Any) -> Two:
    if y > 9:
        return Two(y, u * 1.0)
    return Two(y, u)


def lost(p: Any, k: Any) -> None:
    p.a = p.a * k
    if k > 9:
        p.w = p.w * 1.0


def written(p: Any, y: Any) -> None:
    p.w[0] = y
    p.w *= 2


def list_copied(x: Any, y: Any) -> Any:
    u = x * 2
    us = copy.deepcopy([u, u])
    us[0][0] = y
    return np.sum(us[0] * us[1])


def dict_copied(x: Any, y: Any) -> Any:
    u = x * 2
    d = copy.deepcopy({"a": u, "b": u})
    d["a"] *= y
    return np.sum(d["a"] * d["b"])


def lists_copied_together(x: Any, y: Any) -> Any:
    u = x * 2
    us, vs = copy.deepcopy(([u], [u]))
    us[0][0] = y
    return np.sum(us[0] * vs[0])


def object_copied(x: Any, y: Any) -> Any:
    p = copy.deepcopy(Two(y, x * 2))
    p.w *= y
    return np.sum(p.w * p.v)


def made_on_one_of_two_paths(x: Any, y: Any) -> Any:
    p = either(x * 2, y)
    p.w *= y
    return np.sum(p.w * p.v)


def part_of_an_attribute(x: Any, y: Any) -> Any:
    p = either(x * 2, y)
    w = p.w[1:]
    w += y
    return np.sum(p.v)


def lost_in_a_callee(x: Any, y: Any) -> Any:
    p = Two(y, x * 2)
    lost(p, y)
    p.w *= y
    return np.sum(p.w * p.v) * p.a


def written_by_a_callee(x: Any, y: Any) -> Any:
    p = Two(y, x * 2)
    written(p, y)
    return np.sum(p.v)


def of_an_object_in_a_list(x: Any, y: Any) -> Any:
    p = either(x * 2, y)
    ps = [p, either(x * y, y)]
    ps[0].w[0] = y
    return np.sum(p.v)


def of_one_of_two_objects(x: Any, y: Any) -> Any:
    p, q = either(x * 2, y), either(x * y, y)
    r = p if y > 0.5 else q
    r.w[0] = y
    return np.sum(p.v * q.v)


def held_by_what_is_not_known(x: Any, y: Any) -> Any:
    u = x * 2
    o = Outer(Two(y, u), either(u, y))
    u[0] = y
    return np.sum(o.p.w * o.q.w)


def attribute_in_a_list(x: Any, y: Any) -> Any:
    u = x * 2
    p = either(u, y)
    us = [p.w, u]
    u[0] = y
    return np.sum(us[0] * us[1])


def taken_by_an_element(x: Any, y: Any) -> Any:
    u = x * 1.5
    ps = [Two(y, x), Two(y, x * 2)]
    ps[-1].take(u, y)
    u[0] = y
    return np.sum(ps[-1].v)


def scale(rows: Any, k: Any) -> None:
    for r in rows:
        r *= k


def descend(params: Any, slopes: Any) -> None:
    for k in params:
        params[k] -= 0.1 * slopes[k]


def replaced(layers: Any, k: Any) -> None:
    for layer in layers:
        layer.w = layer.w * k


def both(us: Any, vs: Any, k: Any) -> Any:
    us[0] *= k
    return np.sum(vs[0])


def one_array_twice(x: Any, y: Any) -> Any:
    u = x * 2
    us = [u, u]
    scale(us, y)
    return np.sum(us[0] * us[1] * u)


def overlapping_views(x: Any, y: Any) -> Any:
    u = x * 2
    us = [u[1:], u[:2]]
    scale(us, y)
    return np.sum(us[0] * us[1]) + np.sum(u)


def handed_beside_itself(x: Any, y: Any) -> Any:
    d = {"a": x * 2, "b": x * y}
    descend(d, {"a": d["b"], "b": d["a"]})
    return np.sum(d["a"] * d["b"])


def a_copy_holds_it(x: Any, y: Any) -> Any:
    d = {"a": x * 2, "b": x * y}
    e = dict(d)
    descend(d, {"a": x, "b": x})
    return np.sum(d["a"] * e["b"])


def one_object_twice(x: Any, y: Any) -> Any:
    p = Two(y, x * 1)
    ps = [p, p]
    replaced(ps, y)
    return np.sum(p.w * ps[1].w)


def in_two_lists(x: Any, y: Any) -> Any:
    u = x * 2
    return both([u], [u], y) + np.sum(u)


def taken_by_one_index_from_another(x: Any, y: Any) -> Any:
    ps = [Two(y, x * 2), Two(y, x * 2)]
    join(ps[-1], ps[1])
    return np.sum(ps[1].w * ps[-1].v)


def join(p: Any, q: Any) -> None:
    p.v = q.w
    q.w[1] = 0.4


def appended_to_a_list_beside(x: Any, y: Any) -> Any:
    rows = [[x * 2, x * 3], [x * 4, x * y]]
    rows[1].append(rows[0][0])
    for u in rows[0]:
        u *= y
    return np.sum(rows[1][-1] * rows[0][0])


def stored_in_a_list_beside(x: Any, y: Any) -> Any:
    rows = [[x * 2, x * 3], [x * 4, x * y]]
    for k in range(2):
        rows[1][k] = rows[0][k]
        rows[0][k][1] = y
    return np.sum(rows[1][-1] * rows[0][0])


@pytest.mark.parametrize("function", [
    list_copied, dict_copied, lists_copied_together, object_copied, made_on_one_of_two_paths, part_of_an_attribute,
    lost_in_a_callee, written_by_a_callee, of_an_object_in_a_list, of_one_of_two_objects, held_by_what_is_not_known,
    attribute_in_a_list, taken_by_an_element, one_array_twice, overlapping_views, handed_beside_itself, a_copy_holds_it,
    one_object_twice, in_two_lists, taken_by_one_index_from_another,
    appended_to_a_list_beside, stored_in_a_list_beside,
], ids=lambda f: f.__name__)
def test_refused_with_place_and_advice(function: Callable[..., Any]) -> None:
    refused(function, lambda: tangent2.grad(function, (0, 1))(X, 0.8))
    refused(function, lambda: tangent2.vjp(function, X, 0.8))


def scaled(us: Any) -> Any:
    for u in us:
        u *= u[0]
    return np.sum(us[0] * us[1])


def test_an_argument_that_holds_one_array_twice() -> None:
    """Whether it does is seen when it is called."""
    u = X.copy()
    tangent2.grad(scaled)([u, 2 * u])
    for us in ([u, u], [u, u[::-1]]):
        with pytest.raises(TangentError, match="two of its arguments share memory"):
            tangent2.grad(scaled)(us)
    assert np.array_equal(u, X)
