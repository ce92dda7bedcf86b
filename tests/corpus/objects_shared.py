"""Objects of which two attributes may be the same array, their copies, and names of attributes under several names."""
import copy
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, 1.3, -0.7])


class Two:
    """Two arrays."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a = a
        self.b = b

    def scale(self, k: Any) -> None:
        self.a *= k

    def step(self, k: Any) -> None:
        self.b = self.b * k


def two(u: Any, v: Any) -> Two:
    return Two(u * 2, v)


def either(u: Any, v: Any, k: Any) -> Two:
    if k > 50:
        return Two(u * 1.0, v)
    return Two(u, v)


@at(X, 0.8)
def one_array_under_two_attributes(x: Any, y: Any) -> Any:
    u = x * 2
    p = Two(u, u)
    p.scale(y)
    return np.sum(p.a * p.b) + np.sum(u)


@at(X, 0.8)
def arrays_of_what_a_function_makes(x: Any, y: Any) -> Any:
    p = two(x, x * y)
    p.a *= y
    u, v = p.a, p.b
    v[0] = y
    return np.sum(u * v * p.a * p.b)


@at(X, 0.8)
def deep_copy_of_an_object(x: Any, y: Any) -> Any:
    p = Two(x * 2, x * y)
    q = copy.deepcopy(p)
    q.a *= y
    q.b[1] = y
    return np.sum(q.a * q.b * p.a * p.b)


@at(X, 0.8)
def deep_copy_of_an_object_that_holds_a_list(x: Any, y: Any) -> Any:
    p = Two(x * 2, [x * 3, x * y])
    q = copy.deepcopy(p)
    q.b[0][0] = y
    q.a *= q.b[1]
    return np.sum(q.b[0] * p.a * p.b[0] * q.a)


@at(X, 0.8)
def deep_copy_of_what_holds_one_array_twice(x: Any, y: Any) -> Any:
    u = x * 2
    us = copy.deepcopy([u, u])
    p = copy.deepcopy(Two(u, us))
    return np.sum(us[0] * us[1] * p.a) * y


@at(X, 0.8)
def deep_copies_that_share_nothing(x: Any, y: Any) -> Any:
    u = x * 2
    us, vs = copy.deepcopy(([u], [u * y]))
    us[0][0] = y
    return np.sum(us[0] * vs[0])


@at(X, 0.8)
def copy_of_an_object(x: Any, y: Any) -> Any:
    p = Two(x * 2, x * 3)
    q = copy.copy(p)
    q.a[0] = y
    q.b = q.b * y
    return np.sum(q.b * p.a * p.b * q.a)


@at(X, 0.8)
def attribute_of_an_object_that_a_loop_over_a_list_rebinds(x: Any, y: Any) -> Any:
    p = Two(x, x * 2)
    t = p.b
    for r in [p, Two(x + y, x * 2)]:
        r.b = r.b * y
    return np.sum(t * p.b)


@at(X, 0.8)
def attribute_of_an_object_that_methods_rebind_in_a_loop(x: Any, y: Any) -> Any:
    p = Two(x, x * 2)
    ps = [p, Two(x + y, x * 2)]
    t = p.b
    for r in ps:
        r.step(y)
    return np.sum(t * p.b)


@at(X, 0.8)
def attribute_of_an_element_rebound_by_the_object_s_name(x: Any, y: Any) -> Any:
    p = Two(x, x * 2)
    ps = [p, Two(x + y, x * 2)]
    s = 0.0
    for k in range(2):
        t = ps[k].b
        p.b = p.b * y
        s += np.sum(t * p.b)
    return s


@at(X, 0.8)
def attribute_rebound_by_one_of_two_names(x: Any, y: Any) -> Any:
    p, q = Two(y, x * 2), Two(y, x * 3)
    r = p if y > 0.5 else q
    t = p.b
    r.b = r.b * y
    return np.sum(t * p.b) + np.sum(t * q.b)


@at(X, 0.8)
def attribute_of_one_of_two_rebound_by_its_name(x: Any, y: Any) -> Any:
    p, q = Two(y, x * 2), Two(y, x * 3)
    r = p if y > 0.5 else q
    t = r.b
    p.b = p.b * y
    return np.sum(t * p.b) + np.sum(t * q.b)


@at(X, 0.8)
def attribute_of_what_one_path_makes_in_a_list(x: Any, y: Any) -> Any:
    p = either(x + y, x, y)
    ps = [p, Two(x + y, x * 2)]
    p.b = p.b * y
    return np.sum(ps[0].a * ps[0].b)


@at(X, 0.8)
def copied_attributes_and_a_loop_that_rebinds_them(x: Any, y: Any) -> Any:
    p = either(x + y, x * 2, y)
    ps = [p, two(x + y, x * 2)]
    q = copy.copy(p)
    for r in ps:
        r.step(x[1])
    return np.sum(p.a * p.b) + np.sum(q.a * q.b)


@at(X, 0.8)
def objects_in_an_object_of_which_one_is_written_to(x: Any, y: Any) -> Any:
    p = Two(x * 2, x * 3)
    q = Two(y, p.a)
    o = Two(p, q)
    q.b[0] = y
    return np.sum(o.a.a * o.b.b)


def writer(u: Any) -> Any:
    def write(k: Any) -> Any:
        u[0] = k
        return np.sum(u)
    return write


@at(X, 0.8)
def copied_dict_read_before_a_closure_writes(x: Any, y: Any) -> Any:
    v = x ** 2 + y
    d = {"p": [v, x * 2], "q": [x + y, v]}
    write = writer(v)
    e = dict(d)
    return np.sum(e["p"][0] * e["q"][-1]) + write(y)
