"""Functions defined inside that are kept, in lists, dicts and objects, and called later."""
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import numpy as np

import tangent2
from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])
W = np.array([[0.2, 0.1], [0.3, -0.4]])
LAYERS = [(W, np.ones(2) * 0.1), (W.T, np.zeros(2))]


def applied(functions: Any, y: Any) -> Any:
    for f in functions:
        y = f(y)
    return y


# ----------------------------------------------------------------------------------------------- functions of one text


@at(0.4)
def with_a_default(x: Any) -> Any:
    fs = [lambda v, k=k: v * (k + 1.0) for k in range(3)]
    return sum(f(x) for f in fs)


@at(X)
def with_an_active_default(x: Any) -> Any:
    return applied([lambda v, w=w: np.sin(v * w) for w in x], 0.8)


@at([0.3, 0.7, 1.1])
def partials(xs: Any) -> Any:
    def f(a: Any, b: Any) -> Any:
        return a * np.sin(b)
    s = 0.0
    for g in [partial(f, v) for v in xs]:
        s = s + g(0.5)
    return s


@at(X)
def appended(x: Any) -> Any:
    fs = []
    for i in range(len(x)):
        def g(v: Any, i: Any = i) -> Any:
            return v * x[i]
        fs.append(g)
    y = 1.0
    for f in fs:
        y = np.sin(f(y)) + 0.5
    return y


def scaled_by(w: Any) -> Any:
    return lambda v: np.tanh(v * w + 0.1)


def all_scaled(ws: Any) -> Any:
    out = []
    for w in ws:
        out.append(scaled_by(w))
    return out


@at(X)
def made_by_a_function(x: Any) -> Any:
    fs = all_scaled(x)
    return applied(fs, 0.3) * fs[0](2.0) * fs[-1](3.0)


@at(X)
def under_keys(x: Any) -> Any:
    d = {}
    for name, v in zip("abc", x):
        d[name] = lambda u, v=v: np.sin(u * v)
    return d["a"](1.0) + d["b"](2.0) * sum(f(0.5) for f in d.values())


@at(X)
def backwards(x: Any) -> Any:
    """A tape by hand."""
    back = []
    y = x[0]
    for _ in range(3):
        z = np.sin(y)
        back.append(lambda g, y=y: g * np.cos(y))
        y = z * x[1]
    g = 1.0
    for b in reversed(back):
        g = b(g)
    return g + y


@at(X)
def best_of(x: Any) -> Any:
    fs = [lambda u, v=v: (u - v) ** 2 for v in x]
    best = fs[0]
    for f in fs:
        if f(0.45) < best(0.45):
            best = f
    return best(0.9)


@at(X)
def sorted_with_keys(x: Any) -> Any:
    fs = sorted([(a, lambda v, a=a: v * a) for a in x], key=lambda pair: -pair[0])
    y = 1.0
    for a, f in fs:
        y = np.sin(f(y)) + a
    return y


@at(X)
def pairs_of_functions(x: Any) -> Any:
    def make(a: Any) -> Any:
        def get() -> Any:
            return a * 2

        def put(v: Any) -> Any:
            return a * v
        return get, put
    return sum(g() * p(3.0) for g, p in [make(v) for v in x])


@at(X)
def reduced(x: Any) -> Any:
    return reduce(lambda y, f: f(y), [lambda v, a=a: np.sin(v * a) for a in x], 0.5)


# -------------------------------------------------------------------------------------------------- one of several ones


@at(LAYERS, np.array([0.5, 0.6]))
def layers_and_activations(params: Any, x: Any) -> Any:
    layers = []
    for w, b in params:
        layers.append(lambda v, w=w, b=b: w @ v + b)
        layers.append(np.tanh)
    return np.sum(applied(layers, x))


@at(X)
def two_lambdas_in_turn(x: Any) -> Any:
    fs = []
    for k in range(4):
        if k % 2:
            fs.append(lambda v, a=x[0]: a * np.sin(v))
        else:
            fs.append(lambda v, b=x: np.sum(b) * v ** 2)
    return applied(fs, 0.7) + applied(fs, x[1])


@at(X)
def two_lambdas_in_one_line(x: Any) -> Any:
    return applied([(lambda v, a=a: v * a) if a > 0.5 else (lambda v, a=a: v + a) for a in x], 1.0)


@at(X)
def worklist_of_functions(x: Any) -> Any:
    todo = [lambda: x[0] * 2.0]
    s, n = 0.0, 0
    while todo:
        s += todo.pop()()
        n += 1
        if n < 4:
            todo.append(lambda n=n: x[n % 3] * n)
    return s


@at(X)
def composed(x: Any) -> Any:
    def compose(*fs: Any) -> Any:
        def h(v: Any) -> Any:
            for f in fs:
                v = f(v)
            return v
        return h
    return compose(np.sin, lambda v: v * x[0], np.exp)(x[1])


@at(X, "sxe", wrt=(0,))
def chosen_by_letters(x: Any, how: Any) -> Any:
    ops = []
    for h in how:
        if h == "s":
            ops.append(np.sin)
        elif h == "e":
            ops.append(np.exp)
        else:
            ops.append(lambda v: v * x[0])
    return applied(ops, x[1])


class Network:
    def __init__(self) -> None:
        self.layers: list[Any] = []

    def add(self, layer: Any) -> None:
        self.layers.append(layer)

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


@at(X)
def added_to_an_object(x: Any) -> Any:
    net = Network()
    for k in range(2):
        net.add(scaled_by(x[k]))
        net.add(np.sin)
    net.add(lambda v: v * x[2])
    return net(0.3)


# ------------------------------------------------------------------------------------------------ what is asked of them


@at(X)
def told_by_identity(x: Any) -> Any:
    fs = [lambda v, a=a: v * a for a in x]
    best, s = fs[1], 0.0
    for f in fs:
        if f is best:
            s += 10.0 * f(1.0)
        else:
            s += f(1.0)
    return s


@at(X)
def told_by_class(x: Any) -> Any:
    fs: list[Any] = []
    for k in range(3):
        if k % 2:
            fs.append(np.sin)
        else:
            fs.append(lambda v, a=x[k]: v * a)
    s = 0.0
    for f in fs:
        if f is np.sin:
            s += x[0]
        elif callable(f) and isinstance(f, Callable):  # type: ignore[arg-type]
            s += f(2.0)
    return s


@at(X)
def none_among_them(x: Any) -> Any:
    fs = [None, *[lambda v, a=a: v * a for a in x]]
    s = sum(f(1.0) if f is not None else 5.0 for f in fs)
    return s * sum(f(2.0) if callable(f) else 5.0 for f in fs) + sum(f(0.5) if f else 5.0 for f in fs)


@at(X)
def swapped_and_replaced(x: Any) -> Any:
    fs: list[Any] = [lambda v, c=c: v * c for c in x]
    fs[0], fs[2] = fs[2], fs[0]
    fs[1] = lambda v: v + x[2]
    return fs[0](fs[1](1.0)) * 2 + fs[2](1.0)


@at(0.7, 5, wrt=(0,))
def three_that_change_places(x: Any, n: int) -> Any:
    f, g, h = (lambda v: v * x), (lambda v: np.sin(v) + x), (lambda v: np.cos(v * x) * 2.0)
    y = x
    for _ in range(n):
        y = f(y)
        f, g, h = g, h, f
    return y


class Newton:
    def __init__(self, f: Any) -> None:
        self.f = f

    def __call__(self, x: Any) -> Any:
        return x - self.f(x) / tangent2.grad(self.f)(x)

    def bent(self, x: Any) -> Any:
        slope = tangent2.grad(self.f)
        return slope(x) * slope(2 * x) + tangent2.grad(slope)(x)


@at(0.4, 1.7)
def gradient_of_a_function_in_an_attribute(a: Any, x: Any) -> Any:
    newton = Newton(lambda v: v ** 3 - a * v - 1.0)
    for _ in range(2):
        x = newton(x)
    return x * newton.bent(a)


@at(0.4, 1.7)
def gradients_of_functions_in_a_list(a: Any, x: Any) -> Any:
    t = 0.0
    for f in [lambda v: v ** 3 * a, lambda v: v ** 2 - a]:
        t = t + tangent2.grad(f)(x) * a
    return t
