"""Objects of several classes, told apart only when the program runs."""
from typing import Any

import numpy as np

from tests.corpus.cases import at


class Shape:
    def twice(self) -> Any:
        return 2.0 * self.area()        # type: ignore[attr-defined]

    def __lt__(self, other: Any) -> bool:
        return bool(self.area() < other.area())         # type: ignore[attr-defined]


class Circle(Shape):
    def __init__(self, r: Any) -> None:
        self.r = r

    def area(self) -> Any:
        return np.pi * self.r ** 2

    def grow(self, k: Any) -> Any:
        self.r *= k
        return self

    def __mul__(self, k: Any) -> Any:
        return Circle(self.r * k)


class Square(Shape):
    def __init__(self, side: Any) -> None:
        self.side = side
        self.count = 0

    def area(self) -> Any:
        return self.side ** 2

    def grow(self, k: Any) -> Any:
        self.side = self.side + k
        self.count += 1
        return self

    def __mul__(self, k: Any) -> Any:
        return Square(self.side + k)

    def __len__(self) -> int:
        return 0


def made(x: Any, i: int) -> Any:
    if i % 2:
        return Circle(x)
    return Square(x * 3.0)


def several(x: Any, n: int) -> list[Any]:
    return [made(x + i, i) for i in range(n)]


# ------------------------------------------------------------------------------------------------ methods and operators


@at(1.3, 1, wrt=(0,))
@at(1.3, -1, wrt=(0,))
def one_or_the_other(x: Any, c: int) -> Any:
    shape = Circle(x) if c > 0 else Square(x)
    return shape.twice() * x


@at(1.1, 4, wrt=(0,))
@at(1.1, 0, wrt=(0,))
def appended(x: Any, n: int) -> Any:
    shapes: list[Any] = []
    for i in range(n):
        if i % 2:
            shapes.append(Circle(x * i))
        else:
            shapes.append(Square(x + i))
    t = x
    for s in shapes:
        t = t + s.area() * x
    return t


@at(0.7, 3, wrt=(0,))
def multiplied(x: Any, n: int) -> Any:
    s = made(x, n)
    for _ in range(n):
        s = s * x
    return s.area()


@at(0.7, 3, wrt=(0,))
def largest(x: Any, n: int) -> Any:
    shapes = several(x, n)
    best = shapes[0]
    for s in shapes:
        if best < s:
            best = s
    return best.area()


@at(0.7, 3, wrt=(0,))
def replaced_in_turn(x: Any, n: int) -> Any:
    s: Any = Circle(x)
    for i in range(n):
        if i % 2:
            s = Square(s.area())
        else:
            s = Circle(s.area() * 0.1)
    return s.area()


@at(0.6, "square", wrt=(0,))
def by_key(x: Any, key: str) -> Any:
    shapes: dict[str, Any] = {"circle": Circle(x), "square": Square(x * x)}
    return shapes[key].area() + shapes["circle"].area()


@at({"a": Circle(1.0), "b": Square(2.0)}, 0.5, "b", wrt=(0, 1))
def given_in_a_dict(shapes: Any, x: Any, key: str) -> Any:
    return shapes[key].area() * x + shapes["a"].area()


@at(Circle(1.2), 0.5, 1, wrt=(0, 1))
def given_or_made(s: Any, x: Any, c: int) -> Any:
    if c > 0:
        s = Square(x)
    return s.area() * x


# ------------------------------------------------------------------------------------------------------- which class


@at(0.7, 3, wrt=(0,))
def asked_for_classes(x: Any, n: int) -> Any:
    t = x
    for s in several(x, n):
        if isinstance(s, Circle) and s.r > 1.0:
            t = t + s.r
        elif not isinstance(s, Circle):
            t = t + s.side * x
    for s in several(x, n):
        if isinstance(s, Square):
            continue
        t = t + s.r ** 2
    return t


@at(0.7, 3, wrt=(0,))
def matched_classes(x: Any, n: int) -> Any:
    t = x
    for s in several(x, n):
        match s:
            case Circle(r=r):
                t += r ** 2
            case Square(side=side):
                t += np.sin(side)
    return t


@at(0.7, 3, wrt=(0,))
def asked_for_attributes(x: Any, n: int) -> Any:
    return sum([s.r if hasattr(s, "r") else s.side * x for s in several(x, n)])


class Near:
    name = "near"

    def __init__(self, d: Any) -> None:
        self.d = d


class Far(Near):
    name = "far"

    def __init__(self, d: Any, w: Any) -> None:
        self.d, self.w = d * np.ones(3), w


@at(0.7, 3, wrt=(0,))
def told_by_what_they_say(x: Any, n: int) -> Any:
    places: list[Any] = []
    for i in range(n):
        places.append(Near(x * i) if i % 2 else Far(x, x * x))
    return sum([np.sum(p.d) * p.w if p.name == "far" else p.d for p in places])


@at(0.7, 3, wrt=(0,))
def nothing_among_them(x: Any, n: int) -> Any:
    shapes: list[Any] = []
    for i in range(n):
        if i == 1:
            shapes.append(None)
        else:
            shapes.append(made(x + i, i // 2))
    t = 0.0
    for s in shapes:
        if s is not None:
            t += s.twice()
    for s in shapes:
        if s is None:
            continue
        t += s.area()
    return t


@at(0.7, 3, wrt=(0,))
def some_are_false(x: Any, n: int) -> Any:
    t = x
    for s in several(x, n):
        if s:
            t = t + s.area()
    return t


# ------------------------------------------------------------------------------------------------ objects that change


@at(0.7, 3, wrt=(0,))
def grown_in_a_list(x: Any, n: int) -> Any:
    shapes = [Circle(x + i) if i > 0 else Square(x + i) for i in range(n)]
    for s in shapes:
        s.grow(x)
    for i in range(n):
        shapes[i].grow(x * i)
    return sum([s.area() for s in shapes])


@at(0.7, 1, wrt=(0,))
@at(0.7, -1, wrt=(0,))
def grown_by_another_name(x: Any, c: int) -> Any:
    a, b = Circle(x), Square(x)
    if c > 0:
        s, other = a, b
    else:
        s, other = b, a
    s.grow(x)
    other.grow(2.0 * x)
    s.grow(3.0 * x)
    return a.area() + b.area() * s.area()


@at(0.7, 1, wrt=(0,))
def grown_by_each_other(x: Any, c: int) -> Any:
    return made(x, c).grow(x).grow(2.0).area()


@at(0.7, 4, wrt=(0,))
def grown_until(x: Any, n: int) -> Any:
    s = made(x, n)
    k = 0
    while s.area() < 50.0 and k < 6:
        s.grow(x + 1.0)
        k += 1
    return s.area()


@at(0.7, 3, wrt=(0,))
def attributes_written(x: Any, n: int) -> Any:
    shapes = [Circle(x + i) if i > 0 else Square(x + i) for i in range(n)]
    for s in shapes:
        if isinstance(s, Circle):
            s.r = s.r * x
        else:
            s.side += x
    return sum([s.area() for s in shapes])


class Net:
    def __init__(self, smooth: Any, w: Any) -> None:
        self.act: Any = Tanh() if smooth > 0 else Scale(w)
        self.w = w

    def run(self, x: Any) -> Any:
        return self.act(x) * self.w


class Tanh:
    def __call__(self, x: Any) -> Any:
        return np.tanh(x)


class Scale:
    def __init__(self, w: Any) -> None:
        self.w = w

    def __call__(self, x: Any) -> Any:
        return np.sin(self.w * x) + self.w


@at(0.6, 1, wrt=(0,))
@at(0.6, -1, wrt=(0,))
def held_by_an_object(x: Any, smooth: int) -> Any:
    return Net(smooth, x).run(x)


@at(0.4, 2, wrt=(0,))
def layers(x: Any, n: int) -> Any:
    stack: list[Any] = []
    for _ in range(n):
        stack.append(Scale(x))
        stack.append(Tanh())
    y = x
    for layer in stack:
        y = layer(y)
    return y


class Momentum:
    def __init__(self, rate: float) -> None:
        self.rate, self.v = rate, np.zeros(2)

    def step(self, w: Any, g: Any) -> Any:
        self.v = 0.9 * self.v + g
        return w - self.rate * self.v


class Plain:
    def __init__(self, rate: float) -> None:
        self.rate = rate

    def step(self, w: Any, g: Any) -> Any:
        return w - self.rate * g


@at(np.array([0.7, 1.2]), "momentum", wrt=(0,))
@at(np.array([0.7, 1.2]), "plain", wrt=(0,))
def optimiser(w: Any, name: str) -> Any:
    steps: Any = Momentum(0.1) if name == "momentum" else Plain(0.2)
    for _ in range(3):
        w = steps.step(w, 2.0 * w * w)
    return np.sum(w)


class Scaling:
    def __init__(self, w: Any) -> None:
        self.w, self.seen = w, None

    def forward(self, x: Any) -> Any:
        self.seen = x
        return x * self.w


class Squash:
    def __init__(self) -> None:
        self.seen: Any = None

    def forward(self, x: Any) -> Any:
        self.seen = np.tanh(x)
        return self.seen


class Chain:
    def __init__(self, *layers: Any) -> None:
        self.layers = layers

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer.forward(x)
        return x


@at(0.5, 0.7)
def layers_that_remember(w: Any, x: Any) -> Any:
    layers = [Scaling(w), Squash(), Scaling(w * 2)]
    for layer in layers:
        x = layer.forward(x)
    return x * layers[1].seen


@at(0.5, 0.7)
def layers_given_by_a_star(w: Any, x: Any) -> Any:
    net = Chain(Scaling(w), Squash(), Scaling(w * 2))
    y = net.forward(x)
    return y * net.layers[1].seen


@at(0.5, 0.7)
def tuple_of_layers(w: Any, x: Any) -> Any:
    first, last = Scaling(w), Scaling(w * 2)
    layers = (first, last)
    for layer in layers:
        x = layer.forward(x)
    return x * last.seen


@at(0.5, 0.7)
def element_of_a_tuple_changed(w: Any, x: Any) -> Any:
    layers = (Scaling(w), Squash())
    x = layers[0].forward(x)
    x = layers[1].forward(x)
    return x * layers[1].seen * layers[0].seen
