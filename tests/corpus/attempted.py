"""Programs in which what is tried fails, or shares memory with what is written later; found by random programs."""
import math
from contextlib import suppress
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, 0.8, -0.4])


@at(X3)
def written_after_a_copy_was_tried(x: Any) -> Any:
    s = 0.7
    try:
        v = x.copy()
        v -= 0.18
        s = np.sum(v * v)
    except IndexError:
        pass
    return s


@at(X3)
def slice_written_where_it_is_tried(x: Any) -> Any:
    y = np.sin(x)
    try:
        s = 0.7
        y[1:] = 0.7 * x[1:]
    except KeyError:
        pass
    return s + np.sum(y ** 2)


@at(X3, 2 * X3)
def copied_on_trial(x: Any, y: Any) -> Any:
    u = y
    with suppress(KeyError):
        u = u.copy()
    y += u
    return np.sum(y * np.cos(u) * x)


def _two(x: Any, y: Any) -> Any:
    yield 0.75 * x
    yield y


@at(0.4, 0.3)
def argument_of_a_generator_bound_again(x: Any, y: Any) -> Any:
    b = x * y
    t = 0.0
    for s in _two(y, b):
        b = 0.16 * s
        t += b
    return t


class Scoped:
    """A manager that changes itself."""

    def __init__(self, gain: Any) -> None:
        self.gain = gain

    def __enter__(self) -> Any:
        self.gain = 0.5 * self.gain
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.gain = np.cos(self.gain)
        return False


@at(0.4)
@at(1.4)
def manager_left_by_a_return(x: Any) -> Any:
    t = x
    with Scoped(x * x) as m:
        t += m.gain
        if x > 1.0:
            return t * m.gain
        t *= 2
    return t * m.gain


@at(X3)
def manager_left_by_break_and_continue(x: Any) -> Any:
    t = 0.0
    for v in x:
        with Scoped(v * v) as m:
            t += m.gain
            if v < 0.0:
                break
            if v > 0.5:
                continue
            t += v
        t += m.gain
    return t * m.gain


@at(np.array([0.7, 1.2, 0.4, 1.3]), np.array([0.6, 1.3, 1.1, 0.3]))
def appended_unless_left(x: Any, y: Any) -> Any:
    w, terms = 0.7, []
    for n in range(3):
        if n:
            while w < 0.1:
                u = terms
                w += np.sum(w * w) - u
            return w
        try:
            b = y[4]
        except RuntimeError:
            pass
        except IndexError:
            continue
        terms.append(b)


class Planted:
    """A tree that may be too small."""

    def __init__(self, a: Any, b: Any, w: Any) -> None:
        self.a, self.b, self.w = a, b, w

    def area(self, k: int) -> Any:
        if k > 2:
            raise ValueError(k)
        return self.a * np.sum(self.w)


def of_area(tree: Any, k: int) -> Any:
    try:
        return tree.area(k)
    except ValueError:
        return tree.a


@at(X3, 0.8)
def object_read_where_it_is_tried(x: Any, y: Any) -> Any:
    tree = Planted(y, y, np.sin(x))
    a = 1.0
    try:
        a = tree.w[5]
    except IndexError:
        a += tree.b
    return tree.a * a


@at(X3, 0.8)
def methods_tried_in_a_loop(x: Any, y: Any) -> Any:
    tree = Planted(y, y, np.sin(x))
    s = 0.0
    for k in range(4):
        try:
            s += tree.area(k)
        except ValueError:
            s *= tree.a
    return s * tree.b


@at(X3, 0.8)
def object_made_where_it_is_tried(x: Any, y: Any) -> Any:
    tree = Planted(y, y, np.sin(x))
    with suppress(AssertionError):
        assert np.sum(tree.w) < -2.0
        tree = Planted(y * y, y, x)
    return tree.a * tree.b


@at(X3, 0.8)
def object_made_or_changed_where_it_is_tried(x: Any, y: Any) -> Any:
    tree = Planted(y, y, np.sin(x))
    try:
        tree = Planted(y * y, tree.w[2], x)
    except IndexError:
        tree.a = y * 3
    return tree.a * tree.b


@at(X3, 0.8)
def object_handed_to_what_tries(x: Any, y: Any) -> Any:
    return of_area(Planted(x[0], y, x), 1) * of_area(Planted(x[0], y, x), 3) * y


@at(X3, 0.8)
def attributes_set_where_it_is_tried(x: Any, y: Any) -> Any:
    tree = Planted(y, y, np.sin(x))
    try:
        tree.a = tree.w[1]
        tree.b = tree.w[7]
    except IndexError:
        tree.a *= y * 3
    return tree.a * tree.b


@at(X3, 0.8)
def turned_where_it_is_tried(x: Any, y: Any) -> Any:
    u = x * 1.0
    v = u
    with suppress(KeyError):
        v[...] = np.tanh(y / (1.5 + np.cos(u[::-1])))
    try:
        v[...] = u[::-1] * u[5]
    except IndexError:
        v[0] = 3.0
    return np.sum(v * x) + np.sum(u)


@at(X3, 0.8)
def buffers_swapped_where_it_is_tried(x: Any, y: Any) -> Any:
    try:
        u = np.cos(x)
        v = np.zeros(3)
        for _ in range(2):
            v[1:] = np.sin(u[1:]) * np.dot(v, x)
            v[0] = 0.1 * v.sum() + y
            u, v = v, u
        d = math.sqrt(-y)
    except ValueError:
        d = y
    else:
        d = d * u[0]
    return d


@at(X3, 0.8)
def bound_on_two_paths_where_it_is_tried(x: Any, y: Any) -> Any:
    v = x * 2
    a = 1.0
    try:
        a = math.sqrt(0.5)
        if y < -0.2:
            w = np.sin(v)
        else:
            w = 0.01 * v
        w[:-1] *= 0.66
        a = w[0]
    except ValueError:
        a = y
    return a * y


@at(X3, 0.8)
@at(X3, 0.3)
def raised_with_a_value_that_nobody_reads(x: Any, y: Any) -> Any:
    try:
        if y > 0.5:
            raise ValueError(y * y)
        s = x[0] * y
    except TypeError:
        s = 0.25
    except ValueError:
        s = y * 3
    return s


class Part:
    def __init__(self, v: Any) -> None:
        self.v = v

    def add(self, other: Any) -> Any:
        if other.v > 0.6:
            raise ValueError("too much")
        return Part(self.v + other.v)


@at(0.4, 0.7)
@at(0.4, 0.5)
def method_with_the_name_of_one_that_changes_a_set(x: Any, y: Any) -> Any:
    a, b = Part(x), Part(y)
    try:
        c = a.add(b)
    except ValueError:
        c = Part(x * y * 3)
    return c.v * x


@at(0.4, 0.7)
def containers_changed_where_nothing_is_raised(x: Any, y: Any) -> Any:
    xs: Any = [x]
    d: Any = {}
    try:
        xs.extend([y, x])
        xs.insert(0, y)
        d.update({"a": x})
        d.setdefault("b", y)
        xs.sort()
        xs.append(x)
        xs.pop()
        xs.clear()
        xs.append(y)
    except Exception:
        x = x * 3
    return x * y * xs[0] * d["a"] * d["b"]


@at(0.4, 0.7)
@at(0.6, 0.7)
def appended_to_a_part_that_may_be_missing(x: Any, y: Any) -> Any:
    d = {"a": [x]}
    k = "a" if x < 0.5 else "b"
    try:
        d[k].append(y)
    except KeyError:
        d[k] = [y]
    return x * y * d["a"][0] * d["a"][-1]


@at(np.array([0.7, 0.4, 0.9]))
def slice_that_is_attempted(x: Any) -> Any:
    n = len(x)
    try:
        parts = [x[::1], x[n - 2:]]
        parts[0] += 0.5
    except KeyError:
        pass
    return np.sum(parts[0] * x) * np.sum(parts[1])
