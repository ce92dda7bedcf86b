"""Arrays chosen by conditions among those with names and those that objects hold, and written to."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.7, 0.4, 0.9, 0.3])


class State:
    def __init__(self, a: Any, w: Any) -> None:
        self.a, self.w = a, w


@at(0.7)
def attribute_beside_an_array(x: Any) -> Any:
    cell = State(0.17, np.ones(4) * x)
    u = x * np.ones(4)
    v = u if u[0] > 0 else cell.w
    v += 1.0
    return np.sum(u * cell.w)


@at(0.7)
def attribute_bound_anew(x: Any) -> Any:
    cell = State(0.17, np.ones(4) * x)
    u = cell.w
    cell.w = cell.w.copy()
    v = u if u[0] > 0 else cell.w
    v += 1.0
    return np.sum(u * cell.w)


@at(X)
def attribute_beside_an_argument(x: Any) -> Any:
    cell = State(0, x * 0.5)
    v = x if x[0] > 0 else cell.w
    u = v
    u += 1.0
    return np.sum(x * cell.w)


@at(X, X + 1)
def attribute_beside_another_argument(x: Any, y: Any) -> Any:
    item = State(.2, y)
    item.w = item.w*2
    z = y if x[0] > .5 else item.w
    z -= 1.0
    return np.sum(item.w * y)


@at(X)
def part_of_an_attribute_beside_an_argument(x: Any) -> Any:
    w = u = x
    cell = State(0.2, x.copy())
    w1 = cell.w if w[2] > 0 else u
    w1[::2] = 0.5 * x[1]
    return np.sum(cell.w*u * x)


@at(0.7)
def an_array_beside_itself(x: Any) -> Any:
    u = np.ones(4) * x
    cell = State(0.17, u)
    v = u if u[0] > 0 else cell.w
    v += 1.0*x
    return np.sum(u * cell.w)


@at(X)
def attribute_that_shows_a_part(x: Any) -> Any:
    u = x*1.5
    cell = State(1, u[:2])
    v = x if x[0] > .8 else cell.w
    v[0] = v[1]*x[2]
    return np.sum(u)*np.sum(x)*np.sum(cell.w)


@at(X)
def attribute_that_is_an_argument(x: Any) -> Any:
    cell = State(1, x)
    v = x*2 if x[0] > .8 else cell.w
    v[0] = v[1]*x[2]
    return np.sum(x)*np.sum(cell.w)*np.sum(v)


@at(X)
def attributes_of_two_in_a_list(x: Any) -> Any:
    cells=[State(1,x*2), State(2,x*3)]
    v = cells[0].w if x[0] > .8 else cells[1].w
    v[0] = v[1]*x[2]
    cells[0].w *= v
    return np.sum(x)*np.sum(cells[0].w)*np.sum(v*cells[1].w)


@at(X)
def attribute_in_turns(x: Any) -> Any:
    cell=State(1,x*2)
    s=0.
    for k in range(3):
        v = cell.w if k%2 else x*1.5
        v[k] = v[0]*x[2]
        s += np.sum(v)*np.sum(cell.w)
    return s
