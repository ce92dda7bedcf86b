"""Methods that change their object and get a name, or are handed on; what writes to an argument, as a value."""
import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

import tangent2

from tests.corpus.cases import at

X = np.array([0.7, 1.3, -0.4])


class Store:
    """What was kept, and a sum of squares."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.total = 0.0

    def keep(self, v: Any) -> None:
        self.kept.append(v)

    def add(self, v: Any) -> None:
        self.total = self.total + v * v

    def scaled(self, v: Any) -> Any:
        return self.total * v


def each(f: Callable[[Any], Any], x: Any) -> None:
    for v in x:
        f(v)


@at(X)
def kept_by_a_name(x: Any) -> Any:
    s = Store()
    put = s.keep
    for v in x:
        put(v * v)
    return s.kept[0] + s.kept[1] * s.kept[2]


@at(X)
def added_by_a_name(x: Any) -> Any:
    s = Store()
    add = s.add
    add(x[0])
    again = add
    again(x[1])
    getattr(s, "add")(x[2])     # noqa: B009
    return s.total


@at(X)
def method_handed_on(x: Any) -> Any:
    s = Store()
    each(s.add, x)
    list(map(s.keep, x))
    return s.total * s.kept[1]


@at(Store(), X)
def method_of_an_argument(s: Any, x: Any) -> Any:
    add = s.add
    for v in x:
        add(v)
    return s.total


@at(X)
def object_changed_after_its_method_was_read(x: Any) -> Any:
    s = Store()
    scaled = s.scaled
    s.add(x[0] * x[1])
    return scaled(x[2])


@at(X)
def appended_by_a_name(x: Any) -> Any:
    out: list[Any] = []
    total = 0.0
    add = out.append
    for v in x:
        add(v * v)
    while out:
        pop = out.pop
        total = total * total + pop()
    return total


@at(X)
def append_handed_on(x: Any) -> Any:
    out: list[Any] = []
    each(out.append, x * x)
    return out[0] * out[1]


@at(X)
def append_in_a_function_defined_there(x: Any) -> Any:
    out: list[Any] = []
    put = out.append

    def square(v: Any) -> None:
        put(v * v)
    for v in x:
        square(v)
    return out[0] * out[1]


@at(X)
def methods_of_types(x: Any) -> Any:
    out: list[Any] = []
    list.append(out, x[0] * x[1])
    operator.methodcaller("append", x[1])(out)
    table: dict[str, Any] = {}
    dict.update(table, {"a": x[0] * x[2]})
    u = x * 1
    np.ndarray.fill(u, x[1])
    Store.add(s := Store(), x[2])
    return out[0] * out[1] + table["a"] + np.sum(u) * s.total


@at(X)
def array_method_by_a_name(x: Any) -> Any:
    u, table = x * 2, {"a": x[0], "b": x[1]}
    fill = u.fill
    fill(x[0] * x[1])
    get = table.get
    return np.sum(u * x) * get("a") * get("b")


@at(X)
def writer_as_a_value(x: Any) -> Any:
    u = x * 2
    copy = np.copyto
    copy(u, x * x)
    functools.partial(np.add.at, u)([0, 1], x[:2])
    return np.sum(u * x)


class Tree:
    """A value and branches."""

    def __init__(self, v: Any) -> None:
        self.v = v
        self.kids: list[Tree] = []

    def add(self, kid: "Tree") -> "Tree":
        self.kids.append(kid)
        return self

    def total(self) -> Any:
        return self.v + sum(kid.total() * self.v for kid in self.kids)


class Chain:
    """Methods that give their object."""

    def __init__(self, v: Any) -> None:
        self.v = v
        self.log: list[Any] = []

    def mul(self, w: Any) -> "Chain":
        self.v = self.v * w
        self.log.append(self.v)
        return self

    def add(self, w: Any) -> "Chain":
        self.v += w
        return self


@at(X)
def calls_of_what_methods_give(x: Any) -> Any:
    c = Chain(x[0]).mul(x[1]).add(x[2]).mul(2.0)
    d = Chain(x[0])
    d.mul(x[1]).add(x[2])
    tree = Tree(x[0]).add(Tree(x[1])).add(Tree(x[2]).add(Tree(x[0] * x[1])))
    return c.v + c.log[0] * d.v * tree.total()


class Product:
    """A method that has the name of one of dicts, and two arguments."""

    def __init__(self) -> None:
        self.total = 0.0

    def update(self, a: Any, b: Any) -> None:
        self.total = self.total + a * b


def given_two(f: Callable[[Any, Any], None], a: Any, b: Any) -> None:
    f(a, b)


class Row:
    """A sequence whose `sort` takes a key of its own."""

    def __init__(self, vs: Any) -> None:
        self.vs = list(vs)

    def sort(self, key: Any) -> None:
        self.vs = [v * key for v in self.vs]

    def __iter__(self) -> Any:
        return iter(self.vs)


@at(X)
def names_of_methods_of_containers(x: Any) -> Any:
    p, row = Product(), Row(x)
    given_two(p.update, x[0], x[1])
    row.sort(key=x[1])
    return p.total * row.vs[0] + row.vs[2]


class Fit:
    """Steps down its own loss."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def loss(self, w: Any) -> Any:
        return np.sum((w * self.data) ** 2)

    def step(self, w: Any) -> Any:
        return w - 0.1 * tangent2.grad(self.loss)(w)


FIT = Fit(np.array([0.8, -0.5, 1.3]))


@at(np.array([0.3, -0.7, 1.2]))
def gradient_of_a_method_inside(x: Any) -> Any:
    return np.sum(Fit(x).step(x)) * np.sum(FIT.step(x))


@at(np.array([0.3, -0.7, 1.2]))
def gradient_of_a_method_of_a_captured_object(x: Any) -> Any:
    value, slope = tangent2.value_and_grad(FIT.loss)(x)
    return value + np.sum(tangent2.grad(Fit(x).loss)(x) * slope)
