"""Elements and attributes that have names beside, and whose place another object takes: always, by path, in turns."""
# ruff: noqa: B007, F841
import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.4, 0.5])


@dataclass
class Model:
    a: Any
    w: Any


class Noting:
    """An object with a list that its calls fill."""

    def __init__(self, a: Any, w: Any) -> None:
        self.a = a
        self.w = w
        self.log: list[Any] = []

    def __call__(self, v: Any) -> Any:
        self.log.append(self.w)
        return v


def noted(model: Noting, v: Any) -> Any:
    model.log.append(model.w)
    return v


@at(X, 0.7)
def of_what_was_replaced(x: Any, y: Any) -> Any:
    box = Model(y, x[[1]])
    model = replace(box)
    box.w = 2.0
    return np.sum(model.w) * model.a


@at(X, 0.7)
def of_what_was_copied(x: Any, y: Any) -> Any:
    box = Model(y, x[[1]])
    model = copy.copy(box)
    box.w = 2.0 * x
    model.w[0] = 2 * y
    return np.sum(model.w) * model.a + np.sum(box.w * x)


@at(X, 0.7)
def of_an_attribute_held_elsewhere(x: Any, y: Any) -> Any:
    box = Model(y, x[[1]])
    t = box.w
    model = Model(y, t)
    box.w = 2.0
    return np.sum(model.w) * model.a


@at(X, 0.7)
def of_an_element_held_elsewhere(x: Any, y: Any) -> Any:
    box = [y * x, x[[1]]]
    other = [y * x, box[1]]
    box[1] = x
    return np.sum(other[1] * box[1]) * other[0][0]


@at(X, 0.7)
@at(X, 2.7)
def on_one_path(x: Any, y: Any) -> Any:
    box = Model(y, x[[1]])
    t = box.w
    if y > 2.0:
        box.w = 2.0 * x
    else:
        box.w[0] = 5 * y
    return np.sum(t) * box.a * np.sum(box.w)


@at(X, 0.7)
@at(X, 2.7)
def on_one_path_and_written_after_it(x: Any, y: Any) -> Any:
    box = Model(y, x[[1]])
    t = box.w
    if y > 2.0:
        box.w = 2.0 * x
    box.w[0] *= y
    return np.sum(t) * box.a * np.sum(box.w)


@at(X, 0.7)
@at(X, 2.7)
def on_one_path_of_one_path(x: Any, y: Any) -> Any:
    box = Model(y, x[[1]])
    t = box.w
    if y < 2.0:
        if x[0] > 1.0:
            box.w = 2.0 * x
        else:
            t[0] *= y
    else:
        box.w = y * x
    return np.sum(t) * box.a * np.sum(box.w)


@at(X, 0.7)
def in_turns(x: Any, y: Any) -> Any:
    xs = [y * x, x[0] * x]
    t = xs[1]
    s = 0.0
    for i in range(3):
        s += t[0] * y
        xs[1] = xs[1] * 2
    return np.sum(t) * np.sum(xs[1]) * s


@at(X, 0.7)
def of_a_list_that_a_call_filled(x: Any, y: Any) -> Any:
    model = Noting(y, x)
    z = model(x)
    return model.a * np.sum(z)


@at(X, 0.7)
def of_a_list_that_a_function_filled(x: Any, y: Any) -> Any:
    model = Noting(y, x)
    z = noted(model, x)
    return model.a * np.sum(z * model.log[0])
