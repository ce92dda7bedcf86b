"""Programs as scientists write them with classes: a network that is trained, a recurrent cell, a robot arm, an option
model of dataclasses, a solver of differential equations."""
# ruff: noqa
from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from tests.corpus.cases import at

RNG = np.random.default_rng(0)


# --- a network, trained by unrolled steps ---------------------------------------------------------------------------

class Module:
    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        raise NotImplementedError


class Linear(Module):
    def __init__(self, w, b):
        self.w = w
        self.b = b
        self.x = np.zeros((1, w.shape[0]))
        self.dw = np.zeros_like(w)
        self.db = np.zeros_like(b)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, g):
        self.dw = self.x.T @ g
        self.db = np.sum(g, axis=0)
        return g @ self.w.T

    def update(self, rate):
        self.w = self.w - rate * self.dw
        self.b = self.b - rate * self.db


class Tanh(Module):
    def __init__(self, size):
        self.y = np.zeros((1, size))

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1.0 - self.y ** 2)


class Network(Module):
    def __init__(self, w1, w2):
        hidden = w1.shape[1]
        self.first = Linear(w1, np.zeros(hidden))
        self.act = Tanh(hidden)
        self.last = Linear(w2, np.zeros(w2.shape[1]))

    def forward(self, x):
        return self.last(self.act(self.first(x)))

    def backward(self, g):
        return self.first.backward(self.act.backward(self.last.backward(g)))

    def step(self, x, target, rate):
        error = self(x) - target
        self.backward(2.0 * error / error.size)
        self.first.update(rate)
        self.last.update(rate)
        return np.mean(error ** 2)


INPUTS, TARGETS = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 1))


@at(RNG.normal(size=(2, 3)), RNG.normal(size=(3, 1)), 0.1)
def trained(w1, w2, rate):
    net = Network(w1, w2)
    total = 0.0
    for epoch in range(3):
        total = total + net.step(INPUTS, TARGETS, rate)
    return total + np.mean((net(INPUTS) - TARGETS) ** 2)


# --- a recurrent cell -----------------------------------------------------------------------------------------------

def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


class LSTMCell:
    """A cell that keeps its state."""

    def __init__(self, weights, bias, size):
        self.weights = weights
        self.bias = bias
        self.size = size
        self.reset()

    def reset(self):
        self.h = np.zeros(self.size)
        self.c = np.zeros(self.size)

    @property
    def state(self):
        return self.h, self.c

    def gates(self, x):
        z = np.concatenate([x, self.h]) @ self.weights + self.bias
        n = self.size
        return sigmoid(z[:n]), sigmoid(z[n:2 * n]), sigmoid(z[2 * n:3 * n]), np.tanh(z[3 * n:])

    def step(self, x):
        i, f, o, g = self.gates(x)
        self.c = f * self.c + i * g
        self.h = o * np.tanh(self.c)
        return self.h


class Readout:
    def __init__(self, cell, v):
        self.cell, self.v = cell, v

    def run(self, xs):
        outs = []
        for x in xs:
            outs.append(self.v @ self.cell.step(x))
        return outs

    def loss(self, xs, ys):
        total = 0.0
        for out, y in zip(self.run(xs), ys):
            total += (out - y) ** 2
        h, c = self.cell.state
        return total + 0.01 * np.sum(h * c)


@at(0.5 * RNG.normal(size=(5, 12)), 0.1 * RNG.normal(size=12), RNG.normal(size=3), RNG.normal(size=(4, 2)))
def lstm(weights, bias, v, xs):
    model = Readout(LSTMCell(weights, bias, 3), v)
    return model.loss(xs, [0.5, -0.2, 0.1, 0.7])


# --- a robot arm ----------------------------------------------------------------------------------------------------

class Pose:
    def __init__(self, x=0.0, y=0.0, angle=0.0):
        self.x, self.y, self.angle = x, y, angle

    def __matmul__(self, other):
        c, s = np.cos(self.angle), np.sin(self.angle)
        return Pose(self.x + c * other.x - s * other.y, self.y + s * other.x + c * other.y, self.angle + other.angle)

    def distance(self, point):
        return np.sqrt((self.x - point[0]) ** 2 + (self.y - point[1]) ** 2)


class Joint:
    limit = 2.5

    def __init__(self, length, angle):
        self.length = length
        self.angle = angle

    def pose(self):
        return Pose(angle=self.angle) @ Pose(x=self.length)

    def turn(self, by):
        self.angle += by

    def penalty(self):
        return max(abs(self.angle) - self.limit, 0.0) ** 2


class Arm:
    def __init__(self, joints):
        self.joints = joints

    def __len__(self):
        return len(self.joints)

    def tip(self):
        pose = Pose()
        for joint in self.joints:
            pose = pose @ joint.pose()
        return pose

    def turn(self, angles):
        for joint, angle in zip(self.joints, angles):
            joint.turn(angle)

    def cost(self, target):
        return self.tip().distance(target) + sum([joint.penalty() for joint in self.joints])


@at(np.array([1.0, 0.8, 0.6]), np.array([0.3, -0.5, 0.4]), np.array([1.2, 0.9]))
def arm(lengths, angles, target):
    robot = Arm([Joint(l, 0.1) for l in lengths])
    cost = 0.0
    for k in range(2):
        robot.turn(angles * (k + 1.0))
        cost = cost + robot.cost(target) / len(robot)
    return cost


# --- an option model of dataclasses ---------------------------------------------------------------------------------

@dataclass(frozen=True)
class Market:
    spot: float
    rate: float = 0.03
    vol: float = 0.2

    def bumped(self, by):
        return replace(self, spot=self.spot * (1.0 + by))


@dataclass
class Contract(ABC):
    strike: float
    maturity: float
    weights: list = field(default_factory=list)

    @abstractmethod
    def payoff(self, path):
        ...

    def discounted(self, market, paths):
        values = [self.payoff(path) for path in paths]
        self.weights.append(len(values))
        return np.exp(-market.rate * self.maturity) * sum(values) / len(values)


@dataclass
class Asian(Contract):
    smooth: float = 0.1

    def payoff(self, path):
        mean = sum(path) / len(path)
        return self.smooth * np.log1p(np.exp((mean - self.strike) / self.smooth))


class Valuation(NamedTuple):
    price: float
    delta: float

    @property
    def hedged(self):
        return self.price - self.delta


class Simulator:
    def __init__(self, draws, steps):
        self.draws, self.steps = draws, steps

    def paths(self, market, maturity):
        dt = maturity / self.steps
        for row in self.draws:
            s, path = market.spot, []
            for z in row:
                s = s * np.exp((market.rate - 0.5 * market.vol ** 2) * dt + market.vol * np.sqrt(dt) * z)
                path.append(s)
            yield path


DRAWS = RNG.normal(size=(3, 4))


@at(Market(1.0, 0.03, 0.25), 0.95)
def option(market, strike):
    simulator = Simulator(DRAWS, 4)
    contract = Asian(strike, 1.0, smooth=0.2)
    price = contract.discounted(market, list(simulator.paths(market, contract.maturity)))
    up = contract.discounted(market.bumped(0.01), list(simulator.paths(market.bumped(0.01), contract.maturity)))
    value = Valuation(price, (up - price) / (0.01 * market.spot))
    return value.hedged + value.price * len(contract.weights)


# --- a solver of differential equations -----------------------------------------------------------------------------

class Problem:
    def __init__(self, damping, stiffness):
        self.damping = damping
        self.stiffness = stiffness
        self.calls = 0

    def __call__(self, t, y):
        self.calls += 1
        return np.array([y[1], -self.damping * y[1] - self.stiffness * np.sin(y[0])])

    def energy(self, y):
        return 0.5 * y[1] ** 2 + self.stiffness * (1.0 - np.cos(y[0]))


class Solver:
    order = 0

    def __init__(self, problem, h):
        self.problem, self.h = problem, h
        self.t = 0.0
        self.history = []

    def increment(self, y):
        raise NotImplementedError

    def advance(self, y, steps):
        for _ in range(steps):
            y = y + self.h * self.increment(y)
            self.t += self.h
            self.history.append(self.problem.energy(y))
        return y


class Euler(Solver):
    order = 1

    def increment(self, y):
        return self.problem(self.t, y)


class RungeKutta(Solver):
    order = 4

    def increment(self, y):
        f, t, h = self.problem, self.t, self.h
        k1 = f(t, y)
        k2 = f(t + 0.5 * h, y + 0.5 * h * k1)
        k3 = f(t + 0.5 * h, y + 0.5 * h * k2)
        k4 = f(t + h, y + h * k3)
        return (k1 + 2.0 * k2 + 2.0 * k3 + k4) / 6.0


@at(np.array([0.8, -0.2]), 0.3, 1.4, 0.1)
def solved(y0, damping, stiffness, h):
    problem = Problem(damping, stiffness)
    coarse, fine = Euler(problem, h), RungeKutta(Problem(damping, stiffness), h)
    a, b = coarse.advance(y0, 4), fine.advance(y0, 4)
    drift = fine.history[-1] - fine.history[0]
    return np.sum((a - b) ** 2) * problem.calls + drift * fine.order + coarse.t


class Average:
    """A running average, which is None at first."""

    def __init__(self, a: Any) -> None:
        self.a = a
        self.m: Any = None

    def step(self, v: Any) -> Any:
        if v > 100:
            return 0.0
        if self.m is None:
            self.m = v
            return v * 2
        self.m = self.a * self.m + (1 - self.a) * v
        return self.m

    def reset(self) -> None:
        self.m = None


class Nested:
    def __init__(self) -> None:
        self.inner = Average(0.5)
        self.last: Any = None

    def step(self, v: Any) -> None:
        self.inner.step(v)
        self.last = self.inner.m * v


ROW = [0.3, 0.5, 0.9, 0.2]


@at(ROW)
def average_of_a_loop(xs: Any) -> Any:
    e = Average(0.5)
    t = 0.0
    for i, v in enumerate(xs):
        if i == 2:
            e.reset()
        t += e.step(v)
    return t + e.m ** 2


@at(ROW)
def nested_first_values(xs: Any) -> Any:
    p = Nested()
    for v in xs:
        p.step(v)
    return p.last * p.inner.m


@at(ROW)
def first_value_and_break(xs: Any) -> Any:
    e = Average(0.5)
    for v in xs:
        if e.m is not None and e.m > 0.35:
            break
        e.step(v)
    return e.m * 3


@at(ROW)
def arrays_as_first_values(xs: Any) -> Any:
    e = Average(np.array([0.5, 0.2]))
    t = 0.0
    for v in xs:
        w = np.array([v, v * v])
        if e.m is None:
            e.m = w * 2
        else:
            e.m = e.m * e.a + w
        t = t + np.sum(e.m)
    return t * np.sum(e.m)


@at(1.3)
def best_of_an_object_made_there(x: Any) -> Any:
    return Greatest(2.0).run(x)


class Greatest:
    def __init__(self, w: Any) -> None:
        self.w = w
        self.best: Any = None

    def run(self, x: Any) -> Any:
        for v in (x, x * 2, x * 3):
            if self.best is None or v > self.best:
                self.best = v * self.w
        return self.best


# --- small objects of numerical programs ------------------------------------------------------------------------------

class Adam:
    def __init__(self, rate, n):
        self.rate = rate
        self.m = np.zeros(n)
        self.v = np.zeros(n)
        self.t = 0

    def step(self, w, g):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.99 * self.v + 0.01 * g * g
        m = self.m / (1 - 0.9 ** self.t)
        v = self.v / (1 - 0.99 ** self.t)
        return w - self.rate * m / (np.sqrt(v) + 1e-3)


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def adam(x, y):
    optimizer = Adam(y, 3)
    w = x
    for k in range(4):
        w = optimizer.step(w, 2 * (w - 1.0) + np.sin(w))
    return np.sum(w ** 2)


class Window:
    def __init__(self):
        self.items = []
        self.total = 0.0

    def push(self, v):
        self.items.append(v)
        self.total += v
        if len(self.items) > 2:
            self.total -= self.items.pop(0)

    def mean(self):
        return self.total / len(self.items)


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def moving_average(x, y):
    window = Window()
    means = []
    for v in x:
        window.push(v * y)
        means.append(window.mean())
    return sum(m * m for m in means)


class Grid:
    def __init__(self, n, dx):
        self.u = np.zeros(n)
        self.dx = dx

    def start(self, x):
        self.u[:] = x

    def laplacian(self):
        result = np.zeros_like(self.u)
        result[1:-1] = (self.u[2:] - 2 * self.u[1:-1] + self.u[:-2]) / self.dx ** 2
        return result

    def advance(self, dt, k):
        self.u += dt * k * self.laplacian()
        self.u[0] = 0.0
        self.u[-1] = 0.0


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def heated(x, y):
    grid = Grid(5, 0.5)
    grid.start(np.concatenate([x, x[:2]]))
    for t in range(4):
        grid.advance(0.05, y)
    return np.sum(grid.u ** 2)


class Decay:
    def __init__(self, k):
        self.k = k
        self.calls = 0

    def __call__(self, t, y):
        self.calls += 1
        return -self.k * y + np.sin(t)


def runge_kutta(f, y, t, h):
    k1 = f(t, y)
    k2 = f(t + h / 2, y + h / 2 * k1)
    k3 = f(t + h / 2, y + h / 2 * k2)
    k4 = f(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def counted_calls(x, y):
    decay = Decay(y)
    z = x
    for i in range(3):
        z = runge_kutta(decay, z, i * 0.1, 0.1)
    return np.sum(z) * decay.calls


class Stock:
    def __init__(self, x):
        self.items = [1.0, 2.0, 3.0]
        self.total = 0.0
        self.w = x * 1.0

    def bump(self):
        self.total += 1.0
        return self.total


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def updates_by_what_changes_the_same_object(x, y):
    stock = Stock(x)
    stock.total -= stock.items.pop(0) * y
    stock.w[0] += stock.items.pop() * y
    stock.w[1] += stock.bump() * y
    stock.total += stock.bump() * y
    return stock.total * np.sum(stock.w) * sum(stock.items)


class Drawer:
    def __init__(self, width: Any) -> None:
        self.width = width

    def __len__(self) -> int:
        return 0


@at(0.7)
def object_without_items_is_false(x: Any) -> Any:
    drawer = Drawer(x)
    if drawer:
        return drawer.width * 3
    return drawer.width ** 2
