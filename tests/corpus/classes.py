"""Classes: methods, properties, operators, inheritance, dataclasses, named tuples; objects made, changed and handed in."""
# ruff: noqa
from __future__ import annotations

import copy
import dataclasses
from collections import namedtuple
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, -0.7, 1.2])
Y = np.array([0.5, 0.4, -0.9])


# --- methods and their kinds ----------------------------------------------------------------------------------------

class Layer:
    scale = 1.5
    names = ("w", "b")

    def __init__(self, w, b=0.1):
        self.w = w
        self.b = b

    def linear(self, x):
        return self.w * x + self.b

    def forward(self, x):
        return np.tanh(self.linear(x)) * self.scale

    def __call__(self, x):
        return self.forward(x)

    @property
    def size(self):
        return np.sum(self.w ** 2)

    @size.setter
    def size(self, value):
        self.w = self.w * value

    @classmethod
    def unit(cls, w):
        return cls(w, b=1.0)

    @staticmethod
    def loss(y):
        return np.sum(y ** 2)

    def kept(self, *xs, power=2, **options):
        return sum([x ** power for x in xs]) * options.get("scale", 1.0) + self.b


@at(X, Y)
def constructed(w, x):
    layer = Layer(w)
    return np.sum(layer.forward(x))


@at(X, Y)
def constructed_with_names(w, x):
    layer = Layer(b=w[0], w=w)
    return np.sum(layer.linear(x))


@at(X, Y)
def called(w, x):
    layer = Layer(w, 0.3)
    return np.sum(layer(layer(x)))


@at(X, Y)
def property_read(w, x):
    layer = Layer(w)
    return layer.size * np.sum(layer(x))


@at(X, Y)
def property_set(w, x):
    layer = Layer(w)
    layer.size = x[0]
    return np.sum(layer(x))


@at(X, Y)
def class_method(w, x):
    return np.sum(Layer.unit(w)(x))


@at(X, Y)
def static_method(w, x):
    layer = Layer(w)
    return Layer.loss(layer(x)) + layer.loss(x)


@at(X, Y)
def class_constant(w, x):
    return np.sum(w * x) * Layer.scale * Layer(w).scale


@at(X, Y)
def many_arguments(w, x):
    layer = Layer(w, x[0])
    return np.sum(layer.kept(w, x, power=3, scale=2.0) + layer.kept(w))


@at(X, Y)
def method_of_the_class(w, x):
    return np.sum(Layer.forward(Layer(w), x))


@at(X, Y)
def bound_method(w, x):
    layer = Layer(w)
    f = layer.forward
    return np.sum(f(x) * f(w))


def twice(f, x):
    return f(f(x))


@at(X, Y)
def bound_method_handed_on(w, x):
    layer = Layer(w)
    return np.sum(twice(layer.forward, x) + twice(layer, x))


# --- attributes that change -----------------------------------------------------------------------------------------

class Counter:
    def __init__(self, start):
        self.total = start
        self.count = 0
        self.seen = []
        self.row = np.zeros(3)

    def add(self, value):
        self.total = self.total + value * value
        self.count += 1

    def note(self, value):
        self.seen.append(value)
        return len(self.seen)

    def place(self, i, value):
        self.row[i] = value * self.total
        self.row[0] += value

    def mean(self):
        return self.total / self.count


@at(X)
def changed(x):
    c = Counter(x[0])
    c.add(x[1])
    c.add(x[2])
    return c.mean()


@at(X)
def changed_in_a_loop(x):
    c = Counter(0.0)
    for v in x:
        c.add(np.sin(v))
    return c.total * c.count


@at(X)
def changed_in_a_branch(x):
    c = Counter(1.0)
    for v in x:
        if v > 0:
            c.add(v)
        else:
            c.total = c.total * v
    return c.total


@at(X)
def changed_in_while(x):
    c = Counter(x[0])
    while c.total < 50.0:
        c.add(c.total + 1.0)
    return c.total


@at(X)
def attribute_from_outside(x):
    c = Counter(x[0])
    c.total = c.total * 3.0
    c.total += x[1]
    c.total *= x[2]
    c.extra = x[0] * c.total
    return c.total + c.extra


@at(X)
def part_of_attribute(x):
    c = Counter(x[0])
    for i in range(3):
        c.place(i, x[i])
    c.row[1:] *= 2.0
    c.row += x
    return np.sum(c.row ** 2)


@at(X)
def list_attribute(x):
    c = Counter(0.0)
    for v in x:
        c.note(v * v)
    c.seen.append(x[0])
    return sum(c.seen) * len(c.seen) + c.seen[1] * c.seen[-1]


@at(X)
def two_names(x):
    a = Counter(x[0])
    b = a
    b.add(x[1])
    a.add(x[2])
    return a.total * b.total + b.count


@at(X)
def handed_to_a_function(x):
    def feed(c, v):
        c.add(v)
        c.total += 1.0
        return c.total
    c = Counter(x[0])
    s = feed(c, x[1])
    return s * c.total * feed(c, x[2])


def fed(c, values):
    for v in values:
        c.add(v)


@at(X)
def handed_to_a_function_of_the_module(x):
    c = Counter(x[0])
    fed(c, x)
    fed(c, x * 2.0)
    return c.total * c.count


@at(X)
def objects_in_a_list(x):
    cs = [Counter(v) for v in x]
    for c in cs:
        c.add(c.total + 1.0)
    cs[0].add(x[1])
    return sum([c.total for c in cs]) * cs[0].total


@at(X)
def returned(x):
    def make(v):
        c = Counter(v)
        c.add(v)
        return c
    return make(x[0]).total * make(x[1]).mean()


class Machine:
    def __init__(self, w):
        self.layer = Layer(w)
        self.counter = Counter(w[0])
        self.layers = [Layer(w, 0.2), Layer(w * 2.0)]

    def step(self, x):
        self.counter.add(x[0])
        x = self.layer(x)
        for layer in self.layers:
            x = layer(x)
        self.layer.w = self.layer.w * 0.9
        return x


@at(X, Y)
def objects_in_objects(w, x):
    m = Machine(w)
    for _ in range(2):
        x = m.step(x)
    return np.sum(x) * m.counter.total


# --- operators ------------------------------------------------------------------------------------------------------

class Vec:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __iadd__(self, other):
        self.x = self.x + other.x
        self.y = self.y + other.y
        return self

    def __lt__(self, other):
        return self @ self < other @ other

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __abs__(self):
        return np.sqrt(self @ self)

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def __setitem__(self, i, v):
        if i == 0:
            self.x = v
        else:
            self.y = v

    def __len__(self):
        return 2

    def __iter__(self):
        yield self.x
        yield self.y

    def __contains__(self, v):
        return bool(self.x == v or self.y == v)

    def __bool__(self):
        return bool(self.x != 0.0)


@at(X)
def vectors(x):
    a, b = Vec(x[0], x[1]), Vec(x[1], x[2])
    c = 2.0 * a + b * x[2] - (-a)
    return c @ a + abs(c)


@at(X)
def vectors_in_place(x):
    a, b = Vec(x[0], x[1]), Vec(x[1], x[2])
    c = a
    for _ in range(3):
        a += b
        b = b * 0.5
    return a @ b + c.x


@at(X)
def compared(x):
    a, b = Vec(x[0], x[1]), Vec(x[1], x[2])
    small = a if a < b else b
    big = b if b > a else a
    return small.x * big.y if a != b and not a == b else x[0]


@at(X)
def subscripted(x):
    a = Vec(x[0], x[1])
    a[0] = a[1] * x[2]
    a[1] += 2.0 * a[0]
    return a[0] * a[1] * len(a)


@at(X)
def taken_apart(x):
    p, q = Vec(x[0] * x[1], x[2])
    return p * q + sum(Vec(x[0], q)) + sum([v * v for v in Vec(p, x[1])])


@at(X)
def truth(x):
    a = Vec(x[0], x[1])
    return a.y * x[2] if a and 2.0 not in a else x[0]


# --- inheritance ----------------------------------------------------------------------------------------------------

class Shape:
    sides = 0

    def __init__(self, size):
        self.size = size

    def area(self):
        raise NotImplementedError

    def cost(self, k):
        return self.area() * k + self.sides

    def describe(self):
        return self.size


class Square(Shape):
    sides = 4

    def area(self):
        return self.size ** 2


class Box(Square):
    def __init__(self, size, height):
        super().__init__(size)
        self.height = height

    def area(self):
        return super().area() * self.height

    def describe(self):
        return super(Box, self).describe() * Shape.describe(self)


class Tall(Box):
    def __init__(self, size):
        Box.__init__(self, size, 3.0 * size)
        self.__secret = size

    def area(self):
        return super().area() + self.__secret


@at(X)
def inherited(x):
    shapes = Square(x[0]).cost(x[1]) + Box(x[1], x[2]).cost(2.0)
    return shapes * Tall(x[2]).cost(x[0]) + Box(x[0], x[1]).describe()


@at(X)
def is_one_of(x):
    s = Box(x[0], x[1])
    r = s.area() if isinstance(s, Square) else 0.0
    r = r + (1.0 if isinstance(s, Tall) else x[2])
    return r * (s.height if hasattr(s, "height") else 1.0) + getattr(s, "size") * getattr(s, "depth", x[1])


def area_of(s):
    if isinstance(s, Box):
        return s.area() * s.height
    return s.area()


@at(X)
def dispatched(x):
    return area_of(Square(x[0])) * area_of(Box(x[1], x[2]))


# --- dataclasses, named tuples, slots -------------------------------------------------------------------------------

@dataclass
class Option:
    spot: float
    strike: float = 1.0
    rate: float = field(default=0.05)
    steps: int = 3
    log: list = field(default_factory=list)
    drift: float = field(init=False)

    def __post_init__(self):
        self.drift = self.rate * self.spot

    def price(self, vol):
        s = self.spot
        for _ in range(self.steps):
            s = s + self.drift * 0.1 + vol * s * 0.1
            self.log.append(s)
        return (s - self.strike) ** 2


@dataclass(frozen=True)
class Point:
    x: float
    y: float = 0.5

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    def moved(self, dx):
        return dataclasses.replace(self, x=self.x + dx)


class Pair(NamedTuple):
    a: float
    b: float = 2.0

    def product(self):
        return self.a * self.b

    @property
    def total(self):
        return self.a + self.b


Triple = namedtuple("Triple", "p q r")


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a
        self.b = a * 2.0

    def step(self):
        self.a = self.a * self.b


@at(X)
def data_class(x):
    option = Option(x[0], rate=x[1])
    v = option.price(x[2])
    return v * len(option.log) + option.log[-1] * option.drift


@at(X)
def frozen_class(x):
    p, q = Point(x[0]), Point(x[1], x[2])
    r = p.moved(x[2]).moved(0.5)
    return r.dot(q) + (1.0 if p == q else p.x)


@at(X)
def named_tuples(x):
    p = Pair(x[0])
    q = p._replace(b=x[1] * p.product())
    a, b = q
    return q.product() * q.total + a * b + q[1]


@at(X)
def named_tuples_in_a_loop(x):
    t = Triple(x[0], q=x[1], r=x[2])
    for _ in range(3):
        t = Triple(t.q * 1.1, t.r, t.p * t.q)
    return t.p + t.q * t.r


@at(X)
def slots(x):
    s = Slotted(x[0])
    for _ in range(2):
        s.step()
    s.b += x[1]
    return s.a * s.b


@at(X)
def copied(x):
    a = Counter(x[0])
    b = copy.copy(a)
    c = copy.deepcopy(a)
    b.add(x[1])
    c.row[0] = x[2]
    c.total = c.total * x[1]
    return a.total * b.total + c.total + np.sum(c.row) + np.sum(a.row)


# --- objects handed in ----------------------------------------------------------------------------------------------

@at(Layer(X, 0.3), Y)
def model_in(model, x):
    return np.sum(model(x) ** 2)


@at(Layer(X, 0.3), Y)
def model_in_a_loop(model, x):
    for _ in range(3):
        x = model.forward(x) * model.b
    return Layer.loss(x) + model.size


@at(Layer(X, 0.3), Y)
def model_changed(model, x):
    for _ in range(2):
        x = model(x)
        model.w = model.w - 0.1 * x
        model.b *= 0.5
    return np.sum(x * model.w)


@at(Option(0.9, 1.1), 0.2)
def option_in(option, vol):
    return option.price(vol) * option.rate


@at(Point(0.4, 0.3), X)
def frozen_in(p, x):
    return p.moved(x[0]).dot(Point(x[1], p.y))


@at(Pair(0.5, 0.7), X)
def pair_in(p, x):
    return p.product() * p.total * np.sum(x)


@at([Layer(X), Layer(Y, 0.4)], Y)
def models_in_a_list(models, x):
    for m in models:
        x = m(x)
    return np.sum(x)


@at({"first": Layer(X), "last": Layer(Y, 0.4)}, Y)
def models_in_a_dict(models, x):
    return np.sum(models["last"](models["first"](x)))


@at(Machine(X), Y)
def nested_in(machine, x):
    return np.sum(machine.layers[0](x) * machine.layer.w) + machine.counter.total


OUTSIDE = Layer(np.array([0.2, 0.4, -0.3]), 0.7)


@at(X)
def object_outside(x):
    return np.sum(OUTSIDE(x) * OUTSIDE.w) * OUTSIDE.size


def with_captured(layer):
    def f(x):
        return np.sum(layer(x) * layer.b)
    return f


captured = at(X)(with_captured(OUTSIDE))


class Scope:
    def __init__(self, k):
        self.k = k
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        self.k = self.k * 2.0
        return self

    def __exit__(self, *args):
        self.depth -= 1
        self.k = self.k + 1.0


@at(X)
def manager(x):
    scope = Scope(x[0])
    scope.__enter__()
    y = scope.k * x[1]
    scope.__exit__(None, None, None)
    return y * scope.k


@at(X)
def manager_in_with(x):
    with Scope(x[0]) as scope, Scope(x[1]):
        y = scope.k * x[1]
        scope.k = scope.k + y
    return y * scope.k


@at(X)
def returned_from_with(x):
    with Scope(x[0]) as s, Scope(x[1]) as t:
        return s.k * t.k * x[2]


# --- the same object by several names -------------------------------------------------------------------------------

@at(X)
def captured_before_a_change(x):
    c = Counter(x[0])
    f = lambda v: v * c.total
    c.add(x[1])
    return f(x[2])


@at(X)
def array_with_a_name(x):
    y = x * 2.0
    c = Counter(x[0])
    c.row = y
    c.row[0] = 5.0 * x[1]
    y[1] = c.row[0] * x[2]
    return np.sum(c.row * y)


@at(X)
def object_twice_in_a_list(x):
    c = Counter(x[0])
    cs = [c, c]
    cs[0].add(x[1])
    d = {"a": c}
    d["a"].add(x[2])
    return cs[1].total * c.total


@at(X)
def part_with_a_name(x):
    m = Machine(x)
    layer = m.layer
    layer.b = x[0]
    m.layer.b *= x[1]
    return layer.b * m.layer.b


@at(X)
def one_or_the_other(x):
    c, d = Counter(x[0]), Counter(x[1])
    e = c if x[0] > 0 else d
    e.add(x[2])
    return c.total * d.total


def exchanged(a, b):
    a.total, b.total = b.total, a.total


@at(X)
def two_arguments_changed(x):
    c, d = Counter(x[0]), Counter(x[1])
    exchanged(c, d)
    return c.total + 2.0 * d.total


@at(X)
def best_of_some(x):
    best = None
    for v in x:
        c = Counter(v)
        c.add(v)
        if best is None or c.total > best.total:
            best = c
    return best.total * best.count


class Node:
    def __init__(self, v, next=None):
        self.v, self.next = v, next

    def total(self):
        return self.v if self.next is None else self.v * self.next.total() + 1.0


@at(X)
def linked(x):
    return Node(x[0], Node(x[1], Node(x[2]))).total()


class Feeding:
    def __init__(self):
        self.s = 0.0

    def feed(self, v):
        if v < 0:
            return self.s
        self.s = self.s + v * v
        return self.s


@at(X)
def early_return_in_a_method(x):
    a, r = Feeding(), 0.0
    for v in x:
        r = r + a.feed(v)
    return r * a.s


@at(X)
def class_of_an_object(x):
    c = Counter(x[0])
    return c.total * (type(c)(x[1]).total + c.__class__(x[2]).total)


@at(X)
def inner_function_changes(x):
    c = Counter(x[0])

    def bump(v):
        c.add(v)
    bump(x[1])
    bump(x[2])
    return c.total


@dataclass
class Cell:
    a: Any
    w: Any

    def __call__(self, v: Any) -> Any:
        self.w = self.w * v
        self.a += v
        return self.a

    def scale(self, v: Any) -> None:
        self.a *= v


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def objects_changed_in_a_loop_over_them(x: Any, y: Any) -> Any:
    cells = [Cell(y, x), Cell(y * y, 2 * x)]
    s = 0.0
    for each in cells:
        s += each(cells[0].a)
    for k in range(2):
        for each in cells:
            each.scale(y)
            each.a *= 2.0
    return s * np.sum(cells[1].w) * cells[0].a


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def objects_in_a_dict_changed_in_a_loop_over_it(x: Any, y: Any) -> Any:
    cells = {'p': Cell(y, x), 'q': Cell(y * y, 2 * x)}
    for k in range(2):
        for n, each in cells.items():
            each.scale(y)
            each.a *= 2.0
    return np.sum(cells['p'].w) * cells['q'].a * cells['p'].a
