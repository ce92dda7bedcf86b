"""Active values that are given to code which is not followed: they never come back without a derivative."""
from __future__ import annotations

import collections
import contextvars
import inspect
import io
import itertools
import logging
import queue
import random
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tangent2 import grad, jvp
from tangent2.errors import TangentError
from tangent2.switches import switched


class Stack(list[Any]):
    def push(self, v: Any) -> None:
        self.append(v)

    def last(self) -> Any:
        return self[-1]


class Space(types.SimpleNamespace):
    def keep(self, v: Any) -> None:
        self.v = v


class Trouble(Exception):
    def __init__(self) -> None:
        self.parts: list[Any] = []

    def add_part(self, v: Any) -> None:
        self.parts.append(v)


class Account:
    def __init__(self, v: Any = 0.0) -> None:
        self.v = v

    def push(self, v: Any) -> None:
        self.v += v


class Holder:
    def __init__(self) -> None:
        self.stack = Stack()

    def push(self, v: Any) -> None:
        self.stack.push(v)


OUTSIDE = Stack([0.0])
LOG = logging.getLogger("told")
RNG = np.random.default_rng(1)
CONFIG = types.SimpleNamespace(rate=3.0)


def subclass_of_list(x: Any) -> Any:
    s = Stack()
    s.push(x)  # here
    return s[0] ** 2


def subclass_of_deque(x: Any) -> Any:
    s = collections.UserList([0.0])
    s.append(x)  # here
    return s[1] ** 2


def subclass_of_a_namespace(x: Any) -> Any:
    s = Space()
    s.keep(x)  # here
    return s.v ** 2


def exception_as_an_object(x: Any) -> Any:
    e = Trouble()
    e.add_part(x)  # here
    return e.parts[0] ** 2


def one_that_is_chosen(x: Any) -> Any:
    a = random.choice([Account(), Account()])
    a.push(x)  # here
    return a.v ** 2


def class_made_by_type(x: Any) -> Any:
    c = type("C", (), {"push": lambda s, v: setattr(s, "v", v)})()
    c.push(x)  # here
    return c.v ** 2


def queue_of_the_library(x: Any) -> Any:
    q: Any = queue.Queue()
    q.put_nowait(x)  # here
    return q.get() ** 2


def context_variable(x: Any) -> Any:
    v = contextvars.ContextVar[Any]("v")
    v.set(x)  # here
    return v.get() ** 2


def method_of_a_class(x: Any) -> Any:
    d: Any = collections.deque()
    collections.deque.append(d, x)  # here
    return d[0] ** 2


def printed_into_text(x: Any) -> Any:
    b = io.StringIO()
    print(x, file=b)  # here
    return float(b.getvalue()) * x


def through_a_file(x: Any) -> Any:
    np.save("told.npy", x)  # here
    return float(np.load("told.npy")) ** 2


def through_a_file_of_bytes(x: Any) -> Any:
    np.array([x]).tofile("told.bin")  # here
    return np.fromfile("told.bin")[0] ** 2


def written_as_text(x: Any) -> Any:
    with open("told.txt", "w") as f:
        f.write(repr(float(x)))  # here
    with open("told.txt") as f:
        return float(f.read()) ** 2


def object_outside(x: Any) -> Any:
    OUTSIDE.push(x)  # here
    return OUTSIDE[-1] ** 2


def pushed(q: Any, v: Any) -> None:
    q.push(v)


def last(q: Any) -> Any:
    return q[-1]


def by_a_function(x: Any) -> Any:
    q = Stack()
    pushed(q, x)  # here
    return last(q) ** 2


def by_a_function_inside(x: Any) -> Any:
    q = Stack()

    def put(v: Any) -> None:
        q.push(v)

    put(x)  # here
    return q[0] ** 2


def by_a_method_that_was_bound(x: Any) -> Any:
    q = Stack()
    put = q.push
    put(x)  # here
    return q[0] ** 2


def in_an_attempt(x: Any) -> Any:
    q = Stack()
    try:
        q.push(x)  # here
    except ValueError:
        pass
    return q[0] ** 2


def read_in_the_next_turn(x: Any) -> Any:
    q = Stack([0.0])
    t = 0.0
    for i in range(3):
        t = t + q[-1] * 2
        q.push(x * i)  # here
    return t


def read_by_the_next_call(q: Any, x: Any, n: int) -> Any:
    if n == 0:
        return x
    r = q[-1] if n < 3 else 0.0
    q.push(x * n)  # here
    return r + read_by_the_next_call(q, x, n - 1)


def recursive(x: Any) -> Any:
    return read_by_the_next_call(Stack(), x, 4)


def in_a_comprehension(x: Any) -> Any:
    s = Stack()
    [s.push(v) for v in [x, x]]  # here
    return s[0] * s[1]


def in_a_list(x: Any) -> Any:
    d = {"q": Stack()}
    d["q"].push(x)  # here
    return d["q"].last() ** 2


def in_an_attribute(x: Any) -> Any:
    h = Holder()
    h.push(x)
    return h.stack[0] ** 2


def summed_up(x: Any) -> Any:
    q = Stack()
    q.push(x)  # here
    return sum(v ** 2 for v in q)


TOLD = [subclass_of_list, subclass_of_deque, subclass_of_a_namespace, exception_as_an_object, one_that_is_chosen,
        class_made_by_type, queue_of_the_library, context_variable, method_of_a_class, printed_into_text,
        through_a_file, through_a_file_of_bytes, written_as_text, object_outside, by_a_function,
        by_a_function_inside, by_a_method_that_was_bound, in_an_attempt, read_in_the_next_turn, recursive,
        in_a_comprehension, in_a_list, in_an_attribute, summed_up]


def _line(f: Callable[..., Any]) -> int | None:
    lines, start = inspect.getsourcelines(f)
    return next((start + k for k, line in enumerate(lines) if "# here" in line), None)


@pytest.mark.parametrize("f", TOLD, ids=lambda f: f.__name__)
def test_what_was_told_is_not_read_again(f: Callable[..., Any]) -> None:
    """In both modes, and where nothing is known of the arguments."""
    for generic, derivative in itertools.product((False, True), (grad(f), lambda x: jvp(f, (x,), (1.0,)))):
        with switched(generic=generic), pytest.raises(TangentError) as caught:
            derivative(0.7)
        assert caught.value.file == __file__
        assert _line(f) in (None, caught.value.line) or generic
        assert caught.value.advice


def logged(x: Any) -> Any:
    LOG.info("%s", x)
    print(x, end="")
    return x ** 2 * CONFIG.rate * len(RNG.normal(size=2))


def told_and_not_asked(x: Any) -> Any:
    rate = CONFIG.rate
    OUTSIDE.push(x)
    return x ** 2 * rate * len(OUTSIDE)


def asked_before(x: Any) -> Any:
    s = Stack([3.0])
    y = float(s.last()) * x
    s.push(y)
    return y * x


def told_a_constant(x: Any) -> Any:
    s = Stack()
    s.push(3.0)
    return s.last() * x ** 2


def asked_to_decide(x: Any) -> Any:
    s = Stack()
    s.push(x)
    return 3 * x ** 2 if s[0] > 0 else x


@pytest.mark.parametrize(("f", "factor"), [
    (logged, 6.0), (told_and_not_asked, None), (asked_before, 3.0), (told_a_constant, 3.0), (asked_to_decide, 3.0),
], ids=lambda p: getattr(p, "__name__", ""))
def test_what_is_not_read_again_is_told(f: Callable[..., Any], factor: float | None) -> None:
    OUTSIDE[:] = [0.0]
    found = grad(f)(0.7)
    assert found == pytest.approx(2 * 0.7 * (6.0 if factor is None else factor))


G = 3.0


def names_outside(x: Any) -> Any:
    return globals().get("G", 1.0) * x


def names_inside_in_text(x: Any) -> Any:
    return float(f"{locals()['x']}") ** 2


def frame_of_its_own(x: Any) -> Any:
    return sys._getframe().f_locals["x"] ** 2


def frame_that_is_current(x: Any) -> Any:
    frame = inspect.currentframe()
    return frame.f_locals["x"] ** 2     # type: ignore[union-attr]


@pytest.mark.parametrize("f", [names_outside, names_inside_in_text, frame_of_its_own, frame_that_is_current],
                         ids=lambda f: f.__name__)
def test_names_that_are_not_named(f: Callable[..., Any]) -> None:
    with pytest.raises(TangentError, match="is not supported"):
        grad(f)(0.7)



@pytest.mark.parametrize("f", [lambda x: x * random.randint(3, 3), lambda x: x * (id(x) > 0), lambda x: x * len([x])])
@pytest.mark.parametrize("generic", [False, True])
def test_gradients_of_numbers_are_floats(f: Callable[..., Any], generic: bool) -> None:
    with switched(generic=generic):
        assert isinstance(grad(f)(0.7), float)
